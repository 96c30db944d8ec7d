"""Lives here: the search for the mutant of a promised expression, or the reduction, that a function agrees with.
May not live here: how mutants are made (`mutants`), the decision whether a function is right (the judges)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from mvn_symbolic.verify.contracts.cases import twin
from mvn_symbolic.verify.contracts.contract import Contract
from mvn_symbolic.verify.contracts.diagnosis.mistakes import REDUCED, REDUCED_WORDS, Mistake
from mvn_symbolic.verify.contracts.diagnosis.mutants import Mutant, further_mutants, mutants
from mvn_symbolic.verify.contracts.diagnosis.wording import shown
from mvn_symbolic.verify.contracts.session import Case, Session
from mvn_symbolic.verify.contracts.symbolic.forms import spelled
from mvn_symbolic.verify.contracts.symbolic.promise import Promise
from mvn_symbolic.verify.contracts.symbolic.values import values
from mvn_symbolic.verify.contracts.truths.arguments import masked
from mvn_symbolic.verify.contracts.truths.expected import expected

_NICE: Final = {-1.0: "sign", 2.0: "doubled", 0.5: "halved", 0.0: "missing"}
_ROOM: Final = {True: 3e-4, False: 1e-6}
"""Deviation, relative to the terms, up to which a function agrees: in single and in double precision."""


def forms_of(session: Session) -> list[Any]:
    """Return the promised expression, and with its questions written out where that is something else and equal."""
    contract = session.contract
    promise: Promise = contract.promise
    found = [promise.expression]
    written = spelled(promise.expression)
    case = next(case for case in session.cases if case.ordinary)
    if written != promise.expression:
        one, two = (values(contract, e, case) for e in (promise.expression, written))
        if one.shape == two.shape and np.allclose(one, two, rtol=1e-9, atol=1e-9):
            # what is written out says more about what people compute, and is read faster
            found.insert(0, written)
    return found


def all_mutants(session: Session) -> Iterator[Mutant]:
    """Yield the mutants of every form of the expression, each mistake once, the smaller ones first."""
    seen = set()
    for form in forms_of(session):
        for make in (mutants, further_mutants):
            for mutant in make(form):
                if mutant.expression not in seen:
                    seen.add(mutant.expression)
                    yield mutant


class _Agreement:
    """What a function gave at all ordinary cases, and how near a hypothesis must come to it."""

    def __init__(self, session: Session, observed: dict[str, np.ndarray]) -> None:
        self.contract: Contract = session.contract
        ordinary = [c for c in session.cases if c.ordinary and np.all(np.isfinite(observed.get(c.name, np.nan)))]
        # the richest case first: it refutes nearly everything
        self.cases = sorted(ordinary, key=lambda c: (len(set(c.batch + c.event)) < 2, -c.size))
        self.observed = observed
        room = _ROOM[session.evidence.single]
        self.room = {}
        for case in self.cases:
            truth = expected(session, case)
            size = np.max(np.abs(truth.wrong), initial=0.0) / 2e-5
            self.room[case.name] = room * (size + np.max(np.abs(observed[case.name]), initial=0.0))

    def reductions(self) -> list[str]:
        """List the reductions whose results have the shape of the function's, the promised one first."""
        promise, found = self.contract.promise, []
        for name, reduce_ in REDUCED.items():
            if name == "masked_mean" != self.contract.reduction:
                continue
            shapes = (
                np.shape(reduce_(np.zeros(c.batch + promise.result_shape(c.event[0])), len(c.batch)))
                == np.shape(self.observed[c.name])
                for c in self.cases
            )
            if self.cases and all(shapes):
                found.append(name)
        return sorted(found, key=lambda name: name != self.contract.reduction)

    def agrees(self, numbers: np.ndarray, reduction: str, case: Case) -> bool:
        """Whether a hypothesis gives at a case what the function gave."""
        got = self.observed[case.name]
        try:
            want = self.contract.factor * REDUCED[reduction](
                masked(self.contract, case.arrays, numbers, reduction), len(case.batch)
            )
        except (ValueError, IndexError):
            return False
        if want.shape != got.shape or not np.all(np.isfinite(want)):
            return False
        with np.errstate(all="ignore"):
            return bool(np.all(np.abs(want - got) <= self.room[case.name]))


