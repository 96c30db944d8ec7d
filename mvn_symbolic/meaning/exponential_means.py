"""Floor 2: the mean of polynomials times exponentials of quadratics in the noise, for expressions in entries.

Lives here: taking such an expression apart, and its coefficients as quotients. May not live here: the integral itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any, NamedTuple

import sympy

from mvn_symbolic.errors import UnsupportedExpressionError
from mvn_symbolic.meaning.exponentials import Powers, eliminate
from mvn_symbolic.meaning.monomials import polynomial_mean
from mvn_symbolic.meaning.quotients import Quotient, Quotients

__all__ = ["exponential_mean"]


class _Part(NamedTuple):
    """constant x factor x exp(exponent); what holds no noise is in the constant, and stays as it is."""

    constant: Any
    factor: Any
    exponent: Any


def exponential_mean(value: Any, noise: Sequence[Any]) -> Any:
    """E of a sum of products of polynomials and exponentials of quadratics.

    Raises
    ------
    UnsupportedExpressionError
        For anything else that holds noise, and for means that are not finite.
    """
    parts = _parts(value, set(noise))
    tilted = [part for part in parts if part.exponent != 0]
    quotients = Quotients([side for part in tilted for side in (part.factor, part.exponent)], noise)
    return sympy.Add(*(_mean(part, quotients, noise) for part in parts))


def _parts(value: Any, noise: set[Any]) -> list[_Part]:
    """A sum of parts that the value is; only what holds exponentials of noise is multiplied out."""
    zero, one = sympy.S.Zero, sympy.S.One
    if noise.isdisjoint(value.free_symbols):
        return [_Part(value, one, zero)]
    if isinstance(value, sympy.exp):
        return [_Part(one, one, value.args[0])]
    if all(noise.isdisjoint(found.free_symbols) for found in value.atoms(sympy.exp)):
        return [_Part(one, value, zero)]
    if value.is_Add:
        return [part for term in value.args for part in _parts(term, noise)]
    if value.is_Mul:
        factors = [_parts(factor, noise) for factor in value.args]
    elif value.is_Pow and value.exp.is_Integer and value.exp > 0:
        factors = [_parts(value.base, noise)] * int(value.exp)
    else:
        raise UnsupportedExpressionError(f"not a polynomial times the exponential of one: {value}")
    return [
        _Part(
            sympy.Mul(*(one.constant for one in chosen)),
            sympy.Mul(*(one.factor for one in chosen)),
            sympy.Add(*(one.exponent for one in chosen)),
        )
        for chosen in product(*factors)
    ]


def _mean(part: _Part, quotients: Quotients, noise: Sequence[Any]) -> Any:
    if part.exponent == 0:
        mean = polynomial_mean(part.factor, noise)
        if mean is None:
            raise UnsupportedExpressionError(f"not a polynomial in the noise: {part.factor}")
        return part.constant * mean
    exponent, outside = _without_logarithms(_by_noise(part.exponent, quotients, noise), quotients, len(noise))
    factor = _by_noise(part.factor, quotients, noise)
    factor, pivots, exponent = eliminate(factor, exponent, len(noise), quotients.one, bool)
    amount, power = (sum(table.values(), quotients.one * 0) for table in (factor, exponent))
    root = sympy.Mul(*(sympy.sqrt(quotients.factors(pivot)) for pivot in pivots))
    return part.constant * quotients.expression(amount) * sympy.exp(outside + quotients.expression(power)) / root


def _by_noise(value: Any, quotients: Quotients, noise: Sequence[Any]) -> Powers:
    """A polynomial in the noise: from the powers of it to their coefficients."""
    size = len(noise)
    quotient = quotients(value)
    others = list(quotients.letters)[size:]
    held = [place for place, letter in enumerate(others, size) if not letter.free_symbols.isdisjoint(noise)]
    above, below = quotient.above.degrees(), quotient.below.degrees()
    if any(below[:size]) or any(above[place] or below[place] for place in held):
        raise UnsupportedExpressionError(f"not a polynomial in the noise: {value}")
    tables: dict[tuple[int, ...], dict[tuple[int, ...], Any]] = {}
    for powers, coefficient in quotient.above.terms():
        tables.setdefault(powers[:size], {})[(*(0,) * size, *powers[size:])] = coefficient
    return {powers: Quotient(quotients.ring.from_dict(table), quotient.below) for powers, table in tables.items()}


def _without_logarithms(exponent: Powers, quotients: Quotients, size: int) -> tuple[Powers, Any]:
    """The exponent, and what of it holds logarithms and no noise: exp turns that into powers."""
    still = exponent.get((0,) * size)
    logarithms = [place for place, letter in enumerate(quotients.letters) if letter.has(sympy.log)]
    if still is None or not any(still.above.degrees()[place] for place in logarithms):
        return exponent, sympy.S.Zero
    tables: dict[tuple[int, ...], dict[tuple[int, ...], Any]] = {}
    for powers, coefficient in still.above.terms():
        key = tuple(powers[place] for place in logarithms)
        tables.setdefault(key, {})[tuple(0 if i in logarithms else p for i, p in enumerate(powers))] = coefficient
    letters = list(quotients.letters)
    outside = []
    for key, table in tables.items():
        weight = Quotient(quotients.ring.from_dict(table), still.below)
        if any(key):
            named = (letters[place] ** power for place, power in zip(logarithms, key, strict=True))
            outside.append(quotients.expression(weight) * sympy.Mul(*named))
        else:
            exponent = {**exponent, (0,) * size: weight}
    if (0,) * len(logarithms) not in tables:
        exponent = {powers: value for powers, value in exponent.items() if any(powers)}
    return exponent, sympy.Add(*outside)
