"""Floor 7: does a velocity field carry a Gaussian along? The continuity equation at points of the law.

Lives here: the judge of anybody's velocity, a function of points. May not live here: the velocities that are derived.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, log, log1p
from typing import Any

import numpy as np

from mvn_symbolic.errors import ArgumentError

__all__ = ["VelocityVerdict", "check_velocity"]

#: What counts as a violation, beside what rounding forces; and the largest limit under which a field is said to pass.
_TOLERANCE, _COARSEST = 1e-8, 1e-2
#: The weights of a fourth-order difference, as they add up: (8 + 8 + 1 + 1) / 12.
_WEIGHTS = 1.5


@dataclass(frozen=True)
class VelocityVerdict:
    """What was found.

    Attributes
    ----------
    status : {"pass", "fail", "unknown"}
    residual : the largest violation of the equation, over the size of its terms there
    point : where that is, a counterexample when the status is "fail"
    points : how many points were asked
    detail : the two sides of the equation there, or why nothing could be decided
    limit : the largest residual that is no violation there: 1e-8, and what rounding in the field's precision forces
    false_pass_bound : the chance that a field passes which violates the equation on the stated share of the law
    """

    status: str
    residual: float
    point: np.ndarray | None
    points: int
    detail: str
    false_pass_bound: float
    limit: float = float("nan")


def check_velocity(
    field: Callable[[np.ndarray], Any],
    *,
    loc: Any,
    covariance: Any,
    d_loc: Any = None,
    d_covariance: Any = None,
    share: float = 0.05,
    false_pass: float = 1e-9,
    seed: int | None = None,
) -> VelocityVerdict:
    """Judge a velocity field by the continuity equation of a Gaussian whose parameters move.

    Parameters
    ----------
    field : callable
        Takes points of shape (n, k) and returns their velocities, of the same shape. It must be smooth on the scale
        of a deviation, and a function of the point alone. What it returns in single precision is judged by that.
    loc, covariance : array_like, shapes (k,) and (k, k)
        The law.
    d_loc, d_covariance : array_like, optional
        The direction in which its parameters move; zero when left out.
    share, false_pass : float
        A field that violates the equation by more than the limit of its terms, on a set that has at least this share
        of the law, passes with at most this chance. The limit is 1e-8, and more where rounding forces more.
    seed : int, optional
        Of the points; a fresh one when left out.

    Returns
    -------
    VelocityVerdict

    Raises
    ------
    ArgumentError
        When the law or the direction is malformed; never for what the field does.

    Notes
    -----
    Where the parameters move, d log q + v' grad log q + div v is 0 at every point (Jankowiak & Obermeyer 2018).

    Examples
    --------
    >>> from mvn_symbolic.verify import check_velocity
    >>> wider = {"loc": [0.0], "covariance": [[1.0]], "d_covariance": [[1.0]]}
    >>> check_velocity(lambda z: z / 2, **wider).status
    'pass'
    >>> check_velocity(lambda z: z, **wider).status
    'fail'
    """
    mean, matrix = np.asarray(loc, np.float64), np.asarray(covariance, np.float64)
    k = mean.shape[0] if mean.ndim == 1 else -1
    moves = np.zeros_like(mean) if d_loc is None else np.asarray(d_loc, np.float64)
    spreads = np.zeros_like(matrix) if d_covariance is None else np.asarray(d_covariance, np.float64)
    for name, array, shape in (
        ("loc", mean, (k,)),
        ("covariance", matrix, (k, k)),
        ("d_loc", moves, (k,)),
        ("d_covariance", spreads, (k, k)),
    ):
        if k < 1 or array.shape != shape or not np.isfinite(array).all():
            raise ArgumentError(f"`{name}` must be finite, and one vector or matrix of one size; got {array.shape}.")
    for name, array in (("covariance", matrix), ("d_covariance", spreads)):
        if not np.allclose(array, array.T, rtol=1e-12, atol=0):
            raise ArgumentError(
                f"`{name}` must be symmetric; got {array.tolist()}. Pass half the sum with its transpose."
            )
    if not (0 < share < 1 and 0 < false_pass < 1):
        raise ArgumentError(f"`share` and `false_pass` must be between 0 and 1; got {share} and {false_pass}.")
    try:
        factor = np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        raise ArgumentError("`covariance` must be positive definite; it has no Cholesky factor.") from None
    count = ceil(log(false_pass) / log1p(-share))
    points = mean + np.random.default_rng(seed).standard_normal((count, k)) @ factor.T
    bound = (1 - share) ** count

    def unknown(reason: str) -> VelocityVerdict:
        return VelocityVerdict("unknown", float("nan"), None, count, reason, bound)

    try:
        raw = np.asarray(field(points.copy()))
        velocity, again = raw.astype(np.float64), np.asarray(field(points.copy()), np.float64)
        if velocity.shape != points.shape:
            return unknown(f"the field must return shape {points.shape}; got {velocity.shape}")
        if not np.array_equal(velocity, again):
            return unknown(
                "the field gives two answers at one point, or is not finite; it must be a function of the point"
            )
        rounding = _rounding_of(raw)
        step = rounding**0.2 * np.sqrt(np.diag(matrix))
        jacobian = _jacobian(field, points, step)
    except Exception as error:  # noqa: BLE001 - whatever a stranger's field raises is the verdict
        return unknown(f"the field raised {type(error).__name__}: {error}")
    whitened = np.linalg.solve(matrix, (points - mean).T).T  # Sigma^-1 (z - mu)
    trace = np.trace(np.linalg.solve(matrix, spreads))
    terms = np.stack(
        [
            whitened @ moves,
            0.5 * np.einsum("ni,ij,nj->n", whitened, spreads, whitened),
            np.full(count, -0.5 * trace),
            -(velocity * whitened).sum(-1),
            *np.einsum("nii->in", jacobian),
        ]
    )
    size = np.abs(terms).sum(0) + np.abs(velocity * whitened).sum(-1)
    size = np.where(size > 0, size, 1.0)
    residual = np.abs(terms.sum(0)) / size
    # k products of a rounded matrix with a rounded point less a rounded mean, and a shift: k + 5 roundings of an affine
    # field; a rounded matrix errs by a share of itself wherever the point is, so no point counts less than a deviation
    reach = np.abs(points) + np.abs(mean) + np.sqrt(np.diag(matrix))
    off = (k + 5) * rounding * (np.abs(velocity) + np.einsum("nij,nj->ni", np.abs(jacobian), reach))
    limit = _TOLERANCE + (off * (_WEIGHTS / step + np.abs(whitened))).sum(-1) / size
    worst = int(np.argmax(residual / limit))
    change, flow = terms[:3, worst].sum(), terms[3:, worst].sum()
    detail = f"the log density changes by {change:.6g} there, and the flow accounts for {-flow:.6g}"
    if not np.isfinite(residual).all():
        return unknown("the field is not finite somewhere")
    status = "pass" if residual[worst] <= limit[worst] else "fail"
    if status == "pass" and limit.max() > _COARSEST:
        return unknown(f"rounding hides what is below {limit.max():.1g} of its terms; answer in a higher precision")
    return VelocityVerdict(status, float(residual[worst]), points[worst], count, detail, bound, float(limit[worst]))


def _rounding_of(velocity: np.ndarray) -> float:
    """Return the relative rounding of the precision that a field computes in: the one that it answers in."""
    dtype = velocity.dtype if np.issubdtype(velocity.dtype, np.floating) else np.dtype(np.float64)
    return float(max(np.finfo(dtype).eps, np.finfo(np.float64).eps)) / 2


def _jacobian(field: Callable[[np.ndarray], Any], points: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """dv_j/dz_i at every point, as [n, j, i], by differences that are exact for polynomials of degree four.

    A step of the fifth root of the rounding makes what a smooth field's fifth derivative adds as small as rounding.
    """
    columns = []
    for i, length in enumerate(steps):
        step = np.zeros_like(points)
        step[:, i] = length
        near, far = (
            np.asarray(field(points + n * step), np.float64) - np.asarray(field(points - n * step), np.float64)
            for n in (1, 2)
        )
        columns.append((8 * near - far) / (12 * length))
    return np.stack(columns, -1)
