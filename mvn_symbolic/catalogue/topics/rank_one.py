"""Floor 5, functions: a precision that is a diagonal plus a product of one vector with itself.

Lives here: names. May not live here: a formula; it comes from a derivation.
"""

from __future__ import annotations

from mvn_symbolic.catalogue.rank_one import D, U
from mvn_symbolic.catalogue.topic import Result, Topic
from mvn_symbolic.derivation.arguments import Input
from mvn_symbolic.notation.table import symbol

__all__ = ["TOPIC"]

_RANK_ONE = (
    Input("diagonal", D, meaning="diagonal of the precision, positive"),
    Input("direction", U, meaning="vector whose product with itself is added"),
)

TOPIC = Topic(
    "rank_one",
    "Gaussians whose precision is a diagonal plus a product of one vector with itself.",
    (
        Result("covariance", "rank_one", "covariance", _RANK_ONE, "Inverse of the precision, by one division."),
        Result("log_det_precision", "rank_one", "log_det", _RANK_ONE, "Log determinant of the precision."),
        Result(
            "rsample",
            "rank_one",
            "sample",
            (symbol("loc"), *_RANK_ONE, symbol("eps")),
            "Reparameterized sample, by a square root of the covariance in closed form.",
        ),
    ),
)
