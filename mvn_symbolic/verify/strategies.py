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

from mvn_symbolic.verify.laws import LAWS
from mvn_symbolic.verify.points import FROM_FACTOR

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


@_checked
def rhos(k: int, max_condition: float, dtype: np.dtype) -> SearchStrategy[Array]:
    """What softplus turns into standard deviations, (k,), of a ratio of at most ``max_condition``."""

    def build(draw: DrawFn) -> Array:
        std = _spectrum(draw, k, max_condition)
        return (std + np.log(-np.expm1(-std))).astype(dtype)

    return st.composite(build)()


@_checked
def variances(k: int, max_condition: float, dtype: np.dtype) -> SearchStrategy[Array]:
    """Variances, (k,); the standard deviations have a ratio of at most ``max_condition``."""
    return st.composite(lambda draw: (_spectrum(draw, k, max_condition) ** 2).astype(dtype))()


@_checked
def log_scales(k: int, max_condition: float, dtype: np.dtype) -> SearchStrategy[Array]:
    """Logarithms of standard deviations, (k,), of a ratio of at most ``max_condition``."""
    return st.composite(lambda draw: np.log(_spectrum(draw, k, max_condition)).astype(dtype))()


@_checked
def raw_trils(k: int, max_condition: float, dtype: np.dtype) -> SearchStrategy[Array]:
    """Packed factors, (k (k + 1) / 2,): logarithms of the diagonal, then the strict lower triangle column by column."""

    def build(draw: DrawFn) -> Array:
        factor = _factor(draw, k, max_condition)
        below = factor.T[np.triu_indices(k, 1)]  # rows of the transpose are columns
        return np.concatenate([np.log(np.diag(factor)), below]).astype(dtype)

    return st.composite(build)()


@_checked
def precision_matrices(k: int, max_condition: float, dtype: np.dtype) -> SearchStrategy[Array]:
    """Inverse covariances, (k, k), exactly symmetric, of 2-norm condition number at most ``max_condition``."""
    return covariance_matrices(k, max_condition=max_condition, dtype=dtype)


@_checked
def unit_factors(k: int, max_condition: float, dtype: np.dtype) -> SearchStrategy[Params]:
    """``(scale, unit_tril)``, (k,) and (k, k) with ones on the diagonal, with diag(scale) unit_tril a factor."""

    def build(draw: DrawFn) -> Params:
        factor = _factor(draw, k, max_condition)
        scale = np.diag(factor).copy()
        return scale.astype(dtype), (factor / scale[:, None]).astype(dtype)

    return st.composite(build)()


@_checked
def low_rank_factors(k: int, max_condition: float, dtype: np.dtype) -> SearchStrategy[Params]:
    """``(cov_factor, cov_diag)``, (k, r) with r from 1 to k, and (k,); the sum has the condition number."""

    def build(draw: DrawFn) -> Params:
        rank = draw(st.integers(1, k))
        diag = _spectrum(draw, k, np.sqrt(max_condition))
        # between the smallest of diag and the largest of diag plus the largest square of a singular value lie all
        # eigenvalues of the sum, so this is what the squares may be
        room = max_condition * diag.min() - diag.max()
        sizes = np.sqrt(room * np.array(draw(st.lists(st.floats(0, 1), min_size=rank, max_size=rank))))
        factor = (_rotation(draw, k)[:, :rank] * sizes) @ _rotation(draw, rank)
        return (factor + 0.0).astype(dtype), diag.astype(dtype)

    return st.composite(build)()


SCALES = {
    "diag": scale_diags,
    "logvar": logvars,
    "softplus": rhos,
    "tril": scale_trils,
    "log_cholesky": raw_trils,
    "covariance": covariance_matrices,
    "precision": precision_matrices,
    "low_rank": low_rank_factors,
    # further names of a contract's parameterizations
    "std": scale_diags,
    "var": variances,
    "logstd": log_scales,
    "rho": rhos,
    "scale_tril": scale_trils,
    "scale_unit_tril": unit_factors,
}
"""Parameterization -> strategy of what stands after ``loc``, an array or a tuple; without a line here, what
`points.FROM_FACTOR` makes of a factor of the condition number."""


def _from_factors(parameterization: str) -> Callable[..., SearchStrategy]:
    """Raw parameters of drawn factors; one that keeps a part of a factor meets the condition number roughly."""

    @_checked
    def strategy(k: int, max_condition: float, dtype: np.dtype) -> SearchStrategy[Params]:
        def build(draw: DrawFn) -> Params:
            parts = FROM_FACTOR[parameterization](_factor(draw, k, max_condition))
            return tuple(part.astype(dtype) for part in parts)

        return st.composite(build)()

    return strategy


def _parameterized(parameterization: str) -> Callable[..., SearchStrategy]:
    known = SCALES | {name: _from_factors(name) for name in FROM_FACTOR if name not in SCALES}
    try:
        return known[parameterization]
    except (KeyError, TypeError) as error:
        raise InvalidArgument(
            f"Expected a parameterization out of {sorted(known)} but got parameterization={parameterization!r}"
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
    """Parameters of one law: a named tuple of `mvn_symbolic.verify.laws` with ``loc`` (k,) and what the name says.

    Names that only contracts use give a plain tuple.
    """
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


def _law(parameterization: str, loc: Array, scale: Array | Params) -> Params:
    parts = (loc, *scale) if isinstance(scale, tuple) else (loc, scale)
    return LAWS[parameterization](*parts) if parameterization in LAWS else parts


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
        scale = scales(k, max_condition=max_condition, dtype=resolved)
        one = st.tuples(locs(k, dtype=resolved), scale).map(lambda drawn: _law(parameterization, *drawn))
        return one if number == 1 else st.tuples(*[one] * number)

    sizes = st.integers(min_dim, max_dim) if event_size is None else st.just(event_size)
    return sizes.flatmap(of_size)
