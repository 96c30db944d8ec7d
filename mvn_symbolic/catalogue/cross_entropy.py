"""Floor 5: the cross entropy of two Gaussians: what one law costs when it is coded with the other."""

from __future__ import annotations

from mvn_symbolic.catalogue.density import log_density_of
from mvn_symbolic.catalogue.kl import divergence_line
from mvn_symbolic.catalogue.setting import Setting
from mvn_symbolic.derivation import divergences, rules
from mvn_symbolic.derivation.gradients import gradients_of
from mvn_symbolic.derivation.line import Line
from mvn_symbolic.derivation.model import Derivation
from mvn_symbolic.notation.divergences import CrossEntropy
from mvn_symbolic.notation.laws import KL
from mvn_symbolic.notation.table import symbol

__all__ = ["cross_entropy"]


def cross_entropy(setting: Setting) -> Derivation:
    """H(p, q), its gradients by all four arguments, and what it exceeds the divergence by."""
    p, q = setting.law("p"), setting.law("q")
    eps = p.noise
    line = (
        Line("cross_entropy", "The cross entropy", CrossEntropy(p, q))
        .then(divergences.by_others(CrossEntropy))
        .then(rules.insert(log_density_of(q), f"The log density of ${q.latex}$."))
        .then(rules.reparameterize(p))
        .then_if(rules.simplify_norms("Multiply out what is whitened."))
        .then_if(rules.name_noise_part(eps, "A", "v", "Name the matrix in front of the noise, and what remains."))
        .then_if(rules.collect("Multiply the square out."))
        .then(rules.linearity(eps))
        .then(
            rules.moments(
                eps, r"$\mathbb{E}[\varepsilon]=0$ and $\mathbb{E}[\varepsilon^\top M\varepsilon]=\operatorname{tr}M$."
            )
        )
    )
    excess = (
        Line("excess", "What it exceeds the divergence by", CrossEntropy(p, q) - KL(p, q))
        .then(rules.insert(line.chain.result, "The cross entropy, from above."))
        .then(rules.insert(divergence_line(p, q).chain.result, "The divergence: what is left is the entropy of $p$."))
    )
    arguments = [symbol(argument, prefix) for prefix in ("p", "q") for argument in ("loc", "scale_tril")]
    return Derivation(
        name="cross_entropy",
        title="The cross entropy of two Gaussians",
        summary="The mean code length under a wrong model; it exceeds the divergence by the entropy of the truth.",
        premise=setting.two_premises,
        chains=(line.chain, *gradients_of(line.current, *arguments), excess.chain),
        conventions=("In nats.", "Gradients by $L$ are lower-triangular: derivatives by the free entries, zero above."),
        references=("Petersen & Pedersen 2012, The Matrix Cookbook",),
    )
