"""Floor 2: the two kinds of numbers an expression can be read in: balls (python-flint) and SymPy entries.

Dense textbook linear algebra on nested lists: inverse and determinant by elimination without any use of
structure, so that a judge shares nothing with the calculus it judges.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from functools import lru_cache, reduce
from operator import add, mul
from typing import Any

import sympy
from flint import arb, arb_mat, ctx, fmpq

from mvn_symbolic.errors import UnsupportedExpressionError
from mvn_symbolic.meaning import cramer
from mvn_symbolic.meaning.quotients import factored

__all__ = ["BALL_BITS", "Balls", "Entries", "Grid", "Kind"]

#: 800 bits: a central difference with h = 1e-60 then holds a derivative to about 1e-120.
BALL_BITS = 800

Grid = list[list[Any]]


class Kind:
    """What a kind of numbers must offer; matrices are lists of rows."""

    name: str

    def rational(self, value: Any) -> Any:
        """A SymPy rational, Fraction or int as a number of this kind."""
        raise NotImplementedError

    def function(self, name: str) -> Callable[..., Any]:
        """exp, log, sqrt, abs ... of one number."""
        raise NotImplementedError

    def sum(self, values: Iterable[Any]) -> Any:
        """The sum of numbers; of none, 0."""
        values = list(values)
        return reduce(add, values) if values else self.rational(0)

    def product(self, values: Iterable[Any]) -> Any:
        """The product of one number or more."""
        return reduce(mul, values)

    def dot(self, left: Iterable[Any], right: Iterable[Any]) -> Any:
        """The sum of the products of corresponding numbers; of none, 0."""
        return self.sum([a * b for a, b in zip(left, right, strict=True)])

    def power(self, value: Any, exponent: int) -> Any:
        """A number to a positive whole power."""
        return value**exponent

    def inverse(self, grid: Grid) -> Grid:
        """The dense inverse."""
        raise NotImplementedError

    def determinant(self, grid: Grid) -> Any:
        """The dense determinant."""
        raise NotImplementedError

    def log_abs(self, value: Any) -> Any:
        """log |value|."""
        raise NotImplementedError

    def root(self, value: Any) -> Any:
        """The positive square root."""
        return self.function("sqrt")(value)

    @property
    def pi(self) -> Any:
        """The circle number."""
        raise NotImplementedError


class Balls(Kind):
    """Real numbers as intervals of 800 bits: what is computed encloses the truth."""

    name = "balls"

    def __init__(self) -> None:
        ctx.prec = BALL_BITS

    def rational(self, value: Any) -> arb:
        if isinstance(value, int):
            return arb(value)
        fraction = value if isinstance(value, Fraction | sympy.Rational) else Fraction(str(value))
        return arb(fmpq(int(fraction.numerator), int(fraction.denominator)))

    def function(self, name: str) -> Callable[..., arb]:
        special: dict[str, Callable[..., arb]] = {
            "Abs": abs,
            "sign": lambda x: x.sgn(),
            "Heaviside": lambda x, *_: (x.sgn() + 1) / 2,
            "Max": lambda *xs: reduce(arb.max, xs),
            "Min": lambda *xs: reduce(arb.min, xs),
            "loggamma": lambda x: x.lgamma(),
            "expm1m": lambda x: x.exp() - 1 - x,
            "softplus": lambda x: (1 + x.exp()).log(),
            "sigmoid": lambda x: 1 / (1 + (-x).exp()),
            "expm1_difference": lambda x, y: (x - y).exp() - 1,
            "expm1m_difference": lambda x, y: (x - y).exp() - 1 - (x - y),
            "log_excess": lambda x: x - 1 - x.log(),
            "log_ratio_excess": lambda x, y: x / y - 1 - (x / y).log(),
            "relative_difference": lambda x, y: (x - y) / y,
            "log_softplus": lambda x: (1 + x.exp()).log().log(),
            "log_softplus_ratio_excess": lambda x, y: _excess((1 + x.exp()).log() / (1 + y.exp()).log()),
            "softplus_excess": lambda x: (1 + x.exp()).log() - 1,
            "softplus_ratio_excess": lambda x, y: (1 + x.exp()).log() / (1 + y.exp()).log() - 1,
            "softplus_rate": lambda x: 1 / (1 + (-x).exp()) / (1 + x.exp()).log(),
        }
        if name not in special and not hasattr(arb, name):
            raise UnsupportedExpressionError(f"the function {name} has no meaning in balls")
        return special.get(name) or (lambda x: getattr(x, name)())

    def power(self, value: Any, exponent: int) -> Any:
        # a ball around 0 has no logarithm, which is how Arb takes powers of it
        half = self.power(value, exponent // 2) if exponent > 1 else None
        square = value if half is None else half * half
        return square * value if exponent > 1 and exponent % 2 else square

    def inverse(self, grid: Grid) -> Grid:
        try:
            return _rows(arb_mat(grid).inv()) if grid else []
        except ZeroDivisionError:
            raise UnsupportedExpressionError("a matrix that is to be inverted is singular at this point") from None

    def determinant(self, grid: Grid) -> arb:
        return arb_mat(grid).det() if grid else arb(1)

    def log_abs(self, value: arb) -> arb:
        return abs(value).log()

    @property
    def pi(self) -> arb:
        return arb.pi()


def _excess(value: arb) -> arb:
    return value - 1 - value.log()


def _rows(matrix: arb_mat) -> Grid:
    return [[matrix[i, j] for j in range(matrix.ncols())] for i in range(matrix.nrows())]


@lru_cache(maxsize=4096)
def _root(value: Any) -> Any:
    """The root of a pivot: a ratio of leading minors, which are both positive."""
    above, below = sympy.fraction(factored(value))
    return sympy.sqrt(above) / sympy.sqrt(below)


def _log(value: Any) -> Any:
    """The logarithm, with exponents of factors outside of it."""
    powers = [factor for factor in sympy.Mul.make_args(value) if isinstance(factor, sympy.exp)]
    if not powers:
        return _opaque_log(value)
    return _opaque_log(value / sympy.Mul(*powers)) + sympy.Add(*(factor.args[0] for factor in powers))


def _opaque_log(value: Any) -> Any:
    """A logarithm as it stands: of what it is asked of, SymPy would find out the sign."""
    return sympy.log(value, evaluate=value.is_Rational)


class Entries(Kind):
    """SymPy scalars: every entry a symbol, every result an expression in them."""

    name = "entries"

    def rational(self, value: Any) -> Any:
        if isinstance(value, Fraction):
            return sympy.Rational(value.numerator, value.denominator)
        return sympy.sympify(value)

    def sum(self, values: Iterable[Any]) -> Any:
        return sympy.Add(*values)

    def product(self, values: Iterable[Any]) -> Any:
        values = list(values)
        # of 0 times anything SymPy asks whether that may be infinite, which no entry is
        return sympy.S.Zero if sympy.S.Zero in values else sympy.Mul(*values)

    def dot(self, left: Iterable[Any], right: Iterable[Any]) -> Any:
        return sympy.Add(*map(self.product, zip(left, right, strict=True)))

    def function(self, name: str) -> Callable[..., Any]:
        special: dict[str, Callable[..., Any]] = {
            "expm1": lambda x: sympy.exp(x) - 1,
            "expm1m": lambda x: sympy.exp(x) - 1 - x,
            "softplus": lambda x: sympy.log(1 + sympy.exp(x)),
            "sigmoid": lambda x: 1 - 1 / (1 + sympy.exp(x)),
            "expm1_difference": lambda x, y: sympy.exp(x - y) - 1,
            "expm1m_difference": lambda x, y: sympy.exp(x - y) - 1 - (x - y),
            "log_excess": lambda x: x - 1 - _log(x),
            "log_ratio_excess": lambda x, y: x / y - 1 - (_log(x) - _log(y)),
            "relative_difference": lambda x, y: (x - y) / y,
            "log_softplus": lambda x: sympy.log(sympy.log(1 + sympy.exp(x))),
            "log_softplus_ratio_excess": lambda x, y: (
                sympy.log(1 + sympy.exp(x)) / sympy.log(1 + sympy.exp(y))
                - 1
                - (sympy.log(sympy.log(1 + sympy.exp(x))) - sympy.log(sympy.log(1 + sympy.exp(y))))
            ),
            "softplus_excess": lambda x: sympy.log(1 + sympy.exp(x)) - 1,
            "softplus_ratio_excess": lambda x, y: sympy.log(1 + sympy.exp(x)) / sympy.log(1 + sympy.exp(y)) - 1,
            "softplus_rate": lambda x: (1 - 1 / (1 + sympy.exp(x))) / sympy.log(1 + sympy.exp(x)),
            "log": _log,
        }
        return special.get(name) or getattr(sympy, name)

    def inverse(self, grid: Grid) -> Grid:
        return [list(row) for row in cramer.inverse(tuple(map(tuple, grid)))]

    def determinant(self, grid: Grid) -> Any:
        return cramer.determinant(tuple(map(tuple, grid)))

    def root(self, value: Any) -> Any:
        return _root(value)

    def log_abs(self, value: Any) -> Any:
        return _opaque_log(value**2) / 2  # smooth, so that its derivative is rational

    @property
    def pi(self) -> Any:
        return sympy.pi
