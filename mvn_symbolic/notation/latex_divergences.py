"""Floor 1: how further questions are typeset: divergences beside KL, variances, single entries, values at a place.

Lives here: one short function a node of `divergences`. May not live here: the typesetting of any other node.
"""

from __future__ import annotations

from typing import Any

from sympy import MatrixSymbol

from mvn_symbolic.notation import divergences
from mvn_symbolic.notation.latex_entries import with_index
from mvn_symbolic.notation.latex_printing import printing
from mvn_symbolic.notation.latex_text import Level, Tex, at_least, bracket

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


@printing(divergences.Variance)
def _variance(printer: Any, expr: Any) -> Tex:
    return Tex(rf"\mathrm{{Var}}{bracket(printer.tex(expr.args[0]), '[]')}")


@printing(divergences.UnitVector)
def _unit_vector(printer: Any, expr: Any) -> Tex:
    return with_index("e", str(printer.tex(expr.args[0])))


@printing(divergences.Cell)
def _cell(printer: Any, expr: Any) -> Tex:
    matrix, *place = expr.args
    name = printer.tex(matrix)
    whole = name if isinstance(matrix, MatrixSymbol) else Tex(bracket(name))
    return with_index(str(whole), *(str(printer.tex(index)) for index in place))


@printing(divergences.ScalarAt, divergences.MatrixAt)
def _at(printer: Any, expr: Any) -> Tex:
    inner, symbol, place = map(printer.tex, expr.args)
    return Tex(rf"{at_least(inner, Level.POWER)}\big|_{{{symbol}={place}}}", Level.POWER)
