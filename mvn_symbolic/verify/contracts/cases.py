"""Lives here: the points at which a function is asked, drawn on purpose and at random, as raw parameters by role.
May not live here: the list of these points (`plan`), what is expected there."""

from __future__ import annotations

import dataclasses
from typing import Any, Final

import numpy as np

from mvn_symbolic.verify.contracts.contract import DIAGONAL, Contract
from mvn_symbolic.verify.contracts.joint import joined, parted
from mvn_symbolic.verify.contracts.layout import raw_as
from mvn_symbolic.verify.contracts.plan import (
    EXTREME,
    ORDINARY,
    batch_shape,
    deviations,
    event_shape,
    factors,
    mask_of,
    means,
    size_of,
)
from mvn_symbolic.verify.contracts.session import Case, Session
from mvn_symbolic.verify.contracts.written import WRITINGS

_SHAPES: Final = 6
"""One sample, one coordinate, both, a batch as large as the event, two others."""


def _law(
    contract: Contract, prefix: str, batch: tuple[int, ...], event: tuple[int, ...], mean: str, spread: str,
    rng: np.random.Generator, single: bool,
) -> dict[str, np.ndarray]:  # fmt: skip
    name = contract.laws[prefix]
    loc = means(mean, batch + event, rng, single)
    if name in DIAGONAL:
        writing = WRITINGS[raw_as(name)]
        scale = writing.scale(deviations(spread, batch + event, rng, single, writing.most))
        if name == "packed":
            return {prefix + "packed": joined(loc, scale, contract.packed_axis)}
        return {prefix + "mean": loc, prefix + "scale": scale}
    k = event[-1]
    factor = factors(spread, batch, k, rng, single)
    if name == "low_rank":
        rank = 1 if k < 4 else 2
        columns = factor[..., :, :rank] * (0.0 if spread in ("unit", "diagonal") else 1.0)
        diag = deviations(spread, (*batch, k), rng, single) ** 2
        return {prefix + "mean": loc, prefix + "factor": columns, prefix + "diag": diag}
    parts = WRITINGS[name].parts(factor)
    if name == "scale_tril" and contract.triangle == "lower":
        parts["scale"] += np.triu(rng.standard_normal(factor.shape), 1)
    return {prefix + "mean": loc, **{prefix + part: raw for part, raw in parts.items()}}


def draw(
    contract: Contract, name: str, size: int, k: int, mean: str, spread: str, rng: np.random.Generator,
    *, single: bool = False, ordinary: bool = True,
) -> Case:  # fmt: skip
    """Draw one case; ``single`` keeps it where single precision is enough, and rounds to it."""
    batch, event = batch_shape(contract, size), event_shape(contract, k)
    arrays: dict[str, np.ndarray] = {}
    for prefix in contract.laws:
        arrays |= _law(contract, prefix, batch, event, mean, spread, rng, single)
    if "value" in contract.roles:
        noise = rng.standard_normal(batch + event) * size_of(spread, single)
        center = arrays["mean"] if "mean" in arrays else parted(arrays["packed"], contract.packed_axis)[0]
        arrays["value"] = center * (spread != "singular") + 1.5 * noise
    if contract.mask:
        shape = batch + event if contract.mask == "event" else batch
        arrays["mask"] = mask_of(contract, shape, rng)
    for role in ("eps", "upstream"):
        if role in contract.roles and role not in arrays:
            arrays[role] = rng.standard_normal(batch + event + (event if contract.quantity == "vjp_cholesky" else ()))
    for role in contract.shared:
        arrays[role] = arrays[role][(0,) * contract.batch_ndim]
    if single:
        arrays = {role: array.astype(np.float32).astype(np.float64) for role, array in arrays.items()}
    return Case(name, batch, event, {r: arrays[r] for r in contract.roles}, ordinary)


def all_cases(contract: Contract, rng: np.random.Generator, *, single: bool = False, extra: int = 0) -> list[Case]:
    """Return the cases of a check: on purpose, at random, and at extreme scales.

    Parameters
    ----------
    contract : Contract
    rng : numpy Generator
    single : bool
        For a function of single precision.
    extra : int
        Number of further random cases.

    Returns
    -------
    list of Case
    """
    if contract.promise is not None:
        from mvn_symbolic.verify.contracts.symbolic import draws

        return draws.all_cases(contract, rng, single=single, extra=extra)
    seen = set()
    cases = []
    for name, size, k, mean, spread in ORDINARY:
        if spread == "ends" and not contract.diagonal:
            continue
        shape = (batch_shape(contract, size), event_shape(contract, k), mean, spread)
        if shape not in seen:
            seen.add(shape)
            cases.append(draw(contract, name, size, k, mean, spread, rng, single=single))
    for number in range(extra):
        size, k = (int(n) for n in rng.integers(1, 7, size=2))
        cases.append(draw(contract, f"random {number + 1}", size, k, "random", "random", rng, single=single))
    for name, size, k, mean, spread in EXTREME:
        if spread == "singular" and contract.diagonal:
            continue
        cases.append(draw(contract, name, size, k, mean, spread, rng, single=single, ordinary=False))
    return cases


def affordable(cases: list[Case], compiled: bool) -> list[Case]:
    """Return the cases of few shapes, where each shape is compiled and has its price."""
    shapes = dict.fromkeys((case.batch, case.event) for case in cases)
    kept = list(shapes)[: _SHAPES if compiled else None]
    return [case for case in cases if (case.batch, case.event) in kept]


def twin(session: Session, case: Case) -> Case:
    """Return a case of the same shapes with other numbers: what "up to a constant" is measured against."""
    known = session.evidence.twins
    if case.name not in known:
        order = [next((c for c in session.cases if c.name != case.name and _shapes(c) == _shapes(case)), None)]
        other = order[0]
        if other is None:
            arrays = {r: a[::-1].copy() if a.ndim else a for r, a in case.arrays.items()}
            half = {r: a * (0.5 if r.endswith(("mean", "value")) else 1.0) for r, a in arrays.items()}
            other = dataclasses.replace(case, arrays=half)
        known[case.name] = dataclasses.replace(other, name=f"{case.name} (twin)", ordinary=case.ordinary)
    return known[case.name]


def _shapes(case: Case) -> tuple[Any, ...]:
    return case.batch, case.event, case.ordinary
