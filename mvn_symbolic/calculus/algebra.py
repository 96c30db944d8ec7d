"""Floor 3: normal-form rules for SymPy's matrix nodes (sum, product, transpose, power, inverse, identity, zero)."""

from __future__ import annotations

from itertools import product as pairs
from typing import Any

from sympy import Expr, S
from sympy.matrices.expressions import (
    HadamardPower,
    HadamardProduct,
    Identity,
    Inverse,
    KroneckerProduct,
    MatAdd,
    MatMul,
    MatrixExpr,
    Transpose,
    ZeroMatrix,
)

from mvn_symbolic.calculus.joins import inverse_letter
from mvn_symbolic.calculus.letters import square_parts, transpose_word, turned_entries
from mvn_symbolic.calculus.products import multiply
from mvn_symbolic.calculus.terms import Terms, add_into, matrix_rule, normalize, rebuild, scale, terms
from mvn_symbolic.errors import UnsupportedExpressionError
from mvn_symbolic.notation.nodes import DiagMat, DiagPart, Elementwise, Tril, elementwise
from mvn_symbolic.notation.roots import Lyapunov

__all__: list[str] = []


@matrix_rule(MatAdd)
def _sum(expr: MatAdd) -> Terms:
    total: Terms = {}
    for part in expr.args:
        add_into(total, terms(part))
    return total


@matrix_rule(MatMul)
def _product(expr: MatMul) -> Terms:
    total: Terms = {(): S.One}
    factor: Expr = S.One
    for part in expr.args:
        if isinstance(part, MatrixExpr):
            total = multiply(total, terms(part))
        else:
            factor *= normalize(part)
    return scale(factor, total)


@matrix_rule(Identity)
def _identity(expr: Identity) -> Terms:
    return {(): S.One}


@matrix_rule(ZeroMatrix)
def _zero(expr: ZeroMatrix) -> Terms:
    return {}


@matrix_rule(Transpose)
def _transpose(expr: Transpose) -> Terms:
    total: Terms = {}
    for word, coefficient in terms(expr.arg).items():
        turned: Terms = {(): S.One}
        for letter in transpose_word(word):
            turned = multiply(turned, _turned(letter) or {(letter,): S.One})
        add_into(total, turned, coefficient)
    return total


def _turned(letter: MatrixExpr) -> Terms | None:
    """What a transposed letter is made of, where it is no letter of the normal form."""
    inside = letter.arg if isinstance(letter, Transpose) else None
    if isinstance(inside, (HadamardProduct, Elementwise)) and inside.shape[1] != 1:
        return terms(turned_entries(inside))
    return terms(letter) if isinstance(letter, Lyapunov) else _upper_triangle(letter)


def _upper_triangle(letter: MatrixExpr) -> Terms | None:
    """tril(M)' of a symmetric M is what is left of M without its lower triangle, and its diagonal."""
    if not (isinstance(letter, Transpose) and isinstance(letter.arg, Tril)):
        return None
    (matrix,) = letter.arg.args
    word = matrix.args if isinstance(matrix, MatMul) else (matrix,)
    if transpose_word(word) != word:
        return None
    return terms(matrix - letter.arg + DiagMat(DiagPart(matrix)))


@matrix_rule(HadamardProduct)
def _hadamard(expr: HadamardProduct) -> Terms:
    if expr.shape[1] != 1:
        return _hadamard_of_matrices(expr)

    def multiply_all(*entries: Any) -> Any:
        value: Any = S.One
        for entry in entries:
            value *= entry
        return value

    return terms(elementwise(multiply_all, *expr.args))


def _hadamard_of_matrices(expr: HadamardProduct) -> Terms:
    """Distributed over sums; each product of words is one letter, in a fixed order."""
    total: Terms = {}
    for words in pairs(*(terms(part).items() for part in expr.args)):
        factors = sorted((rebuild({word: S.One}, expr.shape) for word, _ in words), key=str)
        coefficient: Expr = S.One
        for _, part in words:
            coefficient *= part
        ones = [factor for factor in factors if factor.is_Identity]
        if ones:  # I o A is the diagonal of A
            diagonals = [DiagPart(factor) for factor in factors if not factor.is_Identity]
            whole = HadamardProduct(*diagonals) if len(diagonals) > 1 else next(iter(diagonals), None)
            add_into(total, {(): S.One} if whole is None else terms(DiagMat(whole)), coefficient)
        else:
            add_into(total, {(HadamardProduct(*factors),): S.One}, coefficient)
    return total


@matrix_rule(HadamardPower)
def _hadamard_power(expr: HadamardPower) -> Terms:
    base, power = expr.args
    if expr.shape[1] == 1:
        return terms(elementwise(lambda entry: entry**power, base))
    if power.is_Integer and power > 0:
        return _hadamard_of_matrices(HadamardProduct(*[base] * int(power))) if power > 1 else terms(base)
    return {(HadamardPower(normalize(base), power),): S.One}


@matrix_rule(Inverse)
def _inverse(expr: Inverse) -> Terms:
    if parts := square_parts(expr.arg):  # before sums in them are spread out
        return terms(KroneckerProduct(*map(Inverse, parts)))
    inner = terms(expr.arg)
    if not inner:
        raise UnsupportedExpressionError(f"the zero matrix has no inverse: {expr}.")
    if len(inner) == 1:
        ((word, coefficient),) = inner.items()
        if all(letter.shape[0] == letter.shape[1] for letter in word):
            total: Terms = {(): 1 / coefficient}
            for letter in reversed(word):
                total = multiply(total, {(inverse_letter(letter),): S.One})
            return total
    return {(Inverse(rebuild(inner, expr.shape)),): S.One}
