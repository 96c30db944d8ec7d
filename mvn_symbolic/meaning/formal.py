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
    """A sum of polynomial x exp(polynomial) in `size` noise coordinates, with numbers of one kind as coefficients."""

    __slots__ = ("size", "terms")

    def __init__(self, size: int, terms: list[tuple[Table, Table]]) -> None:
        self.size = size
        self.terms = terms  # (factor, exponent); no exponent is an empty table

    def _of(self, value: Any) -> Formal:
        return value if isinstance(value, Formal) else Formal(self.size, [({0: value}, {})])

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
        return Formal(self.size, [*([(plain, {})] if plain or not rest else []), *rest])

    def __mul__(self, other: Any) -> Formal:
        if not isinstance(other, Formal):
            return self._each(lambda value: value * other) if other != 0 else Formal(self.size, [({}, {})])
        terms = [(_times(f, g), plus(x, y)) for f, x in self.terms for g, y in other.terms]
        return Formal(self.size, terms)

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
        return Formal(self.size, [({p: change(value) for p, value in f.items()}, x) for f, x in self.terms])

    def coefficients(self) -> Iterator[Any]:
        """All numbers in it."""
        return (value for factor, _ in self.terms for value in factor.values())

    def exp(self) -> Formal:
        """exp of a polynomial."""
        if len(self.terms) != 1 or self.terms[0][1]:
            raise UnsupportedExpressionError("an exponential of an exponential has no mean known here")
        return Formal(self.size, [({0: 1}, self.terms[0][0])])


def formal_noise(size: int, one: Any) -> list[Formal]:
    """The coordinates of a standard normal vector, each a letter."""
    return [Formal(size, [({1 << _BITS * i: one}, {})]) for i in range(size)]


def mean_of(value: Any, one: Any, positive: Callable[[Any], bool]) -> Any:
    """E of what was computed with formal noise; what does not hold the noise is its own mean."""
    if not isinstance(value, Formal):
        return value
    total = one - one
    for factor, exponent in value.terms:
        if not exponent:
            for powers, coefficient in factor.items():
                weight = _monomial_mean(powers)
                if weight:
                    total = total + coefficient * weight
            continue
        factors, exponents = ({_unpacked(p, value.size): c for p, c in t.items()} for t in (factor, exponent))
        amount, pivots, power = eliminate(factors, exponents, value.size, one, positive)
        part = amount * power.exp() * one
        for pivot in pivots:
            part = part / pivot.sqrt()
        total = total + part
    return total


def _times(left: Table, right: Table) -> Table:
    total: Table = {}
    for p, a in left.items():
        for q, b in right.items():
            powers = p + q
            total[powers] = total[powers] + a * b if powers in total else a * b
    return total


def _unpacked(powers: int, size: int) -> tuple[int, ...]:
    return tuple(powers >> _BITS * i & (1 << _BITS) - 1 for i in range(size))


@cache
def _monomial_mean(powers: int) -> int:
    """E of a product of powers of independent standard normal numbers: E[e^2n] = 1 x 3 x ... x (2n - 1)."""
    degrees = _unpacked(powers, powers.bit_length() // _BITS + 1)
    if any(degree % 2 for degree in degrees):
        return 0
    return prod(prod(range(1, degree, 2)) for degree in degrees)
