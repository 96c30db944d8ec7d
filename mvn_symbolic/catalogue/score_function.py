"""Floor 5: the score-function estimator: the gradient of a mean through the density, and its variance."""

from __future__ import annotations

from sympy import Expr, diff, solve
from sympy.matrices.expressions import MatMul, Transpose

from mvn_symbolic.calculus import expectation, gradient, normalize
from mvn_symbolic.calculus.affine import affine_parts
from mvn_symbolic.catalogue.path_gradients import names_written_out
from mvn_symbolic.catalogue.quadratic import LOSS, WICK, centred_loss, delta, in_whitened_letters
from mvn_symbolic.catalogue.scores import log_derivative, score_line
from mvn_symbolic.catalogue.setting import Setting
from mvn_symbolic.derivation import definitions, rules
from mvn_symbolic.derivation.line import Line
from mvn_symbolic.derivation.model import Chain, Derivation, Premise
from mvn_symbolic.notation.laws import Variance, expectation_of
from mvn_symbolic.notation.nodes import Inner
from mvn_symbolic.notation.operators import Gradient, ScalarDerivative, ScalarFunction, gradient_of
from mvn_symbolic.notation.places import value_at
from mvn_symbolic.notation.symbols import SymmetricMatrix, Vector
from mvn_symbolic.notation.table import argument_name, latex_name, symbol

__all__ = ["C", "M", "V", "W", "score_function"]

J = ScalarFunction("J")
#: Linear and quadratic part of the loss by the noise, and directions, in letters of their own: what is behind them does
#: not matter here.
C, M, V, W = Vector("c"), SymmetricMatrix("M"), Vector("v"), Vector("w")


def score_function(setting: Setting) -> Derivation:
    """grad E[J] = E[(J - beta) grad log q]; unbiased; its variance by mean and factor; the best baseline."""
    law = setting.law()
    scores = [score_line(law, parameter) for parameter in (symbol("loc"), symbol("scale_tril"))]
    loss = centred_loss(setting)
    by_mean, by_factor = _variances(setting, scores[0])
    return Derivation(
        name="score_function",
        title="The score-function gradient, and its exact variance with a baseline",
        summary=(
            "The gradient of a mean needs no derivative of the loss: the loss at the sample times the score. A "
            "baseline changes nothing on average and much in the variance, which is known exactly for a quadratic loss."
        ),
        premise=(
            *setting.premises,
            LOSS,
            Premise(
                r"A baseline is any number that does not depend on the sample; $\delta$ is how far it lies below the "
                r"mean of the loss. With $\delta=\mathbb{E}[J]$ there is no baseline, with $\delta=0$ it is the mean."
            ),
        ),
        chains=(
            *(chain for score in scores for chain in _estimator(setting, score)),
            loss.chain,
            *(_unbiased(loss, score) for score in scores),
            by_mean.chain,
            by_factor.chain,
            *_best_baseline(by_mean.current),
        ),
        conventions=(
            "Gradients by $L$ are lower-triangular.",
            (
                r"The variance of the estimate $g$ by $\mu$ is that of $u^\top g$, with $v=L^{-1}u$: with $1$ at place "
                r"$i$ of $u$ and $0$ elsewhere, of the entry $i$. $c$ and $M$ are the parts of the loss by the noise."
            ),
            (
                r"The variance of the estimate $G$ by $L$ is that of $u^\top Gw$, with the same $v$: with $1$ at place "
                r"$i$ of $u$ and at place $j\le i$ of $w$, of the entry $i,j$."
            ),
        ),
        references=(
            "Williams 1992, Simple Statistical Gradient-Following Algorithms",
            "Mohamed, Rosca, Figurnov & Mnih 2020, Monte Carlo Gradient Estimation, arXiv 1906.10652",
        ),
    )


def _estimator(setting: Setting, score: Line) -> tuple[Chain, ...]:
    """The score, the gradient of any mean by it, and its own mean, which is why a baseline changes nothing."""
    law, eps = setting.law(), symbol("eps")
    parameter = score.start.args[0].args[1]
    name, title = argument_name(parameter), latex_name(parameter)
    question = Gradient(expectation_of(J(law.point), law.point, law), parameter)
    trick = log_derivative(law, score.chain.result)
    return (
        score.chain,
        Line(f"estimator_{name}", f"The gradient of any mean by ${title}$", question).then(trick).chain,
        Line(f"baseline_{name}", f"What a baseline adds by ${title}$", expectation_of(score.current, eps))
        .then(rules.moments(eps, "A score has mean zero, so a multiple of it is added for nothing."))
        .chain,
    )


def _unbiased(loss: Line, score: Line) -> Chain:
    """E[(J - beta) score] on the quadratic loss."""
    eps = symbol("eps")
    parameter = score.start.args[0].args[1]
    return (
        Line(
            f"unbiased_{argument_name(parameter)}",
            f"The estimator by ${latex_name(parameter)}$ is unbiased, whatever the baseline",
            expectation_of(loss.current * score.current, eps),
        )
        .then(rules.moments(eps, WICK))
        .then(names_written_out())
        .chain
    )


def _variances(setting: Setting, score: Line) -> tuple[Line, Line]:
    """The variance of the estimate by the mean along L v, and that of the estimate by the factor along v and w."""
    eps = symbol("eps")
    factor, _ = affine_parts(setting.draw(), eps)
    loss = in_whitened_letters(delta, M, C, eps)
    by_mean = normalize(Inner(V, MatMul(Transpose(factor), score.current)))
    by_factor = by_mean * Inner(W, eps)
    titles = ("The variance of the estimate by the mean", "The variance of the estimate by the factor")
    by_mean, by_factor = (
        Line(f"variance_{name}", title, Variance(loss * (along - expectation(along, eps)), eps))
        .then(definitions.variance())
        .then(rules.moments(eps, WICK))
        for name, title, along in zip(("loc", "scale_tril"), titles, (by_mean, by_factor), strict=True)
    )
    return by_mean, by_factor


def _best_baseline(along: Expr) -> tuple[Chain, ...]:
    """Where the variance along a direction is least: its derivative by the baseline vanishes there."""
    (place,) = solve(diff(along, delta), delta)
    slope = Line(
        "best_baseline",
        "The baseline of least variance in a direction",
        value_at(gradient_of(along, delta), delta, place),
    )
    least = Line("least_variance", "The least variance in a direction", value_at(along, delta, place))
    return (
        slope.then(
            rules.answer(ScalarDerivative, gradient, "differential", r"A square in $\delta$, and a multiple of it.")
        )
        .then(rules.evaluate(delta))
        .chain,
        least.then(rules.evaluate(delta)).chain,
    )
