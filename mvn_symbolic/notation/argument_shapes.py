"""Floor 1: what a node asks of its arguments' shapes, in one style of message.

Lives here: checks of matrices, squares and columns. May not live here: structure, nodes.
"""

from __future__ import annotations

from typing import Any

from sympy import sympify
from sympy.matrices.expressions import MatrixExpr

from mvn_symbolic.errors import ArgumentError

__all__ = ["as_matrix", "as_square", "as_vector"]


def as_matrix(argument: str, value: Any) -> MatrixExpr:
    """The value as a matrix expression."""
    value = sympify(value)
    if not isinstance(value, MatrixExpr):
        raise ArgumentError(f"`{argument}` must be a matrix expression; got {value!r}.")
    return value


def as_square(argument: str, value: Any) -> MatrixExpr:
    """The value as a square matrix expression."""
    value = as_matrix(argument, value)
    if value.shape[0] != value.shape[1]:
        raise ArgumentError(f"`{argument}` must be square; got {value} of shape {value.shape}.")
    return value


def as_vector(argument: str, value: Any) -> MatrixExpr:
    """The value as a column."""
    value = as_matrix(argument, value)
    if value.shape[1] != 1:
        raise ArgumentError(f"`{argument}` must be a column vector; got {value} of shape {value.shape}.")
    return value
