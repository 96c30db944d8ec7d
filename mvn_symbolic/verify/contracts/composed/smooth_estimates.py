"""Lives here: the judge of Monte Carlo estimates that are smooth, but not quadratic in their noise (Schulman's k3):
their expectation by Gauss-Hermite quadrature at small, tame cases, with two orders whose difference bounds the error.
May not live here: how an estimate is asked with given noise (`estimates`), the quantity's own judges (`functions`).

Quadrature needs few dimensions. Numbers of noise whose blocks do not act on each other (samples, draws, coordinates
that are summed after the nonlinear part) may share the same nodes: the expectation of a sum is the sum of expectations.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from mvn_symbolic.verify.contracts.calls.expectation import Expectation
from mvn_symbolic.verify.contracts.calls.noise import Drive
from mvn_symbolic.verify.contracts.calls.results import as_array
from mvn_symbolic.verify.contracts.calls.running import FIRST_SECONDS, Caller
from mvn_symbolic.verify.contracts.cases import draw
from mvn_symbolic.verify.contracts.contract import Contract
from mvn_symbolic.verify.contracts.diagnosis.diagnose import diagnose
from mvn_symbolic.verify.contracts.grading.canaries import release
from mvn_symbolic.verify.contracts.judges.functions import judge_conduct, judge_gradient, judge_value
from mvn_symbolic.verify.contracts.session import Finding, Session
from mvn_symbolic.verify.contracts.truths.expected import expected
from mvn_symbolic.verify.contracts.verdict import CheckVerdict

ADVICE: Final = (
    "What is biased on purpose (the log of a mean of weights), or estimates another law (after a tanh), keeps no "
    "contract of this expectation: promise its parts, rsample and log_prob, each by itself"
)
"""What to promise instead, where an expectation is not found."""
ORDERS: Final = {1: (24, 40), 2: (10, 14)}
"""Dimensions -> nodes a dimension of the two orders. A ratio of densities whose deviations differ by a factor exp(t)
leaves tanh(t) to the power of the nodes; the tame cases have t about 0.1."""
_CASES: Final = ((3, 1), (1, 2), (3, 2))
"""Samples and coordinates."""
_SHARE: Final = 0.25
"""Of the limit of the truth that may be the quadrature's error."""
_ADDITIVE: Final = 1e-4
"""Share of the terms by which blocks of noise may act on each other: far above rounding, in single precision too."""
_NAMES: Final = 2
"""Known mistakes at once that are believed: near equal laws many together fit any number."""
_JUDGES: Final = (judge_conduct, judge_value, judge_gradient)


class _CoupledError(ValueError):
    """More numbers of noise act on each other than quadrature can hold."""


def nodes(order: int, dimensions: int) -> tuple[np.ndarray, np.ndarray]:
    """Return points (points, dimensions) and weights of the expectation over standard normal numbers.

    Examples
    --------
    >>> points, weights = nodes(5, 2)
    >>> round(float(weights @ (points[:, 0] ** 4 * points[:, 1] ** 2)), 12)
    3.0
    """
    line, weights = np.polynomial.hermite_e.hermegauss(order)
    weights = weights / math.sqrt(2 * math.pi)
    points = np.array(list(itertools.product(line, repeat=dimensions)))
    return points, np.prod(list(itertools.product(weights, repeat=dimensions)), axis=-1)


