"""Floor 5, functions: data that are a linear map of a Gaussian sample.

Lives here: names. May not live here: a formula; it comes from a derivation.
"""

from __future__ import annotations

from mvn_symbolic.catalogue.linear_gaussian import DATA, A, B, N
from mvn_symbolic.catalogue.topic import Result, Topic
from mvn_symbolic.derivation.arguments import Input
from mvn_symbolic.notation.table import symbol

__all__ = ["TOPIC"]

_PRIOR = (symbol("loc"), symbol("scale_tril"))
_SEEN = (
    Input("weight", A, meaning="linear map from a sample to the data"),
    Input("bias", B, meaning="what is added to the data"),
    Input("noise_tril", N, meaning="lower-triangular factor of the covariance of the noise of the data"),
    Input("data", DATA, meaning="the data"),
)

TOPIC = Topic(
    "linear_gaussian",
    "Data that are a linear map of a Gaussian sample, and noise: their law, and what they say of the sample.",
    (
        Result(
            "log_evidence",
            "linear_gaussian",
            "evidence",
            (*_PRIOR, *_SEEN),
            "Log density of the data, the sample integrated out.",
            unit="nats",
        ),
        Result(
            "posterior_mean",
            "linear_gaussian",
            "posterior_mean",
            (*_PRIOR, *_SEEN),
            "Mean of the sample where the data are known, by the gain.",
        ),
        Result(
            "posterior_covariance",
            "linear_gaussian",
            "posterior_covariance",
            (symbol("scale_tril"), _SEEN[0], _SEEN[2]),
            "Covariance of the sample where the data are known, by the gain; no data change it.",
        ),
    ),
)
