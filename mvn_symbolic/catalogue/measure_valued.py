"""Floor 5: measure-valued derivatives: the gradient of a mean as a difference of two means, under two other laws."""

from __future__ import annotations

from typing import Any

from sympy import Expr, Rational, expand, factor, pi, sqrt
from sympy.matrices.expressions import MatMul, Transpose

from mvn_symbolic.calculus import expectation, normalize
from mvn_symbolic.calculus.affine import affine_parts
from mvn_symbolic.calculus.gradient import named_differential
from mvn_symbolic.calculus.indexed import index
from mvn_symbolic.calculus.random_numbers import expectation_over_number
from mvn_symbolic.catalogue.density import log_density_of
from mvn_symbolic.catalogue.quadratic import LOSS, WICK, delta, in_whitened_letters
from mvn_symbolic.catalogue.setting import Setting
from mvn_symbolic.derivation import entries, rules
from mvn_symbolic.derivation.line import Line, Rule
from mvn_symbolic.derivation.model import Chain, Derivation, Premise
from mvn_symbolic.notation.entries import UnitVector
from mvn_symbolic.notation.laws import ScalarExpectation, expectation_of
from mvn_symbolic.notation.nodes import Inner
from mvn_symbolic.notation.operators import Gradient, ScalarFunction
from mvn_symbolic.notation.random_numbers import DoubleMaxwell, RandomNumber, Rayleigh
from mvn_symbolic.notation.symbols import Let, SymmetricMatrix, Vector, k, tangent_of
from mvn_symbolic.notation.table import symbol

__all__ = ["measure_valued"]

J = ScalarFunction("J")
_W, _M = Rayleigh("w"), DoubleMaxwell("m")
_C, _MATRIX = Vector("c"), SymmetricMatrix("M")
_UNIT = UnitVector(index("i"), k)


def measure_valued(setting: Setting) -> Derivation:
    """Along column i of L, and of the scale of coordinate i of the noise: the estimates, their mean and variance."""
    eps = symbol("eps")
    scale, _ = affine_parts(setting.draw(), eps)
    loss = in_whitened_letters(delta, _MATRIX, _C, eps)
    by_mean = loss.xreplace({eps: _moved(_W)}) - loss.xreplace({eps: _moved(-_W)})
    by_scale = loss.xreplace({eps: _moved(_M)}) - loss
    column, scaled = MatMul(scale, _UNIT), MatMul(symbol("scale_tril"), _UNIT, Transpose(_UNIT))
    return Derivation(
        name="measure_valued",
        title="Measure-valued derivatives, and their exact variance",
        summary=(
            "The derivative of a density is a difference of two densities, up to a factor. The derivative of a mean is "
            "so the difference of two means: the loss is evaluated twice for each coordinate, and never differentiated."
        ),
        premise=(
            *setting.premises,
            LOSS,
            Premise(
                r"$w$ is a Rayleigh number, of density $we^{-w^2/2}$ for $w>0$: the Weibull law of shape $2$ and scale "
                r"$\sqrt2$. $m$ is a double-sided Maxwell number, of density $m^2e^{-m^2/2}/\sqrt{2\pi}$. Both are "
                "independent of the noise, and take the place of its coordinate $i$."
            ),
            Premise(
                r"$c$ and $M$ are the parts of the loss by the noise, as the score-function page names them: "
                r"$c=L^\top(A\mu+b)$ and $M=L^\top AL$."
            ),
        ),
        chains=(
            _derivative(setting, "by_mean", r"The derivative along column $i$ of $L$", symbol("loc"), column),
            _derivative(setting, "by_scale", "The derivative by the scale of column $i$", symbol("scale_tril"), scaled),
            *_spread("by_mean", "by the mean, on a quadratic loss", by_mean, _W, 1 / sqrt(2 * pi)),
            *_spread("by_scale", "by the factor, on a quadratic loss", by_scale, _M),
        ),
        remarks=(
            (
                r"With a diagonal factor the first is $\sigma_i$ times the derivative by $\mu_i$, the second "
                r"$\sigma_i$ times that by $\sigma_i$."
            ),
        ),
        conventions=("Both evaluations of a pair share all the noise but what is exchanged.",),
        references=("Mohamed, Rosca, Figurnov & Mnih 2020, Monte Carlo Gradient Estimation, arXiv 1906.10652",),
    )


def _moved(number: Any) -> Any:
    """The noise with its coordinate i exchanged for another number."""
    eps = symbol("eps")
    return eps - MatMul(_UNIT, Transpose(_UNIT), eps) + number * _UNIT


def _score_along(setting: Setting, parameter: Any, direction: Any) -> Expr:
    """The score in a direction, at the sample: what holds the noise, less its mean, since a score has mean zero."""
    law, eps = setting.law(), symbol("eps")
    moved = named_differential(log_density_of(law).right, parameter).xreplace({tangent_of(parameter): direction})
    _, noisy = normalize(moved.xreplace({law.point: law.sample})).as_independent(eps, as_Add=True)
    return noisy - expectation(noisy, eps)


