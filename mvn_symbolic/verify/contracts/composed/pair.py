"""Lives here: the judge of a sampler and a KL term that must agree, whatever the head between them is.
May not live here: laws of heads (`pair_law`), the judges of the halves (`sampler`, `functions`)."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from mvn_symbolic.verify.contracts.calls.affine import identify
from mvn_symbolic.verify.contracts.calls.halves import half_of, halves, matrix_law
from mvn_symbolic.verify.contracts.calls.running import FIRST_SECONDS
from mvn_symbolic.verify.contracts.calls.sampling import undrivable
from mvn_symbolic.verify.contracts.cases import all_cases
from mvn_symbolic.verify.contracts.comparisons.sampled_law import compare
from mvn_symbolic.verify.contracts.composed import pair_freely
from mvn_symbolic.verify.contracts.composed.one_pair import Pair
from mvn_symbolic.verify.contracts.composed.pair_law import (
    HEADS,
    READINGS,
    WORDS,
    Law,
    agrees,
    answers,
    fitting,
    read_as,
)
from mvn_symbolic.verify.contracts.contract import REDUCTIONS, Contract
from mvn_symbolic.verify.contracts.diagnosis.sampler_mistakes import SCALES
from mvn_symbolic.verify.contracts.joint import LAST
from mvn_symbolic.verify.contracts.layout import MATRICES, raw_as
from mvn_symbolic.verify.contracts.session import Session
from mvn_symbolic.verify.contracts.truths.sampled import Seen, near
from mvn_symbolic.verify.contracts.verdict import CheckVerdict

_PROBES: Final = 6
_PATIENCE: Final = 2.0
"""Seconds after which no further reduction is tried."""


def judged_pair(pair: Any, contract: Contract, seed: int, budget: str) -> CheckVerdict:
    """Judge a sampler and a KL term: the divergence must be that of the very law that the sampler has.

    Parameters
    ----------
    pair : tuple of two callables, or object
        See `halves`.
    contract : Contract
        Of quantity ``pair``. Its parameterization says only what shape the head has.
    seed : int
    budget : str

    Returns
    -------
    CheckVerdict
    """
    draw, kl = halves(pair)
    packed, axis = contract.parameterization == "packed", contract.packed_axis
    law = matrix_law((draw, kl), raw_as(str(contract.parameterization)))
    free = dataclasses.replace(contract, arguments=None, parameterization=law, packed_axis=LAST)
    noise = contract.noise if contract.noise == "argument" else None
    of_draw = dataclasses.replace(free, quantity="sample", noise=noise, reduction="per_sample")
    of_kl = dataclasses.replace(of_draw, quantity="kl_standard_normal", noise=None)
    mine = Pair(
        contract, law, half_of(draw, of_draw, packed, axis), half_of(kl, of_kl, packed, axis), seed, budget
    )  # fmt: skip
    found = _seen(mine)
    if isinstance(found, CheckVerdict):
        return found
    session, seen = found
    head = _head(mine, session, seen)
    if head:
        verdict = mine.half_verdict(mine.quantity, head)
        if verdict.status == "unknown":
            return mine.says("unknown", f"the sampler: {verdict.diagnosis}", of=verdict)
        about_law = all(m in SCALES or m.startswith("mean_") for m in verdict.mistakes)
        if verdict.status == "fail" and not (about_law and verdict.mistakes):
            return mine.says("fail", f"the sampler: {verdict.diagnosis}", verdict.mistakes, verdict)
        if verdict.status == "pass":
            mine.notes += [f"the sampler reads the head as {WORDS.get(head, head)}", *verdict.notes]
            return _with_known_head(mine, head)
    return pair_freely.judged_freely(mine, session)


def _probe_law(mine: Pair) -> str:
    # positive numbers may be deviations, variances and logarithms alike
    return "std" if mine.promise("sample", mine.law, mine.draw).diagonal else mine.law


def _seen(mine: Pair) -> tuple[Session, list[Seen]] | CheckVerdict:
    """Identify the sampler at some cases; where it has a mistake of its own, that is the verdict."""
    promise = mine.promise(mine.quantity, _probe_law(mine), mine.draw)
    session = mine.opened(promise)
    if session.evidence.endless:
        return mine.says("fail", f"the sampler does not return within {FIRST_SECONDS:g} s", ("never_returns",))
    seen: list[Seen] = []
    for case in [c for c in session.cases if c.ordinary][:_PROBES]:
        found = identify(session, case)
        if found.problem and undrivable(session, case, found):
            return _by_statistics(mine)
        if found.problem and (found.mistake or not seen):
            if found.mistake == "raises" and mine.law in MATRICES:
                break
            verdict = mine.half_verdict(mine.quantity, mine.law)
            if verdict.status == "fail":
                return mine.says("fail", f"the sampler: {verdict.diagnosis}", verdict.mistakes, verdict)
            return mine.says("unknown", f"the sampler: {found.problem}")
        seen.append(compare(promise, case, found, session.evidence.single))
    if any({"batch", "draws"} & set(one.wrong) or _correlated(one, promise) for one in seen):
        verdict = mine.half_verdict(mine.quantity, mine.law)
        return mine.says("fail", f"the sampler: {verdict.diagnosis}", verdict.mistakes, verdict)
    return session, seen


def _correlated(one: Seen, promise: Contract) -> bool:
    size = one.true_mean.shape[1]
    scale = np.sqrt(np.abs(np.diagonal(one.blocks, axis1=-2, axis2=-1)))
    others = np.abs(one.blocks) * (1 - np.eye(size))
    return promise.diagonal and bool(np.any(others > 1e-3 * scale[..., :, None] * scale[..., None, :]))


def _by_statistics(mine: Pair) -> CheckVerdict:
    """Judge a pair whose noise cannot be driven: the first head under which the sampler's statistics are right."""
    tried = dict.fromkeys((mine.law, *(("logvar", "logstd", "std") if mine.law in HEADS else ())))
    verdict = None
    for head in tried:
        verdict = mine.half_verdict(mine.quantity, head)
        if verdict.status == "pass":
            mine.notes += [f"the sampler reads the head as {WORDS.get(head, head)}", *verdict.notes]
            return _with_known_head(mine, head)
    text = verdict.diagnosis if verdict else ""
    return mine.says("unknown", f"the sampler: its noise cannot be driven, and no head is found for it ({text})")


