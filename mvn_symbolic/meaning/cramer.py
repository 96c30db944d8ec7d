"""Floor 2: inverse and determinant of a matrix of expressions in entries: cofactors, as the textbook has it.

Lives here: minors of matrices of quotients. May not live here: structure of matrices; what the entries stand for.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import sympy

from mvn_symbolic.errors import UnsupportedExpressionError
from mvn_symbolic.meaning.quotients import Quotient, Quotients

__all__ = ["determinant", "inverse"]

#: Rows of expressions; something that can be remembered.
Rows = tuple[tuple[Any, ...], ...]


class _Minors:
    """The determinants of parts of a matrix, each expanded by its first row, and once."""

    def __init__(self, rows: Rows) -> None:
        self.quotients = Quotients(sympy.sympify(entry) for row in rows for entry in row)
        self._rows = [[self.quotients(sympy.sympify(entry)) for entry in row] for row in rows]
        self._known: dict[Any, Quotient] = {}

    def __call__(self, rows: tuple[int, ...], columns: tuple[int, ...]) -> Quotient:
        if not rows:
            return self.quotients.one
        known = self._known.get((rows, columns))
        if known is not None:
            return known
        total = self.quotients.one * 0
        for place, column in enumerate(columns):
            entry = self._rows[rows[0]][column]
            if entry:
                part = entry * self(rows[1:], (*columns[:place], *columns[place + 1 :]))
                total = total + (-part if place % 2 else part)
        self._known[rows, columns] = total
        return total


@lru_cache(maxsize=4096)
def determinant(rows: Rows) -> Any:
    """The determinant, as a product of factors."""
    minors, places = _Minors(rows), tuple(range(len(rows)))
    return minors.quotients.factors(minors(places, places))


@lru_cache(maxsize=4096)
def inverse(rows: Rows) -> Rows:
    """Cofactors over the determinant: Cramer's rule.

    Raises
    ------
    UnsupportedExpressionError
        When the matrix is singular for all entries. Where a root hides that, the balls have met it before.
    """
    minors, places = _Minors(rows), tuple(range(len(rows)))
    whole = minors(places, places)
    if not whole:
        raise UnsupportedExpressionError("a matrix that is to be inverted is singular for all entries")

    def entry(i: int, j: int) -> Any:
        rest = minors((*places[:j], *places[j + 1 :]), (*places[:i], *places[i + 1 :]))
        return minors.quotients.expression((-rest if (i + j) % 2 else rest) / whole)

    return tuple(tuple(entry(i, j) for j in places) for i in places)
