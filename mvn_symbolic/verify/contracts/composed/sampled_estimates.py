"""Lives here: the judge of Monte Carlo estimates whose noise cannot be driven, by the means of many calls.
May not live here: estimates whose expectation is found exactly (`estimates`).

What is assumed beside the promise: no estimate strays more than twice as far as the plainer of the usual ones, log q -
log p at a draw, and the same with the entropy in closed form. Both are quadratic forms of normal noise, whose means
obey Bernstein's bound exactly (`oracles.tails`); the bets below are its exponential form, so they are e-values. Because
of that assumption, and because a small bias would not be noticed, nothing passes here.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any, Final

import numpy as np

from mvn_symbolic.verify.contracts.calls.kept import kept_random_state
from mvn_symbolic.verify.contracts.calls.results import as_array
from mvn_symbolic.verify.contracts.calls.sampling import arrays_with_noise, plain, seed_all
from mvn_symbolic.verify.contracts.cases import all_cases
from mvn_symbolic.verify.contracts.contract import Contract
from mvn_symbolic.verify.contracts.session import NEEDS_SCIPY, Case, Session
from mvn_symbolic.verify.contracts.truths.arguments import widened
from mvn_symbolic.verify.contracts.truths.sampled import truth as law_of
from mvn_symbolic.verify.contracts.truths.truth import reduced, truth
from mvn_symbolic.verify.contracts.verdict import CheckVerdict

JUDGED: Final = ("kl_standard_normal", "entropy")
_WIDER: Final = 4.0
"""Of the variance: twice as far."""
_TILTS: Final = (0.02, 0.05, 0.1, 0.2, 0.4)
"""Sizes of the bets, in inverse standard deviations."""
REPEATS: Final = 600
EFFECT: Final = 1.0
"""Bias in standard deviations of one draw for which the power is stated."""


def spread(contract: Contract, case: Case) -> tuple[np.ndarray, np.ndarray]:
    """Return a bound on the variance of each output, and the scale of its Bernstein bound."""
    plainly = dataclasses.replace(contract, quantity="sample")
    mean, covariance = law_of(plainly, case)
    values = np.linalg.eigvalsh(covariance)
    if contract.base == "entropy":
        values, mean = np.ones_like(values), 0 * mean
    largest = np.maximum(np.maximum(values, np.abs(values - 1)), 1.0)
    variance = (largest**2).sum(-1) / 2 + np.einsum("bi,bij,bj->b", mean, covariance, mean)
    scale = largest.max(-1)
    samples, size = mean.shape
    parts = {"batch_mean": samples, "mean": samples * size}.get(contract.reduction, 1)
    factor = abs(contract.factor) / parts
    if contract.reduction != "per_sample":
        variance, scale = variance.sum(), scale.max()
    return _WIDER * factor**2 * np.asarray(variance), math.sqrt(_WIDER) * factor * np.asarray(scale)


def log_bets(total: np.ndarray, count: int, variance: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Return log E of bets on a bias (last axis), from sums of ``count`` deviations of each output."""
    from mvn_symbolic.verify.contracts.statistics.evalues import averaged

    found = []
    for tilt in _TILTS:
        s = tilt / np.sqrt(variance)
        # log E exp(s (f - E f)) <= s^2 V / (2 (1 - s T))
        share = np.minimum(s * scale, 0.9)
        s = share / scale
        paid = count * s**2 * variance / (2 * (1 - share))
        found += [s * total - paid, -s * total - paid]
    return averaged(np.stack(found, axis=-1))


def least_power(count: int, outputs: int, alpha: float) -> float:
    """Return a lower bound on the power against a bias of `EFFECT` in one of the outputs, by Chebyshev's inequality."""
    best = 0.0
    needed = -math.log(alpha) + math.log(2 * len(_TILTS) * outputs)
    for tilt in _TILTS:
        # in units of the bound's standard deviation; a scale up to that only shortens the bets
        lost = needed + count * tilt**2 / (2 * (1 - min(math.sqrt(2) * tilt, 0.9)))
        room = tilt * count * EFFECT - lost
        if room > 0:
            best = max(best, 1 - count * tilt**2 / (room**2 + count * tilt**2))
    return best


def _called(session: Session, case: Case, repeats: int) -> np.ndarray | None:
    caller = dataclasses.replace(plain(session, int(session.rng.integers(2**31))), seconds=4.0)

    def call() -> list[Any]:
        found = []
        for _ in range(repeats):
            arguments = caller.tensors(arrays_with_noise(session, case, session.rng))
            found.append(as_array(caller.fn(*(arguments[role] for role in caller.order))))
        return found

    outcome = caller.guarded(call)
    if outcome.problem or any(raw is None for raw in outcome.result):
        return None
    shapes = {raw.shape for raw in outcome.result}
    return np.stack(outcome.result) if len(shapes) == 1 else None


def judged_by_means(session: Session, inner: Contract, reason: str) -> CheckVerdict:
    """Judge an estimate by the means of its values at a few cases.

    Parameters
    ----------
    session : Session
        With the function and the contract of the estimate.
    inner : Contract
        Of the quantity itself.
    reason : str
        Why its expectation was not found exactly.

    Returns
    -------
    CheckVerdict
    """
    contract = session.contract
    text = f"an estimate is judged by its expectation; {reason}"
    try:
        from mvn_symbolic.verify.contracts.statistics.evalues import ALPHA, averaged
    except ImportError:
        return CheckVerdict("unknown", f"{text}; {NEEDS_SCIPY}", contract=contract)
    unknown = CheckVerdict("unknown", text, contract=contract)
    if contract.base not in JUDGED or contract.reduction == "none" or contract.mask or contract.up_to_constant:
        return unknown
    bets, worst, outputs, wrong_way = [], None, 0, 0.0
    with kept_random_state():
        seed_all(session.fn.backend, int(session.rng.integers(2**31)))
        for case in [c for c in all_cases(inner, session.rng) if c.ordinary][:8]:
            got = _called(session, case, REPEATS)
            value, _ = truth(inner, widened(inner, case), gradients=False)
            want = inner.factor * np.asarray(reduced(inner, value))
            if got is None or got.shape[1:] != want.shape or not np.all(np.isfinite(got)):
                return unknown
            variance, scale = spread(inner, case)
            logs = log_bets((got - want).sum(0), REPEATS, variance, scale).ravel()
            wrong_way += float(log_bets((got + want).sum(0), REPEATS, variance, scale).max())
            bets.append(logs)
            outputs += logs.size
            if worst is None or logs.max() > worst[0]:
                worst = logs.max(), case, got.mean(0), want
    total = float(averaged(np.concatenate(bets)))
    power = {f"expectation off by {EFFECT:g} bounds of the standard deviation": least_power(
        REPEATS, outputs, ALPHA)}  # fmt: skip
    assert worst is not None
    if total >= -math.log(ALPHA):
        example = {"case": worst[1].name, "arguments": dict(worst[1].arrays), "what": "the mean of its values",
                   "got": worst[2], "expected": worst[3]}  # fmt: skip
        sign = wrong_way < 0
        words = "everything has the wrong sign" if sign else "the expectation of the estimate is wrong"
        names = ("overall_sign",) if sign else ("estimate_biased",)
        return CheckVerdict("fail", words, names, example, power=power, false_alarm_bound=ALPHA,
                            contract=contract)  # fmt: skip
    text = f"{text}: {len(bets)} means of {REPEATS} values show no bias, but a small one would not be noticed"
    return dataclasses.replace(unknown, diagnosis=text, power=power, false_alarm_bound=ALPHA)
