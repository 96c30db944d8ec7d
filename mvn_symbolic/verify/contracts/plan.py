"""Lives here: which points a function is asked at: how large, of which mean and spread, and numbers of each spread.
May not live here: arguments of a contract (`cases`), what is expected."""

from __future__ import annotations

import numpy as np

from mvn_symbolic.verify.contracts.contract import Contract

ORDINARY_LOGVARS = (-3.9, 1.9)
"""Between these lie the log-variances of all ordinary cases: an excused clamp (`diagnosis.tamers`) shows at none."""
ORDINARY_MEANS = 9.9
"""The largest mean of ordinary cases, of either sign; what is excused of a mean (`diagnosis.tamers`) begins beyond."""
ENDS = "scales from end to end"
"""The ordinary case that reaches both, for independent coordinates: a clamp that is not excused shows there."""
MEANS = "means from end to end"
"""The ordinary case whose means do."""
ORDINARY = [
    # name, batch, event size, mean, spread
    ("two samples of three coordinates", 2, 3, "random", "random"),
    ("one sample, one coordinate", 1, 1, "random", "random"),
    ("one coordinate", 3, 1, "random", "random"),
    ("one sample", 1, 4, "random", "random"),
    ("batch as large as the event", 3, 3, "random", "random"),
    ("standard normal", 2, 2, "zero", "unit"),
    ("zero mean", 3, 2, "zero", "random"),
    ("unit scale", 2, 3, "random", "unit"),
    ("no correlations", 2, 3, "random", "diagonal"),
    ("repeated eigenvalues", 2, 3, "random", "repeated"),
    ("batch twice the event", 4, 2, "random", "random"),
    ("event twice the batch", 2, 4, "random", "random"),
    ("larger batch", 5, 4, "random", "random"),
    ("batch as large as the event, again", 2, 2, "random", "random"),
    (ENDS, 2, 3, "random", "ends"),
    (MEANS, 2, 3, "ends", "random"),
]
DEGENERATE = ("standard normal", "unit scale", "repeated eigenvalues")
EXTREME = [
    ("small scales", 2, 3, "random", "small"),
    ("large scales", 2, 3, "random", "large"),
    ("far mean", 2, 2, "far", "random"),
    ("near-singular", 2, 3, "random", "singular"),
]


RANGE = ("tiny", "vast")
"""Spreads with log-variances of -20 and 20: wide of where people train, and all of it fits every precision but half."""
REACH = ("log-variances of -30", "log-variances of 30")
"""Names of cases of samplers: their scales must be finite there, and nothing more is asked."""
_SIZES = {
    "lowest": np.exp(-15.0),
    "highest": np.exp(15.0),
    "tiny": np.exp(-10.0),
    "vast": np.exp(10.0),
    "small": 1e-3,
    "large": 1e3,
}
_SIZES_SINGLE = {**_SIZES, "small": 0.03, "large": 30.0}


def size_of(spread: str, single: bool = False) -> float:
    """Return about how large the deviations of a spread are."""
    return (_SIZES_SINGLE if single else _SIZES).get(spread, 1.0)


def event_shape(contract: Contract, k: int) -> tuple[int, ...]:
    """Return the shape of an event whose first axis has a size."""
    if contract.event_ndim == 0:
        return ()
    return (k, *([2, 3, 2, 2][: contract.event_ndim - 1] if k > 1 else [1] * (contract.event_ndim - 1)))


def batch_shape(contract: Contract, size: int) -> tuple[int, ...]:
    """Return the shape of a batch of about a size, with as many axes as the contract says."""
    if contract.batch_ndim == 0:
        return ()
    return (size, *([2, 3, 2, 2][: contract.batch_ndim - 1] if size > 1 else [1] * (contract.batch_ndim - 1)))


def _ends(low: float, high: float, shape: tuple[int, ...]) -> np.ndarray:
    """Return numbers from end to end whose neighbours lie far apart: every sample has something of both ends."""
    size = int(np.prod(shape))
    places = np.linspace(low, high, max(size, 2))
    return np.resize(np.stack([places, places[::-1]], axis=-1).ravel(), size).reshape(shape)


def deviations(
    kind: str, shape: tuple[int, ...], rng: np.random.Generator, single: bool, most: float = np.inf
) -> np.ndarray:
    """Draw positive numbers of a kind: ``unit``, ``small``, ``large``, one of `RANGE`, ``ends`` or about one."""
    low, high = (0.5 * end for end in ORDINARY_LOGVARS)
    spread = np.exp(np.clip(0.5 * rng.standard_normal(shape), low, high))
    if kind == "ends":
        return np.exp(_ends(low, high, shape))
    if kind == "tame":
        return spread**0.16
    if kind == "unit":
        return np.ones(shape)
    size = min(size_of(kind, single), most)
    if kind in ("lowest", "highest"):
        # not all the same: a bound is told from a jitter by what lies beside it
        return size * np.linspace(0.7, 1.0, spread.size).reshape(shape)
    # of a range the end is meant, not about it
    return np.full(shape, size) if kind in RANGE else size * spread


def means(kind: str, shape: tuple[int, ...], rng: np.random.Generator, single: bool) -> np.ndarray:
    """Draw means of a kind: ``zero``, ``far``, ``tame``, ``ends`` or about one."""
    noise = rng.standard_normal(shape)
    if kind == "ends":
        return _ends(-ORDINARY_MEANS, ORDINARY_MEANS, shape)
    return {"zero": 0.0, "far": 30.0 if single else 1e3, "tame": 0.2}.get(kind, 1.0) * noise + 0.0


def factors(kind: str, batch: tuple[int, ...], k: int, rng: np.random.Generator, single: bool) -> np.ndarray:
    """Draw lower-triangular factors of a kind: ``unit``, ``diagonal``, ``repeated``, ``singular``, ``tame`` or any."""
    std = deviations(kind, (*batch, k), rng, single)
    eye = np.eye(k)
    if kind in ("unit", "diagonal"):
        return std[..., None] * eye
    if kind == "repeated":
        basis = np.linalg.qr(rng.standard_normal((*batch, k, k)))[0]
        values = np.where(np.arange(k) < k - 1, 2.0, 0.5)
        return np.linalg.cholesky((basis * values) @ np.swapaxes(basis, -1, -2))
    lower = np.tril({"tame": 0.1}.get(kind, 0.7) * rng.standard_normal((*batch, k, k)), -1) + eye
    if kind == "singular":
        lower[..., -1, -1] = 0.1 if single else 0.01
    return std[..., None] * lower


def mask_of(contract: Contract, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Draw a mask of zeros and ones; something is left where a mean of it is taken."""
    mask = (rng.random(shape) < 0.6).astype(float)
    if contract.reduction == "masked_mean":
        mask.flat[0] = 1.0
    return mask
