"""Floor 5: further divergences of two Gaussians: Rényi, Bhattacharyya, Hellinger and Jeffreys."""

from __future__ import annotations

from sympy import Rational

from mvn_symbolic.calculus.affine import affine_parts
from mvn_symbolic.calculus.terms import normalize
from mvn_symbolic.catalogue.density import log_density_of
from mvn_symbolic.catalogue.kl import divergence_line
from mvn_symbolic.catalogue.setting import Setting
from mvn_symbolic.derivation import divergences, exponentials, rules, stable, whitening
from mvn_symbolic.derivation.gradients import gradients_of
from mvn_symbolic.derivation.line import Line
from mvn_symbolic.derivation.model import Derivation, Equation, Premise
from mvn_symbolic.notation.divergences import Bhattacharyya, Jeffreys, Renyi, SquaredHellinger
from mvn_symbolic.notation.laws import Law
from mvn_symbolic.notation.shares import share
from mvn_symbolic.notation.symbols import Let
from mvn_symbolic.notation.table import symbol

__all__ = ["bhattacharyya", "jeffreys", "renyi", "renyi_line"]

ALPHA = share("alpha")
_ARGUMENTS = [symbol(argument, prefix) for prefix in ("p", "q") for argument in ("loc", "scale_tril")]
_LOWER = "Gradients by $L$ are lower-triangular: derivatives by the free entries, zero above."
_GIL = "Gil, Alajaji & Linder 2013, Rényi divergence measures for commonly used continuous distributions"


def _names(p: Law, q: Law) -> tuple[Let, Let]:
    """C, the mixture of the covariances that belongs to p^alpha q^(1 - alpha), and the distance of the means."""
    (p_factor, p_mean), (q_factor, q_mean) = (affine_parts(law.sample, law.noise) for law in (p, q))
    mixture = ALPHA * q_factor * q_factor.T + (1 - ALPHA) * p_factor * p_factor.T
    return Let("C", normalize(mixture)), Let("delta", normalize(p_mean - q_mean))


def renyi_line(p: Law, q: Law) -> Line:
    """From the definition of D_alpha(p || q) to its closed form, for any two samples affine in the noise."""
    eps = p.noise
    q_factor, _ = affine_parts(q.sample, q.noise)
    return (
        Line("renyi", "The Rényi divergence", Renyi(p, q, ALPHA))
        .then(divergences.renyi())
        .then(rules.insert(log_density_of(p), f"The log density of ${p.latex}$."))
        .then(rules.insert(log_density_of(q), f"The log density of ${q.latex}$; the constants cancel."))
        .then(rules.reparameterize(p))
        .then_if(rules.simplify_norms(f"Under ${p.latex}$, whitening its own sample gives the noise back."))
        .then_if(rules.name_noise_part(eps, "A", "v", "Name the matrix in front of the noise, and what remains."))
        .then(
            exponentials.complete_the_square(
                eps,
                r"$\mathbb{E}\,e^{b^\top\varepsilon-\varepsilon^\top M\varepsilon/2}"
                r"=\det(I+M)^{-1/2}\,e^{b^\top(I+M)^{-1}b/2}$, here with "
                r"$M=(1-\alpha)(A^\top A-I)$ and $b=(\alpha-1)A^\top v$.",
                "I + M is positive definite, as it is for every order between 0 and 1",
            )
        )
        .then_if(whitening.gather_coefficients())
        .then(whitening.through_the_factor())
        .then(whitening.to_plain_coordinates(q_factor))
        .then(rules.give_names(*_names(p, q), reason="Name the mixture of the covariances, and the distance."))
    )


