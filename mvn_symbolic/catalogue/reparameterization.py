"""Floor 5: the reparameterization trick itself: from z = mu + L eps to its mean, covariance and written-out forms."""

from __future__ import annotations

from typing import Any

from sympy import ImmutableMatrix, Integer, factor
from sympy.matrices.expressions import MatAdd, MatMul, MatrixExpr

from mvn_symbolic.calculus import resolve_diagonals
from mvn_symbolic.calculus.indexed import component, free_entries_by_row, index
from mvn_symbolic.catalogue.parameterizations import SPECIAL, Parameterization
from mvn_symbolic.catalogue.setting import Setting
from mvn_symbolic.derivation import definitions, rules
from mvn_symbolic.derivation.line import Line, Rule
from mvn_symbolic.derivation.model import Chain, Derivation, Equation, Premise
from mvn_symbolic.notation.laws import Covariance, expectation_of
from mvn_symbolic.notation.operators import Component, ParameterCount, WrittenOut
from mvn_symbolic.notation.symbols import Let, StructuredSymbol, k
from mvn_symbolic.notation.table import latex_name, symbol

__all__ = ["mean_and_covariance", "reparameterization"]


def mean_and_covariance(sample: MatrixExpr) -> tuple[Line, Line]:
    """Of any sample affine in the noise, each from its definition."""
    eps = symbol("eps")
    mean = (
        Line("mean", "The mean", expectation_of(sample, eps))
        .then(rules.linearity(eps))
        .then(rules.moments(eps, r"$\mathbb{E}[\varepsilon]=0$."))
    )
    covariance = (
        Line("covariance", "The covariance", Covariance(sample, eps))
        .then(definitions.covariance())
        .then(rules.insert(mean.chain.result, "The mean, from above."))
        .then(rules.collect("The mean cancels."))
        .then(rules.linearity(eps))
        .then(rules.moments(eps, r"$\mathbb{E}[\varepsilon\varepsilon^\top]=I$."))
    )
    return mean, covariance


def reparameterization(setting: Setting) -> Derivation:
    """z = mu + L eps: mean, covariance, entries, every parameterization, parameter counts."""
    scale_tril = symbol("scale_tril")
    sample = setting.draw()
    sigma = Let("Sigma", scale_tril * scale_tril.T)
    mean, covariance = mean_and_covariance(sample)
    spread = covariance.then(
        rules.give_names(sigma, reason=r"Call it $\Sigma$: this is why $L$ is a factor of the covariance.")
    )
    return Derivation(
        name="reparameterization",
        title="The reparameterization of a Gaussian vector",
        summary=(
            "A Gaussian vector with any mean and covariance is a fixed noise vector, scaled and shifted. "
            "Its randomness no longer depends on its parameters, so gradients can flow through the sample."
        ),
        premise=(*setting.premises, Premise(r"The name $\Sigma$ for the product.", Equation(sigma, sigma.definition))),
        chains=(
            mean.chain,
            spread.chain,
            _component(sample),
            _written_out(sample),
            _written_out_at_three(sample),
            *(chain for to in SPECIAL if to.beside and (chain := sample_by(setting, to)).steps),
            _count(scale_tril),
            _count(symbol("scale_diag")),
        ),
        references=(
            "Kingma & Welling 2014, Auto-Encoding Variational Bayes, arXiv 1312.6114",
            "Rezende, Mohamed & Wierstra 2014, Stochastic Backpropagation, arXiv 1401.4082",
        ),
    )


def sample_by(setting: Setting, to: Parameterization) -> Chain:
    """The sample by the raw parameters."""
    coordinates = Rule("coordinate-wise", resolve_diagonals, "A diagonal factor multiplies coordinate by coordinate.")
    title = to.title if to.beside else "The sample"
    line = Line(to.chain("sample"), title, setting.draw("", to.scale("")))
    return line.then_if(coordinates).then_if(rules.by_definition()).chain


def _component(sample: Any) -> Chain:
    reason = "Entries of $L$ right of the diagonal are 0, so the sum ends at $i$."
    line = Line("component", "One coordinate", Component(sample, index("i")))
    return line.then(rules.answer(Component, component, "row i of the product", reason)).chain


def _written_out(sample: Any) -> Chain:
    def write(expr: Any) -> Any:
        if isinstance(expr, (MatAdd, MatMul)):
            return expr.func(*map(write, expr.args))
        return WrittenOut(expr) if isinstance(expr, StructuredSymbol) else expr

    rule = Rule("write the entries", write, "The same equation with its entries shown.")
    return Line("written_out", "Written out", sample).then(rule).chain


def _written_out_at_three(sample: Any) -> Chain:
    def entries(vector: Any) -> Any:
        i = index("i")
        return ImmutableMatrix([component(vector, i).subs(i, n).doit() for n in range(1, int(vector.shape[0]) + 1)])

    line = Line("written_out_at_three", "In full at k = 3", sample.xreplace({k: Integer(3)}))
    return line.then(Rule("multiply out", entries, "Row by column.")).chain


def _count(parameter: StructuredSymbol) -> Chain:
    """The number of free entries of a symbol."""
    title = f"Free parameters of ${latex_name(parameter)}$"
    rows = "Row by row, as many as the structure leaves free."
    return (
        Line(f"parameters_{parameter.name}", title, ParameterCount(parameter))
        .then(rules.answer(ParameterCount, free_entries_by_row, "count the free entries", rows))
        .then(Rule("sum", lambda expr: factor(expr.doit()), "Sum of the first integers."))
        .chain
    )
