"""Floor 5: gradients along one draw, with densities in them: all that a parameter moves, or a density's own held.

Lives here: lines that ask for such a gradient, and its mean and spread. May not live here: a loss.
"""

from __future__ import annotations

from typing import Any

from sympy import Expr
from sympy.matrices.expressions import MatMul, Transpose

from mvn_symbolic.calculus import gradient, normalize, unfold
from mvn_symbolic.calculus.affine import affine_parts
from mvn_symbolic.catalogue.density import log_density_of
from mvn_symbolic.catalogue.quadratic import WICK
from mvn_symbolic.derivation import definitions, rules
from mvn_symbolic.derivation.line import Line, Rule
from mvn_symbolic.derivation.model import Chain, Equation
from mvn_symbolic.notation.laws import Covariance, Law, Variance, expectation_of
from mvn_symbolic.notation.nodes import Inner
from mvn_symbolic.notation.operators import Gradient
from mvn_symbolic.notation.places import value_at
from mvn_symbolic.notation.symbols import GeneralMatrix, Let, Vector
from mvn_symbolic.notation.table import symbol

__all__ = [
    "along_draw",
    "at_sample",
    "covariance_of",
    "factor_variance",
    "held",
    "mean_of",
    "names_written_out",
    "square_of",
]

_PARAMETERS = ("loc", "scale_tril")


def at_sample(law: Law, sample: Any) -> Equation:
    """The log density of a law, at any sample."""
    left, right = (side.xreplace({law.point: sample}) for side in log_density_of(law))
    return Equation(left, right)


def along_draw(name: str, title: str, question: Any, *densities: Equation) -> Line:
    """A question about a gradient along one draw, answered: the densities put in, then the chain rule."""
    line = Line(name, title, question)
    for density in densities:
        line = line.then(rules.insert(density, "The log density."))
    return line.then_if(rules.simplify_norms("Whitening a sample of its own law gives the noise back.")).then(
        rules.answer(Gradient, gradient, "read off and project", "The parameter moves; the noise stands still.")
    )


def held(name: str, title: str, scalar: Expr, parameter: Any, *densities: Equation) -> Line:
    """The gradient of a scalar that holds the law s, whose parameters are held, and get q's values afterwards."""
    question: Any = Gradient(scalar, parameter)
    for argument in _PARAMETERS:
        question = value_at(question, symbol(argument, "s"), symbol(argument))
    line = along_draw(name, title, question, *densities)
    for argument in _PARAMETERS:
        line = line.then(rules.evaluate(symbol(argument, "s")))
    return line


def mean_of(name: str, title: str, estimate: Any) -> Chain:
    """The mean of an estimate that is polynomial in the noise."""
    eps = symbol("eps")
    return Line(name, title, expectation_of(estimate, eps)).then(rules.moments(eps, WICK)).chain


def covariance_of(name: str, title: str, estimate: Any) -> Line:
    """The covariance of an estimate that is affine in the noise."""
    eps = symbol("eps")
    return (
        Line(name, title, Covariance(estimate, eps))
        .then(definitions.covariance())
        .then(rules.moments(eps, r"$\mathbb{E}[\varepsilon\varepsilon^\top]=I$."))
    )


def square_of(name: str, title: str, estimate: Any) -> Chain:
    """The same as a square: where the estimate varies little, nothing is subtracted that was squared before."""

    def squared(affine: Any, noise: Any) -> Any:
        matrix = Let("B", affine_parts(affine, noise)[0])
        return MatMul(matrix, Transpose(matrix))

    reason = r"Of $a+B\varepsilon$ the covariance is $BB^\top$."
    return (
        Line(name, title, Covariance(estimate, symbol("eps")))
        .then(rules.answer(Covariance, squared, "square", reason))
        .chain
    )


def names_written_out() -> Rule:
    """What names stand for, in their places."""
    return Rule("write names out", lambda expr: normalize(unfold(expr)), "What the names stand for.")


def factor_variance() -> Chain:
    """Var[u'(c + H e) w'e]: what is by the factor when the gradient at the sample is affine in the noise."""
    eps, u, w = symbol("eps"), Vector("u"), Vector("w")
    slope = Vector("c") + MatMul(GeneralMatrix("H"), eps)
    return (
        Line(
            "variance_scale_tril",
            "The variance of a path gradient by the factor",
            Variance(Inner(u, slope) * Inner(w, eps), eps),
        )
        .then(definitions.variance())
        .then(rules.moments(eps, WICK))
        .chain
    )
