"""Lives here: what a hand-written gradient, or a product with one, must return at a case.
May not live here: calls of the function under test."""

from __future__ import annotations

import numpy as np

from mvn_symbolic.verify.contracts import textbook
from mvn_symbolic.verify.contracts.contract import Contract
from mvn_symbolic.verify.contracts.joint import joined, parted
from mvn_symbolic.verify.contracts.layout import parts, raw_as
from mvn_symbolic.verify.contracts.session import Case, Session
from mvn_symbolic.verify.contracts.truths.expected import expected
from mvn_symbolic.verify.contracts.truths.limits import SLACK
from mvn_symbolic.verify.contracts.written import packed, unpacked


def _cholesky(matrix: np.ndarray) -> np.ndarray:
    """Return the factor of complex symmetric matrices, without a conjugate: complex steps pass through."""
    k = matrix.shape[-1]
    factor = np.zeros_like(matrix)
    for j in range(k):
        rest = matrix[..., j:, j] - (factor[..., j:, :j] * factor[..., j : j + 1, :j]).sum(-1)
        factor[..., j, j] = np.sqrt(rest[..., 0])
        factor[..., j + 1 :, j] = rest[..., 1:] / factor[..., j, j][..., None]
    return factor


def _slope_of_factor(covariance: np.ndarray, upstream: np.ndarray) -> np.ndarray:
    """Return the gradient by a covariance, in the symmetric convention, of its factor's product with an upstream."""
    matrix = covariance.astype(complex)
    out = np.zeros(matrix.shape)
    for i, j in np.ndindex(matrix.shape[-2:]):
        moved = matrix.copy()
        moved[..., i, j] += 0.5e-30j
        moved[..., j, i] += 0.5e-30j
        out[..., i, j] = (np.imag(_cholesky(moved)) * upstream).sum((-2, -1)) / 1e-30
    return out


def _vjp_cholesky(contract: Contract, case: Case) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    given, upstream = case.arrays["scale"], np.tril(case.arrays["upstream"])
    factor = np.tril(given)
    covariance = given if contract.parameterization == "covariance" else factor @ np.swapaxes(factor, -1, -2)
    out = _slope_of_factor(covariance, upstream)
    size = np.abs(out).max(initial=0.0) + np.abs(upstream).max(initial=0.0)
    return {"scale": out}, {"scale": np.full(out.shape, SLACK[case.ordinary] * size)}


def _vjp_rsample(session: Session, case: Case) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    contract, arrays = session.contract, case.arrays
    upstream, eps = arrays["upstream"], arrays["eps"]
    name = contract.laws[""]
    if contract.diagonal:
        raw = arrays["packed"] if name == "packed" else arrays["scale"]
        raw = parted(raw, contract.packed_axis)[1] if name == "packed" else raw
        sigma = textbook.VARIANCES[raw_as(name)](raw + 1e-30j)
        by_raw = upstream * eps * np.imag(np.sqrt(sigma)) / 1e-30
        by_eps = upstream * np.sqrt(sigma).real
    elif name == "scale_unit_tril":
        unit, scaled = np.tril(arrays["unit_tril"]), upstream * arrays["scale"]
        by_raw = upstream * (unit @ eps[..., None])[..., 0]
        by_eps = (np.swapaxes(unit, -1, -2) @ scaled[..., None])[..., 0]
    elif name == "log_cholesky":
        factor = unpacked(arrays["raw_tril"])
        slope = upstream[..., :, None] * eps[..., None, :]
        # what a small change of the packed numbers adds to the factor: itself on the diagonal, one below it
        by_raw = packed(slope, lambda diagonal: diagonal * np.diagonal(factor, axis1=-2, axis2=-1))
        by_eps = (np.swapaxes(factor, -1, -2) @ upstream[..., None])[..., 0]
    else:
        by_raw, factor = np.tril(upstream[..., :, None] * eps[..., None, :]), np.tril(arrays["scale"])
        if name == "covariance":
            factor = np.linalg.cholesky(arrays["scale"])
            by_raw = _slope_of_factor(arrays["scale"], by_raw)
        by_eps = (np.swapaxes(factor, -1, -2) @ upstream[..., None])[..., 0]
    want = {"mean": upstream, parts(name)[0]: by_raw, "eps": by_eps}
    if name == "scale_unit_tril":
        want["unit_tril"] = np.tril(scaled[..., :, None] * eps[..., None, :], -1)
    if name == "packed":
        want = {"packed": joined(upstream, by_raw, contract.packed_axis), "eps": by_eps}
    return want, {
        r: SLACK[case.ordinary] * (np.abs(g) + 1e-2 * np.abs(g).max(initial=0) + 1e-300) for r, g in want.items()
    }


def written(session: Session, case: Case) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Return the gradients that a tuple must hold, by role, and the deviation that counts as wrong."""
    if session.contract.quantity == "vjp_cholesky":
        return _vjp_cholesky(session.contract, case)
    if session.contract.quantity == "vjp_rsample":
        return _vjp_rsample(session, case)
    truth = expected(session, case)
    return truth.gradients, truth.gradients_wrong
