"""Floor 6: numbers from matrices: log-determinants, inner products and traces, as sums of squares where they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sympy import S
from sympy.matrices.expressions import MatrixExpr

from mvn_symbolic.codegen.arithmetic import product, total, weighted_sum
from mvn_symbolic.codegen.words import (
    Word,
    blocks,
    gram_half,
    is_dense,
    is_lower_word,
    is_upper_word,
    parts,
    read_word,
    triangular,
    turned,
)
from mvn_symbolic.errors import UnsupportedExpressionError
from mvn_symbolic.notation.nodes import LogDet, Tril
from mvn_symbolic.notation.structure import is_diagonal

if TYPE_CHECKING:
    from mvn_symbolic.codegen.lower import Lowering

__all__ = ["Reductions"]


class Reductions:
    """Scalars made from matrices."""

    def __init__(self, lowering: Lowering) -> None:
        self._low = lowering

    def log_det(self, expr: LogDet) -> int:
        """log |det X| of a product of triangular factors, from their diagonals."""
        low, b = self._low, self._low.builder
        coefficient, word = read_word(expr.args[0])
        word = triangular(word)
        if coefficient != 1 or not all(factor.is_lower or factor.is_upper for factor in word):
            raise UnsupportedExpressionError(
                f"a log-determinant is read off the diagonals of triangular factors; got `{expr}`. "
                "Write the matrix as a product of triangular factors; of a positive-definite one C write Cholesky(C)."
            )
        terms = []
        for factor in word:
            logs = b.apply("log", low.full_vector(low.diagonals.value(factor.base), factor.rows))
            terms.append((S.NegativeOne if factor.inverted else S.One, total(b, logs)))
        return weighted_sum(b, terms)

    def inner(self, left: MatrixExpr, right: MatrixExpr) -> int:
        """tr(A' B), or a' b."""
        low, b = self._low, self._low.builder
        if left.shape[1] == 1:
            return total(b, product(b, low.vector(left), low.vector(right)), left.shape[0])
        if (tails := low.packing.inner(left, right)) is not None:
            return tails
        if left == right and not is_diagonal(left) and all(is_dense(word) for _, word in parts(left)):
            return self._square(low.matrix(left))
        size = left.shape[0]
        pairs = [(c * d, self._inner(u, v, size)) for c, u in parts(left) for d, v in parts(right)]
        return weighted_sum(b, [low.weighted(*pair) for pair in pairs])

    def trace(self, matrix: MatrixExpr) -> int:
        """tr(A)."""
        size = matrix.shape[0]
        terms = [self._low.weighted(c, self._trace(word, size)) for c, word in parts(matrix)]
        return weighted_sum(self._low.builder, terms)

    def _inner(self, left: Word, right: Word, size: Any) -> int:
        low, b = self._low, self._low.builder
        left = _without_tril(left, right)
        right = _without_tril(right, left)  # not both: <tril(M), tril(N)> is not <M, N>
        if any(all(factor.is_diagonal for factor in word) for word in (left, right)):
            return total(b, product(b, low.diagonals.of_word(left), low.diagonals.of_word(right)), size)
        if is_dense(left) and is_dense(right):
            return b.apply("inner", low.word(left, size), low.word(right, size))
        word = turned(left) + right
        return self._trace(word, word[0].rows)

    def _trace(self, word: Word, size: Any) -> int:
        low, b = self._low, self._low.builder
        if is_lower_word(word) or is_upper_word(word) or len(word) == 1:
            return total(b, low.diagonals.of_word(word), size)
        if not is_dense(word):  # turn the word until it starts with a row: then it is a product of numbers
            start = next(i for i, factor in enumerate(word) if factor.rows == 1)
            value = b.const(1)
            for block in blocks(word[start:] + word[:start]):
                value = product(b, value, low.columns.number(block))
            return value
        for i in range(len(word)):
            around = word[i:] + word[:i]
            if (half := gram_half(around)) is not None:
                return self._square(low.word(half, half[0].rows))
        return b.apply("inner", low.word(turned(word[:1]), word[0].columns), low.word(word[1:], word[0].columns))

    def _square(self, value: int) -> int:
        return self._low.builder.apply("inner", value, value)


def _without_tril(word: Word, other: Word) -> Word:
    """<tril(M), X> = <M, X> for lower-triangular X."""
    if len(word) == 1 and isinstance(word[0].base, Tril) and not word[0].transposed and is_lower_word(other):
        inside = parts(word[0].base.args[0])
        if len(inside) == 1 and inside[0][0] == S.One:
            return inside[0][1]
    return word
