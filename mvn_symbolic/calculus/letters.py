"""Floor 3: single letters of a word: columns, rows, and transposes."""

from __future__ import annotations

from sympy.matrices.expressions import (
    HadamardProduct,
    Inverse,
    KroneckerProduct,
    MatMul,
    MatrixExpr,
    OneMatrix,
    Transpose,
)

from mvn_symbolic.calculus.terms import normalize
from mvn_symbolic.notation.nodes import Elementwise
from mvn_symbolic.notation.roots import Lyapunov
from mvn_symbolic.notation.structure import is_symmetric

__all__ = ["is_column", "is_row", "square_parts", "transpose_letter", "transpose_word", "turned_entries"]


def is_column(letter: MatrixExpr) -> bool:
    """Whether a letter is a column vector (n x 1); a 1 x 1 letter counts as one."""
    return letter.shape[1] == 1


def is_row(letter: MatrixExpr) -> bool:
    """Whether a letter is a row vector (1 x n)."""
    return letter.shape[0] == 1 and letter.shape[1] != 1


def square_parts(letter: MatrixExpr) -> tuple[MatrixExpr, ...]:
    """The factors of a Kronecker product of square matrices; nothing of anything else."""
    if not isinstance(letter, KroneckerProduct) or any(part.shape[0] != part.shape[1] for part in letter.args):
        return ()
    return tuple(letter.args)


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
    if isinstance(letter, Lyapunov):  # the equation, transposed
        return Lyapunov(letter.args[0], _transposed(letter.args[1]))
    if isinstance(letter, KroneckerProduct):
        return KroneckerProduct(*map(_transposed, letter.args))
    if isinstance(letter, (HadamardProduct, Elementwise)) and not is_column(letter):
        turned = normalize(turned_entries(letter))
        return turned if isinstance(turned, type(letter)) else Transpose(letter)
    return Transpose(letter)


def turned_entries(letter: HadamardProduct | Elementwise) -> MatrixExpr:
    """What is taken entry by entry, transposed, is taken of the transposes."""
    if isinstance(letter, HadamardProduct):
        return HadamardProduct(*map(Transpose, letter.args))
    return Elementwise(letter.function, *map(Transpose, letter.vectors))


def _transposed(matrix: MatrixExpr) -> MatrixExpr:
    if not isinstance(matrix, MatMul):
        return transpose_letter(matrix)
    number, letters = matrix.as_coeff_matrices()
    return MatMul(number, *transpose_word(tuple(letters))) if number != 1 else MatMul(*transpose_word(tuple(letters)))


def transpose_word(word: tuple[MatrixExpr, ...]) -> tuple[MatrixExpr, ...]:
    """The transpose of a product: transposed letters in reverse order."""
    return tuple(transpose_letter(letter) for letter in reversed(word))
