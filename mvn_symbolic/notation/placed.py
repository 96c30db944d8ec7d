"""Floor 1: the entries of a vector at places of a matrix that lie on a line, and the same entries read from one.

Lives here: both nodes, the 0/1 matrix between them and vec, and which structure a line of places has. May not live
here: rules about them. With these a banded, an arrowhead or a block-diagonal factor is a sum of nodes that exist.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sympy import Expr, Integer, Lambda, S, Symbol, expand, sympify
from sympy.matrices.expressions import MatrixExpr

from mvn_symbolic.errors import ArgumentError
from mvn_symbolic.notation.structure import DIAGONAL_TAGS
from mvn_symbolic.notation.symbols import k

__all__ = ["Picked", "Placed", "Placement", "index"]

#: The running index of the places, counted from 0.
index = Symbol("i", integer=True, nonnegative=True)

Place = Callable[[Any], Any]


class _OnALine(MatrixExpr):
    """What all nodes of a line know: the rows, the columns, and how they run."""

    @property
    def rows_and_columns(self) -> tuple[Expr, Expr]:
        """The place of entry `i`, both counted from 0."""
        return self.args[1](index), self.args[2](index)

    @property
    def size(self) -> Any:
        """The size of the square matrix."""
        raise NotImplementedError

    @property
    def count(self) -> Any:
        """How many places there are."""
        raise NotImplementedError

    @property
    def offsets(self) -> frozenset[str]:
        """The structure of a matrix that is zero but at these places."""
        ends = [(row - column) for row, column in _ends(*self.rows_and_columns, self.count)]
        if all(end == 0 for end in ends):
            return DIAGONAL_TAGS
        for sides, name in ((ends, "lower"), ([-end for end in ends], "upper")):
            if all(_is_at_least(end, 1) for end in sides):
                return frozenset({name, "strict"})
            if all(_is_at_least(end, 0) for end in sides):
                return frozenset({name})
        return frozenset()


class Placed(_OnALine):
    """The square matrix with the entries of a vector at given places, and zeros elsewhere.

    Parameters
    ----------
    vector : MatrixExpr
        A column.
    rows, columns : callable
        From the number of an entry, counted from 0, to its row and its column, counted from 0; they run evenly.
    size : Expr, optional
        The size of the matrix; the event dimension k unless given.

    Raises
    ------
    ArgumentError
        If a place lies outside of the matrix, or two entries share one, or places do not run evenly.

    Examples
    --------
    >>> from mvn_symbolic import Placed, Vector, k
    >>> below = Placed(Vector("b", k - 1), lambda i: i + 1, lambda i: i)
    >>> below.shape, sorted(below.tags)
    ((k, k), ['lower', 'strict'])
    """

    def __new__(cls, vector: Any, rows: Place, columns: Place, size: Any = k) -> Placed:
        vector, size = sympify(vector), sympify(size)
        if not isinstance(vector, MatrixExpr) or vector.shape[1] != 1:
            raise ArgumentError(f"`vector` must be a column vector; got {vector!r}.")
        return Expr.__new__(cls, vector, *_checked(rows, columns, vector.shape[0], size), size)

    @property
    def shape(self) -> tuple[Any, Any]:
        return (self.size, self.size)

    @property
    def size(self) -> Any:
        """The size of the matrix."""
        return self.args[3]

    @property
    def count(self) -> Any:
        """How many entries are placed."""
        return self.args[0].shape[0]

    @property
    def tags(self) -> frozenset[str]:
        """The triangle that the places lie in."""
        return self.offsets


class Picked(_OnALine):
    """The vector of the entries of a square matrix at given places: the other way round of :class:`Placed`.

    Parameters
    ----------
    matrix : MatrixExpr
        A square matrix.
    rows, columns : callable
        As for :class:`Placed`.
    count : Expr
        How many entries are read.

    Raises
    ------
    ArgumentError
        If `matrix` is not square, a place lies outside of it, or places do not run evenly.

    Examples
    --------
    >>> from mvn_symbolic import GeneralMatrix, Picked, k
    >>> Picked(GeneralMatrix("A"), lambda i: i + 1, lambda i: i, k - 1).shape
    (k - 1, 1)
    """

    tags = frozenset({"vector"})

    def __new__(cls, matrix: Any, rows: Place, columns: Place, count: Any) -> Picked:
        matrix, count = sympify(matrix), sympify(count)
        if not isinstance(matrix, MatrixExpr) or matrix.shape[0] != matrix.shape[1]:
            raise ArgumentError(f"`matrix` must be square; got {matrix!r}.")
        return Expr.__new__(cls, matrix, *_checked(rows, columns, count, matrix.shape[0]), count)

    @property
    def shape(self) -> tuple[Any, Any]:
        return (self.count, S.One)

    @property
    def size(self) -> Any:
        """The size of the matrix."""
        return self.args[0].shape[0]

    @property
    def count(self) -> Any:
        """How many entries are read."""
        return self.args[3]


class Placement(_OnALine):
    """The 0/1 matrix P with vec Placed(v) = P v, so that Picked(X) = P' vec X; its first argument is the count."""

    def __new__(cls, count: Any, rows: Place, columns: Place, size: Any = k) -> Placement:
        count, size = sympify(count), sympify(size)
        return Expr.__new__(cls, count, *_checked(rows, columns, count, size), size)

    @property
    def shape(self) -> tuple[Any, Any]:
        return (self.size**2, self.count)

    @property
    def size(self) -> Any:
        """The size of the matrix that the entries are placed in."""
        return self.args[3]

    @property
    def count(self) -> Any:
        """How many entries are placed."""
        return self.args[0]


