"""Floor 3: linear equations solved for a matrix, and quadratics in a vector with their square completed.

Lives here: reading the coefficients off an expression, and solving by them. May not live here: words, or a result.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from sympy import Rational
from sympy.matrices.expressions import Inverse, MatAdd, MatMul, MatrixExpr, MatrixSymbol, ZeroMatrix

from mvn_symbolic.calculus.differential import product_of
from mvn_symbolic.calculus.gradient import gradient
from mvn_symbolic.calculus.second import hessian
from mvn_symbolic.calculus.terms import Terms, normalize, rebuild, terms, word_expr
from mvn_symbolic.errors import UnsupportedExpressionError
from mvn_symbolic.notation.nodes import Inner
from mvn_symbolic.notation.symbols import Let

__all__ = ["Square", "complete_square", "inversion_lemma", "right_solution"]


def right_solution(expr: MatrixExpr, unknown: MatrixSymbol) -> MatrixExpr:
    """Solve D + X C = 0 for the matrix X that stands on the left of its terms: X = -D C^-1.

    Raises
    ------
    UnsupportedExpressionError
        When the unknown stands elsewhere, or there is nothing behind it that could be inverted.

    Examples
    --------
    >>> from mvn_symbolic.notation.symbols import GeneralMatrix, PositiveDefinite
    >>> X, C, D = GeneralMatrix("X"), PositiveDefinite("C"), GeneralMatrix("D")
    >>> right_solution(D - X * C, X)
    D*C**(-1)
    """
    behind: Terms = {}
    rest: Terms = {}
    for word, coefficient in terms(expr).items():
        if word[0] == unknown:
            behind[word[1:]] = coefficient
        else:
            rest[word] = coefficient
        if any(letter.has(unknown) for letter in word[1 if word[0] == unknown else 0 :]) or coefficient.has(unknown):
            raise UnsupportedExpressionError(f"{unknown} must stand on the left of each term once; got {expr}.")
    columns = unknown.shape[1]
    if not behind or expr.shape[1] != columns:
        raise UnsupportedExpressionError(f"nothing square stands behind {unknown} in {expr}.")
    sign = -1 if all(coefficient.could_extract_minus_sign() for coefficient in behind.values()) else 1
    matrix = normalize(sign * rebuild(behind, (columns, columns)))
    return normalize(-sign * rebuild(rest, expr.shape) * Inverse(matrix))


class Square(NamedTuple):
    """A quadratic as `top` + `fall`: its value at `centre`, where its slope vanishes, and what it is less elsewhere."""

    top: Any
    fall: Any
    centre: Let


def complete_square(expr: Any, vector: MatrixSymbol, precision: str, centre: str) -> Square:
    """Return c + b'x - x'Px/2 as m'Pm/2 + c and -(x - m)'P(x - m)/2, with P and m = P^-1 b under these names.

    Raises
    ------
    UnsupportedExpressionError
        When the expression is not quadratic in the vector.

    Examples
    --------
    >>> from mvn_symbolic.notation.symbols import PositiveDefinite, Vector
    >>> x, b, S = Vector("x"), Vector("b"), PositiveDefinite("S")
    >>> complete_square(Inner(b, x) - Inner(x, S * x) / 2, x, "P", "m").fall
    -Inner(-m + x, P*(-m + x))/2
    """
    bend = normalize(-1 * hessian(expr, vector))
    if bend.has(vector):
        raise UnsupportedExpressionError(f"{expr} is not quadratic in {vector}.")
    origin = {vector: ZeroMatrix(*vector.shape)}
    slope = normalize(gradient(expr, vector).xreplace(origin))
    matrix = Let(precision, bend)
    mean = Let(centre, MatMul(Inverse(matrix), slope))
    off = MatAdd(vector, product_of(-1, mean))  # a minus sign would sort the sum inside the name
    half = Rational(1, 2)
    top = normalize(expr.xreplace(origin)) + half * Inner(mean, MatMul(matrix, mean))
    return Square(top, -half * Inner(off, MatMul(matrix, off)), mean)


def inversion_lemma(matrix: MatrixExpr) -> MatrixExpr:
    """Return (B^-1 + U'D^-1 U)^-1 as B - BU' (D + UBU')^-1 UB, for the sum of two products that is given.

    Raises
    ------
    UnsupportedExpressionError
        When it is not such a sum: the first product inverses only, the second with inverses in its middle.

    Examples
    --------
    >>> from mvn_symbolic.notation.symbols import GeneralMatrix, PositiveDefinite
    >>> B, D, U = PositiveDefinite("B"), PositiveDefinite("D"), GeneralMatrix("U")
    >>> inversion_lemma(Inverse(B) + U.T * Inverse(D) * U)
    B - B*U.T*(U*B*U.T + D)**(-1)*U*B
    """
    parts = sorted(terms(matrix).items(), key=lambda part: sum(not isinstance(one, Inverse) for one in part[0]))
    if len(parts) != 2 or any(not isinstance(letter, Inverse) for letter in parts[0][0]):
        raise UnsupportedExpressionError(f"the inversion lemma is for a sum of two products; got {matrix}.")
    (plain, weight), (word, other) = parts
    inverses = [i for i, letter in enumerate(word) if isinstance(letter, Inverse)]
    if not inverses:
        raise UnsupportedExpressionError(f"the inversion lemma needs an inverse in the second product; got {word}.")
    low, high = inverses[0], inverses[-1] + 1
    base = normalize(Inverse(weight * word_expr(plain)))
    middle = normalize(Inverse(other * word_expr(word[low:high])))
    left, right = word[:low], word[high:]  # empty where U is the identity
    whole = normalize(MatAdd(middle, product_of(*right, base, *left)))
    return MatAdd(base, product_of(-1, base, *left, Inverse(whole), *right, base))
