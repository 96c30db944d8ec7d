"""Floor 1: further questions about random vectors: divergences beside KL, variances, single entries, values at a place.

Lives here: nodes that state a question. May not live here: its answer, in numbers or in symbols.
"""

from __future__ import annotations

from typing import Any

from sympy import Expr, MatrixSymbol, Symbol, sympify
from sympy.matrices.expressions import MatMul, MatrixExpr
from sympy.matrices.expressions.matexpr import MatrixElement

from mvn_symbolic.errors import ArgumentError
from mvn_symbolic.notation.laws import Law, check_one_space
from mvn_symbolic.notation.nodes import Inner, ScalarNode
from mvn_symbolic.notation.symbols import Noise, k

__all__ = [
    "Bhattacharyya",
    "Cell",
    "CrossEntropy",
    "Jeffreys",
    "MatrixAt",
    "Renyi",
    "ScalarAt",
    "Share",
    "SquaredHellinger",
    "SquaredWasserstein",
    "UnitVector",
    "Variance",
    "entry_by_unit_vectors",
    "share",
    "value_at",
]


class Share(Symbol):
    """A number between 0 and 1, both excluded."""

    __slots__ = ()
    #: The structure of a sum reads it: what is weighted by one less a share has a positive weight.
    is_share = True


def share(name: str) -> Share:
    """Make a scalar symbol for a number between 0 and 1, such as a correlation or the order of a Rényi divergence.

    Parameters
    ----------
    name : str
        How it is written.

    Returns
    -------
    Share
        A positive SymPy symbol; judges draw it between 0 and 1, and one less it counts as positive.

    Examples
    --------
    >>> from mvn_symbolic import share
    >>> share("alpha")
    alpha
    """
    return Share(name, positive=True)


class _OfTwoLaws(ScalarNode):
    """A number that compares two laws."""

    def __new__(cls, p: Law, q: Law) -> _OfTwoLaws:
        check_one_space(p, q)
        return Expr.__new__(cls, p, q)


class CrossEntropy(_OfTwoLaws):
    """-E_p[log q], in nats."""


class Jeffreys(_OfTwoLaws):
    """KL(p || q) + KL(q || p), in nats."""


class Bhattacharyya(_OfTwoLaws):
    """-log of the integral of sqrt(p q)."""


class SquaredHellinger(_OfTwoLaws):
    """Half the integral of (sqrt p - sqrt q)^2, which is 1 less the integral of sqrt(p q); between 0 and 1."""


class SquaredWasserstein(_OfTwoLaws):
    """The least mean of |x - y|^2 over all pairs of x with the one law and y with the other.

    It is the square of the 2-Wasserstein distance, which has no derivative where the laws are equal.
    """


class Renyi(ScalarNode):
    """The Rényi divergence of an order a other than 1: log of the integral of p^a q^(1-a), over a - 1."""

    def __new__(cls, p: Law, q: Law, order: Any) -> Renyi:
        check_one_space(p, q)
        order = sympify(order)
        if order == 1:
            raise ArgumentError("`order` must not be 1; got 1. The divergence of that order is KL.")
        return Expr.__new__(cls, p, q, order)


class Variance(ScalarNode):
    """Var[f] = E[f^2] - E[f]^2 of a scalar over standard normal noise."""

    def __new__(cls, scalar: Any, noise: Noise) -> Variance:
        return Expr.__new__(cls, sympify(scalar), noise)


class UnitVector(MatrixExpr):
    """The vector with 1 at one place and 0 elsewhere.

    Parameters
    ----------
    index : Expr
        The place, counted from 1.
    size : Expr, optional
        The number of entries; the event dimension `k` unless given.

    Examples
    --------
    >>> from mvn_symbolic import Inner, UnitVector, Vector, explicit
    >>> explicit(Inner(UnitVector(1), Vector("x")), 2)
    x_1
    """

    def __new__(cls, index: Any, size: Any = k) -> UnitVector:
        return Expr.__new__(cls, sympify(index), sympify(size))

    @property
    def shape(self) -> tuple[Any, Any]:
        return (self.args[1], sympify(1))


def entry_by_unit_vectors(entry: MatrixElement) -> Inner:
    """X[i, j], which SymPy counts from 0, as e' X e."""
    matrix, i, j = entry.args
    rows, columns = matrix.shape
    column = matrix if columns == 1 else MatMul(matrix, UnitVector(j + 1, columns))
    return Inner(UnitVector(i + 1, rows), column)


class Cell(ScalarNode):
    """The entry of a matrix in row i and column j, both counted from 1 and symbols."""

    def __new__(cls, matrix: Any, row: Any, column: Any) -> Cell:
        return Expr.__new__(cls, sympify(matrix), sympify(row), sympify(column))


class ScalarAt(ScalarNode):
    """A number at the place where a symbol has a given value."""


class MatrixAt(MatrixExpr):
    """A vector or matrix at the place where a symbol has a given value."""

    @property
    def shape(self) -> tuple[Any, Any]:
        return self.args[0].shape


def value_at(expr: Any, symbol: Any, place: Any) -> Any:
    """The unevaluated value of an expression where `symbol` is `place`."""
    expr, place = sympify(expr), sympify(place)
    if not isinstance(symbol, (MatrixSymbol, Symbol)) or getattr(place, "shape", ()) != getattr(symbol, "shape", ()):
        raise ArgumentError(f"`place` must have the shape of `symbol`, {symbol}; got {place}.")
    return Expr.__new__(MatrixAt if isinstance(expr, MatrixExpr) else ScalarAt, expr, symbol, place)
