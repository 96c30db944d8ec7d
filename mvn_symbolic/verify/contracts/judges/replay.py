"""Lives here: the gradient through samples whose noise cannot be driven, but comes again from the same seed.
May not live here: the law of the samples (`statistical`), gradients under driven noise (`sampler`)."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np

from mvn_symbolic.verify.contracts.calls.kept import kept_random_state
from mvn_symbolic.verify.contracts.calls.results import as_array
from mvn_symbolic.verify.contracts.calls.running import Caller
from mvn_symbolic.verify.contracts.calls.sampling import arrays_with_noise, plain, seed_all
from mvn_symbolic.verify.contracts.comparisons.paths import differences, path_findings
from mvn_symbolic.verify.contracts.session import Case, Finding, Session, judge_of
from mvn_symbolic.verify.contracts.truths.arguments import fixed_weights

_SEED = 20
"""Any: every call starts from it."""


def replaying(session: Session) -> Caller:
    """Return the caller that starts every call from the same seed."""

    def run(*arguments: Any) -> Any:
        seed_all(session.fn.backend, _SEED)
        return plain(session, _SEED).fn(*arguments)

    return dataclasses.replace(session.fn, fn=run)


@judge_of("sampler")
def judge_replayed_path(session: Session) -> Iterator[Finding]:
    """Compare autograd through a sample with differences of the function from the same seed."""
    contract = session.contract
    if not session.evidence.undriven or session.evidence.sampler_failed:
        return
    if contract.quantity != "rsample" or not session.fn.library.differentiates or not contract.gradient:
        return
    with kept_random_state():
        yield from _judged(session)


def _judged(session: Session) -> Iterator[Finding]:
    caller, single = replaying(session), session.evidence.single
    step, room = (4e-3, 4e-2) if single else (1e-5, 1e-5)
    for case in session.cases[:3]:
        given = arrays_with_noise(session, case, np.random.default_rng(_SEED))
        upstream: dict[str, np.ndarray] = {}

        def value(point: Case, given: dict = given, upstream: dict = upstream) -> float:
            array = as_array(caller({**point.arrays, **{r: a for r, a in given.items() if r == "eps"}}).result)
            return np.nan if array is None else float(array.ravel() @ upstream["weights"])

        first, second = (as_array(caller(given).result) for _ in range(2))
        if first is None or second is None:
            return
        upstream["weights"] = fixed_weights(first.size)
        outcome = caller.differentiate(given, upstream["weights"])
        if outcome.problem:
            session.evidence.sampler_failed = True
            text = f"going back through it {outcome.problem}"
            yield Finding("gradient", "fail", text, case, worst=np.inf)
            return
        slopes = outcome.gradients or {}
        if not any(np.any(slope) for role, slope in slopes.items() if role != "eps"):
            session.evidence.sampler_failed = True
            text = "no gradient flows at all: the result is detached from the arguments"
            yield Finding("gradient", "fail", text, case, None, None, ("detached",), gradient_of=session.fn.order[0])
            return
        if not np.array_equal(first, second):
            text = "its gradient is not judged: its noise does not come again from the same seed"
            yield Finding("gradient", "unknown", text)
            return
        got, want = differences(session, case, value, slopes, step)
        findings = list(path_findings(case, got, want, room))
        if findings:
            session.evidence.sampler_failed = True
            yield from findings
            return
