"""Floor 4: the definitions derivations start from, as rules: divergence, entropy, moments, density of the noise."""

from __future__ import annotations

from typing import Any

from sympy import Rational, log, pi
from sympy.matrices.expressions import MatMul, Transpose

from mvn_symbolic.calculus.affine import invert_affine
from mvn_symbolic.derivation.line import Rule
from mvn_symbolic.notation.laws import (
    KL,
    Covariance,
    Entropy,
    Law,
    LogDensity,
    ScalarExpectation,
    Variance,
    expectation_of,
    mean_over,
)
from mvn_symbolic.notation.nodes import LogDet, squared_norm
from mvn_symbolic.notation.operators import Jacobian
from mvn_symbolic.notation.symbols import Noise

__all__ = [
    "change_of_variables",
    "covariance",
    "divergence",
    "divergence_backwards",
    "entropy",
    "entropy_backwards",
    "noise_density",
    "noise_law",
    "variance",
]


def noise_law(noise: Any) -> Law:
    """The law of the noise itself."""
    return Law("varphi", noise)


def divergence() -> Rule:
    """KL(p || q) = E_p[log p - log q]."""

    def expand(p: Law, q: Law) -> Any:
        z = p.point
        return expectation_of(LogDensity(p, z) - LogDensity(q, z), z, p)

    return Rule(
        "definition of the divergence",
        lambda expr: expr.replace(KL, expand),
        "The mean, under the first law, of the difference of the log densities.",
        "p is absolutely continuous with respect to q; Gaussians with full-rank covariance are",
    )


def divergence_backwards(p: Law, q: Law) -> Rule:
    """E_p[f - log p + log q] = E_p[f] - KL(p || q)."""

    def gather(integrand: Any, variable: Any, law: Law | None = None) -> Any:
        rest = integrand + LogDensity(p, variable) - LogDensity(q, variable)
        if law != p or rest.has(LogDensity):
            return expectation_of(integrand, variable, law)
        return expectation_of(rest, variable, law) - KL(p, q)

    return Rule(
        "definition of the divergence",
        lambda expr: expr.replace(ScalarExpectation, gather),
        f"Expectation is linear; the mean of the difference of the log densities under ${p.latex}$ is the divergence.",
        "both means exist",
    )


def entropy() -> Rule:
    """H[q] = -E_q[log q]."""

    def expand(law: Law) -> Any:
        return expectation_of(-LogDensity(law, law.point), law.point, law)

    return Rule(
        "definition of the entropy", lambda expr: expr.replace(Entropy, expand), "Minus the mean log density, in nats."
    )


def entropy_backwards(p: Law) -> Rule:
    """E_p[f + log p] = E_p[f] - H[p]."""

    def gather(integrand: Any, variable: Any, law: Law | None = None) -> Any:
        rest = integrand - LogDensity(p, variable)
        if law != p or rest.has(LogDensity(p, variable)):
            return expectation_of(integrand, variable, law)
        return expectation_of(rest, variable, law) - Entropy(p)

    return Rule(
        "definition of the entropy",
        lambda expr: expr.replace(ScalarExpectation, gather),
        f"Expectation is linear; minus the mean of the log density of ${p.latex}$ under ${p.latex}$ is its entropy.",
        "both means exist",
    )


def covariance() -> Rule:
    """Cov[z] = E[(z - E z)(z - E z)']."""

    def expand(vector: Any, *noises: Any) -> Any:
        centred = vector - mean_over(vector, *noises)
        return mean_over(MatMul(centred, Transpose(centred)), *noises)

    return Rule(
        "definition of the covariance",
        lambda expr: expr.replace(Covariance, expand),
        "The mean of the outer product of the deviation from the mean.",
    )


def variance() -> Rule:
    """Var[f] = E[f^2] - E[f]^2."""

    def expand(scalar: Any, noise: Noise) -> Any:
        return expectation_of(scalar**2, noise) - expectation_of(scalar, noise) ** 2

    return Rule(
        "definition of the variance",
        lambda expr: expr.replace(Variance, expand),
        "The mean square less the squared mean.",
        "both means exist",
    )


def change_of_variables(law: Law) -> Rule:
    """log q(z) = log phi(eps(z)) - log |det dz/deps|."""

    def expand(expr: Any) -> Any:
        def density(node: LogDensity) -> Any:
            _, point = node.args
            noise = invert_affine(law.sample, law.noise, point)
            return LogDensity(noise_law(law.noise), noise) - LogDet(Jacobian(law.sample, law.noise))

        return expr.replace(lambda node: isinstance(node, LogDensity) and node.args[0] == law, density)

    return Rule(
        "change of variables",
        expand,
        r"Solve the premise for $\varepsilon$; the density of $z$ is that of $\varepsilon$ over the volume factor.",
        "the map from the noise to z is one to one: L has a positive diagonal",
    )


def noise_density(law: Law) -> Rule:
    """log phi(e) = -k/2 log 2 pi - |e|^2 / 2, for independent standard normal coordinates."""

    def expand(expr: Any) -> Any:
        def density(node: LogDensity) -> Any:
            point = node.args[1]
            return -point.shape[0] * log(2 * pi) / 2 - squared_norm(point) * Rational(1, 2)

        # a law whose sample is the noise itself, whatever it is called
        return expr.replace(lambda node: isinstance(node, LogDensity) and node.args[0].sample == law.noise, density)

    return Rule(
        "density of the noise",
        expand,
        r"The coordinates of $\varepsilon$ are independent, each with density $e^{-e^2/2}/\sqrt{2\pi}$.",
    )
