"""Floor 5: natural and expectation parameters: the gradient by the one is the natural gradient by the other."""

from __future__ import annotations

from typing import Any

from sympy import Rational
from sympy.matrices.expressions import MatrixExpr, Transpose, ZeroMatrix

from mvn_symbolic.calculus import hessian, unfold
from mvn_symbolic.calculus.gradient import gradient
from mvn_symbolic.catalogue.fisher import SLOPE, SYMMETRIC_SLOPE
from mvn_symbolic.catalogue.registry import build
from mvn_symbolic.catalogue.setting import Setting
from mvn_symbolic.derivation import rules
from mvn_symbolic.derivation.gradients import gradients_of
from mvn_symbolic.derivation.line import Line
from mvn_symbolic.derivation.model import Chain, Derivation, Equation, Premise
from mvn_symbolic.notation.nodes import Inner
from mvn_symbolic.notation.operators import Gradient, Hessian, differential_of
from mvn_symbolic.notation.places import value_at
from mvn_symbolic.notation.symbols import PositiveDefinite, Tangent, Vector
from mvn_symbolic.notation.table import symbol

__all__ = ["MEAN", "expectation_parameters"]

MEAN, SECOND = Vector("m"), PositiveDefinite("M")


def expectation_parameters(setting: Setting) -> Derivation:
    """The gradient by E[z] and E[zz'], and the natural gradient by (mu, Sigma) carried over to natural parameters."""
    mu, sigma, z = symbol("loc"), symbol("covariance_matrix"), symbol("value")
    fisher = build("fisher_information", setting).results
    moves = Inner(SLOPE, MEAN) + Inner(SYMMETRIC_SLOPE, SECOND - MEAN * Transpose(MEAN))
    first, second = _natural(fisher["log_prob"], z)
    directions = {
        mu: fisher["natural_loc"].right,
        sigma: fisher["natural_covariance_matrix"].right,
    }
    return Derivation(
        name="expectation_parameters",
        title="Natural and expectation parameters",
        summary=(
            "The natural gradient needs no matrix to be solved: carried over to the natural parameters it is the plain "
            "gradient by the expectation parameters, which costs no more than one by mean and covariance."
        ),
        premise=(
            *setting.premises,
            Premise(
                r"Expectation parameters: the mean $m$ of the sample, and the mean $M$ of $zz^\top$, so that the "
                r"covariance is $M-mm^\top$."
            ),
            Premise(
                r"A function of mean and covariance has the gradients $g$ and $G$ there. They stand still, so the "
                r"function moves as $\langle g,\mu\rangle+\langle G,\Sigma\rangle$ does."
            ),
        ),
        chains=(
            *gradients_of(moves, MEAN, SECOND),
            first,
            second,
            _carried("carried_first", "The first one, moved by the natural gradient", first, directions),
            _carried("carried_second", "The second one, moved by the natural gradient", second, directions),
        ),
        conventions=(
            "Gradients by symmetric matrices are symmetric.",
            r"The last two results are the gradients by $m$ and by $M$ at $m=\mu$.",
        ),
        references=("Amari 1998, Natural Gradient Works Efficiently in Learning", "Khan & Rue 2023"),
    )


def _natural(density: Equation, z: Any) -> tuple[Chain, Chain]:
    """What z and zz' are multiplied by in the log density."""
    log_density, value = density.left, unfold(density.right)
    density = Equation(log_density, value)
    origin = ZeroMatrix(*z.shape)
    linear = (
        Line("natural_first", "The natural parameter of $z$", value_at(Gradient(log_density, z), z, origin))
        .then(rules.insert(density, "The log density by the covariance."))
        .then(rules.insert(Equation(Gradient(value, z), gradient(value, z)), "Its gradient."))
        .then(rules.evaluate(z))
    )
    half = Rational(1, 2)
    quadratic = (
        Line("natural_second", r"The natural parameter of $zz^\top$", half * Hessian(log_density, z))
        .then(rules.insert(density, "The log density by the covariance."))
        .then(rules.answer(Hessian, hessian, "read off", "The log density is quadratic."))
    )
    return linear.chain, quadratic.chain


def _carried(name: str, title: str, natural: Chain, directions: dict[Any, MatrixExpr]) -> Chain:
    """How a natural parameter moves when mean and covariance move by their natural gradients."""
    value = natural.result.right
    start = differential_of(value, *directions)
    for parameter, direction in directions.items():
        start = value_at(start, Tangent(parameter), direction)
    line = Line(name, title, start).then(rules.differentiate("Mean and covariance move."))
    for parameter in directions:
        line = line.then_if(rules.evaluate(Tangent(parameter)))
    return line.then_if(rules.collect()).chain
