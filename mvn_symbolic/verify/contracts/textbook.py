"""Lives here: the textbook's terms in floating point, real or complex, from raw parameters that may be read wrongly.
May not live here: the truth (`truth` has it from ball arithmetic): these terms weigh rounding and explain mistakes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np

from mvn_symbolic.verify.contracts import layout
from mvn_symbolic.verify.contracts.contract import DIAGONAL, Contract
from mvn_symbolic.verify.contracts.joint import parted
from mvn_symbolic.verify.contracts.written import triangle_size, unpacked

Arrays = Mapping[str, np.ndarray]
COEFFICIENTS: Final[dict[str, dict[str, float]]] = {
    "kl_standard_normal": {"logdet": -0.5, "trace": 0.5, "quad": 0.5, "const": -0.5},
    "kl_divergence": {"logdet_q": 0.5, "logdet_p": -0.5, "trace": 0.5, "quad": 0.5, "const": -0.5},
    "log_prob": {"quad": -0.5, "logdet": -0.5, "const": -0.5 * math.log(2 * math.pi)},
    "entropy": {"logdet": 0.5, "const": 0.5 * (1 + math.log(2 * math.pi))},
    "log_det": {"logdet": 1.0},
    "std": {"std": 1.0},
}
"""Each quantity as a sum of terms; ``const`` counts coordinates."""


def _softplus(x: np.ndarray) -> np.ndarray:
    return np.where(x.real > 0, x, 0) + np.log1p(np.exp(np.where(x.real > 0, -x, x)))


def elu(x: np.ndarray) -> np.ndarray:
    """Return the exponential linear unit, shifted by one to be positive."""
    return np.where(x > 0, x + 1, np.exp(np.minimum(x, 0)))


def sigmoid(x: np.ndarray) -> np.ndarray:
    """Return the logistic function."""
    return 1 / (1 + np.exp(-x))


VARIANCES: Final[dict[str, Callable[[np.ndarray], np.ndarray]]] = {
    "var": lambda raw: raw + 0.0,
    "std": lambda raw: raw * raw,
    "logstd": lambda raw: np.exp(2 * raw),
    "logvar": np.exp,
    "rho": lambda raw: _softplus(raw) ** 2,
    "precision": lambda raw: 1 / raw,
    "logprecision": lambda raw: np.exp(-raw),
    "exp(2 logvar)": lambda raw: np.exp(4 * raw),
    "exp(logvar/4)": lambda raw: np.exp(raw / 2),
    "softplus_as_variance": lambda raw: _softplus(raw),
    "exp(0.5 ** raw)": lambda raw: np.exp(2 * 0.5**raw),
    "softplus of softplus": lambda raw: _softplus(_softplus(raw)) ** 2,
    "exp of exp": lambda raw: np.exp(2 * np.exp(raw)),
}
"""Raw number -> variance, by what it is read as."""


def _diag_matrix(vector: np.ndarray) -> np.ndarray:
    return vector[..., None] * np.eye(vector.shape[-1])


def _only_diagonal(matrix: np.ndarray) -> np.ndarray:
    return matrix * np.eye(matrix.shape[-1])


def _from_rows(raw: np.ndarray) -> np.ndarray:
    """Return the factor of a triangle packed row by row, the logarithms of its diagonal where they stand."""
    k = triangle_size(raw.shape[-1])
    rows, columns = np.tril_indices(k)
    factor = np.zeros((*raw.shape[:-1], k, k), raw.dtype)
    factor[..., rows, columns] = np.where(rows == columns, np.exp(raw), raw)
    return factor


def _square(factor: np.ndarray) -> np.ndarray:
    return factor @ factor.mT


COVARIANCES: Final[dict[str, Callable[..., np.ndarray]]] = {
    "scale_tril": lambda L: np.tril(L) @ np.tril(L).mT,
    "full_factor": lambda L: L @ L.mT,
    "transposed_factor": lambda L: np.tril(L).mT @ np.tril(L),
    "diagonal_of_factor": lambda L: _only_diagonal(L) ** 2,
    "product_as_factor": lambda L: COVARIANCES["covariance_as_lower_factor"](np.tril(L) @ np.tril(L).mT),
    "factor_as_covariance": lambda L: np.tril(L) + np.tril(L, -1).mT,
    "covariance": lambda S: (S + S.mT) / 2,
    "precision": lambda P: np.linalg.inv((P + P.mT) / 2),
    "diagonal_of_covariance": lambda S: _only_diagonal(S),
    "diagonal_of_precision": lambda P: _diag_matrix(1 / np.diagonal(P, axis1=-2, axis2=-1)),
    "covariance_as_lower_factor": lambda S: np.tril(S) @ np.tril(S).mT,
    "covariance_as_factor": lambda S: S @ S.mT,
    "low_rank": lambda W, d: W @ W.mT + _diag_matrix(d),
    "low_rank_diag_as_std": lambda W, d: W @ W.mT + _diag_matrix(d * d),
    "low_rank_without_diag": lambda W, d: W @ W.mT + _diag_matrix(d * 0 + 1e-300),
    "low_rank_without_factor": lambda _, d: _diag_matrix(d),
    "log_cholesky": lambda raw: _square(unpacked(raw)),
    "filled_row_by_row": lambda raw: _square(unpacked(raw, rows=True)),
    "packed_row_by_row": lambda raw: _square(_from_rows(raw)),
    "diagonal_without_exp": lambda raw: _square(unpacked(raw, lambda entries: entries + 0.0)),
    "diagonal_by_softplus": lambda raw: _square(unpacked(raw, _softplus)),
    "diagonal_as_log_variances": lambda raw: _square(unpacked(raw, lambda entries: np.exp(entries / 2))),
    "scale_unit_tril": lambda s, U: (s[..., None] * U) @ (s[..., None] * U).mT,
    "unit_tril_times_scale": lambda s, U: (U * s[..., None, :]) @ (U * s[..., None, :]).mT,
    "unit_tril_alone": lambda s, U: U @ U.mT + 0 * s[..., None],
    "unit_tril_times_variance": lambda s, U: (U * s[..., None, :]) @ U.mT,
}


def parts(contract: Contract, prefix: str, arrays: Arrays) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return the mean (zero where there is none) and the raw parameters of a law."""
    name = contract.laws[prefix]
    if name == "packed":
        mean, raw = parted(arrays[prefix + "packed"], contract.packed_axis)
        return mean, [raw]
    raws = [arrays[prefix + part] for part in layout.parts(name)]
    if prefix + "mean" in arrays:
        return arrays[prefix + "mean"], raws
    return no_mean(name, raws), raws


