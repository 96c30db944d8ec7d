"""Lives here: Monte Carlo estimates, judged by their expectation over driven noise: it must be the quantity itself.
May not live here: the quantity's own judges (`functions`), driven noise (`noise`), what is not quadratic
(`smooth_estimates`).

The expectation of a quadratic function of n standard normal numbers is its mean over signs: the rows of a Hadamard
matrix with at least n columns, each with its negative, have the same moments up to the third. Any unbiased form is
right (log q - log p, or parts of it in closed form), and autograd through the mean is the gradient of the expectation.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from mvn_symbolic.verify.contracts.calls.expectation import Expectation
from mvn_symbolic.verify.contracts.calls.libraries import library, library_of
from mvn_symbolic.verify.contracts.calls.noise import Drive, EndlessError
from mvn_symbolic.verify.contracts.calls.noisy import Make, Noisy
from mvn_symbolic.verify.contracts.calls.results import as_array
from mvn_symbolic.verify.contracts.calls.running import Caller
from mvn_symbolic.verify.contracts.cases import affordable, all_cases
from mvn_symbolic.verify.contracts.composed.sampled_estimates import judged_by_means
from mvn_symbolic.verify.contracts.composed.smooth_estimates import judged_by_quadrature
from mvn_symbolic.verify.contracts.contract import Contract
from mvn_symbolic.verify.contracts.hearing import heard
from mvn_symbolic.verify.contracts.names import generator_argument, with_generator
from mvn_symbolic.verify.contracts.orders import order_of
from mvn_symbolic.verify.contracts.session import Case, Session
from mvn_symbolic.verify.contracts.verdict import CheckVerdict

SHARED: Final = 16
"""Numbers this far apart share their signs, if it was seen that their products do not matter: they belong to other
samples or draws."""
_NOT_QUADRATIC: Final = "it is no quadratic function of its noise"


def hadamard(size: int) -> np.ndarray:
    """Return a matrix of signs with orthogonal columns, at least ``size`` of them."""
    found = np.ones((1, 1))
    while len(found) < size:
        found = np.block([[found, found], [found, -found]])
    return found


def signs(count: int, width: int | None = None) -> np.ndarray:
    """Return points (points, count) whose mean is exact up to the third degree; see the head of the module.

    With a ``width`` it is exact up to products of numbers whose distance is a multiple of it.

    Examples
    --------
    >>> points = signs(3)
    >>> float(np.mean((points @ np.array([1.0, 2.0, 3.0])) ** 2))
    14.0
    """
    if not count:
        return np.zeros((1, 0))
    width = min(count, width or count)
    matrix = hadamard(width)[:, np.arange(count) % width]
    # each point stands beside its negative, so that what cancels does so without rounding
    return np.stack([matrix, -matrix], axis=1).reshape(-1, count)


def target(contract: Contract, order: tuple[str, ...]) -> Contract:
    """Return the contract of the expectation: the quantity itself, of the same arguments without noise."""
    return dataclasses.replace(
        contract, quantity=contract.base, noise=None, draws=1, arguments=tuple(r for r in order if r != "eps")
    )


class _Estimate(Expectation):
    """The expectation of an estimator, as a function of the arguments that are not noise."""

    cancelled = 1e-13
    """Some hundred roundings of double precision."""

    def __init__(self, fn: Callable[..., Any], contract: Contract, order: tuple[str, ...]) -> None:
        self.fn, self.contract, self.order = fn, contract, order
        self.named_generator = generator_argument(fn, contract.noise == "generator")
        pure = bool(self.named_generator or contract.noise == "generator" or "eps" in order)
        self.plain = Noisy(self._call, fn, contract.backend, pure)
        super().__init__(library(contract.backend), self.plain)
        self.width: int | None = None

    def quicken(self) -> None:
        """Make many calls cost less, of an estimator that has been seen to behave."""
        self.form = self.library.staged(self.plain)

    def _plan(self, drive: Drive, arguments: tuple[Any, ...]) -> tuple[Any, np.ndarray, np.ndarray]:
        first = self.once(drive, arguments, np.zeros(0))
        points = signs(len(drive.laws), self.width)
        return first, points, np.full(len(points), 1 / len(points))

    def once(self, drive: Drive, arguments: tuple[Any, ...], point: np.ndarray) -> Any:
        """Call the estimator with this noise."""
        drive.restart(point)
        return self.form(drive, arguments)

    def _call(self, drive: Drive, make: Make, arguments: Sequence[Any]) -> Any:
        given = list(arguments)
        if "eps" in self.order:
            given.insert(self.order.index("eps"), self._noise(drive, arguments))
        if self.named_generator or self.contract.noise == "generator":
            return with_generator(self.fn, self.named_generator, make)(*given)
        return self.fn(*given)

    def _noise(self, drive: Drive, arguments: Sequence[Any]) -> Any:
        roles = [role for role in self.order if role != "eps"]
        like = arguments[next(i for i, role in enumerate(roles) if role.endswith(("mean", "packed")))]
        shape = tuple(like.shape)
        if "packed" in roles:
            axis = self.contract.packed_axis % len(shape)
            shape = (*shape[:axis], shape[axis] // 2, *shape[axis + 1 :])
        draws = (self.contract.draws,) if self.contract.draws > 1 else ()
        values = drive.take("normal", draws + shape)
        return library(library_of(like) or self.contract.backend).like(values, like)


def _problem(estimate: _Estimate, caller: Caller, case: Case) -> str:
    """Say why an expectation over driven noise means nothing for this estimator; empty if it means something."""
    arrays = {role: case.arrays[role] for role in estimate.order if role in case.arrays and role != "eps"}
    given = tuple(caller.tensors(arrays)[role] for role in estimate.order if role != "eps")
    drive = Drive()

    def at(point: np.ndarray) -> np.ndarray | None:
        result = as_array(estimate.once(drive, given, point))
        return None if result is None else result.astype(float)

    def call() -> str:
        with estimate.form.ready(drive):
            try:
                at(np.zeros(0))
            except EndlessError:
                return "it draws until it accepts"
            laws, asked = tuple(drive.laws), list(drive.asked)
            if drive.undriven or any(law != "normal" for law in laws):
                names = ", ".join(sorted({*laws, *drive.undriven} - {"normal"}))
                return f"its noise cannot be driven ({names})"
            if not laws:
                return ""
            first, again = at(np.zeros(len(laws))), at(np.zeros(len(laws)))
            if first is None or again is None or not np.array_equal(first, again, equal_nan=True):
                return "its noise comes from where it cannot be driven"
            numbers = np.random.default_rng(len(laws)).integers(-12, 13, size=len(laws)) / 8
            lines = [at(step * numbers) for step in (-1.5, -0.5, 0.5, 1.5)]
            if any(line is None for line in lines) or drive.asked != asked:
                return "it does not ask for the same random numbers each time"
            one, two, three, four = (line for line in lines if line is not None)
            # the third difference of a quadratic vanishes
            size = np.abs(one) + np.abs(two) + np.abs(three) + np.abs(four) + 1e-300
            rounding = 1e-3 if caller.dtype == "float32" or "float32" in str(getattr(given[0], "dtype", "")) else 1e-5
            if np.any(np.abs(four - 3 * three + 3 * two - one) > rounding * size):
                return _NOT_QUADRATIC
        return ""

    outcome = caller.guarded(call)
    # what it raises is for the judges of its expectation to say
    return "" if outcome.problem else outcome.result


def _settle_width(estimate: _Estimate, caller: Caller, case: Case) -> None:
    """See at the largest case whether fewer points give the same."""
    given = caller.tensors({role: case.arrays[role] for role in estimate.order if role in case.arrays})
    arguments = tuple(given[role] for role in estimate.order if role != "eps")
    whole = as_array(estimate(*arguments))
    estimate.forget()
    estimate.width = SHARED
    fewer = as_array(estimate(*arguments))
    estimate.forget()
    if whole is None or fewer is None or not np.allclose(whole, fewer, rtol=1e-6, atol=1e-9, equal_nan=True):
        estimate.width = None


def _summed(expectation: Callable[..., Any], inner: Contract, draws: int, seed: int) -> bool:
    """Whether it is the draws alone that are summed: divided by their number, the expectation keeps its contract."""

    def mean(*arguments: Any) -> Any:
        return expectation(*arguments) / draws

    mean.__signature__ = inspect.signature(expectation)  # type: ignore[attr-defined]
    return heard(mean, dataclasses.replace(inner, gradient=False), seed, "ci").status == "pass"


def judged_estimate(fn: Callable[..., Any], contract: Contract, seed: int, budget: str) -> CheckVerdict:
    """Judge the expectation of an estimator as the quantity that it estimates.

    Parameters
    ----------
    fn, contract, seed, budget
        As in `check`; a contract of an ``estimate_`` quantity.

    Returns
    -------
    CheckVerdict
        Under the contract of the estimate.
    """
    library(contract.backend).warm()
    order = order_of(fn, contract)
    estimate, inner = _Estimate(fn, contract, order), target(contract, order)
    case = all_cases(inner, np.random.default_rng(seed))[0]
    caller = Caller(fn, order, contract.backend)
    problem = _problem(estimate, caller, case)
    if problem == _NOT_QUADRATIC:
        estimate.quicken()
        return judged_by_quadrature(estimate, inner, seed, budget)
    if problem:
        return judged_by_means(Session(contract, caller, [], np.random.default_rng(seed), budget), inner, problem)
    estimate.quicken()
    cases = affordable(all_cases(inner, np.random.default_rng(seed)), caller.compiles)
    widest = max(cases, key=lambda c: c.size * c.ordinary)
    caller.guarded(lambda: _settle_width(estimate, caller, widest))
    expectation = estimate.named(getattr(fn, "__name__", "estimate"), len(inner.arguments or ()))
    verdict = heard(expectation, inner, seed, budget)
    if verdict.status == "fail" and contract.draws > 1 and _summed(expectation, inner, contract.draws, seed):
        text = f"the sum over the {contract.draws} draws is taken, where their mean is meant"
        verdict = dataclasses.replace(verdict, diagnosis=text, mistakes=("draws_summed",))
    if "never_returns" in verdict.mistakes:
        # one call of the estimate returned: it is the many of an expectation that take long
        text = "an estimate is judged by its expectation, for which too many calls are needed"
        verdict = CheckVerdict("unknown", text, contract=contract, seconds=verdict.seconds)
    note = "judged by its expectation over its noise, exactly"
    return dataclasses.replace(verdict, contract=contract, notes=(*verdict.notes, note))
