"""Lives here: other quantities of two laws that are taken for their divergence.
May not live here: the same divergence in another direction (`families`), the search."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from mvn_symbolic.verify.contracts import textbook
from mvn_symbolic.verify.contracts.contract import Contract


def _root(matrix: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.sqrt(np.maximum(values, 0.0))[..., None, :]) @ np.swapaxes(vectors, -1, -2)


def _trace(matrix: np.ndarray) -> np.ndarray:
    return np.trace(matrix, axis1=-2, axis2=-1)


def other_wholes(contract: Contract, arrays: Mapping[str, np.ndarray]) -> Iterator[tuple[str, str, np.ndarray]]:
    """Yield name, sentence and one number per unit of what else is known between two laws."""
    if contract.base != "kl_divergence":
        return
    (m, s), (n, t) = (
        (mean, textbook.spread(contract, prefix, raws))
        for prefix in contract.laws
        for mean, raws in [textbook.parts(contract, prefix, arrays)]
    )
    d, middle = m - n, (s + t) / 2
    if contract.diagonal:
        square, apart, size = d * d, (s - t) ** 2, 1.0
        logs = [np.log(c) for c in (s, t, middle)]
        distance = square / middle
        transport = square + (np.sqrt(s) - np.sqrt(t)) ** 2
    else:
        square, apart, size = (d * d).sum(-1), ((s - t) ** 2).sum((-2, -1)), float(m.shape[-1])
        logs = [textbook.log_det(c) for c in (s, t, middle)]
        distance, half = textbook.quadratic(middle, d), _root(s)
        transport = square + _trace(s) + _trace(t) - 2 * _trace(_root(half @ t @ half))
    bhattacharyya = distance / 8 + (logs[2] - (logs[0] + logs[1]) / 2) / 2
    yield "bhattacharyya_distance", "it is the Bhattacharyya distance of the two laws", bhattacharyya
    yield "wasserstein_distance", "it is the squared 2-Wasserstein distance of the two laws", transport
    text = "it is a squared distance of means and of covariances, not a divergence"
    yield "distance_of_parameters", text, square + apart
    prior = (m * m if contract.diagonal else (m * m).sum(-1)) + (s if contract.diagonal else _trace(s)) - size - logs[0]
    yield "prior_ignored", "it is the divergence of p from the standard normal: the second law is not used", prior / 2
    truth = textbook.value(contract, arrays)
    entropy = 0.5 * (logs[contract.direction != "forward"] + size * (1 + np.log(2 * np.pi)))
    yield "cross_entropy", "it is the cross entropy: the entropy of the first law is not taken off", truth + entropy
    yield "squared_distance_of_means", "it is the squared distance of the means alone", square + 0 * truth
