"""Lives here: the mistake in a wrong gradient of a promised expression: detached, a factor, a convention, a mutant's.
May not live here: the decision whether a gradient is wrong (the judges)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from mvn_symbolic.verify.contracts.diagnosis.expressions import all_mutants
from mvn_symbolic.verify.contracts.diagnosis.mistakes import Mistake
from mvn_symbolic.verify.contracts.session import Case, Finding, Session
from mvn_symbolic.verify.contracts.symbolic.values import slopes, values
from mvn_symbolic.verify.contracts.truths.arguments import comparable, structure_of
from mvn_symbolic.verify.contracts.truths.expected import expected
from mvn_symbolic.verify.contracts.truths.promised import contracted, weights

_Change = Callable[[np.ndarray, np.ndarray], np.ndarray]


def _eye(matrix: np.ndarray) -> np.ndarray:
    return np.eye(matrix.shape[-1])


_ANY: Final[dict[str, tuple[str, _Change]]] = {
    "sign": ("has the wrong sign", lambda g, _: -g),
    "doubled": ("is doubled", lambda g, _: 2 * g),
    "halved": ("is halved", lambda g, _: g / 2),
    "times_argument": ("is multiplied with the argument: the chain rule is applied once too often", lambda g, x: g * x),
    "over_argument": ("is divided by the argument: the chain rule is missing", lambda g, x: g / x),
    "for_square": ("is that by the square of the argument", lambda g, x: g / (2 * x)),
    "for_root": ("is that by the root of the argument", lambda g, x: 2 * g * np.sqrt(np.abs(x))),
    "for_exponential": ("is that by the exponential of the argument", lambda g, x: g * np.exp(-x)),
}
_SQUARE: Final[dict[str, tuple[str, _Change]]] = {
    "transposed": ("is transposed", lambda g, _: g.mT),
    "lower_convention": (
        "counts off-diagonals twice, in the lower part",
        lambda g, _: 2 * np.tril(g, -1) + _eye(g) * g,
    ),
    "upper_convention": ("counts off-diagonals twice, in the upper part", lambda g, _: 2 * np.triu(g, 1) + _eye(g) * g),
    "off_diagonals_doubled": ("counts off-diagonals twice", lambda g, _: 2 * g - _eye(g) * g),
    "only_lower": ("is cut to its lower part", lambda g, _: np.tril(g)),
    "only_diagonal": ("is cut to its diagonal", lambda g, _: _eye(g) * g),
}


def explain_gradients(session: Session, failed: list[Finding]) -> list[Mistake]:
    """Return the mistakes that wrong gradients agree with, argument by argument."""
    roles = list(dict.fromkeys(f.gradient_of for f in failed if f.gradient_of))
    observed = session.evidence.gradients
    cases = [c for c in session.cases if c.ordinary and c.name in observed]
    dead = [r for r in roles if cases and all(not np.any(observed[c.name].get(r, 1.0)) for c in cases)]
    if len(dead) == len(roles) > 1:
        return [Mistake("detached", "no gradient flows at all: the result is detached from the arguments")]
    found = [Mistake(f"{role}_detached", f"no gradient flows to {role}: it is detached") for role in dead]
    for role in roles:
        if role not in dead:
            found += _of_shape(session, role, cases, observed) or _of_mutants(session, role, cases, observed)
    return list(dict.fromkeys(found))


def _near(session: Session, role: str, got: np.ndarray, want: np.ndarray) -> bool:
    room = 1e-3 if session.evidence.single else 1e-5
    scale = np.max(np.abs(got), initial=0.0) + np.max(np.abs(want), initial=0.0)
    return got.shape == want.shape and bool(np.all(np.abs(got - want) <= room * scale))


def _of_shape(
    session: Session, role: str, cases: list[Case], observed: dict[str, dict[str, np.ndarray]]
) -> list[Mistake]:
    """Compare with what people leave out around a right gradient."""
    pairs = [
        (c, observed[c.name][role], expected(session, c).gradients[role]) for c in cases if role in observed[c.name]
    ]
    matrix = all(c.arrays[role].ndim >= len(c.batch) + 2 - (role in session.contract.shared) for c, _, _ in pairs)
    square = matrix and all(got.ndim >= 2 and got.shape[-1] == got.shape[-2] for _, got, _ in pairs)
    lower = structure_of(session.contract, role) == "lower"
    if lower and all(_near(session, role, np.tril(got), want) for _, got, want in pairs):
        return [Mistake("tril_missing", f"the gradient by {role} is not cut to the lower triangle")]
    for name, (words, change) in {**_ANY, **(_SQUARE if square else {})}.items():
        with np.errstate(all="ignore"):
            if all(
                _near(session, role, comparable_or(session, role, got), change(want, c.arrays[role]))
                for c, got, want in pairs
            ):
                return [Mistake(f"gradient_by_{role}_{name}", f"the gradient by {role} {words}")]
    for words, size in (("batch", lambda c: np.prod(c.batch)), ("event", lambda c: np.prod(c.event))):
        for phrase, power in (("not divided by", 1), ("divided by", -1)):
            if all(_near(session, role, got, want * float(size(c)) ** power) for c, got, want in pairs):
                text = f"the gradient by {role} is {phrase} the size of the {words}: it belongs to another reduction"
                return [Mistake(f"gradient_by_{role}_of_another_reduction", text)]
    return []


def comparable_or(session: Session, role: str, got: np.ndarray) -> np.ndarray:
    """Return what autograd promises of a gradient; of one written by hand, all of it."""
    return comparable(session.contract, role, got) if session.contract.kind == "value" else got


def _of_mutants(
    session: Session, role: str, cases: list[Case], observed: dict[str, dict[str, np.ndarray]]
) -> list[Mistake]:
    """Compare with the gradients of mutants: a value may be right and its gradient that of a wrong formula."""
    contract = session.contract
    with_role = [c for c in cases if role in observed[c.name] and c.name != "standard normal"]
    # small cases first: a mutant that is refuted by two coordinates is never asked at four
    order = sorted(with_role, key=lambda c: (c.event[0] < 2, c.size))[:5]
    if not order or role in contract.shared:
        return []

    def agrees(expression: object, case: Case) -> bool:
        value = values(contract, contract.promise.expression, case)
        counts = weights(contract, case, value, expected(session, case).upstream)
        slope = slopes(contract, expression, case, role)
        if slope.shape[: counts.ndim] != counts.shape or not np.all(np.isfinite(slope)):
            return False
        want = contracted(counts, slope, len(case.batch))
        return _near(session, role, comparable_or(session, role, observed[case.name][role]), want)

    for mutant in all_mutants(session):
        if session.seconds_left < 0.4:
            break
        with np.errstate(all="ignore"):
            if all(agrees(mutant.expression, case) for case in order):
                text = f"the gradient by {role} is that of a formula in which {mutant.sentence}"
                return [Mistake(f"gradient_by_{role}_{mutant.name}", text)]
    return []
