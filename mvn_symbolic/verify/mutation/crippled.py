"""Lives here: what only the judges of the judges can notice: checks made blind, and an equation that points confirm.
May not live here: mistakes in the function under test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np
from sympy import Abs

from mvn_symbolic.meaning.judge import judge
from mvn_symbolic.notation.nodes import elementwise
from mvn_symbolic.notation.table import symbol
from mvn_symbolic.verify.contracts.calls.running import Caller
from mvn_symbolic.verify.contracts.cases import draw
from mvn_symbolic.verify.contracts.contract import Contract
from mvn_symbolic.verify.contracts.grading.canaries import release
from mvn_symbolic.verify.contracts.session import Session, judges_for
from mvn_symbolic.verify.mutation.behaviour import KL, SAMPLE, right_functions
from mvn_symbolic.verify.mutation.formulas import formula
from mvn_symbolic.verify.mutation.hearings import CANARIES, STEPS, name_of

__all__ = ["Blind", "blind_checks"]


_HUGE: Final = 28.0
"""A log-variance: the standard deviation is about a million."""


class Blind(NamedTuple):
    """Something wrong with a check, and which judges notice."""

    name: str
    sentence: str
    hear: Callable[[], dict[str, bool]]


def blind_checks() -> tuple[Blind, ...]:
    """Return the checks made blind: the function under test is right, but nothing would be seen if it were not."""
    return (
        Blind(
            "only_the_standard_normal", "every case is the standard normal, where half of all mistakes vanish", _values
        ),
        Blind("only_huge_scales", "every case has a scale of a million, beside which a mean is nothing", _samples),
        Blind("right_where_points_are", "an equation that holds at every point drawn, and not everywhere", _equation),
    )


def _session(contract: Contract, name: str, mean: str, spread: str) -> Session:
    fn = next(one.fn for one in right_functions() if one.name == name)
    rng = np.random.default_rng(3)
    cases = [draw(contract, f"blind {k}", 2, k, mean, spread, rng) for k in (2, 3)]
    return Session(
        contract, Caller(fn, contract.arguments or (), contract.backend, seconds=8.0), cases, rng, "campaign"
    )


def _values() -> dict[str, bool]:
    session = _session(KL, "right_kl", "zero", "unit")
    heard = {name_of(one): any(f.severity == "fail" for f in one(session)) for one in judges_for(KL.kind)}
    return {**heard, CANARIES: bool(release(session)[2])}


def _samples() -> dict[str, bool]:
    heard = {}
    session = _session(SAMPLE, "right_sample", "random", "unit")
    session.cases = [replace(c, arrays={**c.arrays, "scale": c.arrays["scale"] + _HUGE}) for c in session.cases]
    for one in judges_for(SAMPLE.kind):
        bars = ("fail", "unknown") if one.__name__ == "judge_plants" else ("fail",)
        heard[name_of(one)] = any(f.severity in bars for f in one(session))
    return heard


def _equation() -> dict[str, bool]:
    """The log-variance read as |x + 2| - 2, which is itself down to -2; points are drawn from -1 to 1."""
    right = formula("pathwise_gradient/grad_logvar")
    by = symbol("logvar")
    verdict = judge(right.question, right.answer.xreplace({by: elementwise(lambda x: Abs(x + 2) - 2, by)}))
    return {STEPS[0]: verdict.status == "refuted", STEPS[1]: verdict.status == "unknown"}
