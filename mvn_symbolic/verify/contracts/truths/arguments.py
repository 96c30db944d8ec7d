"""Lives here: arrays of a case on their way to a truth: axes of the batch, masks, weights, what may move in each.
May not live here: what is expected, tolerances."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mvn_symbolic.verify.contracts.contract import Contract
from mvn_symbolic.verify.contracts.joint import joined
from mvn_symbolic.verify.contracts.layout import LAYOUT
from mvn_symbolic.verify.contracts.session import Case


def widened(contract: Contract, case: Case) -> dict[str, np.ndarray]:
    """Return the arguments with the axes of the batch on every one of them."""
    found = {}
    for role, array in case.arrays.items():
        if role in contract.shared:
            array = np.broadcast_to(array, case.batch + array.shape).copy()
        found[role] = array
    return found


def masked(contract: Contract, arrays: Mapping[str, np.ndarray], value: np.ndarray, reduction: str = "") -> np.ndarray:
    """Multiply numbers by the mask of the contract; for a mean of what is not masked, by its share in that."""
    if not contract.mask:
        return value
    mask = arrays["mask"]
    if (reduction or contract.reduction) == "masked_mean":
        with np.errstate(all="ignore"):
            mask = mask / mask.sum()
    return value * mask.reshape(mask.shape + (1,) * (value.ndim - mask.ndim))


def fixed_weights(count: int, phase: float = 0.0) -> np.ndarray:
    """Return fixed weights of so many outputs, all different and none of them one."""
    return np.asarray(1.0 + 0.5 * np.sin(1.0 + 2.0 * np.arange(count) + phase))


def upstream_of(case: Case, shape: tuple[int, ...]) -> np.ndarray:
    """Return weights of the outputs for one backward pass, others for each case."""
    return fixed_weights(int(np.prod(shape)), len(case.name)).reshape(shape)


def lifted(contract: Contract, role: str, unit: np.ndarray, ndim: int) -> np.ndarray:
    """Give numbers per coordinate or event the axes of an argument, to multiply its gradient with."""
    if role.endswith("packed"):
        # beside a law with a matrix there is one number for a whole event
        return joined(unit, unit, contract.packed_axis) if contract.diagonal else unit[..., None]
    return unit.reshape(unit.shape + (1,) * (ndim - unit.ndim))


def structure_of(contract: Contract, role: str) -> str:
    """Return what may move in an argument: ``lower``, ``strictly_lower``, ``diagonal``, ``symmetric``; or nothing."""
    if contract.promise is not None:
        return contract.promise.structure(role) if role in contract.promise.symbols else ""
    if contract.quantity == "vjp_cholesky":
        return "symmetric"  # whether a factor or a covariance is given: the gradient is that by the covariance
    name, part = contract.part_of(role)
    return LAYOUT.get(name, {}).get(part, "")


def comparable(contract: Contract, role: str, gradient: np.ndarray) -> np.ndarray:
    """Return what autograd promises of a gradient: a triangle by a factor, the symmetric part by a covariance."""
    match structure_of(contract, role):
        case "strictly_lower":
            return np.tril(gradient, -1)
        case "lower":
            return np.tril(gradient)
        case "diagonal":
            return gradient * np.eye(gradient.shape[-1])
        case "symmetric":
            return (gradient + np.swapaxes(gradient, -1, -2)) / 2
    return gradient


def by_convention(contract: Contract, role: str, gradient: np.ndarray) -> np.ndarray:
    """Write a gradient by a symmetric argument, given in the symmetric convention, in that of the contract."""
    if structure_of(contract, role) != "symmetric" or contract.convention in ("symmetric", "free"):
        return gradient
    part = np.tril if contract.convention == "lower" else np.triu
    inside = part(gradient)
    return 2 * inside - inside * np.eye(gradient.shape[-1])
