"""Lives here: one function from its first call to its verdict: opening, judges, diagnosis, grading.
May not live here: any single judge, truth or mistake; functions that consist of others (`composed`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from mvn_symbolic.verify.contracts.contract import Contract
from mvn_symbolic.verify.contracts.diagnosis.diagnose import diagnose, excused
from mvn_symbolic.verify.contracts.grading.accuracy import graded
from mvn_symbolic.verify.contracts.grading.canaries import release
from mvn_symbolic.verify.contracts.opening import opened
from mvn_symbolic.verify.contracts.session import BUDGETS, Finding, judges_for
from mvn_symbolic.verify.contracts.verdict import CheckVerdict


def heard(fn: Callable[..., Any], contract: Contract, seed: int, budget: str) -> CheckVerdict:
    """Open a check of one function, hear its judges, name what they found, and grade what passes.

    Parameters
    ----------
    fn, contract, seed, budget
        As in `check`.

    Returns
    -------
    CheckVerdict
    """
    session, findings = opened(fn, contract, seed, budget)
    stopped = False
    for judge in judges_for(contract.kind):
        for finding in judge(session):
            findings.append(finding)
            stopped = stopped or "never_returns" in finding.mistakes
            if session.seconds_left < 0 and any(f.severity == "fail" for f in findings):
                stopped = True
            if stopped:
                break
        if stopped or any(f.mistakes == ("raises",) and f.judge == "conduct" for f in findings):
            break
    findings = excused(session, findings)
    failed = [f for f in findings if f.severity == "fail"]
    unknown = [f for f in findings if f.severity == "unknown"]
    notes = tuple(dict.fromkeys(f.message for f in findings if f.severity == "note"))
    if session.fn.changed:
        notes += (f"changes global state, which was put back: {', '.join(sorted(session.fn.changed))}",)
    evidence = session.evidence
    caught = evidence.canaries
    if failed:
        try:
            diagnosis, mistakes = diagnose(session, failed)
        except (ArithmeticError, LookupError, ValueError) as error:
            # the rejection stands, whatever the search for a name met in the numbers of a stranger
            diagnosis, mistakes = failed[0].message, ()
            notes = (*notes, f"the search for the mistake broke off: {type(error).__name__}: {error}")
        return CheckVerdict(
            "fail", diagnosis, mistakes, _counterexample(failed), {},
            evidence.power, evidence.false_alarm_bound, caught, notes, contract, session.spent,
        )  # fmt: skip
    status: Literal["pass", "fail", "unknown"] = "pass"
    diagnosis = "keeps its contract"
    if not judges_for(contract.kind):
        status, diagnosis = "unknown", f"no judge hears a {contract.kind}"
    elif unknown:
        status, diagnosis = "unknown", unknown[0].message
    elif contract.kind in ("value", "gradient"):
        hits, planted, survivors = release(session)
        caught = hits, planted
        if survivors:
            status, diagnosis = "unknown", f"planted mistakes were not noticed: {', '.join(survivors)}"
        elif not planted:
            status, diagnosis = "unknown", "no time was left to plant mistakes"
    accuracy: dict[str, float] = {}
    if contract.kind == "value" and session.spent < BUDGETS[budget] - 0.3 * session.fn.patience:
        accuracy = graded(session)
    return CheckVerdict(
        status, diagnosis, (), None, accuracy, evidence.power, evidence.false_alarm_bound,
        caught, notes, contract, session.spent,
    )  # fmt: skip


def _counterexample(failed: list[Finding]) -> dict[str, Any] | None:
    shown = [f for f in failed if f.case is not None]
    if not shown:
        return None
    smallest = min(shown, key=lambda f: (f.judge == "conduct", f.expected is None, f.case.size if f.case else 0))
    assert smallest.case is not None
    return {
        "case": smallest.case.name,
        "arguments": dict(smallest.case.arrays),
        "what": smallest.message,
        "got": smallest.got,
        "expected": smallest.expected,
        **({"shows": smallest.shows} if smallest.shows else {}),
        **({"also": smallest.also} if smallest.also else {}),
    }
