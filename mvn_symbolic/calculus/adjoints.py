"""Floor 3: where the adjoint of each linear node is registered: <G, f(dX)> = <f'(G), dX>.

Lives here: the register. May not live here: the rule of any node; those stand with the other rules of the node.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from mvn_symbolic.notation.registers import nearest, registering

__all__ = ["Moved", "adjoint_rule", "moved"]

#: What stands in front of each argument that holds the tangent, and that argument.
Moved = Iterator[tuple[Any, Any]]
Adjoint = Callable[[Any, Any, Any], Moved]
_RULES: dict[type, Adjoint] = {}


def adjoint_rule(*kinds: type) -> Callable[[Adjoint], Adjoint]:
    """Register a node class that is linear in what moves: a function of (cotangent, node, tangent)."""
    return registering(_RULES, kinds)


def moved(cotangent: Any, expr: Any, tangent: Any) -> Moved | None:
    """The parts of <cotangent, expr>, each as a cotangent and an argument of the node; nothing without a rule."""
    rule = nearest(_RULES, expr)
    return None if rule is None else rule(cotangent, expr, tangent)
