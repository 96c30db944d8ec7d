"""Floor 1: what an expression is made of. Its nodes, each once, and those of one kind; remembered, for nothing changes.

SymPy's `atoms` walks every way to a node that is met at many places, as is common here, and each time anew.
"""

from __future__ import annotations

from typing import Any

from mvn_symbolic.notation.memory import remembered

__all__ = ["nodes_of", "parts_of"]


def nodes_of(*expressions: Any) -> frozenset[Any]:
    """Every node of some expressions."""
    return frozenset().union(*map(_nodes_of, expressions))


@remembered(1 << 12)
def _nodes_of(expression: Any) -> frozenset[Any]:
    found: set[Any] = set()
    waiting = [expression]
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting.extend(node.args)
    return frozenset(found)


@remembered(1 << 16)
def parts_of(expression: Any, kind: type) -> frozenset[Any]:
    """The nodes of one class: for a class that few nodes are of, which is what its parts have between them."""
    found: frozenset[Any] = frozenset().union(*(parts_of(part, kind) for part in expression.args))
    return found | {expression} if isinstance(expression, kind) else found
