"""Floor 5: results that become functions of a module of their own: what is stated once, not for each parameterization.

Lives here: which results those are, and what they are called. May not live here: a formula; it comes from a derivation.
"""

from __future__ import annotations

from typing import Any

from mvn_symbolic.catalogue import generating, moments, quadratic, rank_one
from mvn_symbolic.catalogue.conditional import KNOWN, S, T
from mvn_symbolic.catalogue.correlation import C
from mvn_symbolic.catalogue.linear_gaussian import DATA, A, B, N
from mvn_symbolic.catalogue.registry import build
from mvn_symbolic.catalogue.setting import STANDARD, Setting
from mvn_symbolic.catalogue.square_root import UPSTREAM
from mvn_symbolic.catalogue.symmetric import ENTRIES, FREE, SLOPE
from mvn_symbolic.catalogue.topic import Result, Topic
from mvn_symbolic.derivation.function import Function, Input, function_of
from mvn_symbolic.notation.divergences import share
from mvn_symbolic.notation.table import symbol

__all__ = ["TOPICS", "Topic", "topic_functions"]


_LOC, _SCALES, _VALUE = symbol("loc"), symbol("scale_diag"), symbol("value")
_CORRELATION = Input(
    "corr_tril",
    C,
    meaning="lower-triangular factor of the correlation, positive diagonal; only the lower part is read",
)
_PRIOR = (symbol("loc"), symbol("scale_tril"))
_SEEN = (
    Input("weight", A, meaning="linear map from a sample to the data"),
    Input("bias", B, meaning="what is added to the data"),
    Input("noise_tril", N, meaning="lower-triangular factor of the covariance of the noise of the data"),
    Input("data", DATA, meaning="the data"),
)
_FORM = Input("form", quadratic.A, meaning="symmetric matrix of the form")
_RANK_ONE = (
    Input("diagonal", rank_one.D, meaning="diagonal of the precision, positive"),
    Input("direction", rank_one.U, meaning="vector whose product with itself is added"),
)
_WANTED = Input("wanted", S, meaning="linear map to what is asked for; rows of the identity select coordinates")
_MAP = Input("known", T, meaning="linear map to what is known, its rows independent; rows of the identity select")
_COVARIANCE = symbol("covariance_matrix")
_SYMMETRIC = Input("symmetric", SLOPE, meaning="the symmetric G with df = <G, dS> for symmetric dS")
_FREE = Input("free", FREE, meaning="derivatives by all entries as if they were independent")


def _two(name: str) -> tuple[Any, ...]:
    """Mean and spread of both laws."""
    return tuple(symbol(argument, prefix) for prefix in "pq" for argument in ("loc", name))


_TWO = _two("scale_tril")

