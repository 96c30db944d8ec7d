"""Lives here: the truth about one Gaussian event in ball arithmetic, by covariance, determinant and solve.
May not live here: batches, floating point, calculus rules, or anything the project derived."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np
from flint import arb, arb_mat, ctx

from mvn_symbolic.verify import signatures

VALUE_BITS: Final = 400
"""Enough for a determinant of condition 1e30 to keep 90 digits."""
DERIVATIVE_BITS: Final = 800
"""Of these 240 digits a central difference with ``STEP`` loses 60 to its division; its truncation leaves 120."""
STEP: Final = "1e-60"
"""Relative to the entry that is moved."""


class Gaussian(NamedTuple):
    """A normal distribution in balls; ``factor`` is the map of the noise where the parameterization defines one."""

    mean: arb_mat
    covariance: arb_mat
    factor: arb_mat | None = None


def _from_factor(mean: arb_mat, factor: arb_mat) -> Gaussian:
    return Gaussian(mean, factor * factor.transpose(), factor)


def _lower(matrix: arb_mat) -> arb_mat:
    k = matrix.nrows()
    return arb_mat([[matrix[i, j] if j <= i else arb(0) for j in range(k)] for i in range(k)])


def diagonal(column: arb_mat, function: Callable[[arb], arb] = lambda entry: entry) -> arb_mat:
    """Return the diagonal matrix of a column, each entry through a function."""
    k = column.nrows()
    return arb_mat([[function(column[i, 0]) if i == j else arb(0) for j in range(k)] for i in range(k)])


def _unpacked(k: int, raw: arb_mat) -> arb_mat:
    factor = diagonal(arb_mat([[raw[i, 0]] for i in range(k)]), arb.exp)
    places = [(i, j) for j in range(k) for i in range(j + 1, k)]
    for number, place in enumerate(places):
        factor[place] = raw[k + number, 0]
    return factor


PARAMETERIZATIONS: Final[dict[str, Callable[..., Gaussian]]] = {
    "diag": lambda loc, scale_diag: _from_factor(loc, diagonal(scale_diag)),
    "logvar": lambda loc, logvar: _from_factor(loc, diagonal(logvar, lambda v: (v / 2).exp())),
    "softplus": lambda loc, rho: _from_factor(loc, diagonal(rho, lambda v: v.exp().log1p())),
    "tril": lambda loc, scale_tril: _from_factor(loc, _lower(scale_tril)),
    "log_cholesky": lambda loc, raw_tril: _from_factor(loc, _unpacked(loc.nrows(), raw_tril)),
    "covariance": lambda loc, covariance_matrix: Gaussian(loc, covariance_matrix),
    "precision": lambda loc, precision_matrix: Gaussian(loc, precision_matrix.inv()),
    "low_rank": lambda loc, cov_factor, cov_diag: Gaussian(
        loc, cov_factor * cov_factor.transpose() + diagonal(cov_diag)
    ),
}
"""Raw parameters -> mean and covariance. A new parameterization joins by one line here and one in ``signatures``."""


def _cholesky(matrix: arb_mat) -> arb_mat:
    k = matrix.nrows()
    factor = arb_mat(k, k)
    for i in range(k):
        for j in range(i + 1):
            rest = sum((factor[i, m] * factor[j, m] for m in range(j)), arb(0))
            pivot = matrix[i, j] - rest
            factor[i, j] = pivot.sqrt() if i == j else pivot / factor[j, j]
    return factor


def _side_by_side(left: arb_mat, right: arb_mat) -> arb_mat:
    return arb_mat([[*a, *b] for a, b in zip(left.tolist(), right.tolist(), strict=True)])


FACTORS: Final[dict[str, Callable[..., arb_mat]]] = {
    "covariance": _cholesky,
    "precision": lambda matrix: _cholesky(matrix).inv().transpose(),
    "low_rank": lambda cov_factor, cov_diag: _side_by_side(cov_factor, diagonal(cov_diag, arb.sqrt)),
}
"""What the noise is multiplied by, where the parameters after ``loc`` do not hold it: a convention of ``rsample``."""


def _entropy(p: Gaussian) -> arb:
    return (p.covariance * (2 * arb.pi() * arb(1).exp())).det().log() / 2


def _log_prob(p: Gaussian, value: arb_mat) -> arb:
    distance = value - p.mean
    mahalanobis = (distance.transpose() * p.covariance.solve(distance))[0, 0]
    return -((p.covariance * (2 * arb.pi())).det().log() + mahalanobis) / 2


def _kl_divergence(p: Gaussian, q: Gaussian) -> arb:
    distance = p.mean - q.mean
    trace = q.covariance.solve(p.covariance).trace()
    mahalanobis = (distance.transpose() * q.covariance.solve(distance))[0, 0]
    return (trace + mahalanobis - p.mean.nrows() + (q.covariance.det() / p.covariance.det()).log()) / 2


def _kl_standard_normal(p: Gaussian) -> arb:
    k = p.mean.nrows()
    return _kl_divergence(p, Gaussian(arb_mat(k, 1), arb_mat(k, k, 1)))


ANSWERS: Final[dict[str, Callable[..., arb]]] = {
    "entropy": _entropy,
    "log_prob": _log_prob,
    "kl_divergence": _kl_divergence,
    "kl_standard_normal": _kl_standard_normal,
}
"""Scalar functions of laws, and of a point as a column, at the precision that the caller has set; in nats."""


def _rsample(p: Gaussian, *noises: arb_mat) -> list[arb]:
    """Noises of their own stand one above the other, as the parts of the factor stand side by side."""
    if p.factor is None:
        raise NotImplementedError("expected a parameterization that defines the factor of its noise")
    return (p.mean + p.factor * arb_mat([[entry] for eps in noises for entry in eps.entries()])).entries()


def exact(array: np.ndarray) -> arb_mat:
    """Turn one argument of one event into balls of radius zero: a vector becomes a column."""
    array = np.asarray(array, dtype=np.float64)
    return arb_mat([[arb(float(entry)) for entry in np.atleast_1d(row)] for row in array])


def _apply(function: str, parameterization: str, matrices: Sequence[arb_mat]) -> list[arb]:
    build = PARAMETERIZATIONS[parameterization]
    count = len(signatures.PARAMETERS[parameterization])
    first, rest = build(*matrices[:count]), matrices[count:]
    match function:
        case "entropy":
            return [_entropy(first)]
        case "log_prob":
            return [_log_prob(first, *rest)]
        case "kl_divergence":
            return [_kl_divergence(first, build(*rest))]
        case "kl_standard_normal":
            return [_kl_standard_normal(first)]
        case "rsample":
            if parameterization in FACTORS:
                first = first._replace(factor=FACTORS[parameterization](*matrices[1:count]))
            return _rsample(first, *rest)
    raise LookupError(f"expected one of {signatures.VALUE_FUNCTIONS}; got {function!r}")


def value(function: str, parameterization: str, *arrays: np.ndarray, bits: int = VALUE_BITS) -> np.ndarray:
    """Return the truth of a function at one event.

    Parameters
    ----------
    function : str
        ``rsample``, ``log_prob``, ``entropy``, ``kl_divergence`` or ``kl_standard_normal``.
    parameterization : str
        A key of ``PARAMETERIZATIONS``.
    *arrays : ndarray
        The arguments in the contract's order, each of its event shape, taken exactly.
    bits : int
        Working precision.

    Returns
    -------
    ndarray of arb
        Shape () for the scalar functions, in nats, and (k,) for ``rsample``.
    """
    with ctx.workprec(bits):
        result = _apply(function, parameterization, [exact(array) for array in arrays])
    out = np.empty(len(result), dtype=object)
    out[:] = result
    return out if function == "rsample" else out.reshape(())


def _directions(argument: str, rows: int, columns: int) -> list[tuple[tuple[int, int], ...]]:
    """List, for each free entry of an argument, the places that move together (two halves for a symmetric matrix)."""
    places = [(i, j) for i in range(rows) for j in range(columns)]
    if signatures.bare(argument) in signatures.LOWER:
        return [((i, j),) for i, j in places if j <= i]
    if signatures.bare(argument) in signatures.SYMMETRIC:
        return [((i, j), (j, i)) for i, j in places if j <= i]
    return [(place,) for place in places]


def _contracted(function: str, parameterization: str, matrices: Sequence[arb_mat], cotangent: arb_mat | None) -> arb:
    result = _apply(function, parameterization, matrices)
    if cotangent is None:
        return result[0]
    return sum((c * r for c, r in zip(cotangent.entries(), result, strict=True)), arb(0))


def central_differences(
    function: str, parameterization: str, matrices: Sequence[arb_mat], cotangent: arb_mat | None
) -> list[np.ndarray]:
    """Differentiate along every free entry, as columns and matrices; the caller has set the precision."""
    names = signatures.arguments(parameterization, function)
    gradients = []
    for index, (name, matrix) in enumerate(zip(names, matrices, strict=True)):
        out = np.full((matrix.nrows(), matrix.ncols()), arb(0), dtype=object)
        largest = max((abs(float(entry)) for entry in matrix.entries()), default=0.0)
        for places in _directions(name, matrix.nrows(), matrix.ncols()):
            step = _step(name, abs(float(matrix[places[0]])), largest)
            ends = []
            for sign in (1, -1):
                moved = arb_mat(matrix)
                for place in places:
                    moved[place] += sign * step / len(places)
                arguments = [*matrices[:index], moved, *matrices[index + 1 :]]
                ends.append(_contracted(function, parameterization, arguments, cotangent))
            for place in places:
                out[place] = (ends[0] - ends[1]) / (2 * step)
        gradients.append(out)
    return gradients


def _step(name: str, size: float, largest: float) -> arb:
    """Return ``STEP`` relative to an entry, so that a scale of 1e-100 is not stepped over.

    Relative to 1 for an argument of an exponential; a zero, or an entry far below the others, counts as 1e-30 of them.
    """
    if signatures.bare(name) in signatures.LOGARITHMIC or largest == 0:
        return arb(STEP)
    return arb(STEP) * arb(max(size, 1e-30 * largest))


def shaped(gradients: Sequence[np.ndarray], arrays: Sequence[np.ndarray]) -> tuple[np.ndarray, ...]:
    """Give gradients, which come as columns and matrices, the shapes of their arguments."""
    return tuple(g.reshape(np.shape(array)) for g, array in zip(gradients, arrays, strict=True))


def gradient(
    function: str,
    parameterization: str,
    *arrays: np.ndarray,
    cotangent: np.ndarray | None = None,
    bits: int = DERIVATIVE_BITS,
) -> tuple[np.ndarray, ...]:
    """Return the gradients by all arguments at one event, by central differences and no calculus rule.

    Parameters
    ----------
    function, parameterization, *arrays
        As in `value`.
    cotangent : ndarray of shape (k,), optional
        Upstream gradient of ``rsample``: the contraction <cotangent, rsample> is differentiated.
    bits : int
        Working precision; more where a value is 1e60 times its gradient.

    Returns
    -------
    tuple of ndarray of arb
        One array of its argument's event shape each: zero above the diagonal by a triangular argument, the symmetric
        convention by a symmetric one. The radius covers rounding; truncation is about 1e-120 of the third derivative.
    """
    with ctx.workprec(bits):
        upstream = None if cotangent is None else exact(cotangent)
        return shaped(central_differences(function, parameterization, [exact(a) for a in arrays], upstream), arrays)


def directional(
    function: str, parameterization: str, arrays: Sequence[np.ndarray], tangents: Sequence[np.ndarray]
) -> np.ndarray:
    """Return the derivative of a function along tangents of its arguments (of a lower triangle, only that is used)."""
    with ctx.workprec(DERIVATIVE_BITS):
        step = arb(STEP)
        matrices, steps = [exact(a) for a in arrays], [exact(t) * step for t in tangents]
        ends = [
            _apply(function, parameterization, [m + sign * s for m, s in zip(matrices, steps, strict=True)])
            for sign in (1, -1)
        ]
        out = np.empty(len(ends[0]), dtype=object)
        out[:] = [(plus - minus) / (2 * step) for plus, minus in zip(*ends, strict=True)]
    return out if function == "rsample" else out.reshape(())


def to_float(balls: np.ndarray) -> np.ndarray:
    """Round an array of balls to float64, entry by entry, at the midpoints."""
    return np.array([float(ball) for ball in np.ravel(balls)], dtype=np.float64).reshape(np.shape(balls))


def scaled(balls: np.ndarray, factor: float) -> np.ndarray:
    """Return the balls times an exact factor, without loss of precision."""
    with ctx.workprec(DERIVATIVE_BITS):
        return balls * factor


def distance(x: float, ball: arb) -> float:
    """Return an upper bound of ``|x - truth|``; infinite for a result that is not finite."""
    return float(abs(arb(x) - ball).upper()) if np.isfinite(x) else float("inf")


def ulp_error(x: float, ball: arb, dtype: np.dtype | type | str = np.float64) -> float:
    """Return ``|x - truth|`` in units of the last place of the truth in ``dtype`` (an upper bound, by the radius).

    A unit is the spacing of the floats around the truth, no less than the smallest subnormal; a result that is not
    finite where the truth is, is infinitely wrong.
    """
    nearest = np.dtype(dtype).type(float(ball))
    if not np.isfinite(nearest):
        return float("inf")
    return distance(float(x), ball) / float(np.spacing(np.abs(nearest)))
