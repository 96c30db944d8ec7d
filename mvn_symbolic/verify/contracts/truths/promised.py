"""Lives here: what a case of a promised expression must give, and how far rounding may move each number.
May not live here: calls of the function under test, the truth itself (`symbolic.balls`)."""

from __future__ import annotations

import numpy as np

from mvn_symbolic.verify.contracts.contract import Contract
from mvn_symbolic.verify.contracts.session import Case, Session
from mvn_symbolic.verify.contracts.symbolic import balls
from mvn_symbolic.verify.contracts.symbolic.values import values
from mvn_symbolic.verify.contracts.truths.arguments import masked, upstream_of, widened
from mvn_symbolic.verify.contracts.truths.limits import ROUNDINGS, SLACK, Expected
from mvn_symbolic.verify.contracts.truths.truth import reduced, weight

_NOTHING = 1e-8
"""Terms smaller than this, where arguments are about one, vanish in exact arithmetic and are noise in floats."""


def _condition(contract: Contract, case: Case) -> np.ndarray:
    """Return by how much the value moves, relative to a relative change of all inputs."""
    step, rng = 1e-7, np.random.default_rng(1)
    base = values(contract, contract.promise.expression, case)
    moved = np.zeros(base.shape)
    for _ in range(3):
        nudged = {r: a * (1 + step * rng.choice([-1.0, 1.0], size=a.shape)) for r, a in case.arrays.items()}
        there = values(contract, contract.promise.expression, case, nudged)
        moved = np.fmax(moved, np.abs(there - base) / step)
    return moved


def weights(contract: Contract, case: Case, value: np.ndarray, upstream: np.ndarray) -> np.ndarray:
    """Return what each number of an unreduced result counts in what is differentiated."""
    found = contract.factor * weight(contract, value) * masked(contract, case.arrays, np.ones_like(value))
    if contract.kind == "value":
        found = found * upstream.reshape(upstream.shape + (1,) * (value.ndim - upstream.ndim))
    return found


def contracted(weights_: np.ndarray, slopes: np.ndarray, batch: int) -> np.ndarray:
    """Sum slopes over the results of each sample, with weights: shape batch + argument."""
    lifted = weights_.reshape(weights_.shape + (1,) * (slopes.ndim - weights_.ndim))
    return np.asarray((lifted * slopes).sum(axis=tuple(range(batch, weights_.ndim))))


def expected_of(session: Session, case: Case) -> Expected:
    """Return the truth of a case and its limits, as `named` does for named quantities."""
    contract = session.contract
    wants = contract.gradient or contract.kind == "gradient"
    wide = widened(contract, case)
    truth = balls.truth(contract.promise, wide, case.batch, case.event[0], wants)
    eps = float(np.finfo(session.fn.dtype).eps) if not session.evidence.single else 2.0**-23
    size = np.maximum(truth.size, _NOTHING) + np.nan_to_num(_condition(contract, case), nan=np.inf)
    known = np.isfinite(truth.value) & np.isfinite(size)
    value, size = np.where(known, truth.value, 0.0), np.where(known, size, np.inf)
    rounding, slack, factor = ROUNDINGS * eps * size, SLACK[case.ordinary], contract.factor

    def finish(numbers: np.ndarray) -> np.ndarray:
        return np.asarray(reduced(contract, masked(contract, case.arrays, numbers)))

    total, allowed = factor * finish(value), abs(factor) * finish(rounding)
    wrong = np.maximum(allowed, slack * abs(factor) * finish(size)) + np.finfo(float).tiny
    upstream = upstream_of(case, total.shape)
    gradients, limits = {}, {}
    counts = weights(contract, case, value, upstream)
    batch = len(case.batch)
    ratio = np.max(rounding / np.maximum(size, 1e-300), initial=0.0) if np.all(known) else 1.0
    # a slope may vanish where terms of the value do not: what rounding leaves there is of their size
    floor = ROUNDINGS * eps * (1 + np.max(size, initial=0.0)) * np.max(np.abs(counts), initial=0.0)
    for role, slope in truth.slopes.items():
        sizes = contracted(np.abs(counts), truth.slope_sizes[role], batch)
        gradient = contracted(counts, slope, batch)
        limit = np.maximum(slack, min(8 * ratio, 1e-2)) * (sizes + 0.02 * np.max(sizes, initial=0.0)) + floor
        if role in contract.shared:
            axes = tuple(range(batch))
            gradient, limit = gradient.sum(axis=axes), limit.sum(axis=axes)
        bad = ~(np.isfinite(gradient) & np.isfinite(limit))
        gradients[role], limits[role] = np.where(bad, 0.0, gradient), np.where(bad, np.inf, limit)
    return Expected(total, wrong, allowed, upstream, gradients, limits)