def split() -> Rule:
    """E[e_i f] = (E_w[f(e_i := w)] - E_w[f(e_i := -w)]) / sqrt(2 pi), and E[e_i^2 f] = E_m[f(e_i := m)]."""
    eps = symbol("eps")
    coordinate = Inner(_UNIT, eps)

    def other(function: Expr, number: RandomNumber, sign: int = 1) -> Expr:
        return expectation_of(expectation_of(function.xreplace({eps: _moved(sign * number)}), number), eps)

    def answer(integrand: Any, noise: Any, *law: Any) -> Any:
        if noise != eps or law:
            return expectation_of(integrand, noise, *law)
        function, power = integrand.as_independent(coordinate, as_Add=False)
        if power == coordinate:
            return (other(function, _W) - other(function, _W, -1)) / sqrt(2 * pi)
        if power == coordinate**2:
            return other(function, _M)
        return expectation_of(integrand, noise)

    return Rule(
        "split the density",
        lambda expr: expr.replace(ScalarExpectation, answer),
        r"Beside a factor of one coordinate $x$ of the noise its density becomes $x\varphi(x)$: to the right of $0$ a "
        r"Rayleigh density over $\sqrt{2\pi}$, to the left minus its mirror image; $x^2\varphi(x)$ is the double-sided "
        "Maxwell density.",
        "the means exist",
        "Mohamed, Rosca, Figurnov & Mnih 2020",
    )


def _numbers() -> Rule:
    """The means over Rayleigh and Maxwell numbers."""

    def answer(integrand: Any, variable: Any, *law: Any) -> Any:
        known = isinstance(variable, RandomNumber)
        return expectation_over_number(integrand, variable) if known else expectation_of(integrand, variable, *law)

    return Rule(
        "moments of the numbers",
        lambda expr: expr.replace(ScalarExpectation, answer),
        r"Integration by parts: $\mathbb{E}w^n=n\,\mathbb{E}w^{n-2}$ and $\mathbb{E}m^n=(n+1)\,\mathbb{E}m^{n-2}$.",
    )


def _unit_length() -> Rule:
    """e_i'e_i = 1, before the split: behind it the means of an abstract function are over numbers, and stay open."""
    square = Inner(_UNIT, _UNIT)
    return Rule("unit length", lambda expr: expr.xreplace({square: Rational(1)}), r"$\lVert e_i\rVert=1$.")


def _derivative(setting: Setting, name: str, title: str, parameter: Any, direction: Any) -> Chain:
    """The derivative of any mean along a direction of one parameter, without a derivative of the function."""
    law, eps = setting.law(), symbol("eps")
    score = _score_along(setting, parameter, direction)
    start = Inner(direction, Gradient(expectation_of(J(law.point), law.point, law), parameter))

    def scored(way: Any, slope: Any) -> Any:
        if (way, slope) != start.args:
            return Inner(way, slope)
        function, point, _ = slope.args[0].args
        return expectation_of(expand(score * function.xreplace({point: law.sample})), eps)

    trick = Rule(
        "log-derivative trick",
        lambda expr: expr.replace(Inner, scored),
        "The mean of the loss times the score in that direction. That the gradient passes under the mean of an "
        "abstract function is the claim itself: tested at points, not proved.",
        "J does not depend on the parameter, and near it the gradient of J q has an integrable bound",
        "Williams 1992",
    )
    return (
        Line(name, title, start).then(trick).then_if(rules.linearity(eps)).then_if(_unit_length()).then(split()).chain
    )


def _by_slope(pair: Expr) -> Expr:
    """The pair, with the slope of the loss at the noise without coordinate i under the name s."""
    eps = symbol("eps")
    slope = Let("s", _C + MatMul(_MATRIX, eps - MatMul(_UNIT, Transpose(_UNIT), eps)))
    linear = Inner(_UNIT, _C)
    rest = normalize(Inner(_UNIT, slope.definition)) - linear
    named = factor(normalize(pair).xreplace({linear: Inner(_UNIT, slope) - rest}))
    square = Inner(_UNIT, MatMul(_MATRIX, _UNIT))
    return named.xreplace({square: entries.read().apply(square)})


def _spread(name: str, title: str, pair: Expr, number: RandomNumber, weight: Any = 1) -> tuple[Chain, ...]:
    """Mean and variance of an estimate from one draw of the noise and one of the number."""
    eps = symbol("eps")
    together = Line(f"pair_{name}", f"The two evaluations {title}", pair).then(
        Rule(
            "name the slope",
            _by_slope,
            "What the two evaluations share cancels. What is left holds the slope of the loss by the noise where "
            "coordinate $i$ is zero.",
        )
    )
    estimate = together.current * weight

    def mean(value: Expr) -> Expr:
        return expectation_of(expectation_of(value, number), eps)

    def taken(line: Line) -> Line:
        return line.then(_numbers()).then(rules.moments(eps, WICK)).then_if(entries.read())

    first = taken(Line(f"mean_{name}", f"The mean of the estimate {title}", mean(estimate)))
    square = mean(estimate**2) - first.current**2
    second = taken(Line(f"variance_{name}", f"The mean square, less the squared mean: the variance {title}", square))
    every = entries.all_of(second, f"variances_{name}", f"The variance {title}, of all coordinates", index("i"))
    # the mean last: what is shown after it would call the number by it
    return together.chain, second.chain, every.chain, first.chain
