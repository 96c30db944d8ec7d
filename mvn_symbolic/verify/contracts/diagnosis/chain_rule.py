"""Lives here: gradients by a raw scale that are off by a function of that scale alone: another chain rule.
May not live here: missing chain rules and powers that are known by name (`gradients`)."""

from __future__ import annotations

import dataclasses
from typing import Final

import numpy as np

from mvn_symbolic.verify.contracts.calls.results import as_array
from mvn_symbolic.verify.contracts.diagnosis.mistakes import Mistake
from mvn_symbolic.verify.contracts.layout import DIAGONAL
from mvn_symbolic.verify.contracts.session import Case, Session
from mvn_symbolic.verify.contracts.truths.products import written

_MOVED: Final = 0.37
"""Added to everything but the scale when a function is asked again."""
_SAME: Final = 1e-4


def _asked(session: Session, case: Case, role: str) -> tuple[np.ndarray, np.ndarray] | None:
    """Return what the function gives by a role at a case beside what it must give, where both are comparable."""
    want = written(session, case)[0]
    roles = [r for r in session.fn.order if r in want]
    outcome = session.fn(case.arrays)
    results = outcome.result if isinstance(outcome.result, tuple | list) else (outcome.result,)
    if outcome.problem or role not in roles or roles.index(role) >= len(results):
        return None
    got = as_array(results[roles.index(role)])
    return None if got is None or got.shape != want[role].shape else (got, want[role])


def from_chain(session: Session, role: str, observed: dict[str, dict[str, np.ndarray]]) -> list[Mistake]:
    """Name a gradient by a raw scale whose factor to the right one stays when all but that scale is changed.

    Where the right gradient does not change either it tells nothing; but it has a zero where the law is the standard
    normal, which a wrong term would move and a wrong chain rule does not.
    """
    contract = session.contract
    part, name = contract.part_of(role)[::-1]
    if contract.kind != "gradient" or name not in DIAGONAL or name == "std" or part != "scale":
        return []
    if not contract.diagonal or role in contract.shared:
        return []
    zero = observed.get("standard normal", {}).get(role)
    if zero is not None and contract.base == "kl_standard_normal" and np.any(np.abs(zero) > 1e-6):
        return []
    shown = ""
    for case in [c for c in session.cases if c.ordinary and role in observed.get(c.name, {})][:3]:
        moved = {r: a if r == role else a + _MOVED for r, a in case.arrays.items()}
        other = dataclasses.replace(case, name=f"{case.name}, moved", arrays=moved)
        with np.errstate(all="ignore"):
            one, two = _asked(session, case, role), _asked(session, other, role)
            if one is None or two is None:
                return []
            ratios = one[0] / one[1], two[0] / two[1]
            changed = not np.allclose(one[1], two[1], rtol=1e-3)
            if case.name != "standard normal" and not changed and contract.base != "kl_standard_normal":
                return []
            told = np.isfinite(ratios[0]) & np.isfinite(ratios[1]) & (np.abs(one[1]) > 1e-6) & (np.abs(two[1]) > 1e-6)
            if np.any(np.abs(ratios[0] - ratios[1])[told] > _SAME * np.abs(ratios[0])[told]):
                return []
        if np.any(told):
            place = tuple(np.argwhere(told)[0])
            shown = f"{ratios[0][place]:.4g} where {role} is {case.arrays[role][place]:.4g}"
    if not shown:
        return []
    text = (
        f"the gradient by {role} is off by a factor that depends on {role} alone ({shown}): its chain rule, the "
        "derivative of sigma by the raw number, is another"
    )
    return [Mistake(f"gradient_by_{role}_chain_rule_wrong", text)]
