"""Floor 2: derivatives and expectations in balls: central differences at h = 1e-60, cubature, and letters for noise.

No calculus rule is used. Gauss-Hermite cubature is exact for the polynomial degrees it is trusted with, and says so
when not; polynomials times exponentials of quadratics are integrated one coordinate after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from functools import cache
from itertools import product
from math import prod
from typing import Any

from flint import arb, arb_mat
from sympy import exp

from mvn_symbolic.errors import UnsupportedExpressionError
from mvn_symbolic.meaning import dense
from mvn_symbolic.meaning.formal import Formal, formal_noise, mean_of
from mvn_symbolic.meaning.number_laws import moment
from mvn_symbolic.meaning.numbers import Balls, Grid
from mvn_symbolic.meaning.questions import QuestionReader
from mvn_symbolic.meaning.scene import Scene
from mvn_symbolic.notation.laws import ScalarExpectation
from mvn_symbolic.notation.random_numbers import RandomNumber
from mvn_symbolic.notation.structure import tags_of

__all__ = ["BallReader", "agreeing", "rule", "weighted"]

_STEP = Fraction(1, 10**60)
#: Of more noise than that a cubature has too many nodes.
_CUBATURE_UP_TO = 4

#: Where a polynomial in one random number is read; by its values there its mean is known up to their count less one.
_PLACES = range(-3, 5)


def rule(nodes: int) -> list[tuple[arb, arb]]:
    """The Gauss-Hermite rule for N(0, 1) with 3, 4 or 5 nodes: exact to degree 5, 7, 9."""
    if nodes == 3:
        halves = [(arb(3).sqrt(), arb(1) / 6)]
        centre = [(arb(0), arb(2) / 3)]
    elif nodes == 4:
        root = arb(6).sqrt()
        halves = [((3 - root).sqrt(), (3 + root) / 12), ((3 + root).sqrt(), (3 - root) / 12)]
        centre = []
    else:
        root = arb(10).sqrt()
        halves = [((5 - root).sqrt(), (7 + 2 * root) / 60), ((5 + root).sqrt(), (7 - 2 * root) / 60)]
        centre = [(arb(0), arb(8) / 15)]
    return [*centre, *halves, *((-node, weight) for node, weight in halves)]


class _NotFormalError(UnsupportedExpressionError):
    """The integrand cannot be read with letters for noise."""


class BallReader(QuestionReader):
    """Reads questions by differences and cubature in 800-bit balls."""

    remembers = True

    def __init__(self) -> None:
        super().__init__()
        self._nodes: dict[Any, int] = {}
        self._not_formal: set[Any] = set()
        self._letters = 0  # that stand for noise of means around what is read

    def partial(self, value: Callable[[Scene], Any], symbol: Any, cell: tuple[int, int], scene: Scene) -> Any:
        i, j = cell
        mirrored = "symmetric" in tags_of(symbol) and i != j

        def moved(sign: int) -> Scene:
            step = scene.kind.rational(sign * _STEP)
            if not isinstance(scene.values[symbol], list):
                return scene.with_values({symbol: scene.values[symbol] + step})
            grid = [list(row) for row in scene.values[symbol]]
            grid[i][j] = grid[i][j] + step
            if mirrored:
                grid[j][i] = grid[i][j]
            return scene.with_values({symbol: grid})

        width = scene.kind.rational(_STEP * (4 if mirrored else 2))
        return dense.combined(lambda a, b: (a - b) / width, value(moved(1)), value(moved(-1)))

    def along(self, value: Callable[[Scene], Any], directions: dict[Any, Any], scene: Scene) -> Any:
        def moved(sign: int) -> Scene:
            step = scene.kind.rational(sign * _STEP)
            return scene.with_values(
                {
                    symbol: dense.combined(lambda x, d: x + step * d, scene.values[symbol], direction)
                    for symbol, direction in directions.items()
                }
            )

        width = scene.kind.rational(2 * _STEP)
        return dense.combined(lambda a, b: (a - b) / width, value(moved(1)), value(moved(-1)))

    def mean(self, key: Any, value: Callable[[Grid], Any], size: int, scene: Scene) -> Any:
        # of one number by cubature, which knows no moment; of more by letters: the integrand is read once, not at
        # each of up to 625 nodes. At k = 1 and beyond, so, each way has to agree with the proof on entries.
        if size > 1 and key not in self._not_formal:
            try:
                return self._integral(value, size, key)
            except _NotFormalError:
                self._not_formal.add(key)
        if size > _CUBATURE_UP_TO or _has_exponential(key):
            return self._integral(value, size, key)
        trusted = self._nodes.get(key)
        if trusted is not None:
            return self._cubature(value, size, trusted) if trusted else self._integral(value, size, key)
        previous = self._cubature(value, size, 3)
        for nodes in (4, 5):
            current = self._cubature(value, size, nodes)
            if agreeing(previous, current):
                self._nodes[key] = nodes - 1
                return previous
            previous = current
        found = self._integral(value, size, key)
        self._nodes[key] = 0
        return found

    def mean_of_number(self, value: Callable[[Any], Any], variable: RandomNumber, scene: Scene) -> Any:
        values = [value(arb(place)) for place in _PLACES]

        fewer, all_places = (
            weighted(zip(_weights(variable, count), values, strict=False)) for count in (len(_PLACES) - 1, len(_PLACES))
        )
        if not agreeing(fewer, all_places):
            raise UnsupportedExpressionError(f"not a polynomial of degree at most {len(_PLACES) - 2} in {variable}")
        return all_places

    def _integral(self, value: Callable[[Grid], Any], size: int, key: Any) -> Any:
        """E of polynomials times exponentials of quadratics, from what the integrand makes of formal noise."""
        first = self._letters
        self._letters += size
        try:
            found = value([[letter] for letter in formal_noise(size, arb(1), first)])
            return dense.combined(lambda a, _: mean_of(a, size, arb(1), lambda x: x > 0, first), found, found)
        except (TypeError, ValueError, AttributeError) as error:
            raise _NotFormalError(
                "the integrand is not a polynomial of degree at most 7 in the noise, nor polynomials times "
                f"exponentials of quadratics: {key}"
            ) from error
        finally:
            self._letters = first

    def _cubature(self, value: Callable[[Grid], Any], size: int, nodes: int) -> Any:
        return weighted(
            (prod((factor for _, factor in points), start=arb(1)), value([[node] for node, _ in points]))
            for points in product(rule(nodes), repeat=size)
        )


def weighted(parts: Iterable[tuple[arb, Any]]) -> Any:
    """The sum of values, each times its weight."""
    total: Any = None
    for weight, value in parts:
        part = dense.combined(lambda a, _, w=weight: w * a, value, value)
        total = part if total is None else dense.combined(lambda a, b: a + b, total, part)
    return total


@cache
def _weights(variable: RandomNumber, count: int) -> tuple[arb, ...]:
    """The weights at the first places that give the mean of every polynomial of lower degree: from its moments."""
    places = list(_PLACES)[:count]
    powers = arb_mat([[arb(place) ** n if n else arb(1) for place in places] for n in range(count)])
    moments = arb_mat([[moment(variable, n, Balls())] for n in range(count)])
    found = powers.solve(moments)
    return tuple(found[i, 0] for i in range(count))


def _has_exponential(key: Any) -> bool:
    """Whether a mean is asked for that no cubature has: of an exponential of the noise, or of what is made from it."""
    if not isinstance(key, ScalarExpectation):
        return False
    integrand, variable = key.args[:2]
    return any(node.has(variable) for node in integrand.atoms(exp))


def agreeing(left: Any, right: Any) -> bool:
    """Whether numbers, or matrices of them, are the same to 60 digits."""
    return all(_near(a, b) for a, b in zip(dense.entries(left), dense.entries(right), strict=True))


def _near(left: Any, right: Any) -> bool:
    tiny = arb(10) ** -60
    if isinstance(left, Formal) or isinstance(right, Formal):  # a mean inside of one over noise that is a letter
        return all(abs(coefficient) < tiny for coefficient in (left - right).coefficients())
    return bool(abs(left - right) < tiny * (1 + abs(left)))
