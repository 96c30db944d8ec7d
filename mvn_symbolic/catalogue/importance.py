"""Floor 5: the importance-weighted bound: its gradient by one of its draws, and the doubly reparameterized one."""

from __future__ import annotations

from itertools import permutations
from typing import Any

from sympy import Add, Expr, Mul, Pow, exp, factor, log, powsimp

from mvn_symbolic.calculus import gradient
from mvn_symbolic.calculus.terms import rebuild, terms
from mvn_symbolic.catalogue.scores import log_derivative, score_line
from mvn_symbolic.catalogue.setting import Setting
from mvn_symbolic.derivation import rules
from mvn_symbolic.derivation.line import Line, Rule
from mvn_symbolic.derivation.model import Chain, Derivation, Equation, Premise
from mvn_symbolic.notation.functions import sigmoid
from mvn_symbolic.notation.laws import MatrixExpectation, expectation_of
from mvn_symbolic.notation.operators import Gradient, ScalarFunction
from mvn_symbolic.notation.places import value_at
from mvn_symbolic.notation.symbols import positive_scalar, scalar
from mvn_symbolic.notation.table import argument_name, latex_name, symbol

__all__ = ["LOG_REST", "importance_weighted"]

#: The logarithm of the sum of the weights of the other draws.
LOG_REST = scalar("s")

_LOG_WEIGHT, _ANY = ScalarFunction("r"), ScalarFunction("f")
_REST = positive_scalar("R")


def importance_weighted(setting: Setting) -> Derivation:
    """log(w + R) along one draw; the score traded for a path; what is left is weighted by the squared share."""
    chains: list[Chain] = []
    for parameter in (symbol("loc"), symbol("scale_tril")):
        chains += _by(setting, parameter)
    return Derivation(
        name="importance_weighted",
        title="The importance-weighted bound, and its doubly reparameterized gradient",
        summary=(
            "With several draws the bound is the mean log of the mean weight, and its gradient weighs each draw by its "
            "share. A second reparameterization takes the score away: what is left is weighted by the squared share."
        ),
        premise=(
            *setting.premises,
            Premise(
                r"$r(z)=\log p(x,z)-\log q(z)$ is the log weight of one draw, the parameters inside $q$ held; "
                r"$w=e^{r}$ is the weight."
            ),
            Premise(
                r"$R>0$ is the sum of the weights of the other draws, which do not depend on this one. The share of "
                r"this draw is $w/(w+R)$, and the bound is the mean of $\log(w+R)$, less the log of how many draws."
            ),
        ),
        chains=tuple(chains),
        remarks=(
            r"With a single draw $R=0$, and what is left is sticking the landing.",
            r"By logarithms, $R=e^s$, no weight is too large or too small for a float: a share is a sigmoid.",
            r"Where $p(x,z)$ is a multiple of $q(z)$ the log weight is constant and its slope is zero: nothing varies.",
        ),
        conventions=(
            "Gradients are what one draw contributes; the gradient of the bound is their sum over the draws.",
        ),
        references=(
            "Burda, Grosse & Salakhutdinov 2016, Importance Weighted Autoencoders, arXiv 1509.00519",
            "Tucker, Lawson, Gu & Maddison 2019, Doubly Reparameterized Gradient Estimators, arXiv 1810.04152",
        ),
    )