def renyi(setting: Setting) -> Derivation:
    """D_alpha(p || q) of two Gaussians, and its gradients by all four arguments."""
    line = renyi_line(setting.law("p"), setting.law("q"))
    return Derivation(
        name="renyi",
        title="The Rényi divergence between two Gaussians",
        summary=(
            "A family of divergences by the mean of a power of the ratio of the densities, "
            "in closed form by one mixture of the two covariances."
        ),
        premise=(
            *setting.two_premises,
            Premise(r"The order is $\alpha$, between 0 and 1; there the mean is always finite."),
        ),
        chains=(line.chain, *gradients_of(line.current, *_ARGUMENTS)),
        remarks=(
            (
                r"The closed form holds for $\alpha>1$ too, as long as $C$ is positive definite; "
                "where it is not, the divergence is infinite."
            ),
        ),
        conventions=(
            "In nats.",
            _LOWER,
        ),
        references=(_GIL,),
    )


def bhattacharyya(setting: Setting) -> Derivation:
    """The Bhattacharyya distance and the squared Hellinger distance, from the Rényi divergence of order 1/2."""
    p, q = setting.law("p"), setting.law("q")
    half = {ALPHA: Rational(1, 2)}
    known = renyi_line(p, q)
    mixture, _ = _names(p, q)
    equal = Let("C", normalize(mixture.definition.xreplace(half)))
    value = known.current.xreplace({mixture: equal}).xreplace(half)
    distance = (
        Line("bhattacharyya", "The Bhattacharyya distance", Bhattacharyya(p, q))
        .then(divergences.by_others(Bhattacharyya))
        .then(
            rules.insert(
                Equation(known.start.xreplace(half), value),
                r"The Rényi divergence with $\alpha=\tfrac12$; $C$ is the mean of the two covariances.",
            )
        )
        .then_if(whitening.gather_coefficients())
    )
    hellinger = (
        Line("hellinger", "The squared Hellinger distance", SquaredHellinger(p, q))
        .then(divergences.by_others(SquaredHellinger))
        .then(rules.insert(distance.chain.result, "The Bhattacharyya distance, from above."))
    )
    return Derivation(
        name="bhattacharyya",
        title="The Bhattacharyya and Hellinger distances between two Gaussians",
        summary="How much two Gaussians overlap: the integral of the square root of the product of their densities.",
        premise=setting.two_premises,
        chains=(
            distance.chain,
            *gradients_of(distance.current, *_ARGUMENTS),
            hellinger.chain,
            *gradients_of(hellinger.current, _ARGUMENTS[0], prefix="hellinger_"),
        ),
        remarks=("The squared Hellinger distance is between 0 and 1.",),
        conventions=(_LOWER,),
        references=(_GIL,),
    )


def jeffreys(setting: Setting) -> Derivation:
    """KL(p || q) + KL(q || p), and its gradients by the arguments of p; those of q follow by symmetry."""
    p, q = setting.law("p"), setting.law("q")
    there = divergence_line(p, q).chain.result
    back = divergence_line(q, p, names=("B", "w")).chain.result
    line = (
        Line("jeffreys", "The symmetric divergence", Jeffreys(p, q))
        .then(divergences.by_others(Jeffreys))
        .then(rules.insert(there, f"The divergence of ${p.latex}$ from ${q.latex}$."))
        .then(rules.insert(back, "The same with the laws exchanged; the log determinants cancel."))
    )
    value = line.chain.result.right
    near = Line("jeffreys_stable", "A form that is accurate near p = q", value).then(stable.complete_inverse_pair("D"))
    return Derivation(
        name="jeffreys",
        title="The symmetric divergence between two Gaussians",
        summary="The divergence there and back, of Jeffreys: the log determinants cancel, and norms are what remains.",
        premise=setting.two_premises,
        chains=(line.chain, *gradients_of(line.current, *_ARGUMENTS[:2]), near.chain),
        remarks=("It is symmetric: exchange the laws for the gradients by the other one.",),
        conventions=(
            "In nats.",
            _LOWER,
        ),
        references=("Jeffreys 1946, An invariant form for the prior probability in estimation problems",),
    )
