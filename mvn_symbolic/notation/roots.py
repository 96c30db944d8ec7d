"""Floor 1: the symmetric square root of a positive-definite matrix, and the equation its differential solves, as nodes.

Lives here: shapes and structure. May not live here: rules, meaning in numbers, typesetting.
"""

from __future__ import annotations

from typing import Any

from sympy import Expr, sympify
from sympy.matrices.expressions import Inverse, MatMul, MatPow, MatrixExpr

from mvn_symbolic.errors import ArgumentError
from mvn_symbolic.notation.structure import is_definite, is_symmetric, tags_of

__all__ = ["Lyapunov", "SquareRoot", "spelled_by_root"]


def _symmetric(argument: str, value: Any) -> MatrixExpr:
    value = sympify(value)
    if not isinstance(value, MatrixExpr) or not is_symmetric(value):
        raise ArgumentError(
            f"`{argument}` must be a matrix known to be symmetric; got {value}. Use PositiveDefinite symbols."
        )
    return value


class SquareRoot(MatrixExpr):
    """The symmetric positive-definite matrix whose square is a given one.

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
    >>> from mvn_symbolic import PositiveDefinite, SquareRoot, normalize
    >>> S = PositiveDefinite("S")
    >>> normalize(SquareRoot(S) * SquareRoot(S))
    S
    """

    tags = frozenset({"symmetric", "invertible", "positive_definite", "positive_diagonal"})

    def __new__(cls, matrix: Any) -> SquareRoot:
        return Expr.__new__(cls, _symmetric("matrix", matrix))

    @property
    def shape(self) -> tuple[Any, Any]:
        return self.args[0].shape

    def _eval_transpose(self) -> SquareRoot:
        return self


class Lyapunov(MatrixExpr):
    """The matrix X with S X + X S = R, for a positive-definite S; symmetric when R is.

    Parameters
    ----------
    matrix : MatrixExpr
        S, of shape (n, n).
    right : MatrixExpr
        R, of the same shape, as the result is.

    Raises
    ------
    ArgumentError
        If `matrix` is not known to be symmetric, or `right` has another shape.

    Examples
    --------
    >>> from mvn_symbolic import Lyapunov, PositiveDefinite, SymmetricMatrix, verify
    >>> S, R = PositiveDefinite("S"), SymmetricMatrix("R")
    >>> X = Lyapunov(S, R)
    >>> verify(S * X + X * S, R).status
    'proved'
    """

    def __new__(cls, matrix: Any, right: Any) -> Lyapunov:
        matrix, right = _symmetric("matrix", matrix), sympify(right)
        if not isinstance(right, MatrixExpr) or right.shape != matrix.shape:
            raise ArgumentError(f"`right` must be a matrix of the shape of {matrix}, {matrix.shape}; got {right}.")
        return Expr.__new__(cls, matrix, right)

    @property
    def shape(self) -> tuple[Any, Any]:
        return self.args[0].shape

    @property
    def tags(self) -> frozenset[str]:
        """Symmetric when the right side is: the equation is its own transpose then."""
        return tags_of(self.args[1]) & {"symmetric"}


def spelled_by_root(power: MatPow) -> MatrixExpr | None:
    """A half power of a positive-definite matrix, such as S^(3/2), as a product with its root; nothing for others."""
    if power.exp.is_Integer or not (2 * power.exp).is_Integer or not is_definite(power.base):
        return None
    whole = int(abs(power.exp))
    product = MatMul(*[power.base] * whole, SquareRoot(power.base))
    return product if power.exp > 0 else Inverse(product)