def _by(setting: Setting, parameter: Any) -> tuple[Chain, ...]:
    """All of it by one parameter."""
    eps, z = symbol("eps"), setting.named_draw()
    name, by = argument_name(parameter), f"by ${latex_name(parameter)}$"
    known = score_line(setting.law(), parameter).chain.result
    score = known.right
    weight = exp(_LOG_WEIGHT(z))
    share = weight / (weight + _REST)
    bound = Gradient(log(weight + _REST), parameter)
    path = Line(f"path_{name}", f"The path of the bound {by}", bound).then(_chain_rule())
    square = (
        Line(f"square_{name}", f"Less the path of the share, {by}", bound - Gradient(share, parameter))
        .then(_chain_rule())
        .then(_one_fraction())
    )
    doubly = (
        Line(f"doubly_{name}", f"What one draw contributes {by}", expectation_of(bound - share * score, eps))
        .then(_traded(share, score, parameter))
        .then(
            rules.insert(
                Equation(expectation_of(square.start, eps), expectation_of(square.current, eps)),
                "The difference of the two paths, from above, under a mean without a closed form.",
            )
        )
    )
    single = Line(f"single_{name}", f"With a single draw, {by}", value_at(square.current, _REST, 0)).then(
        rules.evaluate(_REST)
    )
    shared = (
        Line(f"shared_{name}", f"By logarithms of weights, {by}", value_at(square.current, _REST, exp(LOG_REST)))
        .then(rules.evaluate(_REST))
        .then(_shares())
    )
    chains = (path.chain, _trade(setting, parameter, known), square.chain, doubly.chain, single.chain)
    return (*chains, shared.chain)


def _chain_rule() -> Rule:
    return rules.answer(Gradient, gradient, "chain rule", "The parameter moves the sample; the noise stands still.")


def _trade(setting: Setting, parameter: Any, score: Equation) -> Chain:
    """E[f(z) score] = E[the gradient of f along the draw], for any f that does not depend on the parameter."""
    eps, law = symbol("eps"), setting.law()
    name, by = argument_name(parameter), f"by ${latex_name(parameter)}$"
    z = setting.named_draw()
    average = Gradient(expectation_of(_ANY(law.point), law.point, law), parameter)
    scored = log_derivative(law, score).apply(average)

    def along_the_draw(mean: Any, by: Any) -> Any:
        return expectation_of(Gradient(mean.args[0].xreplace({mean.args[1]: z}), by), eps)

    return (
        Line(f"trade_{name}", f"A score traded for a path, {by}", scored)
        .then(
            Rule(
                "log-derivative trick",
                lambda expr: expr.xreplace({scored: average}),
                "Both sides are the gradient of the mean of f, as the score-function page has it.",
                "f does not depend on the parameter",
                "Williams 1992",
            )
        )
        .then(
            Rule(
                "exchange gradient and expectation",
                lambda expr: expr.replace(Gradient, along_the_draw),
                "The law of the noise does not depend on the parameters, so the gradient passes under the mean.",
                "f is differentiable, and its gradient has an integrable bound",
                "Kingma & Welling 2014",
            )
        )
        .then(_chain_rule())
        .chain
    )


def _traded(share: Expr, score: Any, parameter: Any) -> Rule:
    """Under the mean, the share times the score becomes the gradient of the share along the draw."""
    return Rule(
        "score to path",
        lambda expr: expr.replace(
            MatrixExpectation,
            lambda integrand, noise: expectation_of(integrand + share * score - Gradient(share, parameter), noise),
        ),
        "The trade from above, with the share for f. The mean of a share has no closed form, so numbers are compared "
        "only where r is a line: that the two have one mean rests on the trade.",
        "the share is bounded, and its gradient integrable",
        "Tucker, Lawson, Gu & Maddison 2019",
    )


def _one_fraction() -> Rule:
    """The coefficients of each matrix as one fraction."""

    def apply(expr: Any) -> Any:
        return rebuild({word: factor(coefficient) for word, coefficient in terms(expr).items()}, expr.shape)

    return Rule("one fraction", apply, "A share less itself times what is left to one is its square.")


def _shares() -> Rule:
    """Powers of e^a / (e^a + e^b) as those of a sigmoid of a - b."""

    def share(*factors: Expr) -> Expr:
        product = Mul(*factors)
        for power in product.atoms(Pow):
            exponents = [term.args[0] for term in Add.make_args(power.base) if isinstance(term, exp)]
            for one, other in permutations(exponents, 2):
                rest = powsimp(product / power * exp(power.exp * one))
                if power.base == exp(one) + exp(other) and not rest.has(exp):
                    return rest * sigmoid(one - other) ** -power.exp
        return product

    reason = "A share of two exponentials is the sigmoid of the difference of the exponents."
    return Rule("share as a sigmoid", lambda expr: expr.replace(Mul, share), reason)