def no_mean(name: str, raws: Sequence[np.ndarray]) -> np.ndarray:
    """Return zeros of the shape that the mean beside these raw parameters has."""
    first, raw = next((p, r) for p, r in zip(layout.parts(name), raws, strict=True) if p != "factor")
    if first == "raw_tril":
        return np.zeros((*raw.shape[:-1], triangle_size(raw.shape[-1])))
    return np.zeros(raw.shape[:-1] if layout.is_matrix(name, first) else raw.shape)


def spread(contract: Contract, prefix: str, raws: list[np.ndarray], reading: str | None = None) -> np.ndarray:
    """Return variances (independent coordinates), or the covariance matrix, as read."""
    name = contract.laws[prefix]
    if name in DIAGONAL:
        variance = VARIANCES[reading or layout.raw_as(name)](raws[0])
        return variance if contract.diagonal else _diag_matrix(variance)
    return COVARIANCES[reading or name](*raws)


def log_det(covariance: np.ndarray) -> np.ndarray:
    """Return the log-determinant of matrices, analytic in complex entries too; of real ones, of its absolute value."""
    det = np.linalg.det(covariance)
    # a mistake may make a matrix indefinite, and slogdet is what people call
    return np.log(np.abs(det)) if np.isrealobj(det) else np.log(det)


def quadratic(covariance: np.ndarray, distance: np.ndarray) -> np.ndarray:
    """Return d' Sigma^-1 d."""
    return (distance * np.linalg.solve(covariance, distance[..., None])[..., 0]).sum(-1)


