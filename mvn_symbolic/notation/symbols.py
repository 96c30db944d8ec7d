"""Floor 1: symbols that carry a shape and a structure, as SymPy matrix symbols.

One class a structure: SymPy rebuilds a symbol from its class and arguments, so the structure survives
`subs`, `xreplace` and pickling. Rules of calculus do not live here.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sympy import MatrixSymbol, Symbol, sympify
from sympy.core.symbol import Str
from sympy.matrices.expressions import MatrixExpr

from mvn_symbolic.errors import ArgumentError
from mvn_symbolic.notation.structure import tags_of

__all__ = [
    "DiagonalMatrix",
    "FullRowRank",
    "GeneralMatrix",
    "Let",
    "LowerTriangular",
    "Noise",
    "OrthogonalMatrix",
    "PositiveDefinite",
    "PositiveVector",
    "StructuredSymbol",
    "SymmetricMatrix",
    "Tangent",
    "TangentNumber",
    "Vector",
    "k",
    "positive_scalar",
    "scalar",
    "tangent_of",
]

#: The event dimension. Dimensions stay symbolic until somebody asks for numbers.
k = Symbol("k", integer=True, positive=True)


def scalar(name: str) -> Symbol:
    """A real scalar symbol."""
    return Symbol(name, real=True)


def positive_scalar(name: str) -> Symbol:
    """A positive real scalar symbol."""
    return Symbol(name, positive=True)


class StructuredSymbol(MatrixSymbol):
    """A matrix symbol whose class is its structure; see the subclasses."""

    #: What `mvn_symbolic.notation.structure` reads: the class-level tags of this kind of symbol.
    tags: frozenset[str] = frozenset()
    #: Whether the number of columns is free; if not, it follows from the number of rows.
    any_shape = False

    def __new__(cls, name: Any, rows: Any = k, columns: Any = None) -> StructuredSymbol:
        rows = sympify(rows)
        columns = cls._columns(rows) if columns is None else sympify(columns)
        if isinstance(name, (str, Str)) and not str(name).strip():
            raise ArgumentError("`name` must not be empty.")
        if not cls.any_shape and columns != cls._columns(rows):
            wanted = "one column" if "vector" in cls.tags else "as many columns as rows"
            raise ArgumentError(f"`columns` of a {cls.__name__} must be left out: it has {wanted}; got {columns}.")
        kind: Any = cls
        found: StructuredSymbol = _the_one(kind, str(name), rows, columns)
        return found

    @classmethod
    def _columns(cls, rows: Any) -> Any:
        return rows

    def _eval_transpose(self) -> Any:
        return self if self.tags & {"symmetric", "diagonal"} else None


@lru_cache(maxsize=1 << 12)
def _the_one(kind: Any, name: str, rows: Any, columns: Any) -> Any:
    """One object for equal symbols, as SymPy has for its scalars: whoever looks one up need not compare."""
    return MatrixSymbol.__new__(kind, name, rows, columns)


class GeneralMatrix(StructuredSymbol):
    """A real matrix without structure, shape (rows, columns); square when `columns` is left out."""

    any_shape = True


class FullRowRank(GeneralMatrix):
    """A matrix (rows, columns) with linearly independent rows, such as some rows of the identity: A A' is definite."""

    tags = frozenset({"full_row_rank"})


class LowerTriangular(StructuredSymbol):
    """A lower-triangular k x k matrix with a positive diagonal, such as a Cholesky factor."""

    tags = frozenset({"lower", "invertible", "positive_diagonal"})


class DiagonalMatrix(StructuredSymbol):
    """A diagonal k x k matrix with a positive diagonal."""

    tags = frozenset({"lower", "upper", "diagonal", "symmetric", "invertible", "positive_diagonal"})


class SymmetricMatrix(StructuredSymbol):
    """A symmetric k x k matrix."""

    tags = frozenset({"symmetric"})


class PositiveDefinite(StructuredSymbol):
    """A symmetric positive-definite k x k matrix, such as a covariance."""

    tags = frozenset({"symmetric", "invertible", "positive_definite", "positive_diagonal"})


class OrthogonalMatrix(StructuredSymbol):
    """A k x k matrix with Q Q' = I. It stands still: its entries cannot move on their own."""

    tags = frozenset({"invertible", "orthogonal"})


class Vector(StructuredSymbol):
    """A real column vector of length k."""

    tags = frozenset({"vector"})

    @classmethod
    def _columns(cls, rows: Any) -> Any:
        return sympify(1)


class PositiveVector(Vector):
    """A column vector with positive entries, such as standard deviations."""

    tags = frozenset({"vector", "positive"})


class Noise(Vector):
    """Standard normal noise, eps ~ N(0, I): a column vector whose moments are known."""

    tags = frozenset({"vector", "noise"})


class Let(MatrixSymbol):
    """A named intermediate: "let A = ...". Its definition travels with it as its last argument.

    The chain rule runs through it, generated code computes it once under this name, and `subs` reaches
    into the definition.
    """

    def __new__(cls, name: Any, definition: Any, *rest: Any) -> Let:
        # MatrixSymbol keeps (name, rows, columns); rebuilding passes those back, then the definition.
        if rest:
            definition = rest[-1]
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
    """The symbol dX of the differential of a matrix symbol X, or ds of a scalar symbol s."""
    return Tangent(variable) if isinstance(variable, MatrixSymbol) else TangentNumber(f"d{variable.name}", real=True)
