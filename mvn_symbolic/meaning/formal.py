"""Floor 2: noise that is a letter: an integrand is read once, as polynomials times exponentials of polynomials in it.

Lives here: sums and products of those in balls, and their means. May not live here: a rule of the calculus.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from math import prod
from typing import Any

from mvn_symbolic.errors import UnsupportedExpressionError
from mvn_symbolic.meaning.exponentials import eliminate, plus

__all__ = ["Formal", "formal_noise", "mean_of"]

#: A polynomial: the powers of the noise coordinates, packed into one number -> the coefficient.
Table = dict[int, Any]

#: Powers add up as packed numbers do while each is below 2^12; a product of degrees as high would never end.
_BITS = 12


class Formal:
    """A sum of polynomial x exp(polynomial) in noise coordinates, with numbers of one kind as coefficients."""

    __slots__ = ("terms",)

    def __init__(self, terms: list[tuple[Table, Table]]) -> None:
        self.terms = terms  # (factor, exponent); no exponent is an empty table

    def _of(self, value: Any) -> Formal:
        return value if isinstance(value, Formal) else Formal([({0: value}, {})])

    def __add__(self, other: Any) -> Formal:
        if not isinstance(other, Formal) and other == 0:
            return self
        plain: Table = {}
        rest: list[tuple[Table, Table]] = []
        for factor, exponent in (*self.terms, *self._of(other).terms):
            if exponent:
                rest.append((factor, exponent))
            else:
                plain = plus(plain, factor)
        return Formal([*([(plain, {})] if plain or not rest else []), *rest])

    def __mul__(self, other: Any) -> Formal:
        if not isinstance(other, Formal):
            return self._each(lambda value: value * other) if other != 0 else Formal([({}, {})])
        terms = [(_times(f, g), plus(x, y)) for f, x in self.terms for g, y in other.terms]
        return Formal(terms)

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self) -> Formal:
        return self._each(lambda value: -value)

    def __sub__(self, other: Any) -> Formal:
        return self + -other

    def __rsub__(self, other: Any) -> Formal:
        return -self + other

    def __truediv__(self, other: Any) -> Formal:
        if isinstance(other, Formal):
            raise UnsupportedExpressionError("a quotient by the noise has no mean known here")
        return self._each(lambda value: value / other)

    def __pow__(self, power: int) -> Formal:
        value = self
        for _ in range(power - 1):
            value = value * self
        return value if power else self._of(1)

    def _each(self, change: Callable[[Any], Any]) -> Formal:
        return Formal([({p: change(value) for p, value in f.items()}, x) for f, x in self.terms])

    def coefficients(self) -> Iterator[Any]:
        """All numbers in it."""
        return (value for factor, _ in self.terms for value in factor.values())

    def exp(self) -> Formal:
        """exp of a polynomial."""
        if len(self.terms) != 1 or self.terms[0][1]:
            raise UnsupportedExpressionError("an exponential of an exponential has no mean known here")
        return Formal([({0: 1}, self.terms[0][0])])


def formal_noise(size: int, one: Any, first: int = 0) -> list[Formal]:
    """The coordinates of a standard normal vector, each a letter; those before `first` are of means around this one."""
    return [Formal([({1 << _BITS * i: one}, {})]) for i in range(first, first + size)]


def mean_of(value: Any, size: int, one: Any, positive: Callable[[Any], bool], first: int = 0) -> Any:
    """E over `size` letters, from `first` on, of what was computed with formal noise.

    What does not hold them is its own mean. Letters before them stand still; without any, the mean is a number.
    """
    if not isinstance(value, Formal):
        return value
    terms = [_mean_of_term(factor, exponent, size, one, positive, first) for factor, exponent in value.terms]
    mean = sum((Formal([term]) for term in terms), start=Formal([({}, {})]))
    if any(exponent or factor.keys() - {0} for factor, exponent in mean.terms):
        return mean
    return sum((factor.get(0, one - one) for factor, _ in mean.terms), start=one - one)


def _mean_of_term(
    factor: Table, exponent: Table, size: int, one: Any, positive: Callable[[Any], bool], first: int
) -> tuple[Table, Table]:
    below = (1 << _BITS * first) - 1
    if not exponent:
        left: Table = {}
        for powers, coefficient in factor.items():
            weight = _monomial_mean(powers >> _BITS * first)
            if weight:
                left = plus(left, {powers & below: coefficient * weight})
        return left, {}
    factors, exponents = ({_unpacked(p, first + size): c for p, c in t.items()} for t in (factor, exponent))
    rest, pivots, left_over = eliminate(factors, exponents, size, one, positive)
    scale = one
    for pivot in pivots:
        scale = scale / pivot.sqrt()
    scale = scale * left_over.pop((0,) * first, one - one).exp()
    return {_packed(p): c * scale for p, c in rest.items()}, {_packed(p): c for p, c in left_over.items()}


def _times(left: Table, right: Table) -> Table:
    total: Table = {}
    for p, a in left.items():
        for q, b in right.items():
            powers = p + q
            total[powers] = total[powers] + a * b if powers in total else a * b
    return total


def _unpacked(powers: int, size: int) -> tuple[int, ...]:
    return tuple(powers >> _BITS * i & (1 << _BITS) - 1 for i in range(size))


def _packed(powers: tuple[int, ...]) -> int:
    return sum(power << _BITS * i for i, power in enumerate(powers))


@cache
def _monomial_mean(powers: int) -> int:
    """E of a product of powers of independent standard normal numbers: E[e^2n] = 1 x 3 x ... x (2n - 1)."""
    degrees = _unpacked(powers, powers.bit_length() // _BITS + 1)
    if any(degree % 2 for degree in degrees):
        return 0
    return prod(prod(range(1, degree, 2)) for degree in degrees)
