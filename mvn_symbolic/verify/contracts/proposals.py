"""Lives here: contracts that a function may have, proposed from the names of it, of its arguments and in its code.
May not live here: calls of the function; the decision which proposal holds (`check`)."""

from __future__ import annotations

import dis
import functools
import inspect
import itertools
import re
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from mvn_symbolic.discovery import backend_names
from mvn_symbolic.verify.contracts.contract import DIAGONAL, REDUCTIONS, SAMPLERS, Contract
from mvn_symbolic.verify.contracts.layout import MATRICES
from mvn_symbolic.verify.contracts.names import generator_argument, positional, readings, unwrapped

MOST: Final = 24
"""Proposals at most: each costs whoever tries them a check."""
_SCALES: Final = (*DIAGONAL, *MATRICES)
_OTHER_READINGS: Final = {"precision": "covariance", "covariance": "precision", "scale_tril": "covariance"}
_AXES: Final = [{sign * n for n in range(1, most + 1)} for most in (2, 3, 4) for sign in (1, -1)]
"""Axes that are summed together: those of an event behind the batch."""
_DRAWN: Final = {"randn", "randn_like", "rsample", "sample", "normal", "normal_", "standard_normal", "reparameterize"}
"""What code mentions that draws: its value is an estimate."""
_COUNTED: Final = {"sum", "mean", "log", "log_prob", "logpdf", "square", "average", "einsum", "dot", "kl_divergence"}
"""What code mentions that makes a number of what it draws: without them it returns the sample itself."""
_EXPLAINED: Final = r"overall_|direction|wrong_|raises|swapped|mixes_|batch_and_event|not_finite"
"""Mistakes that another sign, scale, direction or number of axes may explain."""


class Proposal(NamedTuple):
    """A contract that a function may have, and what speaks for it."""

    contract: Contract
    reason: str


@dataclass
class _Hints:
    """What the code of a function mentions: global names and attributes, constants, libraries, defaults."""

    words: set[str] = field(default_factory=set)
    constants: list[Any] = field(default_factory=list)
    libraries: set[str] = field(default_factory=set)
    weights: list[float] = field(default_factory=list)
    many: bool = False
    """Whether a tuple is returned."""
    divides: bool = False
    """Whether something is divided by something."""


def _hints(fn: Callable[..., Any]) -> _Hints:
    found = _Hints()
    given: dict[str, Any] = {}
    outer = fn
    while isinstance(outer, functools.partial):
        given |= outer.keywords
        outer = outer.func
    inner = unwrapped(fn)
    found.weights = [v for n, v in given.items() if _is_weight(n, v)]
    try:
        parameters = inspect.signature(inner).parameters.values()
        found.weights += [p.default for p in parameters if p.name not in given and _is_weight(p.name, p.default)]
    except (TypeError, ValueError):
        pass
    start = getattr(inner, "__func__", inner)
    scope: dict[str, Any] = getattr(start, "__globals__", {})
    codes = [getattr(start, "__code__", None)]
    own = codes[0]
    if own is not None:
        found.divides = any(
            step.argrepr in ("/", "/=") or "TRUE_DIVIDE" in step.opname for step in dis.get_instructions(own)
        )
        steps = [step.opname for step in dis.get_instructions(own)]
        found.many = any(a == "BUILD_TUPLE" and b.startswith("RETURN") for a, b in itertools.pairwise(steps))
    for code in codes:
        if code is None:
            continue
        found.words |= set(code.co_names)
        found.constants += list(code.co_consts)
        codes += [c for c in code.co_consts if isinstance(c, types.CodeType)]
        for name in code.co_names:
            thing = scope.get(name)
            module = thing.__name__ if inspect.ismodule(thing) else getattr(thing, "__module__", None) or ""
            found.libraries.add(str(module).split(".")[0])
            helper = getattr(thing, "__code__", None)
            if inspect.isfunction(thing) and thing.__globals__ is scope and helper not in codes and len(codes) < 12:
                codes.append(helper)
    reduce = [v for v in given.values() if callable(v)]
    found.words |= {getattr(v, "__name__", "") for v in reduce}
    return found


