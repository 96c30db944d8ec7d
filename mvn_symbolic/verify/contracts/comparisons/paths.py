"""Lives here: the slope of a sample against differences of the function itself, and what is wrong with it in words.
May not live here: when that is asked (`judges`), how noise is held still (`calls`)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Final

import numpy as np

from mvn_symbolic.verify.contracts.contract import Contract
from mvn_symbolic.verify.contracts.layout import LAYOUT, SYMMETRIC
from mvn_symbolic.verify.contracts.session import Case, Finding, Session

_FINE: Final = 1e-5
_COARSE: Final = 4e-3
_RATIOS: Final = {2.0: "doubled", 0.5: "halved", -1.0: "sign"}


def moved(contract: Contract, case: Case, role: str, place: tuple[int, ...], step: float) -> Case | None:
    """Return a case with one entry of an argument moved, as the promise about that argument allows."""
    array = np.array(case.arrays[role])
    # a vector has no entries above or below
    row, column = place[-2:] if len(place) > 1 else (0, 0)
    moves = LAYOUT[str(contract.parameterization)].get(role, "")
    if (moves and row < column) or (moves == "strictly_lower" and row == column):
        return None
    array[place] += step
    if moves == "symmetric" and row > column:
        array[(*place[:-2], column, row)] += step
    return dataclasses.replace(case, arrays={**case.arrays, role: array})


def compared(
    session: Session, case: Case, value: Callable[[Case], float], slopes: dict[str, np.ndarray]
) -> Iterator[Finding]:
    """Compare gradients with fine differences, or with coarse ones where single precision drowns the fine ones."""
    if not session.evidence.single:
        got, want = differences(session, case, value, slopes, _FINE)
        if not (findings := list(path_findings(case, got, want, 1e-5))):
            return
        # the rounding of double precision moves these by 1e-9, that of single precision by 1e-2
        steps = (3 * _FINE, 1e-5), (_COARSE, 1e-3)
        if all(_same(want, differences(session, case, value, slopes, step)[1], room) for step, room in steps):
            yield from findings
            return
    # twenty numbers of single precision over this step: 5e-4, and by the condition of a matrix some ten times as much
    got, want = differences(session, case, value, slopes, _COARSE)
    yield from path_findings(case, got, want, 5e-3 if session.contract.diagonal else 3e-2)


def differences(
    session: Session, case: Case, value: Callable[[Case], float], slopes: dict[str, np.ndarray], step: float
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Return autograd's gradients and central differences, by role, in the directions that the promise allows."""
    contract, law = session.contract, str(session.contract.parameterization)
    want: dict[str, np.ndarray] = {}
    got: dict[str, np.ndarray] = {}
    for role in (r for r in session.fn.order if r in case.arrays and r != "eps"):
        want[role], got[role] = np.zeros(case.arrays[role].shape), np.zeros(case.arrays[role].shape)
        for place in np.ndindex(want[role].shape):
            up, down = (moved(contract, case, role, place, s) for s in (step, -step))
            if up is None or down is None:
                continue
            want[role][place] = (value(up) - value(down)) / (2 * step)
            got[role][place] = slopes[role][place]
            if role == "scale" and law in SYMMETRIC and place[-1] != place[-2]:
                got[role][place] += slopes[role][(*place[:-2], place[-1], place[-2])]
    return got, want


def _same(one: dict[str, np.ndarray], two: dict[str, np.ndarray], room: float) -> bool:
    return all(np.all(np.abs(one[r] - two[r]) <= room * (1 + np.abs(one[r]).max())) for r in one)


def path_findings(
    case: Case, got: dict[str, np.ndarray], want: dict[str, np.ndarray], room: float
) -> Iterator[Finding]:
    """Say what is wrong with gradients through a sample, by role."""
    wrong = [r for r in want if np.any(~(np.abs(got[r] - want[r]) <= room * (1 + np.abs(want[r]).max())))]
    if len(wrong) == len(want) and not any(np.any(got[r]) for r in wrong):
        text = "no gradient flows at all: the result is detached from the arguments"
        yield Finding("gradient", "fail", text, case, None, None, ("detached",), gradient_of=wrong[0])
        return
    for role in wrong:
        text, names = f"the gradient by {role} through the sample is wrong", (f"{role}_gradient_wrong",)
        if not np.any(got[role]):
            text, names = f"no gradient flows to {role}: it is detached", (f"{role}_detached",)
        elif np.any(want[role]):
            ratio = float(np.sum(got[role] * want[role]) / np.sum(want[role] ** 2))
            if np.all(np.abs(got[role] - ratio * want[role]) <= 1e-4 * (1 + np.abs(want[role]).max())):
                word = next((w for r, w in _RATIOS.items() if abs(ratio - r) < 1e-3), "scaled")
                text = f"the gradient by {role} through the sample is {ratio:.4g} times what it should be"
                names = (f"{role}_gradient_{word}",)
        yield Finding("gradient", "fail", text, case, got[role], want[role], names, gradient_of=role)
