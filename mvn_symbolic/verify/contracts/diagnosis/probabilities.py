"""Lives here: what a divergence of discrete probabilities gives when parameters of Gaussians are put into it.
May not live here: other wrong wholes (`families`), the search."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np

from mvn_symbolic.verify.contracts import textbook
from mvn_symbolic.verify.contracts.contract import Contract

KL_DIV: Final = (
    "it is F.kl_div of the parameters as if they were probabilities (such as softmax of the means): "
    "a divergence of discrete laws, not of Gaussians"
)


def _softmax(numbers: np.ndarray) -> np.ndarray:
    raised = np.exp(numbers - numbers.max(axis=-1, keepdims=True, initial=-np.inf))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))


def _read(mean: np.ndarray, variance: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return what is given as logarithms of probabilities, and what as probabilities."""
    logs = np.log(variance)
    soft = [_softmax(each) if each.ndim else np.ones(()) for each in (mean, logs)]
    as_logs = [*map(np.log, soft), mean, logs, logs / 2, np.sqrt(variance), variance]
    return as_logs, [*soft, np.exp(mean), variance, np.sqrt(variance), mean, logs]


def probability_divergences(contract: Contract, arrays: Mapping[str, np.ndarray]) -> Iterator[np.ndarray]:
    """Yield t (log t - x) for targets t and inputs x, of one law each: what F.kl_div takes and sums."""
    laws = []
    for prefix in contract.laws:
        mean, raws = textbook.parts(contract, prefix, arrays)
        laws.append(_read(mean, textbook.spread(contract, prefix, raws)))
    if len(laws) == 1:
        laws.append(_read(np.zeros(mean.shape), np.ones(mean.shape)))
    for given, other in (laws, laws[::-1]):
        for x in given[0]:
            for t in other[1]:
                yield t * (np.log(t) - x)
