"""Floor 2: means of shares, exp(r) / (R + exp(r)) and their like, which no cubature has: abstract functions are lines.

Lives here: functions that grow by little along one direction of the noise, and a rule that is exact across it.
May not live here: a mean of anything else (`ball_reader`), a rule of the calculus.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from functools import cache
from itertools import combinations, product
from math import factorial
from typing import Any

import sympy
from flint import arb, fmpz_poly

from mvn_symbolic.errors import UnsupportedExpressionError
from mvn_symbolic.meaning.ball_reader import BallReader, agreeing, weighted
from mvn_symbolic.meaning.numbers import Grid
from mvn_symbolic.meaning.scene import Polynomial, Scene
from mvn_symbolic.notation.laws import MatrixExpectation, ScalarExpectation
from mvn_symbolic.notation.operators import FunctionValue
from mvn_symbolic.notation.parts import nodes_of

__all__ = ["LineReader", "averages_a_share", "with_lines"]

_FLAT = 2**20
"""Slopes are a millionth: a pole of the share is so far away that n nodes err by about n! / 10^(11 n)."""
_NODES = (8, 10)
_TRIED_UP_TO = 4
"""How an integrand grows with the noise does not depend on k: it is asked where it costs little."""
_MEANS = (ScalarExpectation, MatrixExpectation)
_Weighted = Iterator[tuple[arb, list[arb]]]


def with_lines(scene: Scene, seed: str) -> Scene:
    """The same scene, in which abstract functions are lines: a constant below -1, so that exp(r) < R, and slopes."""
    # a scene of its own: what is remembered of the other was read with other functions
    return Scene(scene.kind, scene.sizes, scene.values, {name: _line(f"{seed}:{name}") for name in scene.functions})


def _line(seed: str) -> Callable[[int], Polynomial]:
    @cache
    def coefficients(size: int) -> Polynomial:
        rng = random.Random(f"{seed}:{size}")
        units = [tuple(int(i == j) for j in range(size)) for i in range(size)]
        slopes = {unit: arb(rng.choice((-1, 1)) * rng.randint(4, 24)) / 8 / _FLAT for unit in units}
        return {(0,) * size: -1 - arb(rng.randint(1, 16)) / 8, **slopes}

    return coefficients


def averages_a_share(*expressions: Any) -> bool:
    """Whether the mean of an exponential of an abstract function is asked for."""
    return any(_shares(node) for node in nodes_of(*expressions) if isinstance(node, _MEANS))


def _shares(mean: Any) -> list[Any]:
    """The values of abstract functions under a mean over noise, where one of them is an exponent."""
    if not isinstance(mean, _MEANS) or len(mean.args) != 2:
        return []
    nodes = nodes_of(mean.args[0])
    if not any(isinstance(node, sympy.exp) and node.has(FunctionValue) for node in nodes):
        return []
    return sorted((node for node in nodes if isinstance(node, FunctionValue)), key=str)


class LineReader(BallReader):
    """Reads means of shares where abstract functions are lines, by points along the line and points across it."""

    def mean(self, key: Any, value: Callable[[Grid], Any], size: int, scene: Scene) -> Any:
        functions = _shares(key)
        if not functions or size != scene.size(key.args[1].shape[0]):
            return super().mean(key, value, size, scene)
        turned = _reflection(self._direction(functions, key.args[1], size, scene))

        def at(along: arb, across: list[arb]) -> Any:
            point = [along, *across]
            return value([[sum((a * b for a, b in zip(row, point, strict=True)), arb(0))] for row in turned])

        found = [
            weighted((w * v, at(x, p)) for w, x in _along(nodes) for v, p in _across(size - 1)) for nodes in _NODES
        ]
        if not agreeing(*found):
            raise UnsupportedExpressionError(f"no share of a line: {key}")
        if size <= _TRIED_UP_TO:
            (_, first), *_ = _along(_NODES[0])
            few, more = (weighted((w, at(first, p)) for w, p in rule(size - 1)) for rule in (_across, _further_across))
            if not agreeing(few, more):
                raise UnsupportedExpressionError(f"across the line no polynomial of degree 3 at most: {key}")
        return found[-1]

    def _direction(self, functions: list[Any], noise: Any, size: int, scene: Scene) -> list[arb]:
        """The direction in which the functions grow with the noise: one for all of them."""
        unit = [[arb(int(i == j)) for i in range(size)] for j in range(size)]
        still = scene.with_values({noise: [[arb(0)] for _ in range(size)]})
        moved = [scene.with_values({noise: [[entry] for entry in row]}) for row in unit]
        slopes = [[self.number(f, at) - self.number(f, still) for at in moved] for f in functions]
        growing = [slope for slope in slopes if any(entry != 0 for entry in slope)]
        if not growing:
            return unit[0]
        first = growing[0]
        for other in growing[1:]:
            if not agreeing([[a * other[0] for a in first]], [[b * first[0] for b in other]]):
                raise UnsupportedExpressionError("functions under one mean that grow in different directions")
        length = sum((entry**2 for entry in first), arb(0)).sqrt()
        return [entry / length for entry in first]


def _reflection(direction: list[arb]) -> Grid:
    """A symmetric orthogonal matrix whose first column is the direction or its opposite: Householder's."""
    sign = 1 if direction[0] >= 0 else -1
    normal = [direction[0] + sign, *direction[1:]]
    square = sum((entry**2 for entry in normal), arb(0))
    return [[int(i == j) - 2 * a * b / square for j, b in enumerate(normal)] for i, a in enumerate(normal)]


@cache
def _along(count: int) -> list[tuple[arb, arb]]:
    """The Gauss-Hermite rule for N(0, 1) as (weight, node): roots of He_n, weights (n-1)! / (n He_(n-1)^2)."""
    x = fmpz_poly([0, 1])
    before, polynomial = fmpz_poly([1]), x
    for n in range(1, count):
        before, polynomial = polynomial, x * polynomial - n * before
    nodes = [root.real for root, _ in polynomial.complex_roots()]
    return [(factorial(count - 1) / (count * _value(before, node) ** 2), node) for node in nodes]


def _value(polynomial: fmpz_poly, at: arb) -> arb:
    total = arb(0)
    for coefficient in reversed(polynomial.coeffs()):
        total = total * at + arb(coefficient)
    return total


def _across(size: int) -> _Weighted:
    """A rule for `size` standard normal numbers that is exact to degree 3."""
    if not size:
        yield arb(1), []
    for place in range(size):
        for sign in (-1, 1):
            yield arb(1) / (2 * size), [sign * arb(size).sqrt() if i == place else arb(0) for i in range(size)]


def _further_across(size: int) -> _Weighted:
    """McNamee and Stenger's rule, exact to degree 5."""
    root = arb(3).sqrt()
    yield 1 + arb(size * size - 7 * size) / 18, [arb(0)] * size
    for count, weight in ((1, arb(4 - size) / 18), (2, arb(1) / 36)):
        for places in combinations(range(size), count):
            for signs in product((-root, root), repeat=count):
                moved = dict(zip(places, signs, strict=True))
                yield weight, [moved.get(i, arb(0)) for i in range(size)]
