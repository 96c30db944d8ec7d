"""Lives here: the judges of samplers whose noise can be driven: the affine map, its gradient, and planted mistakes.
May not live here: the driving (`noise`), the map's identification (`affine`), how slopes are compared (`paths`)."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np

from mvn_symbolic.verify.contracts.calls.affine import (
    MOST,
    Affine,
    arrays_of,
    identify,
    run,
    under,
)
from mvn_symbolic.verify.contracts.calls.noise import Drive
from mvn_symbolic.verify.contracts.calls.results import SQUEEZED, as_array
from mvn_symbolic.verify.contracts.calls.running import FIRST_SECONDS, Caller
from mvn_symbolic.verify.contracts.calls.sampling import undrivable
from mvn_symbolic.verify.contracts.comparisons.paths import compared
from mvn_symbolic.verify.contracts.comparisons.sampled_law import compare
from mvn_symbolic.verify.contracts.diagnosis.identified_maps import explained
from mvn_symbolic.verify.contracts.grading.canaries import with_mistake
from mvn_symbolic.verify.contracts.session import Case, Finding, Session, judge_of
from mvn_symbolic.verify.contracts.truths.arguments import fixed_weights
from mvn_symbolic.verify.contracts.truths.sampled import Seen


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
        if session.fn.forms is None:
            session.fn = dataclasses.replace(session.fn, forms={})
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
        findings = list(compared(session, case, value, outcome.gradients or {}))
        if findings:
            session.evidence.sampler_failed = True
        yield from findings


def _plants(session: Session) -> dict[str, tuple[Caller, Any]]:
    """Return planted mistakes: name -> (function with a mistake or as it is, what is done to the noise or None)."""
    fn = session.fn
    found: dict[str, tuple[Caller, Any]] = {
        "noise scaled by 1.05": (fn, lambda law, v: (law, v * 1.05)),
        "mean shifted by 0.1": (with_mistake(fn, result=lambda r: r + 0.1), None),
    }
    drive = run(session, session.cases[0], np.zeros(0))[1]
    shapes = [shape for _, shape in drive.asked if len(shape) > 1 and shape[0] > 1]
    if shapes:
        found["noise shared across the first axis"] = (
            fn, lambda law, v: (law, np.broadcast_to(v[:1], v.shape) if v.ndim > 1 else v)
        )  # fmt: skip
    if session.contract.noise != "argument":
        found["uniform noise"] = (fn, lambda _, v: ("uniform", v))
    if session.contract.quantity == "rsample" and session.contract.gradient and fn.library.differentiates:
        found["detached"] = (with_mistake(fn, slope=0.0), None)
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
        # under a mask noise may be hidden at a few cases
        inner = dataclasses.replace(session, fn=fn, cases=session.cases[: 6 if session.contract.mask else 3],
                                    evidence=evidence)  # fmt: skip
        heard = (f for judge in (judge_map, judge_path) for f in judge(inner) if f.severity == "fail")
        if next(heard, None) is None:
            survivors.append(name)
    session.evidence.canaries = planted - len(survivors), planted
    if survivors or not planted:
        text = f"planted mistakes were not noticed: {', '.join(survivors)}"
        yield Finding("sampler", "unknown", text if planted else "no time was left to plant mistakes")
