"""Lives here: terms of a right formula that mix samples, escape the mask or count something else, found by a fit.
May not live here: other wholes, what is done around a formula (`families`), terms that are wrong (`mistakes`)."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Final

import numpy as np

from mvn_symbolic.verify.contracts import textbook
from mvn_symbolic.verify.contracts.contract import Contract
from mvn_symbolic.verify.contracts.diagnosis.explainer import Explainer, balanced
from mvn_symbolic.verify.contracts.diagnosis.mistakes import REDUCED, TERMS, Mistake
from mvn_symbolic.verify.contracts.diagnosis.moved import moves
from mvn_symbolic.verify.contracts.session import Case
from mvn_symbolic.verify.contracts.truths.arguments import masked

Arrays = dict[str, np.ndarray]
Change = Callable[[Contract, Case, Arrays, np.ndarray], np.ndarray]


def _over_batch(how: str) -> Change:
    def changed(contract: Contract, case: Case, arrays: Arrays, numbers: np.ndarray) -> np.ndarray:
        axes = tuple(range(contract.batch_ndim))
        inside = masked(contract, arrays, numbers)
        return np.broadcast_to(getattr(inside, how)(axis=axes, keepdims=True), numbers.shape)

    return changed


def _first(contract: Contract, case: Case, arrays: Arrays, numbers: np.ndarray) -> np.ndarray:
    return np.broadcast_to(numbers[:1], numbers.shape) if contract.batch_ndim else numbers


def _another(contract: Contract, case: Case, arrays: Arrays, numbers: np.ndarray) -> np.ndarray:
    return masked(contract, arrays, numbers[::-1]) if contract.batch_ndim else numbers


def _free(contract: Contract, case: Case, arrays: Arrays, numbers: np.ndarray) -> np.ndarray:
    return numbers


def _other_mask(contract: Contract, case: Case, arrays: Arrays, numbers: np.ndarray) -> np.ndarray:
    return masked(contract, {**arrays, "mask": 1 - arrays["mask"]}, numbers)


def _per_mask(contract: Contract, case: Case, arrays: Arrays, numbers: np.ndarray) -> np.ndarray:
    return masked(contract, arrays, numbers) / max(float(arrays["mask"].sum()), 1.0)


def _per_mean_of_mask(contract: Contract, case: Case, arrays: Arrays, numbers: np.ndarray) -> np.ndarray:
    return masked(contract, arrays, numbers) / max(float(arrays["mask"].mean()), 1e-300)


def _above_its_sum(contract: Contract, case: Case, arrays: Arrays, numbers: np.ndarray) -> np.ndarray:
    return numbers / max(float(arrays["mask"].sum()), 1.0)


def _by_sequence(contract: Contract, case: Case, arrays: Arrays, numbers: np.ndarray) -> np.ndarray:
    mask = arrays["mask"]
    counts = mask.sum(axis=tuple(range(1, mask.ndim)), keepdims=True)
    return masked(contract, {**arrays, "mask": mask / np.maximum(counts, 1)}, numbers, "sum") / len(mask)


def _coordinate_shift(contract: Contract, case: Case, arrays: Arrays, numbers: np.ndarray) -> np.ndarray:
    return np.roll(numbers, 1, axis=-1) if contract.diagonal else numbers


def _batch_size(contract: Contract, case: Case, arrays: Arrays, numbers: np.ndarray) -> np.ndarray:
    share = max(int(np.prod(case.event)), 1) if contract.diagonal else 1
    return np.full(numbers.shape, (case.batch[0] if case.batch else 1) / share)


def _per_event(contract: Contract, case: Case, arrays: Arrays, numbers: np.ndarray) -> np.ndarray:
    return numbers / max(int(np.prod(case.event)), 1)


def _per_event_squared(contract: Contract, case: Case, arrays: Arrays, numbers: np.ndarray) -> np.ndarray:
    return numbers * int(np.prod(case.event))


def _columns(contract: Contract, case: Case, arrays: Arrays, numbers: np.ndarray) -> np.ndarray:
    return _per_event(contract, case, arrays, numbers) * arrays["factor"].shape[-1]


def _without_last(contract: Contract, case: Case, arrays: Arrays, numbers: np.ndarray) -> np.ndarray:
    places = np.arange(numbers.shape[-1] if numbers.ndim else 0)
    return masked(contract, arrays, numbers * (places < len(places) - 1)) if contract.diagonal else numbers


FAMILIES: Final[dict[str, tuple[Change, str]]] = {
    "summed_over_batch": (_over_batch("sum"), "is summed over the batch: samples are mixed"),
    "averaged_over_batch": (_over_batch("mean"), "is averaged over the batch: samples are mixed"),
    "of_the_first_sample": (_first, "is that of the first sample"),
    "of_another_sample": (_another, "is that of another sample"),
    "without_last_coordinate": (_without_last, "lacks the last coordinate"),
    "of_another_coordinate": (_coordinate_shift, "is that of another coordinate"),
    "averaged_over_event": (_per_event, "is averaged over the event where the sum is meant"),
    "times_event_size": (_per_event_squared, "is multiplied with the size of the event once more"),
}
COLUMNS: Final[dict[str, tuple[Change, str]]] = {
    "counts_columns": (_columns, "counts columns of the low-rank factor, not coordinates"),
}
MASKS: Final[dict[str, tuple[Change, str]]] = {
    "not_masked": (_free, "is not masked"),
    "not_masked_above_the_sum": (_above_its_sum, "is not masked, and divided by the sum of the mask"),
    "averaged_by_sequence": (_by_sequence, "is averaged over each sequence by its own mask, and then over sequences"),
    "with_mask_inverted": (_other_mask, "is taken where the mask is zero"),
    "divided_by_mask": (_per_mask, "is divided by the sum of the mask"),
    "divided_by_mean_of_mask": (_per_mean_of_mask, "is divided by the mean of the mask"),
}


def is_close(got: np.ndarray, want: np.ndarray, tolerance: float) -> bool:
    """Whether numbers agree, relative to their own sizes and a little of the others'."""
    scale = np.abs(got) + np.abs(want)
    scale = scale + 1e-3 * np.median(scale) + 1e-300
    return bool(np.all(np.isfinite(want)) and np.max(np.abs(got - want) / scale) < tolerance)


