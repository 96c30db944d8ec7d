"""Lives here: mistakes that show when a function is asked once more: half precision inside, an upstream left out.
May not live here: mistakes that agree with a formula (`explainer`, `gradients`)."""

from __future__ import annotations

from typing import Final

import numpy as np

from mvn_symbolic.verify.contracts.calls.results import as_array
from mvn_symbolic.verify.contracts.diagnosis.mistakes import Mistake
from mvn_symbolic.verify.contracts.session import Case, Finding, Session
from mvn_symbolic.verify.contracts.truths.expected import expected

_STEP: Final = 1e-6
"""Relative: half precision has one number in a thousand or a hundred such steps, single precision a dozen in each."""
_COARSE: Final = 0.05
"""Of what is expected: some roundings of the coarsest half precision, of eight bits, in a sum."""
_MOST: Final = 6
"""Cases that are asked again."""


def half_precision(session: Session) -> list[Mistake]:
    """Name results near the truth that a small change of an argument does not move at all.

    Chance moves a number in half precision over its next rounding at one case in a hundred; one in four may.
    """
    seen = session.evidence.values
    cases = [c for c in session.cases if c.ordinary and c.name in seen and c.name != "standard normal"][:_MOST]
    if not cases or session.contract.up_to_constant:
        return []
    for case in cases:
        got, want = seen[case.name][0], expected(session, case).value
        # of a sum of several terms each is rounded: `wrong` is 2e-5 of their sizes
        size = expected(session, case).wrong / 2e-5
        if got is None or not np.all(np.abs(got - want) <= _COARSE * size):
            return []
    rng = np.random.default_rng(len(cases))
    for role in session.fn.order:
        still = sum(_stays(session, case, role, rng) for case in cases)
        moves = sum(not _stays(session, case, role, rng, 0.3) for case in cases)
        if min(still, moves) >= 0.75 * len(cases):
            text = f"it computes in half precision inside: {role} moves by {_STEP:g} of itself, and nothing changes"
            return [Mistake("half_precision", text)]
    return []


def _stays(session: Session, case: Case, role: str, rng: np.random.Generator, step: float = _STEP) -> bool:
    """Whether the result is the same to the last bit when every number of an argument grows by this share of it."""
    if role not in case.arrays or role == "mask":
        return False
    signs = rng.choice([-1.0, 1.0], size=case.arrays[role].shape) if step == _STEP and role != "scale" else 1.0
    moved = {**case.arrays, role: case.arrays[role] * (1 + step * signs)}
    one, two = (as_array(session.fn(arrays).result) for arrays in (case.arrays, moved))
    return one is not None and two is not None and np.array_equal(one, two)


def _same(one: np.ndarray, two: np.ndarray) -> bool:
    size = np.abs(one).max(initial=0.0)
    return bool(size > 0 and np.all(np.abs(one - two) <= 1e-6 * size))


def _gradient(session: Session, case: Case, role: str, weights: np.ndarray) -> np.ndarray:
    return (session.fn.differentiate(case.arrays, weights).gradients or {}).get(role, np.zeros(0))


def _clipped(session: Session, case: Case, role: str, share: float = 1e-4) -> bool:
    """Whether a small share of the upstream gradient gives that share of the right gradient."""
    truth = expected(session, case)
    if role not in truth.gradients:
        return False
    got = _gradient(session, case, role, share * truth.upstream)
    limit = share * truth.gradients_wrong[role]
    return got.shape == truth.gradients[role].shape and bool(
        np.all(np.abs(got - share * truth.gradients[role]) <= limit)
    )


def _mixed(session: Session, case: Case, role: str) -> bool:
    """Whether it does not matter which sample has which upstream gradient."""
    weights = expected(session, case).upstream
    if not weights.ndim:
        return False
    one, two, three = (_gradient(session, case, role, w) for w in (weights, weights[::-1].copy(), 3 * weights))
    return one.size > 0 and _same(one, two) and not _same(one, three)


def upstream_ignored(session: Session, failed: list[Finding]) -> list[Mistake]:
    """Name gradients that stay what they are when what comes from above is tripled."""
    roles = list(dict.fromkeys(f.gradient_of for f in failed if f.gradient_of))
    cases = [c for c in session.cases if c.ordinary and c.name in session.evidence.gradients][:3]
    if session.contract.kind != "value" or not session.fn.library.differentiates or not cases:
        return []
    left = set(roles)
    if clipped := {r for r in roles if all(_clipped(session, case, r) for case in cases)}:
        text = (
            f"the gradient by {', '.join(r for r in roles if r in clipped)} is clipped: it is right where it is small"
        )
        return [Mistake("gradient_clipped", text)]
    if mixed := {r for r in roles if all(_mixed(session, case, r) for case in cases if case.batch[:1] > (1,))}:
        named = ", ".join(r for r in roles if r in mixed)
        text = (
            f"in the gradient by {named} the upstream gradients of all samples are added up, not each sample's own used"
        )
        if any(case.batch[:1] > (1,) and expected(session, case).upstream.ndim for case in cases):
            return [Mistake("upstream_mixed_over_batch", text)]
    for case in cases:
        weights = expected(session, case).upstream
        one, two = (session.fn.differentiate(case.arrays, times * weights).gradients or {} for times in (1.0, 3.0))
        left &= {r for r in roles if r in one and r in two and _same(one[r], two[r])}
    if not left:
        return []
    by = "" if left == set(roles) and len(roles) > 1 else f" by {', '.join(r for r in roles if r in left)}"
    text = f"the gradient{by} is not multiplied with the upstream gradient: its backward pass ignores what it is given"
    return [Mistake("upstream_ignored", text)]
