"""Floor 2: whether two expressions in the entries of symbols are equal, for all entries.

Lives here: expansion, divisors and roots as letters of polynomials. May not live here: what a node means.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import add
from typing import Any

import sympy

from mvn_symbolic.meaning.polynomials import Polynomials
from mvn_symbolic.meaning.quotients import factored

__all__ = ["is_zero_function", "same"]


def same(left: Any, right: Any) -> bool:
    """Whether two expressions in the entries are equal; products of exponentials and roots by their logarithms.

    Equal logarithms of the absolute values leave a sign open, which the balls have decided at a point.
    """
    difference = left - right
    if is_zero_function(difference):
        return True
    parts = sympy.Add.make_args(difference)
    if len(parts) != 2 or not all(part.has(sympy.exp) or _has_root(part) for part in parts):
        return _vanishes(difference)
    # to multiply out what is in exponents takes seconds, where often their difference is all there is to look at
    if all(map(_is_monomial, parts)) and is_zero_function(_log_abs(parts[0]) - _log_abs(parts[1])):
        return True
    return _vanishes(difference) or _vanishes(_log_abs(parts[0]) - _log_abs(parts[1]))


def _is_monomial(value: Any) -> bool:
    """Whether a product has logarithms of its factors that are at hand."""
    bases = (factor.base if factor.is_Pow else factor for factor in sympy.Mul.make_args(value))
    return all(isinstance(base, sympy.exp) or base.is_Symbol or base.is_Rational for base in bases)


def _has_root(value: Any) -> bool:
    return any(power.exp.is_Rational and not power.exp.is_Integer for power in value.atoms(sympy.Pow))


def _log_abs(value: Any) -> Any:
    """log |value| of a product, factor by factor."""
    if value.is_Mul:
        return sympy.Add(*map(_log_abs, value.args))
    if isinstance(value, sympy.exp):
        return value.args[0]
    if value.is_Pow and value.exp.is_Rational:
        return value.exp * _log_abs(value.base)
    if isinstance(value, sympy.Abs):
        return _log_abs(value.args[0])
    factors = factored(value)
    if factors.is_Mul or factors.is_Pow:
        return _log_abs(factors)
    return sympy.log(-value if value.could_extract_minus_sign() else value)


def _vanishes(difference: Any) -> bool:
    """Whether an expression in the entries is 0 by expansion over a common denominator; no heuristics."""
    if difference == 0 or is_zero_function(difference):
        return True
    # a logarithm that is met has a positive argument, whatever the sign of its factors
    difference = difference.replace(sympy.log, _log_abs)
    difference = difference.replace(sympy.Abs, lambda x: sympy.Abs(factored(x)))
    if difference == 0 or is_zero_function(difference):
        return True
    difference = sympy.expand(difference)
    numerator, _ = sympy.fraction(sympy.together(difference))
    return difference == 0 or sympy.expand(numerator) == 0


def is_zero_function(expr: Any) -> bool:
    """Whether a rational function of entries, and of logarithms and exponentials as further entries, is 0.

    Each divisor is a letter t = 1/B of a polynomial, and multiplied out in the end: no greatest common divisor is ever
    taken. A square root is a letter r whose square is its base. Letters go in the order that they were not made in:
    what one stands for is written in those before it.
    """
    made: dict[Letter, None] = {}
    _collect(expr, made, set())
    polynomials = Polynomials(made, _read)
    value = polynomials(expr)
    for letter in reversed(made):
        kind, node = letter
        parts = {} if kind == _OTHER else polynomials.by_powers(value, letter)
        if max(parts, default=0) == 0:
            continue
        if kind == _ROOT:
            base = polynomials(node)
            root = polynomials.letter(letter)
            value = _total(part * base ** (power // 2) * root ** (power % 2) for power, part in parts.items())
        else:
            base = polynomials(node) if kind == _OVER else polynomials.letter((_ROOT, node))
            if base == 0:
                return False
            highest = max(parts)
            value = _total(part * base ** (highest - power) for power, part in parts.items())
    return bool(value == 0)


#: What a letter stands for: an entry or a function, 1/B, the square root of B, 1 over that.
_OTHER, _OVER, _ROOT, _OVER_ROOT = "entry", "1/B", "sqrt(B)", "1/sqrt(B)"
Letter = tuple[str, Any]


def _total(parts: Iterable[Any]) -> Any:
    return reduce(add, parts)


def _letter_of(node: Any) -> Letter | None:
    """The letter that a node is, or is a power of; None for a number, a sum, a product, a whole power."""
    if node.is_Pow and node.exp.is_Integer:
        return (_OVER, node.base) if node.exp < 0 else None
    if node.is_Pow and node.exp.is_Rational and node.exp.q == 2:
        return (_ROOT if node.exp > 0 else _OVER_ROOT), node.base
    return None if node.is_Add or node.is_Mul or node.is_Rational else (_OTHER, node)


def _collect(node: Any, made: dict[Letter, None], seen: set[Any]) -> None:
    """The letters of an expression, those first that others hold."""
    if node in seen:
        return
    seen.add(node)
    letter = _letter_of(node)
    if letter is not None and letter[0] == _OTHER:
        made.setdefault(letter)
        return
    for part in (node.base,) if node.is_Pow else node.args:
        _collect(part, made, seen)
    if letter is not None:
        if letter[0] == _OVER_ROOT:
            made.setdefault((_ROOT, node.base))
        made.setdefault(letter)


def _read(polynomials: Polynomials, node: Any) -> Any:
    letter = _letter_of(node)
    if letter is None:
        return None
    return polynomials.letter(letter) ** (1 if letter[0] == _OTHER else abs(int(node.exp.p)))
