"""Floor 3: what depends on Cholesky factors through covariances only, written by the covariances: L L' = S."""

from __future__ import annotations

from typing import Any

from sympy import Expr, Mul, Rational, log
from sympy.matrices.expressions import Inverse, MatAdd, MatMul, MatrixExpr, Transpose

from mvn_symbolic.calculus.closed import closed_scalar
from mvn_symbolic.calculus.letters import transpose_word
from mvn_symbolic.notation.nodes import Cholesky, DiagPart, Elementwise, Inner, LogDet, Total
from mvn_symbolic.notation.parts import parts_of
from mvn_symbolic.notation.symbols import Let

__all__ = ["by_covariances", "join_factors"]

Word = tuple[MatrixExpr, ...]


def by_covariances(expr: Expr, difference: str = "d") -> Expr:
    """Return a scalar with the factors in its norms and log determinants multiplied out to covariances.

    Parameters
    ----------
    expr : scalar expression
    difference : str
        What a sum of vectors inside a norm is called; it is kept whole.

    Examples
    --------
    >>> from mvn_symbolic.notation.symbols import PositiveDefinite, Vector
    >>> S, x = PositiveDefinite("S"), Vector("x")
    >>> by_covariances(Inner(Cholesky(S) ** -1 * x, Cholesky(S) ** -1 * x))
    Inner(x, S**(-1)*x)
    """

    def norm(node: Inner) -> Expr:
        (one, left), (other, right) = (_split(argument, difference) for argument in node.args)
        return one * other * closed_scalar(_joined((*transpose_word(left), *right)), node.args[0].shape[1])

    def volume(node: Total) -> Expr:
        return Rational(1, 2) * LogDet(_factor(node.args[0].vectors[0].args[0]).args[0])

    expr = expr.replace(lambda node: isinstance(node, Inner), norm)
    return expr.replace(lambda node: isinstance(node, Total) and _is_log_diagonal(node.args[0]), volume)


def join_factors(matrix: MatrixExpr) -> MatrixExpr:
    """Return a product with each L L' in it written S, and each L^-T L^-1 written S^-1."""
    if not isinstance(matrix, MatMul):
        return matrix
    letters: list[Any] = []
    for factor in matrix.args:
        pair = _covariance(_opened(letters[-1]), _opened(factor)) if letters else None
        if pair is not None:
            letters[-1] = pair
        else:
            letters.append(factor)
    return letters[0] if len(letters) == 1 else MatMul(*letters)


def _opened(letter: Any) -> Any:
    """The letter with a named factor written out."""
    return letter.xreplace(
        {let: let.definition for let in parts_of(letter, Let) if isinstance(let.definition, Cholesky)}
    )


def _factor(matrix: Any) -> Any:
    return matrix.definition if isinstance(matrix, Let) else matrix


def _is_log_diagonal(vector: Any) -> bool:
    """Whether a vector is log diag chol(S)."""
    if not (isinstance(vector, Elementwise) and isinstance(vector.function.expr, log) and len(vector.vectors) == 1):
        return False
    (inner,) = vector.vectors
    entry = vector.function.expr.args[0] == vector.function.variables[0]
    return entry and isinstance(inner, DiagPart) and isinstance(_factor(inner.args[0]), Cholesky)


def _split(expr: MatrixExpr, difference: str) -> tuple[Expr, Word]:
    """The numbers in front of a product, and its factors."""
    everything = _letters(expr, difference)
    numbers = [part for part in everything if not isinstance(part, MatrixExpr)]
    return Mul(*numbers), tuple(part for part in everything if isinstance(part, MatrixExpr))


def _letters(expr: Any, difference: str) -> tuple[Any, ...]:
    """The factors of a product, names of products and of factors opened, sums of vectors named."""
    if isinstance(expr, Let):
        return _letters(expr.definition, difference)
    if isinstance(expr, MatMul):
        return tuple(letter for factor in expr.args for letter in _letters(factor, difference))
    if isinstance(expr, (Inverse, Transpose)):
        inner = _letters(expr.arg, difference)
        return (expr.func(inner[0]),) if len(inner) == 1 else (expr,)
    return (Let(difference, expr),) if isinstance(expr, MatAdd) and expr.shape[1] == 1 else (expr,)


def _joined(word: Word) -> Word:
    """The word with L L' written S, and L^-T L^-1 written S^-1, round the seam too."""
    for turn in range(len(word)):
        turned = (*word[turn:], *word[:turn])
        pair = _covariance(*turned[:2]) if len(turned) > 1 else None
        if pair is not None:
            return _joined((pair, *turned[2:]))
    return word


def _covariance(left: MatrixExpr, right: MatrixExpr) -> MatrixExpr | None:
    if isinstance(left, Cholesky) and right == Transpose(left):
        return left.args[0]
    if isinstance(right, Inverse) and isinstance(right.arg, Cholesky) and left == Inverse(Transpose(right.arg)):
        return Inverse(right.arg.args[0])
    return None
