"""Floor 5: Kullback-Leibler divergences, each from the two log densities by reparameterizing and averaging."""

from __future__ import annotations

from mvn_symbolic.catalogue.density import log_density_of
from mvn_symbolic.catalogue.parameterizations import DIAGONAL
from mvn_symbolic.catalogue.setting import Setting
from mvn_symbolic.catalogue.special import special_case
from mvn_symbolic.derivation import definitions, rules
from mvn_symbolic.derivation.gradients import gradients_of
from mvn_symbolic.derivation.line import Line
from mvn_symbolic.derivation.model import Derivation, Equation
from mvn_symbolic.notation.laws import KL, LogDensity
from mvn_symbolic.notation.table import symbol

__all__ = ["kl_divergence", "kl_standard_normal"]

_CONVENTIONS = (
    "KL(p || q), in nats: the mean under the first law.",
    "Gradients by $L$ are lower-triangular: derivatives by the free entries, zero above.",
)


def _chain(name: str, title: str, p: tuple, q: tuple, names: tuple[str, str]) -> Line:  # type: ignore[type-arg]
    """From the definition to the closed form."""
    (p_law, p_density), (q_law, q_density) = p, q
    eps = symbol("eps")
    return (
        Line(name, title, KL(p_law, q_law))
        .then(definitions.divergence())
        .then(rules.insert(p_density, f"The log density of ${p_law.name}$."))
        .then(rules.insert(q_density, f"The log density of ${q_law.name}$; the constants cancel."))
        .then(rules.reparameterize(p_law))
        .then(rules.simplify_norms(f"Under ${p_law.name}$, whitening its own sample gives the noise back."))
        .then_if(rules.name_noise_part(eps, *names, reason="Name the matrix in front of the noise, and what remains."))
        .then(rules.collect("Multiply the squares out; log determinants are sums over diagonals."))
        .then(rules.linearity(eps))
        .then(
            rules.moments(
                eps,
                r"$\mathbb{E}[\varepsilon]=0$ and $\mathbb{E}[\varepsilon^\top M\varepsilon]=\operatorname{tr}M$.",
            )
        )
    )


def kl_divergence(setting: Setting) -> Derivation:
    """KL(p || q) of two Gaussians by their factors, and its gradients by all four arguments."""
    line = _chain(
        "kl_divergence",
        "The divergence",
        log_density_of(setting, "p"),
        log_density_of(setting, "q"),
        ("A", "v"),
    )
    value = line.chain.result
    stable = Line("kl_divergence_stable", "A form that is accurate near p = q", value.right).then(
        rules.stable_form(rules.split_then_gather)
    )
    arguments = [symbol(argument, prefix) for prefix in ("p", "q") for argument in ("loc", "scale_tril")]
    special = [
        special_case("kl_divergence", value, to, prefixes=("p", "q"), stable=True) for to in DIAGONAL
    ]
    return Derivation(
        name="kl_divergence",
        title="The Kullback-Leibler divergence between two Gaussians",
        summary=(
            "The mean difference of two Gaussian log densities, in closed form by the two factors: "
            "a squared norm, a whitened distance, and the log determinants."
        ),
        premise=setting.premises,
        chains=(
            line.chain,
            *gradients_of(value.right, *arguments),
            stable.chain,
            *(chain for chains in special for chain in chains),
        ),
        conventions=_CONVENTIONS,
        references=("Petersen & Pedersen 2012, The Matrix Cookbook", "Kingma & Welling 2014, appendix B"),
    )


def kl_standard_normal(setting: Setting) -> Derivation:
    """KL(q || N(0, I)), the term that trains an encoder: full, diagonal, log-variance."""
    eps, z = symbol("eps"), symbol("value")
    standard = definitions.noise_law(eps)
    rule = definitions.noise_density(setting.law())
    density = Equation(LogDensity(standard, z), rule.apply(LogDensity(standard, z)))
    line = _chain(
        "kl_standard_normal",
        "The divergence from the standard normal",
        log_density_of(setting),
        (standard, density),
        ("A", "v"),
    )
    value = line.chain.result
    stable = Line("kl_standard_normal_stable", "A form that is accurate near N(0, I)", value.right).then(
        rules.stable_form(rules.split_then_gather)
    )
    special = [special_case("kl_standard_normal", value, to, stable=True) for to in DIAGONAL]
    return Derivation(
        name="kl_standard_normal",
        title="The divergence from the standard normal",
        summary="The regularizer of a variational autoencoder: how far the encoder's law is from the prior.",
        premise=setting.premises,
        chains=(
            line.chain,
            *gradients_of(value.right, symbol("loc"), symbol("scale_tril")),
            stable.chain,
            *(chain for chains in special for chain in chains),
        ),
        conventions=_CONVENTIONS,
        references=("Kingma & Welling 2014, Auto-Encoding Variational Bayes, appendix B",),
    )
