"""Lives here: the judge of pairs whose head is no known parameterization: the sampler's own map is the truth.
May not live here: known heads (`pair`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mvn_symbolic.verify.contracts.calls.affine import identify
from mvn_symbolic.verify.contracts.calls.running import Caller
from mvn_symbolic.verify.contracts.comparisons.paths import moved
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
from mvn_symbolic.verify.contracts.judges.sampler import judge_path
from mvn_symbolic.verify.contracts.layout import SYMMETRIC
from mvn_symbolic.verify.contracts.session import Case, Finding, Session
from mvn_symbolic.verify.contracts.textbook import COVARIANCES
from mvn_symbolic.verify.contracts.truths.arguments import comparable, upstream_of
from mvn_symbolic.verify.contracts.truths.sampled import near
from mvn_symbolic.verify.contracts.truths.truth import reduced
from mvn_symbolic.verify.contracts.verdict import CheckVerdict


def judged_freely(mine: Pair, probe: Session) -> CheckVerdict:
    """Compare the KL term with the divergence of the law that the sampler has, case by case."""
    session, laws = _laws(mine, mine.law)
    if not laws:
        session, laws = _laws(mine, probe.contract.laws[""])
    if not laws:
        verdict = mine.half_verdict(mine.quantity, mine.law)
        return mine.says("fail" if verdict.status == "fail" else "unknown", f"the sampler: {verdict.diagnosis}",
                         verdict.mistakes, verdict)  # fmt: skip
    contract = mine.promise("kl_standard_normal", session.contract.laws[""], mine.kl)
    got, problem = answers(mine.kl.fn, contract, [law.case for law in laws])
    if problem:
        return mine.says("fail", f"the KL {problem}", ("raises",))
    wanted = mine.contract.reduction
    reductions = [wanted] if wanted in REDUCTIONS else fitting(mine.contract, laws, got)
    reduction = next((r for r in reductions if agrees(contract, r, laws, got)), "")
    if not reduction:
        return _differing(mine, contract, laws, reductions, got)
    findings = list(judge_path(session)) if mine.quantity == "rsample" else []
    if bad := [f for f in findings if f.severity == "fail"]:
        return mine.says("fail", f"the sampler: {bad[0].message}", bad[0].mistakes)
    finding = _gradient(mine, session, contract, laws, reduction)
    if finding:
        return mine.says("fail", finding.message, finding.mistakes)
    # each planted mistake is one that the same comparison must refuse
    planted = {
        "noise scaled by 1.05": [Law(law.case, law.mean, law.blocks * 1.05**2) for law in laws],
        "mean shifted by 0.1": [Law(law.case, law.mean + 0.1, law.blocks) for law in laws],
    }
    mine.planted += len(planted) + 1
    mine.caught += sum(not agrees(contract, reduction, wrong, got) for wrong in planted.values())
    mine.caught += not agrees(contract, reduction, laws, {name: 1.05 * value for name, value in got.items()})
    if mine.caught < mine.planted:
        return mine.says("unknown", "planted mistakes were not noticed")
    mine.notes += ["the head is no known parameterization", f"the reduction is {reduction}"]
    return mine.says("pass", "sampler and KL agree")


def _laws(mine: Pair, head: str) -> tuple[Session, list[Law]]:
    """Identify the sampler at the ordinary cases of a parameterization; none where it does not take them."""
    promise = mine.promise(mine.quantity, head, mine.draw)
    session = mine.opened(promise)
    laws = []
    for case in [c for c in session.cases if c.ordinary]:
        found = identify(session, case)
        if found.problem or not np.all(np.isfinite(found.factor)) or not np.all(np.isfinite(found.mean)):
            return session, []
        factor = found.factor[0]
        laws.append(Law(case, found.mean[0], factor @ np.swapaxes(factor, -1, -2)))
    return session, laws


def _differing(
    mine: Pair, contract: Contract, laws: Sequence[Law], reductions: Sequence[str], got: Mapping[str, np.ndarray]
) -> CheckVerdict:
    """Name how the halves differ: what each takes the head for, and the sampler's mistake as the KL reads it."""
    names = tuple(READINGS) if contract.diagonal else tuple(n for n in COVARIANCES if _readable(n, contract, laws))
    with np.errstate(all="ignore"):
        of_kl = next(
            (n for n in names for r in reductions
             if agrees(contract, r, [read_as(n, contract, law.case) for law in laws], got)), ""
        )  # fmt: skip
        of_draw = next(
            (n for n in names if all(near(law.blocks, read_as(n, contract, law.case).blocks, 2e-3) for law in laws)), ""
        )
    heads = (of_draw or "other", of_kl or "other")
    words = [WORDS.get(head, head.replace("_", " ")) for head in heads]
    text = f"the sampler reads the head as {words[0]}, the KL as {words[1]}"
    mistakes = [f"sampler_reads_{heads[0]}_kl_reads_{heads[1]}", "heads_differ"]
    law = of_kl if of_kl in HEADS or of_kl == mine.law else mine.law
    verdict = mine.half_verdict(mine.quantity, law)
    if verdict.status == "fail" and verdict.mistakes and not {"raises", "wrong_type"} & set(verdict.mistakes):
        mistakes += verdict.mistakes
        text += f"; if the KL is right, the sampler: {verdict.diagnosis}"
    return mine.says("fail", text, mistakes, shown(mine, text, laws, reductions[0], got))


