"""Floor 5: velocities that carry a Gaussian along: the continuity equation, and which of them moves least."""

from __future__ import annotations

from typing import Any

from sympy.matrices.expressions import Inverse, MatrixExpr, Trace, Transpose

from mvn_symbolic.calculus import differential, gradient, jacobian, normalize, unfold
from mvn_symbolic.calculus.affine import affine_parts, invert_affine
from mvn_symbolic.calculus.gradient import named_differential
from mvn_symbolic.catalogue.kl_hessian import covariance_line
from mvn_symbolic.catalogue.registry import build
from mvn_symbolic.catalogue.setting import Setting
from mvn_symbolic.catalogue.square_root import EQUATION
from mvn_symbolic.derivation import rules
from mvn_symbolic.derivation.line import Line
from mvn_symbolic.derivation.model import Chain, Derivation, Equation, Premise
from mvn_symbolic.notation.laws import expectation_of
from mvn_symbolic.notation.nodes import Inner, squared_norm
from mvn_symbolic.notation.operators import Gradient, Jacobian, ScalarDifferential, differential_of
from mvn_symbolic.notation.places import value_at
from mvn_symbolic.notation.roots import Lyapunov
from mvn_symbolic.notation.symbols import GeneralMatrix, Let, tangent_of
from mvn_symbolic.notation.table import symbol

__all__ = ["continuity_equation", "covariance_of", "sampled", "transport_velocity"]

#: Half of an antisymmetric matrix: what may be added to a velocity without a trace in the law.
_SPIN = GeneralMatrix("M")


def continuity_equation(setting: Setting) -> Derivation:
    """The path's velocity and the transport velocity both carry the density; the latter has least kinetic energy."""
    sigma, loc, factor = (symbol(name) for name in ("covariance_matrix", "loc", "scale_tril"))
    by_factor = build("log_prob", setting).result
    by_covariance = build("covariance", setting).results["log_prob_covariance"]
    by_sigma = covariance_line(by_covariance, "density", "The log density by the covariance").chain
    spin = _SPIN - Transpose(_SPIN)
    return Derivation(
        name="continuity_equation",
        title="Velocities that carry a Gaussian, and the least of them",
        summary=(
            "When parameters move, samples may be moved along so that the density follows: a velocity does so exactly "
            "if it solves the continuity equation. Many do; the path of the sample is one, optimal transport another."
        ),
        premise=(
            *setting.premises,
            Premise(
                r"Divided by the density, the continuity equation says: $\mathrm{d}\log q+v^\top\nabla_z\log q+"
                r"\mathrm{tr}\,\partial v/\partial z=0$, for every $z$, which stands still in $\mathrm{d}\log q$."
            ),
            Premise("$M$ is any square matrix, so that $M-M^\\top$ is any antisymmetric one."),
        ),
        chains=(
            _path(setting),
            Line("log_prob", "The log density by the factor", by_factor.left)
            .then(rules.insert(by_factor, "As derived before."))
            .chain,
            _carries("path", "The path's velocity", by_factor.right, path_velocity(setting), (loc, factor)),
            by_sigma,
            _carries(
                "transport",
                "A symmetric velocity, and what may be added",
                by_sigma.result.right,
                transport_velocity(sigma, spin),
                (loc, sigma),
            ),
            *_energies(setting, spin),
        ),
        conventions=(
            EQUATION,
            "The differentials of the parameters are a direction in which they move; velocities are linear in it.",
            "The kinetic energy is the mean squared length of the velocity; here it is twice what physics calls so.",
        ),
        references=(
            "Jankowiak & Obermeyer 2018, Pathwise Derivatives Beyond the Reparameterization Trick, arXiv 1806.01851",
        ),
    )


def path_velocity(setting: Setting) -> Let:
    """How a sample moves when its parameters do and its noise does not, as a field over the sample's places."""
    eps, z = symbol("eps"), symbol("value")
    moved = differential(setting.draw(), symbol("loc"), symbol("scale_tril"))
    return Let("v", moved.xreplace({eps: Let("u", invert_affine(setting.draw(), eps, z))}))


