"""Lives here: what is mutated: every result of every derivation, and every function that is generated, by name.
May not live here: mutants, judges."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any, Final

from mvn_symbolic.catalogue.functions import functions
from mvn_symbolic.catalogue.parameterizations import PARAMETERIZATIONS
from mvn_symbolic.catalogue.quantities import QUANTITIES
from mvn_symbolic.catalogue.registry import build, list_derivations
from mvn_symbolic.derivation.function import Function
from mvn_symbolic.notation.table import argument_name, symbol
from mvn_symbolic.verify.contracts.layout import GENERATED, parts

__all__ = ["Formula", "Promise", "all_formulas", "formula"]

_LAWS: Final = {module: law for module, law in GENERATED.items() if parts(law) == ("scale",)}
"""Parameterization of the catalogue -> that of a contract, of those by one scale."""
_ROLES: Final = {"loc": "mean", "value": "value", "eps": "eps"}


@dataclass(frozen=True)
class Promise:
    """What a contract calls a formula.

    Attributes
    ----------
    quantity, parameterization : names of a contract
    symbols : the symbol of each role, in the order of the arguments
    place : of a gradient, the role it is the gradient by
    others : of a gradient, the right gradients by the other roles
    """

    quantity: str
    parameterization: str
    symbols: tuple[tuple[str, Any], ...]
    place: str = ""
    others: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class Formula:
    """One closed form: the question it answers, the answer, and what else can judge it.

    Attributes
    ----------
    name : ``derivation/result`` or ``module.function``
    question : what is asked, in nodes that `meaning` can read
    answer : the closed form, which is mutated
    promise : the same as a contract, where there is one
    function : the same as a generated function, where it is one
    """

    name: str
    question: Any
    answer: Any
    promise: Promise | None = None
    function: Function | None = None


@cache
def all_formulas() -> tuple[Formula, ...]:
    """Return every result of every derivation, then every generated function, in the order of the catalogue."""
    found = []
    for derivation in list_derivations():
        results = build(derivation).results
        for name, equation in results.items():
            promise = _promise(derivation, name, results)
            found.append(Formula(f"{derivation}/{name}", equation.left, equation.right, promise))
    return (*found, *(_generated(module, one) for module in PARAMETERIZATIONS for one in functions(module)))


def formula(name: str) -> Formula:
    """Return the formula of that name."""
    return next(one for one in all_formulas() if one.name == name)


def _generated(module: str, function: Function) -> Formula:
    if function.name == "rsample":
        symbols = tuple((_role(item.name, module), item.symbol) for item in function.inputs)
        promise = Promise("rsample", _LAWS[module], symbols) if module in _LAWS else None
        question = function.value
    else:
        to = PARAMETERIZATIONS[module]
        results = build(to.page(function.name)).results
        stem = to.chain(function.name)
        question = results[stem].left
        promise = _promise(to.page(function.name), stem, results)
    return Formula(f"{module}.{function.name}", question, function.value, promise, function)


def _role(argument: str, module: str) -> str:
    prefix, bare = (argument[:2], argument[2:]) if argument[:2] in ("p_", "q_") else ("", argument)
    return prefix + _ROLES.get(bare, "scale")


def _promise(derivation: str, result: str, results: dict[str, Any]) -> Promise | None:
    """Read off a name what a contract calls it: `kl_divergence_logvar`, `grad_diag_q_loc`."""
    if (derivation, result) == ("jacobians", "log_volume"):
        return Promise("log_det", "scale_tril", (("scale", symbol("scale_tril")),))
    for (module, to), (quantity, about) in product(PARAMETERIZATIONS.items(), QUANTITIES.items()):
        if module not in _LAWS or to.page(quantity) != derivation:
            continue
        laws = [f"{prefix}_" if prefix else "" for prefix in about.prefixes]
        arguments = [f"{law}{name}" for law in laws for name in to.arguments]
        arguments += about.extra
        symbols = tuple((_role(name, module), _symbol(name)) for name in arguments)
        stem = to.chain(quantity)
        if result in (stem, f"{stem}_stable"):
            return Promise(quantity, _LAWS[module], symbols)
        grads = {f"grad_{to.gradients(quantity)}{name}": _role(name, module) for name in arguments}
        if result in grads:
            others = tuple((role, results[g].right) for g, role in grads.items() if g in results and g != result)
            return Promise(f"grad_{quantity}", _LAWS[module], symbols, grads[result], others)
    return None


def _symbol(argument: str) -> Any:
    prefixed = argument[:2] in ("p_", "q_")
    found = symbol(argument[2:], argument[0]) if prefixed else symbol(argument)
    assert argument_name(found) == argument
    return found
