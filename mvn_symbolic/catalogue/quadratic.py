"""Floor 5: the quadratic loss on which estimators are compared, and the same loss by the noise: what is known exactly.

Lives here: the loss, its letters, and the loss in whitened coordinates. May not live here: an estimator.
"""

from __future__ import annotations

from typing import Any

from sympy import Expr, Rational
from sympy.matrices.expressions import MatrixExpr, Trace

from mvn_symbolic.calculus import gradient, normalize
from mvn_symbolic.calculus.gaussian_integral import quadratic_parts
from mvn_symbolic.catalogue.setting import Setting
from mvn_symbolic.derivation import rules
from mvn_symbolic.derivation.line import Line, Rule
from mvn_symbolic.derivation.model import Equation, Premise
from mvn_symbolic.notation.laws import expectation_of
from mvn_symbolic.notation.nodes import Inner
from mvn_symbolic.notation.operators import ScalarFunction
from mvn_symbolic.notation.symbols import Let, Noise, SymmetricMatrix, Vector, scalar
from mvn_symbolic.notation.table import symbol

__all__ = ["LOSS", "WICK", "A", "b", "centred_loss", "delta", "in_whitened_letters", "quadratic", "slope"]

A, b = SymmetricMatrix("A"), Vector("b")
#: How far the mean of a loss is above its baseline.
delta = scalar("delta")
WICK = "Wick: pair the factors of the noise in every way; each pair contributes the identity, an odd number nothing."


def quadratic(point: Any) -> Expr:
    """z'Az/2 + b'z."""
    return Rational(1, 2) * Inner(point, A * point) + Inner(b, point)


def slope(place: Any) -> MatrixExpr:
    """The gradient of the loss at a place."""
    z = symbol("value")
    return gradient(quadratic(z), z).xreplace({z: place})


LOSS = Premise(
    "The loss, with a symmetric $A$.", Equation(ScalarFunction("J")(symbol("value")), quadratic(symbol("value")))
)


def in_whitened_letters(constant: Any, matrix: Any, linear: Any, noise: Noise) -> Expr:
    """A quadratic in the noise by its mean: m + c'e + e'Me/2 - tr(M)/2."""
    half = Rational(1, 2)
    return constant + Inner(linear, noise) + half * Inner(noise, matrix * noise) - half * Trace(matrix)


def centred_loss(setting: Setting) -> Line:
    """J(z) less a baseline, which is delta below the mean of J, by the noise."""
    z, eps = setting.draw(), symbol("eps")

    def named(expr: Any) -> Any:
        less, linear, constant = quadratic_parts(expr, eps)
        matrix = normalize(-less)
        mean = normalize(constant + Trace(matrix) / 2)
        return in_whitened_letters(mean, Let("M", matrix), Let("c", linear), eps)

    start = quadratic(z) - expectation_of(quadratic(z), eps) + delta
    return (
        Line("centred_loss", "The loss, less its baseline, by the noise", start)
        .then(rules.moments(eps, WICK))
        .then(
            Rule(
                "name the parts",
                named,
                r"The mean of $\tfrac12\varepsilon^\top M\varepsilon$ is $\tfrac12\operatorname{tr}M$.",
            )
        )
    )
