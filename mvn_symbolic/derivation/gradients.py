"""Floor 4: the two chains of a gradient: the differential brought to <G, dX>, then G projected onto X's structure."""

from __future__ import annotations

from typing import Any

from sympy import MatrixSymbol
from sympy.matrices.expressions import MatrixExpr

from mvn_symbolic.calculus import differential, fold, normalize, project
from mvn_symbolic.calculus.adjoint import read_off
from mvn_symbolic.derivation.line import Line, Rule
from mvn_symbolic.derivation.model import Chain
from mvn_symbolic.notation.nodes import Inner
from mvn_symbolic.notation.operators import differential_of, gradient_of
from mvn_symbolic.notation.structure import is_diagonal, is_lower, is_symmetric
from mvn_symbolic.notation.symbols import Let, tangent_of
from mvn_symbolic.notation.table import argument_name, latex_name

__all__ = ["differential_chain", "gradient_chain", "gradient_chains"]

_PROJECTIONS = {
    "lower": "The differential is lower-triangular too, so only the lower triangle of $G$ is determined: project.",
    "diagonal": "The differential is diagonal, so only the diagonal of $G$ is determined: project.",
    "symmetric": "The differential is symmetric, so only the symmetric part of $G$ is determined: project.",
    "plain": "Every entry may move on its own: read $G$ off.",
}


def gradient_chains(function: Any, symbol: Any, name: str, title: str) -> tuple[Chain, Chain]:
    """Return the chain of the differential and the chain of the gradient of a scalar by one symbol."""
    return differential_chain(function, symbol, name, title), gradient_chain(function, symbol, name, title)


def _lets(function: Any) -> list[Let]:
    return sorted(function.atoms(Let), key=lambda let: let.name)


def differential_chain(function: Any, symbol: Any, name: str, title: str) -> Chain:
    """d f = <G, dX>."""
    lets = _lets(function)
    rules = Rule(
        "differential",
        lambda _: fold(differential(function, symbol), *lets),
        f"Let ${latex_name(symbol)}$ move and nothing else; rules for sums, products, inverses, norms and log det.",
        source="Magnus & Neudecker",
    )
    line = Line(f"differential_{name}", f"Differential {title}", differential_of(function, symbol)).then(rules)
    return line.then_if(_to_inner_product(function, symbol, lets)).chain


def _free_gradient(function: Any, symbol: Any) -> Any:
    return fold(read_off(differential(function, symbol), tangent_of(symbol)), *_lets(function))


def _to_inner_product(function: Any, symbol: Any, lets: list[Let]) -> Rule:
    free = normalize(_free_gradient(function, symbol))
    product = Inner(free, tangent_of(symbol)) if isinstance(free, MatrixExpr) else free * tangent_of(symbol)
    return Rule(
        "adjoint",
        lambda _: product,
        "Turn traces and transpose until the differential stands alone on one side of an inner product.",
    )


def gradient_chain(function: Any, symbol: Any, name: str, title: str) -> Chain:
    """The gradient of f by X: G, projected."""
    kind = next(
        (
            tag
            for tag, holds in (("diagonal", is_diagonal), ("lower", is_lower), ("symmetric", is_symmetric))
            if _has(holds, symbol)
        ),
        "plain",
    )
    projected = project(normalize(_free_gradient(function, symbol)), symbol)
    read = Rule("read off and project", lambda _: projected, _PROJECTIONS[kind])
    tidy = Rule(
        "collect",
        normalize,
        "Collect; a lower triangle is its own tril, and the tril of an upper triangle is its diagonal.",
    )
    return Line(f"grad_{name}", f"Gradient {title}", gradient_of(function, symbol)).then(read).then_if(tidy).chain


def _has(holds: Any, symbol: Any) -> bool:
    return isinstance(symbol, MatrixSymbol) and symbol.shape[1] != 1 and holds(symbol)


def gradients_of(function: Any, *symbols: Any, prefix: str = "") -> tuple[Chain, ...]:
    """Both chains for each symbol, named by argument: `grad_p_loc`."""
    chains: list[Chain] = []
    for symbol in symbols:
        name = f"{prefix}{argument_name(symbol)}"
        chains += gradient_chains(function, symbol, name, f"by ${latex_name(symbol)}$")
    return tuple(chains)
