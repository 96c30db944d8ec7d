"""Floor 5: the log density and the entropy of a sample, by change of variables from the noise, and their gradients."""

from __future__ import annotations

from sympy.matrices.expressions import MatrixExpr

from mvn_symbolic.calculus import jacobian
from mvn_symbolic.calculus.affine import invert_affine
from mvn_symbolic.calculus.lets import lets_of
from mvn_symbolic.catalogue.setting import Setting
from mvn_symbolic.catalogue.special import special_cases
from mvn_symbolic.derivation import definitions, rules
from mvn_symbolic.derivation.gradients import gradients_of
from mvn_symbolic.derivation.line import Line
from mvn_symbolic.derivation.model import Derivation, Equation
from mvn_symbolic.notation.laws import Entropy, Law, LogDensity
from mvn_symbolic.notation.operators import Jacobian
from mvn_symbolic.notation.symbols import Let
from mvn_symbolic.notation.table import symbol

__all__ = ["entropy", "entropy_line", "log_density_line", "log_density_of", "log_prob"]

_REFERENCES = ("Petersen & Pedersen 2012, The Matrix Cookbook, section 8.1",)


def log_density_line(
    law: Law, name: str = "log_prob", point: MatrixExpr | None = None, title: str = "The log density"
) -> Line:
    """From the density of the noise to the density of any sample that is affine in it, at z or another point."""
    z, eps = law.point if point is None else point, law.noise
    volume = Equation(Jacobian(law.sample, eps), jacobian(law.sample, eps))
    whitened = Let("u", invert_affine(law.sample, eps, z))
    return (
        Line(name, title, LogDensity(law, z))
        .then(definitions.change_of_variables(law))
        .then(rules.insert(volume, "The sample is linear in the noise; its Jacobian is the matrix in front."))
        .then(definitions.noise_density(law))
        .then(rules.give_names(whitened, reason="Name the whitened deviation."))
        .then_if(rules.solve_in_stages())
        .then_if(rules.collect("The determinant of a triangular matrix is the product of its diagonal."))
    )


def log_prob(setting: Setting) -> Derivation:
    """log q(z), and its gradients by mu, L and z."""
    z = symbol("value")
    line = log_density_line(setting.law())
    value = line.chain.result
    return Derivation(
        name="log_prob",
        title="The log density",
        summary="The density of a sample follows from the density of the noise by a change of variables.",
        premise=setting.premises,
        chains=(
            line.chain,
            *gradients_of(value.right, symbol("loc"), symbol("scale_tril"), z),
            *special_cases("log_prob", value),
        ),
        conventions=("The gradient by $L$ is lower-triangular: derivatives by the free entries, zero above.",),
        references=_REFERENCES,
    )


def log_density_of(law: Law, point: MatrixExpr | None = None) -> Equation:
    """The log density of a law at z or another point, which may move: names of what holds it are written out."""
    if law.sample == law.noise:
        line = Line("noise", "", LogDensity(law, law.point if point is None else point))
        return line.then(definitions.noise_density(law)).chain.result
    line = log_density_line(law, point=point)
    value, moving = line.current, line.start.args[1].free_symbols
    while held := {let: let.definition for let in lets_of(value) if let.definition.free_symbols & moving}:
        value = value.xreplace(held)
    return Equation(line.start, value)


def entropy_line(law: Law) -> Line:
    """From the definition of the entropy to its closed form, for any sample affine in the noise."""
    return (
        Line("entropy", "The entropy", Entropy(law))
        .then(definitions.entropy())
        .then(rules.insert(log_density_of(law), "The log density."))
        .then(rules.reparameterize(law))
        .then_if(rules.simplify_norms("Whitening the sample gives the noise back."))
        .then(rules.linearity(law.noise))
        .then(rules.moments(law.noise, r"$\mathbb{E}\lVert\varepsilon\rVert^2=k$."))
    )


def entropy(setting: Setting) -> Derivation:
    """H[q] in nats, and its gradient by the factor."""
    line = entropy_line(setting.law())
    return Derivation(
        name="entropy",
        title="The entropy",
        summary="The entropy depends on the factor only, through its diagonal.",
        premise=setting.premises,
        chains=(
            line.chain,
            *gradients_of(line.current, symbol("scale_tril")),
            *special_cases("entropy", line.chain.result),
        ),
        conventions=("Entropy in nats. The gradient by the mean is zero.",),
        references=_REFERENCES,
    )
