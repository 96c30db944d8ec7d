"""Floor 6: factors, roots and solutions of matrix equations to operations: what a library decomposes a matrix for.

Lives here: what becomes of `Cholesky` and of the nodes of `notation.roots`. May not live here: products and solves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sympy import sqrt

from mvn_symbolic.codegen.arithmetic import scale
from mvn_symbolic.codegen.lowerings import matrix_lowering
from mvn_symbolic.codegen.words import gram_half, is_dense, read_word, triangular
from mvn_symbolic.errors import UnsupportedExpressionError
from mvn_symbolic.notation.nodes import Cholesky
from mvn_symbolic.notation.roots import Lyapunov, SquareRoot

if TYPE_CHECKING:
    from mvn_symbolic.codegen.lower import Lowering

__all__: list[str] = []


@matrix_lowering(Cholesky)
def _cholesky(low: Lowering, expr: Cholesky) -> int:
    return low.builder.apply("cholesky", low.matrix(expr.args[0]))


@matrix_lowering(Lyapunov)
def _lyapunov(low: Lowering, expr: Lyapunov) -> int:
    return low.builder.apply("lyapunov", *map(low.matrix, expr.args))


@matrix_lowering(SquareRoot)
def _root(low: Lowering, expr: SquareRoot) -> int:
    """The symmetric root of X'X, of X itself: the product would lose half of the digits."""
    square = expr.args[0]
    coefficient, word = read_word(square)
    half = gram_half(triangular(word))
    if half is None or not is_dense(word):
        raise UnsupportedExpressionError(
            f"a square root is taken of a product X'X, or of a positive-definite argument; got `{square}`."
        )
    root = low.builder.apply("gram_root", low.word(half, half[0].rows))
    return scale(low.builder, low.scalar(sqrt(coefficient)), root)
