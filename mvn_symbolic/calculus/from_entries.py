"""Floor 3: what is stated for one entry, for all of them at once: from f(i) to the vector whose entry i it is.

Lives here: which vector has which entry, and the map that all of it goes through. May not live here: what a map is.
"""

from __future__ import annotations

from typing import Any

from sympy import Expr, Symbol
from sympy.matrices.expressions import MatMul, MatrixExpr, OneMatrix, Transpose

from mvn_symbolic.calculus.maps import map_of
from mvn_symbolic.calculus.terms import normalize, outermost_nodes
from mvn_symbolic.errors import MissingRuleError
from mvn_symbolic.notation.divergences import Cell, UnitVector
from mvn_symbolic.notation.nodes import DiagPart, entry_of
from mvn_symbolic.notation.operators import Component

__all__ = ["all_at_once"]


def all_at_once(entry: Expr, *places: Any) -> MatrixExpr:
    """Return the vector with given entries, as a map of the vectors that these are the entries of.

    Parameters
    ----------
    entry : scalar expression
        Of entries of vectors and matrices at the running index, and of anything that does not know the index.
    *places : Tuple of a symbol and how far it runs
        As `FromEntries` holds them.

    Raises
    ------
    MissingRuleError
        If the index is met elsewhere than as the place of an entry.

    Examples
    --------
    >>> from mvn_symbolic.calculus.indexed import index
    >>> from mvn_symbolic.notation.from_entries import FromEntries
    >>> from mvn_symbolic.notation.symbols import GeneralMatrix, Vector
    >>> i = index("i")
    >>> square = Component(Vector("x"), i) ** 2 - 2 * Cell(GeneralMatrix("A"), i, i)
    >>> all_at_once(*FromEntries(square, i).args)
    -2*DiagPart(A) + Elementwise(Lambda(x0, x0**2), x)
    """
    if len(places) != 1:
        raise MissingRuleError("all entries", entry, "With two running indices it is a matrix.")
    ((index, size),) = places
    vectors = {node: _vector(node, index) for node in outermost_nodes(entry) if index in node.free_symbols}
    names = {node: entry_of(vector, f"t{i}") for i, (node, vector) in enumerate(vectors.items())}
    body = entry.xreplace(names)
    if index in body.free_symbols:
        raise MissingRuleError("all entries", entry, f"The index {index} is not the place of an entry here.")
    entries = {names[node]: vector for node, vector in vectors.items()}
    return normalize(map_of(body, entries) if entries else body * OneMatrix(size, 1))


def _vector(node: Any, index: Symbol) -> MatrixExpr:
    """The vector whose entry at the index a node is."""
    if isinstance(node, (Component, Cell)):
        whole, *place = node.args
        elsewhere = [at for at in place if at != index]
        if not any(index in part.free_symbols for part in (whole, *elsewhere)):
            if len(place) == 1:
                return whole
            if not elsewhere:
                return DiagPart(whole)
            rows = whole if place[0] == index else Transpose(whole)
            return MatMul(rows, UnitVector(elsewhere[0], rows.shape[1]))
    raise MissingRuleError("all entries", node)
