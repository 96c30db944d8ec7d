"""Floor 5: the functions each parameterization offers, as results of derivations; code generation starts here."""

from __future__ import annotations

from typing import Any

from mvn_symbolic.calculus import resolve_diagonals
from mvn_symbolic.catalogue.parameterizations import PARAMETERIZATIONS, Parameterization
from mvn_symbolic.catalogue.quantities import QUANTITIES
from mvn_symbolic.catalogue.registry import build
from mvn_symbolic.catalogue.setting import STANDARD, Setting
from mvn_symbolic.checks import check_known
from mvn_symbolic.derivation.function import Function, function_of
from mvn_symbolic.derivation.model import Equation
from mvn_symbolic.notation.table import symbol

__all__ = ["derivations_of", "functions"]

_SAMPLED = "reparameterization"


def functions(parameterization: str, setting: Setting = STANDARD) -> tuple[Function, ...]:
    """Return what is generated for a parameterization: rsample, log_prob, entropy and the two divergences.

    Parameters
    ----------
    parameterization : str
        A name of the catalogue's tuple, such as ``tril``.
    setting : Setting, optional
        The premise all of it follows from.

    Returns
    -------
    tuple of Function

    Raises
    ------
    UnknownNameError
        When there is no such parameterization.
    """
    to = PARAMETERIZATIONS[check_known("parameterization", parameterization, PARAMETERIZATIONS)]
    return (_rsample(to, setting), *(_scalar(name, to, setting) for name in QUANTITIES))


def derivations_of(parameterization: str) -> frozenset[str]:
    """The derivations that a parameterization's functions are results of; none of them is made."""
    to = PARAMETERIZATIONS[parameterization]
    return frozenset(to.page(name) for name in (_SAMPLED, *QUANTITIES))


def _arguments(to: Parameterization, prefixes: tuple[str, ...], *extra: str) -> list[Any]:
    return [*(symbol(argument, prefix) for prefix in prefixes for argument in to.arguments), *map(symbol, extra)]


def _rsample(to: Parameterization, setting: Setting) -> Function:
    return function_of(
        Equation(symbol("value"), resolve_diagonals(to.draw(setting.sample))),
        "rsample",
        _arguments(to, ("",), *to.noises),
        "Reparameterized sample of a Gaussian, made from given standard normal noise.",
        to.page(_SAMPLED),
        sources=("Kingma & Welling 2014", "Rezende, Mohamed & Wierstra 2014"),
    )


def _scalar(name: str, to: Parameterization, setting: Setting) -> Function:
    about = QUANTITIES[name]
    derivation = build(to.page(name), setting)
    results = derivation.results
    stem = to.chain(name)
    textbook = results[stem]
    return function_of(
        textbook,
        name,
        _arguments(to, about.prefixes, *about.extra),
        about.summary,
        derivation.name,
        sources=derivation.references,
        careful=results.get(f"{stem}_stable"),
        smooth=textbook if to.differentiates_textbook else None,
        unit="nats",
    )
