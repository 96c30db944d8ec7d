"""Lives here: the judge by laws between values of a function, at points too large for a truth, and at an empty batch.
May not live here: the moved points (`moves`), truths."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Final

import numpy as np

from mvn_symbolic.verify.contracts import textbook
from mvn_symbolic.verify.contracts.calls.results import as_array
from mvn_symbolic.verify.contracts.cases import draw, twin
from mvn_symbolic.verify.contracts.comparisons.moves import Move, moves
from mvn_symbolic.verify.contracts.contract import Contract
from mvn_symbolic.verify.contracts.layout import DENSE, MATRICES
from mvn_symbolic.verify.contracts.session import Case, Finding, Session, judge_of
from mvn_symbolic.verify.contracts.truths.arguments import masked, widened
from mvn_symbolic.verify.contracts.truths.expected import expected
from mvn_symbolic.verify.contracts.truths.truth import reduced
from mvn_symbolic.verify.contracts.written import WRITINGS

_LARGE: Final = 40
"""Samples: beyond the chunks that people process at once in their loops, and cheap."""
_WIDE: Final = {True: 24, False: 12}
"""Coordinates, of independent ones and of matrices."""
_ROOM: Final = 5e-3
"""Relative to the terms: jitter up to 1e-3 moves a scaled point that much; a broken law moves it by a whole term."""
_TIGHT: Final = 1e-4
"""The same, where jitter and clamps are the same on both sides: what is left is the rounding of single precision."""


@judge_of("value")
def judge_laws(session: Session) -> Iterator[Finding]:
    """Compare values with each other where they must follow from each other, if all values with a truth are right."""
    contract = session.contract
    bare = contract.quantity.removeprefix("neg_")
    if contract.promise is not None or bare != contract.base or session.seconds_left < 1.5 or not _right(session):
        return
    single = session.evidence.single
    rng = np.random.default_rng(session.rng.integers(2**32))
    if contract.batch_ndim and not contract.up_to_constant and not set(contract.roles) <= set(contract.shared):
        large = draw(contract, "large batch", _LARGE, 3, "random", "random", rng, single=single)
        yield from _slices(session, large)
        yield from _empty(session, large)
    if contract.event_ndim:
        size = 2 if contract.batch_ndim else 1
        wide = draw(contract, "many coordinates", size, _WIDE[contract.diagonal], "random", "unit", rng, single=single)
        yield from _moved(session, _tilted(contract, wide, rng), rng)


def _right(session: Session) -> bool:
    """Whether every value that has a truth was right: else there is a better witness than a law."""
    seen = session.evidence.values
    for case in session.in_time():
        got, truth = seen.get(case.name, (None, None))[0], expected(session, case)
        want, room = truth.value, truth.wrong
        if session.contract.up_to_constant:
            got, also = session.evidence.differences.get(case.name), expected(session, twin(session, case))
            want, room = want - also.value, room + also.wrong
        if got is None or not np.all(np.abs(got - want) <= room):
            return False
    return True


def _tilted(contract: Contract, case: Case, rng: np.random.Generator) -> Case:
    """Spread the unit scales of a case within bounds that no clamp reaches: all a sample can do is scale by 1.3."""
    arrays = dict(case.arrays)
    for prefix, law in contract.laws.items():
        role = prefix + "scale"
        if role not in arrays:
            continue
        spread = np.exp(rng.uniform(-0.4, 0.4, size=arrays[role].shape[: -1 if law in MATRICES else None]))
        if law in DENSE:
            lower = np.tril(0.2 * rng.standard_normal(arrays[role].shape), -1) if law in MATRICES else 0.0
            spread = spread[..., None] * (lower + np.eye(spread.shape[-1]))
        arrays |= {prefix + part: raw for part, raw in WRITINGS[law].parts(spread).items()}
    return dataclasses.replace(case, arrays=arrays)


def _size(contract: Contract, case: Case) -> np.ndarray:
    """Return how large the terms of a case are, reduced: what a deviation is measured by."""
    arrays = widened(contract, case)
    terms = textbook.terms(contract, arrays)
    size = sum((np.abs(c * terms[n]) for n, c in textbook.COEFFICIENTS[contract.base].items()), np.zeros(()))
    return np.abs(contract.factor) * np.asarray(reduced(contract, masked(contract, arrays, size)))


def _value(session: Session, case: Case) -> tuple[np.ndarray | None, str]:
    outcome = session.fn(case.arrays)
    return (None, outcome.problem) if outcome.problem else (as_array(outcome.result), "")


def _part(contract: Contract, case: Case, rows: slice) -> Case:
    arrays = {r: a if r in contract.shared else a[rows] for r, a in case.arrays.items()}
    count = len(range(*rows.indices(case.batch[0])))
    return Case(f"{case.name}, a part", (count, *case.batch[1:]), case.event, arrays)


def _slices(session: Session, case: Case) -> Iterator[Finding]:
    """The value of a batch must follow from those of its parts."""
    contract = session.contract
    whole, problem = _value(session, case)
    if whole is None:
        yield Finding("laws", "note", f"at a batch of {case.batch[0]} it {problem or 'returns no array'}")
        return
    cuts = (slice(0, 13), slice(13, 14), slice(14, None))
    parts = [(_part(contract, case, rows), rows) for rows in cuts]
    values = [(_value(session, part)[0], part) for part, _ in parts]
    found = [v for v, _ in values if v is not None]
    if len(found) < len(values):
        return
    if contract.reduction in ("none", "per_sample"):
        if any(v.ndim == 0 for v in found):
            return
        want = np.concatenate(found)
    else:
        weights = [_share(contract, part, case) for _, part in values]
        # a part of which everything is masked has no mean, and no share
        want = np.asarray(sum(w * v for w, v in zip(weights, found, strict=True) if w))
    if want.size != whole.size:
        return
    room = _TIGHT * (_size(contract, case) + 1e-300)
    if not np.all(np.abs(whole.reshape(want.shape) - want) <= room.reshape(want.shape)):
        text = f"the value of a batch of {case.batch[0]} does not follow from those of its parts"
        yield Finding("laws", "fail", text, case, whole, want, ("large_batch_wrong",))


def _share(contract: Contract, part: Case, whole: Case) -> float:
    """Return what the value of a part counts in that of the whole batch."""
    if contract.reduction == "sum":
        return 1.0
    if contract.reduction == "masked_mean":
        return float(part.arrays["mask"].sum() / whole.arrays["mask"].sum())
    return part.batch[0] / whole.batch[0]


def _empty(session: Session, case: Case) -> Iterator[Finding]:
    """An empty batch must give nothing, or zero for a sum; NaN for a mean, or a refusal, are only noted."""
    contract = session.contract
    got, problem = _value(session, _part(contract, case, slice(0, 0)))
    if got is None:
        yield Finding("laws", "note", f"at an empty batch it {problem or 'returns no array'}")
    elif np.any(np.isnan(got)) or contract.reduction in ("mean", "batch_mean", "masked_mean"):
        if np.any(np.isnan(got)):
            yield Finding("laws", "note", "at an empty batch it returns NaN")
    elif got.size and np.any(got != 0):
        empty = _part(contract, case, slice(0, 0))
        text = "at an empty batch it returns a number that is not zero"
        yield Finding("laws", "fail", text, empty, got, np.zeros(()), ("empty_batch_wrong",))


def _moved(session: Session, case: Case, rng: np.random.Generator) -> Iterator[Finding]:
    """Permuted, mirrored, shifted and scaled points must give what follows from the value at the point."""
    contract = session.contract
    here, problem = _value(session, case)
    if here is None:
        yield Finding("laws", "note", f"at {case.event} coordinates it {problem or 'returns no array'}")
        return
    size = _size(contract, case)
    for move in moves(contract, case, rng):
        there, problem = _value(session, move.case)
        want = _follows(contract, here, move)
        if there is None or want is None or there.size != want.size:
            continue
        share = _TIGHT if move.name in ("permuted", "mirrored") else _ROOM
        room = share * (size + _size(contract, move.case) + 1e-300)
        if room.size != want.size or not np.all(np.abs(there.reshape(want.shape) - want) <= room.reshape(want.shape)):
            text = f"with many coordinates its value does not follow when the point is {move.name}"
            yield Finding("laws", "fail", text, move.case, there, want, (f"not_invariant_{move.name}",))


def _follows(contract: Contract, here: np.ndarray, move: Move) -> np.ndarray | None:
    """Return what the value at a moved point is, from the value before."""
    want = here
    if move.order is not None and (contract.reduction == "none" or contract.base == "std"):
        if here.ndim <= contract.batch_ndim:
            return None
        want = np.take(here, move.order, axis=contract.batch_ndim)
    if contract.base == "std":
        return want * move.times
    shift = contract.factor * np.asarray(reduced(contract, move.shift))
    return want + shift.reshape(shift.shape if shift.size == 1 else want.shape)
