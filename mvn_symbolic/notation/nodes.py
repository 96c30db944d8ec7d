"""Floor 1: the algebraic nodes SymPy lacks, as SymPy subclasses: log det, tril, diag, inner product, sums, maps.

A node knows its shape and its entries, nothing else; what may be done with it is the calculus' business.
"""

from __future__ import annotations

from typing import Any

from sympy import Expr, KroneckerDelta, Piecewise, sympify
from sympy.matrices.expressions import MatrixExpr

from mvn_symbolic.errors import ArgumentError
from mvn_symbolic.notation.argument_shapes import as_matrix, as_square, as_vector
from mvn_symbolic.notation.functions import expm1, expm1m
from mvn_symbolic.notation.maps import Elementwise, Entry, elementwise, entry_of
from mvn_symbolic.notation.structure import DIAGONAL_TAGS, is_positive, is_symmetric, is_upper, tags_of

__all__ = [
    "Cholesky",
    "DiagMat",
    "DiagPart",
    "Elementwise",
    "Entry",
    "Inner",
    "LogDet",
    "ScalarNode",
    "Total",
    "Tril",
    "elementwise",
    "entry_of",
    "expm1",
    "expm1m",
    "squared_norm",
]


class ScalarNode(Expr):
    """A real number computed from matrices."""

    is_commutative = True
    is_extended_real = True
    is_real = True


class LogDet(ScalarNode):
    """The logarithm of the absolute value of the determinant of a square matrix.

    Parameters
    ----------
    matrix : MatrixExpr
        Of shape (n, n).

    Raises
    ------
    ArgumentError
        If `matrix` is not square.

    Examples
    --------
    >>> from mvn_symbolic import GeneralMatrix, LogDet, grad
    >>> X = GeneralMatrix("X")
    >>> grad(LogDet(X), X)
    X.T**(-1)
    """

    def __new__(cls, matrix: Any) -> LogDet:
        return Expr.__new__(cls, as_square("matrix", matrix))


class Inner(ScalarNode):
    """The inner product of two vectors, or of two matrices: the sum of the products of their entries.

    Parameters
    ----------
    left, right : MatrixExpr
        Of one shape.

    Raises
    ------
    ArgumentError
        If the shapes differ.

    Examples
    --------
    >>> from mvn_symbolic import Inner, Vector, explicit
    >>> explicit(Inner(Vector("a"), Vector("b")), 2)
    a_1*b_1 + a_2*b_2
    """

    def __new__(cls, left: Any, right: Any) -> Inner:
        left, right = as_matrix("left", left), as_matrix("right", right)
        if left.shape != right.shape:
            raise ArgumentError(
                f"`left` and `right` must have one shape; got {left.shape} of {left} and {right.shape} of {right}."
            )
        return Expr.__new__(cls, left, right)


class Total(ScalarNode):
    """The sum of the entries of a vector.

    Parameters
    ----------
    vector : MatrixExpr
        A column.

    Raises
    ------
    ArgumentError
        If `vector` is no column.

    Examples
    --------
    >>> from mvn_symbolic import Total, Vector, explicit
    >>> explicit(Total(Vector("x")), 3)
    x_1 + x_2 + x_3
    """

    def __new__(cls, vector: Any) -> Total:
        return Expr.__new__(cls, as_vector("vector", vector))


def squared_norm(matrix: Any) -> Inner:
    """Write the sum of the squared entries of a vector or matrix.

    Parameters
    ----------
    matrix : MatrixExpr
        Of any shape.

    Returns
    -------
    Inner
        The inner product of `matrix` with itself.

    Raises
    ------
    ArgumentError
        If `matrix` is no matrix expression.

    Examples
    --------
    >>> from mvn_symbolic import Vector, grad, squared_norm
    >>> x = Vector("x")
    >>> grad(squared_norm(x), x)
    2*x
    """
    return Inner(matrix, matrix)


