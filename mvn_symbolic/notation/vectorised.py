"""Floor 1: vec, vech, and the 0/1 matrices around them, as nodes: commutation, and a duplication a structure."""

from __future__ import annotations

from typing import Any

from sympy import Expr, S, sympify
from sympy.matrices.expressions import MatrixExpr

from mvn_symbolic.notation.argument_shapes import as_matrix, as_square

__all__ = [
    "Commutation",
    "DiagonalDuplication",
    "SymmetricDuplication",
    "TriangleDuplication",
    "Unvec",
    "Vec",
    "Vech",
]


class Vec(MatrixExpr):
    """The columns of a matrix stacked into one.

    Parameters
    ----------
    matrix : MatrixExpr
        Of shape (m, n); the result has shape (m n, 1).

    Raises
    ------
    ArgumentError
        If `matrix` is no matrix expression.

    Examples
    --------
    >>> from mvn_symbolic import GeneralMatrix, Vec, k
    >>> Vec(GeneralMatrix("A", 2, k)).shape
    (2*k, 1)
    """

    half = False

    def __new__(cls, matrix: Any) -> Vec:
        return Expr.__new__(cls, as_square("matrix", matrix) if cls.half else as_matrix("matrix", matrix))

    @property
    def shape(self) -> tuple[Any, Any]:
        rows, columns = self.args[0].shape
        return (rows * columns, S.One)


class Vech(Vec):
    """The lower triangle of a square matrix, stacked column by column.

    Parameters
    ----------
    matrix : MatrixExpr
        Of shape (n, n); the result has n (n + 1) / 2 rows.

    Raises
    ------
    ArgumentError
        If `matrix` is not square.

    Examples
    --------
    >>> from mvn_symbolic import SymmetricMatrix, Vech
    >>> Vech(SymmetricMatrix("Y")).shape
    (k*(k + 1)/2, 1)
    """

    half = True

    @property
    def shape(self) -> tuple[Any, Any]:
        rows, _ = self.args[0].shape
        return (rows * (rows + 1) / 2, S.One)


class Unvec(MatrixExpr):
    """The matrix whose columns, stacked, are a given column: what `Vec` does, undone."""

    def __new__(cls, column: Any, rows: Any, columns: Any) -> Unvec:
        return Expr.__new__(cls, as_matrix("column", column), sympify(rows), sympify(columns))

    @property
    def shape(self) -> tuple[Any, Any]:
        return self.args[1:]


class TriangleDuplication(MatrixExpr):
    """The 0/1 matrix D with vec X = D vech X for lower-triangular X."""

    def __new__(cls, size: Any) -> TriangleDuplication:
        return Expr.__new__(cls, sympify(size))

    @property
    def shape(self) -> tuple[Any, Any]:
        size = self.args[0]
        return (size**2, size * (size + 1) / 2)


class SymmetricDuplication(TriangleDuplication):
    """The 0/1 matrix with vec X = D vech X for symmetric X."""


class DiagonalDuplication(TriangleDuplication):
    """The 0/1 matrix E with vec diag(d) = E d; its transpose takes vec X to the diagonal of X."""

    @property
    def shape(self) -> tuple[Any, Any]:
        size = self.args[0]
        return (size**2, size)


class Commutation(MatrixExpr):
    """The permutation K with vec X' = K vec X for X of shape (rows, columns)."""

    def __new__(cls, rows: Any, columns: Any) -> Commutation:
        return Expr.__new__(cls, sympify(rows), sympify(columns))

    @property
    def shape(self) -> tuple[Any, Any]:
        size = self.args[0] * self.args[1]
        return (size, size)
