"""Floor 6: products of matrices: which pair to multiply first, and with which operation.

Products are priced as those of k x k matrices: all cost the same, so the order that reuses products already formed is
the cheapest. A rank counts as less than k, so that of a product with a low-rank factor no k x k matrix is formed.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from mvn_symbolic.codegen.words import Factor, Word, turned
from mvn_symbolic.notation.table import rank

if TYPE_CHECKING:
    from mvn_symbolic.codegen.lower import Lowering

__all__ = ["Chains"]


class Chains:
    """Values of words of matrices, remembered with their parts."""

    def __init__(self, lowering: Lowering) -> None:
        self._low = lowering
        self._known: dict[Word, int] = {}

    def has(self, word: Word) -> bool:
        """Whether this very product has been formed."""
        return word in self._known

    def value(self, word: Word) -> int:
        """The product of the factors of a word."""
        if word == (Factor(word[0].base),):
            return self._low.matrix(word[0].base)
        if word not in self._known:
            if turned(word) in self._known:
                return self._low.builder.apply("transpose", self._known[turned(word)])
            self._known[word] = self._product(word)
        return self._known[word]

    def _product(self, word: Word) -> int:
        b = self._low.builder
        if all(factor.is_diagonal for factor in word) and (len(word) > 1 or word[0].inverted):
            return b.apply("diag_embed", self._diagonal(word))
        if len(word) == 1:
            (factor,) = word
            if factor.inverted:
                return self._solve(word, self._low.triangles.identity(factor.columns))
            return b.apply("transpose", self._low.matrix(factor.base))
        cut = self._cheapest_cut(word)
        return self._multiply(word[:cut], word[cut:])

    def _cheapest_cut(self, word: Word) -> int:
        @cache
        def plan(start: int, end: int) -> tuple[float, int]:
            part = word[start:end]
            if len(part) == 1 or part in self._known or turned(part) in self._known:
                return 0, 0
            options = []
            for cut in range(start + 1, end):
                left, right = word[start:cut], word[cut:end]
                once = 0 if right == turned(left) else plan(cut, end)[0]  # the half of a square is formed once
                options.append((plan(start, cut)[0] + once + _price(left, right), -cut))
            price, cut = min(options)  # of equals, the one that multiplies from the left
            return price, -cut

        return plan(0, len(word))[1]

    def _multiply(self, left: Word, right: Word) -> int:
        b = self._low.builder
        if _is_diagonal(left):
            return b.apply("mul", b.apply("as_columns", self._diagonal(left)), self.value(right))
        if _is_diagonal(right):
            return b.apply("mul", self.value(left), b.apply("as_rows", self._diagonal(right)))
        if _is_inverse(left):
            return self._solve(left, self.value(right))
        if _is_inverse(right):
            solved = self._solve(turned(right), self.value(turned(left)))
            return b.apply("transpose", solved)
        return b.apply("matmul", self.value(left), self.value(right))

    def _diagonal(self, word: Word) -> int:
        return self._low.full_vector(self._low.diagonals.of_word(word), word[0].rows)

    def _solve(self, word: Word, right: int) -> int:
        matrix, turn = self._low.triangles.factor(word[0])
        return self._low.builder.apply("solve_matrix_t" if turn else "solve_matrix", matrix, right)


def _is_diagonal(word: Word) -> bool:
    return len(word) == 1 and word[0].is_diagonal


def _is_inverse(word: Word) -> bool:
    return len(word) == 1 and word[0].inverted


def _price(left: Word, right: Word) -> float:
    """In products of k x k matrices; two inverses side by side need one made explicit, which comes last."""
    rows, columns = map(_size, (left[0].rows, right[-1].columns))
    if _is_diagonal(left) or _is_diagonal(right):
        return 0.1 * rows * columns
    times = 3 if _is_inverse(left) and _is_inverse(right) else 1
    return times * rows * _size(right[0].rows) * columns


def _size(dimension: Any) -> float:
    """A dimension in units of k; of all others nothing is known but that a rank is smaller."""
    return 0.25 if dimension == rank else 1
