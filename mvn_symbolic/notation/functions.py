"""Floor 1: scalar functions SymPy lacks: those that careful code needs, because the textbook form cancels or overflows.

Each states its derivative and, in elementary functions, what it is. How it is computed is the backends' business.
"""

from __future__ import annotations

from typing import Any

from sympy import Expr, Function, exp, log, sympify

__all__ = [
    "CAREFUL",
    "DEFINITIONS",
    "expm1",
    "expm1_difference",
    "expm1m",
    "expm1m_difference",
    "log_excess",
    "log_ratio_excess",
    "log_softplus",
    "log_softplus_ratio_excess",
    "relative_difference",
    "sigmoid",
    "softplus",
    "softplus_excess",
    "softplus_ratio_excess",
    "softplus_rate",
    "written_out",
]


class expm1(Function):  # noqa: N801 - named like exp and log, its relatives in SymPy
    """exp(x) - 1, without the cancellation near 0."""

    def fdiff(self, argindex: int = 1) -> Expr:
        return exp(self.args[0])

    @classmethod
    def eval(cls, x: Any) -> Any:
        if isinstance(x, log_softplus):
            return softplus_excess(*x.args)
        return sympify(0) if x == 0 else None


class expm1m(Function):  # noqa: N801
    """exp(x) - 1 - x, without the double cancellation near 0, where it is x^2/2."""

    def fdiff(self, argindex: int = 1) -> Expr:
        return expm1(self.args[0])

    @classmethod
    def eval(cls, x: Any) -> Any:
        return sympify(0) if x == 0 else None


class _Real(Function):
    """A real function of real numbers."""

    is_extended_real = True
    is_real = True


class log_excess(_Real):  # noqa: N801
    """x - 1 - log(x) of a positive number, which keeps its digits where x is close to 1."""

    def fdiff(self, argindex: int = 1) -> Expr:
        return relative_difference(self.args[0], sympify(1)) / self.args[0]


class log_ratio_excess(_Real):  # noqa: N801
    """x / y - 1 - log(x / y) of positive numbers, which keeps its digits where x is close to y."""

    def fdiff(self, argindex: int = 1) -> Expr:
        slope = relative_difference(*self.args) / self.args[argindex - 1]
        return slope if argindex == 1 else -slope


class relative_difference(_Real):  # noqa: N801
    """x / y - 1 of positive numbers, subtracted before it is divided."""

    def fdiff(self, argindex: int = 1) -> Expr:
        return 1 / self.args[1] if argindex == 1 else -(1 + self) / self.args[1]  # no square of y, which may underflow


class expm1_difference(_Real):  # noqa: N801
    """exp(x - y) - 1, with what rounding the difference leaves over."""

    def fdiff(self, argindex: int = 1) -> Expr:
        return exp(self.args[0] - self.args[1]) * (1 if argindex == 1 else -1)


class expm1m_difference(_Real):  # noqa: N801
    """exp(x - y) - 1 - (x - y), with what rounding the difference leaves over."""

    def fdiff(self, argindex: int = 1) -> Expr:
        return expm1_difference(*self.args) * (1 if argindex == 1 else -1)


class _Positive(Function):
    """A positive function of a real number."""

    is_extended_real = True
    is_real = True
    is_positive = True


class softplus(_Positive):  # noqa: N801
    """The logarithm of one and an exponential: nearly `exp(x)` far on the left, nearly `x` far on the right.

    Parameters
    ----------
    x : scalar expression

    Examples
    --------
    >>> from mvn_symbolic import grad, scalar, softplus
    >>> rho = scalar("rho")
    >>> grad(softplus(rho), rho)
    sigmoid(rho)
    """

    def fdiff(self, argindex: int = 1) -> Expr:
        return sigmoid(self.args[0])


class sigmoid(_Positive):  # noqa: N801
    """The logistic function, which is the slope of :class:`softplus`.

    Parameters
    ----------
    x : scalar expression

    Examples
    --------
    >>> from mvn_symbolic import grad, scalar, sigmoid
    >>> t = scalar("t")
    >>> grad(sigmoid(t), t)
    sigmoid(-t)*sigmoid(t)
    """

    def fdiff(self, argindex: int = 1) -> Expr:
        return self * sigmoid(-self.args[0])  # 1 - sigmoid(x), without the subtraction


class log_softplus(_Real):  # noqa: N801
    """log(softplus(x)), where softplus itself has underflowed or is close to 1 too."""

    def fdiff(self, argindex: int = 1) -> Expr:
        return softplus_rate(self.args[0])


class softplus_rate(_Positive):  # noqa: N801
    """sigmoid(x) / softplus(x), the slope of log(softplus(x)); nearly 1 far on the left, where both underflow."""

    def fdiff(self, argindex: int = 1) -> Expr:
        return self * (sigmoid(-self.args[0]) - self)


class softplus_excess(_Real):  # noqa: N801
    """softplus(x) - 1, which keeps its digits where it is close to 0."""

    def fdiff(self, argindex: int = 1) -> Expr:
        return sigmoid(self.args[0])


class softplus_ratio_excess(_Real):  # noqa: N801
    """softplus(x) / softplus(y) - 1, which keeps its digits where x is close to y."""

    def fdiff(self, argindex: int = 1) -> Expr:
        slope = softplus_rate(self.args[argindex - 1]) * (1 + self)
        return slope if argindex == 1 else -slope


class log_softplus_ratio_excess(_Real):  # noqa: N801
    """What log_ratio_excess is of softplus(x) and softplus(y), which keeps its digits where x is close to y."""

    def fdiff(self, argindex: int = 1) -> Expr:
        slope = softplus_ratio_excess(*self.args) * softplus_rate(self.args[argindex - 1])
        return slope if argindex == 1 else -slope


#: What takes the place of a difference that would cancel.
CAREFUL = (expm1m, expm1m_difference, log_excess, log_ratio_excess, log_softplus_ratio_excess)

#: What each function is, in elementary ones.
DEFINITIONS: dict[type[Function], Any] = {
    expm1: lambda x: exp(x) - 1,
    expm1m: lambda x: exp(x) - 1 - x,
    softplus: lambda x: log(1 + exp(x)),
    sigmoid: lambda x: exp(x) / (1 + exp(x)),
    expm1_difference: lambda x, y: exp(x - y) - 1,
    expm1m_difference: lambda x, y: exp(x - y) - 1 - (x - y),
    log_excess: lambda x: x - 1 - log(x),
    log_ratio_excess: lambda x, y: x / y - 1 - log(x) + log(y),
    relative_difference: lambda x, y: x / y - 1,
    log_softplus: lambda x: log(log(1 + exp(x))),
    softplus_excess: lambda x: log(1 + exp(x)) - 1,
    softplus_ratio_excess: lambda x, y: log(1 + exp(x)) / log(1 + exp(y)) - 1,
    log_softplus_ratio_excess: lambda x, y: (
        log(1 + exp(x)) / log(1 + exp(y)) - 1 - log(log(1 + exp(x))) + log(log(1 + exp(y)))
    ),
    softplus_rate: lambda x: exp(x) / (1 + exp(x)) / log(1 + exp(x)),
}


def written_out(expr: Any) -> Any:
    """The expression with these functions written by their definitions."""
    for function, definition in DEFINITIONS.items():
        expr = expr.replace(function, definition)
    return expr
