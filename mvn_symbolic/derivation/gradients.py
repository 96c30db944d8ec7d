"""Floor 4: the two chains of a gradient: the differential brought to <G, dX>, then G projected onto X's structure."""

from __future__ import annotations

from typing import Any

from sympy import MatrixSymbol
from sympy.matrices.expressions import MatrixExpr

from mvn_symbolic.calculus import project
from mvn_symbolic.calculus.factoring import factor_sides
from mvn_symbolic.calculus.gradient import free_gradient, settled, unprojected_gradient
from mvn_symbolic.derivation import rules
from mvn_symbolic.derivation.line import Line, Rule
from mvn_symbolic.derivation.model import Chain
from mvn_symbolic.notation.nodes import Inner
from mvn_symbolic.notation.operators import Gradient, ScalarDerivative, differential_of, gradient_of
from mvn_symbolic.notation.structure import is_diagonal, is_lower, is_symmetric
from mvn_symbolic.notation.symbols import tangent_of
from mvn_symbolic.notation.table import argument_name, latex_name

__all__ = ["differential_chain", "gradient_chain", "gradients_of"]

_PROJECTIONS = {
    "lower": "The differential is lower-triangular too, so only the lower triangle of $G$ is determined: project.",
    "diagonal": "The differential is diagonal, so only the diagonal of $G$ is determined: project.",
    "symmetric": (
        "The differential is symmetric, so only the symmetric part of $G$ is determined: project. "
        "A symmetric matrix is its lower triangle and the transpose of that, less its diagonal once."
    ),
    "plain": "Every entry may move on its own: read $G$ off.",
}


def differential_chain(function: Any, symbol: Any, name: str, title: str) -> Chain:
    """d f = <G, dX>."""
    held = function.free_symbols
    return (
        Line(f"differential_{name}", f"Differential {title}", differential_of(function, symbol))
        .then(
            rules.differentiate(
                f"Let ${latex_name(symbol)}$ move and nothing else; products, inverses, norms, log det have rules."
            )
        )
        .then_if(
            Rule(
                "adjoint",
                # a dX that the function holds is the same letter as the one that moves: nothing to tell them apart by
                lambda change: change if tangent_of(symbol) in held else _inner_product(change, symbol),
                "Turn traces and transpose until the differential stands alone on one side of an inner product.",
            )
        )
        .chain
    )


def _inner_product(change: Any, symbol: Any) -> Any:
    free, tangent = free_gradient(change, symbol), tangent_of(symbol)
    free = factor_sides(free) if _kind(symbol) == "symmetric" else free
    return Inner(free, tangent) if isinstance(free, MatrixExpr) else free * tangent


def gradient_chain(function: Any, symbol: Any, name: str, title: str) -> Chain:
    """The gradient of f by X: the G of the differential, projected."""

    def read(scalar: Any, by: Any) -> Any:
        projected = project(unprojected_gradient(scalar, by), by)
        return settled(projected, by) if kind == "symmetric" else projected

    kind = _kind(symbol)
    reason = _PROJECTIONS[kind]
    tidy = "Collect; a lower triangle is its own tril, and the tril of an upper triangle is its diagonal."
    line = Line(f"grad_{name}", f"Gradient {title}", gradient_of(function, symbol)).then(
        rules.answer((Gradient, ScalarDerivative), read, "read off and project", reason)
    )
    return (line if kind == "symmetric" else line.then_if(rules.collect(tidy))).chain


def _kind(symbol: Any) -> str:
    """Which projection the symbol's structure asks for."""
    if not isinstance(symbol, MatrixSymbol) or symbol.shape[1] == 1:
        return "plain"
    tests = (("diagonal", is_diagonal), ("lower", is_lower), ("symmetric", is_symmetric))
    return next((kind for kind, holds in tests if holds(symbol)), "plain")


def gradients_of(function: Any, *symbols: Any, prefix: str = "") -> tuple[Chain, ...]:
    """Derive the gradients of a function, each in two chains: its differential, and what is read off from that.

    Parameters
    ----------
    function : scalar expression
        What is differentiated.
    *symbols : scalar, vector or matrix symbol
        By which of them.
    prefix : str, optional
        What the names of the chains have before that of the argument.

    Returns
    -------
    tuple of Chain
        Two for each symbol, called `differential_<argument>` and `grad_<argument>`.

    Raises
    ------
    MissingRuleError
        If the calculus has no rule for a part of the function.

    Examples
    --------
    >>> from mvn_symbolic import gradients_of, squared_norm, symbol
    >>> for chain in gradients_of(squared_norm(symbol("loc")) / 2, symbol("loc")):
    ...     print(chain.name, chain.result.right)
    differential_loc Inner(mu, dmu)
    grad_loc mu
    """
    chains: list[Chain] = []
    for symbol in symbols:
        name, title = f"{prefix}{argument_name(symbol)}", f"by ${latex_name(symbol)}$"
        chains.append(differential_chain(function, symbol, name, title))
        chains.append(gradient_chain(function, symbol, name, title))
    return tuple(chains)
