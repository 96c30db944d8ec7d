"""Lives here: from runs with chosen noise to the affine map noise -> sample of a sampler, or why there is none.
May not live here: whether the map is right (`sampler`), its law's truth."""

from __future__ import annotations

import dataclasses
import functools
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from mvn_symbolic.verify.contracts.calls.gates import gate
from mvn_symbolic.verify.contracts.calls.noise import DISCRETE, Drive
from mvn_symbolic.verify.contracts.calls.noisy import Form, Make, Noisy
from mvn_symbolic.verify.contracts.calls.results import as_array
from mvn_symbolic.verify.contracts.calls.running import Outcome
from mvn_symbolic.verify.contracts.names import generator_argument, with_generator
from mvn_symbolic.verify.contracts.session import Case, Session

MOST: Final = 600
"""Noise numbers of one case: each costs a run."""
LIVELY: Final = np.array([0.7, -1.9, 1.2, 0.3, -0.6, 2.1, -1.1, 0.4, -0.2, 1.6, -0.8])
"""Numbers with a spread in every direction."""
_CALLS: Final = 24
"""Of a sampler that draws discrete numbers: noise takes a dozen values in them, or a seed all different ones."""
LATER: Final = "its samples are judged by their statistics"


@dataclass(frozen=True)
class Affine:
    """What was identified: ``mean`` (draws, samples, coordinates) and ``factor`` with the axis of the noise behind.

    ``problem`` and ``mistake`` say why it is refused; a problem without a mistake is not held against the function.
    """

    mean: np.ndarray
    factor: np.ndarray
    laws: tuple[str, ...] = ()
    asked: tuple[tuple[str, tuple[int, ...]], ...] = ()
    problem: str = ""
    mistake: str = ""
    outcome: Outcome | None = None
    single: bool = False


def arrays_of(session: Session, case: Case, drive: Drive) -> dict[str, np.ndarray]:
    """Return the arguments; a noise argument gets the first numbers of the drive."""
    arrays = dict(case.arrays)
    if "eps" in arrays:
        draws = (session.contract.draws,) if session.contract.draws > 1 else ()
        arrays["eps"] = drive.take("normal", draws + arrays["eps"].shape)
    return arrays


def under(session: Session, drive: Drive) -> Any:
    """Return the caller whose function runs with driven noise, and gets a driven generator if it takes one."""
    form: Any = _form(session)

    def run(*arguments: Any) -> Any:
        with form.ready(drive):
            return form(drive, arguments)

    if hasattr(form, "pulled"):
        run.pulled = functools.partial(form.pulled, drive)  # type: ignore[attr-defined]
    return dataclasses.replace(session.fn, fn=run)


def _form(session: Session) -> Form:
    """Return how the sampler is called: as it is, until it has been seen to behave (`Caller.forms`)."""
    fn, forms = session.fn.fn, session.fn.forms
    if forms is not None and id(fn) in forms:
        return forms[id(fn)]
    inner = session.evidence.given(fn)
    wanted = session.contract.noise == "generator"
    name = generator_argument(inner, wanted)

    def call(drive: Drive, make: Make, arguments: Sequence[Any]) -> Any:
        return (with_generator(fn, name, make) if name or wanted else fn)(*arguments)

    noisy = Noisy(call, inner, session.fn.backend, bool(name or wanted or "eps" in session.contract.roles))
    if forms is None:
        return noisy
    return forms.setdefault(id(fn), session.fn.library.staged(noisy))


def in_training(fn: Callable[..., Any]) -> Callable[..., Any] | None:
    """Return a method of a module that is out of training as it is in training; None where it is in training."""
    module: Any = getattr(inspect.unwrap(fn), "__self__", fn)
    if getattr(module, "training", True) or not hasattr(module, "modules"):
        return None

    @functools.wraps(fn)
    def call(*arguments: Any, **options: Any) -> Any:
        kept = [(inner, inner.training) for inner in module.modules()]
        module.train()
        try:
            return fn(*arguments, **options)
        finally:
            for inner, mode in kept:
                inner.training = mode

    return call


def run(
    session: Session, case: Case, numbers: np.ndarray, quantiles: np.ndarray | None = None
) -> tuple[Outcome, Drive]:
    """Call the sampler once with this noise; noise that is not normal may be put to quantiles of its own."""
    drive = Drive(numbers, session.evidence.distort, quantiles=quantiles)
    arrays = arrays_of(session, case, drive)
    return under(session, drive)(arrays), drive


