"""Floor 5: the divergence is never negative: a sum of what cannot be, and when all of it is zero."""

from __future__ import annotations

from sympy import S

from mvn_symbolic.calculus import gradient, normalize, unfold
from mvn_symbolic.calculus.signs import is_nonnegative
from mvn_symbolic.catalogue.registry import build
from mvn_symbolic.catalogue.setting import Setting
from mvn_symbolic.derivation import rules
from mvn_symbolic.derivation.line import Line, Rule
from mvn_symbolic.derivation.model import Chain, Derivation, Equation
from mvn_symbolic.errors import DerivationError
from mvn_symbolic.notation.functions import expm1m
from mvn_symbolic.notation.laws import KL
from mvn_symbolic.notation.operators import ScalarDerivative
from mvn_symbolic.notation.places import value_at
from mvn_symbolic.notation.symbols import scalar
from mvn_symbolic.notation.table import symbol

__all__ = ["kl_sign"]

TAU = scalar("t")


def kl_sign(setting: Setting) -> Derivation:
    """KL(p || q) as a sum of terms that are at least zero, why each is, and what follows where it is zero."""
    results = build("kl_divergence", setting).results
    known, stable = results["kl_divergence"], results["kl_divergence_stable"]
    p, q = known.left.args
    line = (
        Line("sum", "The divergence as a sum", KL(p, q))
        .then(rules.insert(known, "The divergence in closed form."))
        .then(
            Rule(
                "stable form",
                lambda expr: stable.right if expr == stable.left else expr,
                "The whitened difference of the factors $B$, squared; what is left of the diagonal, with the "
                r"logarithms, is $e^t-1-t$ with $t$ the logarithm of the ratio of two diagonal entries.",
            )
        )
    )
    if not is_nonnegative(line.current):
        raise DerivationError(f"the form of this divergence does not show its sign: {line.current}")
    equal = {symbol(argument, "q"): symbol(argument, "p") for argument in ("loc", "scale_tril")}
    there = Equation(*(side.xreplace(equal) for side in known))
    equality = (
        Line("equal_laws", "Where the laws are one", there.left)
        .then(rules.insert(there, "The divergence in closed form."))
        .then(Rule("cancel", lambda expr: normalize(unfold(expr)), "What is whitened is the identity, and 0."))
    )
    return Derivation(
        name="kl_sign",
        title="The KL divergence is never negative",
        summary=(
            "A sum of a squared distance, a squared norm, and for each coordinate a value of a convex function: "
            "none can be negative, and all are zero only if the laws are the same."
        ),
        premise=setting.two_premises,
        chains=(line.chain, *_convex(), equality.chain),
        remarks=(
            (
                r"The function $e^t-1-t$ and its slope are zero at $t=0$, and its second derivative is positive, so it "
                r"is positive for every other $t$. With $t=\log x$ this is $x-1-\log x\ge0$."
            ),
            (
                "If the sum is zero, each term is: $B$ is zero, so the factors are equal, and $v$ is zero, so the "
                "means are."
            ),
            (
                r"By eigenvalues: in coordinates in which the covariance of $q$ is the identity and that of $p$ is "
                r"diagonal, the ratios are the roots of the eigenvalues of $\Sigma_q^{-1}\Sigma_p$."
            ),
        ),
        conventions=("In nats.",),
        references=("Kullback & Leibler 1951, On information and sufficiency",),
    )


def _convex() -> tuple[Chain, ...]:
    """Value, slope and bend of exp(t) - 1 - t."""
    value = expm1m(TAU)
    slope = ScalarDerivative(value, TAU)
    derive = rules.answer(ScalarDerivative, gradient, "differential", "Scalar calculus.")
    return (
        Line("bottom", "The convex function at 0", value_at(value, TAU, S.Zero)).then(rules.evaluate(TAU)).chain,
        Line("slope", "Its slope at 0", value_at(slope, TAU, S.Zero)).then(derive).then(rules.evaluate(TAU)).chain,
        Line("bend", "Its second derivative", ScalarDerivative(slope, TAU)).then(derive).chain,
    )
