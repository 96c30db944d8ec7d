"""Floor 1: a function of numbers applied to the entries of vectors, or of matrices, as a node.

Lives here: the map and the variables it is written with. May not live here: its rules, its meaning in numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sympy import Expr, Lambda, Symbol, sympify
from sympy.matrices.expressions import MatrixExpr

from mvn_symbolic.errors import ArgumentError
from mvn_symbolic.notation.argument_shapes import as_matrix
from mvn_symbolic.notation.structure import is_positive, is_symmetric

__all__ = ["Elementwise", "Entry", "elementwise", "entry_of"]


class Entry(Symbol):
    """A variable of a map: one entry of a vector or matrix. Nobody's scalar is equal to it, whatever its name."""

    __slots__ = ()


def entry_of(vector: Any, name: str) -> Entry:
    """The variable that stands for an entry of a vector or matrix, with the sign that all its entries have."""
    return Entry(name, positive=True) if is_positive(vector) else Entry(name, real=True)


class Elementwise(MatrixExpr):
    """A scalar function applied entry by entry to vectors of one length: `Elementwise(Lambda((x, y), x*y), a, b)`.

    To matrices of one shape it is applied the same way; `exp` of each entry is not the exponential of a matrix.
    Build it with :func:`elementwise`, which gives the variables the sign their vectors have.
    """

    def __new__(cls, function: Any, *vectors: Any) -> Elementwise:
        if not isinstance(function, Lambda) or not vectors:
            raise ArgumentError(f"`function` must be a SymPy Lambda applied to at least one vector; got {function!r}.")
        parts = [as_matrix("vectors", vector) for vector in vectors]
        if len({part.shape for part in parts}) != 1:
            shapes = ", ".join(str(part.shape) for part in parts)
            raise ArgumentError(f"`vectors` must have one length, matrices one shape; got shapes {shapes}.")
        if len(function.variables) != len(parts):
            raise ArgumentError(f"`function` takes {len(function.variables)} entries; got {len(parts)} vectors.")
        return Expr.__new__(cls, function, *parts)

    @property
    def function(self) -> Lambda:
        """The scalar function."""
        return self.args[0]

    @property
    def vectors(self) -> tuple[MatrixExpr, ...]:
        """The vectors or matrices it is applied to, in the order of the function's variables."""
        return self.args[1:]

    @property
    def shape(self) -> tuple[Any, Any]:
        return self.args[1].shape

    @property
    def tags(self) -> frozenset[str]:
        signs = {
            variable: Entry(variable.name, positive=True)
            for variable, vector in zip(self.function.variables, self.vectors, strict=True)
            if is_positive(vector)
        }
        positive = self.function.expr.xreplace(signs).is_positive is True
        found = {"vector"} if self.shape[1] == 1 else {"symmetric"} if all(map(is_symmetric, self.vectors)) else set()
        return frozenset(found | {"positive"} if positive else found)

    def _entry(self, i: Any, j: Any, **_: Any) -> Any:
        return self.function(*(vector[i, j] for vector in self.vectors))

    @property
    def free_symbols(self) -> set[Any]:
        """The symbols of the vectors, and of the function beside its own variables."""
        return self.function.free_symbols.union(*(vector.free_symbols for vector in self.vectors))


def elementwise(function: Callable[..., Any], *vectors: Any) -> Elementwise:
    """Apply a function of numbers to the entries of vectors, or of matrices.

    Parameters
    ----------
    function : callable
        Takes as many SymPy numbers as there are vectors, and returns an expression of them.
    *vectors : MatrixExpr
        Columns of one length, or matrices of one shape.

    Returns
    -------
    Elementwise
        Of that shape. Of a matrix, `exp` is that of each entry, not the exponential of the matrix.

    Raises
    ------
    ArgumentError
        If there is no vector, or they differ in shape.

    Examples
    --------
    >>> from mvn_symbolic import Vector, elementwise, explicit
    >>> explicit(elementwise(lambda m, s: m * s, Vector("mu"), Vector("sigma")), 2)
    Matrix([
    [mu_1*sigma_1],
    [mu_2*sigma_2]])
    """
    variables = tuple(entry_of(vector, f"x{i}") for i, vector in enumerate(vectors))
    return Elementwise(Lambda(variables, sympify(function(*variables))), *vectors)
