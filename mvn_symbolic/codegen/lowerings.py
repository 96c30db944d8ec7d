"""Floor 6: where it is registered how each node becomes operations: as a number, as a column, and as a matrix.

Lives here: the register. May not live here: what becomes of any node; `lower` has the general ones, and a special node
has a file of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mvn_symbolic.notation.registers import registering

if TYPE_CHECKING:
    from mvn_symbolic.codegen.lower import Lowering

__all__ = ["MATRICES", "SCALARS", "VECTORS", "Lowered", "matrix_lowering", "scalar_lowering", "vector_lowering"]

#: From the lowering and a node to the value of the node.
Lowered = Callable[["Lowering", Any], int]
SCALARS: dict[type, Lowered] = {}
VECTORS: dict[type, Lowered] = {}
MATRICES: dict[type, Lowered] = {}


def scalar_lowering(*kinds: type) -> Callable[[Lowered], Lowered]:
    """Register how node classes become the value of a number; `pointwise` has scalar algebra."""
    return registering(SCALARS, kinds)


def vector_lowering(*kinds: type) -> Callable[[Lowered], Lowered]:
    """Register how node classes become the value of a column vector."""
    return registering(VECTORS, kinds)


def matrix_lowering(*kinds: type) -> Callable[[Lowered], Lowered]:
    """Register how node classes become the value of a matrix."""
    return registering(MATRICES, kinds)
