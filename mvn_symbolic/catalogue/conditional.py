"""Floor 5: marginals and conditionals: linear maps of a sample, and what one of them says about another."""

from __future__ import annotations

from typing import Any

from sympy import Expr, Rational, Symbol, exp
from sympy.matrices.expressions import MatAdd, MatMul, MatrixExpr, Transpose

from mvn_symbolic.calculus import expectation, fold, normalize
from mvn_symbolic.calculus.factoring import factor_before
from mvn_symbolic.calculus.solving import right_solution
from mvn_symbolic.catalogue.setting import Setting
from mvn_symbolic.derivation import definitions, exponentials, rules
from mvn_symbolic.derivation.line import Line, Rule
from mvn_symbolic.derivation.model import Chain, Derivation, Equation, Premise
from mvn_symbolic.notation.laws import Covariance, expectation_of
from mvn_symbolic.notation.nodes import Inner
from mvn_symbolic.notation.symbols import FullRowRank, GeneralMatrix, Let, Vector, k
from mvn_symbolic.notation.table import rank, symbol

__all__ = ["KNOWN", "S", "T", "conditional"]

_ROWS = Symbol("n", integer=True, positive=True)
S, T, GAIN = GeneralMatrix("S", _ROWS, k), FullRowRank("T", rank, k), GeneralMatrix("K", _ROWS, rank)
KNOWN = Vector("y", rank)
_LINEAR = r"$\mathbb{E}[\varepsilon]=0$."
_SIGMA = r"$\Sigma=LL^\top$ is the covariance of the sample."
_SQUARE = r"$\mathbb{E}[\varepsilon\varepsilon^\top]=I$."


def conditional(setting: Setting) -> Derivation:
    """Mean and covariance of Sz, and of Sz where Tz is known; that what is left does not depend on Tz."""
    eps, z = symbol("eps"), setting.draw()
    sigma = Let("Sigma", symbol("scale_tril") * symbol("scale_tril").T)
    mean, other_mean = _mean("marginal_mean", "The mean of $Sz$", S * z), _mean("data_mean", "The mean of $Tz$", T * z)
    deviations = [S * z - mean.current, T * z - other_mean.current]
    rest = deviations[0] - GAIN * deviations[1]
    cross = (
        Line("cross_covariance", "What $Sz-KTz$ has in common with $Tz$", expectation_of(rest * deviations[1].T, eps))
        .then(rules.collect("Multiply out; the means cancel."))
        .then(rules.linearity(eps))
        .then(rules.moments(eps, _SQUARE))
        .then(rules.give_names(sigma, reason=_SIGMA))
    )
    blocks = _blocks(sigma)
    gain = right_solution(_named(cross.current, blocks), GAIN)
    vanishing = (
        Line("gain", "The gain for which they have nothing in common", _at(cross.start, gain))
        .then(rules.insert(_both(cross.chain.result, gain), "The result above, at the gain that solves it for 0."))
        .then(_cancel(blocks, "The name is written for what it stands for, and cancels against its inverse."))
    )
    remainder = _mean("residual_mean", "The mean of $Sz-KTz$", S * z - GAIN * (T * z))
    spread = _spread("residual_covariance", "Its covariance", remainder.start.args[0], remainder, sigma)
    smallest = Line("conditional_covariance", "Its covariance at that gain", _at(spread.current, gain)).then(
        _cancel(blocks, "Written by the covariances of the two maps; of three equal terms one is left.")
    )
    return Derivation(
        name="conditional",
        title="Marginals and conditionals",
        summary=(
            "Any linear map of a Gaussian sample is Gaussian again. Where one map of it is known, another one is "
            "a linear function of what is known, and a remainder that knows nothing of it."
        ),
        premise=(
            *setting.premises,
            Premise(
                "Two linear maps of the sample, $Sz$ and $Tz$. With rows of the identity in $S$ and in $T$ they are "
                "blocks of its coordinates."
            ),
            Premise(
                r"The rows of $T$ are linearly independent, so that the covariance of $Tz$ has an inverse. What is "
                r"known: $Tz=y$."
            ),
        ),
        chains=(
            mean.chain,
            _spread("marginal_covariance", "Its covariance", S * z, mean, sigma).chain,
            other_mean.chain,
            cross.chain,
            vanishing.chain,
            remainder.chain,
            spread.chain,
            smallest.chain,
            _given(remainder, gain, other_mean.current),
            _generating(z, gain, smallest.current),
        ),
        remarks=(
            (
                r"Given $Tz=y$, the law of $Sz$ has the covariance $C$, whatever $y$ is; its mean is what $a$ is "
                r"multiplied by inside the mean of the last derivation, with $y$ in the place of $Tz$: the remainder "
                r"keeps its mean, and $Ky$ comes back to it."
            ),
        ),
        references=("Petersen & Pedersen 2012, The Matrix Cookbook", "Eaton 1983, Multivariate Statistics"),
    )


