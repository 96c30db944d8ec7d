"""Floor 6: matrix products as words of factors: each a base, perhaps transposed, perhaps inverted.

Reading a word off an expression, turning it round, cutting it where a vector meets a row. No operation is emitted here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sympy import Expr, Integer, S
from sympy.matrices.expressions import Identity, Inverse, MatAdd, MatMul, MatPow, MatrixExpr, Transpose, ZeroMatrix

from mvn_symbolic.errors import UnsupportedExpressionError
from mvn_symbolic.notation.nodes import Cholesky
from mvn_symbolic.notation.structure import is_definite, is_diagonal, is_lower, is_symmetric, is_upper

__all__ = [
    "Factor",
    "Word",
    "blocks",
    "gram_half",
    "is_dense",
    "is_lower_word",
    "is_upper_word",
    "parts",
    "read_word",
    "triangular",
    "turned",
]


@dataclass(frozen=True)
class Factor:
    """base, base', base^-1 or base'^-1."""

    base: MatrixExpr
    transposed: bool = False
    inverted: bool = False

    @property
    def rows(self) -> Any:
        """The number of rows."""
        return self.base.shape[1 if self.transposed else 0]

    @property
    def columns(self) -> Any:
        """The number of columns."""
        return self.base.shape[0 if self.transposed else 1]

    @property
    def is_lower(self) -> bool:
        """Whether it is known to be lower-triangular; an inverse is if its base is."""
        return is_upper(self.base) if self.transposed else is_lower(self.base)

    @property
    def is_upper(self) -> bool:
        """Whether it is known to be upper-triangular."""
        return is_lower(self.base) if self.transposed else is_upper(self.base)

    @property
    def is_diagonal(self) -> bool:
        """Whether it is known to be diagonal."""
        return is_diagonal(self.base)

    def turned(self) -> Factor:
        """The transpose."""
        return self if is_symmetric(self.base) else replace(self, transposed=not self.transposed)


Word = tuple[Factor, ...]


def read_word(expr: MatrixExpr) -> tuple[Expr, Word]:
    """The scalar coefficient and the factors of a product; an expression of one factor is a word of length one."""
    if isinstance(expr, MatMul):
        coefficient: Expr = S.One
        word: Word = ()
        for part in expr.args:
            if isinstance(part, MatrixExpr):
                inner, letters = read_word(part)
                coefficient, word = coefficient * inner, word + letters
            else:
                coefficient *= part
        return coefficient, word
    if isinstance(expr, Transpose):
        coefficient, word = read_word(expr.arg)
        return coefficient, turned(word)
    if isinstance(expr, Inverse):
        return _inverted(expr)
    if isinstance(expr, MatPow):
        if not isinstance(expr.exp, Integer):
            raise UnsupportedExpressionError(f"only integer powers of matrices can be generated; got `{expr}`.")
        coefficient, word = read_word(expr.base if expr.exp > 0 else Inverse(expr.base))
        return coefficient ** abs(expr.exp), word * abs(int(expr.exp))
    if isinstance(expr, Identity):
        return S.One, ()
    if isinstance(expr, MatAdd) and expr.shape[0] == 1 != expr.shape[1]:  # vectors are columns
        return S.One, (Factor(MatAdd(*map(Transpose, expr.args)), transposed=True),)
    return S.One, (Factor(expr),)


def turned(word: Word) -> Word:
    """The transpose of a word."""
    return tuple(factor.turned() for factor in reversed(word))


def blocks(word: Word) -> list[Word]:
    """Cut a word where the inner dimension is one: `A u | v' B w | x'`. The middle pieces are numbers."""
    pieces: list[list[Factor]] = [[]]
    for factor in word:
        if pieces[-1] and pieces[-1][-1].columns == 1:
            pieces.append([])
        pieces[-1].append(factor)
    return [tuple(piece) for piece in pieces]


def parts(expr: MatrixExpr) -> list[tuple[Expr, Word]]:
    """The terms of a matrix sum as words with their coefficients."""
    terms = expr.args if isinstance(expr, MatAdd) else (expr,)
    return [read_word(term) for term in terms if not isinstance(term, ZeroMatrix)]


def is_dense(word: Word) -> bool:
    """Whether no vector stands in the word."""
    return all(factor.base.shape[1] != 1 for factor in word)


def is_lower_word(word: Word) -> bool:
    """Whether each factor is lower-triangular, so that the product is and diagonals multiply."""
    return all(factor.is_lower for factor in word)


def is_upper_word(word: Word) -> bool:
    """Whether each factor is upper-triangular."""
    return all(factor.is_upper for factor in word)


def triangular(word: Word) -> Word:
    """The word with each positive-definite factor written as its Cholesky factor times the transpose of that."""
    found: Word = ()
    for factor in word:
        if factor.is_lower or factor.is_upper or not is_definite(factor.base):
            found += (factor,)
        else:
            root = Cholesky(factor.base)
            pair = (Factor(root), Factor(root, transposed=True))
            found += tuple(replace(one, inverted=True) for one in reversed(pair)) if factor.inverted else pair
    return found


def gram_half(word: Word) -> Word | None:
    """The X of a word X'X; nothing for another word."""
    half = word[len(word) // 2 :]
    return half if half and turned(half) + half == word else None


def _inverted(expr: Inverse) -> tuple[Expr, Word]:
    coefficient, word = read_word(expr.arg)
    word = triangular(word)
    for factor in word:
        if not (factor.is_lower or factor.is_upper):
            raise UnsupportedExpressionError(
                f"code is generated with triangular solves, never with the inverse of a dense matrix; got `{expr}`. "
                "Write the matrix as a product of triangular factors; of a positive-definite one C write Cholesky(C)."
            )
    return 1 / coefficient, tuple(replace(factor, inverted=not factor.inverted) for factor in reversed(word))
