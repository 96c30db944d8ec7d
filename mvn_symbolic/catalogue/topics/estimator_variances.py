"""Floor 5, functions: how far gradient estimators scatter on a quadratic loss.

Lives here: names. May not live here: a formula; it comes from a derivation.
"""

from __future__ import annotations

from mvn_symbolic.catalogue import moments, quadratic, score_function
from mvn_symbolic.catalogue.topic import Result, Topic
from mvn_symbolic.derivation.arguments import Input, direction_of
from mvn_symbolic.notation.table import symbol

__all__ = ["TOPIC"]

_LOC, _SCALE = symbol("loc"), symbol("scale_tril")
_FORM = Input("form", quadratic.A, meaning="symmetric matrix A of the loss b'z + z'Az/2")
_LINEAR = Input("linear", quadratic.b, meaning="vector b of the loss b'z + z'Az/2")
_LOSS = (_LOC, _SCALE, _FORM, _LINEAR)
_WHITENED = (
    Input("noise_linear", score_function.C, meaning="linear part c of the loss by the noise, L'(A mu + b)"),
    Input("noise_form", score_function.M, meaning="symmetric matrix M of the loss by the noise, L'AL"),
)
_GAP = Input("gap", quadratic.delta, meaning="how far the mean of the loss is above its baseline")
_ALONG = Input("along", score_function.V, meaning="what L^-1 makes of the direction of the variance")
_BOTH_LAWS = (_SCALE, symbol("scale_tril", "p"))

TOPIC = Topic(
    "estimator_variances",
    "Exact variances of one-draw gradient estimators, on a quadratic loss.",
    (
        Result(
            "pathwise_loc",
            "quadratic_loss",
            "estimator_covariance",
            (_SCALE, _FORM),
            "Covariance of the pathwise gradient by the mean.",
        ),
        Result(
            "pathwise_scale_tril",
            "quadratic_loss",
            "factor_estimator_variance",
            (
                *_LOSS,
                Input("left", moments.U, meaning="vector u of the variance of u'Gw; of an entry, 1 at its row"),
                Input("right", moments.W, meaning="vector w of the variance of u'Gw; of an entry, 1 at its column"),
            ),
            "Variance of u'Gw; the lower triangle of G is the pathwise gradient by the factor.",
        ),
        Result(
            "score_loc",
            "score_function",
            "variance_loc",
            (*_WHITENED, _GAP, _ALONG),
            "Variance of the score-function gradient by the mean, in a direction.",
        ),
        Result(
            "score_loc_best",
            "score_function",
            "least_variance",
            (*_WHITENED, Input("along", score_function.V, meaning=f"{_ALONG.meaning}, not zero")),
            "The same with the best baseline.",
        ),
        Result(
            "score_scale_tril",
            "score_function",
            "variance_scale_tril",
            (*_WHITENED, _GAP, _ALONG, Input("right", score_function.W, meaning="vector w of the variance of u'Gw")),
            "Variance of u'Gw; the lower triangle of G is the score-function gradient by the factor.",
        ),
        Result(
            "measure_valued_loc",
            "measure_valued",
            "variances_by_mean",
            _WHITENED,
            "Variance of the measure-valued gradient by the mean, along each column of L; w is a Rayleigh number.",
        ),
        Result(
            "measure_valued_scale",
            "measure_valued",
            "variances_by_scale",
            _WHITENED,
            "Variance of the measure-valued gradient by a scale of the noise; m is a double-sided Maxwell number.",
        ),
        Result(
            "path_velocity",
            "transport_gradient",
            "path_variance",
            (*_LOSS, direction_of(_LOC), direction_of(_SCALE)),
            "Variance of the gradient in a direction of mean and factor, by the velocity of the path.",
        ),
        Result(
            "transport_velocity",
            "transport_gradient",
            "transport_variance",
            (*_LOSS, direction_of(_LOC), direction_of(symbol("covariance_matrix"))),
            "Variance of the gradient in a direction of mean and covariance, by the velocity of optimal transport.",
        ),
        Result(
            "elbo_exact",
            "elbo_estimators",
            "value_exact",
            _LOSS,
            "Variance of the evidence lower bound from one draw, its divergence in closed form.",
        ),
        Result(
            "elbo_sampled",
            "elbo_estimators",
            "value_sampled",
            _LOSS,
            "Variance of the evidence lower bound from one draw, its divergence sampled too.",
        ),
        Result(
            "elbo_exact_loc",
            "elbo_estimators",
            "covariance_exact",
            (_SCALE, _FORM),
            "Covariance of the bound's gradient by the mean, its divergence in closed form.",
        ),
        Result(
            "elbo_sampled_loc",
            "elbo_estimators",
            "covariance_sampled",
            (_SCALE, _FORM),
            "Covariance of the bound's gradient by the mean, its divergence sampled too.",
        ),
        Result(
            "elbo_stuck_loc",
            "elbo_estimators",
            "covariance_stuck_stable",
            (_SCALE, _FORM),
            "Covariance of the bound's gradient by the mean, sampled without the score.",
        ),
        Result(
            "divergence_whole_loc",
            "sticking_the_landing",
            "covariance_whole",
            _BOTH_LAWS,
            "Covariance of the sampled gradient of -KL(q || p) by q's mean.",
        ),
        Result(
            "divergence_stuck_loc",
            "sticking_the_landing",
            "covariance_stuck_stable",
            _BOTH_LAWS,
            "The same, the score left out: zero where the laws are one.",
        ),
    ),
)
