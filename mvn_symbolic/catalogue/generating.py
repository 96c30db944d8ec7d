"""Floor 5: the moment generating function, its logarithm with mean and covariance in it, and the log-normal vector."""

from __future__ import annotations

from typing import Any

from sympy import Expr, exp, log
from sympy.matrices.expressions import ZeroMatrix

from mvn_symbolic.calculus import gradient, jacobian
from mvn_symbolic.calculus.indexed import index
from mvn_symbolic.catalogue.setting import Setting
from mvn_symbolic.derivation import entries, exponentials, rules
from mvn_symbolic.derivation.gradients import gradients_of
from mvn_symbolic.derivation.line import Line
from mvn_symbolic.derivation.model import Derivation, Equation, Premise
from mvn_symbolic.notation.laws import expectation_of
from mvn_symbolic.notation.nodes import Inner
from mvn_symbolic.notation.operators import Component, Gradient, Jacobian
from mvn_symbolic.notation.places import value_at
from mvn_symbolic.notation.symbols import Let, Vector
from mvn_symbolic.notation.table import symbol

__all__ = ["generating_function", "lognormal"]

A = Vector("a")
_SQUARE = (
    r"$\mathbb{E}\,e^{b^\top\varepsilon}=e^{\lVert b\rVert^2/2}$, by completing the square in the density of the noise."
)


def _exponential_mean(name: str, title: str, integrand: Expr, setting: Setting) -> Line:
    """E[exp(a'z)], by one Gaussian integral."""
    eps = symbol("eps")
    return Line(name, title, expectation_of(integrand, eps)).then(exponentials.complete_the_square(eps, _SQUARE))


def generating_function(setting: Setting) -> Derivation:
    """E[exp(a'z)], its gradient, and mean and covariance as the derivatives of its logarithm."""
    z = setting.draw()
    line = _exponential_mean("generating_function", "The moment generating function", exp(Inner(A, z)), setting)
    cumulants = Line("cumulants", "The cumulant generating function", log(line.start)).then(
        rules.insert(line.chain.result, "The moment generating function.")
    )
    slope = gradient(cumulants.current, A)
    origin = ZeroMatrix(*A.shape)
    mean = (
        Line("first_cumulant", "The first cumulant is the mean", value_at(Gradient(cumulants.start, A), A, origin))
        .then(rules.insert(cumulants.chain.result, "The cumulant generating function, from above."))
        .then(rules.insert(Equation(Gradient(cumulants.current, A), slope), "Its gradient."))
        .then(rules.evaluate(A))
    )
    spread = Line("second_cumulant", "The second cumulant is the covariance", Jacobian(slope, A)).then(
        rules.answer(Jacobian, jacobian, "differential", "The gradient of the logarithm is affine.")
    )
    return Derivation(
        name="generating_function",
        title="The moment generating function of a Gaussian vector",
        summary="The mean of an exponential of the sample; its logarithm holds the mean and the covariance.",
        premise=(*setting.premises, Premise("$a$ is any vector.")),
        chains=(
            line.chain,
            *gradients_of(line.current, A),
            cumulants.chain,
            *gradients_of(cumulants.current, A, prefix="log_"),
            mean.chain,
            spread.chain,
        ),
        references=("Petersen & Pedersen 2012, The Matrix Cookbook",),
    )


def lognormal(setting: Setting) -> Derivation:
    """The mean and the covariance of exp(z), entry by entry."""
    z, i, j = setting.draw(), index("i"), index("j")
    one, other = Component(z, i), Component(z, j)

    def mean_of(name: str, title: str, exponent: Any) -> Line:
        eps = symbol("eps")
        return (
            Line(name, title, expectation_of(exp(exponent), eps))
            .then(entries.by_unit_vectors())
            .then(exponentials.complete_the_square(eps, _SQUARE))
            .then(entries.read())
        )

    first = mean_of("mean", "The mean", one)
    product = mean_of("product", "The mean of a product", one + other)
    means = [Equation(line.start, line.current) for line in (first, product)]
    swapped = Equation(means[0].left.xreplace({i: j}), means[0].right.xreplace({i: j}))
    covariance = (
        Line("covariance", "The covariance", means[1].left - means[0].left * swapped.left)
        .then(rules.insert(means[1], "The mean of the product."))
        .then(rules.insert(means[0], "The mean of the one."))
        .then(rules.insert(swapped, "The mean of the other."))
    )
    every_mean = entries.all_of(first, "mean_vector", "All means", i)
    every_covariance = (
        entries.all_of(covariance, "covariance_matrix", "All covariances", i, j)
        .then(rules.give_names(Let("m", every_mean.current), reason="$m$ is the vector of all means."))
        .then(exponentials.less_one())
    )
    return Derivation(
        name="lognormal",
        title="The log-normal vector",
        summary="Mean and covariance of the exponential of a Gaussian vector, taken entry by entry.",
        premise=(*setting.premises, Premise(r"The vector of interest has the entries $e^{z_i}$.")),
        chains=(first.chain, every_mean.chain, product.chain, covariance.chain, every_covariance.chain),
        conventions=("Indices are counted from 1.",),
        references=("Petersen & Pedersen 2012, The Matrix Cookbook",),
    )
