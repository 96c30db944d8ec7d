"""Lives here: mistakes planted into the function under test, to see that the judges of this very run would notice them.
May not live here: judges."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from mvn_symbolic.verify.contracts.calls.results import as_array
from mvn_symbolic.verify.contracts.calls.running import Caller, Outcome
from mvn_symbolic.verify.contracts.session import Case, Judge, Session, judges_for
from mvn_symbolic.verify.contracts.truths.expected import expected
from mvn_symbolic.verify.contracts.truths.products import written

Change = Callable[[np.ndarray], np.ndarray]


@dataclass
class Planted(Caller):
    """A function with one mistake, made outside of it: in an argument, in its result, or in a gradient.

    Made inside, it would be another function, and each such is compiled anew where a library compiles.
    """

    role: str = ""
    given: Change | None = None
    """What is done to the argument ``role``."""
    result: Change | None = None
    slope: float = 1.0
    """What the gradients are multiplied with."""
    detached: str = ""

    def _changed(self, arrays: Mapping[str, np.ndarray]) -> Mapping[str, np.ndarray]:
        return {**arrays, self.role: self.given(arrays[self.role])} if self.given else arrays

    def _back(self, result: Any) -> Any:
        if isinstance(result, tuple | list):
            return tuple(self._back(one) for one in result)
        array = as_array(result)
        if array is None or self.result is None:
            return result
        # how a result may be off hangs on its precision
        single = str(getattr(result, "dtype", "")).endswith("float32")
        return np.asarray(self.result(array), dtype=np.float32 if single else None)

    def __call__(self, arrays: Mapping[str, np.ndarray]) -> Outcome:
        outcome = super().__call__(self._changed(arrays))
        return dataclasses.replace(outcome, result=self._back(outcome.result))

    def differentiate(self, arrays: Mapping[str, np.ndarray], upstream: np.ndarray) -> Outcome:
        outcome = super().differentiate(self._changed(arrays), upstream)
        slopes = {role: self.slope * slope for role, slope in (outcome.gradients or {}).items()}
        if self.given and self.role in slopes:
            # a linear change: what it does to an argument it does to a gradient
            slopes[self.role] = self.given(slopes[self.role])
        if self.detached in slopes:
            slopes[self.detached] = np.zeros(slopes[self.detached].shape)
        return dataclasses.replace(outcome, result=self._back(outcome.result), gradients=slopes)


def with_mistake(fn: Caller, **mistake: Any) -> Caller:
    """Return the caller with a mistake, by the fields of `Planted`."""
    return Planted(**{one.name: getattr(fn, one.name) for one in dataclasses.fields(Caller)}, **mistake)


def _halved(array: np.ndarray) -> np.ndarray:
    """Halve the first coordinate."""
    changed = np.array(array)
    changed[..., 0] *= 0.5
    return changed


def _is_still(session: Session, role: str) -> bool:
    """Whether the gradient by an argument is zero at every case: to cut it off there is no mistake."""
    known = session.evidence.expected.values()
    return all(not np.any(np.abs(e.gradients.get(role, 0.0)) > e.gradients_wrong.get(role, 0.0)) for e in known)


def _moves(session: Session, role: str, cases: list[Case]) -> bool:
    """Whether the truth is another one when the first coordinate of an argument is halved: if not, it is no mistake."""
    if session.contract.quantity.startswith("surrogate_"):
        return not _is_still(session, role)
    return any(
        np.any(np.abs(np.asarray(moved) - np.asarray(right)) > limit)
        for case in cases
        if role in case.arrays
        for right, moved, limit in _truths(session, case, _first_halved(case, role))
    )


def _first_halved(case: Case, role: str) -> Case:
    array = case.arrays[role].copy()
    array[..., 0] *= 0.5
    return dataclasses.replace(case, name=f"{case.name}, {role} halved", arrays={**case.arrays, role: array})


def _truths(session: Session, case: Case, other: Case) -> list[tuple[Any, Any, Any]]:
    """What must be returned at two cases, number by number, and how far off counts as wrong."""
    if session.contract.kind == "gradient":
        (right, limits), (moved, _) = written(session, case), written(session, other)
        answered = session.evidence.gradients.get(case.name, right)
        return [(right[role], moved[role], limits[role]) for role in answered]
    truth = expected(session, case)
    return [(truth.value, expected(session, other).value, truth.wrong)]


def planted(session: Session, cases: list[Case]) -> dict[str, Caller]:
    """Return the function under test with one mistake each that these cases could show, by the name of the mistake."""
    fn, contract = session.fn, session.contract
    surrogate = contract.quantity.startswith("surrogate_")

    def plant(**mistake: Any) -> Caller:
        return with_mistake(fn, **mistake)

    found = {
        "scaled by 1.05": plant(result=lambda r: r * 1.05, slope=1.05),
        "sign": plant(result=lambda r: -r, slope=-1.0),
    }
    if not contract.up_to_constant and not surrogate:
        found["shifted by 0.1"] = plant(result=lambda r: r + 0.1)
    for role in fn.order:
        if role.endswith(("mean", "value", "scale")) and contract.diagonal and _moves(session, role, cases):
            found[f"first coordinate of {role} halved"] = plant(role=role, given=_halved)
    if contract.gradient and fn.library.differentiates and contract.kind == "value":
        still = {"mask", "eps"} | {role for role in fn.order if _is_still(session, role)}
        found |= {f"{role} detached": plant(detached=role) for role in fn.order if role not in still}
    return found


def release(session: Session, judges: tuple[Judge, ...] = ()) -> tuple[int, int, list[str]]:
    """Judge the function with each planted mistake; return how many were caught, of how many, and the survivors.

    Without ``judges`` all that hear the kind of its contract.
    """
    survivors = []
    tried = 0
    cases = [case for case in session.cases if case.ordinary][: 4 if session.pressed else 7]
    for name, fn in planted(session, cases).items():
        if session.seconds_left < 0.5:
            break
        tried += 1
        inner = dataclasses.replace(session, fn=fn, cases=cases, evidence=session.evidence.for_trial())
        failing = (
            f for judge in judges or judges_for(session.contract.kind) for f in judge(inner) if f.severity == "fail"
        )
        if next(failing, None) is None:
            survivors.append(name)
    return tried - len(survivors), tried, survivors
