"""Floor 1: symbols that carry a shape and a structure, as SymPy matrix symbols.

One class a structure: SymPy rebuilds a symbol from its class and arguments, so the structure survives
`subs`, `xreplace` and pickling. Rules of calculus do not live here.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sympy import MatrixSymbol, Symbol, sympify
from sympy.core.symbol import Str

from mvn_symbolic.errors import ArgumentError
from mvn_symbolic.notation.stand_ins import Let, Tangent, TangentNumber, tangent_of

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

#: The event dimension, a positive integer symbol. Dimensions stay symbolic until somebody asks for numbers.
k = Symbol("k", integer=True, positive=True)


def scalar(name: str) -> Symbol:
    """Make the symbol of a real number.

    Parameters
    ----------
    name : str
        How it is written.

    Returns
    -------
    Symbol
        A real SymPy symbol.

    Examples
    --------
    >>> from mvn_symbolic import grad, scalar
    >>> t = scalar("t")
    >>> grad(t**2, t)
    2*t
    """
    return Symbol(name, real=True)


def positive_scalar(name: str) -> Symbol:
    """Make the symbol of a positive number.

    Parameters
    ----------
    name : str
        How it is written.

    Returns
    -------
    Symbol
        A positive SymPy symbol.

    Examples
    --------
    >>> from mvn_symbolic import LogDet, PositiveDefinite, normalize, positive_scalar
    >>> normalize(LogDet(positive_scalar("s") * PositiveDefinite("S")))
    k*log(s) + LogDet(S)
    """
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
    """A real matrix without structure, of any shape; every entry may move.

    Parameters
    ----------
    name : str
        How it is written.
    rows, columns : Expr, optional
        The shape: `k` rows unless given, and as many columns as rows.

    Raises
    ------
    ArgumentError
        If `name` is empty.

    Examples
    --------
    >>> from mvn_symbolic import GeneralMatrix, Inner, Vector, grad, k
    >>> A, a, b = GeneralMatrix("A", 3, k), Vector("a", 3), Vector("b")
    >>> grad(Inner(a, A * b), A)
    a*b.T
    """

    any_shape = True


class FullRowRank(GeneralMatrix):
    """A matrix with linearly independent rows, such as some rows of the identity; every entry may move.

    Parameters
    ----------
    name : str
        How it is written.
    rows, columns : Expr, optional
        The shape: `k` rows unless given, and as many columns as rows.

    Raises
    ------
    ArgumentError
        If `name` is empty.

    Examples
    --------
    >>> from mvn_symbolic import Cholesky, FullRowRank, PositiveDefinite, k
    >>> V = FullRowRank("V", 2, k)
    >>> Cholesky(V * PositiveDefinite("S") * V.T).shape
    (2, 2)
    """

    tags = frozenset({"full_row_rank"})


class LowerTriangular(StructuredSymbol):
    """A lower-triangular matrix with a positive diagonal, such as a Cholesky factor; its lower triangle may move.

    Parameters
    ----------
    name : str
        How it is written.
    rows, columns : Expr, optional
        The number of rows, `k` unless given. Leave the other out: there are as many columns.

    Raises
    ------
    ArgumentError
        If `name` is empty, or `columns` is not `rows`.

    Examples
    --------
    >>> from mvn_symbolic import GeneralMatrix, Inner, LowerTriangular, grad
    >>> L = LowerTriangular("L")
    >>> grad(Inner(GeneralMatrix("A"), L), L)
    Tril(A)
    """

    tags = frozenset({"lower", "invertible", "positive_diagonal"})


class DiagonalMatrix(StructuredSymbol):
    """A diagonal matrix with a positive diagonal, which may move.

    Parameters
    ----------
    name : str
        How it is written.
    rows, columns : Expr, optional
        The number of rows, `k` unless given. Leave the other out: there are as many columns.

    Raises
    ------
    ArgumentError
        If `name` is empty, or `columns` is not `rows`.

    Examples
    --------
    >>> from mvn_symbolic import DiagonalMatrix, GeneralMatrix, Inner, grad
    >>> D = DiagonalMatrix("D")
    >>> grad(Inner(GeneralMatrix("A"), D), D)
    DiagMat(DiagPart(A))
    """

    tags = frozenset({"lower", "upper", "diagonal", "symmetric", "invertible", "positive_diagonal"})


class SymmetricMatrix(StructuredSymbol):
    """A symmetric matrix; its lower triangle may move, each entry with its mirror image.

    Parameters
    ----------
    name : str
        How it is written.
    rows, columns : Expr, optional
        The number of rows, `k` unless given. Leave the other out: there are as many columns.

    Raises
    ------
    ArgumentError
        If `name` is empty, or `columns` is not `rows`.

    Examples
    --------
    >>> from mvn_symbolic import Inner, SymmetricMatrix, Vector, grad
    >>> Y, x = SymmetricMatrix("Y"), Vector("x")
    >>> grad(Inner(x, Y * x), x)
    2*Y*x
    """

    tags = frozenset({"symmetric"})


class PositiveDefinite(StructuredSymbol):
    """A symmetric positive-definite matrix, such as a covariance; its lower triangle may move.

    Parameters
    ----------
    name : str
        How it is written.
    rows, columns : Expr, optional
        The number of rows, `k` unless given. Leave the other out: there are as many columns.

    Raises
    ------
    ArgumentError
        If `name` is empty, or `columns` is not `rows`.

    Examples
    --------
    >>> from mvn_symbolic import LogDet, PositiveDefinite, grad
    >>> S = PositiveDefinite("S")
    >>> grad(LogDet(S), S)
    S**(-1)
    """

    tags = frozenset({"symmetric", "invertible", "positive_definite", "positive_diagonal"})


class OrthogonalMatrix(StructuredSymbol):
    """A square matrix whose inverse is its transpose. It stands still: its entries cannot move on their own.

    Parameters
    ----------
    name : str
        How it is written.
    rows, columns : Expr, optional
        The number of rows, `k` unless given. Leave the other out: there are as many columns.

    Raises
    ------
    ArgumentError
        If `name` is empty, or `columns` is not `rows`.

    Examples
    --------
    >>> from mvn_symbolic import OrthogonalMatrix, Vector, normalize, squared_norm
    >>> normalize(squared_norm(OrthogonalMatrix("Q") * Vector("x")))
    Inner(x, x)
    """

    tags = frozenset({"invertible", "orthogonal"})


class Vector(StructuredSymbol):
    """A real column vector, shape (rows, 1); every entry may move.

    Parameters
    ----------
    name : str
        How it is written.
    rows, columns : Expr, optional
        The number of entries, `k` unless given. Leave the other out: there is one column.

    Raises
    ------
    ArgumentError
        If `name` is empty, or `columns` is not 1.

    Examples
    --------
    >>> from mvn_symbolic import Vector, k
    >>> Vector("x").shape, Vector("y", k - 1).shape
    ((k, 1), (k - 1, 1))
    """

    tags = frozenset({"vector"})

    @classmethod
    def _columns(cls, rows: Any) -> Any:
        return sympify(1)


class PositiveVector(Vector):
    """A column vector with positive entries, such as standard deviations; every entry may move.

    Parameters
    ----------
    name : str
        How it is written.
    rows, columns : Expr, optional
        The number of entries, `k` unless given. Leave the other out: there is one column.

    Raises
    ------
    ArgumentError
        If `name` is empty, or `columns` is not 1.

    Examples
    --------
    >>> from sympy import log
    >>> from mvn_symbolic import PositiveVector, Total, elementwise, explicit
    >>> explicit(Total(elementwise(log, PositiveVector("sigma"))), 2)
    log(sigma_1) + log(sigma_2)
    """

    tags = frozenset({"vector", "positive"})


class Noise(Vector):
    """Standard normal noise: a column vector whose mean is 0 and whose covariance is the identity.

    Parameters
    ----------
    name : str
        How it is written. Noise of another name is independent of it.
    rows, columns : Expr, optional
        The number of entries, `k` unless given. Leave the other out: there is one column.

    Raises
    ------
    ArgumentError
        If `name` is empty, or `columns` is not 1.

    Examples
    --------
    >>> from mvn_symbolic import Noise, expectation, squared_norm
    >>> eps = Noise("eps")
    >>> expectation(squared_norm(eps), eps)
    k
    """

    tags = frozenset({"vector", "noise"})