def reduced_by(contract: Contract, reduction: str, numbers: np.ndarray) -> np.ndarray:
    """Reduce numbers as the contract, or a hypothesis, says, to one axis."""
    return np.ravel(REDUCED[reduction or contract.reduction](numbers, contract.batch_ndim))


def _batch_size_for_dimension(explainer: Explainer, reduction: str) -> list[Mistake]:
    """Name a constant that counts samples; a part of it may still count coordinates."""
    contract = explainer.contract
    if "const" not in textbook.COEFFICIENTS[contract.base]:
        return []
    changed = [
        {"const": _batch_size(contract, c, a, textbook.terms(contract, a)["const"])} for c, a, _ in explainer.cases
    ]
    fitted = _fitted(explainer, reduction, changed)
    if fitted is None:
        return []
    ratios, moved = fitted
    whole = abs(ratios["const"] + moved["const"] - 1) < 1e-2 < abs(moved["const"])
    if whole and all(abs(ratio - 1) < 1e-2 for n, ratio in ratios.items() if n != "const"):
        return [Mistake("batch_size_for_dimension", "the constant counts samples, not coordinates")]
    return []


def _fitted(
    explainer: Explainer, reduction: str, changed: list[Arrays]
) -> tuple[dict[str, float], dict[str, float]] | None:
    """Fit every term, and every term as changed, to all cases: what each counts, in units of what it should."""
    contract = explainer.contract
    base = textbook.COEFFICIENTS[contract.base]
    names = list(changed[0])
    rows, target = [], []
    for (_, arrays, got), others in zip(explainer.cases, changed, strict=True):
        terms = textbook.terms(contract, arrays)
        plain = [reduced_by(contract, reduction, masked(contract, arrays, terms[n])) for n in base]
        moved = [reduced_by(contract, reduction, others[n]) for n in names]
        rows.append(np.stack([*plain, *moved], axis=-1))
        target.append(got.ravel())
    matrix, y = np.concatenate(rows), np.concatenate(target)
    # what nothing was done to tells nothing
    other = [
        i for i in range(len(names)) if not np.allclose(matrix[:, len(base) + i], matrix[:, list(base).index(names[i])])
    ]
    matrix = matrix[:, [*range(len(base)), *(len(base) + i for i in other)]]
    names = [names[i] for i in other]
    if not names or not np.all(np.isfinite(matrix)) or len(y) < matrix.shape[1]:
        return None
    solution = balanced(matrix, y)
    if not is_close(y, matrix @ solution, explainer.tolerance):
        return None
    ratios = {n: solution[i] / (base[n] * contract.factor) for i, n in enumerate(base)}
    moved_ = {n: solution[len(base) + i] / (base[n] * contract.factor) for i, n in enumerate(names)}
    return ratios, moved_


def _altered(explainer: Explainer, reduction: str, label: str, changed: list[Arrays], words: str) -> list[Mistake]:
    """Fit every term, and every term as changed: name those that enter only as changed."""
    fitted = _fitted(explainer, reduction, changed)
    if fitted is None:
        return []
    ratios, moved = fitted
    found = [n for n in moved if abs(moved[n] - 1) < 1e-2 and abs(ratios[n]) < 1e-2]
    kept = all(abs(r - 1) < 1e-2 and abs(moved.get(n, 0.0)) < 1e-2 for n, r in ratios.items() if n not in found)
    if not found or not kept:
        return []
    if len(found) == len(moved) and (len(found) > 1 or len(ratios) == 1):
        everything = {"with_mask_inverted": "mask_inverted", "not_masked": "mask_ignored"}.get(label, f"value_{label}")
        return [Mistake(everything, f"everything {words}")]
    return [Mistake(f"{n}_{label}", f"{TERMS[n]} {words}") for n in found]


def _all_terms(contract: Contract, case: Case, arrays: Arrays, change: Change) -> Arrays:
    return {n: change(contract, case, arrays, t) for n, t in textbook.terms(contract, arrays).items()}


def altered_terms(explainer: Explainer, reduction: str) -> list[Mistake]:
    """Return the terms that enter changed in one known way at every case, or nothing."""
    contract = explainer.contract
    families = {
        **(MASKS if contract.mask else {}),
        **FAMILIES,
        **(COLUMNS if contract.laws.get("") == "low_rank" else {}),
    }
    for label, (change, words) in families.items():
        changed = [_all_terms(contract, case, arrays, change) for case, arrays, _ in explainer.cases]
        found = _altered(explainer, reduction, label, changed, words)
        if found:
            return found
    if found := _batch_size_for_dimension(explainer, reduction):
        return found
    for label, words, terms_at in moves(contract):
        if explainer.session.seconds_left < 0.5:
            break
        with contextlib.suppress(np.linalg.LinAlgError):
            at = [{n: masked(contract, a, t) for n, t in terms_at(a).items()} for _, a, _ in explainer.cases]
            if found := _altered(explainer, reduction, label, at, words):
                return found
    return []
