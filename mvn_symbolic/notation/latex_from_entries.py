"""Floor 1: how a vector or matrix said by what stands at a running place is typeset.

Lives here: brackets around an entry, with how far its indices run. May not live here: the typesetting of the entry.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mvn_symbolic.notation.from_entries import FromEntries
from mvn_symbolic.notation.latex_printing import printing
from mvn_symbolic.notation.latex_text import Level, Tex, bracket

__all__ = ["running"]


def running(entry: str, indices: Sequence[str], ends: Sequence[str]) -> Tex:
    r"""The entry in brackets, with its indices and their ends: (x_{ij})_{i,j=1}^{k}."""
    if len(set(ends)) == 1:
        low, high = f"{','.join(indices)}=1", ends[0]
    else:
        low, high = r",\,".join(f"{index}=1" for index in indices), r",\,".join(ends)
    return Tex(f"{bracket(entry)}_{{{low}}}^{{{high}}}", Level.POWER)


@printing(FromEntries)
def _from_entries(printer: Any, expr: FromEntries) -> Tex:
    indices, ends = zip(*(map(printer.tex, run) for run in expr.runs), strict=True)
    return running(printer.tex(expr.entry), indices, ends)
