"""Lives here: errors in units of the last place along scales from 1e-30 to overflow: reported, never failed.
May not live here: pass or fail."""

from __future__ import annotations

from typing import Any

import numpy as np

from mvn_symbolic.verify.contracts import textbook
from mvn_symbolic.verify.contracts.calls.results import as_array
from mvn_symbolic.verify.contracts.layout import LOGARITHMIC
from mvn_symbolic.verify.contracts.session import Case, Session
from mvn_symbolic.verify.contracts.truths.arguments import masked, widened
from mvn_symbolic.verify.contracts.truths.truth import reduced, truth

_SCALES = (1e-30, 1e-12, 1e-6, 1e-3, 1e-1, 3.0, 20.0, 40.0, 300.0)


def _points(session: Session) -> list[tuple[str, Case]]:
    contract, found = session.contract, []
    base = min((c for c in session.cases if c.ordinary), key=lambda c: c.size)
    if contract.promise is not None:
        return [(case.name, case) for case in session.cases[:6]]
    if not contract.diagonal or "packed" in contract.laws.values():
        return [(case.name, case) for case in session.cases]
    for scale in _SCALES:
        arrays = dict(base.arrays)
        for role, array in base.arrays.items():
            name, part = contract.part_of(role)
            sign = np.sign(array) + (array == 0)
            if part == "mean":
                arrays[role] = sign * scale
            elif part == "scale" and name in LOGARITHMIC:
                arrays[role] = sign * min(scale, 300.0 if name == "logvar" else 150.0)
        found.append((f"mean and raw scale about {scale:g}", Case(base.name, base.batch, base.event, arrays)))
    return found


def graded(session: Session) -> dict[str, Any]:
    """Return the worst error in units of the last place in double and single precision, and where it was met."""
    contract, report = session.contract, {}
    for dtype in ("float64", "float32"):
        worst, place = 0.0, ""
        caller = type(session.fn)(session.fn.fn, session.fn.order, session.fn.backend, dtype, session.fn.seconds)
        for words, case in _points(session):
            arrays = {r: a.astype(dtype).astype(np.float64) for r, a in case.arrays.items()}
            case = Case(case.name, case.batch, case.event, arrays)
            got = as_array(caller(arrays).result)
            wide = widened(contract, case)
            try:
                numbers = _value(session, case, wide)
                want = contract.factor * np.asarray(reduced(contract, masked(contract, wide, numbers)))
            except (ArithmeticError, ValueError):
                continue
            if got is None or got.size != want.size or not want.size:
                continue
            with np.errstate(all="ignore"):
                nearest = want.astype(dtype)
                ulp = np.abs(got.reshape(want.shape) - want) / np.abs(np.spacing(np.abs(nearest))).astype(np.float64)
            here = float(np.max(np.where(np.isfinite(nearest), np.where(np.isfinite(ulp), ulp, np.inf), 0.0)))
            if here > worst:
                worst, place = here, words
        words = f"worst {worst:.3g} ulp"
        if worst * np.finfo(dtype).eps > 1:
            # a textbook formula loses them where its terms cancel: near q = p, or at scales near one
            words = "loses all digits" if np.isfinite(worst) else "overflows"
        report[dtype] = words + (f" at {place}" if place else "")
        if session.seconds_left < 0.3:
            break
    return report


def _value(session: Session, case: Case, arrays: dict[str, np.ndarray]) -> np.ndarray:
    if session.contract.promise is not None:
        from mvn_symbolic.verify.contracts.symbolic import balls

        return balls.truth(session.contract.promise, arrays, case.batch, case.event[0], wants=False).value
    if session.contract.base == "std":
        return textbook.value(session.contract, arrays)
    return truth(session.contract, arrays, gradients=False)[0]
