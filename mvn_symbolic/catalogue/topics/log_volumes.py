"""Floor 5, functions: logarithms of volumes.

Lives here: names. May not live here: a formula; it comes from a derivation.
"""

from __future__ import annotations

from mvn_symbolic.catalogue.topic import Result, Topic
from mvn_symbolic.notation.table import symbol

__all__ = ["TOPIC"]

TOPIC = Topic(
    "log_volumes",
    "Logarithms of the volumes that maps between noise, samples, factors and covariances multiply.",
    (
        Result(
            "noise_to_sample",
            "jacobians",
            "log_volume",
            (symbol("scale_tril"),),
            "Log determinant of the map from the noise to a sample.",
        ),
        Result(
            "factor_to_covariance",
            "log_volume",
            "log_volume_vectors",
            (symbol("scale_tril"),),
            "Log determinant of the map from the lower triangle of a factor to that of its covariance.",
        ),
    ),
)
