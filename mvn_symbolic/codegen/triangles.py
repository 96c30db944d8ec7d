"""Floor 6: triangles and sums of matrices: what is cut, what is kept, and which triangle of an argument is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sympy import Expr, S
from sympy.matrices.expressions import MatAdd, MatMul, MatrixExpr, MatrixSymbol

from mvn_symbolic.codegen.arithmetic import split, weighted_sum
from mvn_symbolic.codegen.operations import Kind
from mvn_symbolic.codegen.words import Factor, is_lower_word, is_upper_word, parts, read_word
from mvn_symbolic.notation.nodes import DiagMat, DiagPart, Tril
from mvn_symbolic.notation.structure import is_lower
from mvn_symbolic.notation.symbols import Let

if TYPE_CHECKING:
    from mvn_symbolic.codegen.lower import Lowering

__all__ = ["Triangles"]


class Triangles:
    """Matrices that are sums or triangles of others."""

    def __init__(self, lowering: Lowering) -> None:
        self._low = lowering

    def factor(self, factor: Factor) -> tuple[int, bool]:
        """The lower-triangular matrix for a solve, which reads one triangle only, and whether to turn it."""
        low, base = self._low, factor.base
        if isinstance(base, Tril):
            return low.matrix(base.args[0]), factor.transposed
        if not is_lower(base):
            return low.builder.apply("transpose", low.matrix(base)), not factor.transposed
        is_argument = isinstance(base, MatrixSymbol) and not isinstance(base, Let)
        return low.input(base) if is_argument else low.matrix(base), factor.transposed

    def identity(self, size: Any) -> int:
        """The identity matrix, made like an argument whose last axis has its size."""
        low = self._low
        event = low.event(size)
        like = low.like if event is None else low.ending_with(size)
        return low.builder.shaped("eye", Kind.MATRIX, like, event=event)

    def tril(self, expr: MatrixExpr) -> int:
        """The lower triangle: terms that are lower are kept, of upper ones the diagonal, the rest is cut once."""
        low, b = self._low, self._low.builder
        kept, cut = [], []
        for coefficient, word in parts(expr):
            if is_lower_word(word):
                kept.append(low.weighted(coefficient, low.word(word, expr.shape[0])))
            elif is_upper_word(word):
                diagonal = low.full_vector(low.diagonals.of_word(word), expr.shape[0])
                kept.append(low.weighted(coefficient, b.apply("diag_embed", diagonal)))
            else:
                cut.append(low.weighted(coefficient, low.word(word, expr.shape[0])))
        if cut:
            weight, value = split(b, weighted_sum(b, cut))
            kept.insert(0, (weight, b.apply("tril", value)))
        return weighted_sum(b, kept)

    def sum(self, expr: MatAdd) -> int:
        """A sum: its triangles are cut once and its diagonals embedded once, after the sums inside them."""
        low, b = self._low, self._low.builder
        rest = list(expr.args)
        terms: list[tuple[Expr, int]] = []
        if (matrix := _with_diagonal_removed(expr)) is not None:
            is_symbol = isinstance(matrix, MatrixSymbol)
            value = self.factor(Factor(matrix))[0] if is_symbol else low.matrix(matrix)
            terms.append((S.One, b.apply("strict_tril", value)))
            rest = [part for part in rest if part not in _strictly_lower(matrix).args]
        triangles, rest = _taken(Tril, rest)
        diagonals, rest = _taken(DiagMat, rest)
        if triangles:
            terms.append((S.One, self.tril(MatAdd(*triangles))))
        if rest:
            terms.append((S.One, low.sum_of(rest, low.matrix)))
        if diagonals:
            weight, vector = split(b, low.sum_of(diagonals, low.vector))
            terms.append((weight, b.apply("diag_embed", low.full_vector(vector, expr.shape[0]))))
        return weighted_sum(b, terms)


def _taken(node: type[Tril] | type[DiagMat], terms: list[MatrixExpr]) -> tuple[list[Any], list[MatrixExpr]]:
    """What stands inside the terms of one linear node, coefficients included, and the other terms."""
    inside, others = [], []
    for term in terms:
        coefficient, word = read_word(term)
        base: Any = word[0].base if word else None
        if isinstance(base, node) and word == (Factor(base),):
            inside.append(coefficient * base.args[0])
        else:
            others.append(term)
    return inside, others


def _strictly_lower(matrix: MatrixExpr) -> MatrixExpr:
    """L - diag(L); only the outermost sum is put in order, for SymPy's minus does so with all that is inside, too."""
    minus = MatMul(S.NegativeOne, DiagMat(DiagPart(matrix))).doit(deep=False)
    return MatAdd(matrix, minus).doit(deep=False)


def _with_diagonal_removed(expr: MatAdd) -> MatrixExpr | None:
    """The triangular L of a sum with L - diag(L) in it: what is below the diagonal needs no subtraction."""
    for part in expr.args:
        if is_lower(part) and set(_strictly_lower(part).args) <= set(expr.args):
            return part
    return None
