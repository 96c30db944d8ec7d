"""Lives here: the judges of samplers whose noise can be driven: the affine map, its gradient, and planted mistakes.
May not live here: the driving (`noise`), the map's identification (`affine`), statistics of samples."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np

from mvn_symbolic.verify.contracts.calls.affine import (
    MOST,
    Affine,
    arrays_of,
    identify,
    in_training,
    place_of_draws,
    run,
    under,
)
from mvn_symbolic.verify.contracts.calls.noise import Drive
from mvn_symbolic.verify.contracts.calls.results import SQUEEZED, as_array
from mvn_symbolic.verify.contracts.calls.running import FIRST_SECONDS, Caller, Outcome, settled, taken
from mvn_symbolic.verify.contracts.calls.sampling import undrivable
from mvn_symbolic.verify.contracts.cases import affordable, all_cases, draw
from mvn_symbolic.verify.contracts.contract import Contract
from mvn_symbolic.verify.contracts.diagnosis.identified_maps import explained
from mvn_symbolic.verify.contracts.judges.sampled_law import compare
from mvn_symbolic.verify.contracts.plan import REACH
from mvn_symbolic.verify.contracts.session import Case, Finding, Session, judge_of
from mvn_symbolic.verify.contracts.truths.arguments import fixed_weights
from mvn_symbolic.verify.contracts.truths.sampled import Seen

_PLACES: Final = {
    None: "along the first axis, which they share with the batch: all samples of a draw, then of the next",
    -1: "along the first axis, which they share with the batch: all draws of a sample, then of the next",
}


def prepare(session: Session) -> Iterator[Finding]:
    """Find the array library and precision that the sampler takes, and draw cases."""
    contract = session.contract
    session.fn.library.warm()
    if trained := in_training(session.fn.fn):
        session.evidence.original = session.fn.fn
        session.fn = dataclasses.replace(session.fn, fn=trained)
        yield Finding("conduct", "note", "its module is out of training; judged as it is in training")
    session.cases = affordable(
        all_cases(contract, np.random.default_rng(session.rng.integers(2**32))), session.fn.compiles
    )
    first = session.cases[0]
    patient = dataclasses.replace(session, fn=dataclasses.replace(session.fn, seconds=FIRST_SECONDS))
    outcome, _ = run(patient, first, np.zeros(0))
    session.evidence.endless = outcome.timed_out
    single = str(getattr(outcome.result, "dtype", "")).endswith("float32")
    own = session.fn

    def otherwise(backend: str, dtype: str) -> Outcome:
        other = dataclasses.replace(session, fn=Caller(own.fn, own.order, backend, dtype))
        return run(other, first, np.zeros(0))[0]

    if way := settled(contract.backend, outcome, otherwise):
        session.fn, single = Caller(own.fn, own.order, *way), way[1] == "float32"
        yield Finding("conduct", "note", taken(way))
    if single:
        drawn = all_cases(contract, np.random.default_rng(session.rng.integers(2**32)), single=True)
        session.cases = affordable(drawn, session.fn.compiles)
    session.evidence.single = single
    for name, spread in zip(REACH, ("lowest", "highest"), strict=True):
        rng = np.random.default_rng(session.rng.integers(2**32))
        # of mean zero, beside which a deviation of 3e-7 has all its digits
        case = draw(contract, name, 2, 2, "zero", spread, rng, single=single, ordinary=False)
        session.cases.append(case)
    if contract.draws > 1:
        sizes = {contract.draws}
        apart = [c for c in session.cases if c.batch[:1] != (1,) and not sizes & {*c.batch, *c.event}]
        largest = max((c for c in apart or session.cases if c.ordinary), key=lambda c: c.size)
        place = session.evidence.draws_at = place_of_draws(session, largest)
        if place != 0:
            yield Finding("conduct", "note", f"its draws are read {_PLACES.get(place, f'along axis {place}')}")


def _refused(session: Session, case: Case, found: Affine) -> Finding:
    """Say why there is no affine map: a mistake at an ordinary case, a note at an extreme one."""
    if not case.ordinary:
        return Finding("sampler", "note", f"at an extreme case it is not judged: {found.problem}", case)
    got = as_array(found.outcome.result) if found.outcome else None
    label = (found.mistake,) * bool(found.mistake)
    if found.mistake == "raises" and "positive" in found.problem.lower():
        factor = session.contract.parameterization in ("scale_tril", "scale_unit_tril")
        label += ("factor_as_covariance",) * factor
    judge = "conduct" if found.mistake.startswith(("wrong_", "raises", "never")) else "sampler"
    return Finding(judge, "fail", found.problem, case, got, mistakes=label)


@judge_of("sampler")
def judge_map(session: Session) -> Iterator[Finding]:
    """Identify the map from noise to sample at every case, and compare it with the law that is promised."""
    if not session.cases:
        yield from prepare(session)
    if session.evidence.endless:
        session.evidence.sampler_failed = True
        text = f"does not return within {FIRST_SECONDS:g} s"
        yield Finding("conduct", "fail", text, session.cases[0], mistakes=("never_returns",))
        return
    seen: list[Seen] = []
    wrong: list[Finding] = []
    for case in session.cases:
        found = identify(session, case)
        outcome = found.outcome
        if case is session.cases[0] and (mutated := run(session, case, np.ones(len(found.laws)))[0].mutated):
            text = f"writes into its argument{'s' * (len(mutated) > 1)} {', '.join(mutated)}"
            wrong.append(Finding("conduct", "fail", text, case, mistakes=("mutates_inputs",)))
        if outcome and outcome.printed and case is session.cases[0]:
            yield Finding("conduct", "note", "prints when it is called", case)
        if found.problem:
            masked = not np.any(case.arrays.get("mask", 1.0)) and found.mistake == "no_noise"
            if masked or (len(found.laws) > MOST and len(seen) > 2):
                continue
            if undrivable(session, case, found):
                if session.contract.mask:
                    yield Finding("sampler", "unknown", f"{found.problem}, not with a mask", case)
                    return
                session.evidence.undriven = found.problem
                break
            wrong.append(_refused(session, case, found))
            if found.mistake in ("never_returns", "raises"):
                break
            continue
        seen.append(compare(session.contract, case, found, session.evidence.single))
    if any(one.wrong for one in seen if one.case.ordinary):
        # where the scale happens to vanish, another mistake looks like missing noise
        wrong = [finding for finding in wrong if finding.mistakes != ("no_noise",)]
    # what is wrong at ordinary cases goes without saying at extreme ones
    said = {finding.message for finding in wrong if finding.severity == "fail"}
    wrong = [finding for finding in wrong if finding.severity == "fail" or not finding.case or not any(
        text in finding.message for text in said)]  # fmt: skip
    wrong += explained(session.contract, seen)
    if any("noise_standardized" in finding.mistakes for finding in wrong):
        # of one sample there is no spread to divide by
        wrong = [f for f in wrong if not {"not_finite", "not_finite_at_extreme_scales"} & set(f.mistakes)]
    failed = any(finding.severity == "fail" for finding in wrong)
    if failed:
        session.evidence.sampler_failed = True
    yield from wrong
    yield from () if failed else _aside(session, seen)


def _aside(session: Session, seen: list[Seen]) -> Iterator[Finding]:
    """Note what is not as promised, and no mistake."""
    if session.evidence.squeezed:
        yield Finding("conduct", "note", SQUEEZED)
    if jitters := [one.jitter for one in seen if one.jitter]:
        yield Finding("sampler", "note", f"adds a jitter of about {max(jitters):.2g} to the variance")
    yield from _of_no_points(session)


def _of_no_points(session: Session) -> Iterator[Finding]:
    """Ask for the samples of no points: other shapes, and refusals, are only noted."""
    contract = session.contract
    if not contract.batch_ndim:
        return
    full = session.cases[0]
    arrays = {role: array if role in contract.shared else array[:0] for role, array in full.arrays.items()}
    case = dataclasses.replace(full, name="an empty batch", batch=(0, *full.batch[1:]), arrays=arrays)
    outcome, _ = run(session, case, np.zeros(0))
    got = None if outcome.problem else as_array(outcome.result)
    if got is None:
        yield Finding("sampler", "note", f"at an empty batch it {outcome.problem or 'returns no array'}")
    elif got.size:
        yield Finding("sampler", "note", f"at an empty batch it returns numbers, of shape {got.shape}")


def moved(contract: Contract, case: Case, role: str, place: tuple[int, ...], step: float) -> Case | None:
    """Return a case with one entry of an argument moved, as the promise about that argument allows."""
    array = np.array(case.arrays[role])
    law = str(contract.parameterization)
    if len(place) > 1 and role == "scale" and law in ("scale_tril", "covariance", "precision"):
        row, column = place[-2:]
        if row < column:
            return None
        array[place] += step
        if row > column and law != "scale_tril":
            array[(*place[:-2], column, row)] += step
    elif role == "unit_tril" and place[-2] <= place[-1]:
        return None
    else:
        array[place] += step
    return dataclasses.replace(case, arrays={**case.arrays, role: array})


@judge_of("sampler")
def judge_path(session: Session) -> Iterator[Finding]:
    """Compare autograd through a sample with differences of the function itself, at the same noise."""
    contract = session.contract
    if contract.quantity != "rsample" or not session.fn.library.differentiates or not contract.gradient:
        return
    if session.evidence.sampler_failed or not session.cases:
        return
    for case in session.cases[:3]:
        found = identify(session, case)
        if found.problem:
            return
        numbers = np.linspace(-1.3, 1.7, len(found.laws))
        upstream = fixed_weights(found.mean.size)

        def value(point: Case, numbers: np.ndarray = numbers, upstream: np.ndarray = upstream) -> float:
            array = as_array(run(session, point, numbers)[0].result)
            return np.nan if array is None else float(array.ravel() @ upstream)

        drive = Drive(numbers, session.evidence.distort)
        arrays = arrays_of(session, case, drive)
        outcome = under(session, drive).differentiate(arrays, upstream)
        if outcome.problem:
            yield Finding("gradient", "fail", f"going back through it {outcome.problem}", case, worst=np.inf)
            return
        findings = list(_compared(session, case, value, outcome.gradients or {}))
        if findings:
            session.evidence.sampler_failed = True
        yield from findings


_FINE, _COARSE = 1e-5, 4e-3


def _compared(
    session: Session, case: Case, value: Callable[[Case], float], slopes: dict[str, np.ndarray]
) -> Iterator[Finding]:
    """Compare gradients with fine differences, or with coarse ones where single precision drowns the fine ones."""
    if not session.evidence.single:
        got, want = differences(session, case, value, slopes, _FINE)
        if not (findings := list(path_findings(case, got, want, 1e-5))):
            return
        # the rounding of double precision moves these by 1e-9, that of single precision by 1e-2
        steps = (3 * _FINE, 1e-5), (_COARSE, 1e-3)
        if all(_same(want, differences(session, case, value, slopes, step)[1], room) for step, room in steps):
            yield from findings
            return
    # twenty numbers of single precision over this step: 5e-4, and by the condition of a matrix some ten times as much
    got, want = differences(session, case, value, slopes, _COARSE)
    yield from path_findings(case, got, want, 5e-3 if session.contract.diagonal else 3e-2)


def differences(
    session: Session, case: Case, value: Callable[[Case], float], slopes: dict[str, np.ndarray], step: float
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Return autograd's gradients and central differences, by role, in the directions that the promise allows."""
    contract, law = session.contract, str(session.contract.parameterization)
    want: dict[str, np.ndarray] = {}
    got: dict[str, np.ndarray] = {}
    for role in (r for r in session.fn.order if r in case.arrays and r != "eps"):
        want[role], got[role] = np.zeros(case.arrays[role].shape), np.zeros(case.arrays[role].shape)
        for place in np.ndindex(want[role].shape):
            up, down = (moved(contract, case, role, place, s) for s in (step, -step))
            if up is None or down is None:
                continue
            want[role][place] = (value(up) - value(down)) / (2 * step)
            got[role][place] = slopes[role][place]
            if role == "scale" and law in ("covariance", "precision") and place[-1] != place[-2]:
                got[role][place] += slopes[role][(*place[:-2], place[-1], place[-2])]
    return got, want


