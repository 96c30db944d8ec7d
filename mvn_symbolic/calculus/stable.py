"""Floor 3: forms that do not cancel: completed squares, m - 1 - log m and exp(x - y) as functions of their own."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import chain
from typing import Any, NamedTuple

from sympy import Add, Expr, Lambda, S, Symbol, exp, expand_log, log, sqrt
from sympy.matrices.expressions import Inverse, MatAdd, MatMul, MatrixExpr, OneMatrix, Transpose

from mvn_symbolic.calculus.maps import map_of
from mvn_symbolic.calculus.stages import staged
from mvn_symbolic.calculus.terms import Terms, Word, add_into, normalize, rebuild, terms, tidy
from mvn_symbolic.notation.functions import (
    expm1,
    expm1_difference,
    expm1m,
    expm1m_difference,
    log_excess,
    log_ratio_excess,
    log_softplus,
    log_softplus_ratio_excess,
    relative_difference,
    softplus,
    softplus_excess,
    softplus_ratio_excess,
)
from mvn_symbolic.notation.nodes import Cholesky, DiagMat, DiagPart, Elementwise, Entry, Inner, Total, elementwise
from mvn_symbolic.notation.structure import is_lower, is_upper
from mvn_symbolic.notation.symbols import Let

__all__ = [
    "careful",
    "careful_logarithms",
    "complete_squares",
    "from_identity",
    "merge_exponentials",
    "split_diagonal",
    "transposed",
]


class _Group(NamedTuple):
    """A part w (m - 1 - log m) of a sum, m > 0."""

    weight: Expr
    base: Expr
    logarithm: Expr
    written: Expr


def complete_squares(expr: Expr) -> Expr:
    """Return the scalar with each m^2 - 1 - log m^2 under a sum as (m - 1)^2 + 2 (m - 1 - log m).

    A square that is computed as one is right far from 1 too, where the exponential of a logarithm is not.
    """
    return _mapped(expr, _squared)


def careful(expr: Expr) -> Expr:
    """Return the scalar with each m - 1 - log m under a sum, m > 0, as one function, which does not cancel."""
    return _mapped(expr, _grouped)


def _mapped(expr: Expr, rewrite: Any) -> Expr:
    def total(node: Total) -> Total:
        vector = node.args[0]
        body = rewrite(tidy(expand_log(vector.function.expr, force=False)))
        return Total(map_of(body, dict(zip(vector.function.variables, vector.vectors, strict=True))))

    return expr.replace(lambda node: isinstance(node, Total) and isinstance(node.args[0], Elementwise), total)


def _groups(body: Expr) -> Iterator[_Group]:
    for part in Add.make_args(body):
        coefficient, monomial = part.as_coeff_Mul()
        if monomial == 1 or not monomial.is_positive or monomial.has(log):
            continue
        share, atom = Add.make_args(expand_log(log(monomial)))[0].as_coeff_Mul()
        weight = -body.coeff(atom) / share
        if not (weight.is_Rational and weight > 0):
            continue
        base = coefficient / weight * monomial
        logarithm = expand_log(log(base))
        written = tidy(expand_log(weight * (base - 1 - logarithm)))
        if set(Add.make_args(written)) <= set(Add.make_args(body)):
            yield _Group(weight, base, logarithm, written)


def _grouped(body: Expr) -> Expr:
    for weight, base, logarithm, written in _groups(body):
        body = tidy(body - written) + weight * _excess(base, logarithm)
    return body


def _excess(base: Expr, logarithm: Expr) -> Expr:
    """m - 1 - log m as one function: of a ratio, or of an exponential."""
    above, below = base.as_numer_denom()
    if not _is_ratio(base) or not above.free_symbols:
        return expm1m(logarithm)
    return log_ratio_excess(above, below) if below.free_symbols else log_excess(base)


def _is_ratio(base: Expr) -> bool:
    return not base.has(exp) and base.is_rational_function(*base.atoms(Symbol, softplus))


def _squared(body: Expr) -> Expr:
    for weight, base, _, written in _groups(body):
        root = sqrt(base)
        if not _is_ratio(root):
            continue
        square = relative_difference(*root.as_numer_denom()) ** 2
        body = tidy(body - written + 2 * weight * (root - 1 - expand_log(log(root)))) + weight * square
    return body


def careful_logarithms(expr: Any) -> Any:
    """Return the expression with exp(x - y), and what is made of softplus, as functions of their own.

    They keep the digits that a rounded difference loses, and those of softplus where it is close to 1 or underflows.
    """
    for function, of_difference in _OF_DIFFERENCES.items():
        expr = expr.replace(function, partial(_of_difference, function, of_difference))
    for function, (of_one, of_two) in _OF_SOFTPLUS.items():
        expr = expr.replace(function, partial(_of_softplus, function, of_one, of_two))
    return expr.replace(
        lambda node: isinstance(node, log) and isinstance(node.args[0], softplus),
        lambda node: log_softplus(node.args[0].args[0]),
    )


_OF_DIFFERENCES: dict[type, Any] = {expm1m: expm1m_difference, expm1: expm1_difference}
_OF_SOFTPLUS: dict[type, tuple[Any, Any]] = {
    relative_difference: (softplus_excess, softplus_ratio_excess),
    log_excess: (lambda x: expm1m(log_softplus(x)), None),
    log_ratio_excess: (None, log_softplus_ratio_excess),
}


def _of_softplus(function: Any, of_one: Any, of_two: Any, *arguments: Expr) -> Expr:
    inside = [argument.args[0] for argument in arguments if isinstance(argument, softplus)]
    if arguments[-1] == 1 or len(arguments) == len(inside) == 1:
        return of_one(*inside) if inside else function(*arguments)
    return of_two(*inside) if len(inside) == 2 else function(*arguments)


def _of_difference(function: Any, of_difference: Any, difference: Expr) -> Expr:
    """A function of x - y as one of x and y, so that nothing is rounded before it; where each is an entry."""
    terms = dict(term.as_coeff_Mul()[::-1] for term in Add.make_args(difference))
    if sorted(terms.values(), key=float) != [-1, 1] or not all(isinstance(entry, Entry) for entry in terms):
        return function(difference)
    return of_difference(*sorted(terms, key=lambda entry: -terms[entry]))


def merge_exponentials(expr: MatrixExpr) -> MatrixExpr:
    """Return the matrix with diag(u) E diag(v) - u v' under a sum as diag(u) (E - 1) diag(v), where E has entries e^m.

    Taken as one function e^m - 1 has the digits that the difference loses where m is small.
    """
    left = terms(expr)
    merged: Terms = {}
    for word, coefficient in terms(expr).items():
        outer = _outer_of(word)
        if outer is not None and left.get(outer) == -coefficient:
            del left[word], left[outer]
            add_into(merged, {tuple(map(_less_one, word)): coefficient})
    return rebuild(add_into(merged, left), expr.shape)


def _is_exponential(letter: MatrixExpr) -> bool:
    return isinstance(letter, Elementwise) and letter.shape[1] != 1 and isinstance(letter.function.expr, exp)


def _less_one(letter: MatrixExpr) -> MatrixExpr:
    """e^m - 1 for e^m; scales stay."""
    if not _is_exponential(letter):
        return letter
    return Elementwise(Lambda(letter.function.variables, expm1(letter.function.expr.args[0])), *letter.vectors)


def _outer_of(word: Word) -> Word | None:
    """u v' of a word diag(u) E diag(v) of exponentials E: the same word with 1 for each of these."""
    if sum(map(_is_exponential, word)) != 1:
        return None
    if len(word) == 1:
        return (OneMatrix(*word[0].shape),)
    ones = [(OneMatrix(x.shape[0], 1), OneMatrix(1, x.shape[1])) if _is_exponential(x) else (x,) for x in word]
    found = terms(MatMul(*chain.from_iterable(ones)))
    return next(iter(found)) if list(found.values()) == [1] else None


