"""Floor 1: single entries of vectors and matrices, by place: unit vectors, and the entry in a row and a column.

Lives here: nodes that pick an entry. May not live here: what is made of all entries (`from_entries`).
"""

from __future__ import annotations

from typing import Any

from sympy import Expr, sympify
from sympy.matrices.expressions import MatMul, MatrixExpr
from sympy.matrices.expressions.matexpr import MatrixElement

from mvn_symbolic.notation.nodes import Inner, ScalarNode
from mvn_symbolic.notation.symbols import k

__all__ = ["Cell", "UnitVector", "entry_by_unit_vectors"]


class UnitVector(MatrixExpr):
    """The vector with 1 at one place and 0 elsewhere.

    Parameters
    ----------
    index : Expr
        The place, counted from 1.
    size : Expr, optional
        The number of entries; the event dimension `k` unless given.

    Examples
    --------
    >>> from mvn_symbolic import Inner, UnitVector, Vector, explicit
    >>> explicit(Inner(UnitVector(1), Vector("x")), 2)
    x_1
    """

    def __new__(cls, index: Any, size: Any = k) -> UnitVector:
        return Expr.__new__(cls, sympify(index), sympify(size))

    @property
    def shape(self) -> tuple[Any, Any]:
        return (self.args[1], sympify(1))


def entry_by_unit_vectors(entry: MatrixElement) -> Inner:
    """X[i, j], which SymPy counts from 0, as e' X e."""
    matrix, i, j = entry.args
    rows, columns = matrix.shape
    column = matrix if columns == 1 else MatMul(matrix, UnitVector(j + 1, columns))
    return Inner(UnitVector(i + 1, rows), column)


class Cell(ScalarNode):
    """The entry of a matrix in row i and column j, both counted from 1 and symbols."""

    def __new__(cls, matrix: Any, row: Any, column: Any) -> Cell:
        return Expr.__new__(cls, sympify(matrix), sympify(row), sympify(column))
