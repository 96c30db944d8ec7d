"""Floor 6: where it is registered how each node becomes operations: as a column, and as a matrix.

Lives here: the register. May not live here: what becomes of any node; `lower` has the general ones, and a special node
has a file of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mvn_symbolic.codegen.lower import Lowering

__all__ = ["MATRICES", "VECTORS", "Lowered", "found", "matrix_lowering", "vector_lowering"]

#: From the lowering and a node to the value of the node.
Lowered = Callable[["Lowering", Any], int]
VECTORS: dict[type, Lowered] = {}
MATRICES: dict[type, Lowered] = {}


def vector_lowering(*kinds: type) -> Callable[[Lowered], Lowered]:
    """Register how node classes become the value of a column vector."""
    return _registering(VECTORS, kinds)


def matrix_lowering(*kinds: type) -> Callable[[Lowered], Lowered]:
    """Register how node classes become the value of a matrix."""
    return _registering(MATRICES, kinds)


def found(rules: dict[type, Lowered], expr: Any) -> Lowered | None:
    """The rule of the nearest class of a node; nothing where none has one."""
    return next((rules[kind] for kind in type(expr).__mro__ if kind in rules), None)


def _registering(rules: dict[type, Lowered], kinds: tuple[type, ...]) -> Callable[[Lowered], Lowered]:
    def register(function: Lowered) -> Lowered:
        rules.update(dict.fromkeys(kinds, function))
        return function

    return register
