"""Floor 5: implicit reparameterization: how the sample moves, from the map that takes it to the noise alone."""

from __future__ import annotations

from sympy.matrices.expressions import Inverse, MatMul

from mvn_symbolic.calculus import jacobian
from mvn_symbolic.calculus.affine import invert_affine
from mvn_symbolic.catalogue.setting import Setting
from mvn_symbolic.derivation import rules
from mvn_symbolic.derivation.line import Line
from mvn_symbolic.derivation.model import Derivation, Premise
from mvn_symbolic.notation.operators import Jacobian, differential_of
from mvn_symbolic.notation.places import value_at
from mvn_symbolic.notation.table import symbol

__all__ = ["implicit_reparameterization"]


def implicit_reparameterization(setting: Setting) -> Derivation:
    """dz = -(dS/dz)^-1 dS along the parameters, for the map S from the sample to the noise; and that of the sample."""
    z, eps, parameters = symbol("value"), symbol("eps"), (symbol("loc"), symbol("scale_tril"))
    standard = invert_affine(setting.draw(), eps, z)
    implicit = -MatMul(Inverse(Jacobian(standard, z)), differential_of(standard, *parameters))
    line = (
        Line("implicit", "How the sample moves, by the map to the noise", value_at(implicit, z, setting.draw()))
        .then(rules.answer(Jacobian, jacobian, "read off", "How the noise moves with the sample."))
        .then(rules.differentiate("Mean and factor move; the point stands still."))
        .then(rules.evaluate(z))
    )
    path = Line(
        "path", "How the sample moves, by the map from the noise", differential_of(setting.draw(), *parameters)
    ).then(rules.differentiate("Mean and factor move; the noise stands still."))
    return Derivation(
        name="implicit_reparameterization",
        title="Implicit reparameterization",
        summary=(
            "A sample can be differentiated without the map that made it: the map back to the noise is enough, since "
            "the noise does not move. For a Gaussian this gives the pathwise derivative back, so bias and variance of "
            "the gradient are those of the pathwise one."
        ),
        premise=(
            *setting.premises,
            Premise(
                r"$S$ takes a sample to the noise that makes it: $S(z)=\varepsilon$ whatever the parameters are. When "
                r"they move, $\frac{\partial S}{\partial z}\,\mathrm{d}z+\mathrm{d}S=0$, with $\mathrm{d}S$ at a fixed "
                "point."
            ),
        ),
        chains=(line.chain, path.chain),
        references=("Figurnov, Mohamed & Mnih 2018, Implicit Reparameterization Gradients, arXiv 1805.08498",),
    )
