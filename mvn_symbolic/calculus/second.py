"""Floor 3: second derivatives: the second differential, products of a Hessian with a direction, and its matrix.

All are differentials of first derivatives: the gradient is differentiated as any other expression, and its tangent
is either replaced by a direction or taken off by vec.
"""

from __future__ import annotations

from typing import Any

from sympy import MatrixSymbol, Rational
from sympy.matrices.expressions import MatrixExpr, Transpose

from mvn_symbolic.calculus.differential import check_expression, check_variable, differential, product_of
from mvn_symbolic.calculus.directions import leaves_directions
from mvn_symbolic.calculus.gradient import (
    check_convention,
    free_gradient,
    gradient,
    named_differential,
    scalar_function,
    settled,
    with_free_entries,
)
from mvn_symbolic.calculus.lets import fold, lets_of
from mvn_symbolic.calculus.linear_forms import matrix_of, spread_of, stacked
from mvn_symbolic.calculus.terms import normalize
from mvn_symbolic.errors import ArgumentError
from mvn_symbolic.notation.nodes import DiagMat, DiagPart, Tril
from mvn_symbolic.notation.structure import is_diagonal, is_lower, is_symmetric
from mvn_symbolic.notation.symbols import tangent_of

__all__ = ["gradient_change", "hessian", "hvp", "second_differential"]


def second_differential(function: Any, *symbols: Any) -> Any:
    """Return how a scalar bends along a line: quadratic in the differentials of the symbols that move.

    Parameters
    ----------
    function : scalar expression
        What is differentiated twice.
    *symbols : scalar, vector or matrix symbol
        What moves, together.

    Returns
    -------
    Expr
        A normalized scalar in the symbols and their differentials, which stand still.

    Raises
    ------
    ArgumentError
        If `function` is no scalar.
    MissingRuleError
        If the calculus has no rule for a part of the function.

    Examples
    --------
    >>> from mvn_symbolic import Inner, Vector, second_differential
    >>> x = Vector("x")
    >>> second_differential(Inner(x, x), x)
    2*Inner(dx, dx)
    """
    function = scalar_function(function)
    for symbol in symbols:
        check_variable(symbol, function)
    names = lets_of(function)
    return fold(normalize(differential(differential(function, *symbols), *symbols)), *names)


@leaves_directions
def hvp(function: Any, symbol: Any, direction: Any, *, of: Any = None) -> Any:
    """Return the product of the Hessian of a scalar with a direction: how its gradient moves when `symbol` does.

    Parameters
    ----------
    function : scalar expression
        What is differentiated twice.
    symbol : scalar, vector or matrix symbol
        What moves.
    direction : Expr
        Of its shape. Projected onto the structure of the symbol: the lower triangle, the symmetric part, the diagonal.
    of : symbol, optional
        The gradient by this one moves; `symbol` itself when left out. With another symbol it is a mixed block.

    Returns
    -------
    Expr
        A normalized expression of the shape and structure of `of`.

    Raises
    ------
    MissingRuleError
        When the calculus has no rule for a part of the gradient.
    ArgumentError
        When the direction has another shape.

    Examples
    --------
    >>> from mvn_symbolic import LogDet, PositiveDefinite, SymmetricMatrix, hvp
    >>> S, V = PositiveDefinite("S"), SymmetricMatrix("V")
    >>> hvp(LogDet(S), S, V)
    -S**(-1)*V*S**(-1)
    """
    of = symbol if of is None else of
    function = scalar_function(function)
    for one in (symbol, of):
        check_variable(one, function)
    direction = check_expression(direction, "direction")
    if getattr(direction, "shape", ()) != getattr(symbol, "shape", ()):
        shape = getattr(symbol, "shape", "of a number")
        raise ArgumentError(f"`direction` must have the shape of {symbol}, {shape}; got {direction}.")
    change = gradient_change(gradient(function, of), symbol)
    along = change.xreplace({tangent_of(symbol): _within(direction, symbol)})
    return settled(along, of)


