"""Lives here: Hypothesis strategies for the parameters of normal distributions with a chosen condition number.
May not live here: checks, truths, or filters: every matrix is built from its spectrum, so nothing is ever rejected.

Everything shrinks to the simplest distribution: one dimension, mean zero, unit covariance.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from hypothesis.strategies import DrawFn, SearchStrategy

Array = np.ndarray
Params = tuple[Array, ...]

LARGEST_DIM = 64
LOC_BOUND = 10.0
LOG_SCALE_BOUND = 3.0


def _check(event_size: int | None, min_dim: int, max_dim: int, max_condition: float, dtype: Any) -> np.dtype:
    if event_size is not None and not (isinstance(event_size, int) and 1 <= event_size <= LARGEST_DIM):
        raise InvalidArgument(f"Expected an int from 1 to {LARGEST_DIM} or None but got event_size={event_size!r}")
    for name, size in (("min_dim", min_dim), ("max_dim", max_dim)):
        if not (isinstance(size, int) and 1 <= size <= LARGEST_DIM):
            raise InvalidArgument(f"Expected an int from 1 to {LARGEST_DIM} but got {name}={size!r}")
    if min_dim > max_dim:
        raise InvalidArgument(f"Expected min_dim <= max_dim but got min_dim={min_dim!r}, max_dim={max_dim!r}")
    try:
        resolved = np.dtype(dtype)
    except TypeError as error:
        raise InvalidArgument(f"Expected a float dtype but got dtype={dtype!r}") from error
    if resolved not in (np.dtype(np.float32), np.dtype(np.float64)):
        raise InvalidArgument(f"Expected float32 or float64 but got dtype={dtype!r}")
    limit = 0.1 / np.finfo(resolved).eps  # beyond it, rounding the entries may leave no positive-definite matrix
    if not 1 <= max_condition <= limit:
        raise InvalidArgument(f"Expected 1 <= max_condition <= {limit:.2g} but got max_condition={max_condition!r}")
    return resolved


def _checked(build: Callable[..., SearchStrategy]) -> Callable[..., SearchStrategy]:
    """Give a strategy the common arguments, checked when it is made and not when it is drawn."""

    def strategy(
        event_size: int | None = None,
        *,
        min_dim: int = 1,
        max_dim: int = 5,
        max_condition: float = 1e3,
        dtype: Any = np.float64,
    ) -> SearchStrategy:
        resolved = _check(event_size, min_dim, max_dim, max_condition, dtype)
        sizes = st.integers(min_dim, max_dim) if event_size is None else st.just(event_size)
        return sizes.flatmap(lambda k: build(k, float(max_condition), resolved))

    strategy.__name__ = strategy.__qualname__ = build.__name__
    strategy.__doc__ = build.__doc__
    return strategy


def _floats(bound: float) -> SearchStrategy[float]:
    return st.floats(-bound, bound, allow_subnormal=False)


def _vectors(k: int, bound: float) -> SearchStrategy[Array]:
    return st.lists(_floats(bound), min_size=k, max_size=k).map(np.array)


def _spectrum(draw: DrawFn, k: int, condition: float) -> Array:
    """Draw k positive numbers around a common scale, largest over smallest at most ``condition``."""
    spread = draw(st.lists(st.floats(0, np.log(condition)), min_size=k, max_size=k))
    centred = np.array(spread) - (max(spread) + min(spread)) / 2 if any(spread) else np.zeros(k)
    return np.exp(draw(_floats(LOG_SCALE_BOUND)) + centred)


def _rotation(draw: DrawFn, k: int) -> Array:
    """Draw an orthogonal matrix as a product of plane rotations; angle zero everywhere is the identity."""
    rotation = np.eye(k)
    for i in range(k):
        for j in range(i):
            angle = draw(_floats(np.pi))
            plane = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
            rotation[[j, i]] = plane @ rotation[[j, i]]
    return rotation


def _factor(draw: DrawFn, k: int, condition: float) -> Array:
    """Draw a lower factor with positive diagonal and the singular values of a spectrum."""
    upper = np.linalg.qr(_spectrum(draw, k, condition)[:, None] * _rotation(draw, k), mode="r")
    lower = np.tril((np.sign(np.diag(upper))[:, None] * upper).T)
    return lower + 0.0  # no negative zeros in a counterexample


@_checked
def locs(k: int, _max_condition: float, dtype: np.dtype) -> SearchStrategy[Array]:
    """Means, (k,), with entries up to 10; ``max_condition`` is not used."""
    return _vectors(k, LOC_BOUND).map(lambda loc: loc.astype(dtype))


@_checked
def scale_diags(k: int, max_condition: float, dtype: np.dtype) -> SearchStrategy[Array]:
    """Standard deviations, (k,), largest over smallest at most ``max_condition``."""
    return st.composite(lambda draw: _spectrum(draw, k, max_condition).astype(dtype))()


@_checked
def logvars(k: int, max_condition: float, dtype: np.dtype) -> SearchStrategy[Array]:
    """Logarithms of variances, (k,); the standard deviations have a ratio of at most ``max_condition``."""
    return st.composite(lambda draw: (2 * np.log(_spectrum(draw, k, max_condition))).astype(dtype))()


@_checked
def scale_trils(k: int, max_condition: float, dtype: np.dtype) -> SearchStrategy[Array]:
    """Lower factors, (k, k), positive diagonal; their own 2-norm condition number is at most ``max_condition``."""
    return st.composite(lambda draw: _factor(draw, k, max_condition).astype(dtype))()


@_checked
def covariance_matrices(k: int, max_condition: float, dtype: np.dtype) -> SearchStrategy[Array]:
    """Covariance matrices, (k, k), exactly symmetric, of 2-norm condition number at most ``max_condition``."""

    def build(draw: DrawFn) -> Array:
        rotation = _rotation(draw, k)
        matrix = (rotation.T * _spectrum(draw, k, max_condition)) @ rotation
        return ((matrix + matrix.T) / 2).astype(dtype)

    return st.composite(build)()


SCALES = {"diag": scale_diags, "logvar": logvars, "tril": scale_trils, "covariance": covariance_matrices}
"""Parameterization -> strategy of the parameter after ``loc``; a new one joins by one line."""


def _parameterized(parameterization: str) -> Callable[..., SearchStrategy]:
    try:
        return SCALES[parameterization]
    except (KeyError, TypeError) as error:
        raise InvalidArgument(
            f"Expected a parameterization out of {sorted(SCALES)} but got parameterization={parameterization!r}"
        ) from error


def mvn_parameters(
    parameterization: str,
    event_size: int | None = None,
    *,
    min_dim: int = 1,
    max_dim: int = 5,
    max_condition: float = 1e3,
    dtype: Any = np.float64,
) -> SearchStrategy[Params]:
    """Parameters of one distribution: a tuple of ``loc`` (k,) and the scale of the parameterization."""
    return _distributions(parameterization, 1, event_size, min_dim, max_dim, max_condition, dtype)


def mvn_pairs(
    parameterization: str,
    event_size: int | None = None,
    *,
    min_dim: int = 1,
    max_dim: int = 5,
    max_condition: float = 1e3,
    dtype: Any = np.float64,
) -> SearchStrategy[tuple[Params, Params]]:
    """Parameters of two distributions of one event size, as a tuple of two tuples."""
    return _distributions(parameterization, 2, event_size, min_dim, max_dim, max_condition, dtype)


def _distributions(
    parameterization: str,
    number: int,
    event_size: int | None,
    min_dim: int,
    max_dim: int,
    max_condition: float,
    dtype: Any,
) -> SearchStrategy:
    scales = _parameterized(parameterization)
    resolved = _check(event_size, min_dim, max_dim, max_condition, dtype)

    def of_size(k: int) -> SearchStrategy:
        one = st.tuples(locs(k, dtype=resolved), scales(k, max_condition=max_condition, dtype=resolved))
        return one if number == 1 else st.tuples(*[one] * number)

    sizes = st.integers(min_dim, max_dim) if event_size is None else st.just(event_size)
    return sizes.flatmap(of_size)