def _checked(rows: Place, columns: Place, count: Any, size: Any) -> tuple[Lambda, Lambda]:
    """Row and column as functions of the number of an entry, if they run evenly and stay inside."""
    places = (sympify(rows(index)), sympify(columns(index)))
    steps = [expand(place.diff(index)) for place in places]
    if not all(isinstance(step, Integer) for step in steps) or (not any(steps) and count != 1):
        raise ArgumentError(
            f"`rows` and `columns` must run evenly, such as lambda i: i + 1, and one of them must move; got {places}."
        )
    if not all(_is_at_least(end, 0) for end in (*_room(places, count, size), _shifted(count, 1))):
        raise ArgumentError(
            f"`rows` and `columns` must stay within 0 and {size} - 1 for the {count} entries; they are {places}."
        )
    return Lambda(index, places[0]), Lambda(index, places[1])


def _ends(row: Expr, column: Expr, count: Any) -> list[tuple[Expr, Expr]]:
    """The first and the last place; between them both coordinates run evenly. Of no place there is none."""
    shift = _smallest(count)
    last = [(row.subs(index, at), column.subs(index, at)) for at in (S.Zero, count - 1)]
    return [(_shifted(one, shift), _shifted(other, shift)) for one, other in last]


def _room(places: tuple[Expr, Expr], count: Any, size: Any) -> list[Expr]:
    """How far the ends are from the first, and from the last row and column."""
    shift = _smallest(count)
    ends = [coordinate for pair in _ends(*places, count) for coordinate in pair]
    return [*ends, *(_shifted(size - 1, shift) - end for end in ends)]


def _smallest(count: Any) -> int:
    """The smallest dimension for which there is a place at all."""
    dimensions = count.free_symbols
    return next((n for n in range(1, 100) if all(count.subs(d, n) >= 1 for d in dimensions)), 1) if dimensions else 1


def _shifted(expr: Expr, smallest: int) -> Expr:
    """The expression with each dimension written as the smallest of interest, and a number from 0 on."""
    shifts = {d: Symbol(d.name, integer=True, nonnegative=True) + smallest for d in expr.free_symbols - {index}}
    return expand(expr.xreplace(shifts))


def _is_at_least(expr: Any, bound: int) -> bool:
    return bool(expand(expr - bound).is_nonnegative)
