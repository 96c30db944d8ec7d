"""Floor 5: the special case of a general result for a diagonal factor, as a chain of its own with its gradients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mvn_symbolic.catalogue.parameterizations import Parameterization
from mvn_symbolic.derivation import rules
from mvn_symbolic.derivation.gradients import gradients_of
from mvn_symbolic.derivation.line import Line
from mvn_symbolic.derivation.model import Chain, Equation
from mvn_symbolic.notation.table import symbol

__all__ = ["special_case", "substitution"]


def substitution(to: Parameterization, prefixes: Sequence[str] = ("",)) -> dict[Any, Any]:
    """The factor of each law, replaced by the parameterization's."""
    return {symbol("scale_tril", prefix): to.scale(prefix) for prefix in prefixes}


def special_case(
    name: str,
    general: Equation,
    to: Parameterization,
    *,
    prefixes: Sequence[str] = ("",),
    gather: bool = True,
    stable: bool = False,
    arguments: Sequence[str] | None = None,
) -> tuple[Chain, ...]:
    """Return the chain `<name>_<parameterization>`, its stable form if asked for, and the chains of its gradients.

    The start is the question itself about the special laws, so the judge does not rely on the general result.
    """
    replaced = substitution(to, prefixes)
    start = general.left.xreplace(replaced)
    line = (
        Line(f"{name}_{to.name}", to.title, start)
        .then(
            rules.insert(
                Equation(start, general.right.xreplace(replaced)),
                "The general result, with this factor.",
                name="specialise",
            )
        )
        .then(rules.resolve_diagonal())
    )
    if gather:
        line = line.then(rules.gather_sum())
    chains = [line.chain]
    if stable:
        careful = Line(f"{name}_{to.name}_stable", f"{to.title}: stable form", line.current)
        careful = careful.then_if(rules.stable_form())
        chains += [careful.chain] if careful.steps else []
    wanted = to.arguments if arguments is None else arguments
    symbols = [symbol(argument, prefix) for prefix in prefixes for argument in wanted]
    chains += gradients_of(line.current, *symbols, prefix=f"{to.name}_")
    return tuple(chains)
