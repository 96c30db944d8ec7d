"""Floor 5: the special cases of a general result, one a parameterization: chains of their own with their gradients."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sympy.matrices.expressions import Inverse

from mvn_symbolic.catalogue.parameterizations import SPECIAL, Parameterization
from mvn_symbolic.catalogue.quantities import QUANTITIES
from mvn_symbolic.derivation import rules, stable
from mvn_symbolic.derivation.gradients import gradients_of
from mvn_symbolic.derivation.line import Line
from mvn_symbolic.derivation.model import Chain, Equation
from mvn_symbolic.notation.functions import CAREFUL
from mvn_symbolic.notation.table import symbol

__all__ = ["special_case", "special_cases"]


def special_cases(name: str, general: Equation) -> tuple[Chain, ...]:
    """Return the chains of a quantity for the parameterizations that are shown beside the general result.

    Parameters
    ----------
    name : str
        The name of the quantity; a chain is called `<name>_<parameterization>`.
    general : Equation
        The result, in the factors L of its laws.
    """
    return tuple(chain for to in SPECIAL if to.beside for chain in special_case(name, general, to))


def _without_double_inverses(expr: Any) -> Any:
    """What is left of L^-1 where L is itself given as an inverse, inside names too."""
    return expr.replace(
        lambda node: isinstance(node, Inverse) and isinstance(node.arg, Inverse), lambda node: node.arg.arg
    )


def special_case(name: str, general: Equation, to: Parameterization) -> tuple[Chain, ...]:
    """The chain, its stable form if it has one, and the chains of its gradients.

    The start is the question itself about the special laws, so the judge does not rely on the general result.
    """
    about = QUANTITIES[name]
    title = to.title if to.beside else about.title
    factors = to.factors(about.prefixes)
    start = general.left.xreplace(factors)
    line = (
        Line(to.chain(name), title, start)
        .then(
            rules.insert(
                Equation(start, _without_double_inverses(general.right.xreplace(factors))),
                "The general result, with this factor.",
                name="specialise",
            )
        )
        .then_if(rules.solve_in_stages())
        .then_if(rules.resolve_diagonal() if to.is_diagonal else rules.collect())
    )
    careful = Line(f"{line.name}_stable", f"{title}: stable form", line.current)
    if to.is_diagonal:
        line = line.then(rules.gather_sum()) if about.gather else line
        careful = _without_cancellation(replace(careful, start=line.current).then_if(stable.complete_square()))
    else:
        grouped = _without_cancellation(careful.then_if(stable.complete_square(stable.split_then_gather)))
        careful = grouped if grouped.current.has(*CAREFUL) else careful  # else nothing there cancels
    wanted = to.arguments if about.by_mean else to.arguments[1:]
    symbols = [symbol(argument, law) for law in about.prefixes for argument in (*wanted, *about.extra)]
    gradients = gradients_of(line.current, *symbols, prefix=to.gradients(name))
    return (line.chain, *([careful.chain] if careful.steps else []), *gradients)


def _without_cancellation(line: Line) -> Line:
    return line.then_if(stable.stable_form()).then_if(stable.stable_logarithm())
