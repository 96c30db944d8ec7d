"""Floor 3: square roots and Lyapunov equations: differentials, normal form, and what follows from the equation alone.

Lives here: rules of the nodes in `notation.roots`. May not live here: rules of any other node.
"""

from __future__ import annotations

from typing import Any

from sympy import Rational, S, sqrt
from sympy.matrices.expressions import Inverse, MatAdd, MatrixExpr, ZeroMatrix

from mvn_symbolic.calculus.adjoints import Moved, adjoint_rule
from mvn_symbolic.calculus.differential import differential, differential_rule, product_of
from mvn_symbolic.calculus.products import multiply
from mvn_symbolic.calculus.terms import Terms, Word, add_into, matrix_rule, normalize, scale, terms, word_expr
from mvn_symbolic.notation.nodes import DiagMat, elementwise
from mvn_symbolic.notation.roots import Lyapunov, SquareRoot
from mvn_symbolic.notation.structure import is_positive, is_symmetric

__all__: list[str] = []

_HALF = Rational(1, 2)


@differential_rule(SquareRoot)
def _root_moves(expr: SquareRoot, variables: frozenset[Any]) -> Any:
    """From R R = S: dR R + R dR = dS."""
    return Lyapunov(expr, differential(expr.args[0], *variables))


@differential_rule(Lyapunov)
def _solution_moves(expr: Lyapunov, variables: frozenset[Any]) -> Any:
    """From S X + X S = R: S dX + dX S = dR - dS X - X dS, the same equation with another right side."""
    matrix, right = expr.args
    change, move = differential(right, *variables), differential(matrix, *variables)
    parts = [] if isinstance(change, ZeroMatrix) else [change]
    if not isinstance(move, ZeroMatrix):
        parts += [product_of(S.NegativeOne, move, expr), product_of(S.NegativeOne, expr, move)]
    return Lyapunov(matrix, parts[0] if len(parts) == 1 else MatAdd(*parts))


@adjoint_rule(Lyapunov)
def _solution_read(cotangent: MatrixExpr, expr: Lyapunov, tangent: Any) -> Moved:
    """The solve is its own adjoint."""
    yield Lyapunov(expr.args[0], cotangent), expr.args[1]


def _tidied(matrix: MatrixExpr) -> MatrixExpr:
    """The normal form of a symmetric matrix, where that is still seen to be symmetric."""
    found = normalize(matrix)
    return found if is_symmetric(found) else matrix


@matrix_rule(SquareRoot)
def _square_root(expr: SquareRoot) -> Terms:
    these = terms(expr.args[0])
    if len(these) == 1:
        ((word, coefficient),) = these.items()
        if coefficient.is_positive:
            if not word:
                return {(): sqrt(coefficient)}
            if len(word) == 1 and isinstance(word[0], DiagMat) and is_positive(word[0].args[0]):
                return scale(sqrt(coefficient), terms(DiagMat(elementwise(sqrt, word[0].args[0]))))
            if is_symmetric(inner := word_expr(word)):
                return {(SquareRoot(inner),): sqrt(coefficient)}
    return {(SquareRoot(_tidied(expr.args[0])),): S.One}


@matrix_rule(Lyapunov)
def _lyapunov(expr: Lyapunov) -> Terms:
    """Linear in the right side; powers of the matrix beside it move out, or to its right end."""
    matrix = _tidied(expr.args[0])
    total: Terms = {}
    for word, coefficient in terms(expr.args[1]).items():
        add_into(total, _solved(matrix, word), coefficient)
    return total


def _solved(matrix: MatrixExpr, word: Word) -> Terms:
    """The X with S X + X S = a word."""
    if all(_power(letter, matrix) for letter in word):  # what commutes with S: X is half of it over S
        return scale(_HALF, terms(product_of(Inverse(matrix), *word)))
    if isinstance(matrix, DiagMat) and len(word) == 1 and isinstance(word[0], DiagMat):
        halves = elementwise(lambda a, b: a / (2 * b), word[0].args[0], matrix.args[0])
        return terms(DiagMat(halves))
    first, last = _power(word[0], matrix), _power(word[-1], matrix)
    if first < 0:
        return multiply({(word[0],): S.One}, _solved(matrix, word[1:]))
    if last < 0:
        return multiply(_solved(matrix, word[:-1]), {(word[-1],): S.One})
    if first > 0:  # S X + X S = S M has the solution M less that of M S
        rest = word[1:]
        return add_into(dict(terms(word_expr(rest))), _solved(matrix, (*rest, matrix)), S.NegativeOne)
    return {(Lyapunov(matrix, word_expr(word)),): S.One}


def _power(letter: MatrixExpr, matrix: MatrixExpr) -> int:
    """1 for the matrix itself, -1 for its inverse, 0 for anything else."""
    if letter == matrix:
        return 1
    return -1 if isinstance(letter, Inverse) and letter.arg == matrix else 0