def split_diagonal(expr: Expr) -> Expr:
    """Return the scalar with ||A||^2 of each triangular A in parts that do not cancel where A is close to I.

    Of a product with an inverse that is ||A - I||^2, the difference taken before the product and named B, and what
    completes the square; else the strict triangle, named S, and the diagonal.
    """

    def split(node: Inner) -> Expr:
        matrix = node.args[0]
        if (difference := from_identity(matrix)) is not None:
            difference = difference if is_lower(difference) else transposed(difference)
            named = Let("B", staged(difference, "M"))
            ones = elementwise(lambda a: 2 * a - 1, DiagPart(matrix.definition))
            return Inner(named, named) + normalize(Total(ones))
        product = isinstance(matrix, Let) and not isinstance(matrix.definition, Cholesky)
        diagonal = DiagPart(matrix.definition if product else matrix)
        lower = matrix if is_lower(matrix) else normalize(Transpose(matrix))
        strict: MatrixExpr = Let("S", MatAdd(lower, MatMul(S.NegativeOne, DiagMat(DiagPart(lower)))))
        if isinstance(lower, Let) and isinstance(lower.definition, MatAdd):  # a triangle, and a diagonal added to it
            strict = normalize(lower.definition - DiagMat(DiagPart(lower.definition)))
        return Inner(strict, strict) + normalize(Total(elementwise(lambda a: a**2, diagonal)))

    def is_square_of_triangle(node: Any) -> bool:
        return (
            isinstance(node, Inner)
            and node.args[0] == node.args[1]
            and (is_lower(node.args[0]) or is_upper(node.args[0]))
        )

    return expr.replace(is_square_of_triangle, split)


