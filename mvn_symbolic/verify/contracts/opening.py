"""Lives here: how a check opens: the first calls of a function, which say what it takes, and the cases drawn for that.
May not live here: what is expected, the verdict, a judge: those in the register are heard where names say nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from mvn_symbolic.verify.contracts.calls.affine import arrays_of, in_training, place_of_draws, run, under
from mvn_symbolic.verify.contracts.calls.noise import Drive
from mvn_symbolic.verify.contracts.calls.results import as_array
from mvn_symbolic.verify.contracts.calls.running import FIRST_SECONDS, Caller, Outcome, lent, settled, taken
from mvn_symbolic.verify.contracts.cases import affordable, all_cases, draw
from mvn_symbolic.verify.contracts.contract import Contract
from mvn_symbolic.verify.contracts.names import by_position
from mvn_symbolic.verify.contracts.orders import orders_of
from mvn_symbolic.verify.contracts.plan import REACH
from mvn_symbolic.verify.contracts.session import Evidence, Finding, Session, judges_for

_EXTRA: Final = {"ci": 3, "dev": 12, "campaign": 60}
"""Random cases of each budget."""
_PLACES: Final = {
    None: "along the first axis, which they share with the batch: all samples of a draw, then of the next",
    -1: "along the first axis, which they share with the batch: all draws of a sample, then of the next",
}


def opened(fn: Callable[..., Any], contract: Contract, seed: int, budget: str) -> tuple[Session, list[Finding]]:
    """Find the array library, the precision and the order of arguments that a function takes, and draw cases for them.

    Parameters
    ----------
    fn, contract, seed, budget
        As in `check`.

    Returns
    -------
    session : Session
    notes : list of Finding
        What was found out, where it is not as promised.
    """
    return opened_in_order(by_position(fn), contract, list(orders_of(fn, contract)), seed, budget)


def opened_in_order(
    fn: Callable[..., Any], contract: Contract, orders: Sequence[tuple[str, ...]], seed: int, budget: str
) -> tuple[Session, list[Finding]]:
    """Open a check of a function whose arguments come in one of these orders, as `opened` does."""
    caller = Caller(fn, orders[0], contract.backend)
    session = Session(contract, caller, [], np.random.default_rng(seed), budget)
    if contract.kind == "sampler":
        return session, _of_sampler(session)
    notes = _of_function(session, seed)
    if len(orders) > 1:
        _settle_order(session, orders, notes)
    return session, notes


def _of_function(session: Session, seed: int) -> list[Finding]:
    """Draw the cases of a function of numbers; its first call is kept where nothing has to be asked otherwise."""
    contract = session.contract
    # where each further shape has its price, fewer are drawn
    extra = int(_EXTRA[session.budget] / session.fn.patience)
    session.cases = affordable(all_cases(contract, session.rng, extra=extra), session.fn.compiles)
    first = session.cases[0]
    back = None if contract.kind != "value" else lambda fn, ones: fn.differentiate(first.arrays, ones)
    outcome, notes = _settled(session, lambda caller: caller(first.arrays), back)
    if not notes and not session.evidence.single:
        session.evidence.first = outcome
    elif not notes and not outcome.problem:
        notes.append(Finding("conduct", "note", "returns single precision for arguments of double precision"))
    if session.evidence.single:
        drawn = all_cases(contract, np.random.default_rng(seed), single=True, extra=extra)
        session.cases = affordable(drawn, session.fn.compiles)
    return notes


def _of_sampler(session: Session) -> list[Finding]:
    """Draw the cases of a sampler, and find the axis of its draws."""
    contract, evidence, notes = session.contract, session.evidence, []
    session.fn.library.warm()
    if trained := in_training(session.fn.fn):
        evidence.original = session.fn.fn
        session.fn = dataclasses.replace(session.fn, fn=trained)
        notes.append(Finding("conduct", "note", "its module is out of training; judged as it is in training"))
    session.cases = affordable(all_cases(contract, _fresh(session)), session.fn.compiles)
    first = session.cases[0]

    def back(fn: Caller, ones: np.ndarray) -> Outcome:
        drive = Drive(np.zeros(0))
        inner = dataclasses.replace(session, fn=fn)
        return under(inner, drive).differentiate(arrays_of(inner, first, drive), ones)

    outcome, found = _settled(
        session,
        lambda fn: run(dataclasses.replace(session, fn=fn), first, np.zeros(0))[0],
        back if contract.quantity == "rsample" else None,
    )
    notes += found
    evidence.endless = outcome.timed_out
    if evidence.single:
        session.cases = affordable(all_cases(contract, _fresh(session), single=True), session.fn.compiles)
    for name, spread in zip(REACH, ("lowest", "highest"), strict=True):
        # of mean zero, beside which a deviation of 3e-7 has all its digits
        rng, single = _fresh(session), evidence.single
        session.cases.append(draw(contract, name, 2, 2, "zero", spread, rng, single=single, ordinary=False))
    if contract.draws > 1:
        sizes = {contract.draws}
        apart = [c for c in session.cases if c.batch[:1] != (1,) and not sizes & {*c.batch, *c.event}]
        largest = max((c for c in apart or session.cases if c.ordinary), key=lambda c: c.size)
        place = evidence.draws_at = place_of_draws(session, largest)
        if place != 0:
            notes.append(Finding("conduct", "note", f"its draws are read {_PLACES.get(place, f'along axis {place}')}"))
    return notes


def _fresh(session: Session) -> np.random.Generator:
    return np.random.default_rng(session.rng.integers(2**32))


def _settled(
    session: Session, ask: Callable[[Caller], Outcome], back: Callable[[Caller, np.ndarray], Outcome] | None
) -> tuple[Outcome, list[Finding]]:
    """Call a function for the first time, and settle in which library and precision it is asked from then on.

    ``back`` goes back through a call with weights of its outputs; None where nobody will.
    """
    own, given = session.fn, session.contract.backend
    outcome = ask(dataclasses.replace(own, seconds=FIRST_SECONDS))
    results = outcome.result if isinstance(outcome.result, tuple | list) else (outcome.result,)
    session.evidence.single = any(str(getattr(result, "dtype", "")).endswith("float32") for result in results)
    way = settled(given, outcome, lambda *way: ask(Caller(own.fn, own.order, *way)))
    if way:
        session.fn = dataclasses.replace(own, backend=way[0], dtype=way[1])
        session.evidence.single = way[1] == "float32"
        return outcome, [Finding("conduct", "note", taken(way))]
    array = as_array(outcome.result)
    if back is None or not session.contract.gradient or outcome.problem or array is None:
        return outcome, []
    ones, numpys = np.ones(array.shape), Caller(own.fn, own.order, "numpy")
    why = lent(given, session.evidence.given(own.fn), lambda: back(own, ones), lambda: ask(numpys))
    if not why:
        return outcome, []
    session.fn = dataclasses.replace(own, backend="numpy")
    session.evidence.single = False
    return outcome, [Finding("conduct", "note", why)]


def _settle_order(session: Session, orders: Sequence[tuple[str, ...]], notes: list[Finding]) -> None:
    """Where argument names say nothing, take the first order under which the function is right at some cases."""
    for order in orders:
        fn = dataclasses.replace(session.fn, order=order)
        # twins are chosen among few cases here, so nothing that is found is kept
        own = Evidence(single=session.evidence.single)
        trial = dataclasses.replace(session, fn=fn, cases=session.cases[:3], evidence=own)
        found = (f for judge in judges_for(session.contract.kind) for f in judge(trial))
        worst = next((f for f in found if f.severity == "fail"), None)
        if worst is None:
            if order != orders[0]:
                session.fn = fn
                session.evidence.first = None
                notes.append(Finding("conduct", "note", f"its arguments are read as {', '.join(order)}"))
            return
        if "never_returns" in worst.mistakes:
            return
