"""Lives here: the judge of the reach: a value is finite wherever log-variances are between -20 and 20.
May not live here: how right a value is there (`functions`), digits (`accuracy`)."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Final

import numpy as np

from mvn_symbolic.verify.contracts.calls.results import as_array
from mvn_symbolic.verify.contracts.calls.running import Caller
from mvn_symbolic.verify.contracts.cases import draw
from mvn_symbolic.verify.contracts.plan import RANGE
from mvn_symbolic.verify.contracts.session import Case, Finding, Session, judge_of
from mvn_symbolic.verify.contracts.truths.expected import expected

JUDGE: Final = "reach"
_WORDS: Final = dict(zip(RANGE, ("of -20", "of 20"), strict=True))


def _broken(fn: Caller, case: Case) -> np.ndarray | None:
    """Return what is not finite; what raises, or is no array, is for other judges to say at smaller scales."""
    outcome = fn(case.arrays)
    got = None if outcome.problem else as_array(outcome.result)
    return None if got is None or np.all(np.isfinite(got)) else got


@judge_of("value")
def judge_reach(session: Session) -> Iterator[Finding]:
    """Ask at both ends of the reach; in the other precision, and of gradients, it is only noted."""
    contract, single = session.contract, session.evidence.single
    if contract.promise is not None or contract.quantity.startswith("surrogate_"):
        return
    seen = session.evidence.values
    if any(got is None or not np.all(np.isfinite(got)) for got, _ in seen.values()):
        return
    rng = np.random.default_rng(session.rng.integers(2**32))
    for spread, words in _WORDS.items():
        # two by two: determinants of more coordinates leave single precision, and nobody did anything wrong
        case = draw(contract, f"log-variances {words}", 2, 2, "random", spread, rng, single=single, ordinary=False)
        got = _broken(session.fn, case)
        if got is not None:
            text = f"it overflows or underflows at log-variances {words}, where what is promised is an ordinary number"
            yield Finding(JUDGE, "fail", text, case, got, expected(session, case).value, worst=np.inf)
        elif _broken(dataclasses.replace(session.fn, dtype="float32"), case) is not None:
            text = f"in single precision it overflows or underflows at log-variances {words}"
            yield Finding(JUDGE, "note", text, case)
        elif contract.gradient and session.fn.library.differentiates:
            outcome = session.fn.differentiate(case.arrays, expected(session, case).upstream)
            slopes = outcome.gradients or {}
            if bad := [role for role, slope in slopes.items() if not np.all(np.isfinite(slope))]:
                text = f"its gradient by {', '.join(bad)} is not finite at log-variances {words}"
                yield Finding(JUDGE, "note", text, case)