def _head(mine: Pair, session: Session, seen: Sequence[Seen]) -> str:
    """Return the parameterization that gives the sampler's law at every case, or an empty string."""
    contract = session.contract
    if contract.diagonal:
        if seen and all(_exchanged(one) for one in seen):
            mine.draw, mine.kl = mine.draw.exchanged(), mine.kl.exchanged()
            return _head_again(mine)
        if not seen or any("mean" in one.wrong for one in seen):
            return ""
        return next((h for h in HEADS if all(_has(one, read_as(h, contract, one.case)) for one in seen)), "")
    for law in dict.fromkeys((mine.law, *(MATRICES if mine.law in MATRICES else ()))):
        promise = mine.promise(mine.quantity, law, mine.draw)
        trial = mine.opened(promise)
        maps = [(case, identify(trial, case)) for case in trial.cases[:3]]
        single = trial.evidence.single
        if all(not m.problem and not compare(promise, case, m, single).wrong for case, m in maps):
            return law
    return ""


def _head_again(mine: Pair) -> str:
    found = _seen(mine)
    if isinstance(found, CheckVerdict):
        return ""
    session, seen = found
    if any("mean" in one.wrong for one in seen):
        return ""
    mine.notes.append("the scale comes before the mean")
    return next((h for h in HEADS if all(_has(one, read_as(h, session.contract, one.case)) for one in seen)), "")


def _exchanged(one: Seen) -> bool:
    scale = one.case.arrays["scale"].reshape(one.true_mean.shape)
    return bool(np.all(np.abs(one.mean - scale) <= 1e-5 * (1 + np.abs(scale))))


