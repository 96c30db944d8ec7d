"""Lives here: the means and covariances of wrong samplers whose mistake is one formula of the raw parameters.
May not live here: mistakes guessed from what a sampler does (`sampler_mistakes`), the choice (`identified_maps`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from mvn_symbolic.verify.contracts import textbook
from mvn_symbolic.verify.contracts.contract import Contract
from mvn_symbolic.verify.contracts.diagnosis.hypotheses import FAMILIES

EXPONENTIAL: Final = ("logvar", "packed", "logstd")
"""Parameterizations that are read by an exponential."""


def covariances(contract: Contract, arrays: Mapping[str, np.ndarray], samples: int, size: int) -> dict[str, np.ndarray]:
    """Return the covariances (samples, coordinates, coordinates) of wrong samplers, by mistake."""
    mean, raws = textbook.parts(contract, "", arrays)
    mean = mean.reshape(samples, size)
    with np.errstate(all="ignore"):
        truth = textbook.spread(contract, "", raws)
        if contract.diagonal:
            found = _diagonal(contract, raws[0].reshape(samples, size), truth.reshape(samples, size))
            truth = truth.reshape(samples, size)[..., None] * np.eye(size)
        else:
            truth = truth.reshape(-1, size, size)
            found = _dense(contract, raws, truth)
    kept = np.arange(size) < size - 1
    found["noise_times_mean"] = mean[:, :, None] * truth * mean[:, None, :]
    found["last_coordinate_without_noise"] = truth * kept[:, None] * kept
    return found


def _diagonal(contract: Contract, raw: np.ndarray, variance: np.ndarray) -> dict[str, np.ndarray]:
    size = raw.shape[1]
    name, std, eye = str(contract.parameterization), np.sqrt(variance), np.eye(raw.shape[1])
    found = {"variance_for_std": variance, "root_of_std": np.sqrt(std), "inverse_of_std": 1 / std,
             "scale_ignored": 1 + 0 * std}  # fmt: skip
    if name not in ("var", "std"):
        found["raw_for_std"] = raw
    if name == "rho":
        found["exp_for_softplus"] = np.exp(raw)
    if name in EXPONENTIAL:
        found["softplus_for_exp"] = np.logaddexp(0, raw)
    if name == "std":
        found |= {"std_read_as_logvar": np.exp(raw / 2), "std_read_as_logstd": np.exp(raw)}
    found |= _elsewhere(std)
    full = {n: (s * s)[..., None] * eye for n, s in found.items()}
    full["noise_centred"] = std[:, :, None] * (eye - 1 / size) * std[:, None, :]
    return full


def _elsewhere(given: np.ndarray) -> dict[str, np.ndarray]:
    return {"factor_of_the_first_sample": given[:1] + 0 * given, "factor_of_another_sample": given[::-1]}


def _dense(contract: Contract, raws: list[np.ndarray], truth: np.ndarray) -> dict[str, np.ndarray]:
    name = str(contract.parameterization)
    found = {("precision" if n == "covariance" else n): textbook.spread(contract, "", raws, n) for n in FAMILIES[name]}
    factor = np.linalg.cholesky(truth)
    flipped = np.swapaxes(factor, -1, -2)
    eye = np.eye(truth.shape[-1])
    found.setdefault("transposed_factor", flipped @ factor)
    found["covariance_as_factor"] = truth @ truth
    found["diagonal_of_covariance"] = truth * eye
    found.setdefault("diagonal_of_factor", (factor * eye) ** 2)
    found["scale_ignored"] = 0 * truth + eye
    if name == "precision":
        inverse = np.linalg.inv(np.linalg.cholesky(np.linalg.inv(truth)))
        found["inverse_not_transposed"] = inverse @ np.swapaxes(inverse, -1, -2)
    if name == "scale_tril":
        # what numpy.random.multivariate_normal makes of a factor: it takes a singular value decomposition
        _, values, rows = np.linalg.svd(np.tril(raws[0]))
        found["factor_as_covariance_by_svd"] = np.swapaxes(rows, -1, -2) @ (values[..., None] * rows)
        inverse = np.linalg.inv(np.tril(raws[0]))
        found["inverse_factor"] = inverse @ np.swapaxes(inverse, -1, -2)
        found["inverse_covariance"] = np.linalg.inv(truth)
        upper = np.triu(raws[0])
        found["upper_triangle_read"] = upper @ np.swapaxes(upper, -1, -2)
    if name == "low_rank":
        columns, diag = raws
        rank = columns.shape[-1]
        both = np.concatenate([columns, np.zeros((*columns.shape[:-1], eye.shape[0] - rank))], -1)
        both = both + np.sqrt(diag)[..., None] * eye
        found["noise_reused"] = both @ np.swapaxes(both, -1, -2)
    values = np.linalg.eigvalsh(truth)
    found["eigenvectors_missing"] = values[..., None] * eye
    found["eigenvectors_missing_by_svd"] = values[..., ::-1, None] * eye
    root = np.sqrt(np.abs(truth))
    found["elementwise_root"] = root @ np.swapaxes(root, -1, -2)
    return found | _elsewhere(truth)


def means(
    contract: Contract, arrays: Mapping[str, np.ndarray], samples: int, size: int, got: np.ndarray
) -> dict[str, np.ndarray]:
    """Return the means (samples, coordinates) of wrong samplers, by mistake."""
    mean, raws = textbook.parts(contract, "", arrays)
    mean = mean.reshape(samples, size)
    spread = textbook.spread(contract, "", raws)
    if contract.diagonal:
        wide = np.sqrt(spread).reshape(samples, size)
        scaled = mean * wide
    else:
        factor = np.linalg.cholesky(spread.reshape(samples, size, size))
        wide = factor.sum(-1)
        scaled = (factor @ mean[..., None])[..., 0]
    found = {"mean_missing": 0 * mean, "mean_sign": -mean, "mean_doubled": 2 * mean, "mean_scaled_by_std": scaled}
    found |= {"mean_of_the_first_sample": mean[:1] + 0 * mean, "mean_of_another_sample": mean[::-1]}
    if contract.diagonal:
        found["mean_and_scale_exchanged"] = raws[0].reshape(samples, size)
    with np.errstate(all="ignore"):
        found["noise_not_centred"] = mean + np.median((got - mean) / wide) * wide
    found["mean_shifted"] = mean + np.median(got - mean)
    return found
