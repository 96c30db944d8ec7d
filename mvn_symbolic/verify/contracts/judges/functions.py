"""Lives here: the judges of deterministic functions: what a call does, its value, its gradient, hand-written gradients.
May not live here: the truth (`truths`), explanations (`diagnosis`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from mvn_symbolic.verify.contracts.calls.results import SQUEEZED, as_array
from mvn_symbolic.verify.contracts.cases import twin
from mvn_symbolic.verify.contracts.contract import Contract
from mvn_symbolic.verify.contracts.plan import DEGENERATE
from mvn_symbolic.verify.contracts.session import Case, Finding, Session, Severity, judge_of
from mvn_symbolic.verify.contracts.truths.arguments import by_convention, comparable
from mvn_symbolic.verify.contracts.truths.expected import expected
from mvn_symbolic.verify.contracts.truths.products import written

_ROUGH = 100.0
"""Limits by which a gradient may be off where its value shows jitter: 2e-3 of its terms, less than a mistake is."""


def _kind_of(result: Any) -> str:
    shape = getattr(result, "shape", None)
    name = "None" if result is None else f"a {type(result).__name__}"
    return name if shape is None else f"{name} of dtype {getattr(result, 'dtype', '?')}"


def _conduct(
    session: Session, case: Case, result: Any, shape: tuple[int, ...]
) -> tuple[np.ndarray | None, list[Finding]]:
    """Bring a result to the expected shape, or say why it has no such shape."""
    array = as_array(result)
    if array is None:
        text = f"returns {_kind_of(result)} where an array of real numbers is expected"
        return None, [Finding("conduct", "fail", text, case, result, None, ("wrong_type",))]
    if array.shape != shape:
        if shape == () and array.shape == (1,):
            return array.reshape(shape), [Finding("conduct", "note", "returns shape (1,) for one number", case)]
        if isinstance(result, float | np.floating) and np.prod(shape) == 1 and session.fn.library.squeezes:
            return array.reshape(shape), [Finding("conduct", "note", SQUEEZED, case)]
        text = f"returns shape {array.shape} where {shape} is expected (batch {case.batch}, event {case.event})"
        return None, [Finding("conduct", "fail", text, case, array, None, ("wrong_shape",))]
    return array, []


def _shapes(case: Case) -> tuple[tuple[int, ...], ...]:
    return case.batch, case.event


def _off(got: np.ndarray, want: np.ndarray, limit: np.ndarray) -> float:
    """Return the largest deviation in units of its limit; infinite where a number is not finite."""
    if got.size == 0:
        return 0.0
    with np.errstate(all="ignore"):
        share = np.abs(got - want) / limit
    return float(np.max(np.where(np.isfinite(got), share, np.inf)))


@judge_of("value", "gradient")
def judge_conduct(session: Session) -> Iterator[Finding]:
    """Two calls at each of two cases: does it return, keep its arguments, keep quiet, and give the same again?"""
    case = session.cases[0]
    first = session.evidence.first or session.fn(case.arrays)
    session.evidence.first = None
    if first.problem:
        mistake = "never_returns" if first.timed_out else "raises"
        yield Finding("conduct", "fail", first.problem, case, mistakes=(mistake,))
        return
    if first.mutated:
        text = f"writes into its argument{'s' * (len(first.mutated) > 1)} {', '.join(first.mutated)}"
        yield Finding("conduct", "fail", text, case, mistakes=("mutates_inputs",))
    if first.printed:
        yield Finding("conduct", "note", "prints when it is called", case)
    # a dropout may by chance drop nothing, or the same, from few numbers
    # where each further shape has its price before it is compiled, the first one must do
    near = [c for c in session.cases if c.ordinary and (not session.fn.compiles or _shapes(c) == _shapes(case))]
    most = max((c for c in near if c is not case), key=lambda c: c.size, default=case)
    # in a row, for what differs every other call; and with others in between, for what remembers them
    in_a_row = session.fn(most.arrays), session.fn(most.arrays)
    for point, before, after in ((case, first, session.fn(case.arrays)), (most, *in_a_row)):
        one, two = as_array(before.result), as_array(after.result)
        if one is None or two is None or one.shape != two.shape or np.array_equal(one, two, equal_nan=True):
            continue
        text = "gives another result when it is called again with the same arguments"
        yield Finding("conduct", "fail", text, point, two, one, ("non_deterministic",))
        return
    session.fn = session.fn.quickened()


@judge_of("value")
def judge_value(session: Session) -> Iterator[Finding]:
    """Compare values with the truth at every case."""
    if session.contract.quantity.startswith("surrogate_"):
        return
    seen = session.evidence.values
    for case in session.in_time():
        truth = expected(session, case)
        outcome = session.fn(case.arrays)
        if outcome.problem:
            mistake = "never_returns" if outcome.timed_out else "raises"
            yield Finding("value", "fail", outcome.problem, case, None, truth.value, (mistake,), np.inf)
            if outcome.timed_out:
                return
            continue
        got, complaints = _conduct(session, case, outcome.result, truth.value.shape)
        seen[case.name] = got, as_array(outcome.result)
        yield from complaints
        if got is None:
            continue
        want, limit = truth.value, truth.wrong
        if session.contract.up_to_constant:
            other = twin(session, case)
            beside = as_array(session.fn(other.arrays).result)
            if beside is None or beside.shape != got.shape:
                continue
            also = expected(session, other)
            got, want, limit = got - beside, want - also.value, limit + also.wrong
            session.evidence.differences[case.name] = got
        off = _off(got, want, limit)
        if off > 1:
            words = "is not finite" if not np.all(np.isfinite(got)) else "is wrong"
            yield Finding("value", "fail", f"the value {words}", case, got, want, worst=off)
        elif _off(got, want, truth.rounding) > 1:
            session.evidence.rough.add(case.name)
            yield Finding("value", "note", "deviates by more than rounding (jitter, a rough constant)", case, got, want)


@judge_of("value")
def judge_gradient(session: Session) -> Iterator[Finding]:
    """Compare autograd through the function with the truth at every case."""
    contract = session.contract
    if not contract.gradient or not session.fn.library.differentiates:
        return
    seen = session.evidence.gradients
    for case in session.in_time():
        truth = expected(session, case)
        outcome = session.fn.differentiate(case.arrays, truth.upstream)
        if outcome.problem:
            if case.ordinary:
                yield Finding("gradient", "fail", f"going back through it {outcome.problem}", case, worst=np.inf)
            if outcome.timed_out:
                return
            continue
        seen[case.name] = outcome.gradients or {}
        rough = case.name in session.evidence.rough
        yield from _against(contract, case, outcome.gradients or {}, truth.gradients, truth.gradients_wrong, rough)


def _against(
    contract: Contract,
    case: Case,
    got: dict[str, np.ndarray],
    want: dict[str, np.ndarray],
    limit: dict[str, np.ndarray],
    rough: bool = False,
) -> Iterator[Finding]:
    for role, slope in want.items():
        one, two = (comparable(contract, role, np.asarray(g)) for g in (got[role], slope))
        off = _off(one, two, limit[role])
        if off > 1:
            # an eigendecomposition has no derivative at equal eigenvalues; a mistake shows at other cases too
            equal = not contract.diagonal and case.name in DEGENERATE
            # what jitter moves a little in the value it moves more in the gradient: two more powers of the scale
            little = rough and off < _ROUGH
            severity: Severity = "fail" if case.ordinary and not equal and not little else "note"
            yield Finding(
                "gradient", severity, f"the gradient by {role} is wrong", case, one, two, worst=off, gradient_of=role
            )  # fmt: skip


@judge_of("gradient")
def judge_written_gradient(session: Session) -> Iterator[Finding]:
    """Compare a tuple of gradients that was written by hand with the truth."""
    contract = session.contract
    seen = session.evidence.gradients
    for case in session.cases:
        want, limit = written(session, case)
        outcome = session.fn(case.arrays)
        if outcome.problem:
            mistake = "never_returns" if outcome.timed_out else "raises"
            yield Finding("gradient", "fail", outcome.problem, case, None, None, (mistake,), np.inf)
            if outcome.timed_out:
                return
            continue
        results = outcome.result if isinstance(outcome.result, tuple | list) else (outcome.result,)
        roles = [role for role in session.fn.order if role in want]
        if not 0 < len(results) <= len(roles) or (
            len(results) < len(roles) and not contract.quantity.startswith("vjp")
        ):
            text = f"returns {len(results)} arrays where the gradients by {', '.join(roles)} are expected"
            yield Finding("gradient", "fail", text, case, mistakes=("wrong_shape",))
            continue
        found = seen.setdefault(case.name, {})
        for role, result in zip(roles, results, strict=False):
            got, complaints = _conduct(session, case, result, want[role].shape)
            yield from complaints
            if got is None:
                continue
            found[role] = got
            target = by_convention(contract, role, want[role])
            if contract.convention == "free":
                got = comparable(contract, role, got)
            off = _off(got, target, limit[role] * 2)
            if off > 1:
                text = f"the gradient by {role} is wrong"
                yield Finding("gradient", "fail", text, case, got, target, worst=off, gradient_of=role)
