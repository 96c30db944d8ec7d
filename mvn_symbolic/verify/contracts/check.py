"""Lives here: `check`, which takes a function and a contract from cases to a verdict.
May not live here: how a function is first called (`opening`), any single judge, truth or mistake."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import partial
from typing import Any, Literal

import numpy as np

from mvn_symbolic.errors import ArgumentError
from mvn_symbolic.verify.contracts import judges
from mvn_symbolic.verify.contracts.arity import MISTAKE, miscounted
from mvn_symbolic.verify.contracts.axes import along_axes
from mvn_symbolic.verify.contracts.calls.kept import kept_generators, kept_random_state
from mvn_symbolic.verify.contracts.calls.sampling import seed_all
from mvn_symbolic.verify.contracts.contract import Contract
from mvn_symbolic.verify.contracts.diagnosis.diagnose import diagnose, excused
from mvn_symbolic.verify.contracts.judges.canaries import release
from mvn_symbolic.verify.contracts.judges.estimates import judged_estimate
from mvn_symbolic.verify.contracts.judges.pair import judged_pair
from mvn_symbolic.verify.contracts.opening import opened
from mvn_symbolic.verify.contracts.orders import order_of
from mvn_symbolic.verify.contracts.session import BUDGETS, Finding, Session, judges_for
from mvn_symbolic.verify.contracts.verdict import CheckVerdict


def check(
    fn: Callable[..., Any] | tuple[Callable[..., Any], Callable[..., Any]],
    contract: Contract | str,
    *,
    seed: int = 0,
    budget: str = "ci",
    **options: Any,
) -> CheckVerdict:
    """Judge whether a function keeps a contract.

    Parameters
    ----------
    fn : callable
        Anybody's code; nothing that it does gets out of this call. For the quantity ``pair`` a tuple of a sampler and
        a KL term, an object with methods such as ``reparameterize`` and ``kl_loss``, or a function that returns both.
    contract : Contract or str
        What it promises, or the name of a quantity; the other fields of `Contract` then come as ``options``.
    seed : int
        Of the random cases.
    budget : str
        ``ci`` (about 4 s at most), ``dev`` or ``campaign``.
    **options
        Fields of `Contract`, where ``contract`` is a name.

    Returns
    -------
    CheckVerdict
        It never raises for what ``fn`` does.

    Raises
    ------
    ArgumentError
        For a malformed contract, an unknown budget, or something that cannot be called.

    Examples
    --------
    >>> check(kl_loss, "kl_standard_normal", parameterization="logvar", reduction="batch_mean")  # doctest: +SKIP
    """
    if isinstance(contract, str):
        try:
            contract = Contract(contract, **options)
        except TypeError as error:
            raise ArgumentError(f"options must be fields of `Contract`; got {sorted(options)} ({error}).") from error
    elif options:
        raise ArgumentError(f"options go into the contract where one is given; got {sorted(options)}. Move them there.")
    if not isinstance(contract, Contract):
        raise ArgumentError(f"`contract` must be a Contract or a quantity's name; got {contract!r}. Write a Contract.")
    if contract.kind != "pair" and (not callable(fn) or isinstance(fn, tuple)):
        raise ArgumentError(f"`fn` must be a function; got {fn!r}. Pass the function itself, not its result.")
    if budget not in BUDGETS:
        raise ArgumentError(f"`budget` must be one of {', '.join(BUDGETS)}; got {budget!r}. Name one.")
    if not isinstance(seed, int | np.integer) or isinstance(seed, bool) or seed < 0:
        raise ArgumentError(f"`seed` must be an integer of at least 0; got {seed!r}. Leave it out, or count.")
    judges.load()
    with kept_random_state(), kept_generators(contract.backend), np.errstate(all="ignore"):
        # what cannot be driven is drawn from global generators: the same each time for a seed
        seed_all(contract.backend, int(seed))
        if contract.kind == "pair" or isinstance(fn, tuple):
            return along_axes(contract, lambda asked: judged_pair(_judged, fn, asked, seed, budget))
        estimate = contract.quantity.startswith("estimate_")
        judge = partial(judged_estimate, _judged, fn) if estimate else partial(_judged, fn)
        return _counted(along_axes(contract, lambda asked: judge(asked, seed, budget)), fn)


def _counted(verdict: CheckVerdict, fn: Callable[..., Any]) -> CheckVerdict:
    """Say of a function that could not be called, or of a class, what is wrong with its arguments."""
    unfit = isinstance(fn, type) and bool({"raises", "wrong_type"} & set(verdict.mistakes))
    if verdict.status == "pass" or not (unfit or "raises TypeError" in verdict.diagnosis):
        return verdict
    text = miscounted(fn, verdict.contract, order_of(fn, verdict.contract))
    if not text:
        return verdict
    return dataclasses.replace(verdict, status="fail", diagnosis=text, mistakes=(MISTAKE,), counterexample=None)


def _judged(fn: Callable[..., Any], contract: Contract, seed: int, budget: str) -> CheckVerdict:
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
            evidence.power, evidence.false_alarm_bound, caught, notes, contract, _spent(session),
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
    if contract.kind == "value" and _spent(session) < BUDGETS[budget] - 0.3 * session.fn.patience:
        from mvn_symbolic.verify.contracts.judges.accuracy import graded

        accuracy = graded(session)
    return CheckVerdict(
        status, diagnosis, (), None, accuracy, evidence.power, evidence.false_alarm_bound,
        caught, notes, contract, _spent(session),
    )  # fmt: skip


def _spent(session: Session) -> float:
    return round(session.seconds - session.seconds_left, 3)


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
