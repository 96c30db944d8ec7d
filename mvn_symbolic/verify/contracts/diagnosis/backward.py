"""Lives here: wrong backward passes as people write them: of a Cholesky factor, of a sampler; upstream left out.
May not live here: which of them a function agrees with (`gradients`)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mvn_symbolic.verify.contracts import textbook
from mvn_symbolic.verify.contracts.contract import Contract

Found = dict[str, tuple[str, np.ndarray]]


def cholesky_backward(contract: Contract, arrays: Mapping[str, np.ndarray]) -> Found:
    """Return what wrong backward passes of a Cholesky factor give, by mistake, each with its sentence."""
    found = _cholesky_backward(contract, arrays["scale"], np.tril(arrays["upstream"]))
    whole = _cholesky_backward(contract, arrays["scale"], arrays["upstream"])
    also = "the upper triangle of the upstream gradient is read"
    found["upper_upstream_read"] = also, whole.pop("right")[1]
    del found["right"]
    return found | {f"{n}_upper_upstream_read": (f"{words}, and {also}", one) for n, (words, one) in whole.items()}


def _cholesky_backward(contract: Contract, given: np.ndarray, raw: np.ndarray) -> Found:
    factor = np.linalg.cholesky(given) if contract.parameterization == "covariance" else np.tril(given)
    eye = np.eye(factor.shape[-1])
    inverse = np.linalg.inv(factor)

    def around(middle: np.ndarray) -> np.ndarray:
        return inverse.mT @ middle @ inverse

    def half(matrix: np.ndarray) -> np.ndarray:
        return 0.5 * (matrix + matrix.mT)

    def phi(matrix: np.ndarray) -> np.ndarray:
        return np.tril(matrix) - 0.5 * eye * matrix

    product = factor.mT @ raw
    right = around(phi(product))
    added = right + right.mT
    return {
        "right": ("", half(right)),
        "halving_missing": ("the diagonal is not halved (Phi)", half(around(np.tril(product)))),
        "halving_of_everything": ("everything is halved, not only the diagonal", half(around(0.5 * np.tril(product)))),
        "tril_missing": ("the middle is not cut to its lower triangle", half(around(product))),
        "tril_missing_and_halved": ("the middle is not cut to its lower triangle", half(around(0.5 * product))),
        "tril_missing_but_diagonal": (
            "the middle is not cut to its lower triangle", half(around(product - 0.5 * eye * product))
        ),
        "not_symmetrized": ("the result is not symmetrized", right),
        "doubled": ("the two triangles are added, not averaged", added),
        "only_lower": ("only the lower triangle is returned", np.tril(half(right))),
        "symmetric_convention": ("each off-diagonal entry counts by half: the symmetric convention", half(right)),
        "lower_convention": ("off-diagonals count twice, in the lower part", np.tril(added) - 0.5 * eye * added),
        "upper_triangle_kept": ("the upper triangle of the middle is kept", half(around(phi(product.mT).mT))),
        "transposes_exchanged": ("the factors stand in the wrong order", half(inverse @ phi(product) @ inverse.mT)),
        "product_transposed": ("L is not transposed before the product", half(around(phi(factor @ raw)))),
        "product_reversed": ("L G' is taken for L' G", half(around(phi(factor @ raw.mT)))),
        "inverse_of_one_side_missing": ("one of the two solves is missing", half(inverse.mT @ phi(product))),
        "solves_missing": ("both solves are missing", half(phi(product))),
        "sign": ("it has the wrong sign", -half(right)),
        "halved": ("it is halved", 0.5 * half(right)),
        "by_factor": ("the upstream gradient is handed on", raw),
    }  # fmt: skip


def sampler_backward(contract: Contract, arrays: Mapping[str, np.ndarray]) -> dict[str, Found]:
    """Return by argument what wrong backward passes of a sampler give, by mistake."""
    upstream, eps, name = arrays["upstream"], arrays["eps"], contract.laws[""]
    if "scale" not in arrays:
        return {}
    if not contract.diagonal:
        factor = np.tril(arrays["scale"]) if name == "scale_tril" else None
        outer = upstream[..., :, None] * eps[..., None, :]
        by: Found = {
            "tril_missing": ("is not cut to the lower triangle", outer),
            "transposed": ("is transposed", np.tril(outer.mT)),
            "eps_missing": ("lacks the noise", np.tril(upstream[..., :, None] + 0 * outer)),
            "only_diagonal": ("is cut to its diagonal", outer * np.eye(eps.shape[-1])),
        }
        if factor is None:
            by["by_factor"] = "is that by the factor: the chain rule of Cholesky is missing", np.tril(outer)
            return {"scale": by}
        noise: Found = {"not_transposed": ("lacks a transpose", (factor @ upstream[..., None])[..., 0])}
        return {"scale": by, "eps": noise}
    raw = arrays["scale"]
    sigma = np.sqrt(textbook.VARIANCES[name](raw))
    slope = np.imag(np.sqrt(textbook.VARIANCES[name](raw + 1e-30j))) / 1e-30
    by = {
        "eps_missing": ("lacks the noise", upstream * slope),
        "upstream_missing": ("lacks the upstream gradient", eps * slope),
        "chain_rule_missing": ("lacks the chain rule from sigma to its raw parameter", upstream * eps),
        "sigma_for_slope": ("has sigma where its derivative is meant", upstream * eps * sigma),
        "variance_for_sigma": ("has the variance where sigma is meant", upstream * eps * slope * sigma),
        "half_variance_for_sigma": ("has the variance where sigma is meant", 0.5 * upstream * eps * sigma**2),
        "sign": ("has the wrong sign", -upstream * eps * slope),
        "divided_by_slope": ("is divided by the derivative of sigma", upstream * eps / slope),
        "sigmoid_missing": ("lacks the derivative of the softplus", upstream * eps),
    }
    if name == "logvar":
        # there its derivative is the half of sigma: a half is missing
        del by["sigma_for_slope"]
    noise = {
        "variance_for_sigma": ("has the variance where sigma is meant", upstream * sigma**2),
        "sigma_missing": ("lacks sigma", upstream + 0 * sigma),
        "raw_for_sigma": ("has the raw parameter where sigma is meant", upstream * raw),
    }
    mean = {"with_sigma": ("is multiplied with sigma", upstream * sigma), "with_eps": ("has the noise", upstream * eps)}
    return {"scale": by, "eps": noise, "mean": mean}
