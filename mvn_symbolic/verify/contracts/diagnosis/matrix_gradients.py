"""Lives here: wrong gradients of laws with a matrix: a term that is multiplied with one matrix too many, or lacks one,
or reads the matrix as another.
May not live here: conventions and factors around a whole gradient (`gradients`), laws of independent coordinates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np

from mvn_symbolic.verify.contracts import textbook
from mvn_symbolic.verify.contracts.diagnosis.hypotheses import FAMILIES
from mvn_symbolic.verify.contracts.diagnosis.mistakes import READINGS, TERMS, Mistake
from mvn_symbolic.verify.contracts.layout import is_matrix
from mvn_symbolic.verify.contracts.session import Case, Session
from mvn_symbolic.verify.contracts.truths.arguments import (
    by_convention,
    comparable,
    lifted,
    masked,
    structure_of,
    widened,
)
from mvn_symbolic.verify.contracts.truths.expected import expected
from mvn_symbolic.verify.contracts.truths.products import written
from mvn_symbolic.verify.contracts.truths.truth import weight

_WHOLE: Final = "whole"
"""The name of a gradient that has no terms: a product with noise."""
_TIMES: Final = (1.0, -1.0, 0.5, -0.5, 2.0, -2.0)
_MOST: Final = 4
"""Cases that are compared; they are drawn on purpose, and the first that does not fit ends it."""


class _Seen(NamedTuple):
    """What was returned at one case, the terms of the right gradient there, and the matrices that are about."""

    case: Case
    got: np.ndarray
    terms: dict[str, np.ndarray]
    matrices: dict[str, np.ndarray]


def _t(matrix: np.ndarray) -> np.ndarray:
    return np.swapaxes(matrix, -1, -2)


def _matrices(session: Session, case: Case) -> dict[str, np.ndarray]:
    """Return the matrices of each law by what they are called in a sentence."""
    contract, found = session.contract, {}
    arrays = widened(contract, case)
    for prefix, name in contract.laws.items():
        _, raws = textbook.parts(contract, prefix, arrays)
        law = {"p_": " of p", "q_": " of q"}.get(prefix, "")
        covariance = textbook.spread(contract, prefix, raws)
        # a factor may have a negative diagonal
        factor = np.tril(raws[0]) if name == "scale_tril" else np.linalg.cholesky(covariance)
        found[f"L{law}"], found[f"Sigma{law}"] = factor, covariance
        found[f"L^-1{law}"], found[f"Sigma^-1{law}"] = np.linalg.inv(factor), np.linalg.inv(covariance)
        if name in ("low_rank", "scale_unit_tril"):
            diagonal = raws[1] if name == "low_rank" else raws[0]
            found[f"D{law}"] = diagonal[..., None] * np.eye(diagonal.shape[-1])
            found[f"D^-1{law}"] = np.linalg.inv(found[f"D{law}"])
    return found


def _terms(session: Session, case: Case, role: str, readings: dict[str, str]) -> dict[str, np.ndarray]:
    """Return the terms of the gradient, each entry of a matrix for itself, as they enter a right one."""
    contract = session.contract
    arrays = widened(contract, case)
    unit = np.ones(case.batch)
    weights = contract.factor * weight(contract, unit) * masked(contract, arrays, unit)
    if contract.kind == "value":
        upstream = expected(session, case).upstream
        weights = weights * upstream.reshape(upstream.shape + (1,) * (unit.ndim - upstream.ndim))
    slopes = textbook.term_gradients(contract, arrays, role, None, readings)
    true = textbook.COEFFICIENTS[contract.base]
    return {n: true[n] * slope * lifted(contract, role, weights, slope.ndim) for n, slope in slopes.items()}


def _whole(session: Session, case: Case, role: str) -> dict[str, np.ndarray]:
    if session.contract.quantity.startswith("vjp"):
        return {_WHOLE: written(session, case)[0][role]}
    # above the diagonal of a factor too: a product with a matrix brings it down
    full = {prefix: "full_factor" for prefix, name in session.contract.laws.items() if name == "scale_tril"}
    return _terms(session, case, role, full)


def _products(term: np.ndarray, matrices: dict[str, np.ndarray], matrix: bool) -> Iterator[tuple[str, np.ndarray]]:
    """Yield what people make of a term with one matrix, and how that is said."""
    if not matrix:
        for name, one in matrices.items():
            yield f"is multiplied with {name}", (one @ term[..., None])[..., 0]
            yield f"is multiplied with the transposed {name}", (_t(one) @ term[..., None])[..., 0]
        return
    square = term.shape[-1] == term.shape[-2]
    if square:
        yield "is transposed", _t(term)
    for name, one in matrices.items():
        for said, each in ((name, one), (f"the transposed {name}", _t(one))):
            yield f"is multiplied from the left with {said}", each @ term
            if square:
                yield f"is multiplied from the right with {said}", term @ each
                yield f"is multiplied from both sides with {said}", each @ term @ _t(each)


def _finished(session: Session, role: str, gradient: np.ndarray) -> np.ndarray:
    """Return a gradient as the contract asks for it."""
    return by_convention(session.contract, role, comparable(session.contract, role, gradient))


def _candidates(session: Session, role: str, seen: _Seen) -> Iterator[tuple[str, str, str, np.ndarray]]:
    """Yield name, term, words and the whole gradient with that mistake."""
    contract = session.contract
    matrix = is_matrix(*contract.part_of(role))
    total = sum(seen.terms.values(), np.zeros(()))
    options = {**seen.terms, **({_WHOLE: total} if len(seen.terms) > 1 else {})}
    for term, right in options.items():
        if not np.any(right):
            continue
        for words, product in _products(right, seen.matrices, matrix):
            for times in _TIMES:
                also = "" if times == 1 else f" and with {times:g}"
                yield "multiplied", term, words + also, total - right + times * product
    if contract.quantity.startswith("vjp"):
        return
    for prefix, name in contract.laws.items():
        for reading in FAMILIES.get(name, ()):
            if not (role.startswith(prefix) if prefix else True):
                continue
            try:
                read = _terms(session, seen.case, role, {prefix: reading})
            except np.linalg.LinAlgError:
                continue
            said = READINGS.get(reading, f"a {reading}")
            for term in seen.terms:
                yield f"read_as_{reading}", term, f"reads it as {said}", total - seen.terms[term] + read[term]
            yield f"read_as_{reading}", _WHOLE, f"reads it as {said}", sum(read.values(), np.zeros(()))


def _fits(session: Session, role: str, got: np.ndarray, wrong: np.ndarray) -> bool:
    room = 1e-3 if session.evidence.single else 1e-5
    options = [_finished(session, role, wrong)]
    if structure_of(session.contract, role):
        options.append(wrong)
    return any(
        want.shape == got.shape and bool(np.all(np.abs(got - want) <= room * (np.abs(want).max(initial=0.0) + 1e-300)))
        for want in options
    )


def from_matrices(session: Session, role: str, observed: dict[str, dict[str, np.ndarray]]) -> list[Mistake]:
    """Name a wrong gradient in which one matrix is missing, or too much, in one term or around all of it."""
    contract = session.contract
    plain = contract.base in textbook.COEFFICIENTS and contract.base != "std"
    if (
        contract.diagonal
        or role in contract.shared
        or "packed" in role
        or not (plain or contract.quantity == "vjp_rsample")
    ):
        return []
    cases = [c for c in session.cases if c.ordinary and c.name in observed and role in observed[c.name]]
    # of one coordinate most of it is the same; where everything is one, too
    wide = [c for c in cases if c.event and c.event[-1] > 1 and c.name != "standard normal"][:_MOST]
    left: dict[tuple[str, str, str], None] | None = None
    with np.errstate(all="ignore"):
        for case in wide:
            try:
                seen = _Seen(case, observed[case.name][role], _whole(session, case, role), _matrices(session, case))
            except (np.linalg.LinAlgError, KeyError):
                return []
            agreeing = {
                (name, term, words): None
                for name, term, words, wrong in _candidates(session, role, seen)
                if (left is None or (name, term, words) in left) and _fits(session, role, seen.got, wrong)
            }
            left = agreeing if left is None else {key: None for key in left if key in agreeing}
            if not left or session.seconds_left < 0.3:
                return []
    for name, term, words in left or ():
        start = f"the gradient by {role}" if term == _WHOLE else f"in the gradient by {role}, {TERMS[term]}"
        label = f"gradient_by_{role}_{name}" if term == _WHOLE else f"gradient_by_{role}_{term}_{name}"
        return [Mistake(label, f"{start} {words}")]
    return []
