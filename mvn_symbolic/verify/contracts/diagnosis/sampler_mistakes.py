"""Lives here: the known mistakes of samplers in words, and what each would give at a case that was seen.
May not live here: formulas of raw parameters alone (`samplers`), the choice of one (`identified_maps`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain, combinations
from typing import Final

import numpy as np

from mvn_symbolic.verify.contracts import textbook
from mvn_symbolic.verify.contracts.contract import Contract
from mvn_symbolic.verify.contracts.diagnosis import samplers
from mvn_symbolic.verify.contracts.diagnosis.mistakes import READINGS
from mvn_symbolic.verify.contracts.diagnosis.tamers import MEAN_SAID, tamed
from mvn_symbolic.verify.contracts.layout import raw_as
from mvn_symbolic.verify.contracts.session import Case
from mvn_symbolic.verify.contracts.truths.arguments import widened
from mvn_symbolic.verify.contracts.truths.sampled import Seen, mask_of, near

WORDS: Final = {
    "variance_for_std": "the noise is multiplied by the variance where the standard deviation is meant",
    "root_of_std": "the noise is multiplied by the root of the standard deviation: one root, or one half, too many",
    "inverse_of_std": "the noise is divided by the standard deviation: precision for variance, or a wrong sign",
    "scale_ignored": "the noise is not scaled at all",
    "raw_for_std": "the raw number multiplies the noise: its exp, root or softplus is missing",
    "exp_for_softplus": "exp is taken where softplus is promised",
    "softplus_for_exp": "softplus is taken where exp is promised",
    "std_read_as_logvar": "the standard deviation is read as a log-variance",
    "std_read_as_logstd": "the standard deviation is read as a logarithm",
    "scale_altered": "another function of the raw number is taken for the scale: it is clamped, cut or squashed",
    "raw_scaled": "the raw number is halved, doubled or negated before it is read",
    "scale_averaged": "the scale is averaged before it multiplies the noise",
    "scale_added_to": "a constant is added to the scale",
    "noise_added": "a second noise is added: the variance is too large by a constant",
    "noise_centred": "the noise of a sample is centred: its coordinates are no longer independent",
    "noise_reused": "one noise serves both parts of the covariance where two are needed",
    "covariance_as_factor": "the covariance multiplies the noise where its Cholesky factor is meant",
    "transposed_factor": "the transposed factor multiplies the noise: L' where L is meant",
    "inverse_not_transposed": "the inverse of the precision's factor is not transposed",
    "inverse_factor": "the noise is divided by the factor where it is to be multiplied",
    "inverse_covariance": "the inverse of the covariance is taken for it",
    "upper_triangle_read": "the upper triangle is taken for the factor",
    "eigenvectors_missing": "the eigenvectors are left out: roots of eigenvalues multiply the noise alone",
    "mean_and_scale_exchanged": "the mean is read as the scale, and the scale as the mean",
    "mean_multiplies_noise": "the noise multiplies mean and deviation together: (mu + sigma) eps for mu + sigma eps",
    "eigenvectors_transposed": "the eigenvectors are transposed: V' where V is meant",
    "low_rank_factor_scaled": "the low-rank factor is multiplied with a wrong constant",
    "low_rank_diag_scaled": "the diagonal beside the low-rank factor is multiplied with a wrong constant",
    "noise_times_mean": "the noise enters multiplied with the mean: mu (1 + sigma eps) for mu + sigma eps",
    "last_coordinate_without_noise": "the last coordinate gets no noise",
    "elementwise_root": "the root is taken entry by entry, not of the matrix",
    "factor_of_the_first_sample": "the scale of the first sample serves the whole batch",
    "factor_of_another_sample": "samples get the scale of another sample",
    "noise_shared_across_batch": "samples of a batch share their noise",
    "noise_shared_across_draws": "draws share their noise",
    "noise_shared_across_coordinates": "coordinates share their noise",
    "noise_scaled": "the noise is scaled by a wrong constant",
    "mask_ignored": "the mask is not used",
    "mask_only_on_noise": "the mask multiplies the noise and not the mean",
    "mask_inverted": "the mask is used the wrong way round",
    "mean_missing": "the mean is missing",
    "mean_sign": "the mean has the wrong sign",
    "mean_doubled": "the mean enters twice",
    "mean_scaled_by_std": "the mean is multiplied by the scale too",
    "noise_not_centred": "the noise has a mean of its own: it is not centred at zero",
    "mean_shifted": "the mean is shifted by a constant",
    "mean_averaged": "the mean is averaged over the batch or the event",
    "mean_of_the_first_sample": "the mean of the first sample serves the whole batch",
    "mean_of_another_sample": "samples get the mean of another sample",
    "draws_mixed": "draws and samples are mixed up: an axis is reshaped where it must be moved",
}
_OTHER: Final = ("mean_", "mask_", "noise_shared", "noise_not", "draws_")
SCALES: Final = frozenset(name for name in WORDS if not name.startswith(_OTHER))
"""Mistakes that only say what is taken for the scale."""


def sentence(name: str) -> str:
    """Return what a mistake is."""
    return WORDS.get(name) or f"the scale is read as {READINGS[name]}"


def covariances(contract: Contract, one: Seen) -> dict[str, np.ndarray]:
    """Return the covariances (samples, coordinates, coordinates) of wrong samplers, the likelier mistakes first."""
    arrays = widened(contract, one.case)
    samples, size = one.true_mean.shape
    # of one sample without a batch there is no axis yet
    found = {n: np.broadcast_to(c, one.true_blocks.shape) for n, c in
             samplers.covariances(contract, arrays, samples, size).items()}  # fmt: skip
    mean, raws = textbook.parts(contract, "", arrays)
    truth = textbook.spread(contract, "", raws)
    if contract.diagonal:
        found |= _with_mean(contract, mean.reshape(samples, size), np.sqrt(truth.reshape(samples, size)))
        found |= _guessed(contract, one, raws[0].reshape(samples, size), truth.reshape(samples, size))
        truth = truth.reshape(samples, size)[..., None] * np.eye(size)
    else:
        found["eigenvectors_transposed"] = _eigenvectors_transposed(one)
    if not contract.mask:
        return found
    mask = mask_of(contract, one.case)
    found = {name: covariance * mask[:, :, None] * mask[:, None, :] for name, covariance in found.items()}
    other = 1 - mask
    return found | {"mask_ignored": truth, "mask_inverted": truth * other[:, :, None] * other[:, None, :]}


def _with_mean(contract: Contract, mean: np.ndarray, std: np.ndarray) -> dict[str, np.ndarray]:
    own = raw_as(contract.laws[""])
    found = {"mean_and_scale_exchanged": textbook.VARIANCES[own](mean), "mean_multiplies_noise": (mean + std) ** 2}
    return {name: variance[..., None] * np.eye(std.shape[1]) for name, variance in found.items()}


def _eigenvectors_transposed(one: Seen) -> np.ndarray:
    """Return V' D V for V D V', with the signs that were seen: of every eigenvector either sign is right."""
    values, vectors = np.linalg.eigh(one.true_blocks)
    turned = np.swapaxes(vectors, -1, -2) @ (values[..., None] * vectors)
    # of equal eigenvalues any eigenvectors are
    gaps = np.diff(values, axis=-1).min(axis=-1, initial=np.inf)[:, None, None]
    return np.where(gaps > 1e-9, np.abs(turned) * np.sign(one.blocks[0]), one.blocks[0])


def _axes(case: Case) -> list[tuple[int, ...]]:
    """List the sets of axes that somebody may average over."""
    axes = range(len(case.batch + case.event))
    # of one number only itself is an average
    return [c for c in chain.from_iterable(combinations(axes, n) for n in range(1, len(axes) + 1)) if c] or [()]


def _averages(case: Case, numbers: np.ndarray) -> dict[tuple[int, ...], np.ndarray]:
    wide = numbers.reshape(case.batch + case.event)
    return {a: (wide.mean(a, keepdims=True) + 0 * wide).reshape(numbers.shape) for a in _axes(case)}


def _guessed(contract: Contract, one: Seen, raw: np.ndarray, variance: np.ndarray) -> dict[str, np.ndarray]:
    std, eye = np.sqrt(variance), np.eye(raw.shape[1])
    full: dict[str, np.ndarray] = {}
    wanted = np.diagonal(one.blocks, axis1=-2, axis2=-1)[0]
    # of averages and cut scales there are many kinds: the one that comes nearest stands for all
    averaged = [
        power(a) for s, power in ((std, np.square), (variance, np.array)) for a in _averages(one.case, s).values()
    ]
    if contract.parameterization in ("logvar", "packed"):
        averaged += [np.exp(a) for a in _averages(one.case, raw).values()]
    cut = [np.square(f(raw)) for f in (textbook.sigmoid, _relu, np.abs, textbook.elu, np.tanh, _softplus_root)]
    read = textbook.VARIANCES[raw_as(str(contract.parameterization))]
    cut += [read(f(raw)) for f in (_relu, np.abs, lambda r: np.minimum(r, 0), lambda r: -np.abs(r), np.tanh)]
    cut += [v.reshape(variance.shape) for v in _tamed(contract, one)]
    # of a logarithm these are a root, a square and an inverse, which have names of their own
    scaled = (
        [] if contract.parameterization in samplers.EXPONENTIAL else [read(raw * times) for times in (0.5, 2.0, -1.0)]
    )
    for label, options in (("scale_averaged", averaged), ("raw_scaled", scaled), ("scale_altered", cut)):
        full[label] = _nearest(options or [variance], wanted)[..., None] * eye
    return full


def _relu(raw: np.ndarray) -> np.ndarray:
    return np.maximum(raw, 0)


def _softplus_root(raw: np.ndarray) -> np.ndarray:
    return np.sqrt(np.logaddexp(0, raw))


def _tamed(contract: Contract, one: Seen) -> list[np.ndarray]:
    arrays = widened(contract, one.case)
    found = []
    for tame in (t for words, t in tamed(contract, harsh=True).items() if not words.startswith(MEAN_SAID)):
        _, raws = textbook.parts(contract, "", tame(arrays))
        found.append(textbook.spread(contract, "", raws))
    return found


def _nearest(options: Sequence[np.ndarray], wanted: np.ndarray) -> np.ndarray:
    off = [float(np.nan_to_num(np.max(np.abs(o - wanted) / (np.abs(o) + 1e-300)), nan=np.inf)) for o in options]
    return options[int(np.argmin(off))]


def shares_coordinates(contract: Contract, seen: Sequence[Seen]) -> bool:
    """Whether coordinates that must be independent have a correlation of one."""
    if not contract.diagonal:
        return False
    for one in seen:
        size = one.true_mean.shape[1]
        scale = np.sqrt(np.abs(np.diagonal(one.blocks, axis1=-2, axis2=-1)))
        outer = scale[..., :, None] * scale[..., None, :]
        if np.any((one.blocks > (1 - 1e-6) * outer) & (outer > 0) & ~np.eye(size, dtype=bool)):
            return True
    return False


def by_constant(seen: Sequence[Seen]) -> str:
    """Name covariances that are off by one constant: a factor, or something added to every variance or deviation."""
    first = next((one for one in seen if np.any(one.true_blocks)), None)
    if first is None:
        return ""
    place = tuple(np.argwhere(np.diagonal(first.true_blocks, axis1=-2, axis2=-1) > 0)[0])
    got, want = first.blocks[0][(*place, place[-1])], first.true_blocks[(*place, place[-1])]
    ratio, shift, wider = got / want, got - want, np.sqrt(got) - np.sqrt(want)

    def all_near(change: Callable[[np.ndarray], np.ndarray]) -> bool:
        return all(near(one.blocks, change(one.true_blocks), 2e-3) for one in seen)

    def added(blocks: np.ndarray) -> np.ndarray:
        return blocks + shift * np.eye(blocks.shape[-1])

    def widened_by(blocks: np.ndarray) -> np.ndarray:
        std = np.sqrt(np.diagonal(blocks, axis1=-2, axis2=-1))
        return blocks + ((std + wider) ** 2 - std**2)[..., None] * np.eye(blocks.shape[-1])

    if all_near(lambda blocks: ratio * blocks):
        return "noise_scaled"
    if part := _scaled_part(seen):
        return part
    if shift > 0 and all_near(added):
        return "noise_added"
    return "scale_added_to" if all_near(widened_by) else ""


def _scaled_part(seen: Sequence[Seen]) -> str:
    """Name the one part of a low rank plus a diagonal that enters with a wrong constant."""
    if "factor" not in seen[0].case.arrays:
        return ""
    parts = []
    for one in seen:
        columns = one.case.arrays["factor"]
        low = np.broadcast_to(columns @ np.swapaxes(columns, -1, -2), one.true_blocks.shape)
        parts.append((low, one.true_blocks - low))
    for place, name in enumerate(("low_rank_factor_scaled", "low_rank_diag_scaled")):
        own = np.concatenate([pair[place].ravel() for pair in parts])
        left = np.concatenate(
            [(one.blocks[0] - pair[1 - place]).ravel() for one, pair in zip(seen, parts, strict=True)]
        )
        ratio = float(own @ left / max(own @ own, 1e-300))
        if all(near(one.blocks, ratio * p[place] + p[1 - place], 2e-3) for one, p in zip(seen, parts, strict=True)):
            return name
    return ""


def by_mixing(seen: Sequence[Seen]) -> str:
    """Name means that are those of the right samples in a wrong place."""
    for one in seen:
        draws, samples, _ = one.mean.shape
        rows = np.broadcast_to(one.true_mean, one.mean.shape).reshape(draws * samples, -1)
        got = one.mean.reshape(draws * samples, -1)
        close = np.all(np.abs(got[:, None] - rows[None]) <= 1e-6 * (1 + np.abs(rows[None])), axis=-1)
        if not np.all(close.any(axis=1)):
            return ""
    return "draws_mixed" if any(one.mean.shape[0] > 1 for one in seen) else "mean_of_another_sample"


def means(contract: Contract, one: Seen) -> dict[str, np.ndarray]:
    """Return the means (samples, coordinates) of wrong samplers, by mistake."""
    arrays = widened(contract, one.case)
    mean = textbook.parts(contract, "", arrays)[0].reshape(one.true_mean.shape)
    samples, size = one.true_mean.shape
    found = samplers.means(contract, arrays, samples, size, one.mean[0])
    found["mean_averaged"] = _nearest(list(_averages(one.case, mean).values()) or [mean], one.mean[0])
    mask = mask_of(contract, one.case)
    found = {name: option * mask for name, option in found.items()}
    return found | ({"mask_ignored": mean, "mask_inverted": mean * (1 - mask)} if contract.mask else {})
