"""Floor 5, functions: means and variances under a Gaussian.

Lives here: names. May not live here: a formula; it comes from a derivation.
"""

from __future__ import annotations

from mvn_symbolic.catalogue import generating, moments, quadratic
from mvn_symbolic.catalogue.topic import Result, Topic
from mvn_symbolic.derivation.arguments import Input
from mvn_symbolic.notation.table import symbol

__all__ = ["TOPIC"]

_PRIOR = (symbol("loc"), symbol("scale_tril"))
_FORM = Input("form", quadratic.A, meaning="symmetric matrix of the form")

TOPIC = Topic(
    "expectations",
    "Expectations under a Gaussian: of quadratic forms, of a quadratic loss, of exponentials.",
    (
        Result("quadratic_form", "moments", "quadratic_form", (*_PRIOR, _FORM), "Mean of z' A z."),
        Result("quadratic_form_variance", "moments", "variance", (*_PRIOR, _FORM), "Variance of z' A z."),
        Result(
            "product_of_quadratic_forms",
            "moments",
            "two_forms",
            (*_PRIOR, _FORM, Input("other", moments.B, meaning="symmetric matrix of the other form")),
            "Mean of z' A z z' B z.",
        ),
        Result(
            "quadratic_loss",
            "quadratic_loss",
            "mean",
            (*_PRIOR, _FORM, Input("linear", quadratic.b, meaning="vector of the linear term")),
            "Mean of b' z + z' A z / 2.",
        ),
        Result(
            "generating_function",
            "generating_function",
            "generating_function",
            (*_PRIOR, Input("at", generating.A, meaning="where the function is evaluated")),
            "Moment generating function: the mean of exp(a' z).",
        ),
        Result("lognormal_mean", "lognormal", "mean_vector", _PRIOR, "Means of the entries of exp(z)."),
        Result("lognormal_covariance", "lognormal", "covariance_matrix", _PRIOR, "Covariance of exp(z)."),
    ),
)
