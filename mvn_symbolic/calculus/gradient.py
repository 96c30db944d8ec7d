"""Floor 3: gradients with structure: differentiate, read off, project onto what the symbol may be, normalize."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sympy import MatrixSymbol, Rational, S, sympify
from sympy.matrices.expressions import Identity, MatMul, MatrixExpr, Transpose

from mvn_symbolic.calculus.adjoint import read_off
from mvn_symbolic.calculus.covariances import by_covariances
from mvn_symbolic.calculus.differential import check_expression, check_variable, differential, product_of
from mvn_symbolic.calculus.directions import leaves_directions
from mvn_symbolic.calculus.factoring import factor_sides
from mvn_symbolic.calculus.lets import fold, lets_of, unfold
from mvn_symbolic.calculus.linear_forms import has_mirrored_entries, matrix_of, spread_of, stacked
from mvn_symbolic.calculus.terms import normalize, number_of
from mvn_symbolic.errors import ArgumentError, MissingRuleError
from mvn_symbolic.notation.memory import remembered
from mvn_symbolic.notation.nodes import Cholesky, DiagMat, DiagPart, Inner, LogDet, Tril
from mvn_symbolic.notation.structure import is_diagonal, is_lower, is_symmetric
from mvn_symbolic.notation.symbols import GeneralMatrix, tangent_of

__all__ = [
    "CONVENTIONS",
    "check_convention",
    "free_gradient",
    "gradient",
    "jacobian",
    "named_differential",
    "project",
    "scalar_function",
    "settled",
    "unprojected_gradient",
    "vjp",
    "with_free_entries",
    "written_freely",
]

#: How the gradient by a symmetric matrix may be stated.
CONVENTIONS = {
    "symmetric": "the symmetric matrix G with df = <G, dS> for symmetric dS",
    "lower": "derivatives by the lower-triangle entries, each moving its mirror image too",
    "free": "all entries as if independent",
}


@leaves_directions
def gradient(function: Any, symbol: Any, *, convention: str = "symmetric") -> Any:
    """Return the gradient of a scalar by a symbol, projected onto the symbol's structure.

    Parameters
    ----------
    function : scalar expression
        What is differentiated.
    symbol : scalar, vector or matrix symbol
        By what; everything else stands still.
    convention : {"symmetric", "lower", "free"}
        For symmetric symbols only: the symmetric gradient; derivatives by the entries of the lower triangle, each
        moving its mirror image too; all entries as if independent.

    Returns
    -------
    Expr
        A normalized expression of the shape of `symbol`; names (:class:`Let`) are kept.

    Raises
    ------
    ArgumentError
        If `function` is no scalar, or `convention` does not fit `symbol`.
    MissingRuleError
        When the calculus has no rule for a part of the function. 0 is returned for a true 0 only.

    Examples
    --------
    >>> from mvn_symbolic import Inner, LowerTriangular, grad
    >>> L = LowerTriangular("L")
    >>> grad(Inner(L, L) / 2, L)
    L
    """
    function = scalar_function(function)
    check_variable(symbol, function)
    check_convention(convention, symbol)
    if convention == "lower" and not has_mirrored_entries(symbol):
        raise ArgumentError(f"`convention` is for symmetric symbols; got {convention!r} for {symbol}. Leave it out.")
    if convention == "free":
        function = written_freely(function, symbol)
    return settled(project(unprojected_gradient(function, symbol), symbol, convention=convention), symbol)


def settled(projected: Any, symbol: Any) -> Any:
    """The normal form of a gradient. By a symmetric matrix, named products are opened: their factors cancel there."""
    if not isinstance(symbol, MatrixSymbol) or is_lower(symbol) or not is_symmetric(symbol):
        return normalize(projected)
    products = {
        let: let.definition for let in lets_of(projected) if isinstance(let.definition, MatMul) and _square(let)
    }
    return fold(factor_sides(normalize(projected.xreplace(products))), *products)


def _square(matrix: MatrixExpr) -> bool:
    return matrix.shape[0] == matrix.shape[1]


@remembered(1 << 8)
def named_differential(function: Any, *symbols: Any) -> Any:
    """The differential of a function, with the function's own names written for their definitions."""
    return fold(differential(function, *symbols), *lets_of(function))


@remembered(1 << 8)
def free_gradient(change: Any, symbol: Any) -> Any:
    """Return G, normalized, with `change` = <G, dX>; not yet projected onto the structure of X."""
    return normalize(read_off(change, tangent_of(symbol)))


@leaves_directions
def unprojected_gradient(function: Any, symbol: Any) -> Any:
    """Return the G of df = <G, dX>. A dX that the function itself holds is given, and part of G."""
    return free_gradient(named_differential(function, symbol), symbol)


def scalar_function(function: Any) -> Any:
    """The function, if it is a scalar; a 1 x 1 matrix counts as one."""
    function = number_of(check_expression(function, "function"))
    if isinstance(function, MatrixExpr):
        raise ArgumentError(f"`function` must be a scalar; got {function} of shape {function.shape}.")
    return function


def project(free: Any, symbol: Any, *, convention: str = "symmetric") -> Any:
    """Project an unstructured gradient onto the structure of the symbol it belongs to."""
    if not isinstance(symbol, MatrixSymbol) or symbol.shape[1] == 1:
        return free
    if is_diagonal(symbol):
        return DiagMat(DiagPart(free))
    if is_lower(symbol):
        return Tril(free)
    if is_symmetric(symbol) and convention != "free":
        both = free + Transpose(free)
        return both * Rational(1, 2) if convention == "symmetric" else Tril(both) - DiagMat(DiagPart(free))
    return free