def covariance_of(setting: Setting) -> Let:
    """The covariance of the sample, by its name."""
    matrix, _ = affine_parts(setting.draw(), symbol("eps"))
    return Let("Sigma", normalize(matrix * Transpose(matrix)))


def transport_velocity(sigma: MatrixExpr, spin: MatrixExpr | None = None) -> Let:
    """dmu + X d with Sigma X + X Sigma = dSigma; `spin` is an antisymmetric matrix in front of Sigma^-1 d."""
    loc, z = symbol("loc"), symbol("value")
    matrix: MatrixExpr = Lyapunov(sigma, tangent_of(symbol("covariance_matrix")))
    if spin is not None:
        matrix = matrix + spin * normalize(Inverse(unfold(sigma)))
    return Let("v", tangent_of(loc) + matrix * Let("d", z - loc))


def sampled(field: Let, setting: Setting) -> MatrixExpr:
    """A field at the sample, as an expression in the noise; the covariance keeps its name."""
    deviation = {let: let.definition for let in field.definition.atoms(Let) if let.name == "d"}
    return normalize(field.definition.xreplace(deviation).xreplace({symbol("value"): setting.draw()}))


def _path(setting: Setting) -> Chain:
    """d z at fixed noise, where the noise is what makes z."""
    eps, draw = symbol("eps"), setting.draw()
    whitened = Let("u", invert_affine(draw, eps, symbol("value")))
    moved = differential_of(draw, symbol("loc"), symbol("scale_tril"))
    return (
        Line("velocity", "How a sample at a place moves with the parameters", value_at(moved, eps, whitened))
        .then(rules.differentiate("The noise stands still."))
        .then(rules.evaluate(eps))
        .chain
    )


def _carries(name: str, title: str, density: Any, velocity: Let, parameters: tuple[Any, ...]) -> Chain:
    """d log q + v' grad log q + div v = 0."""
    z = symbol("value")
    start = differential_of(density, *parameters) + Inner(velocity, Gradient(density, z)) + Trace(Jacobian(velocity, z))

    return (
        Line(name, title, start)
        .then(
            rules.answer(
                ScalarDifferential, named_differential, "differential", "The parameters move; the place is fixed."
            )
        )
        .then(rules.answer(Gradient, gradient, "gradient", "The place moves."))
        .then(rules.answer(Jacobian, jacobian, "jacobian", "The velocity is affine in the place."))
        .then(rules.insert(Equation(velocity, velocity.definition), "The velocity, written out.", name="by definition"))
        .then(rules.collect("Multiply out; what the equation of $X$ gives is put in, and all cancels."))
        .chain
    )


def _energies(setting: Setting, spin: MatrixExpr) -> tuple[Chain, Chain]:
    """E|v|^2 of the transport velocity, and by how much another one is above it."""
    sigma, eps = covariance_of(setting), symbol("eps")
    least, other = (sampled(transport_velocity(sigma, more), setting) for more in (None, spin))
    added = normalize(other - least)

    def mean(name: str, title: str, start: Any, reason: str) -> Chain:
        return (
            Line(name, title, start)
            .then(
                rules.moments(
                    eps, rf"$\mathbb{{E}}[\varepsilon]=0$, $\mathbb{{E}}[\varepsilon\varepsilon^\top]=I${reason}."
                )
            )
            .then_if(rules.give_names(sigma, reason=r"$LL^\top=\Sigma$."))
            .then_if(rules.collect(r"Half of what the equation of $X$ gives."))
            .chain
        )

    def energy(field: MatrixExpr) -> Any:
        return expectation_of(squared_norm(field), eps)

    return (
        mean("energy", "The kinetic energy of the symmetric one", energy(least), ""),
        mean(
            "excess",
            "Every other one has more, by the energy of what was added",
            energy(other) - energy(least) - energy(added),
            "; the trace of a symmetric matrix times an antisymmetric one is 0",
        ),
    )
