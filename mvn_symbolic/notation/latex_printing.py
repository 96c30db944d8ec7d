"""Floor 1: where it is registered how a node is typeset, beside the methods of the printers.

Lives here: the register. May not live here: the typesetting of any node.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mvn_symbolic.notation.latex_terms import TermsPrinter
from mvn_symbolic.notation.latex_text import Tex

__all__ = ["printing"]


def printing(*kinds: type) -> Callable[[Callable[[Any, Any], Tex]], Callable[[Any, Any], Tex]]:
    """Register how node classes are typeset: a function of (printer, node), for which `printer.tex` typesets parts."""

    def register(function: Callable[[Any, Any], Tex]) -> Callable[[Any, Any], Tex]:
        for kind in kinds:  # the name by which SymPy's printers look for a method
            setattr(TermsPrinter, f"_print_{kind.__name__}", function)
        return function

    return register