def _within(direction: Any, symbol: Any) -> Any:
    """The direction, projected onto the moves that the structure of a symbol allows."""
    if not isinstance(symbol, MatrixSymbol) or symbol.shape[1] == 1:
        return direction
    if is_diagonal(symbol):
        return direction if is_diagonal(direction) else DiagMat(DiagPart(direction))
    if is_lower(symbol):
        return direction if is_lower(direction) else Tril(direction)
    if is_symmetric(symbol) and not is_symmetric(direction):
        return Rational(1, 2) * (direction + Transpose(direction))
    return direction


def gradient_change(slope: Any, *symbols: Any) -> Any:
    """The differential of a gradient, normalized, with its own names kept."""
    return fold(normalize(named_differential(slope, *symbols)), *lets_of(slope))


@leaves_directions
def hessian(function: Any, *symbols: Any, convention: str = "lower") -> Any:
    """Return the matrix of second derivatives of a scalar by the free entries of one symbol, or of two.

    Parameters
    ----------
    function : scalar expression
        What is differentiated twice.
    *symbols : scalar, vector or matrix symbol
        One, or two for a mixed block: rows are the entries of the first, columns those of the second. The free
        entries of a matrix stand column by column: all of a general one, the lower triangle of a
        lower-triangular or symmetric one, the diagonal of a diagonal one.
    convention : {"lower", "symmetric", "free"}
        For symmetric symbols. "lower": by the lower triangle, each entry moving its mirror image too. The other two
        have a row for every entry, column by column: "symmetric" is the symmetric form with
        `d2f = vec(dS)' H vec(dS)`, the same from either side of the diagonal; "free" has all entries as if independent.

    Returns
    -------
    Expr
        A normalized matrix expression, or a scalar for two scalar symbols. By a matrix it is made of Kronecker
        products, with commutation and duplication matrices around them.

    Raises
    ------
    ArgumentError
        If `function` is no scalar, there are more than two symbols, or `convention` does not fit them.
    MissingRuleError
        When the calculus has no rule for a part of the function.

    Examples
    --------
    >>> from mvn_symbolic import Inner, LogDet, PositiveDefinite, Vector, hessian
    >>> x, S = Vector("x"), PositiveDefinite("S")
    >>> hessian(Inner(x, S * x), x)
    2*S
    >>> hessian(LogDet(S), S)
    -SymmetricDuplication(k).T*(KroneckerProduct(S**(-1), S**(-1)))*SymmetricDuplication(k)
    """
    if len(symbols) not in (1, 2):
        raise ArgumentError(f"`symbols` must be one symbol or two; got {len(symbols)}.")
    function = scalar_function(function)
    for symbol in symbols:
        check_variable(symbol, function)
    check_convention(convention, *symbols)
    return with_free_entries(_hessian, function, symbols[0], symbols[-1], convention=convention)


def _hessian(function: Any, rows: Any, columns: Any, *, convention: str) -> Any:
    free = free_gradient(named_differential(function, rows), rows)
    change = gradient_change(free, columns)
    return normalize(_by_entries(change, rows, columns, convention))


def _by_entries(change: Any, rows: Any, columns: Any, convention: str) -> Any:
    tangent = tangent_of(columns)
    if not isinstance(columns, MatrixSymbol):  # linear in a number: its factor is the value at 1
        slope = change.xreplace({tangent: 1})
        return _picked(slope, rows, convention) if isinstance(rows, MatrixSymbol) else slope
    if not isinstance(rows, MatrixSymbol):
        slope = free_gradient(change, columns)
        return Transpose(_picked(slope, columns, convention))
    left, right = (spread_of(symbol, convention) for symbol in (rows, columns))
    return product_of(Transpose(left), matrix_of(change, tangent), right)


def _picked(matrix: MatrixExpr, symbol: Any, convention: str) -> Any:
    """The entries of an unstructured gradient, as a column."""
    return product_of(Transpose(spread_of(symbol, convention)), stacked(matrix))