def _given(remainder: Line, gain: MatrixExpr, other_mean: MatrixExpr) -> Chain:
    """What Tz = y says Sz is: the mean of the remainder, which knows nothing of it, and K y."""
    distance = Let("delta", normalize(KNOWN - other_mean))
    start = MatAdd(_at(remainder.start, gain), MatMul(gain, KNOWN))
    return (
        Line("conditional_mean", "The mean of $Sz$ where $Tz=y$", start)
        .then(rules.insert(_both(remainder.chain.result, gain), "The mean above, at that gain."))
        .then(Rule("factor", lambda expr: factor_before(expr, distance), "The gain once, before the distance."))
        .chain
    )


def _generating(z: MatrixExpr, gain: MatrixExpr, spread: MatrixExpr) -> Chain:
    """E exp(a'Sz + b'Tz), by what Tz says of Sz and the remainder: as if Sz had the conditional law."""
    eps, a, b = symbol("eps"), Vector("a", _ROWS), Vector("b", rank)
    named, covariance = Let(GAIN.name, gain), Let("C", spread)
    means = expectation(S * z, eps), expectation(T * z, eps)
    known = means[0] + named * (T * z - means[1])

    def split(expr: Expr) -> Expr:
        weight = exp(Rational(1, 2) * Inner(a, covariance * a))
        return weight * expectation_of(exp(Inner(a, known) + Inner(b, T * z)), eps)

    return (
        Line("generating", "One, given the other", expectation_of(exp(Inner(a, S * z) + Inner(b, T * z)), eps))
        .then(
            Rule(
                "average the remainder",
                split,
                "The remainder is Gaussian and uncorrelated with $Tz$, hence independent of it: average its "
                r"exponential first, $\mathbb{E}\,e^{a^\top r}=e^{a^\top Ca/2}$ for a centred $r$ of covariance $C$.",
            )
        )
        .then(exponentials.complete_the_square(eps, "The exponent is linear in the noise."))
        .chain
    )


def _mean(name: str, title: str, vector: MatrixExpr) -> Line:
    eps = symbol("eps")
    return (
        Line(name, title, expectation_of(vector, eps))
        .then_if(rules.collect("Multiply out."))
        .then(rules.linearity(eps))
        .then(rules.moments(eps, _LINEAR))
    )


def _spread(name: str, title: str, vector: MatrixExpr, mean: Line, sigma: Let) -> Line:
    eps, definition = symbol("eps"), definitions.covariance()

    def around_the_mean(expr: Any) -> Any:
        return definition.apply(expr).xreplace({mean.start: mean.current})

    return (
        Line(name, title, Covariance(vector, eps))
        .then(Rule(definition.name, around_the_mean, f"{definition.reason} That is known from above."))
        .then(rules.collect("The mean cancels."))
        .then(rules.linearity(eps))
        .then(rules.moments(eps, _SQUARE))
        .then(rules.give_names(sigma, reason=_SIGMA))
    )


def _blocks(sigma: Let) -> tuple[Let, ...]:
    """The covariances of the two maps, and between them."""
    return tuple(
        Let(f"Sigma_{name}", MatMul(left, sigma, Transpose(right)))
        for name, left, right in (("S", S, S), ("ST", S, T), ("T", T, T))
    )


def _named(expr: Any, blocks: tuple[Let, ...]) -> Any:
    return normalize(fold(normalize(expr), *blocks))


def _cancel(blocks: tuple[Let, ...], reason: str) -> Rule:
    return Rule("cancel", lambda expr: _named(expr, blocks), reason)


def _at(expr: MatrixExpr, gain: MatrixExpr) -> MatrixExpr:
    return expr.xreplace({GAIN: gain})


def _both(equation: Equation, gain: MatrixExpr) -> Equation:
    return Equation(*(_at(side, gain) for side in equation))
