"""Floor 5: the gauge of a factor, L Q with an orthogonal Q: what it leaves as it is, and what it turns."""

from __future__ import annotations

from typing import Any

from sympy.matrices.expressions import Inverse, MatAdd, MatMul, MatrixExpr, Transpose

from mvn_symbolic.calculus import gradient
from mvn_symbolic.catalogue.continuity import covariance_of
from mvn_symbolic.catalogue.setting import Setting
from mvn_symbolic.derivation import definitions, rules
from mvn_symbolic.derivation.line import Line
from mvn_symbolic.derivation.model import Chain, Derivation, Premise
from mvn_symbolic.notation.laws import Covariance
from mvn_symbolic.notation.operators import Gradient, ScalarFunction
from mvn_symbolic.notation.places import value_at
from mvn_symbolic.notation.symbols import GeneralMatrix, OrthogonalMatrix, tangent_of
from mvn_symbolic.notation.table import symbol

__all__ = ["gauge"]

F, M, Q = GeneralMatrix("F"), GeneralMatrix("M"), OrthogonalMatrix("Q")


def gauge(setting: Setting) -> Derivation:
    """Covariance, gradient, and velocity of a sample made with L Q."""
    factor = symbol("scale_tril")
    spin = M - Transpose(M)
    fixed, turning = tangent_of(factor) * Q, tangent_of(factor) * Q + factor * Q * spin
    return Derivation(
        name="gauge",
        title="The gauge of a factor",
        summary=(
            "A factor may be turned by an orthogonal matrix on its right: the law stays the same, and so does the mean "
            "of every gradient. What may change is the variance, and only if the turn moves with the parameters."
        ),
        premise=(
            *setting.premises,
            Premise("$Q$ is orthogonal: $QQ^\\top=I$. $F$ is any factor of the covariance, such as $LQ$."),
            Premise("$M$ is any square matrix; an orthogonal $Q$ moves by $Q(M-M^\\top)$, and by nothing else."),
        ),
        chains=(
            _law(setting),
            *_gradient(setting),
            _velocity("fixed", "The velocity, when the turn stands still", fixed),
            _velocity("turning", "The velocity, when the turn moves", turning),
            _carried("What it makes of the covariance", turning),
        ),
        remarks=(
            "The variance of a gradient in a direction depends on its velocity alone; a fixed turn leaves it as it is.",
            (
                "A turn that moves adds an antisymmetric matrix in front of the whitened sample: the mean of the "
                "gradient stays, its variance does not. The transport gradient is the gauge of least kinetic energy."
            ),
            r"A gradient by $LQ$ is that by $L$, turned, at noise $Q^\top\varepsilon$, which has the law of the noise.",
        ),
        references=("Jankowiak & Obermeyer 2018, arXiv 1806.01851",),
    )


def _law(setting: Setting) -> Chain:
    """Cov[mu + L Q eps] = Sigma."""
    eps = symbol("eps")
    sample = setting.draw("", MatMul(symbol("scale_tril"), Q))
    return (
        Line("covariance", "The law is the same", Covariance(sample, eps))
        .then(definitions.covariance())
        .then(
            rules.moments(
                eps, r"$\mathbb{E}[\varepsilon]=0$, $\mathbb{E}[\varepsilon\varepsilon^\top]=I$, $QQ^\top=I$."
            )
        )
        .then_if(rules.give_names(covariance_of(setting), reason=r"$\Sigma$ is the covariance."))
        .chain
    )


def _gradient(setting: Setting) -> tuple[Chain, Chain]:
    """The gradient by any factor; then at L Q, at noise that is turned back."""
    eps, factor = symbol("eps"), symbol("scale_tril")
    slope = (
        Line("slope", "The gradient by any factor", Gradient(ScalarFunction("J")(setting.draw("", F)), F))
        .then(rules.answer(Gradient, gradient, "pathwise gradient", "The loss gradient times the noise."))
        .chain
    )
    turned = value_at(value_at(slope.result.right, F, MatMul(factor, Q)), eps, Transpose(Q) * eps)
    return (
        slope,
        Line("gradient", "The gradient by the factor turns with it", turned)
        .then(rules.evaluate(F))
        .then(rules.evaluate(eps))
        .chain,
    )


def _velocity(name: str, title: str, move: MatrixExpr) -> Chain:
    """dF F^-1 at F = L Q."""
    return (
        Line(f"velocity_{name}", title, MatMul(move, Inverse(MatMul(symbol("scale_tril"), Q))))
        .then(rules.collect("$Q^{-1}=Q^\\top$."))
        .chain
    )


def _carried(title: str, move: MatrixExpr) -> Chain:
    """dF F' + F dF' at F = L Q: no turn is left."""
    turned = MatMul(symbol("scale_tril"), Q)
    half: Any = MatMul(move, Transpose(turned))
    return (
        Line("carried", title, MatAdd(half, Transpose(half)))
        .then(rules.collect("$QQ^\\top=I$, and what is antisymmetric cancels with its transpose."))
        .chain
    )
