"""Lives here: right numbers that are summed or averaged along other axes than promised, axis by axis.
May not live here: reductions that have a name (`mistakes.REDUCED`), wrong numbers (`explainer`, `families`)."""

from __future__ import annotations

import itertools
from typing import Final

import numpy as np

from mvn_symbolic.verify.contracts import textbook
from mvn_symbolic.verify.contracts.contract import Contract
from mvn_symbolic.verify.contracts.diagnosis.explainer import Explainer
from mvn_symbolic.verify.contracts.diagnosis.mistakes import Mistake
from mvn_symbolic.verify.contracts.truths.arguments import masked

_WAYS: Final = ("kept", "summed", "averaged")
_MOST: Final = 5
"""Axes in all: each more makes three times as many ways."""


def summed(numbers: np.ndarray, ways: tuple[str, ...]) -> np.ndarray:
    """Sum and average numbers along their axes, as said of each."""
    averaged = tuple(axis for axis, way in enumerate(ways) if way == "averaged")
    over = tuple(axis for axis, way in enumerate(ways) if way != "kept")
    count = np.prod([numbers.shape[axis] for axis in averaged])
    return np.asarray(numbers.sum(axis=over) / max(count, 1))


def by_axes(explainer: Explainer) -> list[Mistake]:
    """Return the sums and means along axes that agree with the function at every case, as one mistake; or nothing."""
    contract = explainer.contract
    if not contract.diagonal or contract.up_to_constant or contract.reduction == "masked_mean":
        return []
    true = [contract.factor * masked(contract, a, textbook.value(contract, a)) for _, a, _ in explainer.cases]
    axes = true[0].ndim
    if axes > _MOST:
        return []
    for ways in itertools.product(_WAYS, repeat=axes):
        pairs = ((summed(numbers, ways), got) for numbers, (_, _, got) in zip(true, explainer.cases, strict=True))
        if all(want.shape == got.shape and _near(got, want, explainer.tolerance) for want, got in pairs):
            return [Mistake("reduction_by_axes", _words(contract, ways))]
    return []


def _near(got: np.ndarray, want: np.ndarray, tolerance: float) -> bool:
    # tens of terms of either sign are added up
    return bool(np.all(np.abs(got - want) <= 10 * tolerance * (1 + np.abs(want).max(initial=0.0))))


def _words(contract: Contract, ways: tuple[str, ...]) -> str:
    said = []
    for way in _WAYS:
        axes = [str(axis) for axis, done in enumerate(ways) if done == way]
        if axes:
            one = len(axes) == 1
            said.append(f"{'axis' if one else 'axes'} {', '.join(axes)} {'is' if one else 'are'} {way}")
    return f"{', '.join(said)}, where {contract.reduction} is promised"
