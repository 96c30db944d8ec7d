"""Floor 3: entries placed in a matrix and read from one: differentials, normal forms, and that each undoes the other.

Both nodes are linear, and adjoint to each other.
"""

from __future__ import annotations

from typing import Any

from sympy import S
from sympy.matrices.expressions import Identity, MatAdd, MatrixExpr, Transpose

from mvn_symbolic.calculus.adjoints import Moved, adjoint_rule
from mvn_symbolic.calculus.differential import differential, differential_rule, product_of
from mvn_symbolic.calculus.linear_forms import matrix_of, vec_rule
from mvn_symbolic.calculus.terms import Terms, Word, add_into, matrix_rule, terms, word_expr
from mvn_symbolic.notation.nodes import Tril
from mvn_symbolic.notation.placed import Picked, Placed, Placement
from mvn_symbolic.notation.structure import is_lower, is_upper
from mvn_symbolic.notation.symbols import Let, Tangent

__all__: list[str] = []


@differential_rule(Placed, Picked)
def _linear(expr: Any, variables: frozenset[Any]) -> Any:
    return expr.func(differential(expr.args[0], *variables), *expr.args[1:])


@adjoint_rule(Placed)
def _read(cotangent: MatrixExpr, expr: Placed, tangent: Any) -> Moved:
    yield Picked(cotangent, expr.args[1], expr.args[2], expr.count), expr.args[0]


@adjoint_rule(Picked)
def _put(cotangent: MatrixExpr, expr: Picked, tangent: Any) -> Moved:
    yield Placed(cotangent, expr.args[1], expr.args[2], expr.size), expr.args[0]


@vec_rule(Placed)
def _spread(expr: Placed, tangent: Tangent) -> MatrixExpr:
    return product_of(_placement(expr), matrix_of(expr.args[0], tangent))


@vec_rule(Picked)
def _select(expr: Picked, tangent: Tangent) -> MatrixExpr:
    return product_of(Transpose(_placement(expr)), matrix_of(expr.args[0], tangent))


def _placement(expr: Placed | Picked) -> Placement:
    return Placement(expr.count, expr.args[1], expr.args[2], expr.size)


@matrix_rule(Placed)
def _placed(expr: Placed) -> Terms:
    total: Terms = {}
    for word, coefficient in terms(expr.args[0]).items():
        add_into(total, {(Placed(word_expr(word), *expr.args[1:]),): S.One}, coefficient)
    return total


@matrix_rule(Picked)
def _picked(expr: Picked) -> Terms:
    total: Terms = {}
    for word, coefficient in terms(expr.args[0]).items():
        add_into(total, _picked_from(word, expr), coefficient)
    return total


@matrix_rule(Placement)
def _constant(expr: Placement) -> Terms:
    return {(expr,): S.One}


def _picked_from(word: Word, expr: Picked) -> Terms:
    """What is read from one word: nothing from a triangle on the other side, and of a triangle what is inside it."""
    strict = "strict" in expr.offsets
    if not word:
        return {} if strict else {(expr.func(Identity(expr.size), *expr.args[1:]),): S.One}
    matrix = word_expr(word)
    below, above = "lower" in expr.offsets, "upper" in expr.offsets
    if strict and ((below and is_upper(matrix)) or (above and is_lower(matrix))):
        return {}
    if isinstance(matrix, Tril) and below:
        return terms(expr.func(matrix.args[0], *expr.args[1:]))
    if isinstance(matrix, Let) and isinstance(matrix.definition, MatAdd):  # a sum may say what stands there
        return terms(expr.func(matrix.definition, *expr.args[1:]))
    if isinstance(matrix, Placed) and matrix.args[1:3] == expr.args[1:3] and matrix.count == expr.count:
        return terms(matrix.args[0])
    return {(expr.func(matrix, *expr.args[1:]),): S.One}