class Tril(MatrixExpr):
    """The lower triangle of a square matrix, with its diagonal; zeros above.

    Parameters
    ----------
    matrix : MatrixExpr
        Of shape (n, n), as the result is.

    Raises
    ------
    ArgumentError
        If `matrix` is not square.

    Examples
    --------
    >>> from mvn_symbolic import GeneralMatrix, Tril, explicit
    >>> explicit(Tril(GeneralMatrix("A")), 2)
    Matrix([
    [A_1_1,     0],
    [A_2_1, A_2_2]])
    """

    def __new__(cls, matrix: Any) -> Tril:
        return Expr.__new__(cls, as_square("matrix", matrix))

    @property
    def shape(self) -> tuple[Any, Any]:
        return self.args[0].shape

    @property
    def tags(self) -> frozenset[str]:
        return DIAGONAL_TAGS if is_upper(self.args[0]) else frozenset({"lower"})

    def _entry(self, i: Any, j: Any, **_: Any) -> Any:
        entry = self.args[0][i, j]
        return Piecewise((entry, sympify(i) >= j), (0, True))


class Cholesky(MatrixExpr):
    """The lower-triangular matrix with positive diagonal that times its transpose is a given one.

    Parameters
    ----------
    matrix : MatrixExpr
        Positive definite, of shape (n, n), as the result is.

    Raises
    ------
    ArgumentError
        If `matrix` is not known to be symmetric.

    Examples
    --------
    >>> from mvn_symbolic import Cholesky, PositiveDefinite, verify
    >>> S = PositiveDefinite("S")
    >>> verify(Cholesky(S) * Cholesky(S).T, S).status
    'proved'
    """

    def __new__(cls, matrix: Any) -> Cholesky:
        matrix = as_square("matrix", matrix)
        if not is_symmetric(matrix):
            raise ArgumentError(f"`matrix` must be known to be symmetric; got {matrix}. Use PositiveDefinite symbols.")
        return Expr.__new__(cls, matrix)

    tags = frozenset({"lower", "invertible", "positive_diagonal"})

    @property
    def shape(self) -> tuple[Any, Any]:
        return self.args[0].shape


class DiagPart(MatrixExpr):
    """The diagonal of a square matrix, as a column.

    Parameters
    ----------
    matrix : MatrixExpr
        Of shape (n, n); the result has shape (n, 1).

    Raises
    ------
    ArgumentError
        If `matrix` is not square.

    Examples
    --------
    >>> from mvn_symbolic import DiagPart, GeneralMatrix, explicit
    >>> explicit(DiagPart(GeneralMatrix("A")), 2)
    Matrix([
    [A_1_1],
    [A_2_2]])
    """

    def __new__(cls, matrix: Any) -> DiagPart:
        return Expr.__new__(cls, as_square("matrix", matrix))

    @property
    def shape(self) -> tuple[Any, Any]:
        return (self.args[0].shape[0], sympify(1))

    @property
    def tags(self) -> frozenset[str]:
        positive = "positive_diagonal" in tags_of(self.args[0])
        return frozenset({"vector", "positive"} if positive else {"vector"})

    def _entry(self, i: Any, j: Any, **_: Any) -> Any:
        return self.args[0][i, i]


class DiagMat(MatrixExpr):
    """The diagonal matrix with a given vector on its diagonal.

    Parameters
    ----------
    vector : MatrixExpr
        A column of n entries; the result has shape (n, n).

    Raises
    ------
    ArgumentError
        If `vector` is no column.

    Examples
    --------
    >>> from mvn_symbolic import DiagMat, LogDet, PositiveVector, normalize
    >>> normalize(LogDet(DiagMat(PositiveVector("sigma"))))
    Total(Elementwise(Lambda(x0, log(x0)), sigma))
    """

    def __new__(cls, vector: Any) -> DiagMat:
        return Expr.__new__(cls, as_vector("vector", vector))

    @property
    def shape(self) -> tuple[Any, Any]:
        return (self.args[0].shape[0], self.args[0].shape[0])

    @property
    def tags(self) -> frozenset[str]:
        return DIAGONAL_TAGS | ({"invertible", "positive_diagonal"} if is_positive(self.args[0]) else frozenset())

    def _entry(self, i: Any, j: Any, **_: Any) -> Any:
        return KroneckerDelta(i, j) * self.args[0][i, 0]

    def _eval_transpose(self) -> DiagMat:
        return self
