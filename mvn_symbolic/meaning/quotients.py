"""Floor 2: expressions in entries as quotients of polynomials of python-flint, always in lowest terms.

Lives here: letters, arithmetic, the way back to an expression. May not live here: what a letter stands for; matrices.
SymPy's `cancel` and `factor` give the same, at thirty times the price.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sympy
from flint import fmpz_mpoly_ctx

from mvn_symbolic.errors import UnsupportedExpressionError

__all__ = ["Quotient", "Quotients", "cancelled", "factored"]


class Quotient:
    """above / below: polynomials with whole coefficients and no common divisor; the leading one below is positive.

    Raises
    ------
    UnsupportedExpressionError
        When it would be divided by 0.
    """

    __slots__ = ("above", "below")

    def __init__(self, above: Any, below: Any) -> None:
        if below == 0:
            raise UnsupportedExpressionError("a divisor is 0 for all entries")
        divisor = above.gcd(below)
        if below.leading_coefficient() < 0:
            divisor = -divisor
        self.above, self.below = above / divisor, below / divisor

    def __add__(self, other: Any) -> Quotient:
        if not isinstance(other, Quotient):
            return Quotient(self.above + other * self.below, self.below)
        if self.below == other.below:
            return Quotient(self.above + other.above, self.below)
        return Quotient(self.above * other.below + other.above * self.below, self.below * other.below)

    def __mul__(self, other: Any) -> Quotient:
        if not isinstance(other, Quotient):
            return Quotient(other * self.above, self.below)
        return Quotient(self.above * other.above, self.below * other.below)

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self) -> Quotient:
        return Quotient(-self.above, self.below)

    def __sub__(self, other: Any) -> Quotient:
        return self + -other

    def __truediv__(self, other: Any) -> Quotient:
        if not isinstance(other, Quotient):
            return Quotient(self.above, other * self.below)
        return Quotient(self.above * other.below, self.below * other.above)

    def __pow__(self, power: int) -> Quotient:
        above, below = (self.above, self.below) if power >= 0 else (self.below, self.above)
        return Quotient(above ** abs(power), below ** abs(power))

    def __bool__(self) -> bool:
        return bool(self.above != 0)


class Quotients:
    """The quotients in the letters of some expressions: all that is no number, sum, product or whole power.

    `first` are letters that come before the others; a root is a letter, without a word on what its square is.
    """

    def __init__(self, expressions: Iterable[Any], first: Iterable[Any] = ()) -> None:
        found: set[Any] = set()
        seen: set[Any] = set()
        for expression in expressions:
            _collect(expression, found, seen)
        first = list(first)
        # by their names: an order that is the same in every process
        letters = [*first, *sorted(found.difference(first), key=str)]
        self.letters = {letter: place for place, letter in enumerate(letters)}
        self.ring = fmpz_mpoly_ctx.get([f"t{place}" for place in range(len(self.letters))], "lex")
        self.one = Quotient(self.ring.constant(1), self.ring.constant(1))
        self._known: dict[Any, Quotient] = {}

    def __call__(self, node: Any) -> Quotient:
        """The quotient of an expression."""
        value = self._known.get(node)
        if value is None:
            value = self._known[node] = self._of(node)
        return value

    def _of(self, node: Any) -> Quotient:
        if node.is_Rational:
            return Quotient(self.ring.constant(int(node.p)), self.ring.constant(int(node.q)))
        letter, power = _power_of(node)
        if letter is not None:
            return Quotient(self.ring.gen(self.letters[letter]), self.ring.constant(1)) ** power
        if node.is_Pow:
            return self(node.base) ** int(node.exp)
        if node.is_Add:
            return self._sum(map(self, node.args))
        total = self.one
        for part in map(self, node.args):
            total = total * part
        return total

    def _sum(self, parts: Iterable[Quotient]) -> Quotient:
        """Parts over one divisor are added first: each divisor that differs costs a greatest common divisor."""
        by_divisor: list[tuple[Any, Any]] = []
        for part in parts:
            place = next((i for i, (below, _) in enumerate(by_divisor) if below == part.below), None)
            if place is None:
                by_divisor.append((part.below, part.above))
            else:
                by_divisor[place] = (part.below, by_divisor[place][1] + part.above)
        total = self.one * 0
        for below, above in by_divisor:
            total = total + Quotient(above, below)
        return total

    def expression(self, value: Quotient) -> Any:
        """An expression again: numbers times a quotient of sums."""
        (a, above), (b, below) = value.above.primitive(), value.below.primitive()
        return sympy.Rational(int(a), int(b)) * (self._polynomial(above) / self._polynomial(below))

    def factors(self, value: Quotient) -> Any:
        """An expression again: a product of powers of sums that have no factors."""
        (a, above), (b, below) = value.above.factor(), value.below.factor()
        powers = [(factor, int(power)) for factor, power in above] + [(factor, -int(power)) for factor, power in below]
        number = sympy.Rational(int(a), int(b))
        product = sympy.Mul(*(self._polynomial(factor) ** power for factor, power in powers))
        if product.is_Add and number != 1:  # it would be multiplied out
            return sympy.Mul(number, product, evaluate=False)
        return number * product

    def _polynomial(self, value: Any) -> Any:
        letters = list(self.letters)
        return sympy.Add(
            *(
                sympy.Mul(
                    sympy.Integer(int(coefficient)),
                    *(letter**power for letter, power in zip(letters, powers, strict=True) if power),
                )
                for powers, coefficient in value.terms()
            )
        )


def _power_of(node: Any) -> tuple[Any, int]:
    """The letter that a node is a whole power of, and the power; no letter for what arithmetic takes apart."""
    if node.is_Rational or node.is_Add or node.is_Mul or (node.is_Pow and node.exp.is_Integer):
        return None, 1
    if node.is_Pow and node.exp.is_Rational:
        return node.base ** sympy.Rational(1, node.exp.q), int(node.exp.p)
    return node, 1


def _collect(node: Any, found: set[Any], seen: set[Any]) -> None:
    if node in seen:
        return
    seen.add(node)
    letter, _ = _power_of(node)
    if letter is not None:
        found.add(letter)
    elif not node.is_Rational:
        for part in (node.base,) if node.is_Pow else node.args:
            _collect(part, found, seen)


def cancelled(expr: Any) -> Any:
    """One quotient of two sums without a common divisor."""
    quotients = Quotients([expr])
    return quotients.expression(quotients(expr))


def factored(expr: Any) -> Any:
    """A product of powers of sums that have no factors; roots and functions count as letters."""
    quotients = Quotients([expr])
    return quotients.factors(quotients(expr))
