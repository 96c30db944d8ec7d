"""Floor 5: estimators of the bound on a quadratic log likelihood: divergence exact or sampled, score kept or not."""

from __future__ import annotations

from sympy.matrices.expressions import Identity, Inverse, MatMul, Transpose

from mvn_symbolic.calculus.affine import affine_parts
from mvn_symbolic.catalogue.kl import divergence_line
from mvn_symbolic.catalogue.path_gradients import (
    along_draw,
    at_sample,
    covariance_of,
    factor_variance,
    held,
    mean_of,
    square_of,
)
from mvn_symbolic.catalogue.quadratic import LOSS, WICK, A, b, quadratic
from mvn_symbolic.catalogue.setting import Setting
from mvn_symbolic.derivation import definitions, rules
from mvn_symbolic.derivation.line import Line
from mvn_symbolic.derivation.model import Chain, Derivation, Equation, Premise
from mvn_symbolic.notation.laws import KL, Law, LogDensity, Variance
from mvn_symbolic.notation.operators import Gradient
from mvn_symbolic.notation.places import value_at
from mvn_symbolic.notation.symbols import k
from mvn_symbolic.notation.table import argument_name, latex_name, symbol

__all__ = ["elbo_estimators"]


def elbo_estimators(setting: Setting) -> Derivation:
    """One-draw estimates of E_q[J] - KL(q || prior) and of its gradients: mean, variance, and what is best where."""
    prior, law = definitions.noise_law(symbol("eps")), setting.law()
    divergence = divergence_line(law, prior).chain.result
    return Derivation(
        name="elbo_estimators",
        title="Estimators of the evidence lower bound, and their variance",
        summary=(
            "The divergence from the prior can be put in closed form or sampled with the rest, and of what is sampled "
            "the score can be left out. All have the same mean; which varies least depends on how close the law is "
            "to the posterior."
        ),
        premise=(
            *setting.premises,
            Premise("The log likelihood, with a symmetric $A$.", LOSS.equation),
            Premise(r"The prior on $z$ is $\varphi$, the law of the noise; $q$ is the law of the sample."),
            Premise(
                r"$s$ is $q$ with its parameters held: it has letters of its own while the gradient is taken, and the "
                r"values of $q$ afterwards."
            ),
        ),
        chains=(
            *_values(setting, prior, divergence),
            *_gradients(setting, prior, divergence, symbol("loc")),
            *_gradients(setting, prior, divergence, symbol("scale_tril")),
            factor_variance(),
        ),
        remarks=(
            (
                r"The posterior is Gaussian where $I-A$ is positive definite; $q$ is the posterior at "
                r"$A=I-\Sigma^{-1}$ and $b=\Sigma^{-1}\mu$."
            ),
        ),
        conventions=(
            "Signs: the bound is to be maximized; a training loss is its negative.",
            (
                r"By $L$ each gradient is $\mathrm{tril}(g\varepsilon^\top)$ and a constant; $g=c+H\varepsilon$ is "
                r"what is sampled by $\mu$. With $1$ at place $i$ of $u$ and at place $j\le i$ of $w$, the last "
                "variance is that of the entry $i,j$."
            ),
        ),
        references=(
            "Kingma & Welling 2014, Auto-Encoding Variational Bayes, arXiv 1312.6114",
            "Roeder, Wu & Duvenaud 2017, Sticking the Landing, arXiv 1703.09194",
        ),
    )


def _values(setting: Setting, prior: Law, divergence: Equation) -> tuple[Chain, ...]:
    """The variance of the estimate of the bound itself, with the divergence exact and sampled."""
    eps, law, z = symbol("eps"), setting.law(), setting.draw()
    exact = Line(
        "value_exact",
        "The variance of the bound's estimate, divergence exact",
        Variance(quadratic(z) - KL(law, prior), eps),
    ).then(rules.insert(divergence, "The divergence in closed form: a number, which does not vary."))
    sampled = Line(
        "value_sampled",
        "The variance of the bound's estimate, divergence sampled",
        Variance(quadratic(z) + LogDensity(prior, z) - LogDensity(law, z), eps),
    )
    for density in (at_sample(prior, z), at_sample(law, z)):
        sampled = sampled.then(rules.insert(density, "The log density."))
    sampled = sampled.then_if(rules.simplify_norms("Whitening a sample of its own law gives the noise back."))
    return tuple(line.then(definitions.variance()).then(rules.moments(eps, WICK)).chain for line in (exact, sampled))


def _gradients(setting: Setting, prior: Law, divergence: Equation, parameter: object) -> tuple[Chain, ...]:
    """Three gradients by one parameter, with mean and covariance, and the third where the law is the posterior."""
    law, s, z = setting.law(), setting.law("s"), setting.draw()
    name, by = argument_name(parameter), f"by ${latex_name(parameter)}$"
    rest = quadratic(z) + LogDensity(prior, z)
    known = at_sample(prior, z)
    lines = {
        "exact": along_draw(
            f"exact_{name}",
            f"The gradient {by}, divergence exact",
            Gradient(quadratic(z) - KL(law, prior), parameter),
            divergence,
        ),
        "sampled": along_draw(
            f"sampled_{name}",
            f"The gradient {by}, divergence sampled",
            Gradient(rest - LogDensity(law, z), parameter),
            known,
            at_sample(law, z),
        ),
        "stuck": held(
            f"stuck_{name}",
            f"The gradient {by}, divergence sampled, without the score",
            rest - LogDensity(s, z),
            parameter,
            known,
            at_sample(s, z),
        ),
    }
    chains: list[Chain] = []
    for kind, line in lines.items():
        chains += [line.chain, mean_of(f"mean_{kind}_{name}", f"Its mean {by}", line.current)]
        if name == "loc":
            chains.append(covariance_of(f"covariance_{kind}", "Its covariance", line.current).chain)
            if kind == "stuck":
                title = "A form that is accurate near the posterior"
                chains.append(square_of("covariance_stuck_stable", title, line.current))
    return (*chains, _at_posterior(setting, lines["stuck"]))


def _at_posterior(setting: Setting, line: Line) -> Chain:
    """What a line ends with, where the law is the posterior."""
    factor, _ = affine_parts(setting.draw(), symbol("eps"))
    precision = MatMul(Inverse(Transpose(factor)), Inverse(factor))
    _, mean = affine_parts(setting.draw(), symbol("eps"))
    question = value_at(value_at(line.current, b, MatMul(precision, mean)), A, Identity(k) - precision)
    return (
        Line(f"{line.name}_at_posterior", f"{line.title}, where $q$ is the posterior", question)
        .then(rules.evaluate(b))
        .then(rules.evaluate(A))
        .chain
    )
