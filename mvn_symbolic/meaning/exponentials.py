"""Floor 2: means of polynomials times exponentials of quadratics, one noise coordinate after the other.

Lives here: polynomials as tables, and the one-dimensional Gaussian integral.
May not live here: matrices. What the calculus does with one inverse and one determinant, elimination does here.
"""

from __future__ import annotations

from collections.abc import Callable
from math import comb
from typing import Any, TypeVar

from mvn_symbolic.errors import UnsupportedExpressionError

__all__ = ["Powers", "eliminate", "plus"]

Key = TypeVar("Key")

#: One polynomial: the powers of the noise coordinates -> the coefficient.
Powers = dict[tuple[int, ...], Any]


def plus(left: dict[Key, Any], right: dict[Key, Any]) -> dict[Key, Any]:
    """The sum of two polynomials, however their powers are written."""
    if not left or not right:
        return left or right
    total = dict(left)
    for powers, value in right.items():
        total[powers] = total[powers] + value if powers in total else value
    return total


def _times(left: Powers, right: Powers) -> Powers:
    total: Powers = {}
    for p, a in left.items():
        for q, b in right.items():
            powers = tuple(i + j for i, j in zip(p, q, strict=True))
            total[powers] = total[powers] + a * b if powers in total else a * b
    return total


def _scaled(factor: Any, these: Powers) -> Powers:
    return {powers: factor * value for powers, value in these.items()}


def _by_last(these: Powers) -> dict[int, Powers]:
    """The polynomial in the last coordinate whose coefficients are polynomials in the others."""
    parts: dict[int, Powers] = {}
    for powers, value in these.items():
        parts.setdefault(powers[-1], {})[powers[:-1]] = value
    return parts


def eliminate(
    factor: Powers, exponent: Powers, size: int, one: Any, positive: Callable[[Any], bool]
) -> tuple[Powers, list[Any], Powers]:
    """Return (a, pivots, b) with E[factor exp(exponent)] = a exp(b) / sqrt(product of the pivots), over the last `size`
    coordinates; a and b are polynomials in those before them.

    The last coordinate first: over one standard normal number e, the mean of exp(-c e^2/2 + l e) is
    exp(l^2 / 2p) / sqrt(p) with p = 1 + c, and under that weight e has mean l/p and variance 1/p.
    The mean is finite if and only if all pivots are positive.
    """
    if any(sum(powers) > 2 for powers in exponent):
        raise UnsupportedExpressionError("the exponent is not quadratic in the noise")
    pivots: list[Any] = []
    for _ in range(size):
        parts = _by_last(exponent)
        square = parts.get(2, {})
        pivot = one - 2 * next(iter(square.values())) if square else one
        if not positive(pivot):
            raise UnsupportedExpressionError("the mean of the exponential is not finite at this point")
        pivots.append(pivot)
        centre = _scaled(one / pivot, parts.get(1, {}))
        exponent = plus(parts.get(0, {}), _scaled(pivot / 2, _times(centre, centre)))
        factor = _averaged(_by_last(factor), centre, one / pivot)
    return factor, pivots, exponent


def _averaged(parts: dict[int, Powers], centre: Powers, variance: Any) -> Powers:
    """E of a polynomial in e ~ N(centre, variance), its coefficients and the centre polynomials in what remains."""
    total: Powers = {}
    for degree, coefficients in parts.items():
        for even in range(0, degree + 1, 2):
            weight: Any = comb(degree, even)
            for odd in range(1, even, 2):
                weight = weight * odd
            for _ in range(even // 2):
                weight = weight * variance
            term = _scaled(weight, coefficients)
            for _ in range(degree - even):
                term = _times(term, centre)
            total = plus(total, term)
    return total
