"""Lives here: how questions are answered in jets and in arrays: means by cubature, slopes by differences and steps.
May not live here: rules of the calculus: a question is read by its definition in `meaning`, or refused."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from itertools import combinations, pairwise
from typing import Any, Final

import numpy as np
from flint import arb

from mvn_symbolic.errors import UnsupportedExpressionError
from mvn_symbolic.meaning import dense
from mvn_symbolic.meaning.numbers import Grid
from mvn_symbolic.meaning.questions import QuestionReader
from mvn_symbolic.meaning.scene import Scene
from mvn_symbolic.notation.structure import tags_of
from mvn_symbolic.verify.contracts.symbolic.arrays import STEP
from mvn_symbolic.verify.contracts.symbolic.jets import Jet

DEGREES: Final = (3, 5, 7, 9)
"""Degrees of the polynomials a cubature is exact for: 2k nodes, 2k^2 + 1 (Stroud 1971, E_n^r2), and products."""
_DIFFERENCE: Final = Fraction(1, 10**40)
"""A central difference is off by a sixth of the third derivative times its square: 80 digits below."""
_AGREE: Final = arb("1e-40")


def _lines(nodes: int) -> list[tuple[arb, arb]]:
    """Gauss-Hermite for N(0, 1) with 4 or 5 nodes: exact to degree 7 and 9."""
    if nodes == 4:
        root = arb(6).sqrt()
        halves, centre = [((3 - root).sqrt(), (3 + root) / 12), ((3 + root).sqrt(), (3 - root) / 12)], []
    else:
        root = arb(10).sqrt()
        halves = [((5 - root).sqrt(), (7 + 2 * root) / 60), ((5 + root).sqrt(), (7 - 2 * root) / 60)]
        centre = [(arb(0), arb(8) / 15)]
    return [*centre, *halves, *((-node, weight) for node, weight in halves)]


def rule(degree: int, size: int) -> list[tuple[arb, list[arb]]]:
    """Return weights and nodes of a cubature over N(0, I) that is exact for polynomials of a degree in `DEGREES`."""
    if size == 0:
        return [(arb(1), [])]
    zero = [arb(0)] * size

    def at(*entries: tuple[int, arb]) -> list[arb]:
        point = list(zero)
        for place, entry in entries:
            point[place] = entry
        return point

    if degree == 3:
        far = arb(size).sqrt()
        return [(arb(1) / (2 * size), at((i, s * far))) for i in range(size) for s in (1, -1)]
    if degree == 5:
        far, near = arb(size + 2).sqrt(), (arb(size + 2) / 2).sqrt()
        found = [(arb(2) / (size + 2), zero)]
        axis, pair = arb(4 - size) / (2 * (size + 2) ** 2), arb(1) / (size + 2) ** 2
        found += [(axis, at((i, s * far))) for i in range(size) for s in (1, -1)]
        signs = [(s, t) for s in (1, -1) for t in (1, -1)]
        return found + [
            (pair, at((i, s * near), (j, t * near))) for i, j in combinations(range(size), 2) for s, t in signs
        ]
    found = [(arb(1), [])]
    for _ in range(size):
        found = [(w * v, [*p, x]) for w, p in found for x, v in _lines(4 if degree == 7 else 5)]
    return found


class _Reader(QuestionReader):
    """Means are taken by the cubature that `trusted` names, question by question; `trust` finds it out."""

    def __init__(self, trusted: dict[Any, int]) -> None:
        super().__init__()
        self.trusted = trusted

    def degree(self, key: Any) -> int:
        return self.trusted.get(key, DEGREES[-1])


class JetReader(_Reader):
    """Reads one sample in balls with slopes; what is read twice with the same numbers is kept.

    With ``trust`` it compares cubatures and notes the cheapest that is exact.
    """

    def __init__(self, trusted: dict[Any, int], trust: bool = False) -> None:
        super().__init__(trusted)
        self.trust = trust
        self._kept: dict[Any, tuple[Any, Any]] = {}
        self._used: dict[Any, list[Any]] = {}

    def read(self, expr: Any, scene: Scene) -> Any:
        if not getattr(expr, "is_MatMul", False) and type(expr).__name__ not in ("Let", "Inverse"):
            return super().read(expr, scene)
        if expr not in self._used:
            self._used[expr] = sorted(expr.free_symbols, key=str)
        used = [scene.values[s] for s in self._used[expr] if s in scene.values]
        key = expr, *map(id, used)
        if key not in self._kept:
            # the values are kept too: an id is unique only while its object lives
            self._kept[key] = super().read(expr, scene), used
        return self._kept[key][0]

    def partial(self, value: Callable[[Scene], Any], symbol: Any, cell: tuple[int, int], scene: Scene) -> Any:
        step = scene.kind.rational(_DIFFERENCE)
        mirrored = "symmetric" in tags_of(symbol) and cell[0] != cell[1]
        ends = [
            value(_moved(scene, symbol, cell, sign * step))
            for sign in (scene.kind.rational(1), -scene.kind.rational(1))
        ]
        return dense.combined(lambda a, b: (a - b) / (step * (4 if mirrored else 2)), *ends)

    def along(self, value: Callable[[Scene], Any], directions: dict[Any, Any], scene: Scene) -> Any:
        raise UnsupportedExpressionError("a differential needs tangents, which no function takes: promise a gradient")

    def mean(self, key: Any, value: Callable[[Grid], Any], size: int, scene: Scene) -> Any:
        if not self.trust or key in self.trusted:
            return self._average(value, self.degree(key), size)
        previous = self._average(value, DEGREES[0], size)
        for known, degree in pairwise(DEGREES):
            current = self._average(value, degree, size)
            if all(_near(a, b) for a, b in zip(dense.entries(previous), dense.entries(current), strict=True)):
                self.trusted[key] = known
                return previous
            previous = current
        raise UnsupportedExpressionError(f"an integrand is no polynomial of degree at most 7 in the noise: {key}")

    def _average(self, value: Callable[[Grid], Any], degree: int, size: int) -> Any:
        total: Any = None
        for weight, node in rule(degree, size):
            found = value([[Jet(x)] for x in node])
            part = dense.combined(partial(_weighted, Jet(weight)), found, found)
            total = part if total is None else dense.combined(lambda a, b: a + b, total, part)
        return total


class ArrayReader(_Reader):
    """Reads in arrays: the nodes of a cubature are one more axis in front."""

    def __init__(self, trusted: dict[Any, int], batch_ndim: int) -> None:
        super().__init__(trusted)
        self._ndim = batch_ndim

    def partial(self, value: Callable[[Scene], Any], symbol: Any, cell: tuple[int, int], scene: Scene) -> Any:
        mirrored = "symmetric" in tags_of(symbol) and cell[0] != cell[1]
        weight = 0.5 if mirrored else 1.0
        if any(np.iscomplexobj(entry) for grid in scene.values.values() for entry in dense.entries(grid)):
            # inside another derivative: differences are good enough for what arrays are used for
            ends = [value(_moved(scene, symbol, cell, sign * 1e-5)) for sign in (1.0, -1.0)]
            return dense.combined(lambda a, b: weight * (a - b) / 2e-5, *ends)
        moved = value(_moved(scene, symbol, cell, 1j * STEP))
        return dense.combined(lambda a, _: weight * np.imag(a) / STEP, moved, moved)

    def along(self, value: Callable[[Scene], Any], directions: dict[Any, Any], scene: Scene) -> Any:
        raise UnsupportedExpressionError("a differential needs tangents, which no function takes: promise a gradient")

    def mean(self, key: Any, value: Callable[[Grid], Any], size: int, scene: Scene) -> Any:
        nodes = rule(self.degree(key), size)
        shape = (len(nodes),) + (1,) * self._ndim
        weights = np.array([float(w) for w, _ in nodes])
        grid = [[np.array([float(node[i]) for _, node in nodes]).reshape(shape)] for i in range(size)]
        self._ndim += 1
        try:
            found = value(grid)
        finally:
            self._ndim -= 1
        full = self._ndim + 1

        def average(entry: Any, _: Any) -> Any:
            if np.ndim(entry) < full or np.shape(entry)[0] == 1:
                return entry if np.ndim(entry) < full else entry[0]
            return np.tensordot(weights, entry, axes=(0, 0))

        return dense.combined(average, found, found)


def _weighted(weight: Jet, entry: Any, _: Any) -> Any:
    return weight * entry


def _moved(scene: Scene, symbol: Any, cell: tuple[int, int], step: Any) -> Scene:
    i, j = cell
    whole = scene.values[symbol]
    if not isinstance(whole, list):
        return scene.with_values({symbol: whole + step})
    grid = [list(row) for row in whole]
    grid[i][j] = grid[i][j] + step
    if "symmetric" in tags_of(symbol) and i != j:
        grid[j][i] = grid[j][i] + step
    return scene.with_values({symbol: grid})


def _near(left: Any, right: Any) -> bool:
    a, b = (x.value if isinstance(x, Jet) else arb(x) for x in (left, right))
    return bool(abs(a - b) < _AGREE * (1 + abs(a)))
