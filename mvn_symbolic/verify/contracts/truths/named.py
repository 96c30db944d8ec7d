"""Lives here: what a case of a named quantity must give, and how far rounding may move each number.
May not live here: calls of the function under test, the truth itself (`truth`)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mvn_symbolic.verify.contracts import textbook
from mvn_symbolic.verify.contracts.contract import Contract
from mvn_symbolic.verify.contracts.layout import LOGARITHMIC, parts
from mvn_symbolic.verify.contracts.session import Case, Session
from mvn_symbolic.verify.contracts.truths.arguments import comparable, lifted, masked, upstream_of, widened
from mvn_symbolic.verify.contracts.truths.limits import GUARD, ROUNDINGS, SLACK, Expected
from mvn_symbolic.verify.contracts.truths.truth import reduced, truth, weight


def _spread_of(contract: Contract, arrays: Mapping[str, np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Return by how much the value moves, relative to a relative change of all inputs: its condition."""
    step = 1e-7
    base = textbook.value(contract, arrays)
    moved = np.zeros(base.shape)
    for _ in range(3):
        nudged = {}
        for role, array in arrays.items():
            size = np.maximum(np.abs(array), 1.0) if _is_logarithmic(contract, role) else np.abs(array)
            noise = rng.choice([-1.0, 1.0], size=array.shape)
            nudged[role] = array + step * size * noise
        moved = np.maximum(moved, np.abs(textbook.value(contract, nudged) - base) / step)
    return moved


def _is_logarithmic(contract: Contract, role: str) -> bool:
    name, part = contract.part_of(role)
    return name in LOGARITHMIC and part in parts(name)  # noise has no name


def expected_of(session: Session, case: Case) -> Expected:
    """Return the truth of a case of a named quantity, with its limits."""
    contract, arrays = session.contract, widened(session.contract, case)
    wants = contract.gradient or contract.kind == "gradient"
    value, slopes = truth(contract, arrays, wants)
    eps = float(np.finfo(session.fn.dtype).eps) if not session.evidence.single else 2.0**-23
    coefficients = textbook.COEFFICIENTS[contract.base]
    size = sum((abs(c * t) for (c, t) in _paired(contract, arrays)), np.zeros(()))
    condition = _spread_of(contract, arrays, np.random.default_rng(1))
    factor, slack = contract.factor, SLACK[case.ordinary]
    rounding = ROUNDINGS * eps * (size + condition)

    def finish(numbers: np.ndarray) -> np.ndarray:
        return np.asarray(reduced(contract, masked(contract, arrays, numbers)))

    total = factor * finish(value)
    allowed = abs(factor) * finish(rounding)
    wrong = np.maximum(allowed, abs(factor) * finish(_slack(contract, case, arrays) * size)) + np.finfo(float).tiny
    upstream = upstream_of(case, total.shape)
    per_unit = factor * weight(contract, value) * masked(contract, arrays, np.ones_like(value))
    if contract.kind == "value":
        per_unit = per_unit * upstream.reshape(upstream.shape + (1,) * (value.ndim - upstream.ndim))
    gradients, limits = {}, {}
    ratio = np.max(rounding / np.maximum(size, 1e-300), initial=0.0)
    mixed = contract.base == "std" and not contract.diagonal
    for role, slope in slopes.items():
        # an entry of a matrix moves several deviations: they are weighted before their sum, not after it
        terms = textbook.term_gradients(contract, arrays, role, per_unit if mixed else None)
        size_of = sum((abs(coefficients[n] * t) for n, t in terms.items()), np.zeros(()))
        scale = np.ones(()) if mixed else lifted(contract, role, per_unit, slope.ndim)
        slope = terms["std"] if mixed else slope
        largest = np.max(np.abs(size_of * scale), initial=0.0)
        limit = np.maximum(slack, min(8 * ratio, 1e-2)) * (np.abs(size_of * scale) + 0.02 * largest)
        gradient = slope * scale
        if role in contract.shared:
            axes = tuple(range(contract.batch_ndim))
            gradient, limit = gradient.sum(axis=axes), limit.sum(axis=axes)
        gradients[role], limits[role] = comparable(contract, role, gradient), limit + np.finfo(float).tiny
    return Expected(total, wrong, allowed, upstream, gradients, limits)


def _slack(contract: Contract, case: Case, arrays: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return what share of the terms of each unit a deviation may be and still is only reported."""
    slack = np.array(SLACK[case.ordinary])
    if case.ordinary or not contract.diagonal or contract.base not in ("kl_divergence", "log_prob"):
        return slack
    for prefix in contract.laws:
        variance = textbook.spread(contract, prefix, textbook.parts(contract, prefix, arrays)[1])
        slack = np.maximum(slack, np.minimum(GUARD / variance, 0.5))
    return slack


def _paired(contract: Contract, arrays: Mapping[str, np.ndarray]) -> list[tuple[float, np.ndarray]]:
    terms = textbook.terms(contract, arrays)
    return [(c, terms[name]) for name, c in textbook.COEFFICIENTS[contract.base].items()]
