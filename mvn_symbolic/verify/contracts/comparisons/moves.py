"""Lives here: moved points: coordinates permuted, mirrored, turned, shifted and scaled, and what follows for the value.
May not live here: calls of the function (`metamorphic`)."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from mvn_symbolic.verify.contracts import textbook
from mvn_symbolic.verify.contracts.contract import Contract
from mvn_symbolic.verify.contracts.joint import joined, parted
from mvn_symbolic.verify.contracts.layout import DENSE, MATRICES, parts
from mvn_symbolic.verify.contracts.session import Case
from mvn_symbolic.verify.contracts.truths.arguments import masked, widened
from mvn_symbolic.verify.contracts.written import WRITINGS

_BY: Final = 1.3
"""Factor of a scaled point: small enough to keep away from clamps."""
_SHIFTS: Final = {"log_prob": -1.0, "entropy": 1.0, "log_det": 2.0}
"""How often log |det A| is added to a quantity under x -> A x."""


@dataclass(frozen=True)
class Move:
    """A moved point with the order of its coordinates, what is added per unit, and the factor of deviations."""

    name: str
    case: Case
    shift: np.ndarray
    order: np.ndarray | None = None
    times: float = 1.0


def moves(contract: Contract, case: Case, rng: np.random.Generator) -> Iterator[Move]:
    """Yield the moves that a quantity obeys, from a point whose scales are near one."""
    arrays = widened(contract, case)
    none = np.zeros(next(iter(textbook.terms(contract, arrays).values())).shape)
    order = rng.permutation(case.event[0])
    yield Move("permuted", _with(contract, case, _permuted(contract, case, order)), none, order)
    locations = [r for r in case.arrays if r.endswith(("mean", "value"))]
    packed = [r for r in case.arrays if r.endswith("packed")]
    if locations and not packed and contract.base not in ("entropy", "log_det", "std"):
        yield Move("mirrored", _with(contract, case, {r: -case.arrays[r] for r in locations}), none)
    if contract.base in ("kl_divergence", "log_prob") and not packed:
        step = rng.standard_normal(case.event)
        yield Move("shifted", _with(contract, case, {r: case.arrays[r] + step for r in locations}), none)
    scales = {p: to for p, law in contract.laws.items() if not packed and (to := WRITINGS[law].scaled)}
    if contract.base != "kl_standard_normal" and len(scales) == len(contract.laws):
        scaled = {r: _BY * case.arrays[r] for r in locations}
        for prefix, scale in scales.items():
            given = {part: case.arrays[prefix + part] for part in parts(contract.laws[prefix])}
            scaled |= {prefix + part: raw for part, raw in scale(given, _BY).items()}
        count = 1.0 if contract.diagonal else float(case.event[0])
        shift = none + _SHIFTS.get(contract.base, 0.0) * count * np.log(_BY)
        yield Move("scaled", _with(contract, case, scaled), masked(contract, arrays, shift), times=_BY)
    if contract.base == "kl_standard_normal" and contract.laws[""] in MATRICES:
        yield Move("turned", _with(contract, case, _turned(contract, case, rng)), none)


def _with(contract: Contract, case: Case, changed: dict[str, np.ndarray]) -> Case:
    return dataclasses.replace(case, name=f"{case.name}, moved", arrays={**case.arrays, **changed})


def _permuted(contract: Contract, case: Case, order: np.ndarray) -> dict[str, np.ndarray]:
    """Permute the first event axis of every argument."""
    found = {}
    for role, array in case.arrays.items():
        axis = 0 if role in contract.shared else contract.batch_ndim
        law, bare = contract.part_of(role)
        if bare == "packed":
            mean, raw = parted(array, contract.packed_axis)
            found[role] = joined(np.take(mean, order, axis), np.take(raw, order, axis), contract.packed_axis)
        elif role == "mask" and contract.mask == "batch":
            found[role] = array
        else:
            found[role] = np.take(array, order, axis=axis)
    for prefix, law in contract.laws.items():
        if law in DENSE and WRITINGS[law].of:
            covariance = textbook.COVARIANCES[law](*(case.arrays[prefix + part] for part in parts(law)))
            turned = np.take(np.take(covariance, order, axis=-1), order, axis=-2)
            written = WRITINGS[law].parts(np.linalg.cholesky(turned))
            found |= {prefix + part: raw for part, raw in written.items()}
    return found


def _turned(contract: Contract, case: Case, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Turn mean and covariance by an orthogonal matrix."""
    size, law = case.event[0], contract.laws[""]
    basis = np.linalg.qr(rng.standard_normal((size, size)))[0]
    covariance = textbook.COVARIANCES[law](case.arrays["scale"])
    turned = basis @ covariance @ basis.T
    return {"mean": case.arrays["mean"] @ basis.T, "scale": WRITINGS[law].scale(np.linalg.cholesky(turned))}
