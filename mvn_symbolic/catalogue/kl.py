"""Floor 5: Kullback-Leibler divergences, each from the two log densities by reparameterizing and averaging."""

from __future__ import annotations

from mvn_symbolic.catalogue.density import log_density_of
from mvn_symbolic.catalogue.setting import Setting
from mvn_symbolic.catalogue.special import special_cases
from mvn_symbolic.derivation import definitions, rules, stable
from mvn_symbolic.derivation.gradients import gradients_of
from mvn_symbolic.derivation.line import Line
from mvn_symbolic.derivation.model import Chain, Derivation, Equation, Premise
from mvn_symbolic.notation.laws import KL, Law
from mvn_symbolic.notation.table import symbol

__all__ = ["divergence_line", "kl_divergence", "kl_standard_normal"]

_CONVENTIONS = (
    "KL(p || q), in nats: the mean under the first law.",
    "Gradients by $L$ are lower-triangular: derivatives by the free entries, zero above.",
)


def divergence_line(
    p: Law, q: Law, name: str = "kl_divergence", title: str = "The divergence", names: tuple[str, str] = ("A", "v")
) -> Line:
    """From the definition of KL(p || q) to its closed form, for any two samples affine in the noise.

    `names` are what the whitened factor and the whitened distance are called.
    """
    eps = p.noise
    return (
        Line(name, title, KL(p, q))
        .then(definitions.divergence())
        .then(rules.insert(log_density_of(p), f"The log density of ${p.latex}$."))
        .then(rules.insert(log_density_of(q), f"The log density of ${q.latex}$; the constants cancel."))
        .then(rules.reparameterize(p))
        .then_if(rules.simplify_norms(f"Under ${p.latex}$, whitening its own sample gives the noise back."))
        .then_if(rules.name_noise_part(eps, *names, reason="Name the matrix in front of the noise, and what remains."))
        .then_if(rules.solve_in_stages())
        .then_if(rules.collect("Multiply the squares out; log determinants are sums over diagonals."))
        .then(rules.linearity(eps))
        .then(
            rules.moments(
                eps,
                r"$\mathbb{E}[\varepsilon]=0$ and $\mathbb{E}[\varepsilon^\top M\varepsilon]=\operatorname{tr}M$.",
            )
        )
        .then_if(stable.complete_norms("delta"))
    )


def _stable(name: str, title: str, value: Equation) -> Chain:
    """The closed form by full factors, regrouped so that it does not cancel."""
    line = Line(name, title, value.right).then(stable.complete_square(stable.split_then_gather))
    return line.then(stable.stable_form()).then_if(stable.stable_logarithm()).chain


def kl_divergence(setting: Setting) -> Derivation:
    """KL(p || q) of two Gaussians by their factors, and its gradients by all four arguments."""
    line = divergence_line(setting.law("p"), setting.law("q"))
    value = line.chain.result
    arguments = [symbol(argument, prefix) for prefix in ("p", "q") for argument in ("loc", "scale_tril")]
    return Derivation(
        name="kl_divergence",
        title="The Kullback-Leibler divergence between two Gaussians",
        summary=(
            "The mean difference of two Gaussian log densities, in closed form by the two factors: "
            "a squared norm, a whitened distance, and the log determinants."
        ),
        premise=setting.two_premises,
        chains=(
            line.chain,
            *gradients_of(value.right, *arguments),
            _stable("kl_divergence_stable", "A form that is accurate near p = q", value),
            *special_cases("kl_divergence", value),
        ),
        conventions=_CONVENTIONS,
        references=("Petersen & Pedersen 2012, The Matrix Cookbook", "Kingma & Welling 2014, appendix B"),
    )


def kl_standard_normal(setting: Setting) -> Derivation:
    """KL(q || N(0, I)), the term that trains an encoder: full, diagonal, log-variance."""
    standard = definitions.noise_law(symbol("eps"))
    line = divergence_line(setting.law(), standard, "kl_standard_normal", "The divergence from the standard normal")
    value = line.chain.result
    return Derivation(
        name="kl_standard_normal",
        title="The KL divergence from the standard normal",
        summary="The regularizer of a variational autoencoder: how far the encoder's law is from the prior.",
        premise=(
            *setting.premises,
            Premise(r"$q$ is the law of the sample, $\varphi$ the law of the noise: the standard normal."),
        ),
        chains=(
            line.chain,
            *gradients_of(value.right, symbol("loc"), symbol("scale_tril")),
            _stable("kl_standard_normal_stable", "A form that is accurate near N(0, I)", value),
            *special_cases("kl_standard_normal", value),
        ),
        conventions=_CONVENTIONS,
        references=("Kingma & Welling 2014, Auto-Encoding Variational Bayes, appendix B",),
    )