def _same(one: dict[str, np.ndarray], two: dict[str, np.ndarray], room: float) -> bool:
    return all(np.all(np.abs(one[r] - two[r]) <= room * (1 + np.abs(one[r]).max())) for r in one)


_RATIOS = {2.0: "doubled", 0.5: "halved", -1.0: "sign"}


def path_findings(
    case: Case, got: dict[str, np.ndarray], want: dict[str, np.ndarray], room: float
) -> Iterator[Finding]:
    """Say what is wrong with gradients through a sample, by role."""
    wrong = [r for r in want if np.any(~(np.abs(got[r] - want[r]) <= room * (1 + np.abs(want[r]).max())))]
    if len(wrong) == len(want) and not any(np.any(got[r]) for r in wrong):
        text = "no gradient flows at all: the result is detached from the arguments"
        yield Finding("gradient", "fail", text, case, None, None, ("detached",), gradient_of=wrong[0])
        return
    for role in wrong:
        text, names = f"the gradient by {role} through the sample is wrong", (f"{role}_gradient_wrong",)
        if not np.any(got[role]):
            text, names = f"no gradient flows to {role}: it is detached", (f"{role}_detached",)
        elif np.any(want[role]):
            ratio = float(np.sum(got[role] * want[role]) / np.sum(want[role] ** 2))
            if np.all(np.abs(got[role] - ratio * want[role]) <= 1e-4 * (1 + np.abs(want[role]).max())):
                word = next((w for r, w in _RATIOS.items() if abs(ratio - r) < 1e-3), "scaled")
                text = f"the gradient by {role} through the sample is {ratio:.4g} times what it should be"
                names = (f"{role}_gradient_{word}",)
        yield Finding("gradient", "fail", text, case, got[role], want[role], names, gradient_of=role)


