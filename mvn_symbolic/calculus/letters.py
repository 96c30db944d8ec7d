"""Floor 3: what single letters do: transpose, inverse, and how two neighbours join in a word."""

from __future__ import annotations

from typing import Any

from sympy import S
from sympy.matrices.expressions import Identity, Inverse, MatrixExpr, OneMatrix, Transpose

from mvn_symbolic.errors import UnsupportedExpressionError
from mvn_symbolic.notation.nodes import DiagMat, elementwise
from mvn_symbolic.notation.structure import is_symmetric

__all__ = ["append", "inverse_letter", "is_column", "is_row", "transpose_letter", "transpose_word"]


def is_column(letter: MatrixExpr) -> bool:
    """Whether a letter is a column vector (n x 1); a 1 x 1 letter counts as one."""
    return letter.shape[1] == 1


def is_row(letter: MatrixExpr) -> bool:
    """Whether a letter is a row vector (1 x n)."""
    return letter.shape[0] == 1 and letter.shape[1] != 1


def transpose_letter(letter: MatrixExpr) -> MatrixExpr:
    """The transpose, with inverses outermost: (L^-1)' is Inverse(Transpose(L))."""
    if isinstance(letter, Transpose):
        return letter.arg
    if isinstance(letter, Inverse):
        return Inverse(transpose_letter(letter.arg))
    if is_symmetric(letter):
        return letter
    if isinstance(letter, OneMatrix):
        return OneMatrix(letter.shape[1], letter.shape[0])
    return Transpose(letter)


def transpose_word(word: tuple[MatrixExpr, ...]) -> tuple[MatrixExpr, ...]:
    """The transpose of a product: transposed letters in reverse order."""
    return tuple(transpose_letter(letter) for letter in reversed(word))


def inverse_letter(letter: MatrixExpr) -> MatrixExpr:
    """The inverse of one square letter."""
    if letter.shape[0] != letter.shape[1]:
        raise UnsupportedExpressionError(f"only a square matrix has an inverse; got {letter} of shape {letter.shape}.")
    if isinstance(letter, Inverse):
        return letter.arg
    if isinstance(letter, Identity):
        return letter
    if isinstance(letter, DiagMat):
        return DiagMat(entrywise(lambda x: 1 / x, letter.args[0]))
    return Inverse(letter)


def append(word: tuple[MatrixExpr, ...], letter: MatrixExpr) -> tuple[MatrixExpr, ...]:
    """The word with one more letter, after it has joined its neighbour where the two simplify."""
    if isinstance(letter, Identity):
        return word
    if not word:
        return (letter,)
    last = word[-1]
    if last.shape[0] == last.shape[1] == letter.shape[1] and inverse_of_each_other(last, letter):
        return word[:-1]
    joined = _join_diagonal(last, letter)
    if joined is None:
        return (*word, letter)
    return append(word[:-1], joined)


def inverse_of_each_other(left: MatrixExpr, right: MatrixExpr) -> bool:
    """Whether left x right is the identity, by form."""
    return (isinstance(left, Inverse) and left.arg == right) or (isinstance(right, Inverse) and right.arg == left)


def _join_diagonal(left: MatrixExpr, right: MatrixExpr) -> MatrixExpr | None:
    if isinstance(left, DiagMat) and isinstance(right, DiagMat):
        merged = entrywise(lambda a, b: a * b, left.args[0], right.args[0])
        return Identity(left.shape[0]) if isinstance(merged, OneMatrix) else DiagMat(merged)
    if isinstance(left, DiagMat) and is_column(right):
        return entrywise(lambda a, b: a * b, left.args[0], right)
    if is_row(left) and isinstance(right, DiagMat):
        return transpose_letter(entrywise(lambda a, b: a * b, right.args[0], transpose_letter(left)))
    return None


def entrywise(function: Any, *vectors: MatrixExpr) -> MatrixExpr:
    """A map of vectors that are letters already, reduced to one letter: a vector, ones, or a map."""
    from mvn_symbolic.calculus.maps import monomials

    found = monomials(elementwise(function, *vectors))
    if len(found) != 1 or next(iter(found.values())) != S.One:
        return elementwise(function, *vectors)
    ((letter,),) = found
    return letter
