"""Lives here: how surely mistakes would be noticed from samples that were drawn: power, and mistakes planted into them.
May not live here: calls of the sampler (`calls`), the decision about it (`judges.statistical`)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy import special

from mvn_symbolic.verify.contracts.diagnosis.rejected_samples import OF_MANY, Measured
from mvn_symbolic.verify.contracts.diagnosis.sampler_mistakes import covariances
from mvn_symbolic.verify.contracts.session import Session
from mvn_symbolic.verify.contracts.statistics import battery, power
from mvn_symbolic.verify.contracts.statistics.evalues import ALPHA
from mvn_symbolic.verify.contracts.truths.whitening import whitened


def powers(session: Session, cases: Sequence[Measured], evidence: Any) -> dict[str, float]:
    """Return lower bounds on the probability that stated mistakes are rejected with these numbers of samples."""
    count = evidence.count
    found = {
        "mean off by 0.1 sigma": power.mean_shift(0.1, count, ALPHA),
        "scale off by 10 %": float(
            min(power.variance_ratio(1.21, count, ALPHA), power.variance_ratio(1 / 1.21, count, ALPHA))
        ),
    }
    for kind in ("coordinates", "samples"):
        if pairs := evidence.pairs.get(f"{kind}, from 0", 0.0):
            bound = power.correlation(0.3, pairs, ALPHA, len(evidence.neighbours))
            found[f"correlation of 0.3 between neighbouring {kind}"] = bound
    for kind, name in (("uniform", "uniform noise"), ("laplace", "Laplace noise"), ("student 5", "Student noise (5)"),
                       ("uniforms 12", "noise of 12 uniform numbers")):  # fmt: skip
        found[name] = power.noise_law(kind, count, ALPHA)
    named = _named_powers(session, cases)
    if named:
        worst = min(named, key=lambda name: named[name])
        found[f"each of {len(named)} known mistakes about the scale (least: {worst})"] = named[worst]
    return {name: round(float(p), 6) if p < 0.999999 else 0.999999 for name, p in found.items()}


def _named_powers(session: Session, cases: Sequence[Measured]) -> dict[str, float]:
    """Return the power against each known covariance mistake, by the variance that some column has then."""
    columns = sum(case.mean.size for case in cases)
    found: dict[str, float] = {}
    for case in cases:
        options = covariances(session.contract, case.seen)
        inverse = np.linalg.inv(np.linalg.cholesky(case.covariance))
        names = [n for n, c in options.items() if np.all(np.isfinite(c)) and n not in OF_MANY]
        ratios = np.array([np.einsum("bij,bjk,bik->bi", inverse, options[n], inverse).ravel() for n in names])
        count = case.whitened.shape[0] * case.whitened.shape[1]
        reached = power.variance_ratio(np.maximum(ratios, 1e-12), count, ALPHA, columns).max(-1)
        for name, ratio, p in zip(names, ratios, reached, strict=True):
            if np.any(np.abs(ratio - 1) > 0.01):
                found[name] = max(found.get(name, 0.0), float(p))
    return found


def planted(cases: Sequence[Measured]) -> tuple[list[str], list[str]]:
    """Change what the function returned, by one mistake each, and see whether it is rejected."""
    mistakes = plants(max(case.mean.shape[1] for case in cases), max(case.mean.shape[0] for case in cases))
    caught = []
    for name, change in mistakes.items():
        changed = [change(case) for case in cases]
        if battery.judged([np.clip(c, -1e6, 1e6)[None] for c in changed]).total[0] >= -math.log(ALPHA):
            caught.append(name)
    return caught, list(mistakes)


def plants(width: int, rows: int) -> dict[str, Callable[[Measured], np.ndarray]]:
    """Return planted mistakes: name -> whitened samples of the function with that mistake in its output."""
    grid = np.linspace(-8, 8, 4001)
    student = special.stdtrit(5, special.ndtr(grid)) * math.sqrt(3 / 5)

    def again(case: Measured, samples: np.ndarray) -> np.ndarray:
        return whitened(samples, case.mean, case.covariance)

    def copied(numbers: np.ndarray, axis: int) -> np.ndarray:
        numbers = np.moveaxis(numbers.copy(), axis, 0)
        numbers[1:2] = numbers[0:1]
        return np.moveaxis(numbers, 0, axis)

    found: dict[str, Callable[[Measured], np.ndarray]] = {
        "noise scaled by 1.1": lambda case: 1.1 * case.whitened,
        "output scaled by 1.1": lambda case: again(case, 1.1 * case.samples),
        "shifted by 0.1 sigma": lambda case: case.whitened + 0.1,
        "Student noise": lambda case: np.interp(case.whitened, grid, student),
        "uniform noise": lambda case: math.sqrt(12) * (special.ndtr(case.whitened) - 0.5),
        "every second call repeats the one before": lambda case: np.repeat(case.whitened[::2], 2, axis=0),
    }
    if width > 1:
        found["one coordinate copied"] = lambda case: copied(case.whitened, -1)
    if rows > 1:
        found["one sample of the batch copied"] = lambda case: copied(case.whitened, -2)
    return found
