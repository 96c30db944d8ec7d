"""Lives here: the expected values and gradients of a contract, from ball arithmetic, unit by unit.
May not live here: anything the project derived; one unit itself (`units`); limits (`limits`)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from flint import ctx

from mvn_symbolic.verify.contracts import textbook
from mvn_symbolic.verify.contracts.contract import Contract
from mvn_symbolic.verify.contracts.joint import joined
from mvn_symbolic.verify.contracts.layout import parts, roles_of
from mvn_symbolic.verify.contracts.truths.units import Unit, law_of
from mvn_symbolic.verify.oracles import arb


def covariance_of(contract: Contract, prefix: str, raws: list[np.ndarray]) -> np.ndarray:
    """Return the covariance matrix that the raw parameters of one unit stand for, from balls."""
    name = contract.laws[prefix]
    with ctx.workprec(arb.VALUE_BITS):
        law = law_of(name, arb.exact(textbook.no_mean(name, raws)), [arb.exact(raw) for raw in raws])
        width = law.covariance.nrows()
        return np.array([[float(law.covariance[i, j]) for j in range(width)] for i in range(width)])


def truth(
    contract: Contract, arrays: Mapping[str, np.ndarray], gradients: bool = True
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return the quantity per coordinate or per event, and its gradients by every argument, without reduction.

    Parameters
    ----------
    contract : Contract
    arrays : mapping
        Arguments by role; all with the axes of the batch.
    gradients : bool
        Whether the gradients are wanted.

    Returns
    -------
    value : ndarray
        Shape batch + event for independent coordinates, else batch.
    gradients : dict
        By role, at the shape of the argument: each unit by its own entries.
    """
    if contract.base == "std":
        value = textbook.value(contract, arrays)
        by = {r: textbook.term_gradients(contract, arrays, r)["std"] for r in contract.roles} if gradients else {}
        return value, by
    laws = dict(reversed(contract.laws.items())) if contract.direction == "reverse" else contract.laws
    split = _split(contract, arrays)
    probe = next(array for role, array in split.items() if role.endswith("mean"))
    shape = probe.shape if contract.diagonal else probe.shape[:-1]
    value = np.zeros(shape)
    found = {role: np.zeros(array.shape) for role, array in split.items()}
    for index in np.ndindex(shape):
        unit = Unit(contract.base, laws, {role: np.atleast_1d(array[index]) for role, array in split.items()})
        value[index] = unit.value()
        for role, slope in unit.slopes().items() if gradients else ():
            found[role][index] = slope.reshape(found[role][index].shape)
    return value, _joined(contract, found)


def _split(contract: Contract, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return a mean and raw parameters of every law, whatever tensors hold them, and the value of a density."""
    found = {}
    for prefix, name in contract.laws.items():
        mean, raws = textbook.parts(contract, prefix, arrays)
        found[prefix + "mean"] = mean
        found |= {prefix + part: raw for part, raw in zip(parts(name), raws, strict=True)}
    return found | ({"value": arrays["value"]} if "value" in arrays else {})


def _joined(contract: Contract, slopes: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Put slopes by mean and raw parameters into the tensors of the arguments."""
    found = {role: slope for role, slope in slopes.items() if role in contract.roles}
    for prefix, name in contract.laws.items():
        if name == "packed":
            both = slopes[prefix + "mean"], slopes[prefix + "packed"]
            found[roles_of(name, prefix)[0]] = joined(*both, contract.packed_axis)
    return found


REDUCED: Final[dict[str, Callable[[np.ndarray, int], np.ndarray]]] = {
    "none": lambda v, _: v,
    "per_sample": lambda v, b: v.sum(axis=tuple(range(b, v.ndim))) if v.ndim > b else v,
    "sum": lambda v, _: np.asarray(v.sum()),
    # what is divided by the sum of the mask was divided with the mask (`arguments.masked`)
    "masked_mean": lambda v, _: np.asarray(v.sum()),
    "batch_mean": lambda v, b: np.asarray(v.sum() / max(math.prod(v.shape[:b]), 1)),
    "mean": lambda v, _: np.asarray(v.sum() / max(v.size, 1)),
}
"""Reduction of a contract -> what it makes of numbers whose first so many axes are those of the batch."""


def reduced(contract: Contract, value: np.ndarray, reduction: str | None = None) -> np.ndarray:
    """Sum or average numbers per coordinate (per event for matrices) as the contract says."""
    return REDUCED[reduction or contract.reduction](np.asarray(value), contract.batch_ndim)


def weight(contract: Contract, value: np.ndarray) -> np.ndarray:
    """Return what one number of `value` counts in the sum of the reduced result."""
    batch = math.prod(value.shape[: contract.batch_ndim])
    count = {"batch_mean": batch, "mean": value.size}.get(contract.reduction, 1)
    return np.full(value.shape, 1.0 / max(count, 1))
