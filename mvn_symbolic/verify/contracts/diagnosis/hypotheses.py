"""Lives here: what a function may have done, as hypotheses: misread arguments, exchanged laws, another reduction.
May not live here: whether a function agrees with one of them (`explainer`), wrong terms (`mistakes`)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from mvn_symbolic.verify.contracts import textbook
from mvn_symbolic.verify.contracts.contract import DIAGONAL, REDUCTIONS, Contract
from mvn_symbolic.verify.contracts.joint import joined, parted
from mvn_symbolic.verify.contracts.layout import raw_as

EXCHANGED = "mean_and_scale_exchanged"
INTERLEAVED = "packed_interleaved"
PLAIN = ("", *REDUCTIONS)
"""Reductions that contracts know; an empty one is the promised one."""


FAMILIES: Final = {
    "scale_tril": (
        "full_factor",
        "transposed_factor",
        "diagonal_of_factor",
        "factor_as_covariance",
        "product_as_factor",
    ),
    "covariance": ("covariance_as_lower_factor", "diagonal_of_covariance", "covariance_as_factor", "precision"),
    "precision": ("covariance", "diagonal_of_covariance", "diagonal_of_precision", "covariance_as_factor"),
    "low_rank": ("low_rank_diag_as_std", "low_rank_without_diag", "low_rank_without_factor"),
    "log_cholesky": (
        "filled_row_by_row",
        "packed_row_by_row",
        "diagonal_without_exp",
        "diagonal_by_softplus",
        "diagonal_as_log_variances",
    ),
    "scale_unit_tril": ("unit_tril_times_scale", "unit_tril_times_variance", "unit_tril_alone"),
}
"""What the raw parameters of a matrix may be read as, in formulas and in samplers alike."""


@dataclass(frozen=True)
class Hypothesis:
    """What a function may have done: how arguments are read, which law is first, which reduction, which wrong terms."""

    readings: tuple[tuple[str, str], ...] = ()
    swapped: bool = False
    reduction: str = ""
    replaced: tuple[tuple[str, str], ...] = ()
    unmasked: bool = False

    @property
    def changes(self) -> int:
        """How many things are other than promised."""
        same = len({reading for _, reading in self.readings}) == 1
        read = 1 if same else len(self.readings)
        return read + self.swapped + bool(self.reduction) + len(self.replaced) + self.unmasked


def readings_of(contract: Contract) -> list[tuple[tuple[str, str], ...]]:
    """List the ways in which raw parameters may be read, by the prefix of their law; right first."""
    options: list[tuple[tuple[str, str], ...]] = [()]
    by_law = {}
    for prefix, name in contract.laws.items():
        own = raw_as(name)
        if name in DIAGONAL:
            others = [r for r in textbook.VARIANCES if r != own]
        else:
            others = list(FAMILIES[name])
        by_law[prefix] = others
    for prefix, others in by_law.items():
        options += [((prefix, other),) for other in others]
    if len(by_law) == 2 and len(set(contract.laws.values())) == 1:
        options += [(("p_", other), ("q_", other)) for other in by_law["p_"]]
    if contract.diagonal and not set(contract.roles).isdisjoint({"mean", "packed", "p_mean", "p_packed"}):
        options.append(tuple((prefix, EXCHANGED) for prefix in contract.laws))
        options += [((prefix, EXCHANGED),) for prefix in contract.laws if len(contract.laws) > 1]
    if set(contract.laws.values()) == {"packed"}:
        options.append(tuple((prefix, INTERLEAVED) for prefix in contract.laws))
    return options


def hypotheses(contract: Contract, reductions: list[str], most: int) -> Iterator[Hypothesis]:
    """Yield hypotheses of at most so many changes; wrong terms by the number of what stands in their place."""
    most_variants = 64
    swaps = (False, True) if contract.base == "kl_divergence" else (False,)
    for readings, swapped, reduction in itertools.product(readings_of(contract), swaps, reductions):
        for unmasked in (False, True) if contract.mask else (False,):
            plain = Hypothesis(readings, swapped, reduction, (), unmasked)
            if plain.changes <= most:
                yield plain
            if plain.changes + 1 <= most:
                for term in textbook.COEFFICIENTS[contract.base]:
                    for number in range(most_variants if term != "const" else 1):
                        yield Hypothesis(readings, swapped, reduction, ((term, str(number)),), unmasked)


def exchanged(contract: Contract, arrays: dict[str, np.ndarray], h: Hypothesis) -> dict[str, np.ndarray]:
    """Return the arguments with mean and scale exchanged where the hypothesis says so."""
    out, axis = dict(arrays), contract.packed_axis
    for prefix, reading in h.readings:
        packs = contract.laws[prefix] == "packed"
        if reading == INTERLEAVED:
            both = np.moveaxis(arrays[prefix + "packed"], axis, 0)
            out[prefix + "packed"] = np.moveaxis(np.concatenate([both[0::2], both[1::2]]), 0, axis)
        elif reading == EXCHANGED and packs:
            out[prefix + "packed"] = joined(*parted(arrays[prefix + "packed"], axis)[::-1], axis)
        elif reading == EXCHANGED:
            out[prefix + "mean"], out[prefix + "scale"] = arrays[prefix + "scale"], arrays[prefix + "mean"]
    return out