def _plants(session: Session) -> dict[str, tuple[Callable[..., Any] | None, Any]]:
    """Return planted mistakes: name -> (changed function or None, what is done to the noise or None)."""
    fn = session.fn.fn
    found: dict[str, tuple[Callable[..., Any] | None, Any]] = {
        "noise scaled by 1.05": (None, lambda law, v: (law, v * 1.05)),
        "mean shifted by 0.1": (lambda *a, **k: fn(*a, **k) + 0.1, None),
    }
    drive = run(session, session.cases[0], np.zeros(0))[1]
    shapes = [shape for _, shape in drive.asked if len(shape) > 1 and shape[0] > 1]
    if shapes:
        found["noise shared across the first axis"] = (
            None, lambda law, v: (law, np.broadcast_to(v[:1], v.shape) if v.ndim > 1 else v)
        )  # fmt: skip
    if session.contract.noise != "argument":
        found["uniform noise"] = (None, lambda _, v: ("uniform", v))
    if session.contract.quantity == "rsample" and session.contract.gradient and session.fn.library.differentiates:
        found["detached"] = (lambda *a, **k: session.fn.library.detached(fn(*a, **k)), None)
    return found


@judge_of("sampler")
def judge_plants(session: Session) -> Iterator[Finding]:
    """Plant mistakes into the function and its noise, and see that the judges above notice each of them."""
    if session.evidence.sampler_failed or not session.cases:
        return
    if identify(session, session.cases[0]).problem:
        return
    survivors, planted = [], 0
    for name, (fn, distort) in _plants(session).items():
        if session.seconds_left < 0.3:
            break
        planted += 1
        evidence = session.evidence.for_trial(distort=distort, original=session.evidence.given(session.fn.fn))
        changed = dataclasses.replace(session.fn, fn=fn or session.fn.fn)
        # under a mask noise may be hidden at a few cases
        inner = dataclasses.replace(session, fn=changed, cases=session.cases[: 6 if session.contract.mask else 3],
                                    evidence=evidence)  # fmt: skip
        heard = (f for judge in (judge_map, judge_path) for f in judge(inner) if f.severity == "fail")
        if next(heard, None) is None:
            survivors.append(name)
    session.evidence.canaries = planted - len(survivors), planted
    if survivors or not planted:
        text = f"planted mistakes were not noticed: {', '.join(survivors)}"
        yield Finding("sampler", "unknown", text if planted else "no time was left to plant mistakes")
