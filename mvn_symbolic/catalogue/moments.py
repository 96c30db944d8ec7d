"""Floor 5: moments of a sample: quadratic forms, the quadratic loss and the exact variance of its pathwise gradient."""

from __future__ import annotations

from typing import Any

from sympy.matrices.expressions import MatMul, Transpose

from mvn_symbolic.calculus import gradient
from mvn_symbolic.calculus.affine import affine_parts
from mvn_symbolic.catalogue.quadratic import LOSS, WICK, A, quadratic, slope
from mvn_symbolic.catalogue.setting import Setting
from mvn_symbolic.derivation import definitions, rules
from mvn_symbolic.derivation.gradients import gradients_of
from mvn_symbolic.derivation.line import Line
from mvn_symbolic.derivation.model import Derivation, Equation, Premise
from mvn_symbolic.notation.laws import Covariance, Variance, expectation_of
from mvn_symbolic.notation.nodes import Inner
from mvn_symbolic.notation.symbols import GeneralMatrix, Let, SymmetricMatrix, Vector
from mvn_symbolic.notation.table import symbol

__all__ = ["U", "W", "moments", "quadratic_loss"]

B = SymmetricMatrix("B")
#: An entry of a gradient by a factor, by its row and its column.
U, W = Vector("u"), Vector("w")


def _mean(name: str, title: str, integrand: Any, setting: Setting) -> Line:
    """E[integrand], by multiplying out and Wick's theorem."""
    eps, factor = symbol("eps"), symbol("scale_tril")
    sigma = Let("Sigma", factor * factor.T)
    return (
        Line(name, title, expectation_of(integrand, eps))
        .then_if(rules.collect("Multiply out."))
        .then(rules.linearity(eps))
        .then(rules.moments(eps, WICK))
        .then_if(rules.give_names(sigma, reason=r"$\Sigma=LL^\top$ is the covariance."))
    )


def moments(setting: Setting) -> Derivation:
    """E[zz'], E[z'Az], Var[z'Az], E[(z'Az)(z'Bz)], E[z z'Az] and E[ee'Mee']."""
    z, eps = setting.draw(), symbol("eps")
    form, other = Inner(z, A * z), Inner(z, B * z)
    general = GeneralMatrix("M")
    first = _mean("quadratic_form", "The mean of a quadratic form", form, setting)
    product = _mean("two_forms", "The mean of a product of two quadratic forms", form * other, setting)
    variance = (
        Line("variance", "The variance of a quadratic form", Variance(form, eps))
        .then(definitions.variance())
        .then_if(rules.collect("Multiply out."))
        .then(rules.linearity(eps))
        .then(rules.moments(eps, WICK))
    )
    fourth = (
        Line("fourth", "Fourth moments of the noise", expectation_of(_around(eps, general), eps))
        .then_if(rules.collect("Take the number out."))
        .then(rules.moments(eps, "The three pairings of four factors."))
    )
    return Derivation(
        name="moments",
        title="Moments and quadratic forms of a Gaussian sample",
        summary="Means of products of a sample's entries by pairing factors of the noise, after Isserlis and Wick.",
        premise=(
            *setting.premises,
            Premise(r"$A$ and $B$ are symmetric; $M$ is any square matrix."),
        ),
        chains=(
            _mean("second", "Second moments", MatMul(z, Transpose(z)), setting).chain,
            first.chain,
            variance.chain,
            product.chain,
            _mean("third", "Third moments", z * form, setting).chain,
            fourth.chain,
        ),
        conventions=(r"For a quadratic form, a matrix without symmetry counts by its symmetric part.",),
        references=("Isserlis 1918", "Petersen & Pedersen 2012, The Matrix Cookbook, section 8.2"),
    )


def _around(vector: Any, matrix: Any) -> Any:
    return MatMul(vector, Transpose(vector), matrix, vector, Transpose(vector))


def quadratic_loss(setting: Setting) -> Derivation:
    """J = z'Az/2 + b'z: its mean, the gradients of that, and mean and variance of the pathwise estimators."""
    z, eps = setting.draw(), symbol("eps")
    loc, scale_tril = symbol("loc"), symbol("scale_tril")

    mean = _mean("mean", "The mean of a quadratic loss", quadratic(z), setting)
    plain = Equation(mean.start, mean.chain.steps[-1].before)
    by_loc = slope(z)
    unbiased = (
        Line("estimator_mean", "The pathwise gradient by the mean is unbiased", expectation_of(by_loc, eps))
        .then(rules.linearity(eps))
        .then(rules.moments(eps, r"$\mathbb{E}[\varepsilon]=0$."))
    )
    spread = (
        Line("estimator_covariance", "Its covariance", Covariance(by_loc, eps))
        .then(definitions.covariance())
        .then(rules.insert(unbiased.chain.result, "Its mean, from above."))
        .then(rules.collect("The mean cancels."))
        .then(rules.linearity(eps))
        .then(rules.moments(eps, r"$\mathbb{E}[\varepsilon\varepsilon^\top]=I$."))
    )
    by_factor = gradient(quadratic(z), scale_tril)
    factor_mean = (
        Line("factor_estimator_mean", "The pathwise gradient by the factor is unbiased", expectation_of(by_factor, eps))
        .then(rules.linearity(eps))
        .then(rules.moments(eps, r"$\mathbb{E}[\varepsilon\varepsilon^\top]=I$."))
    )
    matrix, centre = affine_parts(by_loc, eps)
    named = MatMul(matrix, eps) + Let("c", centre)
    factor_variance = (
        Line("factor_estimator_variance", "Its variance", Variance(Inner(U, by_loc) * Inner(W, eps), eps))
        .then(
            rules.insert(
                Equation(by_loc, named), r"Apart: $c=A\mu+b$, and what stands before the noise.", name="name the parts"
            )
        )
        .then(definitions.variance())
        .then(rules.collect("Multiply out."))
        .then(rules.linearity(eps))
        .then(rules.moments(eps, WICK))
    )
    return Derivation(
        name="quadratic_loss",
        title="A quadratic loss, and the exact variance of its pathwise gradient",
        summary="The one loss for which everything an estimator should give is known: its mean and its variance.",
        premise=(
            *setting.premises,
            LOSS,
        ),
        chains=(
            mean.chain,
            *gradients_of(plain.right, loc, scale_tril),
            *gradients_of(quadratic(z), loc, scale_tril, prefix="path_"),
            unbiased.chain,
            spread.chain,
            factor_mean.chain,
            factor_variance.chain,
        ),
        conventions=(
            "Gradients by $L$ are lower-triangular.",
            (
                r"The last variance is that of $u^\top Gw$, where $G$ is the gradient at the sample times the noise "
                r"transposed: with $1$ at place $i$ of $u$ and at place $j\le i$ of $w$, of the entry $i,j$ by $L$."
            ),
        ),
        references=("Isserlis 1918", "Mohamed, Rosca, Figurnov & Mnih 2020, Monte Carlo Gradient Estimation"),
    )
