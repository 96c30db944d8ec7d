"""Lives here: whether an affine map that was identified has the law that its sampler promises.
May not live here: runs of the sampler (`affine`), the law (`truths.sampled`), names of mistakes (`diagnosis`)."""

from __future__ import annotations

from typing import Final

import numpy as np

from mvn_symbolic.verify.contracts.calls.affine import Affine
from mvn_symbolic.verify.contracts.contract import Contract
from mvn_symbolic.verify.contracts.diagnosis.tamers import JITTERS
from mvn_symbolic.verify.contracts.session import Case
from mvn_symbolic.verify.contracts.truths.sampled import ROOM, Seen, near, truth

_JITTER: Final = 1.01 * max(JITTERS)
"""The same that is excused in values."""


def compare(contract: Contract, case: Case, found: Affine, single: bool = False) -> Seen:
    """Set an identified map beside the promised law of a case."""
    mean, sigma = truth(contract, case)
    samples, size = mean.shape
    draws = found.mean.shape[0]
    unit = 1.2e-7 if single else 2.3e-16
    ones = found.mean + found.factor.sum(-1)
    flat = found.factor.reshape(-1, found.factor.shape[-1])
    if not np.all(np.isfinite(found.mean)) or not np.all(np.isfinite(flat)):
        return Seen(case, found.mean, np.full((draws, *sigma.shape), np.nan), mean, sigma, ("finite",))
    std = np.sqrt(np.diagonal(sigma, axis1=-2, axis2=-1))
    wrong: list[str] = []
    room = 100 * np.sqrt(unit) * 1e-2 * (np.abs(mean) + std)
    if np.any(np.abs(found.mean - mean) > np.maximum(room, 1e-5 * std)):
        wrong.append("mean")
    whole = (flat @ flat.T).reshape(draws, samples, size, draws, samples, size)
    blocks = np.stack([[whole[d, b, :, d, b] for b in range(samples)] for d in range(draws)])
    blocks = blocks.reshape(draws, samples, size, size)
    if shared := _shared(whole):
        return Seen(case, found.mean, blocks, mean, sigma, (*wrong, shared), ones=ones)
    outer = std[..., :, None] * std[..., None, :]
    correlations = np.where(outer > 0, sigma / np.where(outer > 0, outer, 1.0), np.eye(size))
    condition = float(np.max(np.linalg.cond(correlations))) if samples else 1.0
    if near(blocks, np.broadcast_to(sigma, blocks.shape), ROOM + 100 * unit * condition):
        return Seen(case, found.mean, blocks, mean, sigma, tuple(wrong), ones=ones)
    jitter = _jitter(blocks, sigma, std)
    if not jitter:
        wrong.append("covariance")
    return Seen(case, found.mean, blocks, mean, sigma, tuple(wrong), jitter, ones)


def _shared(whole: np.ndarray) -> str:
    """Say whether samples of a batch, or draws, have covariances with each other."""
    scale = np.sqrt(np.abs(np.einsum("dbidbi->dbi", whole)))
    limit = 1e-6 * scale[:, :, :, None, None, None] * scale
    pairs = [(d, b, e, c) for d, b, _, e, c, _ in np.argwhere(np.abs(whole) > limit)]
    if any(b != c and d == e for d, b, e, c in pairs):
        return "batch"
    return "draws" if any(d != e for d, _, e, _ in pairs) else ""


def _jitter(blocks: np.ndarray, sigma: np.ndarray, std: np.ndarray) -> float:
    """Return the little that is added to every variance, or to every standard deviation; zero where it is not that."""
    size = sigma.shape[-1]
    diagonal = np.diagonal(blocks, axis1=-2, axis2=-1)
    others = blocks - diagonal[..., None] * np.eye(size) - sigma * (1 - np.eye(size))
    if np.ptp(diagonal) <= 1e-6 * diagonal.max() and np.ptp(std) > 1e-6 * std.max():
        return 0.0  # one value for different scales: a bound, to which nothing is added
    with np.errstate(all="ignore"):
        for shift in (diagonal - std**2, np.sqrt(diagonal) - std):
            least, most = shift.min(), shift.max()
            if least > 0 and most <= min(_JITTER, 1.02 * least + 1e-6) and np.all(np.abs(others) < 1e-6):
                return float(most)
    return 0.0
