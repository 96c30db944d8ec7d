"""Floor 5: gradients by velocities: optimal transport beside the path, and the exact variance of both."""

from __future__ import annotations

from typing import Any

from sympy.matrices.expressions import Inverse, MatAdd, MatMul, MatrixExpr, Transpose

from mvn_symbolic.calculus import differential, normalize
from mvn_symbolic.calculus.affine import affine_parts
from mvn_symbolic.calculus.gradient import free_gradient, project
from mvn_symbolic.catalogue.continuity import covariance_of, sampled, transport_velocity
from mvn_symbolic.catalogue.quadratic import LOSS, WICK, slope
from mvn_symbolic.catalogue.setting import Setting
from mvn_symbolic.catalogue.square_root import EQUATION
from mvn_symbolic.derivation import definitions, rules
from mvn_symbolic.derivation.line import Line, Rule
from mvn_symbolic.derivation.model import Chain, Derivation, Equation, Premise
from mvn_symbolic.notation.laws import Variance, expectation_of
from mvn_symbolic.notation.nodes import Inner
from mvn_symbolic.notation.places import value_at
from mvn_symbolic.notation.roots import Lyapunov
from mvn_symbolic.notation.symbols import GeneralMatrix, Let, Vector, tangent_of
from mvn_symbolic.notation.table import symbol

__all__ = ["transport_gradient"]

B, M = GeneralMatrix("B"), GeneralMatrix("M")
g = Vector("g")


def transport_gradient(setting: Setting) -> Derivation:
    """d E[J] = E[grad J' v] for the transport velocity: estimator, mean and variance on a quadratic loss."""
    sigma, field = covariance_of(setting), transport_velocity(symbol("covariance_matrix"))
    other = sampled(transport_velocity(sigma, M - Transpose(M)), setting)
    return Derivation(
        name="transport_gradient",
        title="The optimal-transport gradient, beside the pathwise one",
        summary=(
            "When the law moves, a loss at a sample changes by its gradient times the velocity of the sample. Any "
            "velocity that carries the law gives an unbiased gradient; they differ in variance."
        ),
        premise=(
            *setting.premises,
            Premise("The name $\\Sigma$ for the covariance.", Equation(sigma, sigma.definition)),
            LOSS,
            Premise(
                "The velocity of optimal transport, as the continuity equation has it.",
                Equation(field, field.definition),
            ),
            Premise("$B$ and $M$ are any square matrices."),
        ),
        chains=(
            _estimator(),
            _mean(setting, other, sigma),
            *_variances(setting, sigma),
        ),
        remarks=("Least kinetic energy is not least variance: which gradient varies less depends on the loss.",),
        conventions=(
            EQUATION,
            (
                r"Mean and variance are those of the change in a direction: $\mathrm{d}\mu$ and $\mathrm{d}\Sigma$, or "
                r"$\mathrm{d}\mu$ and $\mathrm{d}L$. Directions that belong together have "
                r"$\mathrm{d}\Sigma=\mathrm{d}L\,L^\top+L\,\mathrm{d}L^\top$."
            ),
        ),
        references=(
            "Jankowiak & Obermeyer 2018, Pathwise Derivatives Beyond the Reparameterization Trick, arXiv 1806.01851",
            "Isserlis 1918",
        ),
    )


def _estimator() -> Chain:
    """g'v as <G, dSigma>: the estimator of the gradient by the covariance, for any loss."""
    sigma = symbol("covariance_matrix")
    velocity = transport_velocity(sigma).definition
    change = Inner(g, velocity - tangent_of(symbol("loc")))

    def turned(expr: Any) -> Any:
        return Inner(free_gradient(expr, sigma), tangent_of(sigma))

    def symmetric(expr: Any) -> Any:
        return Inner(project(free_gradient(expr, sigma), sigma), tangent_of(sigma))

    return (
        Line("estimator", "The estimator by the covariance, from the gradient $g$ of any loss at the sample", change)
        .then(Rule("adjoint", turned, "The solve is its own adjoint: move it to the other side."))
        .then(Rule("project", symmetric, "The differential is symmetric: only the symmetric part counts."))
        .chain
    )


def _mean(setting: Setting, field: MatrixExpr, sigma: Let) -> Chain:
    """E[grad J'v]: nothing of what is added to the velocity is left."""
    eps = symbol("eps")
    change = Inner(slope(setting.draw()), field)
    return (
        Line("mean", "Its mean on the quadratic loss, whatever is added", expectation_of(change, eps))
        .then(rules.moments(eps, r"$\mathbb{E}[\varepsilon]=0$ and $\mathbb{E}[\varepsilon\varepsilon^\top]=I$."))
        .then_if(rules.give_names(sigma, reason=r"$\Sigma$ is the covariance."))
        .then_if(rules.collect("What the equation of $X$ gives is put in."))
        .chain
    )


def _variances(setting: Setting, sigma: Let) -> tuple[Chain, Chain, Chain]:
    """Var[grad J'v] for v = dmu + B (z - mu), by Wick's theorem, and what it is for either velocity."""
    eps, draw = symbol("eps"), setting.draw()
    at_sample, scale = slope(draw), affine_parts(draw, eps)[0]
    matrix, centre = affine_parts(at_sample, eps)
    named = Equation(at_sample, MatAdd(MatMul(matrix, eps), Let("c", centre)))
    field = tangent_of(symbol("loc")) + MatMul(B, scale, eps)
    any_one = (
        Line(
            "variance",
            "The variance with any velocity that is linear in the deviation",
            Variance(Inner(at_sample, field), eps),
        )
        .then(rules.insert(named, r"Apart: $c=A\mu+b$, and what the noise adds.", name="name the parts"))
        .then(definitions.variance())
        .then(rules.moments(eps, WICK))
        .then_if(rules.give_names(sigma, reason=r"$\Sigma$ is the covariance."))
    )
    path = differential(draw, symbol("loc"), symbol("scale_tril")) - tangent_of(symbol("loc"))
    moved = normalize(affine_parts(path, eps)[0] * Inverse(scale))

    transport = Let("X", Lyapunov(sigma, tangent_of(symbol("covariance_matrix"))))
    factored = Equation(sigma, sigma.definition)

    def at(name: str, title: str, velocity: MatrixExpr) -> Line:
        return Line(name, title, value_at(any_one.current, B, velocity))

    return (
        any_one.chain,
        at("transport_variance", "The transport velocity", transport).then(rules.evaluate(B)).chain,
        at("path_variance", "The velocity of the path", moved)
        .then_if(rules.insert(factored, "The covariance by its factor, which the velocity has too."))
        .then(rules.evaluate(B))
        .chain,
    )
