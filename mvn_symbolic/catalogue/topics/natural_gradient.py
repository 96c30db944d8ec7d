"""Floor 5, functions: gradients solved by the Fisher information.

Lives here: names. May not live here: a formula; it comes from a derivation.
"""

from __future__ import annotations

from mvn_symbolic.catalogue import fisher, natural
from mvn_symbolic.catalogue.topic import Result, Topic
from mvn_symbolic.derivation.arguments import Input
from mvn_symbolic.notation.table import symbol

__all__ = ["TOPIC"]

_COVARIANCE = symbol("covariance_matrix")
_SLOPE = Input("loc_gradient", fisher.SLOPE, meaning="gradient by the mean")
_BEND = Input("covariance_gradient", fisher.SYMMETRIC_SLOPE, meaning="symmetric gradient by the covariance")

TOPIC = Topic(
    "natural_gradient",
    "Natural gradients of functions of a Gaussian's mean and covariance: no system is solved for them.",
    (
        Result("by_loc", "fisher_information", "natural_loc", (_COVARIANCE, _SLOPE), "Natural gradient by the mean."),
        Result(
            "by_covariance_matrix",
            "fisher_information",
            "natural_covariance_matrix",
            (_COVARIANCE, _BEND),
            "Natural gradient by the covariance.",
        ),
        Result(
            "by_first_moment",
            "expectation_parameters",
            "grad_m",
            (Input("mean", natural.MEAN, meaning="the mean, which is the first moment"), _SLOPE, _BEND),
            "Gradient by the first moment, the second held: the natural gradient by the first natural parameter.",
        ),
    ),
)