def _has(one: Seen, law: Law) -> bool:
    """Whether a law is the one that was seen, but for a little jitter."""
    if near(one.blocks, np.broadcast_to(law.blocks, one.blocks.shape), 2e-3):
        return True
    return bool(np.all(np.abs(one.blocks - law.blocks) <= 1e-4))


def _with_known_head(mine: Pair, head: str) -> CheckVerdict:
    """Judge the KL term by the head that the sampler has."""
    promise = mine.promise("kl_standard_normal", head, mine.kl)
    rng = np.random.default_rng(mine.seed + 1)
    cases = [c for c in all_cases(promise, rng, single=True) if c.ordinary]
    got, problem = answers(mine.kl.fn, promise, cases)
    wanted = mine.contract.reduction
    if problem:
        verdict = mine.half_verdict("kl_standard_normal", head, wanted if wanted in REDUCTIONS else "per_sample")
        if verdict.status == "pass":
            return mine.says("pass", "sampler and KL agree", of=verdict)
        return mine.says(verdict.status, f"the KL: {verdict.diagnosis}", verdict.mistakes, verdict)
    asked = dataclasses.replace(promise, reduction=wanted if wanted in REDUCTIONS else "sum")
    open_ = wanted not in REDUCTIONS
    own = [read_as(head, promise, case) for case in cases]
    reductions = fitting(dataclasses.replace(mine.contract, reduction=wanted), own, got) if open_ else [wanted]
    for reduction in reductions:
        if agrees(asked, reduction, own, got):
            return _kl_verdict(mine, head, [reduction])
    if promise.diagonal:
        for other in (r for r in READINGS if r != head):
            laws = [read_as(other, promise, case) for case in cases]
            for reduction in reductions:
                if agrees(asked, reduction, laws, got):
                    return _differ(mine, head, other, own, laws, reduction, got)
    # what is wrong at some cases is right at others, such as a clamp at unit scales, under the reduction that it has
    right = {r: sum(agrees(asked, r, [law], got) for law in own) for r in reductions}
    return _kl_verdict(mine, head, sorted(reductions, key=lambda r: -right[r]))


def _differ(
    mine: Pair, head: str, other: str, own: Sequence[Law], laws: Sequence[Law], reduction: str,
    got: dict[str, np.ndarray],
) -> CheckVerdict:  # fmt: skip
    """Say that the halves read the head in two ways, at the smallest case at which it shows."""
    text = f"the sampler reads the head as {WORDS.get(head, head)}, the KL as {WORDS.get(other, other)}"
    names = (f"sampler_reads_{head}_kl_reads_{other}", "heads_differ")
    return mine.says("fail", text, names, pair_freely.shown(mine, text, own, reduction, got))


def _kl_verdict(mine: Pair, head: str, reductions: Sequence[str]) -> CheckVerdict:
    """Judge the KL term under a reduction that it may have; another one is no mistake where none was promised."""
    best: CheckVerdict | None = None
    for reduction in reductions:
        verdict = mine.half_verdict("kl_standard_normal", head, reduction)
        if verdict.status == "pass":
            mine.notes.append(f"the reduction is {reduction}")
            return mine.says("pass", "sampler and KL agree", of=verdict)
        best = best if best and best.mistakes else verdict
        if best.mistakes or mine.seconds > _PATIENCE:
            break
    assert best is not None
    excused = {f"reduction_{r}_for_{best.contract.reduction}" for r in REDUCTIONS} if len(reductions) > 1 else set()
    parts = best.diagnosis.split("; ")
    if excused & set(best.mistakes):
        parts = [p for p in parts if not p.endswith(f"where {best.contract.reduction} is promised")]
    text = f"the sampler reads the head as {WORDS.get(head, head)}; the KL: {'; '.join(parts)}"
    return mine.says(best.status, text, [m for m in best.mistakes if m not in excused], best)
