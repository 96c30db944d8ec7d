"""Floor 5: the evidence lower bound of a variational autoencoder, its one-sample estimator and their gradients."""

from __future__ import annotations

from mvn_symbolic.catalogue.parameterizations import FACTORED, Parameterization
from mvn_symbolic.catalogue.registry import build
from mvn_symbolic.catalogue.setting import Setting
from mvn_symbolic.derivation import definitions, rules
from mvn_symbolic.derivation.gradients import gradients_of
from mvn_symbolic.derivation.line import Line
from mvn_symbolic.derivation.model import Chain, Derivation, Equation, Premise
from mvn_symbolic.notation.laws import Law, LogDensity, expectation_of
from mvn_symbolic.notation.operators import ScalarFunction
from mvn_symbolic.notation.symbols import scalar
from mvn_symbolic.notation.table import symbol

__all__ = ["DECODER", "elbo", "one_sample_bound"]

J = ScalarFunction("J")
DECODER = Premise(r"$J(z)=\log p(x\mid z)$, the decoder's log likelihood of the data point $x$ at hand.")


def elbo(setting: Setting) -> Derivation:
    """E_q[log p(x|z)] - KL(q || p), its one-sample estimator, and gradients by every parameterization."""
    law, z, eps = setting.law(), symbol("value"), symbol("eps")
    prior = definitions.noise_law(eps)
    divergence = build("kl_standard_normal", setting)
    start = expectation_of(J(z) + LogDensity(prior, z) - LogDensity(law, z), z, law)
    line = (
        Line("elbo", "The bound", start)
        .then(definitions.divergence_backwards(law, prior))
        .then(rules.insert(divergence.result, "The divergence in closed form."))
        .then(rules.reparameterize(law))
    )
    chains: list[Chain] = [line.chain, _gap(law, line.chain.result)]
    for to in FACTORED:
        if to.beside:
            special = divergence.results[to.chain(divergence.name)]
            chains += one_sample_bound(setting, to, special)
    return Derivation(
        name="elbo",
        title="The evidence lower bound",
        summary=(
            "What a variational autoencoder maximizes: how well the decoder explains the data from a sample, "
            "minus how far the encoder's law is from the prior."
        ),
        premise=(
            *setting.premises,
            DECODER,
            Premise(r"The prior on $z$ is $\varphi$, the law of the noise; the encoder's law is $q$."),
            Premise(
                r"$c=\log p(x)$, the log evidence. By Bayes' rule the log density of the posterior $p(z\mid x)$ is "
                r"$J(z)+\log\varphi(z)-c$."
            ),
        ),
        chains=tuple(chains),
        remarks=(
            r"A KL divergence is never negative: the bound lies below $\log p(x)$, and reaches it at the posterior.",
        ),
        conventions=(
            "Signs: the bound is to be maximized; a training loss is its negative.",
            r"Gradients by $L$ are lower-triangular.",
        ),
        references=("Kingma & Welling 2014, Auto-Encoding Variational Bayes, arXiv 1312.6114",),
    )


def _gap(law: Law, bound: Equation) -> Chain:
    """KL(q || p(z | x)) = log p(x) - bound."""
    evidence = scalar("c")
    integrand, z, _ = bound.left.args
    start = expectation_of(evidence - integrand, z, law)
    apart = Equation(start, evidence - bound.left)
    return (
        Line("elbo_gap", "What is missing to the evidence: the KL divergence from the posterior", start)
        .then(rules.insert(apart, r"$\log p(x)$ does not depend on $z$.", name="linearity of expectation"))
        .then(rules.insert(bound, "The bound, from above."))
        .chain
    )


def one_sample_bound(setting: Setting, to: Parameterization, divergence: Equation) -> tuple[Chain, ...]:
    """One draw instead of the mean, the divergence exact: unbiased; and its gradients."""
    estimate = J(setting.named_draw(to.scale(""))) - divergence.right
    eps = symbol("eps")
    title = "The bound from one sample, without bias"
    if to.beside:
        title = f"From one sample, without bias: {to.title[0].lower()}{to.title[1:]}"
    unbiased = Line(to.chain("estimator"), title, expectation_of(estimate, eps))
    gradients = gradients_of(estimate, *map(symbol, to.arguments), prefix=to.gradients("estimator"))
    return (unbiased.then(rules.linearity(eps)).chain, *gradients)
