"""Floor 3: packed triangles: differentials and normal forms of their parts, and gradients gathered into one vector.

All three nodes are linear; taking parts and packing undo each other.
"""

from __future__ import annotations

from typing import Any

from sympy import S
from sympy.matrices.expressions import MatAdd, MatrixExpr, ZeroMatrix

from mvn_symbolic.calculus.adjoints import Moved, adjoint_rule
from mvn_symbolic.calculus.differential import differential, differential_rule
from mvn_symbolic.calculus.terms import Terms, add_into, matrix_rule, rebuild, terms, word_expr
from mvn_symbolic.notation.nodes import DiagMat, DiagPart, Tril
from mvn_symbolic.notation.packed import Head, Pack, Unpack
from mvn_symbolic.notation.structure import is_upper
from mvn_symbolic.notation.symbols import Let

__all__ = ["gathered"]


@differential_rule(Head, Unpack, Pack)
def _linear(expr: Any, variables: frozenset[Any]) -> Any:
    return expr.func(*(differential(argument, *variables) for argument in expr.args))


@matrix_rule(Head, Unpack)
def _part(expr: Any) -> Terms:
    total: Terms = {}
    for word, coefficient in terms(expr.args[0]).items():
        packed = word_expr(word)
        if not isinstance(packed, Pack):
            add_into(total, {(expr.func(packed),): S.One}, coefficient)
        elif isinstance(expr, Head):
            add_into(total, terms(packed.args[0]), coefficient)
        else:
            lower = Tril(packed.args[1])
            add_into(total, terms(lower - DiagMat(DiagPart(lower))), coefficient)
    return total


@matrix_rule(Pack)
def _pack(expr: Pack) -> Terms:
    """Of the matrix nothing but its strict lower triangle matters."""
    head, matrix = expr.args
    first, rest = rebuild(terms(head), head.shape), rebuild(_below(matrix), matrix.shape)
    if isinstance(first, ZeroMatrix) and isinstance(rest, ZeroMatrix):
        return {}
    if isinstance(first, Head) and isinstance(rest, Unpack) and first.args == rest.args:
        return terms(first.args[0])
    return {(Pack(first, rest),): S.One}


def _below(matrix: MatrixExpr) -> Terms:
    """The terms that have entries below the diagonal; names of sums are opened, since their diagonals go."""
    found: Terms = {}
    for word, coefficient in terms(matrix).items():
        letter = word[0] if len(word) == 1 else None
        if isinstance(letter, Tril):
            add_into(found, _below(letter.args[0]), coefficient)
        elif isinstance(letter, Let) and isinstance(letter.definition, MatAdd):
            add_into(found, _below(letter.definition), coefficient)
        elif word and not is_upper(word_expr(word)):
            add_into(found, {word: S.One}, coefficient)
    return found


@adjoint_rule(Head)
def _head_moved(cotangent: MatrixExpr, expr: Head, tangent: Any) -> Moved:
    size = expr.shape[0]
    yield Pack(cotangent, ZeroMatrix(size, size)), expr.args[0]


@adjoint_rule(Unpack)
def _unpack_moved(cotangent: MatrixExpr, expr: Unpack, tangent: Any) -> Moved:
    yield Pack(ZeroMatrix(expr.shape[0], 1), cotangent), expr.args[0]


@adjoint_rule(Pack)
def _pack_moved(cotangent: MatrixExpr, expr: Pack, tangent: Any) -> Moved:
    yield Head(cotangent), expr.args[0]
    yield Unpack(cotangent), expr.args[1]


def gathered(parts: list[Any]) -> list[Any]:
    """The terms of a gradient with all that is packed in one node: its heads added, and its matrices."""
    packs = [part for part in parts if isinstance(part, Pack)]
    if len(packs) < 2:
        return parts
    sums = [_sum([pack.args[i] for pack in packs]) for i in range(2)]
    return [*(part for part in parts if not isinstance(part, Pack)), Pack(*sums)]


def _sum(parts: list[MatrixExpr]) -> MatrixExpr:
    some = [part for part in parts if not isinstance(part, ZeroMatrix)]
    if not some:
        return parts[0]
    return some[0] if len(some) == 1 else MatAdd(*some)