def from_identity(matrix: MatrixExpr) -> MatrixExpr | None:
    """A - I of a named A = X^-1 Y or Y X^-1, as a product with Y - X: nothing is rounded before the difference."""
    if not isinstance(matrix, Let) or not isinstance(matrix.definition, MatMul) or len(matrix.definition.args) != 2:
        return None
    left, right = matrix.definition.args
    if not isinstance(left, MatrixExpr):  # a number times one matrix, where another premise has a factor of its own
        return None
    if isinstance(left, Inverse):
        return MatMul(left, _difference(right, left.arg))
    return MatMul(_difference(left, right.arg), right) if isinstance(right, Inverse) else None


def transposed(product: MatrixExpr) -> MatrixExpr:
    """The transpose of a product factor by factor: the normal form would multiply a difference out again."""
    return MatMul(*(normalize(Transpose(factor)) for factor in reversed(product.args)))


def _difference(above: MatrixExpr, below: MatrixExpr) -> MatrixExpr:
    """Y - X; of sums with exponentials on the diagonal, these as e^x (e^(y - x) - 1)."""
    if not all(isinstance(matrix, Let) and isinstance(matrix.definition, MatAdd) for matrix in (above, below)):
        return above - below
    diagonals, rest = zip(*(_diagonal_apart(matrix.definition) for matrix in (above, below)), strict=True)
    if not all(isinstance(one, Elementwise) and isinstance(one.function.expr, exp) for one in diagonals):
        return above - below
    exponents = [
        Elementwise(Lambda(one.function.variables, one.function.expr.args[0]), *one.vectors) for one in diagonals
    ]
    diagonal = elementwise(lambda y, x: exp(x) * expm1(y - x), *(normalize(exponent) for exponent in exponents))
    return rest[0] - rest[1] + DiagMat(diagonal)


def _diagonal_apart(matrix: MatAdd) -> tuple[MatrixExpr | None, MatrixExpr]:
    diagonals = [part for part in matrix.args if isinstance(part, DiagMat)]
    others = [part for part in matrix.args if part not in diagonals]
    if len(diagonals) != 1:
        return None, matrix
    return diagonals[0].args[0], others[0] if len(others) == 1 else MatAdd(*others)
