"""Floor 1: how divergences beside that of Kullback-Leibler are typeset.

Lives here: one short function a node of `divergences`. May not live here: the typesetting of any other node.
"""

from __future__ import annotations

from typing import Any

from mvn_symbolic.notation import divergences
from mvn_symbolic.notation.latex_printing import printing
from mvn_symbolic.notation.latex_text import Tex

__all__: list[str] = []

#: Of two laws: what stands before them.
_NAMES = {
    divergences.CrossEntropy: r"\mathrm{H}",
    divergences.Jeffreys: r"\mathrm{D}_{\mathrm{J}}",
    divergences.Bhattacharyya: r"\mathrm{D}_{\mathrm{B}}",
    divergences.SquaredHellinger: r"\mathrm{D}_{\mathrm{H}}^2",
    divergences.SquaredWasserstein: r"\mathrm{W}_2^2",
}


@printing(*_NAMES)
def _of_two_laws(printer: Any, expr: Any) -> Tex:
    p, q = map(printer.tex, expr.args)
    return Tex(f"{_NAMES[type(expr)]}({p}, {q})")


@printing(divergences.Renyi)
def _renyi(printer: Any, expr: Any) -> Tex:
    p, q, order = map(printer.tex, expr.args)
    return Tex(rf"\mathrm{{D}}_{{{order}}}({p} \,\|\, {q})")