def _is_weight(name: str, value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return bool(number and value not in (0, 1) and re.fullmatch(r"beta|.*weight|w|alpha|.*coef|scale|lam", name))


def _quantities(title: str, parts: list[str], laws: int, code: _Hints) -> Iterator[tuple[str, str]]:
    """Yield quantities with what speaks for them, the likeliest first."""
    words = set(re.split(r"_|(?<=[a-z])(?=[A-Z])|\d+", title))
    low = title.lower()
    kl = bool(re.search(r"kl|diverg", low))
    if "upstream" in parts:
        yield ("vjp_rsample", "its arguments hold noise and an upstream gradient") if "eps" in parts else (
            "vjp_cholesky", "its arguments hold a factor and an upstream gradient")  # fmt: skip
        return
    sampler = "value" not in parts and laws == 1 and bool(re.search(r"reparam|sampl|draw", low))
    if ("eps" in parts or sampler) and not re.search(r"kl|diverg|entropy|log_?prob", low):
        yield "rsample", "it has a noise argument, or is called a sampler"
        return
    if "value" not in parts and laws == 1 and code.words & _DRAWN and not code.words & _COUNTED:
        yield "rsample", "its code draws, and neither sums nor takes a logarithm"
        return
    negative = bool(words & {"nll", "neg", "negative", "nlp", "neglogp", "cost", "loss"}) or "nll" in low
    if laws == 2:
        yield "kl_divergence", "its arguments hold two laws"
    elif "value" in parts:
        yield ("neg_log_prob" if negative else "log_prob"), "an argument holds a value beside a mean and a scale"
        yield ("log_prob" if negative else "neg_log_prob"), "the same with the other sign"
    elif "entropy" in low:
        yield "entropy", "it is called an entropy"
    elif re.search(r"log_?_?(abs_)?det|slogdet|ldj", low) and not kl:
        yield "log_det", "it is called a log-determinant"
    elif "mean" in parts or "packed" in parts or kl:
        yield "kl_standard_normal", "its arguments hold one law and no value"
        if "mean" in parts and not kl:
            yield "entropy", "its arguments hold one law and no value"
    else:
        std_first = bool(re.search(r"std|sigma|dev|scale", low))
        for quantity in ("std", "log_det", "entropy") if std_first else ("log_det", "std", "entropy"):
            yield quantity, "its arguments hold only a scale"


def _laws(parts: list[str]) -> list[str]:
    if "factor" in parts and "diag" in parts:
        return ["low_rank"] * parts.count("factor")
    if "unit_tril" in parts:
        return ["scale_unit_tril"] * parts.count("unit_tril")
    if "raw_tril" in parts:
        return ["log_cholesky"] * parts.count("raw_tril")
    return [p for p in parts if p in _SCALES]


def _prefix(title: str, code: _Hints) -> tuple[str, str]:
    low = title.lower()
    if re.search(r"surrogate|pseudo", low):
        return "surrogate_", "called a surrogate"
    if re.search(r"grad|backward|score|(^|_)d(mu|kl|log|mean)|deriv|jac", low) and code.many:
        return "grad_", "called a gradient"
    if code.many:
        return "grad_", "it returns a tuple"
    return "", ""


def _reductions(code: _Hints, dense: bool, quantity: str) -> list[str]:
    """Order the reductions by what the code mentions."""
    if quantity in ("std", "grad_std"):
        return ["none"]
    if quantity.startswith("grad_"):
        # without a mean all sums have the same gradient
        return ["sum", "batch_mean"] if dense else ["sum", "batch_mean", "mean"]
    sums = bool(code.words & {"sum", "nansum", "einsum", "dot", "norm", "trace", "logdet"}) or dense
    means = bool(code.words & {"mean", "average", "nanmean"})
    if means and sums:
        order = ["batch_mean", "mean", "per_sample", "sum", "none"]
    elif means:
        order = ["mean", "batch_mean", "per_sample", "sum", "none"]
    elif sums:
        order = ["per_sample", "sum", "batch_mean", "mean", "none"]
    else:
        order = ["none", "per_sample", "sum", "batch_mean", "mean"]
    return [name for name in order if not (dense and name in ("none", "mean"))]


def explained(fn: Callable[..., Any]) -> tuple[Proposal, ...]:
    """Propose contracts of a function with what speaks for each, the likeliest first.

    Parameters
    ----------
    fn : callable
        It is not called; its name, those of its arguments, and what its code mentions are read.

    Returns
    -------
    tuple of Proposal
        Empty where the names say nothing. `check` finds out which of them holds.
    """
    names = positional(fn)
    parts = [reading.holds for reading in readings(names)]
    inner = unwrapped(fn)
    title = getattr(inner, "__name__", "") or getattr(fn, "name", "")
    if title in ("forward", "__call__"):
        title = type(getattr(inner, "__self__", fn)).__name__
    if "value" not in parts and re.search(r"log_?p|dens|likeli|nll|pdf", title.lower()):
        parts = ["value" if part == "eps" else part for part in parts]
    laws = _laws(parts)
    if not laws or len(laws) > 2:
        return ()
    code = _hints(fn)
    common: dict[str, Any] = {"backend": library} if (library := _library(code)) else {}
    if "no_grad" in code.words or ("item" in code.words and "float" in code.words):
        common["gradient"] = False
    law: str | tuple[str, str] = laws[0] if len(laws) == 1 or laws[0] == laws[1] else (laws[0], laws[1])
    found: list[Proposal] = []
    last: list[Proposal] = []
    prefix, called = _prefix(title, code)
    for quantity, why in _quantities(title, parts, len(laws), code):
        if quantity == "rsample":
            noise = "argument" if "eps" in parts else "generator" if generator_argument(fn) else "global"
            shared = {k: v for k, v in common.items() if k == "backend"}
            found.append(Proposal(Contract("rsample", law, noise=noise, **shared), why))
            one = Contract("rsample", law, noise=noise, batch_ndim=0, **shared)
            last.append(Proposal(one, f"{why}; one sample, no batch"))
            continue
        if quantity.startswith("vjp_"):
            found.append(Proposal(Contract(quantity, law, **common), why))
            if quantity == "vjp_cholesky":
                last.append(Proposal(Contract(quantity, law, batch_ndim=0, **common), f"{why}; one matrix"))
            continue
        reason = f"{why}; {called}" if called else why
        if not prefix and code.words & _DRAWN and f"estimate_{quantity}" in SAMPLERS:
            dense = any(name not in DIAGONAL for name in laws)
            for kind in _reductions(code, dense, quantity):
                estimate = Contract(f"estimate_{quantity}", law, reduction=kind, **common)
                found.append(Proposal(estimate, f"{why}; its code draws samples"))
        for contract, more in _variants(prefix + quantity, law, code, common, "mask" in parts, title):
            (last if more else found).append(Proposal(contract, f"{reason}; {more}" if more else reason))
        other = _OTHER_READINGS.get(str(law))
        if other and len(laws) == 1 and "log_prob" not in quantity[4:]:
            first = _reductions(code, True, quantity)[0]
            last.append(Proposal(Contract(prefix + quantity, other, reduction=first, **common), f"{why}; {other}"))
    unique = {proposal.contract: proposal for proposal in reversed(found + last)}
    # who forgets a constant may have promised it: what asks for less is read last
    loose = [proposal for proposal in reversed(unique.values()) if proposal.contract.up_to_constant]
    strict = [proposal for proposal in reversed(unique.values()) if not proposal.contract.up_to_constant]
    found = [*strict[: MOST - len(loose)], *loose]
    for proposal in found:
        object.__setattr__(proposal.contract, "inferred", True)
    return tuple(found)


def _library(code: _Hints) -> str:
    """Return the array library of a function where its code says another than the usual one."""
    known = [name for name in backend_names() if name in code.libraries]
    if "torch" in known or _mentions_torch(code):
        return ""
    # functions of other libraries use NumPy beside them
    return next((name for name in known if name != "numpy"), "numpy" if known else "")


def _mentions_torch(code: _Hints) -> bool:
    return bool(code.words & {"torch", "Tensor", "exp_", "unsqueeze", "requires_grad", "detach", "new_zeros"})


def _variants(
    quantity: str, law: str | tuple[str, str], code: _Hints, common: dict[str, Any], mask: bool, title: str
) -> Iterator[tuple[Contract, str]]:
    """Yield contracts of one quantity: by reduction, then with other axes, weights, signs and the other direction."""
    dense = any(name not in DIAGONAL for name in (law if isinstance(law, tuple) else (law,)))
    kinds = _reductions(code, dense, quantity)
    tuples = [c for c in code.constants if isinstance(c, tuple) and c and all(isinstance(i, int) for i in c)]
    deep = [len(c) for c in tuples if set(c) in _AXES]
    masks: list[dict[str, Any]] = [{"mask": m} for m in ("event", "batch")] if mask else [{}]
    made = [{**fields, "reduction": kind} for fields in masks for kind in kinds]
    shares = [{**fields, "reduction": "masked_mean"} for fields in masks if mask]
    # who divides beside a mask divides by its sum
    made = [*shares, *made] if code.divides else [*made, *shares]
    if deep and not dense:
        for fields in made:
            yield Contract(quantity, law, **fields, event_ndim=max(deep), **common), ""
    weights = list(dict.fromkeys(float(w) for w in code.weights))
    for weight in weights:
        for fields in made:
            yield Contract(quantity, law, **fields, scale=weight, **common), ""
    reverse = quantity.endswith("kl_divergence") and bool(re.search(r"old|rev|back", title))
    for fields in made:
        yield Contract(quantity, law, **fields, **common), ""
        if reverse:
            yield Contract(quantity, law, **fields, direction="reverse", **common), ""
    if "backend" in common or dense or len(kinds) == 1 or law == "packed":
        yield Contract(quantity, law, reduction="per_sample", batch_ndim=0, **common), "one sample, no batch"
    if not code.libraries & set(backend_names()) and "backend" not in common:
        for fields in made:
            yield Contract(quantity, law, **fields, backend="numpy"), "with NumPy"
    yield from _rarer(quantity, law, made, common, reverse)


def _rarer(
    quantity: str, law: str | tuple[str, str], made: list[dict[str, Any]], common: dict[str, Any], reverse: bool
) -> Iterator[tuple[Contract, str]]:
    """Yield what is asked for last: without a constant, with the other sign or direction, with other axes."""
    dense = any(name not in DIAGONAL for name in (law if isinstance(law, tuple) else (law,)))
    if quantity in ("log_prob", "neg_log_prob"):
        for fields in made[:3]:
            yield Contract(quantity, law, **fields, up_to_constant=True, **common), "without its constant"
    if ("kl" in quantity or quantity == "entropy") and "grad_" not in quantity:
        for fields in made:
            yield Contract(quantity, law, **fields, sign=-1, **common), "with the other sign"
    if quantity.endswith("kl_divergence") and not reverse:
        for fields in made:
            yield Contract(quantity, law, **fields, direction="reverse", **common), "the other direction"
    if law == "std":
        yield Contract(quantity, "var", reduction=made[0]["reduction"], **common), "a sigma that is a variance"
    if not dense and "packed" not in str(law):
        # sums over everything are the same whatever the axes are called
        split = [fields for fields in made if fields["reduction"] in ("per_sample", "batch_mean")]
        for fields in split:
            yield Contract(quantity, law, **fields, batch_ndim=2, **common), "with an axis of time"
        for fields in split:
            yield Contract(quantity, law, **fields, event_ndim=3, **common), "with images as events"


def still_open(contract: Contract, refuted: Contract, mistakes: tuple[str, ...]) -> bool:
    """Whether a contract may hold, after the mistakes that were named under another one.

    What no reduction, sign or set of axes explains stays wrong under each of them; a reduction that was named is the
    one to ask for. Other quantities, parameterizations and constants stay open: a right function has mistakes there.

    Examples
    --------
    >>> asked = Contract("kl_standard_normal")
    >>> still_open(Contract("kl_standard_normal", reduction="mean"), asked, ("square_of_mean_missing",))
    False
    >>> still_open(Contract("kl_standard_normal", reduction="sum"), asked, ("reduction_sum_for_per_sample",))
    True
    """
    same = ("quantity", "parameterization", "up_to_constant", "mask")
    if any(getattr(contract, name) != getattr(refuted, name) for name in same):
        return True
    reductions = [
        name.removeprefix("reduction_").split("_for_")[0] for name in mistakes if name.startswith("reduction_")
    ]
    if reductions:
        return contract.reduction == reductions[0] or reductions[0] not in REDUCTIONS
    return not mistakes or any(re.match(_EXPLAINED, name) for name in mistakes)


def proposals(fn: Callable[..., Any]) -> tuple[Contract, ...]:
    """Return the contracts of `explained`."""
    return tuple(proposal.contract for proposal in explained(fn))
