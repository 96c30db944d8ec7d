"""Floor 1: how square roots of matrices and solutions of their equations are typeset.

Lives here: one short function a node of `roots`. May not live here: the typesetting of any other node.
"""

from __future__ import annotations

from typing import Any

from mvn_symbolic.notation.latex_printing import printing
from mvn_symbolic.notation.latex_text import Tex, bracket, superscript
from mvn_symbolic.notation.roots import Lyapunov, SquareRoot

__all__: list[str] = []


@printing(SquareRoot)
def _square_root(printer: Any, expr: SquareRoot) -> Tex:
    return superscript(printer.tex(expr.args[0]), "1/2")


@printing(Lyapunov)
def _lyapunov(printer: Any, expr: Lyapunov) -> Tex:
    matrix, right = map(printer.tex, expr.args)
    inside = bracket(right)
    gap = r"\!" if inside.startswith(r"\left") else ""
    return Tex(rf"\mathrm{{lyap}}_{{{matrix}}}{gap}{inside}")