def shaped(session: Session, case: Case, array: np.ndarray) -> np.ndarray | None:
    """Bring a result to (draws, samples, coordinates), wherever the axis of the draws is (`draws_at`)."""
    draws = session.contract.draws
    flat = (draws, int(np.prod(case.batch)), int(np.prod(case.event)))
    plain = case.batch + case.event
    if draws == 1:
        # SciPy takes away leading axes of size one
        without = next((plain[i:] for i, n in enumerate(plain) if n != 1), ())
        squeezed = session.fn.library.squeezes and array.shape == without != plain
        if squeezed:
            session.evidence.squeezed = True
        return array.reshape(flat) if array.shape == plain or squeezed else None
    place = session.evidence.draws_at
    if place is None:
        return array.reshape(flat) if array.shape == (draws * case.batch[0], *plain[1:]) else None
    if place == -1:
        return array.reshape(flat[1], draws, flat[2]).swapaxes(0, 1) if array.shape == (
            draws * case.batch[0], *plain[1:]) else None  # fmt: skip
    shape = (*plain[:place], draws, *plain[place:])
    return np.moveaxis(array, place, 0).reshape(flat) if array.shape == shape else None


def place_of_draws(session: Session, case: Case) -> int | None:
    """Find the axis of the draws; None: draws in front and one axis with the batch; -1: the same, samples in front."""
    contract = session.contract
    array = as_array(run(session, case, np.zeros(0))[0].result)
    if array is None:
        return 0
    plain = case.batch + case.event
    for place in (0, len(case.batch), len(plain)):
        if array.shape == (*plain[:place], contract.draws, *plain[place:]):
            return place
    if not case.batch or array.shape != (contract.draws * case.batch[0], *plain[1:]):
        return 0
    rows = array.reshape(array.shape[0], -1)
    repeated = np.allclose(rows[: contract.draws], rows[0], equal_nan=True)
    return -1 if repeated and contract.draws > 1 else None


def _without_noise(session: Session, case: Case) -> tuple[Outcome, Drive]:
    first, drive = run(session, case, np.zeros(0))
    if first.timed_out and not session.evidence.endless:
        # it did return before: the machine may be busy with something else
        patient = dataclasses.replace(session, fn=dataclasses.replace(session.fn, seconds=2 * session.fn.seconds))
        first, drive = run(patient, case, np.zeros(0))
    return first, drive


def identify(session: Session, case: Case) -> Affine:
    """Run the sampler with no noise, with one unit of each number, and with all of it, and see whether it is affine."""
    empty = np.zeros((0, 0, 0))
    first, drive = _without_noise(session, case)

    def refused(problem: str, mistake: str = "", outcome: Outcome | None = None) -> Affine:
        return Affine(empty, empty, tuple(drive.laws), tuple(drive.asked), problem, mistake, outcome)

    if first.problem:
        return refused(first.problem, "never_returns" if first.timed_out else "raises", first)
    raw = as_array(first.result)
    if raw is None:
        kind = type(first.result).__name__
        return refused(f"returns a {kind} where an array of real numbers is expected", "wrong_type", first)
    mean = shaped(session, case, raw)
    if mean is None:
        draws = (session.contract.draws,) if session.contract.draws > 1 else ()
        text = f"returns shape {raw.shape} where {draws + case.batch + case.event} is expected"
        return refused(f"{text} (batch {case.batch}, event {case.event})", "wrong_shape", first)
    if drive.undriven:
        names = ", ".join(sorted(drive.undriven))
        if drive.undriven <= set(DISCRETE) and not drive.asked and _few(session, case):
            return refused(f"its noise is discrete ({names}) where normal noise is meant", "wrong_noise_law", first)
        return refused(f"its noise cannot be driven ({names}); {LATER}", outcome=first)
    count = len(drive.laws)
    if count > MOST:
        return refused(f"it asks for {count} random numbers at once; {LATER}", outcome=first)

    def at(numbers: np.ndarray) -> np.ndarray | None:
        outcome, again = run(session, case, numbers)
        array = as_array(outcome.result) if not outcome.problem else None
        if array is None or again.asked != drive.asked or again.undriven:
            return None
        return shaped(session, case, array)

    again = at(np.zeros(count))
    if again is None:
        return refused(f"it does not ask for the same random numbers each time; {LATER}", outcome=first)
    if not np.array_equal(again, mean, equal_nan=True):
        return refused(f"its noise comes from where it cannot be driven; {LATER}", outcome=first)
    if count and not np.all(np.isfinite(mean)) and _standardized(at, count):
        text = "the noise is divided by its own spread (standardized): samples depend on each other"
        return refused(text, "noise_standardized", first)
    columns = [at(unit) for unit in np.eye(count)]
    if any(column is None for column in columns):
        return refused(f"it does not ask for the same random numbers each time; {LATER}", outcome=first)
    steps = [column - mean for column in columns if column is not None]
    factor = np.stack(steps, axis=-1) if steps else np.zeros((*mean.shape, 0))
    single = str(getattr(first.result, "dtype", "")).endswith("float32")
    found = Affine(mean, factor, tuple(drive.laws), tuple(drive.asked), outcome=first, single=single)
    if decided := _decided(session, case, found):
        text = decided[1] if decided[0] else f"{decided[1]}; {LATER}"
        return dataclasses.replace(found, problem=text, mistake=decided[0])
    return _affinity(session, found, at, np.random.default_rng(count))


