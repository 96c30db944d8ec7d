"""Floor 5: the score, the Fisher information from its definition, and the natural gradient."""

from __future__ import annotations

from typing import Any

from sympy import Expr
from sympy.matrices.expressions import Inverse, MatMul, Transpose

from mvn_symbolic.calculus import gradient, normalize
from mvn_symbolic.calculus.affine import affine_parts, invert_affine
from mvn_symbolic.calculus.covariances import by_covariances
from mvn_symbolic.calculus.gradient import named_differential
from mvn_symbolic.calculus.linear_forms import matrix_of, stacked
from mvn_symbolic.calculus.second import gradient_change
from mvn_symbolic.calculus.terms import terms, word_expr
from mvn_symbolic.catalogue.kl_hessian import covariance_line
from mvn_symbolic.catalogue.registry import build
from mvn_symbolic.catalogue.setting import Setting
from mvn_symbolic.derivation import rules
from mvn_symbolic.derivation.gradients import gradients_of
from mvn_symbolic.derivation.line import Line, Rule
from mvn_symbolic.derivation.model import Chain, Derivation, Premise
from mvn_symbolic.notation.laws import Law, expectation_of
from mvn_symbolic.notation.nodes import Cholesky
from mvn_symbolic.notation.operators import ScalarDifferential, differential_of
from mvn_symbolic.notation.symbols import Let, SymmetricMatrix, Tangent, Vector
from mvn_symbolic.notation.table import latex_name, symbol
from mvn_symbolic.notation.vectorised import Unvec

__all__ = ["SLOPE", "SYMMETRIC_SLOPE", "fisher_information"]

#: A gradient by the mean, and one by the covariance.
SLOPE, SYMMETRIC_SLOPE = Vector("g"), SymmetricMatrix("G")


def fisher_information(setting: Setting) -> Derivation:
    """E[(d log q)^2] by mean and covariance, by mean and factor, and the natural gradients."""
    sigma, mu, z = symbol("covariance_matrix"), symbol("loc"), symbol("value")
    by_covariance = build("covariance", setting).results["log_prob_covariance"]
    density = covariance_line(by_covariance, "log_prob", "The log density by the covariance")
    law = Law("q", setting.draw("", Let("L", Cholesky(sigma))))
    score = _score(density.current, (mu, sigma), law, "score", "The score in a direction, by mean and covariance")
    metric = _metric(score, law, "metric", "The Fisher information by mean and covariance")
    parameters = (mu, symbol("scale_tril"))
    title = "The score in a direction, by mean and factor"
    other = _score(build("log_prob", setting).result.right, parameters, setting.law(), "score_factor", title)
    return Derivation(
        name="fisher_information",
        title="Score, Fisher information and natural gradient",
        summary=(
            "The score is the gradient of the log density by the parameters; its second moment under the law is the "
            "Fisher information, a metric on the parameters; a gradient solved by it is the natural gradient."
        ),
        premise=(
            *setting.premises,
            Premise(
                "The Fisher information in a direction is the mean, under the law, of the squared change of the log "
                "density in that direction: the score paired with the direction."
            ),
        ),
        chains=(
            density.chain,
            *gradients_of(density.current, mu, sigma, z),
            score,
            metric,
            other,
            _metric(other, setting.law(), "metric_factor", "The Fisher information by mean and factor"),
            *_natural(metric.result.right),
        ),
        conventions=(
            r"The metric is a quadratic form in $\mathrm{d}\mu$ and $\mathrm{d}\Sigma$, the latter symmetric.",
            "The natural gradient is the direction whose product with the metric is the gradient.",
        ),
        references=(
            "Amari 1998, Natural Gradient Works Efficiently in Learning",
            "Skovgaard 1984",
            "Petersen & Pedersen 2012, The Matrix Cookbook, section 8.1",
        ),
    )


def _score(density: Expr, parameters: tuple[Any, ...], law: Law, name: str, title: str) -> Chain:
    """d log q when the parameters move: the score paired with the direction."""
    return (
        Line(name, title, differential_of(density, *parameters))
        .then(
            rules.answer(ScalarDifferential, _differential, "differential", "All parameters move; the point is fixed.")
        )
        .then_if(Rule("whiten", lambda expr: _by_factor(expr, law), r"Write $\Sigma=LL^\top$, and $u=L^{-1}d$."))
        .chain
    )


def _by_factor(expr: Expr, law: Law) -> Expr:
    """The inverse covariance as L^-T L^-1, and the deviation from the mean as what u is multiplied by in the sample."""
    whitened = Let("u", invert_affine(law.sample, law.noise, law.point))
    matrix, _ = affine_parts(law.sample, law.noise)
    parts: dict[Any, Any] = {}
    for factor in law.sample.atoms(Let):
        parts[Inverse(factor.definition.args[0])] = MatMul(Inverse(Transpose(factor)), Inverse(factor))
        for let in expr.atoms(Let):
            if let.definition == whitened.definition.args[-1]:
                parts[let] = MatMul(matrix, whitened)
    return normalize(expr.xreplace(parts)) if parts else expr


def _metric(score: Chain, law: Law, name: str, title: str) -> Chain:
    """E[(d log q)^2] under q."""
    z, eps = law.point, law.noise
    return (
        Line(name, title, expectation_of(score.result.right**2, z, law))
        .then(rules.reparameterize(law))
        .then_if(
            Rule("cancel", _whitened, "Whitening the sample gives the noise back: the score is quadratic in the noise.")
        )
        .then(rules.moments(eps, "Moments of the noise up to the fourth."))
        .then_if(Rule("factors make covariances", by_covariances, r"$LL^\top=\Sigma$."))
        .chain
    )


def _differential(density: Expr, *parameters: Any) -> Expr:
    return normalize(named_differential(density, *parameters))


def _whitened(expr: Any) -> Any:
    """What is left of L^-1 (mu + L eps - mu)."""
    others = {let: let.definition for let in expr.atoms(Let) if not isinstance(let.definition, Cholesky)}
    return expr.func(normalize(expr.args[0].xreplace(others)), *expr.args[1:])


def _natural(metric: Expr) -> tuple[Chain, ...]:
    """The gradient solved by the metric's matrix, for the mean and for the covariance."""
    mean, covariance = symbol("loc"), symbol("covariance_matrix")
    return (
        _solved(metric, mean, Vector("n"), SLOPE, "natural_loc"),
        _solved(metric, covariance, SymmetricMatrix("N"), SYMMETRIC_SLOPE, "natural_covariance_matrix"),
    )


def _solved(metric: Expr, parameter: Any, direction: Any, slope: Any, name: str) -> Chain:
    operator = gradient(metric.xreplace({Tangent(parameter): direction}) / 2, direction)
    matrix = matrix_of(gradient_change(operator, direction), Tangent(direction))
    ((word, coefficient),) = terms(operator).items()
    place = word.index(direction)
    sides = [[Inverse(word_expr(part))] if part else [] for part in (word[:place], word[place + 1 :])]
    found = normalize(MatMul(1 / coefficient, *sides[0], slope, *sides[1]))
    product = MatMul(Inverse(matrix), stacked(slope))
    asked = product if product.shape == slope.shape else Unvec(product, *slope.shape)
    return (
        Line(name, f"The natural gradient by ${latex_name(parameter)}$, from the gradient ${latex_name(slope)}$", asked)
        .then(
            Rule(
                "solve by the metric",
                lambda expr: expr.xreplace({asked: found}),
                "The metric multiplies a direction from both sides; its inverse does so with the inverses.",
                source="Amari 1998",
            )
        )
        .chain
    )
