"""Floor 5: second derivatives of the divergence between two Gaussians, by both means, covariances and factors."""

from __future__ import annotations

from typing import Any

from mvn_symbolic.calculus.covariances import by_covariances
from mvn_symbolic.catalogue.path_gradients import names_written_out
from mvn_symbolic.catalogue.registry import build
from mvn_symbolic.catalogue.setting import Setting
from mvn_symbolic.derivation import rules
from mvn_symbolic.derivation.gradients import gradients_of
from mvn_symbolic.derivation.hessians import blocks_of, gradient_equations, second_differential_chain
from mvn_symbolic.derivation.line import Line, Rule
from mvn_symbolic.derivation.model import Chain, Derivation, Equation, Premise
from mvn_symbolic.notation.places import value_at
from mvn_symbolic.notation.table import symbol

__all__ = ["covariance_line", "kl_hessian", "kl_hessian_factor"]

_REFERENCES = (
    "Magnus & Neudecker, Matrix Differential Calculus",
    "Petersen & Pedersen 2012, The Matrix Cookbook",
)
_CONVENTIONS = (
    "The Hessian by two vectors has a row for each entry of the first, a column for each of the second.",
    (
        "By a matrix it is a matrix by its free entries, column by column: the lower triangle of a factor or of a "
        "covariance, where an entry of a covariance moves its mirror image along."
    ),
    (
        "A second differential by one parameter is the change of the gradient, with the structure of the gradient; "
        "paired with a direction it is the Hessian in both directions."
    ),
)


def covariance_line(general: Equation, name: str, title: str) -> Line:
    """A closed form by factors, as one by covariances."""
    return (
        Line(name, title, general.left)
        .then(rules.insert(general, "The closed form by the factors of the covariances."))
        .then(
            Rule(
                "factors make covariances",
                by_covariances,
                r"$LL^\top=\Sigma$, so $\lVert L^{-1}d\rVert^2=d^\top\Sigma^{-1}d$, and $\log\det\Sigma$ is twice the "
                r"sum of the logarithms of the diagonal of $L$.",
            )
        )
    )


def _arguments(second: str) -> tuple[Any, ...]:
    return tuple(symbol(argument, prefix) for prefix in ("p", "q") for argument in ("loc", second))


def kl_hessian(setting: Setting) -> Derivation:
    """The divergence by both means and covariances: gradients, every block of the Hessian, and the metric at p = q."""
    line = covariance_line(
        build("covariance", setting).results["kl_divergence_covariance"], "divergence", "By the covariances"
    )
    value, arguments = line.current, _arguments("covariance_matrix")
    slopes = gradients_of(value, *arguments)
    bends = second_differential_chain(value, arguments[2:], "second_differential", "Second differential by $q$")
    return Derivation(
        name="kl_hessian",
        title="The Hessian of the KL divergence, by means and covariances",
        summary=(
            "Gradients and all second derivatives of the divergence between two Gaussians by the means and "
            "covariances of both; where the two are equal, the second differential is the Fisher metric."
        ),
        premise=(
            *setting.premises,
            Premise(r"The divergence of the law $p$ from the law $q$, whose factors are those of their covariances."),
        ),
        chains=(
            line.chain,
            *slopes,
            *blocks_of(value, gradient_equations(slopes)),
            bends,
            _metric_at_equality(bends.result),
        ),
        conventions=_CONVENTIONS,
        references=(*_REFERENCES, "Amari, Information Geometry", "Skovgaard 1984"),
    )


def _metric_at_equality(bends: Equation) -> Chain:
    """The second differential by q, where q is p."""
    p, q = _arguments("covariance_matrix")[:2], _arguments("covariance_matrix")[2:]
    question = bends.left
    for moving, place in zip(q, p, strict=True):
        question = value_at(question, moving, place)
    line = Line("metric", "At equality", question).then(rules.insert(bends, "The second differential, from above."))
    for moving in q:
        line = line.then(rules.evaluate(moving))
    return line.then(names_written_out()).chain


def kl_hessian_factor(setting: Setting) -> Derivation:
    """The divergence by both means and factors: every block of the Hessian."""
    general = build("kl_divergence", setting)
    value = general.result.right
    return Derivation(
        name="kl_hessian_factor",
        title="The Hessian of the KL divergence, by means and factors",
        summary="All second derivatives of the divergence between two Gaussians by the means and factors of both.",
        premise=(
            *setting.premises,
            Premise(
                "Two such samples with parameters of their own; the divergence and its gradients as derived before."
            ),
        ),
        chains=(
            Line("divergence", "The divergence", general.result.left)
            .then(rules.insert(general.result, "The closed form by the factors."))
            .chain,
            *blocks_of(value, gradient_equations(general)),
        ),
        conventions=_CONVENTIONS,
        references=_REFERENCES,
    )