def _few(session: Session, case: Case) -> bool:
    """Whether samples take few values: a discrete number that is a seed of other noise gives a new one each time.

    Where it is a gate, normal noise is asked for in some of the calls.
    """
    runs = [run(session, case, np.zeros(0)) for _ in range(_CALLS)]
    if any(drive.asked for _, drive in runs):
        return False
    samples = [as_array(outcome.result) for outcome, _ in runs]
    numbers = [sample.flat[0] for sample in samples if sample is not None and sample.size]
    return len(set(numbers)) <= len(numbers) / 2


def _standardized(at: Callable[[np.ndarray], np.ndarray | None], count: int) -> bool:
    """Whether larger noise gives the same sample: it is divided by its spread, which zeros do not have."""
    numbers = LIVELY[np.arange(count) % len(LIVELY)]
    one, other = at(numbers), at(3 * numbers)
    if one is None or other is None or not np.all(np.isfinite(one)):
        return False
    return bool(np.allclose(one, other, rtol=1e-4))


def _decided(session: Session, case: Case, found: Affine) -> tuple[str, str] | None:
    """Say what noise beside the normal noise decides, where the map does not show it (`gates`)."""
    others = np.array([law != "normal" for law in found.laws], dtype=bool)
    if not others.any() or others.all() or np.any(found.factor[..., others]):
        return None

    def given(numbers: np.ndarray, quantiles: np.ndarray) -> tuple[np.ndarray | None, list[str]]:
        outcome, drive = run(session, case, numbers, quantiles)
        array = as_array(outcome.result) if not outcome.problem and not drive.undriven else None
        return (None if array is None else shaped(session, case, array)), drive.laws

    return gate(given, found.laws, np.random.default_rng(len(found.laws)))


def _affinity(
    session: Session, found: Affine, at: Callable[[np.ndarray], np.ndarray | None], rng: np.random.Generator
) -> Affine:
    """Check the map with all of the noise at once; where it is not affine, see whether noise adds up one by one."""
    count = len(found.laws)
    if not np.all(np.isfinite(found.mean)) or not np.all(np.isfinite(found.factor)):
        return found
    unit = 1e-4 if found.single else 1e-6
    size = np.abs(found.mean) + 7 * np.abs(found.factor).sum(-1) + 1e-300
    reach = np.where(np.array(found.laws) == "normal", 2.0, 1.0)
    for _ in range(2 if count else 0):
        numbers = rng.integers(8, 29, size=count) / 8 * rng.choice([-1.0, 1.0], size=count) * reach
        got = at(numbers)
        if got is None:
            return dataclasses.replace(found, problem=f"it asks for other random numbers each time; {LATER}")
        if np.all(np.abs(got - found.mean - found.factor @ numbers) <= unit * size):
            continue
        if any(law != "normal" for law in found.laws):
            names = ", ".join(sorted(set(found.laws)))
            return dataclasses.replace(found, problem=f"it transforms {names} noise; {LATER}")
        alone = [at(number * one) for number, one in zip(numbers, np.eye(count), strict=True)]
        sums = sum((a - found.mean for a in alone if a is not None), np.zeros(found.mean.shape))
        size = size + np.abs(sums) + np.abs(got)
        if np.all(np.abs(got - found.mean - sums) <= unit * size):
            text = "the sample is no affine function of the normal noise (clamped, squared, taken absolute)"
            return dataclasses.replace(found, problem=text, mistake="noise_not_affine")
        return dataclasses.replace(found, problem=f"the sample is no affine function of its noise; {LATER}")
    used = np.any(found.factor != 0, axis=tuple(range(found.factor.ndim - 1)))
    wrong = sorted({law for law, on in zip(found.laws, used, strict=True) if on and law != "normal"})
    if wrong:
        text = f"its noise is {wrong[0]} where normal noise is meant"
        return dataclasses.replace(found, problem=text, mistake=f"{wrong[0]}_noise")
    if "eps" in session.contract.roles and np.any(used) and not np.any(used[: int(np.prod(found.asked[0][1]))]):
        text = "the noise argument is ignored: noise is drawn inside"
        return dataclasses.replace(found, problem=text, mistake="noise_argument_ignored")
    if not np.any(used):
        text = "the result does not depend on any noise"
        return dataclasses.replace(found, problem=text, mistake="no_noise")
    return found