def vjp(vector: Any, symbol: Any, cotangent: MatrixExpr) -> Any:
    """Return a cotangent times the Jacobian: the gradient of their inner product by a symbol.

    Parameters
    ----------
    vector : MatrixExpr
        A vector or matrix.
    symbol : scalar, vector or matrix symbol
        By what is differentiated.
    cotangent : MatrixExpr
        Of the shape of `vector`.

    Returns
    -------
    Expr
        A normalized expression of the shape and structure of `symbol`.

    Raises
    ------
    ArgumentError
        If `cotangent` has another shape.
    MissingRuleError
        If the calculus has no rule for a part of `vector`.

    Examples
    --------
    >>> from mvn_symbolic import GeneralMatrix, Vector, vjp
    >>> A, x, g = GeneralMatrix("A"), Vector("x"), Vector("g")
    >>> vjp(A * x, x, g)
    A.T*g
    """
    return gradient(Inner(cotangent, vector), symbol)


@leaves_directions
def jacobian(function: Any, symbol: Any, *, convention: str = "lower") -> Any:
    """Return the matrix of first derivatives: rows are outputs, columns the free entries of a symbol.

    Parameters
    ----------
    function : scalar, vector or matrix expression
        A matrix is read column by column; a scalar has one row.
    symbol : scalar, vector or matrix symbol
        By what; everything else stands still.
    convention : {"lower", "symmetric", "free"}
        What the columns of a symmetric matrix are: its lower triangle; all entries, each with half of what it shares
        with its mirror image; all entries as if independent.

    Returns
    -------
    Expr
        A matrix expression.

    Raises
    ------
    ArgumentError
        If `convention` does not fit `symbol`.
    MissingRuleError
        When the calculus has no rule for a part of the function.

    Examples
    --------
    >>> from mvn_symbolic import GeneralMatrix, Vector, jacobian
    >>> A, x = GeneralMatrix("A"), Vector("x")
    >>> jacobian(A * x, x)
    A
    """
    check_variable(symbol, check_expression(function, "function"))
    check_convention(convention, symbol)
    return with_free_entries(_jacobian, function, symbol, convention=convention)


def _jacobian(function: Any, symbol: Any, *, convention: str) -> Any:
    if not isinstance(symbol, MatrixSymbol):
        slope = normalize(differential(function, symbol).xreplace({tangent_of(symbol): S.One}))
        return stacked(slope) if isinstance(slope, MatrixExpr) else MatMul(slope, Identity(1))
    if not isinstance(function, MatrixExpr):
        slope = Transpose(stacked(unprojected_gradient(function, symbol)))
    else:
        slope = matrix_of(differential(function, symbol), tangent_of(symbol))
    spread = spread_of(symbol, convention)
    return slope if symbol.shape[1] == 1 or spread.is_Identity else product_of(slope, spread)


def check_convention(convention: str, *symbols: Any) -> None:
    """Raise ArgumentError for an unknown convention, or one that no symbol is affected by."""
    if convention not in CONVENTIONS:
        raise ArgumentError(f"`convention` must be one of {', '.join(CONVENTIONS)}; got {convention!r}.")
    if convention == "free" and not any(map(has_mirrored_entries, symbols)):
        names = ", ".join(map(str, symbols))
        raise ArgumentError(f"`convention` is for symmetric symbols; got {convention!r} for {names}. Leave it out.")


def written_freely(function: Any, *symbols: Any) -> Any:
    """The function without Cholesky factors of the symbols, where pairs of them are covariances; refused where not.

    Of a matrix whose entries are independent there is no factor: a formula for it would be one of many.
    """
    function = sympify(function)
    if not _factors_of(function, symbols):
        return function
    if not isinstance(function, MatrixExpr):
        volumes = function.replace(lambda node: isinstance(node, LogDet), normalize)
        function = unfold(by_covariances(volumes))  # sums stay as they are: to spread them out mixes A and A'
    for factor in _factors_of(function, symbols):
        hint = "A matrix of independent entries has no factor. Use the convention 'symmetric' or 'lower'."
        raise MissingRuleError("free", factor, hint)
    return function


def _factors_of(function: Any, symbols: tuple[Any, ...]) -> list[Cholesky]:
    """The Cholesky factors of what holds one of the symbols."""
    return sorted((f for f in function.atoms(Cholesky) if f.free_symbols & set(symbols)), key=str)


class _Unbound(GeneralMatrix):
    """A symmetric symbol with all its entries free."""


def with_free_entries(compute: Callable[..., Any], function: Any, *symbols: Any, convention: str) -> Any:
    """Compute with symmetric symbols whose entries are all free, if that is the convention, and write them back."""
    if convention != "free":
        return compute(function, *symbols, convention=convention)
    unbound = {symbol: _Unbound(symbol.name, *symbol.shape) for symbol in symbols if has_mirrored_entries(symbol)}
    function = written_freely(function, *unbound)
    try:
        free = function.xreplace(unbound)
    except ArgumentError as error:
        names = ", ".join(map(str, unbound))
        raise ArgumentError(
            f"`convention` must be 'symmetric' or 'lower', since {function} has a part that is known of symmetric "
            f"matrices only, and with independent entries {names} would be none; got 'free'."
        ) from error
    found = compute(free, *(unbound.get(symbol, symbol) for symbol in symbols), convention=convention)
    return normalize(found.xreplace({twin: symbol for symbol, twin in unbound.items()}))
