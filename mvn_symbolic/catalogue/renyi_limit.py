"""Floor 5: the Rényi divergence where its order goes to 1: a slope, and that slope is the divergence KL."""

from __future__ import annotations

from sympy import S

from mvn_symbolic.calculus import gradient, normalize, unfold
from mvn_symbolic.calculus.whitening import grouped
from mvn_symbolic.catalogue.divergences import ALPHA, renyi_line
from mvn_symbolic.catalogue.kl import divergence_line
from mvn_symbolic.catalogue.setting import Setting
from mvn_symbolic.derivation import divergences, rules
from mvn_symbolic.derivation.line import Line, Rule
from mvn_symbolic.derivation.model import Derivation, Equation, Premise
from mvn_symbolic.notation.laws import KL
from mvn_symbolic.notation.operators import ScalarDerivative
from mvn_symbolic.notation.places import value_at

__all__ = ["renyi_limit"]


def renyi_limit(setting: Setting) -> Derivation:
    """lim D_alpha(p || q) for alpha -> 1 by the rule of l'Hospital, and its difference from KL(p || q)."""
    p, q = setting.law("p"), setting.law("q")
    known = renyi_line(p, q).chain.result
    above = (ALPHA - 1) * divergences.renyi().apply(known.left)
    inserted = Equation(above, grouped((ALPHA - 1) * known.right))
    slope = (
        Line("slope", "The slope at $\\alpha=1$", value_at(ScalarDerivative(above, ALPHA), ALPHA, S.One))
        .then(rules.insert(inserted, r"The Rényi divergence in closed form, times $\alpha-1$."))
        .then(rules.answer(ScalarDerivative, gradient, "differential", "By the order; the mixture $C$ moves with it."))
        .then(rules.evaluate(ALPHA))
        .then(
            Rule(
                "by definition",
                lambda expr: normalize(unfold(expr)),
                r"At $\alpha=1$ the mixture $C$ is the covariance of $q$ alone; names are written out, and it cancels.",
            )
        )
    )
    divergence = divergence_line(p, q).chain.result
    written_out = Equation(divergence.left, normalize(unfold(divergence.right)))
    difference = (
        Line("difference", "It is the divergence", slope.start - KL(p, q))
        .then(rules.insert(slope.chain.result, "The slope, from above."))
        .then(rules.insert(written_out, "The divergence, written out."))
    )
    return Derivation(
        name="renyi_limit",
        title="The Rényi divergence at order 1",
        summary="The Rényi divergences have one gap, at order 1, and the Kullback-Leibler divergence fills it.",
        premise=(
            *setting.two_premises,
            Premise(
                r"The Rényi divergence of order $\alpha$ is a logarithm over $\alpha-1$. Both vanish at $\alpha=1$, "
                "so the limit of their ratio is the slope of the logarithm there, after l'Hospital."
            ),
        ),
        chains=(slope.chain, difference.chain),
        conventions=("In nats.",),
        references=("Rényi 1961, On measures of entropy and information",),
    )
