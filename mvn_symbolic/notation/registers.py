"""Floor 1: registers of rules by node class: how a rule is entered, and which one is for a node.

Lives here: the way in and the way out. May not live here: a register; each stands on the floor that asks it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from mvn_symbolic.notation.memory import forget

__all__ = ["nearest", "registering"]

_Rule = TypeVar("_Rule", bound=Callable[..., Any])


def registering(rules: dict[type, _Rule], kinds: tuple[type, ...]) -> Callable[[_Rule], _Rule]:
    """Return a decorator that enters a rule for node classes."""

    def register(rule: _Rule) -> _Rule:
        rules.update(dict.fromkeys(kinds, rule))
        forget()
        return rule

    return register


def nearest(rules: dict[type, _Rule], node: Any) -> _Rule | None:
    """The rule of the nearest class of a node; nothing where none has one."""
    return next((rules[kind] for kind in type(node).__mro__ if kind in rules), None)