def _readable(name: str, contract: Contract, laws: Sequence[Law]) -> bool:
    try:
        read_as(name, contract, laws[0].case)
    except (TypeError, ValueError, np.linalg.LinAlgError):
        return False
    return True


def shown(mine: Pair, text: str, laws: Sequence[Law], reduction: str, got: Mapping[str, np.ndarray]) -> CheckVerdict:
    """Return a verdict that carries the smallest case at which the KL is not that of these laws."""
    contract = mine.promise("kl_standard_normal", mine.law, mine.kl)
    bad = [law for law in laws if not agrees(contract, reduction, [law], got)] or list(laws)
    law = min(bad, key=lambda one: one.case.size)
    expected = np.asarray(reduced(contract, law.terms(contract.diagonal)[0], reduction))
    example = {
        "case": law.case.name, "arguments": dict(law.case.arrays), "what": text, "got": got[law.case.name],
        "expected": mine.contract.sign * mine.contract.scale * expected,
    }  # fmt: skip
    return CheckVerdict("fail", text, (), example)


def _gradient(mine: Pair, session: Session, contract: Contract, laws: Sequence[Law], reduction: str) -> Finding | None:
    """Compare autograd through the KL with differences of the divergence of the sampler's own law."""
    if not contract.gradient or not session.fn.library.differentiates:
        return None
    small = [law for law in laws if law.case.name not in ("standard normal", "unit scale", "zero mean")]
    for law in sorted(small, key=lambda one: one.case.size)[:3]:
        value = np.asarray(reduced(contract, law.terms(contract.diagonal)[0], reduction))
        upstream = upstream_of(law.case, value.shape)
        dtype = "float32" if session.evidence.single else "float64"
        caller = Caller(mine.kl.fn, contract.arguments or contract.roles, session.fn.backend, dtype)
        outcome = caller.differentiate(law.case.arrays, upstream)
        if outcome.problem:
            return Finding("gradient", "fail", f"going back through the KL {outcome.problem}", law.case)
        for role, slope in (outcome.gradients or {}).items():
            got = comparable(contract, role, slope)
            want = comparable(contract, role, _slopes(session, contract, law.case, role, reduction, upstream))
            if np.any(np.abs(got - want) > 1e-2 * (np.abs(want).max() + 1e-2)):
                name = f"{role}_detached" if not np.any(slope) else f"{role}_gradient_wrong"
                text = f"the gradient of the KL by {role} is not that of the sampler's law"
                return Finding("gradient", "fail", text, law.case, got, want, (name,), gradient_of=role)
    return None


def _slopes(
    session: Session, contract: Contract, case: Case, role: str, reduction: str, upstream: np.ndarray
) -> np.ndarray:
    """Return differences of the divergence of the sampler's law by one argument."""
    step = 1e-2 if session.evidence.single else 1e-4
    out = np.zeros(case.arrays[role].shape)

    def value(point: Case | None) -> Any:
        found = identify(session, point) if point else None
        if found is None or found.problem:
            return None
        factor = found.factor[0]
        law = Law(case, found.mean[0], factor @ np.swapaxes(factor, -1, -2))
        return np.sum(np.asarray(reduced(contract, law.terms(contract.diagonal)[0], reduction)) * upstream)

    for place in np.ndindex(out.shape):
        up, down = (value(moved(session.contract, case, role, place, s)) for s in (step, -step))
        if up is not None and down is not None:
            out[place] = contract.sign * contract.scale * (up - down) / (2 * step)
            if role == "scale" and contract.laws[""] in SYMMETRIC and place[-1] != place[-2]:
                out[place] /= 2
                out[(*place[:-2], place[-1], place[-2])] = out[place]
    return out
