"""Floor 5, functions: a Gaussian by standard deviations and a correlation.

Lives here: names. May not live here: a formula; it comes from a derivation.
"""

from __future__ import annotations

from mvn_symbolic.catalogue.correlation import C
from mvn_symbolic.catalogue.topic import Result, Topic
from mvn_symbolic.derivation.arguments import Input
from mvn_symbolic.notation.table import symbol

__all__ = ["TOPIC"]

_CORRELATION = Input(
    "corr_tril",
    C,
    meaning="lower-triangular factor of the correlation, positive diagonal; only the lower part is read",
)
_LOC = symbol("loc")
_SCALES = symbol("scale_diag")
_VALUE = symbol("value")

TOPIC = Topic(
    "correlation",
    "Gaussians by standard deviations and the factor of a correlation, with derived derivatives.",
    (
        Result(
            "rsample",
            "correlation",
            "z",
            (_LOC, _SCALES, _CORRELATION, symbol("eps")),
            "Reparameterized sample, made from given standard normal noise.",
        ),
        Result(
            "log_prob",
            "correlation",
            "log_prob",
            (_LOC, _SCALES, _CORRELATION, _VALUE),
            "Log density of a Gaussian at a point.",
            unit="nats",
        ),
        Result(
            "entropy",
            "correlation",
            "entropy",
            (_LOC, _SCALES, _CORRELATION),
            "Differential entropy of a Gaussian.",
            unit="nats",
        ),
    ),
)
