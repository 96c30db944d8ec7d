"""Floor 4: rules for single entries: write them as products, read them off again, and from one place to all.

Lives here: those rules, with their reasons. May not live here: which whole an entry is of; the calculus has it.
"""

from __future__ import annotations

from typing import Any

from sympy import Rational, Symbol
from sympy.matrices.expressions import MatMul, MatrixExpr, Transpose

from mvn_symbolic.calculus.from_entries import all_at_once
from mvn_symbolic.calculus.terms import normalize
from mvn_symbolic.derivation.line import Line, Rule
from mvn_symbolic.derivation.rules import insert
from mvn_symbolic.notation.entries import Cell, UnitVector
from mvn_symbolic.notation.from_entries import FromEntries
from mvn_symbolic.notation.nodes import Inner
from mvn_symbolic.notation.operators import Component

__all__ = ["all_of", "by_unit_vectors", "read"]


def by_unit_vectors() -> Rule:
    """v_i = e_i'v."""

    def inner(vector: MatrixExpr, i: Any) -> Any:
        unit = UnitVector(i, vector.shape[0])
        return Inner(unit, vector)

    return Rule(
        "entries by unit vectors",
        lambda expr: expr.replace(Component, inner),
        r"$v_i=e_i^\top v$, with $1$ at place $i$ of $e_i$ and $0$ elsewhere.",
    )


def read() -> Rule:
    """e_i'v = v_i, e_i'M e_j = M_ij, e_i'e_i = 1."""

    def entry(node: Inner) -> Any:
        left, right = node.args
        if isinstance(right, UnitVector) and not isinstance(left, UnitVector):
            left, right = right, left
        if not isinstance(left, UnitVector):
            return _from_both_sides(left, right) or node
        i = left.args[0]
        if right == left:
            return Rational(1)
        letters = right.args if isinstance(right, MatMul) else (right,)
        if isinstance(letters[-1], UnitVector) and len(letters) > 1:
            return Cell(_product(letters[:-1]), i, letters[-1].args[0])
        return node if isinstance(right, UnitVector) else Component(right, i)

    return Rule(
        "read the entries",
        lambda expr: expr.replace(lambda node: isinstance(node, Inner), entry),
        r"$e_i^\top v=v_i$, $e_i^\top Me_j=M_{ij}$, $\lVert e_i\rVert=1$.",
    )


def _from_both_sides(left: MatrixExpr, right: MatrixExpr) -> Any:
    """<M e_i, N e_j> as the entry i, j of M'N."""
    words = [side.args if isinstance(side, MatMul) else (side,) for side in (left, right)]
    if not all(isinstance(word[-1], UnitVector) for word in words):
        return None
    (*before, first), (*after, last) = words
    whole = normalize(Transpose(_product(tuple(before))) * _product(tuple(after)))
    return Cell(whole, first.args[0], last.args[0])


def _product(letters: tuple[Any, ...]) -> Any:
    return letters[0] if len(letters) == 1 else MatMul(*letters)


def all_of(line: Line, name: str, title: str, *indices: Symbol) -> Line:
    """From what a line shows of the entry at an index to the vector of all of them, or of two to the matrix."""
    every = Rule(
        "all entries at once",
        lambda expr: expr.replace(FromEntries, all_at_once),
        "What holds at every place holds for the whole: each entry in it becomes the vector or matrix that it is of.",
    )
    known = insert(line.chain.result, "What stands at one place, from above.")
    return Line(name, title, FromEntries(line.start, *indices)).then(known).then(every)
