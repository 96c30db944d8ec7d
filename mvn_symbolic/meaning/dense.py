"""Floor 2: schoolbook algebra on lists of rows, for numbers of any kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mvn_symbolic.meaning.numbers import Grid, Kind

__all__ = ["add", "identity", "inner", "kronecker", "multiply", "scale", "total", "trace", "transpose"]


def add(left: Grid, right: Grid) -> Grid:
    """left + right."""
    return [[a + b for a, b in zip(x, y, strict=True)] for x, y in zip(left, right, strict=True)]


def scale(factor: Any, grid: Grid) -> Grid:
    """factor times grid."""
    return [[factor * value for value in row] for row in grid]


def multiply(left: Grid, right: Grid, kind: Kind, width: int = 0) -> Grid:
    """left @ right; its `width` is asked for where the right one has no rows: then the product is zero."""
    columns = list(zip(*right, strict=True)) if right else [()] * width
    return [[kind.dot(row, column) for column in columns] for row in left]


def entries(value: Any) -> list[Any]:
    """The entries of a grid row by row; of a number, itself."""
    return [entry for row in value for entry in row] if isinstance(value, list) else [value]


def combined(function: Callable[..., Any], left: Any, right: Any) -> Any:
    """A function of two numbers, or of two grids entry by entry."""
    if isinstance(left, list):
        return [[function(a, b) for a, b in zip(x, y, strict=True)] for x, y in zip(left, right, strict=True)]
    return function(left, right)


def transpose(grid: Grid, columns: int) -> Grid:
    """The transpose; `columns` is needed for a grid without rows."""
    return [[row[j] for row in grid] for j in range(columns)]


def identity(size: int, kind: Kind) -> Grid:
    """The identity."""
    return [[kind.rational(int(i == j)) for j in range(size)] for i in range(size)]


def kronecker(left: Grid, right: Grid) -> Grid:
    """The Kronecker product."""
    return [[a * b for a in row for b in other] for row in left for other in right]


def trace(grid: Grid, kind: Kind) -> Any:
    """The sum of the diagonal."""
    return kind.sum(row[i] for i, row in enumerate(grid))


def total(grid: Grid, kind: Kind) -> Any:
    """The sum of all entries."""
    return kind.sum(entries(grid))


def inner(left: Grid, right: Grid, kind: Kind) -> Any:
    """The sum of the products of corresponding entries."""
    return kind.dot(entries(left), entries(right))
