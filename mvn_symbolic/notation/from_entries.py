"""Floor 1: a vector or matrix said by what stands at a running place: (x_i) for i up to k, (x_ij) for i and j.

Lives here: the node. May not live here: which vector or matrix it is; the calculus answers that.
"""

from __future__ import annotations

from typing import Any

from sympy import Expr, Symbol, Tuple, sympify
from sympy.matrices.expressions import MatrixExpr

from mvn_symbolic.errors import ArgumentError
from mvn_symbolic.notation.symbols import k

__all__ = ["FromEntries"]


class FromEntries(MatrixExpr):
    """The vector with the entries f(i), or the matrix with the entries f(i, j).

    Parameters
    ----------
    entry : scalar expression
        What stands at the running place.
    *places : symbol, or pair of a symbol and how far it runs
        One running index for a vector, two for a matrix: the row and the column, counted from 1, each up to the event
        dimension `k` unless said. They are bound: outside of the node they mean nothing.

    Raises
    ------
    ArgumentError
        If `entry` is no scalar, or there are not one or two running indices, each another symbol.

    Examples
    --------
    >>> from mvn_symbolic import Vector
    >>> from mvn_symbolic.calculus.indexed import index
    >>> from mvn_symbolic.notation.operators import Component
    >>> i, j = index("i"), index("j")
    >>> one = Component(Vector("x"), i)
    >>> FromEntries(one, i).shape, FromEntries(one * Component(Vector("y"), j), i, j).shape
    ((k, 1), (k, k))
    """

    def __new__(cls, entry: Any, *places: Any) -> FromEntries:
        entry = sympify(entry)
        if not isinstance(entry, Expr) or isinstance(entry, MatrixExpr):
            raise ArgumentError(f"`entry` must be a scalar expression; got {entry!r}. Say what stands at one place.")
        runs = [_run(place) for place in places]
        if len(runs) not in (1, 2) or len({index for index, _ in runs}) != len(runs):
            raise ArgumentError(
                f"`places` must be one running index or two different ones; got {places}. Name the row, and the column."
            )
        return Expr.__new__(cls, entry, *runs)

    @property
    def entry(self) -> Expr:
        """What stands at the running place."""
        return self.args[0]

    @property
    def runs(self) -> tuple[tuple[Symbol, Any], ...]:
        """Each running index and how far it runs."""
        return tuple(tuple(run) for run in self.args[1:])

    @property
    def shape(self) -> tuple[Any, Any]:
        ends = [end for _, end in self.runs]
        return (ends[0], ends[1] if len(ends) == 2 else sympify(1))

    def at(self, *places: Any) -> Expr:
        """What stands at given places, counted from 1."""
        return self.entry.xreplace({index: sympify(at) for (index, _), at in zip(self.runs, places, strict=True)})

    def _entry(self, i: Any, j: Any, **_: Any) -> Any:
        return self.at(*(sympify(place) + 1 for place in (i, j)[: len(self.runs)]))

    @property
    def free_symbols(self) -> set[Any]:
        """Those of the entry but the running indices, and of how far these run."""
        inside = self.entry.free_symbols - {index for index, _ in self.runs}
        return inside.union(*(end.free_symbols for _, end in self.runs))


def _run(place: Any) -> Tuple:
    index, end = place if isinstance(place, (tuple, Tuple)) and len(place) == 2 else (place, k)
    if not (isinstance(index, Symbol) and index.is_integer):
        raise ArgumentError(f"`places` must name running indices, integer symbols; got {index!r}.")
    return Tuple(index, sympify(end))
