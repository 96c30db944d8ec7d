"""Floor 1: how single entries, unit vectors and values at a place are typeset."""

from __future__ import annotations

from typing import Any

from sympy import MatrixSymbol

from mvn_symbolic.notation.entries import Cell, UnitVector
from mvn_symbolic.notation.latex_entries import with_index
from mvn_symbolic.notation.latex_printing import printing
from mvn_symbolic.notation.latex_text import Level, Tex, at_least, bracket
from mvn_symbolic.notation.places import MatrixAt, ScalarAt

__all__: list[str] = []


@printing(UnitVector)
def _unit_vector(printer: Any, expr: Any) -> Tex:
    return with_index("e", str(printer.tex(expr.args[0])))


@printing(Cell)
def _cell(printer: Any, expr: Any) -> Tex:
    matrix, *place = expr.args
    name = printer.tex(matrix)
    whole = name if isinstance(matrix, MatrixSymbol) else Tex(bracket(name))
    return with_index(str(whole), *(str(printer.tex(index)) for index in place))


@printing(ScalarAt, MatrixAt)
def _at(printer: Any, expr: Any) -> Tex:
    inner, symbol, place = map(printer.tex, expr.args)
    return Tex(rf"{at_least(inner, Level.POWER)}\big|_{{{symbol}={place}}}", Level.POWER)