#: Every such module. To add a function is to add a line here; its code, its page and its tests follow.
REGISTERED = (
    Topic(
        "divergences",
        "Divergences of two Gaussians, with derived first and second derivatives.",
        (
            Result(
                "kl_divergence",
                "kl_divergence",
                "kl_divergence_stable",
                _TWO,
                "Kullback-Leibler divergence KL(p || q), by means and factors.",
                second=True,
            ),
            Result(
                "kl_divergence_covariance",
                "covariance",
                "kl_divergence_covariance_stable",
                _two("covariance_matrix"),
                "Kullback-Leibler divergence KL(p || q), by means and covariances.",
                smooth="kl_divergence_covariance",
                second=True,
            ),
            Result(
                "kl_divergence_diag",
                "kl_divergence",
                "kl_divergence_diag_stable",
                _two("scale_diag"),
                "Kullback-Leibler divergence KL(p || q), by means and standard deviations.",
                second=True,
            ),
            Result(
                "kl_divergence_logvar",
                "kl_divergence",
                "kl_divergence_logvar_stable",
                _two("logvar"),
                "Kullback-Leibler divergence KL(p || q), by means and log-variances.",
                second=True,
            ),
            Result("cross_entropy", "cross_entropy", "cross_entropy", _TWO, "Cross entropy -E_p[log q].", second=True),
            Result(
                "jeffreys",
                "jeffreys",
                "jeffreys",
                _TWO,
                "Symmetric divergence KL(p || q) + KL(q || p).",
                second=True,
            ),
            Result(
                "renyi",
                "renyi",
                "renyi",
                (*_TWO, share("alpha")),
                "Rényi divergence of an order alpha with 0 < alpha < 1; digits are lost near order 1 and near p = q.",
            ),
            Result(
                "bhattacharyya",
                "bhattacharyya",
                "bhattacharyya",
                _TWO,
                "Bhattacharyya distance: minus the log of the integral of sqrt(p q).",
            ),
            Result(
                "squared_hellinger",
                "bhattacharyya",
                "hellinger",
                _TWO,
                "Squared Hellinger distance: 1 less the integral of sqrt(p q).",
            ),
            Result(
                "squared_wasserstein",
                "wasserstein",
                "wasserstein_stable",
                _TWO,
                "Squared 2-Wasserstein distance: the least mean squared distance of coupled samples.",
                smooth="wasserstein",
                second=True,
            ),
        ),
    ),
    Topic(
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
            ),
            Result(
                "entropy",
                "correlation",
                "entropy",
                (_LOC, _SCALES, _CORRELATION),
                "Differential entropy of a Gaussian.",
            ),
        ),
    ),
    Topic(
        "linear_gaussian",
        "Data that are a linear map of a Gaussian sample, and noise: their law, and what they say of the sample.",
        (
            Result(
                "log_evidence",
                "linear_gaussian",
                "evidence",
                (*_PRIOR, *_SEEN),
                "Log density of the data, the sample integrated out.",
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
    ),
    Topic(
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
    ),
    Topic(
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
            Result("log_normalizer", "gaussian_product", "constant", _TWO, "Logarithm of the integral of the product."),
        ),
    ),
    Topic(
        "expectations",
        "Expectations under a Gaussian: of quadratic forms, of a quadratic loss, of an exponential.",
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
        ),
    ),
    Topic(
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
    ),
    Topic(
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
    ),
    Topic(
        "symmetric_gradients",
        "Gradients by a symmetric matrix, from one convention to another.",
        (
            Result(
                "lower_from_symmetric",
                "symmetric_gradients",
                "grad_lower_T",
                (_SYMMETRIC,),
                "Derivatives by the entries of the lower triangle, of the symmetric gradient.",
            ),
            Result(
                "symmetric_from_lower",
                "symmetric_gradients",
                "grad_from_lower_covariance_matrix",
                (Input("lower", ENTRIES, meaning="derivatives by the entries of the lower triangle"),),
                "Symmetric gradient, of the derivatives by the entries of the lower triangle.",
            ),
            Result(
                "symmetric_from_free",
                "symmetric_gradients",
                "grad_free_covariance_matrix",
                (_FREE,),
                "Symmetric gradient, of derivatives by all entries as if they were independent.",
            ),
            Result(
                "lower_from_free",
                "symmetric_gradients",
                "grad_free_lower_T",
                (_FREE,),
                "Derivatives by the entries of the lower triangle, of those by all entries as if independent.",
            ),
        ),
    ),
    Topic(
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
    ),
)

TOPICS = {topic.name: topic for topic in REGISTERED}


def topic_functions(topic: str, setting: Setting = STANDARD, *, derivation: str = "") -> tuple[Function, ...]:
    """Return what is generated for a topic.

    Parameters
    ----------
    topic : str
        A key of `TOPICS`.
    setting : Setting, optional
        The premise all of it follows from.
    derivation : str, optional
        What is from this one only; no other is made.

    Returns
    -------
    tuple of Function
    """
    chosen = (one for one in TOPICS[topic].results if derivation in {"", one.derivation})
    return tuple(_function(result, setting) for result in chosen)


def _function(result: Result, setting: Setting) -> Function:
    derivation = build(result.derivation, setting)
    given = {str(one.equation.left): one.equation for one in derivation.premise if one.equation is not None}
    known = given | derivation.results
    return function_of(
        known[result.equation],
        result.name,
        result.arguments,
        result.summary,
        derivation.name,
        sources=derivation.references,
        smooth=known[result.smooth] if result.smooth else None,
        second=result.second,
    )
