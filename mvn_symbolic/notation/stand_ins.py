"""Floor 1: symbols that stand for something of another expression: a name for its value, the differential of a symbol.

Lives here: symbols that carry what they stand for. May not live here: when a name is written or opened.
"""

from __future__ import annotations

from typing import Any

from sympy import MatrixSymbol, Symbol
from sympy.matrices.expressions import MatrixExpr

from mvn_symbolic.errors import ArgumentError
from mvn_symbolic.notation.structure import tags_of

__all__ = ["Let", "Tangent", "TangentNumber", "tangent_of"]


class Let(MatrixSymbol):
    """A name for a matrix or vector expression; its definition travels with it.

    The chain rule runs through it, generated code computes it once under this name, and `subs` reaches
    into the definition.

    Parameters
    ----------
    name : str
        How it is written.
    definition : MatrixExpr
        What it stands for; the name has its shape and its structure.

    Raises
    ------
    ArgumentError
        If `definition` is no matrix expression.

    Examples
    --------
    >>> from mvn_symbolic import GeneralMatrix, Let, Vector, grad, squared_norm
    >>> A, x = GeneralMatrix("A"), Vector("x")
    >>> u = Let("u", A * x)
    >>> grad(squared_norm(u) / 2, x)
    A.T*u
    """

    def __new__(cls, name: Any, definition: Any, *_rest: Any) -> Let:
        # MatrixSymbol keeps (name, rows, columns); rebuilding passes those back, then the definition.
        if _rest:
            definition = _rest[-1]
        if not isinstance(definition, MatrixExpr):
            raise ArgumentError(f"`definition` must be a matrix expression; got {definition!r}.")
        obj = MatrixSymbol.__new__(cls, str(name), *definition.shape)
        obj._args = (*obj._args, definition)
        obj._mhash = None
        return obj

    @property
    def definition(self) -> MatrixExpr:
        """The expression this name stands for."""
        return self._args[-1]

    @property
    def tags(self) -> frozenset[str]:
        """The structure of the definition."""
        return tags_of(self.definition)

    def _hashable_content(self) -> tuple[Any, ...]:
        return self._args

    def doit(self, **_hints: Any) -> Let:
        """The name itself: SymPy's own would sort the definition, and make another symbol of the same name."""
        return self

    @property
    def free_symbols(self) -> set[Any]:
        """The symbols of the definition: the name itself is not free."""
        return self.definition.free_symbols


class Tangent(MatrixSymbol):
    """The differential dX of a symbol X: same shape, same structure where that is linear."""

    def __new__(cls, primal: Any, *rest: Any) -> Tangent:
        if rest:
            primal = rest[-1]
        if not isinstance(primal, MatrixSymbol):
            raise ArgumentError(f"`primal` must be a matrix symbol; got {primal!r}.")
        obj = MatrixSymbol.__new__(cls, f"d{primal.name}", *primal.shape)
        obj._args = (*obj._args, primal)
        obj._mhash = None
        return obj

    @property
    def primal(self) -> MatrixSymbol:
        """The symbol of which this is the differential."""
        return self._args[-1]

    @property
    def tags(self) -> frozenset[str]:
        """The tags a perturbation inherits: those of linear subspaces."""
        inherited: frozenset[str] = getattr(self.primal, "tags", frozenset())
        return inherited & {"lower", "upper", "diagonal", "symmetric", "vector"}

    def _hashable_content(self) -> tuple[Any, ...]:
        return self._args

    @property
    def free_symbols(self) -> set[Any]:
        """A tangent is free on its own; its primal is not."""
        return {self}


class TangentNumber(Symbol):
    """The differential ds of a scalar symbol s. Nobody's scalar is equal to it, whatever its name."""

    __slots__ = ()


def tangent_of(variable: Any) -> Any:
    """Return the symbol dX of the differential of a symbol X: the direction it moves in, as in :func:`differential`.

    Parameters
    ----------
    variable : scalar, vector or matrix symbol
        What moves.

    Returns
    -------
    symbol
        Of its shape, and of its structure where that is linear.

    Raises
    ------
    ArgumentError
        If `variable` is no symbol.

    Examples
    --------
    >>> from mvn_symbolic import Vector, differential, squared_norm, tangent_of
    >>> x = Vector("x")
    >>> differential(squared_norm(x), x).subs(tangent_of(x), x)
    2*Inner(x, x)
    """
    if not isinstance(variable, (MatrixSymbol, Symbol)):
        raise ArgumentError(f"`variable` must be a scalar, vector or matrix symbol; got {variable!r}.")
    return Tangent(variable) if isinstance(variable, MatrixSymbol) else TangentNumber(f"d{variable.name}", real=True)
