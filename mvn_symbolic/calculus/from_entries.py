"""Floor 3: what is stated for one entry, for all of them at once: from f(i) to the vector whose entry i it is, and from
f(i, j) to the matrix.

Lives here: which vector or matrix has which entry. May not live here: the map that all of it goes through.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sympy import Add, Expr, Mul, S, Symbol, exp
from sympy.matrices.expressions import MatAdd, MatMul, MatrixExpr, OneMatrix, Transpose

from mvn_symbolic.calculus.maps import map_of
from mvn_symbolic.calculus.terms import normalize, outermost_nodes, tidy
from mvn_symbolic.errors import MissingRuleError
from mvn_symbolic.notation.entries import Cell, UnitVector
from mvn_symbolic.notation.nodes import DiagMat, DiagPart, entry_of
from mvn_symbolic.notation.operators import Component

__all__ = ["all_at_once"]

#: What stands for an entry -> the vector or matrix that it is of.
Entries = dict[Symbol, MatrixExpr]
#: Those that know the row alone, the column alone, both.
Sides = dict[int, Entries]
_NEITHER, _ROW, _COLUMN, _BOTH = range(4)


def all_at_once(entry: Expr, *places: Any) -> MatrixExpr:
    """Return the vector or matrix with given entries, as maps of the vectors and matrices that these are entries of.

    Parameters
    ----------
    entry : scalar expression
        Of entries of vectors and matrices at the running indices, and of anything that does not know these.
    *places : Tuple of a symbol and how far it runs
        As `FromEntries` holds them: one for a vector, two for a matrix.

    Raises
    ------
    MissingRuleError
        If an index is met elsewhere than as the place of an entry.

    Examples
    --------
    >>> from mvn_symbolic.calculus.indexed import index
    >>> from mvn_symbolic.notation.from_entries import FromEntries
    >>> from mvn_symbolic.notation.symbols import GeneralMatrix, Vector
    >>> i, j = index("i"), index("j")
    >>> square = Component(Vector("x"), i) ** 2 - 2 * Cell(GeneralMatrix("A"), i, i)
    >>> all_at_once(*FromEntries(square, i).args)
    -2*DiagPart(A) + Elementwise(Lambda(x0, x0**2), x)
    >>> all_at_once(*FromEntries(Component(Vector("x"), i) * Component(Vector("y"), j), i, j).args)
    x*y.T
    """
    indices = [index for index, _ in places]
    nodes = [node for node in outermost_nodes(entry) if any(index in node.free_symbols for index in indices)]
    whole = {node: _whole(node, indices) for node in nodes}
    names = {node: entry_of(matrix, f"t{n}") for n, (node, (matrix, _)) in enumerate(whole.items())}
    body = entry.xreplace(names)
    for index in indices:
        if index in body.free_symbols:
            raise MissingRuleError("all entries", entry, f"The index {index} is not the place of an entry here.")
    by_sides: dict[frozenset[Symbol], Entries] = {}
    for node, (matrix, sides) in whole.items():
        by_sides.setdefault(sides, {})[names[node]] = matrix
    ends = [end for _, end in places]
    if len(places) == 1:
        return _vector(body, by_sides.get(frozenset(indices), {}), *ends)
    known = {_ROW: indices[:1], _COLUMN: indices[1:], _BOTH: indices}
    sorted_out = {side: by_sides.get(frozenset(those), {}) for side, those in known.items()}
    return normalize(MatAdd(*(_matrix(part, sorted_out, *ends) for part in Add.make_args(tidy(body)))))


def _whole(node: Any, indices: list[Symbol]) -> tuple[MatrixExpr, frozenset[Symbol]]:
    """What a node is an entry of, and the running indices that say where: a vector by one, a matrix by both."""
    if isinstance(node, (Component, Cell)):
        matrix, *place = node.args
        sides = frozenset(at for at in place if at in indices)
        elsewhere = [at for at in place if at not in indices]
        if not any(index in part.free_symbols for part in (matrix, *elsewhere) for index in indices):
            if len(sides) == 2:
                return (matrix if place == indices else Transpose(matrix)), sides
            if len(place) == 1:
                return matrix, sides
            if not elsewhere:
                return DiagPart(matrix), sides
            lines = matrix if place[0] in sides else Transpose(matrix)
            return MatMul(lines, UnitVector(elsewhere[0], lines.shape[1])), sides
    raise MissingRuleError("all entries", node)


def _vector(body: Expr, entries: Entries, size: Any) -> MatrixExpr:
    return normalize(map_of(body, entries) if body.free_symbols & set(entries) else body * OneMatrix(size, 1))


def _matrix(part: Expr, sides: Sides, height: Any, width: Any) -> MatrixExpr:
    """One product: what knows the row alone scales the rows, what knows the column the columns of what knows both."""
    products: dict[int, Expr] = dict.fromkeys((_NEITHER, _ROW, _COLUMN, _BOTH), S.One)
    for factor in _factors(part, sides):
        products[_side(factor, sides)] *= factor
    number, left, right, both = products.values()
    rows, columns, cells = sides.values()
    if left == right == both == 1:
        return number * OneMatrix(height, width)
    of_rows, of_columns = _vector(left, rows, height), _vector(right, columns, width)
    if both == 1:
        return MatMul(number, of_rows, Transpose(of_columns))
    spread = {name: MatMul(vector, OneMatrix(1, width)) for name, vector in rows.items()}
    spread |= {name: MatMul(OneMatrix(height, 1), Transpose(vector)) for name, vector in columns.items()}
    before = [] if left == 1 else [DiagMat(of_rows)]
    after = [] if right == 1 else [DiagMat(of_columns)]
    return MatMul(number, *before, map_of(both, spread | cells), *after)


def _factors(part: Expr, sides: Sides) -> Iterator[Expr]:
    """The factors of a product; the exponential of a sum is one for the rows, one for the columns, one for the rest."""
    for factor in Mul.make_args(part):
        if not isinstance(factor, exp):
            yield factor
            continue
        sums: dict[int, Expr] = {}
        for term in Add.make_args(factor.args[0]):
            side = _side(term, sides)
            sums[side] = sums.get(side, S.Zero) + term
        yield from map(exp, sums.values())


def _side(expr: Expr, sides: Sides) -> int:
    """Which of the running indices an expression knows."""
    known = [side for side, entries in sides.items() if expr.free_symbols & set(entries)]
    return known[0] if len(known) == 1 else _BOTH if known else _NEITHER
