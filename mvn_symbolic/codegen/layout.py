"""Floor 6: how long lines are broken, as the formatter of this repository breaks them. Text in, lines out."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["WIDTH", "bracketed", "indented"]

WIDTH = 120


def bracketed(before: str, items: Sequence[str], after: str, *, indent: int = 0, listing: bool = False) -> list[str]:
    """`before` + items in one line; if too long, the items on a line of their own; if still too long, one a line.

    The lines are not indented; `indent` says by how much they will be. A `listing`, such as a tuple, is in one line or
    has a line for each item.

    Examples
    --------
    >>> bracketed("f(", ["a", "b"], ")")
    ['f(a, b)']
    """
    width = WIDTH - indent
    line = f"{before}{', '.join(items)}{after}"
    if len(line) <= width:
        return [line]
    inner = f"    {', '.join(items)}"
    if len(inner) <= width and not listing:
        return [before, inner, after]
    return [before, *(f"    {item}," for item in items), after]


def indented(lines: Sequence[str], indent: int = 4) -> list[str]:
    """Lines moved to the right; empty ones stay empty."""
    return [" " * indent + line if line else line for line in lines]
