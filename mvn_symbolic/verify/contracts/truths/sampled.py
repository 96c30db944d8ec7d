"""Lives here: the law that a sampler promises at a case, and the means and covariances that are set beside it.
May not live here: runs of the sampler (`calls`), what counts as wrong (`judges.sampled_law`), names of mistakes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from mvn_symbolic.verify.contracts.contract import Contract
from mvn_symbolic.verify.contracts.session import Case
from mvn_symbolic.verify.contracts.textbook import parts
from mvn_symbolic.verify.contracts.truths.arguments import widened
from mvn_symbolic.verify.contracts.truths.truth import covariance_of

ROOM: Final = 1e-3
"""Relative deviation of a covariance that a mistake has at least; below it is rounding or jitter."""


@dataclass(frozen=True)
class Seen:
    """What a sampler does at one case beside what it should: means and covariances, those found with draws in front.

    ``wrong`` lists which of ``finite``, ``mean``, ``batch``, ``draws`` and ``covariance`` is not as promised.
    """

    case: Case
    mean: np.ndarray
    blocks: np.ndarray
    true_mean: np.ndarray
    true_blocks: np.ndarray
    wrong: tuple[str, ...] = ()
    jitter: float = 0.0
    ones: np.ndarray | None = None
    """The sample with draws in front, where every number of noise is one."""


def truth(contract: Contract, case: Case) -> tuple[np.ndarray, np.ndarray]:
    """Return means (samples, coordinates) and covariances (samples, coordinates, coordinates) from ball arithmetic."""
    samples, size = int(np.prod(case.batch)), int(np.prod(case.event))
    mean, raws = parts(contract, "", widened(contract, case))
    mean = np.broadcast_to(mean, case.batch + case.event).reshape(samples, size)
    found = np.zeros((samples, size, size))
    for b in range(samples):
        if contract.diagonal:
            flat = raws[0].reshape(samples, size)
            found[b] = np.diag([covariance_of(contract, "", [flat[b, i : i + 1]])[0, 0] for i in range(size)])
        else:
            own = [raw.reshape(samples, *raw.shape[len(case.batch) :])[b] for raw in raws]
            found[b] = covariance_of(contract, "", own)
    mask = mask_of(contract, case)
    return mean * mask, found * mask[:, :, None] * mask[:, None, :]


def mask_of(contract: Contract, case: Case) -> np.ndarray:
    """Return the mask as one factor for each coordinate: ones where the contract has none."""
    samples, size = int(np.prod(case.batch)), int(np.prod(case.event))
    if not contract.mask:
        return np.ones((samples, size))
    return np.ones((samples, size)) * case.arrays["mask"].reshape(samples, -1)


def near(got: np.ndarray, want: np.ndarray, room: float = ROOM) -> bool:
    """Whether covariances agree relative to their own diagonals."""
    with np.errstate(all="ignore"):
        scale = np.sqrt(np.abs(np.diagonal(want, axis1=-2, axis2=-1)))
        limit = room * scale[..., :, None] * scale[..., None, :]
        return bool(np.all(np.abs(got - want) <= limit + 1e-300))
