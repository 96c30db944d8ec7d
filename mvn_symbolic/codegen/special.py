"""Floor 6: constants of special functions, computed exactly from their definitions when code is generated.

Only numbers live here; the helper that uses them is spelled by each backend.
"""

from __future__ import annotations

from functools import cache

from sympy import E, Integer, Rational, factorial, floor, log

__all__ = [
    "EXPM1M_FORMULA",
    "EXPM1M_RANGE",
    "LOG_EXCESS_FORMULA",
    "LOG_EXCESS_RANGE",
    "expm1m_terms",
    "log_excess_terms",
    "softplus_unit",
]

#: Up to which |x| `exp(x) - 1 - x` is computed without its subtractions: beyond, they double an error at most.
EXPM1M_RANGE = Rational(5, 4)

#: How it is computed there.
EXPM1M_FORMULA = "x w / (1 - w) with w = z - c, z = x / 2 and c = z coth z - 1 = z^2 / (3 + z^2 / (5 + ...))"


_ENDS = (Integer(3), Rational(-3, 4))
#: Where `r - log(1 + r)` is computed without its subtraction: 1 + r between 1/4 and 4. An error of r comes back at most
#: 3.6 times as large there. By the root of 1 + r, which is taken outside, errors of both grow as 2 + |r| is larger than
#: the result: 4.4 times at most outside, but 13 times at r = -1/2 and 9.8 times at r = 1.
LOG_EXCESS_RANGE = ", ".join(str(float(end)) for end in reversed(_ENDS))

#: How it is computed there.
LOG_EXCESS_FORMULA = (
    "s (r - 2 c / (1 - c)) with s = r / (2 + r) and c = 1 - s / atanh(s) = s^2 / (3 - 4 s^2 / (5 - ...))"
)


@cache
def expm1m_terms(bits: int) -> tuple[int, ...]:
    """Return the odd numbers of the continued fraction of z coth z that are needed in its range, last first.

    Parameters
    ----------
    bits : int
        The precision of the numbers; the relative error of cutting the fraction is below half a unit of it.

    Examples
    --------
    >>> expm1m_terms(24)
    (9, 7, 5, 3)
    """
    bound = Rational(1, 2 ** (bits + 1))
    for last in range(3, 99, 2):
        odds = tuple(range(last, 1, -2))
        if all(abs(_fraction(x, odds) / _series(x) - 1) < bound for x in (EXPM1M_RANGE, -EXPM1M_RANGE)):
            return odds
    raise AssertionError("the continued fraction converges, so some length is enough")


@cache
def log_excess_terms(bits: int) -> int:
    """Return how many levels of the continued fraction of atanh are needed for |s| <= 3/5.

    Parameters
    ----------
    bits : int
        The precision of the numbers; the relative error of cutting the fraction is below half a unit of it.

    Examples
    --------
    >>> log_excess_terms(24)
    5
    """
    bound = Rational(1, 2 ** (bits + 1))
    s = _S
    for levels in range(1, 99):
        c = Integer(0)
        for n in range(levels, 0, -1):
            c = n**2 * s**2 / (2 * n + 1 - c)
        errors = [abs(_log_excess(r, r / (2 + r), c) / _log_excess(r, r / (2 + r), _ATANH_PART) - 1) for r in _ENDS]
        if max(errors) < bound:
            return levels
    raise AssertionError("the continued fraction converges, so some length is enough")


_S = _ENDS[0] / (2 + _ENDS[0])
_ATANH_PART = 1 - 1 / sum((_S ** (2 * n) / (2 * n + 1) for n in range(120)), Integer(0))


def _log_excess(r: Rational, s: Rational, c: Rational) -> Rational:
    return s * (r - 2 * c / (1 - c))


@cache
def softplus_unit() -> tuple[float, float, float, float]:
    """Return where softplus is 1, log(e - 1), as a sum of four numbers, of which the first three have few bits.

    So the distance of a float from there is found without cancellation: taking away the first two is exact in float32,
    and the first three in float64, where the float next to it is closer than the third.

    Examples
    --------
    >>> softplus_unit()[0]
    0.5413248538970947
    """
    rest, parts = log(E - 1), []
    for bits in (24, 52, 76):
        part = Rational(floor(rest * 2**bits), 2**bits)
        parts.append(float(part))
        rest -= part
    return parts[0], parts[1], parts[2], float(rest.evalf(30))


def _fraction(x: Rational, odds: tuple[int, ...]) -> Rational:
    z = x / 2
    c = Integer(0)
    for odd in odds:
        c = z**2 / (odd + c)
    return x * (z - c) / (1 - (z - c))


def _series(x: Rational) -> Rational:
    """exp(x) - 1 - x to 40 terms: far closer than the bound in its range."""
    return sum((x**n / factorial(n) for n in range(2, 42)), Integer(0))
