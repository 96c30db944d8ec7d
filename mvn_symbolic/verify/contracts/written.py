"""Lives here: how a law is written in the raw numbers of a parameterization: from its deviations, or from its factor.
May not live here: which law (`plan`, `cases`); what raw numbers mean (`textbook`, and `truths` in balls)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

Parts = dict[str, np.ndarray]
"""Raw numbers by their part, as `layout.parts` names them."""


def _scale(write: Callable[[np.ndarray], np.ndarray]) -> Callable[[np.ndarray], Parts]:
    return lambda given: {"scale": write(given)}


def _covariance(factor: np.ndarray) -> np.ndarray:
    return _symmetric(factor @ factor.mT)


def _symmetric(matrix: np.ndarray) -> np.ndarray:
    return (matrix + matrix.mT) / 2


def _unit_triangle(factor: np.ndarray) -> Parts:
    scale = np.diagonal(factor, axis1=-2, axis2=-1).copy()
    return {"scale": scale, "unit_tril": factor / scale[..., None]}


def packed(matrix: np.ndarray, diagonal: Callable[[np.ndarray], np.ndarray] = np.log) -> np.ndarray:
    """Return a lower triangle as a vector: what is made of its diagonal, then the rest column by column."""
    columns, rows = np.triu_indices(matrix.shape[-1], 1)
    head = diagonal(np.diagonal(matrix, axis1=-2, axis2=-1))
    return np.concatenate([head, matrix[..., rows, columns]], -1)


def unpacked(raw: np.ndarray, diagonal: Callable[[np.ndarray], np.ndarray] = np.exp, rows: bool = False) -> np.ndarray:
    """Return the lower triangle of packed numbers: its diagonal first, the rest column by column, or row by row."""
    k = triangle_size(raw.shape[-1])
    below = np.tril_indices(k, -1) if rows else np.triu_indices(k, 1)[::-1]
    factor = diagonal(raw[..., :k])[..., None] * np.eye(k)
    factor[..., below[0], below[1]] = raw[..., k:]
    return factor


def triangle_size(entries: int) -> int:
    """Return how many rows a triangle of that many entries has."""
    return (math.isqrt(8 * entries + 1) - 1) // 2


def _wider(**changes: Callable[[np.ndarray, float], np.ndarray]) -> Callable[[Mapping[str, np.ndarray], float], Parts]:
    return lambda parts, by: {**parts, **{part: change(parts[part], by) for part, change in changes.items()}}


@dataclass(frozen=True)
class Writing:
    """How one parameterization is written.

    Examples
    --------
    >>> WRITINGS["logvar"].of(np.array([1.0, 2.0]))["scale"].round(3).tolist()
    [0.0, 1.386]
    """

    of: Callable[[np.ndarray], Parts] | None
    """From standard deviations, or for matrices from a lower-triangular factor; None where not every law is one."""
    scaled: Callable[[Mapping[str, np.ndarray], float], Parts] | None
    """What is written where all deviations are multiplied; None where it takes more than that."""
    most: float = np.inf
    """The largest deviation that everybody's code can write."""

    def scale(self, spread: np.ndarray) -> np.ndarray:
        """Return the raw scales of deviations or of a factor."""
        return self.parts(spread)["scale"]

    def parts(self, spread: np.ndarray) -> Parts:
        """Return all raw numbers of deviations or of a factor."""
        assert self.of is not None
        return self.of(spread)


WRITINGS: Final = {
    "var": Writing(_scale(np.square), _wider(scale=lambda raw, by: raw * by**2)),
    "std": Writing(_scale(np.array), _wider(scale=lambda raw, by: raw * by)),
    "logstd": Writing(_scale(np.log), _wider(scale=lambda raw, by: raw + np.log(by))),
    "logvar": Writing(_scale(lambda std: 2 * np.log(std)), _wider(scale=lambda raw, by: raw + 2 * np.log(by))),
    # a softplus by exp overflows where nobody trains
    "rho": Writing(_scale(lambda std: std + np.log(-np.expm1(-std))), None, most=20.0),
    "scale_tril": Writing(_scale(np.array), _wider(scale=lambda raw, by: raw * by)),
    "scale_unit_tril": Writing(_unit_triangle, _wider(scale=lambda raw, by: raw * by)),
    "log_cholesky": Writing(
        lambda factor: {"raw_tril": packed(factor)},
        _wider(raw_tril=lambda raw, by: packed(by * unpacked(raw))),
    ),
    "covariance": Writing(_scale(_covariance), _wider(scale=lambda raw, by: raw * by**2)),
    "precision": Writing(
        _scale(lambda factor: _symmetric(np.linalg.inv(factor @ factor.mT))), _wider(scale=lambda raw, by: raw / by**2)
    ),
    "low_rank": Writing(None, _wider(factor=lambda raw, by: raw * by, diag=lambda raw, by: raw * by**2)),
}
"""Parameterization -> how it is written; the raw scales that are packed beside means are those of ``logvar``."""