def terms(
    contract: Contract, arrays: Arrays, readings: Mapping[str, str] | None = None, swapped: bool = False
) -> dict[str, np.ndarray]:
    """Return the terms of the quantity: one number per coordinate (independent ones), or per event.

    ``readings`` says as what the raw parameters of a law are read, by prefix; ``swapped`` exchanges p and q.
    """
    readings = readings or {}
    base, diagonal = contract.base, contract.diagonal
    laws = {}
    for prefix in contract.laws:
        mean, raws = parts(contract, prefix, arrays)
        laws[prefix] = mean, spread(contract, prefix, raws, readings.get(prefix))
    det: Callable[[np.ndarray], np.ndarray] = np.log if diagonal else log_det
    form = (lambda s, d: d * d / s) if diagonal else quadratic
    if base == "kl_divergence":
        order = ("q_", "p_") if (contract.direction == "reverse") != swapped else ("p_", "q_")
        (m, s), (n, t) = (laws[prefix] for prefix in order)
        trace = s / t if diagonal else np.trace(np.linalg.solve(t, s), axis1=-2, axis2=-1)
        quad = form(t, m - n)
        one = np.ones_like(quad) * (1 if diagonal else m.shape[-1])
        return {
            "logdet_q": det(t) + 0 * quad,
            "logdet_p": det(s) + 0 * quad,
            "trace": trace,
            "quad": quad,
            "const": one,
        }
    mean, s = laws[""]
    if base == "std":
        return {"std": np.sqrt(s if diagonal else np.diagonal(s, axis1=-2, axis2=-1))}
    found = {"logdet": det(s)}
    shape = np.broadcast_shapes(found["logdet"].shape, mean.shape if diagonal else mean.shape[:-1])
    if base == "kl_standard_normal":
        found["trace"] = s + 0 if diagonal else np.trace(s, axis1=-2, axis2=-1)
        found["quad"] = mean * mean if diagonal else (mean * mean).sum(-1)
    if base == "log_prob":
        found["quad"] = form(s, arrays["value"] - mean)
        shape = np.broadcast_shapes(shape, found["quad"].shape)
    if base != "log_det":
        found["const"] = np.ones(shape) * (1 if diagonal else mean.shape[-1])
    return {name: np.broadcast_to(term, shape) + 0.0 for name, term in found.items()}


def value(contract: Contract, arrays: Arrays) -> np.ndarray:
    """Return the quantity of the textbook, one number per coordinate or per event, without reduction."""
    found = terms(contract, arrays)
    return sum((c * found[name] for name, c in COEFFICIENTS[contract.base].items()), np.zeros(()))


def term_gradients(
    contract: Contract,
    arrays: Arrays,
    role: str,
    weights: np.ndarray | None = None,
    readings: Mapping[str, str] | None = None,
) -> dict[str, np.ndarray]:
    """Return the derivative of every term by one argument, by complex steps, at the shape of the argument.

    ``weights`` of the numbers of a term matter where an entry moves several of them: deviations of a matrix.
    ``readings`` says as what raw parameters are read, as in `terms`.

    Terms are functions of their own coordinate or event alone, so one step serves all of a batch; a shared argument is
    given with the axes of the batch.
    """
    x = arrays[role]
    found: dict[str, np.ndarray] = {}
    whole = role.endswith("packed") or not contract.diagonal
    batch = arrays[role].ndim - event_rank(contract, role)
    places = list(np.ndindex(x.shape[batch:])) if whole else [None]
    for place in places:
        moved = x.astype(complex)
        where = (slice(None),) * batch + place if place is not None else ...
        moved[where] += 1e-30j
        for name, term in terms(contract, {**arrays, role: moved}, readings).items():
            slope = np.imag(term) / 1e-30
            if weights is not None:
                slope = slope * weights
            if place is None:
                found[name] = np.broadcast_to(slope, x.shape)
            else:
                out = found.setdefault(name, np.zeros(x.shape))
                out[where] = slope.sum(tuple(range(batch, slope.ndim)))
    return found


def event_rank(contract: Contract, role: str) -> int:
    """Return how many axes of an argument belong to one event."""
    return 2 if layout.is_matrix(*contract.part_of(role)) else contract.event_ndim
