"""Floor 6: packed triangles: what is read from one and written to one, without the matrix where that is not needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sympy import Expr
from sympy.matrices.expressions import MatrixExpr

from mvn_symbolic.codegen.arithmetic import weighted_sum
from mvn_symbolic.codegen.lowerings import matrix_lowering, vector_lowering
from mvn_symbolic.codegen.words import Factor, parts
from mvn_symbolic.errors import UnsupportedExpressionError
from mvn_symbolic.notation.packed import Head, Pack, Unpack
from mvn_symbolic.notation.symbols import k

if TYPE_CHECKING:
    from mvn_symbolic.codegen.lower import Lowering

__all__ = ["Packing"]


class Packing:
    """Values made of packed vectors, and packed vectors made of values."""

    def __init__(self, lowering: Lowering) -> None:
        self._low = lowering

    def pack(self, expr: Pack) -> int:
        """A packed vector; what was a tail before is not unpacked in between."""
        low, b = self._low, self._low.builder
        vector, matrix = expr.args
        if vector.shape[0] != k:
            raise UnsupportedExpressionError(f"code is generated for packed triangles of size {k}; got `{expr}`.")
        found = parts(matrix)
        below = None
        if found and all(_is_tail(word) for _, word in found):
            tails = [low.weighted(coefficient, low.vector(word[0].base.args[0])) for coefficient, word in found]
            below = weighted_sum(b, tails)
        elif found:
            below = low.matrix(matrix)
        head = low.full_vector(low.vector(vector), k)
        if below is None or b.number(below) is not None:
            return b.apply("pack_head", head)
        return b.apply("pack_tail" if all(_is_tail(word) for _, word in found) else "pack", head, below)

    def inner(self, left: MatrixExpr, right: MatrixExpr) -> int | None:
        """<A, B> of two strict triangles that are packed, from their tails; nothing for other matrices."""
        pairs: list[tuple[Expr, int]] = []
        for c, one in parts(left):
            for d, other in parts(right):
                if not (_is_tail(one) and _is_tail(other)):
                    return None
                tails = (self._low.vector(word[0].base.args[0]) for word in (one, other))
                pairs.append(self._low.weighted(c * d, self._low.builder.apply("tail_dot", *tails)))
        return weighted_sum(self._low.builder, pairs) if pairs else None


def _is_tail(word: Any) -> bool:
    return len(word) == 1 and isinstance(word[0].base, Unpack) and word[0] == Factor(word[0].base)


@vector_lowering(Pack)
def _packed(low: Lowering, expr: Pack) -> int:
    return low.packing.pack(expr)


@vector_lowering(Head)
def _head(low: Lowering, expr: Head) -> int:
    return low.builder.apply("head", low.vector(expr.args[0]))


@matrix_lowering(Unpack)
def _unpacked(low: Lowering, expr: Unpack) -> int:
    return low.builder.apply("unpack", low.vector(expr.args[0]))