class _Expectation(Expectation):
    """The expectation of an estimate, as a function of the arguments that are not noise, in the finer order or not."""

    def __init__(self, estimate: Any, finer: bool) -> None:
        super().__init__(estimate.library, estimate.form)
        self.estimate, self.finer = estimate, finer

    def _plan(self, drive: Drive, arguments: tuple[Any, ...]) -> tuple[Any, np.ndarray, np.ndarray]:
        first = self.estimate.once(drive, arguments, np.zeros(0))
        count = sum(math.prod(shape) for _, shape in drive.asked)
        if not count or (as_array(first) is None and not self.library.traced(first)):
            return first, np.zeros((1, 0)), np.ones(1)
        width = self._width(drive, arguments, count)
        points, weights = nodes(ORDERS[width][self.finer], width)
        return first, np.tile(points, (1, count // width)), weights

    def _width(self, drive: Drive, arguments: tuple[Any, ...], count: int) -> int:
        """Return the size of the blocks of consecutive numbers that do not act on each other."""
        plain = tuple(map(self.library.detached, arguments))

        def at(point: np.ndarray) -> np.ndarray:
            return np.asarray(as_array(self.estimate.once(drive, plain, point)), dtype=float)

        # NumPy's generators are driven here
        numbers, zero = np.cos(1.0 + np.arange(count)), at(np.zeros(count))
        whole = at(numbers) - zero
        for width in (w for w in ORDERS if count % w == 0):
            parts = [
                at(np.where(np.arange(count) // width == block, numbers, 0.0)) - zero for block in range(count // width)
            ]
            size = sum(np.abs(part) for part in parts) + np.abs(zero)
            if not np.any(np.abs(sum(parts) - whole) > _ADDITIVE * size):
                return width
        raise _CoupledError


def _difference(one: Session, two: Session) -> Iterator[float]:
    """Yield how far the two orders are apart, in units of the limits of the truth."""
    for case in one.cases:
        truth = expected(one, case)
        pairs = [(*(s.evidence.values.get(case.name, (None,))[0] for s in (one, two)), truth.wrong)]
        slopes = [s.evidence.gradients.get(case.name, {}) for s in (one, two)]
        pairs += [(slopes[0].get(role), slopes[1].get(role), truth.gradients_wrong[role]) for role in truth.gradients]
        for first, second, limit in pairs:
            if first is not None and second is not None and first.shape == second.shape:
                yield float(np.max(np.abs(first - second) / limit, initial=0.0))


def judged_by_quadrature(estimate: Any, inner: Contract, seed: int, budget: str) -> CheckVerdict:
    """Judge an estimate by its expectation, found by quadrature.

    Parameters
    ----------
    estimate : object
        With ``fn``, ``contract``, ``library``, ``form`` and ``once(drive, arguments, noise)``.
    inner : Contract
        Of the quantity itself.
    seed, budget
        As in `check`.

    Returns
    -------
    CheckVerdict
        ``unknown`` where the two orders differ, or too many numbers of noise act on each other.
    """
    contract, rng = estimate.contract, np.random.default_rng(seed)
    cases = [draw(inner, f"tame: {size} of {k}", size, k, "tame", "tame", rng) for size, k in _CASES]
    sessions = []
    for finer in (False, True):
        name = getattr(estimate.fn, "__name__", "estimate")
        fn = _Expectation(estimate, finer).named(name, len(inner.arguments or ()))
        caller = Caller(fn, inner.arguments or (), contract.backend, seconds=FIRST_SECONDS)
        sessions.append(Session(inner, caller, cases, np.random.default_rng(seed), budget))
    coarse, fine = sessions
    fine.started = coarse.started
    coarse.evidence.expected = fine.evidence.expected = {}
    trial = coarse.fn(cases[-1].arrays)
    if "_CoupledError" in trial.problem:
        return _unknown(contract, "too many numbers of noise act on each other")
    return _verdict(coarse, fine, contract)


def _verdict(coarse: Session, fine: Session, contract: Contract) -> CheckVerdict:
    """Hear the judges with both orders, and decide as `check` does."""
    for judge in _JUDGES:
        tuple(judge(coarse))
    findings = [finding for judge in _JUDGES for finding in judge(fine)]
    failed = [finding for finding in findings if finding.severity == "fail"]
    apart = max(_difference(coarse, fine), default=0.0)
    if not apart <= _SHARE:
        orders = "; ".join(f"{one} and {two} in {n}" for n, (one, two) in ORDERS.items())
        return _unknown(contract, f"quadrature does not find it (nodes by dimensions: {orders})", fine)
    note = "judged by its expectation over its noise at small cases, by quadrature of two orders that agree"
    notes = (*dict.fromkeys(f.message for f in findings if f.severity == "note"), note)
    if failed:
        return _failed(fine, failed, contract, notes)
    hits, tried, survivors = release(fine, _JUDGES)
    if survivors or not tried:
        text = f"planted mistakes were not noticed: {', '.join(survivors)}" if survivors else "no time was left"
        return dataclasses.replace(_unknown(contract, text, fine), canaries=(hits, tried))
    return CheckVerdict("pass", "keeps its contract", canaries=(hits, tried), notes=notes, contract=contract,
                        seconds=fine.spent)  # fmt: skip


def _failed(session: Session, failed: list[Finding], contract: Contract, notes: tuple[str, ...]) -> CheckVerdict:
    try:
        words, names = diagnose(session, failed)
    except (ArithmeticError, LookupError, ValueError):
        words, names = failed[0].message, ()
    first = next((f for f in failed if f.expected is not None), failed[0])
    if not 0 < len(names) <= _NAMES:
        words, names = "the expectation of the estimate is wrong", ("estimate_biased",)
        if first.gradient_of:
            words = f"the expectation is right, and its gradient by {first.gradient_of} is wrong"
    example = None
    if first.case is not None:
        example = {"case": first.case.name, "arguments": dict(first.case.arrays),
                   "what": f"expectation: {first.message}", "got": first.got, "expected": first.expected}  # fmt: skip
    return CheckVerdict("fail", words, names, example, notes=notes, contract=contract, seconds=session.spent)


def _unknown(contract: Contract, text: str, session: Session | None = None) -> CheckVerdict:
    text = f"an estimate is judged by its expectation; {text}. {ADVICE}"
    return CheckVerdict("unknown", text, contract=contract, seconds=session.spent if session else 0.0)
