"""Floor 5, functions: the Hessian of a loss at the sample, carried to the parameters.

Lives here: names. May not live here: a formula; it comes from a derivation.
"""

from __future__ import annotations

from mvn_symbolic.catalogue.topic import Result, Topic
from mvn_symbolic.derivation.arguments import Given, direction_of
from mvn_symbolic.notation.operators import FunctionGradient, FunctionHessian
from mvn_symbolic.notation.table import symbol

__all__ = ["TOPIC"]

_EPS = symbol("eps")
_HESSIAN = Given("hessian", FunctionHessian, meaning="symmetric Hessian of the loss at the sample")
_GRADIENT = Given("gradient", FunctionGradient, meaning="gradient of the loss at the sample")
_DIRECTION = direction_of(symbol("loc")), direction_of(symbol("scale_tril"))

TOPIC = Topic(
    "second_order",
    "Second derivatives of a loss of the reparameterized sample by the parameters, from those at the sample.",
    (
        Result(
            "product_loc",
            "second_order",
            "product_loc",
            (_HESSIAN, *_DIRECTION, _EPS),
            "Hessian by mean and factor times a direction: the part by the mean.",
        ),
        Result(
            "product_scale_tril",
            "second_order",
            "product_scale_tril",
            (_HESSIAN, *_DIRECTION, _EPS),
            "Hessian by mean and factor times a direction: the part by the factor.",
        ),
        Result("hessian_scale_diag", "second_order", "hessian_scale_diag", (_HESSIAN, _EPS), "Hessian by the scales."),
        Result(
            "hessian_logvar",
            "second_order",
            "hessian_logvar",
            (symbol("logvar"), _HESSIAN, _GRADIENT, _EPS),
            "Hessian by the log-variances.",
        ),
        Result(
            "hessian_rho",
            "second_order",
            "hessian_rho",
            (symbol("rho"), _HESSIAN, _GRADIENT, _EPS),
            "Hessian by what softplus makes scales of.",
        ),
    ),
)
