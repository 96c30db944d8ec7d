"""Lives here: how a check opens: the first calls of a function, which say what it takes, and the cases drawn for that.
May not live here: what is expected, judges, the verdict."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from mvn_symbolic.verify.contracts.calls.running import FIRST_SECONDS, Caller, settled, taken
from mvn_symbolic.verify.contracts.cases import affordable, all_cases
from mvn_symbolic.verify.contracts.contract import Contract
from mvn_symbolic.verify.contracts.names import by_position
from mvn_symbolic.verify.contracts.orders import orders_of
from mvn_symbolic.verify.contracts.session import Evidence, Finding, Session, judges_for

_EXTRA: Final = {"ci": 3, "dev": 12, "campaign": 60}
"""Random cases of each budget."""


def opened(fn: Callable[..., Any], contract: Contract, seed: int, budget: str) -> tuple[Session, list[Finding]]:
    """Find the array library, the precision and the order of arguments that a function takes, and draw cases for them.

    Parameters
    ----------
    fn, contract, seed, budget
        As in `check`.

    Returns
    -------
    session : Session
        Of a sampler or a pair without cases: its judges draw them.
    notes : list of Finding
        What was found out, where it is not as promised.
    """
    notes: list[Finding] = []
    orders = list(orders_of(fn, contract))
    fn, order = by_position(fn), orders[0]
    caller = Caller(fn, order, contract.backend)
    patient = dataclasses.replace(caller, seconds=FIRST_SECONDS)
    rng = np.random.default_rng(seed)
    session = Session(contract, caller, [], rng, budget)
    if contract.kind in ("sampler", "pair"):
        return session, notes
    # where each further shape has its price, fewer are drawn
    extra = int(_EXTRA[budget] / caller.patience)
    session.cases = affordable(all_cases(contract, rng, extra=extra), caller.compiles)
    first = session.cases[0]
    outcome = session.evidence.first = patient(first.arrays)
    results = outcome.result if isinstance(outcome.result, tuple | list) else (outcome.result,)
    single = any(str(getattr(result, "dtype", "")).endswith("float32") for result in results)
    way = settled(contract.backend, outcome, lambda *way: Caller(fn, order, *way)(first.arrays))
    if way:
        notes.append(Finding("conduct", "note", taken(way)))
        session.evidence.first = None
        session.fn, single = dataclasses.replace(caller, backend=way[0], dtype=way[1]), way[1] == "float32"
    elif single and not outcome.problem:
        notes.append(Finding("conduct", "note", "returns single precision for arguments of double precision"))
    if single:
        session.evidence.first = None
        session.evidence.single = True
        drawn = all_cases(contract, np.random.default_rng(seed), single=True, extra=extra)
        session.cases = affordable(drawn, session.fn.compiles)
    if len(orders) > 1:
        _settle_order(session, orders, notes)
    return session, notes


def _settle_order(session: Session, orders: list[tuple[str, ...]], notes: list[Finding]) -> None:
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
