"""Lives here: the points at which a promised expression is asked: arguments drawn by the structure of their symbols.
May not live here: what is expected there."""

from __future__ import annotations

import math

import numpy as np

from mvn_symbolic.errors import ArgumentError
from mvn_symbolic.notation.structure import tags_of
from mvn_symbolic.notation.table import row_of
from mvn_symbolic.verify import signatures
from mvn_symbolic.verify.contracts import plan
from mvn_symbolic.verify.contracts.contract import Contract
from mvn_symbolic.verify.contracts.session import Case
from mvn_symbolic.verify.contracts.symbolic.promise import BITS
from mvn_symbolic.verify.contracts.symbolic.values import values
from mvn_symbolic.verify.contracts.written import WRITINGS

_FREE = ("value", "eps")


def _kind(symbol: object) -> str:
    row = row_of(symbol)
    return row[0].argument if row else ""


def _argument(
    contract: Contract, role: str, shape: tuple[int, ...], event: int, mean: str, spread: str, rng: np.random.Generator
) -> np.ndarray:
    """Draw one argument with the axes of the batch in front."""
    promise = contract.promise
    symbol = promise.symbols[role]
    own = promise.shape(role, event)
    tags, kind = tags_of(symbol), _kind(symbol)
    batch = shape
    std = plan.deviations(spread, batch + own[:1], rng, single=True)
    if kind == "rho":
        return WRITINGS["rho"].scale(std)
    if kind in signatures.LOGARITHMIC:
        return np.asarray(2 * np.log(std))
    if "positive" in tags or (not own and symbol.is_positive):
        return std
    if len(own) < 2:
        size = 1.0 if kind in _FREE else {"zero": 0.0, "far": 30.0}.get(mean, 1.0)
        return size * rng.standard_normal(batch + own) + 0.0
    if "diagonal" in tags:
        return std[..., None] * np.eye(own[0])
    factor = plan.factors(spread, batch, own[0], rng, single=True)
    if "lower" in tags:
        above = np.triu(rng.standard_normal(factor.shape), 1) if contract.triangle == "lower" else 0.0
        return factor + above
    if "positive_definite" in tags:
        matrix = factor @ np.swapaxes(factor, -1, -2)
        return (matrix + np.swapaxes(matrix, -1, -2)) / 2
    matrix = 0.7 * rng.standard_normal(batch + own)
    if own[0] == own[1]:
        matrix = matrix + np.eye(own[0])
    return (matrix + np.swapaxes(matrix, -1, -2)) / 2 if "symmetric" in tags else matrix


def draw(
    contract: Contract, name: str, size: int, k: int, mean: str, spread: str, rng: np.random.Generator,
    *, single: bool = False, ordinary: bool = True,
) -> Case:  # fmt: skip
    """Draw one case; extremes stay where single precision is enough, since a stranger's formula may hold anything."""
    batch = plan.batch_shape(contract, size)
    arrays = {
        role: _argument(contract, role, () if role in contract.shared else batch, k, mean, spread, rng)
        for role in contract.promise.roles
    }
    if contract.mask:
        arrays["mask"] = plan.mask_of(contract, batch, rng)
    if single:
        arrays = {role: array.astype(np.float32).astype(np.float64) for role, array in arrays.items()}
    return Case(name, batch, (k,), {role: arrays[role] for role in contract.roles}, ordinary)


def all_cases(contract: Contract, rng: np.random.Generator, *, single: bool = False, extra: int = 0) -> list[Case]:
    """Return the cases of a check at which the expression has a value: on purpose, at random, and at extremes.

    Raises
    ------
    ArgumentError
        Where the expression has no finite value at nearly all of them.
    """
    found, seen = [], set()
    for name, size, k, mean, spread in plan.ORDINARY:
        shape = (plan.batch_shape(contract, size), k, mean, spread)
        if shape not in seen:
            seen.add(shape)
            found.append(draw(contract, name, size, k, mean, spread, rng, single=single))
    # a derivative in an expression is read by differences of the whole, entry by entry: small cases must do
    slow = contract.promise.bits > BITS
    most = 12 if slow else 36
    found = [c for i, c in enumerate(found) if i == 0 or c.event[0] ** 2 * math.prod(c.batch) <= most]
    for number in range(0 if slow else extra):
        size, k = (int(n) for n in rng.integers(1, 4, size=2))
        found.append(draw(contract, f"random {number + 1}", size, k, "random", "random", rng, single=single))
    for name, size, k, mean, spread in plan.EXTREME:
        found.append(draw(contract, name, size, k, mean, spread, rng, single=single, ordinary=False))
    kept = [case for case in found if np.all(np.isfinite(values(contract, contract.promise.expression, case)))]
    if len([case for case in kept if case.ordinary]) < 4:
        raise ArgumentError(
            f"`quantity` must have a value where its symbols may be; got {contract.promise.expression}, which has none "
            f"at {len(found) - len(kept)} of {len(found)} points. Use symbols that are positive where they must be."
        )
    return kept
