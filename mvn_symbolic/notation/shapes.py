"""Floor 1: whether the parts of an expression fit each other. SymPy lets symbolic sizes pass that may be equal.

Lives here: what a node asks of the shapes of its parts. May not live here: rules, or what a node means.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from sympy import Expr, I, S, expand
from sympy.matrices.expressions import (
    Determinant,
    HadamardProduct,
    MatAdd,
    MatMul,
    MatPow,
    MatrixExpr,
    Trace,
)

from mvn_symbolic.errors import ArgumentError
from mvn_symbolic.notation.nodes import LogDet
from mvn_symbolic.notation.parts import nodes_of

__all__ = ["check_shapes", "check_square"]

_NO_NUMBERS = (S.NaN, S.Infinity, S.NegativeInfinity, S.ComplexInfinity, I)


def _same(one: Any, other: Any) -> bool:
    return bool(one == other) or expand(one - other) == 0


def check_square(what: str, matrix: Any) -> None:
    """Raise ArgumentError unless a matrix is square for every size."""
    if not _same(*matrix.shape):
        raise ArgumentError(f"{what} must be square; got {matrix} of shape {matrix.shape}.")


def check_shapes(expr: Expr, argument: str) -> None:
    """Raise ArgumentError when parts do not fit for every size, or when a part is no real number.

    Parameters
    ----------
    expr : scalar or matrix expression
    argument : str
        What the caller calls it.
    """
    nodes = nodes_of(expr)
    for node in nodes:  # products first: what does not fit there is what others complain of
        if isinstance(node, MatMul):
            _check_product(node, argument)
    for node in nodes:
        if isinstance(node, (MatAdd, HadamardProduct)):
            _check_alike(node, argument)
    for node in nodes:
        if isinstance(node, (MatPow, Trace, Determinant, LogDet)):
            check_square(f"`{argument}` holds {type(node).__name__}, whose matrix", node.args[0])
            _check_rank(node, argument)
    found = [value for value in _NO_NUMBERS if value in nodes]
    if found:
        raise ArgumentError(f"`{argument}` must be real and finite; got {found[0]} in {expr}.")


def _check_product(product: MatMul, argument: str) -> None:
    """SymPy lets (1, 1) times (k, k) pass, since k might be 1."""
    factors = [factor for factor in product.args if isinstance(factor, MatrixExpr)]
    for left, right in pairwise(factors):
        if not _same(left.shape[1], right.shape[0]):
            raise ArgumentError(
                f"`{argument}` must hold products that fit; got {left.shape} times {right.shape} in {product}. "
                "Write a number made of vectors as Inner(x, A * x)."
            )


def _check_alike(node: Any, argument: str) -> None:
    for left, right in pairwise(node.args):
        if not all(map(_same, left.shape, right.shape)):
            raise ArgumentError(
                f"`{argument}` must hold sums and entry-by-entry products of one shape; "
                f"got {left.shape} and {right.shape} in {node}."
            )


def _check_rank(node: Any, argument: str) -> None:
    """An outer product such as x x' has neither inverse nor log determinant, but for size 1."""
    needed = not isinstance(node, Trace) and not (isinstance(node, MatPow) and not node.exp.is_negative)
    matrix = node.args[0]
    if needed and isinstance(matrix, MatMul) and matrix.shape[0] != 1:
        thin = [part for part in matrix.args if isinstance(part, MatrixExpr) and part.shape[1] == 1]
        if thin:
            raise ArgumentError(f"`{argument}` must hold matrices that can be inverted; the rank of {matrix} is 1.")
