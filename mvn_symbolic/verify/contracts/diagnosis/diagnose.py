"""Lives here: from what the judges found to the name of the mistake, and what is excused: jitter and clamps.
May not live here: the decision whether a value is wrong (the judges)."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import numpy as np

from mvn_symbolic.verify.contracts import textbook
from mvn_symbolic.verify.contracts.cases import twin
from mvn_symbolic.verify.contracts.diagnosis.asked_again import half_precision, upstream_ignored
from mvn_symbolic.verify.contracts.diagnosis.explainer import explain_values
from mvn_symbolic.verify.contracts.diagnosis.families import explain_around
from mvn_symbolic.verify.contracts.diagnosis.gradients import gradient_mistakes
from mvn_symbolic.verify.contracts.diagnosis.mistakes import Mistake
from mvn_symbolic.verify.contracts.diagnosis.mixing import mixed
from mvn_symbolic.verify.contracts.diagnosis.tamers import ROUGHLY, Tamer, mistake_of, tamed
from mvn_symbolic.verify.contracts.session import Case, Finding, Session
from mvn_symbolic.verify.contracts.truths.arguments import masked, widened
from mvn_symbolic.verify.contracts.truths.expected import expected
from mvn_symbolic.verify.contracts.truths.truth import reduced

Numbers = dict[str, np.ndarray]


def _fitting(session: Session, case: Case, tame: Tamer, got: np.ndarray) -> set[tuple[str, ...]]:
    """Return the sets of terms in which alone a tamed scale gives what the function gave at a case."""
    contract = session.contract
    coefficients = textbook.COEFFICIENTS[contract.base]
    names = [name for name in coefficients if name != "const"]

    def at(point: Case) -> tuple[Numbers, Numbers, np.ndarray]:
        true, arrays = widened(contract, point), tame(widened(contract, point))

        def finished(given: Numbers) -> Numbers:
            """Return each term with its size, reduced."""
            found = {}
            for n, t in textbook.terms(contract, given).items():
                factor = contract.factor * coefficients[n]
                signed, size = masked(contract, true, factor * t), masked(contract, true, abs(factor * t))
                found[n] = np.stack([reduced(contract, signed), reduced(contract, size)])
            return found

        return finished(true), finished(arrays), expected(session, point).rounding

    with np.errstate(all="ignore"):
        plain, tamed_, rounding = at(case)
        if contract.up_to_constant:
            other, more, also = at(twin(session, case))
            signs = np.array([-1.0, 1.0]).reshape((2,) + (1,) * (next(iter(plain.values())).ndim - 1))
            plain = {n: plain[n] + signs * other[n] for n in plain}
            tamed_ = {n: tamed_[n] + signs * more[n] for n in tamed_}
            rounding = rounding + also
        fitting = set()
        # careful people guard one term, or all of them
        for count in range(len(names), 0, -1):
            for chosen in itertools.combinations(names, count):
                want, size = sum((tamed_[n] if n in chosen else plain[n] for n in plain), np.zeros(()))
                if np.all(np.abs(got - want) <= 1e-4 * size + rounding):
                    fitting.add(chosen)
    return fitting


def _explains(session: Session, cases: list[Case], tame: Tamer, observed: Mapping[str, np.ndarray]) -> bool:
    """Whether one scale, tamed in the same terms, gives what the function gave at all cases."""
    left: set[tuple[str, ...]] | None = None
    for case in cases:
        fitting = _fitting(session, case, tame, observed[case.name])
        left = fitting if left is None else left & fitting
        if not left:
            return False
    return True


def excused(session: Session, findings: list[Finding]) -> list[Finding]:
    """Turn failures of values that a jitter or clamp explains into notes: one at all ordinary cases, one an extreme.

    Parameters
    ----------
    session : Session
    findings : list of Finding
        All findings of a check.

    Returns
    -------
    list of Finding
        Unchanged unless every failure is explained.
    """
    contract = session.contract
    # no clamp makes a number infinite
    wrong = [f for f in findings if f.severity == "fail" and f.judge != "reach"]
    if not wrong or contract.kind != "value" or contract.base == "std" or contract.promise is not None:
        return findings
    if any(f.judge == "conduct" or f.got is None for f in wrong) or not any(f.judge == "value" for f in wrong):
        return findings
    raw = {name: got for name, (got, _) in session.evidence.values.items() if got is not None}
    observed = session.evidence.differences if contract.up_to_constant else raw
    ordinary = [c for c in session.cases if c.ordinary and observed.get(c.name) is not None]
    bad = {f.case.name for f in wrong if f.case and f.judge == "value"}
    groups = [ordinary] if any(c.name in bad for c in ordinary) else []
    groups += [[c] for c in session.cases if not c.ordinary and c.name in bad]
    options: dict[str, Tamer] = {ROUGHLY: dict, **tamed(contract)}
    # what happens at all cases at once is asked first: at large scales alone, a bound and two are the same
    seen = [c for c in session.cases if c.name in bad]
    seen += [c for c in session.cases if c not in seen and observed.get(c.name) is not None]
    words = [w for w, t in options.items() if _explains(session, seen, t, observed)][:1]
    if not words:
        for group in groups:
            words.append(next((w for w, t in options.items() if _explains(session, group, t, observed)), ""))
    if not all(words) or any(f.judge == "gradient" and not groups for f in wrong):
        return findings
    if any(f.judge == "gradient" for f in wrong) and groups[0] is not ordinary:
        return findings
    kept = [f for f in findings if f not in wrong and not (f.gradient_of and f.severity == "note")]
    return kept + [Finding("value", "note", text) for text in dict.fromkeys(words)]


def _harsh(session: Session) -> list[Mistake]:
    """Name a jitter or clamp that is too large to be excused."""
    contract = session.contract
    raw = {name: got for name, (got, _) in session.evidence.values.items() if got is not None}
    every = [c for c in session.cases if raw.get(c.name) is not None]
    if contract.up_to_constant or contract.base == "std":
        return []
    options = tamed(contract, harsh=True)
    # extreme cases tell one bound from two, and may be off for another reason
    for cases in (every, [c for c in every if c.ordinary]):
        for words, tame in options.items() if cases else ():
            if _explains(session, cases, tame, raw):
                return [Mistake(mistake_of(words), words)]
    return []


def _pattern(session: Session, failed: list[Finding]) -> list[Mistake]:
    """Name a failure by the cases at which it shows, where no known formula agrees."""
    if failed and all(f.judge == "reach" for f in failed):
        return [Mistake("overflows_at_moderate_scales", failed[0].message)]
    names = {f.case.name for f in failed if f.case}
    bad = [c for c in session.cases if c.name in names]
    good = [c for c in session.cases if c.name not in names]
    ordinary = any(c.ordinary for c in bad)
    shown = [f.got for f in failed if isinstance(f.got, np.ndarray | float) and f.case and f.case.ordinary == ordinary]
    broken = any(not np.all(np.isfinite(np.asarray(got, dtype=float))) for got in shown)
    if bad and not ordinary:
        if broken:
            return [Mistake("not_finite_at_extreme_scales", "it overflows or underflows at small or large scales")]
        return [Mistake("wrong_at_extreme_scales", "it is wrong at small or large scales only")]
    if broken:
        return [Mistake("not_finite", "it returns NaN or infinity at an ordinary point")]
    sizes = [(int(np.prod(c.batch)), int(np.prod(c.event))) for c in bad]
    if bad and good and all(b == k for b, k in sizes):
        return [Mistake("batch_and_event_confused", "it is wrong where the batch is as large as the event")]
    if session.contract.kind == "value" and any(f.judge == "value" for f in failed):
        return mixed(session, [c for c in bad if c.ordinary])
    # what no value shows is said where every case says it, and no case was left out
    alone = [c for c in good if c.ordinary]
    if bad and alone and all(b > 1 for b, _ in sizes) and all(int(np.prod(c.batch)) == 1 for c in alone):
        return [Mistake("mixes_samples", "it is right for one sample and wrong for a batch")]
    if bad and alone and all(k > 1 for _, k in sizes) and all(int(np.prod(c.event)) == 1 for c in alone):
        return [Mistake("mixes_coordinates", "it is right for one coordinate and wrong for more")]
    return []


def _explained(session: Session, values: dict[str, np.ndarray]) -> list[Mistake]:
    """Look for the simplest explanation first, and for one with more parts where it has many."""
    room = 2e-4 if session.evidence.single else 3e-6
    simple = explain_values(session, values, room, (1,))
    if len(simple) == 2 and any(m.name.endswith("_scaled") for m in simple):
        # a term that enters some odd number of times: one mistake around the formula says more
        around = explain_around(session, values, room)
        return around if len(around) == 1 else simple
    if 0 < len(simple) <= 2:
        return simple
    # few to try, and seen at every case at once: before the search for two mistakes takes the time
    if not simple and (harsh := _harsh(session)):
        return harsh
    read = explain_values(session, values, room, (2,), replaced=False)
    if 0 < len(read) <= 2 and (not simple or len(read) < len(simple)):
        return read
    around = explain_around(session, values, room)
    if around and (not simple or len(around) < len(simple)):
        return around
    more = explain_values(session, values, room, (2, 3))
    return min((found for found in (simple, read, around, more) if found), key=len, default=[])


def _only_at_some(session: Session, failed: list[Finding]) -> list[Mistake]:
    """Name what is right at some ordinary cases, and has another shape, or is not finite, at all others."""
    bad = [f for f in failed if f.case and f.case.ordinary and f.judge in ("value", "conduct")]
    names = {f.case.name for f in bad if f.case}
    if not bad or all(c.name in names for c in session.cases if c.ordinary):
        return []
    if all("wrong_shape" in f.mistakes for f in bad):
        return [Mistake("wrong_shape", bad[0].message)]
    if all(f.got is not None and not np.all(np.isfinite(np.asarray(f.got, dtype=float))) for f in bad):
        return [Mistake("not_finite", "it returns NaN or infinity at some ordinary points, and is right at others")]
    return []


def _rounded(session: Session) -> list[Mistake]:
    """Name results that are whole numbers."""
    got = [raw for _, raw in session.evidence.values.values() if raw is not None and raw.size]
    if got and all(np.all(np.isfinite(g)) and np.array_equal(g, np.round(g)) for g in got):
        return [Mistake("rounded", "its numbers are whole: it is rounded, or cut to an integer")]
    return []


def diagnose(session: Session, failed: list[Finding]) -> tuple[str, tuple[str, ...]]:
    """Return the diagnosis in words and the names of the mistakes.

    Parameters
    ----------
    session : Session
        With the evidence that the judges left: values and gradients by case.
    failed : list of Finding
        Those that refute the contract, at least one.

    Returns
    -------
    sentence : str
        What the function does; where no known mistake agrees with it, what the first finding says.
    mistakes : tuple of str
        Names, the smallest set that explains all ordinary cases; empty where none does.
    """
    known = [Mistake(m, f.message) for f in failed for m in f.mistakes if m not in ("wrong_shape", "wrong_type")]
    mistakes = list({m.name: m for m in known}.values())
    contract = session.contract
    values = {n: raw for n, (_, raw) in session.evidence.values.items() if raw is not None}
    odd = any(f.judge in ("value", "conduct") and f.case and f.case.ordinary for f in failed)
    if any("wrong_type" in f.mistakes for f in failed):
        first = next(f for f in failed if "wrong_type" in f.mistakes)
        return first.message, ("wrong_type",)
    if not mistakes and contract.kind == "value" and any(f.judge == "value" for f in failed):
        mistakes = half_precision(session)
    if not mistakes and not odd and any(f.gradient_of for f in failed):
        mistakes = upstream_ignored(session, failed)
    if not mistakes and odd:
        mistakes = _only_at_some(session, failed)
    if not mistakes and odd and values and contract.kind == "value" and contract.base in textbook.COEFFICIENTS:
        mistakes = _explained(session, values) or _rounded(session)
    if not mistakes and contract.promise is not None:
        from mvn_symbolic.verify.contracts.diagnosis import expression_gradients, expressions

        if odd and values:
            mistakes = expressions.explain_expression(session, values)
        elif any(f.gradient_of for f in failed):
            mistakes = expression_gradients.explain_gradients(session, failed)
    elif (
        not mistakes
        and any(f.gradient_of for f in failed)
        and not any(f.judge == "value" and f.case and f.case.ordinary for f in failed)
    ):
        mistakes = gradient_mistakes(session, failed)
    if not mistakes:
        mistakes = _pattern(session, [f for f in failed if "wrong_shape" not in f.mistakes])
    if not any(m.name == "wrong_shape" for m in mistakes):
        mistakes += [Mistake("wrong_shape", f.message) for f in failed if "wrong_shape" in f.mistakes][:1]
    text = "; ".join(dict.fromkeys(m.sentence for m in mistakes)) or failed[0].message
    return text, tuple(dict.fromkeys(m.name for m in mistakes))


__all__ = ["diagnose", "excused"]
