"""Floor 5, functions: the symmetric square root of a covariance.

Lives here: names. May not live here: a formula; it comes from a derivation.
"""

from __future__ import annotations

from mvn_symbolic.catalogue.square_root import UPSTREAM
from mvn_symbolic.catalogue.topic import Result, Topic
from mvn_symbolic.derivation.arguments import Input
from mvn_symbolic.notation.table import symbol

__all__ = ["TOPIC"]

_LOC = symbol("loc")
_COVARIANCE = symbol("covariance_matrix")

TOPIC = Topic(
    "square_root",
    "The symmetric square root of a covariance, and the linear equation that its derivatives solve.",
    (
        Result("root", "square_root", "R", (_COVARIANCE,), "The symmetric R with RR = S."),
        Result(
            "rsample",
            "square_root",
            "z",
            (_LOC, _COVARIANCE, symbol("eps")),
            "Reparameterized sample by the symmetric root, made from given standard normal noise.",
        ),
        Result(
            "lyapunov",
            "square_root",
            "X",
            (_COVARIANCE, Input("right", UPSTREAM, meaning="the right side, any square matrix")),
            "The X with SX + XS = C, for a positive-definite S.",
        ),
    ),
)
