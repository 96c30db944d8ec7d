"""Lives here: the judge of samplers whose noise cannot be driven, by the statistics of their samples.
May not live here: null laws and bets (`statistics`), calls (`gathering`), names of mistakes (`diagnosis`).

The bound on false alarms is that of one run. A run with the same seed repeats the same draws from the global
generators, and is no new chance of one; runs with fresh noise that are each decided alone add up their bounds, and the
e-values that they leave multiply to a test that keeps the bound over all of them (`statistics.evalues`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from mvn_symbolic.verify.contracts.calls.gathering import Gathered, gathered
from mvn_symbolic.verify.contracts.calls.kept import kept_random_state
from mvn_symbolic.verify.contracts.calls.results import SQUEEZED
from mvn_symbolic.verify.contracts.calls.sampling import arrays_with_noise, plain, seed_all
from mvn_symbolic.verify.contracts.diagnosis.noise import ATOMS, atom
from mvn_symbolic.verify.contracts.diagnosis.rejected_samples import Measured, counterexample, explanation
from mvn_symbolic.verify.contracts.session import NEEDS_SCIPY, Finding, Session, Severity, judge_of
from mvn_symbolic.verify.contracts.truths.sampled import truth
from mvn_symbolic.verify.contracts.truths.whitening import whitened

ENOUGH: Final = 0.999
"""Power against each planted mistake without which there is no pass."""
_ODD: Final = 1e-3
"""Share of numbers that are not finite from which it is a mistake: a logarithm of zero now and then is only noted."""
_REASONS: Final = {"raises EndlessError": "it draws until it accepts"}
REACH: Final = 9.0
"""Whitened numbers are cut here: their law beyond is not looked at."""
_SHOWN_ONLY: Final = ("noise of 12 uniform numbers",)
"""So near to the normal law that only fast samplers give enough numbers."""


@judge_of("sampler")
def judge_law(session: Session) -> Iterator[Finding]:
    """Draw samples, whiten them by the promised law, and bet against the promise at fair odds."""
    reason = _REASONS.get(session.evidence.undriven, session.evidence.undriven)
    if not reason or session.evidence.sampler_failed:
        return
    if session.contract.mask:
        yield Finding("sampler", "unknown", f"{reason}, which is not done for a sampler with a mask")
        return
    try:
        from mvn_symbolic.verify.contracts.grading.samples import planted, powers
        from mvn_symbolic.verify.contracts.statistics import battery
        from mvn_symbolic.verify.contracts.statistics.evalues import ALPHA
    except ImportError:
        yield Finding("sampler", "unknown", f"{reason}; {NEEDS_SCIPY}")
        return
    with kept_random_state():
        seed_all(session.fn.backend, int(session.rng.integers(2**31)))
        yield from _conduct(session)
        found, trouble = gathered(session)
    if trouble:
        session.evidence.sampler_failed = True
        label = (trouble.mistake,) * bool(trouble.mistake)
        severity: Severity = "fail" if label else "unknown"
        yield Finding("conduct", severity, trouble.text, trouble.case, mistakes=label)
        return
    cases, odd = _measured(session, found)
    if odd > _ODD:
        session.evidence.sampler_failed = True
        text = "the sample is not finite"
        yield Finding("sampler", "fail", text, found[0].case, found[0].samples[0], None, ("not_finite",))
        return
    if odd:
        yield Finding("sampler", "note", f"a share of {odd:.1g} of its numbers is not finite")
    if place := atom([c.samples for c in cases], [c.mean for c in cases], [c.whitened for c in cases]):
        session.evidence.sampler_failed = True
        name, text = ATOMS[place]
        least = min(cases, key=lambda c: c.case.size)
        yield Finding("sampler", "fail", text, least.case, least.samples[0], None, (name,))
        return
    evidence = battery.judged([case.whitened[None] for case in cases])
    session.evidence.false_alarm_bound = ALPHA
    power = powers(session, cases, evidence)
    session.evidence.power = power
    if evidence.total[0] >= -math.log(ALPHA):
        session.evidence.sampler_failed = True
        names, text = explanation(session.contract, cases, evidence)
        case, got, want = counterexample(cases)
        yield Finding("sampler", "fail", text, case, got, want, names)
        return
    e_value = f"their e-value is {math.exp(float(evidence.total[0])):.2g}"
    why = reason.split(";")[0]
    if session.evidence.squeezed:
        yield Finding("conduct", "note", SQUEEZED)
    yield Finding("sampler", "note", f"judged by {evidence.count} numbers of its samples, {e_value}: {why}")
    caught, tried = planted(cases)
    session.evidence.canaries = len(caught), len(tried)
    if weak := {name: p for name, p in power.items() if p < ENOUGH and name not in _SHOWN_ONLY}:
        words = ", ".join(f"{name} ({p:.3f})" for name, p in weak.items())
        yield Finding("sampler", "unknown", f"{evidence.count} numbers are too few to be sure of noticing: {words}")
    if survivors := [name for name in tried if name not in caught]:
        yield Finding("sampler", "unknown", f"planted mistakes were not noticed: {', '.join(survivors)}")


def _conduct(session: Session) -> Iterator[Finding]:
    case = session.cases[0]
    outcome = plain(session, 0)(arrays_with_noise(session, case, session.rng))
    if outcome.mutated:
        session.evidence.sampler_failed = True
        text = f"writes into its argument{'s' * (len(outcome.mutated) > 1)} {', '.join(outcome.mutated)}"
        yield Finding("conduct", "fail", text, case, mistakes=("mutates_inputs",))


def _measured(session: Session, found: Sequence[Gathered]) -> tuple[list[Measured], float]:
    """Whiten samples, a tiled batch as so many calls, and return them with the share of numbers that are not finite."""
    cases, odd, count = [], 0, 0
    for each in found:
        calls, draws, rows, width = each.samples.shape
        mean, covariance = truth(session.contract, each.case)
        folded = each.samples.reshape(calls, draws, each.tiles, rows // each.tiles, width)
        samples = np.moveaxis(folded, 2, 1).reshape(calls * each.tiles, draws, rows // each.tiles, width)
        numbers = whitened(samples, mean, covariance)
        odd += int(np.sum(~np.isfinite(numbers)))
        count += numbers.size
        numbers = np.clip(np.nan_to_num(numbers, nan=0.0, posinf=REACH, neginf=-REACH), -1e6, 1e6)
        cases.append(Measured(each.case, samples, mean, covariance, numbers))
    return cases, odd / max(count, 1)
