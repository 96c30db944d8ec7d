"""Lives here: from rejected samples to the name of the mistake: the wrong law that the same samples do keep.
May not live here: the wrong laws (`samplers`), the names of noise (`noise`), the decision that something is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from mvn_symbolic.verify.contracts.contract import Contract
from mvn_symbolic.verify.contracts.diagnosis import noise
from mvn_symbolic.verify.contracts.diagnosis.sampler_mistakes import covariances, means, sentence
from mvn_symbolic.verify.contracts.session import Case
from mvn_symbolic.verify.contracts.truths.sampled import Seen
from mvn_symbolic.verify.contracts.truths.whitening import whitened

OF_MANY: Final = ("scale_altered", "scale_averaged")
"""Mistakes of which there are many kinds, down to nearly none."""


_ENOUGH: Final = 1500
"""Calls of a case from which a known mistake is told from others."""


@dataclass(frozen=True)
class Measured:
    """Samples of one case (calls, draws, samples, coordinates) with the promised law, and whitened by it."""

    case: Case
    samples: np.ndarray
    mean: np.ndarray
    covariance: np.ndarray
    whitened: np.ndarray

    def fewer(self, calls: int) -> Measured:
        """Return this of the first calls only."""
        return Measured(self.case, self.samples[:calls], self.mean, self.covariance, self.whitened[:calls])

    @property
    def seen(self) -> Seen:
        """Means and covariances of the samples beside the promised ones."""
        mean = self.samples.mean(axis=0)
        off = self.samples - mean
        return Seen(self.case, mean, np.einsum("rdbi,rdbj->dbij", off, off) / len(off), self.mean, self.covariance)


def _against(measured: Sequence[Measured], laws: Sequence[tuple[np.ndarray, np.ndarray]]) -> float:
    """Return the log e-value against other means and covariances."""
    from mvn_symbolic.verify.contracts.statistics import battery

    numbers = []
    for each, (mean, covariance) in zip(measured, laws, strict=True):
        try:
            white = whitened(each.samples, mean, covariance)
        except np.linalg.LinAlgError:
            return np.inf
        if not np.all(np.isfinite(white)):
            return np.inf
        numbers.append(np.clip(white, -1e6, 1e6)[None])
    return float(battery.judged(numbers, shapes_too=False).total[0])


def _options(contract: Contract, measured: Sequence[Measured]) -> tuple[dict[str, list], ...]:
    """Return wrong means and covariances of all cases, by mistake; the promise has an empty name."""
    by_mean: dict[str, list[np.ndarray]] = {"": [m.mean for m in measured]}
    by_spread: dict[str, list[np.ndarray]] = {"": [m.covariance for m in measured]}
    for each in measured:
        for name, mean in means(contract, each.seen).items():
            by_mean.setdefault(name, []).append(mean)
        for name, spread in covariances(contract, each.seen).items():
            by_spread.setdefault(name, []).append(spread)
    # a mistake that makes a difference at some cases only is left out where it makes none
    everywhere = len(measured)
    return tuple(
        {n: laws for n, laws in options.items() if len(laws) == everywhere} for options in (by_mean, by_spread)
    )


def _moments(contract: Contract, measured: Sequence[Measured]) -> tuple[str, ...] | None:
    """Return the names of the means and covariances that the samples do keep; None where no known ones are kept."""
    measured = [each.fewer(_ENOUGH) for each in measured]
    by_mean, by_spread = _options(contract, measured)
    tries = [(m, "") for m in by_mean] + [("", s) for s in by_spread if s]
    scores = {pair: _against(measured, list(zip(by_mean[pair[0]], by_spread[pair[1]], strict=True))) for pair in tries}
    # what says one thing goes before what stands for many
    best = min(scores, key=lambda pair: (scores[pair] > noise.CLEAR, pair[1] in OF_MANY, scores[pair]))
    if scores[best] > noise.CLEAR:
        # two mistakes at once: what the deviations from the samples' own mean say, then the mean
        own = [each.samples.mean(axis=(0, 1)) for each in measured]
        scaled = [np.var(each.whitened - each.whitened.mean(axis=(0, 1)), axis=(0, 1)) for each in measured]
        ratio = float(np.average([s.mean() for s in scaled], weights=[e.whitened.size for e in measured]))
        by_spread["noise_scaled"] = [ratio * each.covariance for each in measured]
        spreads = {s: _against(measured, list(zip(own, by_spread[s], strict=True))) for s in by_spread}
        spread = min(spreads, key=lambda s: spreads[s])
        if spreads[spread] > noise.CLEAR:
            return None
        pairs = {m: _against(measured, list(zip(by_mean[m], by_spread[spread], strict=True))) for m in by_mean}
        # a shift that only fits the chance in the samples is none
        mean = min(pairs, key=lambda m: (m != "" or pairs[m] > noise.CLEAR, pairs[m]))
        best = (mean if pairs[mean] <= noise.CLEAR else "mean_wrong", spread)
    return tuple(name for name in best if name)


def explanation(contract: Contract, measured: Sequence[Measured], evidence: Any) -> tuple[tuple[str, ...], str]:
    """Return the names of the mistakes in rejected samples, and a sentence."""
    shared = noise.dependence([each.whitened for each in measured])
    if shared and (contract.diagonal or shared != "coordinates"):
        name, text = noise.SHARED[shared]
        return (name,), text
    law = noise.noise_law([each.whitened for each in measured])
    kept = _moments(contract, measured)
    words = [sentence(name) if name != "mean_wrong" else "the mean of the samples is wrong" for name in kept or ()]
    names = kept or ()
    if law:
        name, text = noise.NAMES[law]
        # a wrong law of the noise has another mean and variance by itself
        further = [n for n in names if n not in ("noise_scaled", "noise_not_centred", "mean_shifted", "mean_wrong")]
        return (name, *further), "; ".join([text, *(sentence(n) for n in further)])
    if kept is None:
        worst = max(("mean", "variance", "pairs"), key=lambda group: float(evidence.groups.get(group, [-np.inf])[0]))
        what = {"mean": "mean", "variance": "variance", "pairs": "covariance"}[worst]
        return (), f"the {what} of the samples is wrong"
    return names, "; ".join(words) or "the samples do not have the promised law"


def counterexample(measured: Sequence[Measured]) -> tuple[Case, np.ndarray, np.ndarray]:
    """Return the smallest case whose samples alone are clearly wrong, with what they gave and what is promised."""
    from mvn_symbolic.verify.contracts.statistics import battery

    found = [(battery.judged([each.whitened[None]]), each) for each in measured if each.case.name != "large batch"]
    clear = [pair for pair in found if pair[0].total[0] > noise.CLEAR]
    evidence, each = min(clear, key=lambda p: p[1].case.size) if clear else max(found, key=lambda p: p[0].total[0])
    if evidence.groups["mean"][0] > max(evidence.groups["variance"][0], 3.0):
        return each.case, each.seen.mean.mean(0), each.mean
    return each.case, each.seen.blocks.mean(0), each.covariance
