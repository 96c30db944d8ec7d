"""Lives here: one unit (a coordinate, or an event) in balls: its laws from raw parameters, its quantity, its slopes.
May not live here: batches, reductions, calculus rules: slopes are differences of 800-bit balls, entry by entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from flint import arb as ball
from flint import arb_mat, ctx

from mvn_symbolic.verify.contracts.layout import GENERATED, LAYOUT, LOGARITHMIC, raw_as
from mvn_symbolic.verify.oracles import arb

_ORACLE: Final = {name: module for module, name in GENERATED.items()}
"""Parameterization -> that of the oracle, where both have it."""


def law_of(name: str, mean: arb_mat, raws: Sequence[arb_mat]) -> arb.Gaussian:
    """Return the law that raw parameters stand for.

    Parameters
    ----------
    name : str
        The parameterization.
    mean : arb_mat
        A column.
    raws : sequence of arb_mat
        Its raw parameters in the order of `layout.LAYOUT`, vectors as columns.
    """
    name = raw_as(name)
    if name in _ORACLE:
        return arb.PARAMETERIZATIONS[_ORACLE[name]](mean, *raws)
    if name == "var":
        return arb.PARAMETERIZATIONS["covariance"](mean, arb.diagonal(raws[0]))
    if name == "logstd":
        return arb.PARAMETERIZATIONS["logvar"](mean, 2 * raws[0])
    return arb.PARAMETERIZATIONS["tril"](mean, arb.diagonal(raws[0]) * raws[1])


class Unit:
    """A quantity of one unit as a function of its arguments.

    Parameters
    ----------
    function : str
        ``kl_standard_normal``, ``kl_divergence``, ``log_prob``, ``entropy`` or ``log_det``.
    laws : mapping
        Prefix -> parameterization, the first law first.
    arrays : mapping
        Arguments by role, each of the unit's own shape; ``value`` where the function has one.
    """

    def __init__(self, function: str, laws: Mapping[str, str], arrays: Mapping[str, np.ndarray]) -> None:
        self.function, self.laws, self.arrays = function, laws, arrays

    def _ask(self, given: Mapping[str, arb_mat]) -> ball:
        laws = []
        for prefix, name in self.laws.items():
            raws = [given[prefix + part] for part in LAYOUT[name]]
            laws.append(law_of(name, given[prefix + "mean"], raws))
        if self.function == "log_det":
            return laws[0].covariance.det().log()
        return arb.ANSWERS[self.function](*laws, *([given["value"]] if "value" in given else []))

    def value(self) -> float:
        """Return the quantity, rounded once."""
        with ctx.workprec(arb.VALUE_BITS):
            return float(self._ask({role: arb.exact(array) for role, array in self.arrays.items()}))

    def slopes(self) -> dict[str, np.ndarray]:
        """Return the derivative by every argument at its shape, by central differences at 1e-60 of each entry.

        They are off by a sixth of the third derivative times the square of the step: 120 digits down. A triangle gets
        zeros outside, a symmetric matrix the symmetric convention.
        """
        with ctx.workprec(arb.DERIVATIVE_BITS):
            given = {role: arb.exact(array) for role, array in self.arrays.items()}
            return {role: self._slope(given, role) for role in given}

    def _slope(self, given: dict[str, arb_mat], role: str) -> np.ndarray:
        matrix = given[role]
        out = np.zeros((matrix.nrows(), matrix.ncols()))
        largest = max((abs(float(entry)) for entry in matrix.entries()), default=0.0)
        for places in self._directions(role, matrix.nrows(), matrix.ncols()):
            size = abs(float(matrix[places[0]]))
            absolute = largest == 0 or self._name(role) in LOGARITHMIC
            step = ball(arb.STEP) if absolute else ball(arb.STEP) * ball(max(size, 1e-30 * largest))
            ends = []
            for sign in (1, -1):
                moved = arb_mat(matrix)
                for place in places:
                    moved[place] += sign * step / len(places)
                ends.append(self._ask({**given, role: moved}))
            for place in places:
                out[place] = float((ends[0] - ends[1]) / (2 * step))
        return out.reshape(np.shape(self.arrays[role]))

    def _name(self, role: str) -> str:
        """Return the parameterization that a raw argument belongs to; nothing for a mean or a value."""
        prefix = next((p for p in self.laws if p and role.startswith(p)), "")
        name = self.laws.get(prefix, "")
        return name if role.removeprefix(prefix) in LAYOUT.get(name, {}) else ""

    def _directions(self, role: str, rows: int, columns: int) -> list[tuple[tuple[int, int], ...]]:
        prefix = next((p for p in self.laws if p and role.startswith(p)), "")
        moves = LAYOUT.get(self._name(role), {}).get(role.removeprefix(prefix), "")
        places = [(i, j) for i in range(rows) for j in range(columns)]
        match moves:
            case "lower":
                return [((i, j),) for i, j in places if j <= i]
            case "strictly_lower":
                return [((i, j),) for i, j in places if j < i]
            case "symmetric":
                return [((i, j), (j, i)) for i, j in places if j <= i]
        return [(place,) for place in places]
