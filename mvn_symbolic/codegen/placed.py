"""Floor 6: entries placed in a matrix, and read from one, to operations: a stride through the rows written one by one.

Lives here: what becomes of the nodes of `notation.placed`. May not live here: how a library spells it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mvn_symbolic.codegen.lowerings import matrix_lowering, vector_lowering
from mvn_symbolic.notation.placed import Picked, Placed, index
from mvn_symbolic.notation.sizes import Size

if TYPE_CHECKING:
    from mvn_symbolic.codegen.lower import Lowering

__all__: list[str] = []


@matrix_lowering(Placed)
def _placed(low: Lowering, expr: Placed) -> int:
    vector = low.full_vector(low.vector(expr.args[0]), expr.count)
    return low.builder.apply("place", vector, payload=(Size.of(expr.size).code, *_stride(expr)))


@vector_lowering(Picked)
def _picked(low: Lowering, expr: Picked) -> int:
    matrix = low.matrix(expr.args[0])
    if low.builder.number(matrix) is not None:  # the zero matrix
        return matrix
    return low.builder.apply("pick", matrix, payload=(Size.of(expr.count).code, *_stride(expr)))


def _stride(expr: Placed | Picked) -> tuple[str, str]:
    """Where the first entry stands, and how far the next is, when rows follow each other in one line."""
    row, column = expr.rows_and_columns
    place = row * expr.size + column
    return Size.of(place.subs(index, 0)).code, Size.of(place.diff(index)).code
