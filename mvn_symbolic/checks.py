"""Floor 0: argument checks with one message style: expected what, of which argument, got what, do what.

Only checks that know nothing of mathematics live here.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any, TypeVar

from mvn_symbolic.errors import ArgumentError, UnknownNameError

__all__ = ["check_known", "check_type"]

T = TypeVar("T")


def check_known(kind: str, name: str, known: Iterable[str]) -> str:
    """Return `name` if it is one of `known`; otherwise say which names there are and which is closest."""
    names = sorted(known)
    if name in names:
        return name
    close = difflib.get_close_matches(str(name), names, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else "."
    raise UnknownNameError(f"expected the name of a {kind}, got {name!r}{hint} Known: {', '.join(names)}.")


def check_type(argument: str, value: Any, expected: type[T] | tuple[type, ...], advice: str = "") -> Any:
    """Return `value` if it is an `expected`; otherwise raise :class:`ArgumentError` naming the argument."""
    if isinstance(value, expected):
        return value
    kinds = expected if isinstance(expected, tuple) else (expected,)
    wanted = " or ".join(kind.__name__ for kind in kinds)
    raise ArgumentError(
        f"`{argument}` must be {wanted}; got {value!r} (type {type(value).__name__})."
        + (f" {advice}" if advice else "")
    )
