"""Floor 5, functions: linear maps of a Gaussian sample, alone and given one another.

Lives here: names. May not live here: a formula; it comes from a derivation.
"""

from __future__ import annotations

from mvn_symbolic.catalogue.conditional import KNOWN, S, T
from mvn_symbolic.catalogue.topic import Result, Topic
from mvn_symbolic.derivation.arguments import Input
from mvn_symbolic.notation.table import symbol

__all__ = ["TOPIC"]

_LOC = symbol("loc")
_PRIOR = (symbol("loc"), symbol("scale_tril"))
_WANTED = Input("wanted", S, meaning="linear map to what is asked for; rows of the identity select coordinates")
_MAP = Input("known", T, meaning="linear map to what is known, its rows independent; rows of the identity select")

TOPIC = Topic(
    "conditional",
    "Linear maps of a Gaussian sample, such as blocks of its coordinates: their laws, alone and given another one.",
    (
        Result(
            "marginal_mean",
            "conditional",
            "marginal_mean",
            (_LOC, _WANTED),
            "Mean of a linear map of the sample.",
        ),
        Result(
            "marginal_covariance",
            "conditional",
            "marginal_covariance",
            (symbol("scale_tril"), _WANTED),
            "Covariance of a linear map of the sample.",
        ),
        Result(
            "mean",
            "conditional",
            "conditional_mean",
            (*_PRIOR, _WANTED, _MAP, Input("data", KNOWN, meaning="what is known")),
            "Mean of one linear map of the sample, where the value of another one is known.",
        ),
        Result(
            "covariance",
            "conditional",
            "conditional_covariance",
            (symbol("scale_tril"), _WANTED, _MAP),
            "Covariance of one linear map of the sample, where another one is known; its value does not matter.",
        ),
    ),
)
