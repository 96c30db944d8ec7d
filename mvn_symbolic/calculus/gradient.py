"""Floor 3: gradients with structure: differentiate, read off, project onto what the symbol may be, normalize."""

from __future__ import annotations

from typing import Any

from sympy import MatrixSymbol, Rational, sympify
from sympy.matrices.expressions import MatrixExpr, Transpose, ZeroMatrix

from mvn_symbolic.calculus.adjoint import read_off
from mvn_symbolic.calculus.differential import check_variable, differential
from mvn_symbolic.calculus.lets import fold
from mvn_symbolic.calculus.terms import normalize, number_of, terms
from mvn_symbolic.errors import ArgumentError, UnsupportedExpressionError
from mvn_symbolic.notation.nodes import DiagMat, DiagPart, Inner, Tril
from mvn_symbolic.notation.structure import is_diagonal, is_lower, is_symmetric
from mvn_symbolic.notation.symbols import Let, Tangent, tangent_of

__all__ = ["CONVENTIONS", "gradient", "jacobian", "project", "vjp"]

#: How the gradient by a symmetric matrix may be stated.
CONVENTIONS = {
    "symmetric": "the symmetric matrix G with df = <G, dS> for symmetric dS",
    "lower": "derivatives by the lower-triangle entries, each moving its mirror image too",
    "free": "all entries as if independent",
}


def gradient(function: Any, symbol: Any, *, convention: str = "symmetric") -> Any:
    """Return the gradient of a scalar by a symbol, projected onto the symbol's structure.

    Parameters
    ----------
    function : scalar expression
    symbol : scalar, vector or matrix symbol
    convention : {"symmetric", "lower", "free"}
        For symmetric symbols only; see `CONVENTIONS`.

    Returns
    -------
    A normalized expression of the symbol's shape; named intermediates (:class:`Let`) are kept.

    Raises
    ------
    MissingRuleError
        When the calculus has no rule for a part of the function. 0 is returned for a true 0 only.

    Examples
    --------
    >>> from mvn_symbolic.notation.symbols import LowerTriangular
    >>> from mvn_symbolic.notation.nodes import LogDet, Inner
    >>> L = LowerTriangular("L")
    >>> gradient(Inner(L, L) / 2, L)
    L
    """
    function = _scalar(function)
    check_variable(symbol)
    if convention not in CONVENTIONS:
        raise ArgumentError(f"`convention` must be one of {', '.join(CONVENTIONS)}; got {convention!r}.")
    change = differential(function, symbol)
    free = read_off(change, tangent_of(symbol))
    lets = sorted(function.atoms(Let), key=lambda let: let.name)
    return normalize(project(fold(free, *lets), symbol, convention=convention))


def _scalar(function: Any) -> Any:
    function = number_of(sympify(function))
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
    """Return the pullback of a cotangent: the gradient of <cotangent, vector> by the symbol."""
    return gradient(Inner(cotangent, vector), symbol)


def jacobian(vector: MatrixExpr, symbol: MatrixSymbol) -> MatrixExpr:
    """Return M with d(vector) = M d(symbol), for a vector symbol: rows are outputs, columns inputs."""
    if symbol.shape[1] != 1:
        raise ArgumentError(f"`symbol` must be a vector; got {symbol} of shape {symbol.shape}. See vec_jacobian.")
    tangent = Tangent(symbol)
    total: MatrixExpr = ZeroMatrix(vector.shape[0], symbol.shape[0])
    for word, coefficient in terms(differential(vector, symbol)).items():
        total = total + coefficient * _without(word, tangent, vector)
    return normalize(total)


def _without(word: Any, tangent: Tangent, vector: MatrixExpr) -> MatrixExpr:
    from sympy.matrices.expressions import Identity

    from mvn_symbolic.calculus.differential import product_of
    from mvn_symbolic.notation.nodes import Elementwise

    *before, last = word
    identity = Identity(tangent.shape[0])
    if last == tangent:
        return product_of(*before, identity)
    if isinstance(last, Elementwise) and tangent in last.vectors:
        weights = read_off(_total(last), tangent)
        return product_of(*before, DiagMat(weights))
    raise UnsupportedExpressionError(f"no Jacobian in matrix form for the term {last} of {vector}.")


def _total(letter: MatrixExpr) -> Any:
    from mvn_symbolic.notation.nodes import Total

    return Total(letter)