def explain_expression(session: Session, observed: dict[str, np.ndarray]) -> list[Mistake]:
    """Return the mistake that a function agrees with at every ordinary case; may be empty.

    Parameters
    ----------
    session : Session
    observed : dict of ndarray
        Results by name of the case.
    """
    if session.contract.up_to_constant:
        observed = session.evidence.differences
    agreement = _Agreement(session, observed)
    contract = session.contract
    if not agreement.cases:
        return []
    reductions, first = agreement.reductions(), agreement.cases[0]
    plain = Mutant("", "", contract.promise.expression)
    above = Mutant("tril_missing", "entries above the diagonal are used: tril is missing", contract.promise.expression)
    for mutant in (plain, above, *all_mutants(session)):
        if session.seconds_left < 0.4:
            break
        whole = mutant is above

        def numbers(case: Case, mutant: Mutant = mutant, whole: bool = whole) -> np.ndarray:
            found = values(contract, mutant.expression, case, whole=whole)
            if contract.up_to_constant:
                found = found - values(contract, mutant.expression, twin(session, case), whole=whole)
            return found

        at_first = numbers(first)
        for reduction in reductions:
            if agreement.agrees(at_first, reduction, first) and all(
                agreement.agrees(numbers(case), reduction, case) for case in agreement.cases[1:]
            ):
                return _named(contract, mutant, reduction)
    return [] if contract.up_to_constant else _weighted(session, agreement, reductions)


def _named(contract: Contract, mutant: Mutant, reduction: str) -> list[Mistake]:
    found = [Mistake(mutant.name, mutant.sentence)] if mutant.name else []
    if reduction != contract.reduction and not _same(contract, reduction):
        text = f"{REDUCED_WORDS[reduction]}, where {contract.reduction} is promised"
        found.append(Mistake(f"reduction_{reduction}_for_{contract.reduction}", text))
    return found


def _same(contract: Contract, reduction: str) -> bool:
    """Whether two reductions of a number for each sample are the same."""
    alike = ({"none", "per_sample"}, {"mean", "batch_mean"})
    return contract.promise.is_scalar and any({reduction, contract.reduction} <= pair for pair in alike)


def _weighted(session: Session, agreement: _Agreement, reductions: list[str]) -> list[Mistake]:
    """Fit a coefficient to every term of the expression, and a constant for each sample."""
    contract = session.contract
    for form in forms_of(session):
        terms = list(form.args) if getattr(form, "is_Add", False) or getattr(form, "is_MatAdd", False) else [form]
        for reduction in reductions:
            columns = []
            for case in agreement.cases:
                numbers = [values(contract, term, case) for term in terms]
                shape = case.batch + contract.promise.result_shape(case.event[0])
                numbers = [np.broadcast_to(n.reshape(n.shape + (1,) * (len(shape) - n.ndim)), shape) for n in numbers]
                numbers.append(np.ones(shape))
                columns.append(
                    np.stack(
                        [
                            REDUCED[reduction](masked(contract, case.arrays, n, reduction), len(case.batch)).ravel()
                            for n in numbers
                        ],
                        axis=-1,
                    )
                )
            matrix = contract.factor * np.concatenate(columns)
            target = np.concatenate([agreement.observed[c.name].ravel() for c in agreement.cases])
            if not np.all(np.isfinite(matrix)) or len(target) < 2 * matrix.shape[1]:
                continue
            norms = np.maximum(np.abs(matrix).max(axis=0), 1e-30)
            solution = np.linalg.lstsq(matrix / norms, target, rcond=1e-9)[0] / norms
            room = np.concatenate(
                [np.full(agreement.observed[c.name].size, agreement.room[c.name]) for c in agreement.cases]
            )
            if np.all(np.abs(matrix @ solution - target) <= room):
                found = _ratios(terms, solution)
                return found + _named(contract, Mutant("", "", form), reduction) if found else found
    return []


def _ratios(terms: list[Any], solution: np.ndarray) -> list[Mistake]:
    found = []
    for term, ratio in zip(terms, solution, strict=False):
        if abs(ratio - 1) < 1e-3:
            continue
        nice = next((n for n in _NICE if abs(n - ratio) < 1e-3), None)
        words = {-1.0: "has the wrong sign", 0.0: "is missing"}.get(nice, f"enters {ratio:.4g} times")  # type: ignore[arg-type]
        name = "scaled" if nice is None else _NICE[nice]
        found.append(Mistake(f"term_{name}" if len(terms) > 1 else f"overall_{name}", f"{shown(term)} {words}"))
    if abs(solution[-1]) > 1e-6:
        found.append(Mistake("constant_added", f"a constant {solution[-1]:.4g} is added for each sample"))
    return found
