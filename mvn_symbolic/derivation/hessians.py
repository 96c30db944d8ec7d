"""Floor 4: the chains of a second derivative: how a gradient moves, and what is left of it when vec takes dX off."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations_with_replacement
from typing import Any

from sympy import MatrixSymbol

from mvn_symbolic.calculus import hessian, normalize, second_differential
from mvn_symbolic.calculus.second import gradient_change
from mvn_symbolic.derivation import rules
from mvn_symbolic.derivation.line import Line, Rule
from mvn_symbolic.derivation.model import Chain, Derivation, Equation
from mvn_symbolic.notation.operators import (
    Gradient,
    Hessian,
    MatrixDifferential,
    ScalarDifferential,
    differential_of,
    gradient_of,
)
from mvn_symbolic.notation.table import argument_name, latex_name

__all__ = ["block_chains", "blocks_of", "gradient_equations", "second_differential_chain"]

_VEC = (
    r"Take the differential off: $\mathrm{vec}(A\,\mathrm{d}X\,B)=(B^\top\otimes A)\,\mathrm{vec}\,\mathrm{d}X$, and "
    r"the vec of a triangle, a symmetric or a diagonal matrix is its duplication matrix times its free entries."
)


def second_differential_chain(function: Any, symbols: Iterable[Any], name: str, title: str) -> Chain:
    """d2f, when all symbols move together."""
    symbols = tuple(symbols)
    once = differential_of(function, *symbols)
    return (
        Line(name, title, differential_of(once, *symbols))
        .then(
            Rule(
                "second differential",
                lambda expr: expr.replace(ScalarDifferential, _twice),
                r"Differentiate twice along the same line; the differentials themselves stand still.",
                source="Magnus & Neudecker",
            )
        )
        .chain
    )


def _twice(function: Any, *symbols: Any) -> Any:
    """The inner question is left for the outer one."""
    if isinstance(function, ScalarDifferential) and function.args[1:] == symbols:
        return second_differential(function.args[0], *symbols)
    return differential_of(function, *symbols)


def block_chains(function: Any, gradient: Equation, of: Any, symbol: Any) -> tuple[Chain, ...]:
    """One block of the Hessian: the gradient by `of` when `symbol` moves, and its matrix by the free entries.

    Parameters
    ----------
    function : scalar expression
    gradient : Equation
        The gradient of the function by `of`, as derived.
    of, symbol : vector or matrix symbols
    """
    name = f"{argument_name(of)}_{argument_name(symbol)}"
    by = f"by ${latex_name(of)}$" + ("" if of == symbol else f" and ${latex_name(symbol)}$")
    moves = (
        Line(f"moves_{name}", f"Second differential {by}", differential_of(gradient_of(function, of), symbol))
        .then(rules.insert(gradient, f"The gradient by ${latex_name(of)}$."))
        .then(
            rules.answer(
                MatrixDifferential,
                gradient_change,
                "differential",
                f"Let ${latex_name(symbol)}$ move and nothing else.",
                source="Magnus & Neudecker",
            )
        )
        .then_if(rules.collect())
        .chain
    )
    vectors = all(isinstance(s, MatrixSymbol) and s.shape[1] == 1 for s in (of, symbol))
    reason = "The matrix in front of the differential." if vectors else _VEC
    matrix = (
        Line(f"hessian_{name}", f"Hessian {by}", Hessian(function, of, symbol))
        .then(rules.answer(Hessian, _matrix, "read off" if vectors else "vec", reason))
        .chain
    )
    return (moves, matrix)


def _matrix(function: Any, rows: Any, columns: Any) -> Any:
    return normalize(hessian(function, rows, columns))


def blocks_of(function: Any, gradients: Iterable[Equation]) -> tuple[Chain, ...]:
    """Every block, each pair of symbols once.

    Parameters
    ----------
    function : scalar expression
    gradients : iterable of Equation
        Gradients of the function, as derived; each names its symbol.
    """
    found: list[Chain] = []
    for one, other in combinations_with_replacement(list(gradients), 2):
        found += block_chains(function, one, one.left.args[1], other.left.args[1])
    return tuple(found)


def gradient_equations(of: Derivation | Iterable[Chain]) -> tuple[Equation, ...]:
    """The gradients among the results of chains; of a derivation, those of its main result."""
    if isinstance(of, Derivation):
        main = of.result.right
        return tuple(e for e in gradient_equations(of.chains) if e.left.args[0] == main)
    return tuple(chain.result for chain in of if isinstance(chain.start, Gradient))
