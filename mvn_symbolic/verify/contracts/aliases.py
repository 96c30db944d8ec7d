"""Lives here: other names that people have for quantities, parameterizations and reductions, and what they mean.
May not live here: names of arguments in public code (`names`)."""

from __future__ import annotations

from typing import Any, Final

from mvn_symbolic.verify.contracts.layout import GENERATED

SPELLINGS: Final[dict[str, dict[str, str]]] = {
    "quantity": {
        "kl_standard_normal": "kld kl_loss kld_loss kl_term kl_to_standard_normal kl_to_n01 kl_n01 kl_to_prior kl_prior"
        " kl_to_n(0,i) kl_to_n(0,_i) kl_std_normal kl_unit_gaussian kl_normal kl_to_normal",
        "kl_divergence": "kl kl_gaussians kl_two_gaussians kl_of_two_gaussians kl_two kl_normals kl_general kl_pq"
        " kl_div",
        "log_prob": "logprob logp log_density logpdf log_pdf log_likelihood loglik lnpdf gaussian_log_prob",
        "neg_log_prob": "nll negative_log_density neg_log_density negative_log_prob negative_log_likelihood nlpdf"
        " gaussian_nll",
        "entropy": "differential_entropy",
        "neg_entropy": "negative_entropy negentropy",
        "log_det": "logdet log_determinant logdet_covariance log_det_covariance log_det_cov",
        "std": "stds stddev sigma standard_deviation marginal_std marginal_stds marginal_stddev"
        " marginal_standard_deviations marginal_standard_deviation",
        "rsample": "reparameterize reparametrize reparameterise reparam reparameterized_sample reparametrized_sample"
        " reparameterization",
        "sample": "sampler draw draws",
        "estimate_kl_standard_normal": "kl_estimate kl_standard_normal_estimate mc_kl monte_carlo_kl"
        " kl_standard_normal_mc",
        "estimate_kl_divergence": "kl_divergence_estimate kl_divergence_mc",
        "estimate_entropy": "entropy_estimate entropy_mc mc_entropy",
        "vjp_cholesky": "cholesky_vjp cholesky_backward chol_backward cholesky_reverse",
        "vjp_rsample": "rsample_vjp reparameterize_backward rsample_backward sample_vjp",
        "pair": "sampler_kl_pair sample_and_kl sampler_and_kl",
    },
    "parameterization": {
        "var": "variance variances sigma2 sigma_squared diag_var diagonal_variance diagonal_covariance",
        "std": "sigma scale stddev stds standard_deviation standard_deviations scale_diag diagonal",
        "logstd": "log_std log_sigma log_scale logsigma logscale log_stddev",
        "logvar": "log_var log_variance logvariance log_sigma2 log_sigma_squared",
        "rho": "softplus_std inverse_softplus inv_softplus",
        "packed": "mean_logvar packed_logvar mu_logvar concat concatenated mean_and_logvar side_by_side",
        "scale_tril": "cholesky cholesky_factor chol lower_triangular  cholesky_of_covariance",
        "scale_unit_tril": "unit_tril scaled_unit_tril scale_times_unit_tril ldl unit_lower",
        "log_cholesky": "log_diag_tril raw_tril packed_tril packed_cholesky log_diagonal_cholesky",
        "covariance": "covariance_matrix cov sigma_matrix full_covariance",
        "precision": "precision_matrix prec inverse_covariance",
        "low_rank": "lowrank low_rank_plus_diagonal low_rank_plus_diag cov_factor factor_plus_diagonal",
    },
    "reduction": {
        "none": "elementwise element per_element unreduced per_coordinate per_dimension",
        "per_sample": "sample per_example sum_event sum_dim sum_over_event per_datapoint event_sum",
        "sum": "sum_all total sum_of_all",
        "batch_mean": "batchmean mean_batch mean_over_batch sum_then_mean batch_average sum_mean mean_sum",
        "masked_mean": "token_mean mean_of_unmasked mean_over_mask masked_average valid_mean",
        "mean": "mean_all mean_of_all mean_of_everything",
    },
}
HINTS: Final[dict[str, dict[str, str]]] = {
    "quantity": {
        "pdf prob density likelihood": "Densities are promised by their logarithm: log_prob.",
        "var variance": "Standard deviations are promised: std.",
        "cov covariance": "Its log-determinant is promised, log_det, and standard deviations, std.",
    },
    "parameterization": {
        "precision_diag diag_precision tau inv_var inverse_variance": "Of a diagonal precision, give its inverse: var.",
        "log_precision logprec log_prec": "Of a log-precision, give minus it: logvar.",
        "packed_logstd mean_logstd mu_logstd": "Split the tensor in a small function, and say logstd.",
    },
    "reduction": {
        "avg average": "Say batch_mean for the mean of samples, or mean for that of all numbers.",
        "event_mean nats_per_dim per_dim": "Say per_sample, and what divides the sum as `scale`.",
    },
}
"""Words that mean nothing here, or two things: what to say instead."""
_HINTED: Final = {
    field: {word: hint for words, hint in table.items() for word in words.split()} for field, table in HINTS.items()
}
_MEANT: Final = {
    field: {word: name for name, words in table.items() for word in words.split()} for field, table in SPELLINGS.items()
}
_MEANT["parameterization"] |= GENERATED


def meant(field: str, value: Any) -> Any:
    """Return the house name that a spelling of a quantity, parameterization or reduction means; else the value.

    Examples
    --------
    >>> meant("parameterization", "log-variance"), meant("reduction", "per element")
    ('logvar', 'none')
    """
    if not isinstance(value, str):
        return value
    word = _word(value)
    return _MEANT.get(field, {}).get(word, word)


def hint(field: str, value: Any) -> str:
    """Return what to say instead of a word that is refused; empty where nothing is known.

    Examples
    --------
    >>> hint("quantity", "Variance")
    'Standard deviations are promised: std.'
    """
    return _HINTED.get(field, {}).get(_word(value), "") if isinstance(value, str) else ""


def _word(value: str) -> str:
    return value.strip().lower().replace("-", "_").replace(" ", "_")
