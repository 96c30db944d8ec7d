"""Floor 1: functions that remember what they answered, until a rule is entered: then other answers may be right.

Lives here: what is remembered, and how it is forgotten. May not live here: what is worth remembering.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar, cast

__all__ = ["forget", "remembered"]

_Function = TypeVar("_Function", bound=Callable[..., Any])

_FORGETS: list[Callable[[], None]] = []


def remembered(most: int) -> Callable[[_Function], _Function]:
    """Return a decorator for a function of expressions: it remembers its last answers, `most` of them."""

    def decorate(function: _Function) -> _Function:
        kept = lru_cache(maxsize=most)(function)
        _FORGETS.append(kept.cache_clear)
        return cast("_Function", kept)

    return decorate


def forget() -> None:
    """Forget every answer: for whoever changes a rule by hand, as tests of judges do."""
    for forgets in _FORGETS:
        forgets()
