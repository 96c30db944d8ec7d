"""Floor 5, functions: the product of two Gaussian densities.

Lives here: names. May not live here: a formula; it comes from a derivation.
"""

from __future__ import annotations

from mvn_symbolic.catalogue.topic import Result, Topic
from mvn_symbolic.notation.table import symbol

__all__ = ["TOPIC"]

_TWO = tuple(symbol(argument, prefix) for prefix in "pq" for argument in ("loc", "scale_tril"))

TOPIC = Topic(
    "gaussian_product",
    "The product of two Gaussian densities: a Gaussian density, but for a constant.",
    (
        Result("mean", "gaussian_product", "product_mean", _TWO, "Mean of the normalized product."),
        Result(
            "covariance",
            "gaussian_product",
            "product_covariance",
            (symbol("scale_tril", "p"), symbol("scale_tril", "q")),
            "Covariance of the normalized product; symmetric but for rounding.",
        ),
        Result(
            "log_normalizer",
            "gaussian_product",
            "constant",
            _TWO,
            "Logarithm of the integral of the product.",
            unit="nats",
        ),
    ),
)
