"""Lives here: right value functions written by hand in NumPy, and the mistakes people make in them.
May not live here: derivatives, torch, or the checks that have to find the mistakes."""

import numpy as np
import pytest
from scipy.special import erf  # noqa: F401 - a mistake draws with it


def solve(factor, column):
    return np.linalg.solve(factor, column)


def log_diagonal(factor):
    return np.sum(np.log(np.diagonal(factor, axis1=-2, axis2=-1)), -1)


LOG_TWO_PI = float(np.log(2 * np.pi))


def tril_kl(p_loc, p_scale_tril, q_loc, q_scale_tril):
    k = p_loc.shape[-1]
    p_scale = np.tril(p_scale_tril)
    q_scale = np.tril(q_scale_tril)
    ratio = solve(q_scale, p_scale)
    shift = solve(q_scale, (q_loc - p_loc)[..., None])[..., 0]
    volume = log_diagonal(q_scale) - log_diagonal(p_scale)
    trace = np.sum(ratio**2, (-2, -1))
    mahalanobis = np.sum(shift**2, -1)
    return volume + 0.5 * (trace + mahalanobis - k)


def diag_kl(p_loc, p_scale_diag, q_loc, q_scale_diag):
    ratio = (p_scale_diag / q_scale_diag) ** 2
    shift = ((p_loc - q_loc) / q_scale_diag) ** 2
    return 0.5 * np.sum(ratio + shift - 1 - np.log(ratio), -1)


def logvar_kl_standard(loc, logvar):
    return -0.5 * np.sum(1 + logvar - loc**2 - np.exp(logvar), -1)


def logvar_kl(p_loc, p_logvar, q_loc, q_logvar):
    squares = np.exp(p_logvar - q_logvar) + (p_loc - q_loc) ** 2 * np.exp(-q_logvar)
    return 0.5 * np.sum(squares - 1 + q_logvar - p_logvar, -1)


def tril_log_prob(loc, scale_tril, value):
    k = loc.shape[-1]
    scale = np.tril(scale_tril)
    white = solve(scale, (value - loc)[..., None])[..., 0]
    return -log_diagonal(scale) - 0.5 * np.sum(white**2, -1) - 0.5 * k * LOG_TWO_PI


def logvar_log_prob(loc, logvar, value):
    return -0.5 * np.sum(logvar + (value - loc) ** 2 * np.exp(-logvar) + LOG_TWO_PI, -1)


def tril_entropy(loc, scale_tril):
    k = loc.shape[-1]
    entropy = 0.5 * k * (1 + LOG_TWO_PI) + log_diagonal(np.tril(scale_tril))
    return np.broadcast_to(entropy, np.broadcast_shapes(np.shape(loc)[:-1], np.shape(entropy))).copy()


def diag_entropy(loc, scale_diag):
    return np.sum(np.log(scale_diag) + 0.5 * (1 + LOG_TWO_PI) + 0 * loc, -1)


def tril_rsample(loc, scale_tril, eps):
    return loc + (np.tril(scale_tril) @ eps[..., None])[..., 0]


def logvar_rsample(loc, logvar, eps):
    return loc + np.exp(0.5 * logvar) * eps


FORMS = [
    ("numpy", "tril", "kl_divergence", tril_kl),
    ("numpy", "diag", "kl_divergence", diag_kl),
    ("numpy", "logvar", "kl_standard_normal", logvar_kl_standard),
    ("numpy", "logvar", "kl_divergence", logvar_kl),
    ("numpy", "tril", "log_prob", tril_log_prob),
    ("numpy", "logvar", "log_prob", logvar_log_prob),
    ("numpy", "tril", "entropy", tril_entropy),
    ("numpy", "diag", "entropy", diag_entropy),
    ("numpy", "tril", "rsample", tril_rsample),
    ("numpy", "logvar", "rsample", logvar_rsample),
]

# One row is one mistake: its name, the form, the text it replaces, the text it puts there.
# fmt: off
MISTAKES = [
    ("kl_half_missing", "tril_kl", "0.5 * (trace", "(trace"),
    ("kl_swapped_arguments", "tril_kl", "p_scale = np.tril(p_scale_tril)\n    q_scale = np.tril(q_scale_tril)",
     "p_scale = np.tril(q_scale_tril)\n    q_scale = np.tril(p_scale_tril)"),
    ("kl_dropped_k", "tril_kl", "mahalanobis - k)", "mahalanobis)"),
    ("kl_dropped_trace", "tril_kl", "(trace + mahalanobis", "(mahalanobis"),
    ("kl_dropped_mean_term", "tril_kl", "trace + mahalanobis", "trace"),
    ("kl_mean_distance_not_whitened", "tril_kl", "solve(q_scale, (q_loc - p_loc)[..., None])[..., 0]", "q_loc - p_loc"),
    ("kl_mean_whitened_by_p", "tril_kl", "solve(q_scale, (q_loc", "solve(p_scale, (q_loc"),
    ("kl_scale_tril_transposed", "tril_kl", "solve(q_scale, p_scale)", "solve(q_scale.mT, p_scale)"),
    ("kl_variance_for_scale", "tril_kl", "solve(q_scale, p_scale)", "solve(q_scale @ q_scale.mT, p_scale)"),
    ("kl_trace_not_squared", "tril_kl", "np.sum(ratio**2, (-2, -1))", "np.trace(ratio, axis1=-2, axis2=-1)"),
    ("kl_trace_of_the_diagonal_alone", "tril_kl", "np.sum(ratio**2, (-2, -1))",
     "np.sum(np.diagonal(ratio, axis1=-2, axis2=-1) ** 2, -1)"),
    ("logdet_missing_half", "tril_kl", "volume + 0.5", "0.5 * volume + 0.5"),
    ("logdet_doubled", "tril_kl", "volume + 0.5", "2 * volume + 0.5"),
    ("logdet_sign", "tril_kl", "volume + 0.5", "-volume + 0.5"),
    ("logdet_of_p_dropped", "tril_kl", " - log_diagonal(p_scale)", ""),
    ("kl_mean_for_sum", "tril_kl", "np.sum(shift**2, -1)", "np.mean(shift**2, -1)"),
    ("kl_in_bits", "tril_kl", "return volume + 0.5 * (trace + mahalanobis - k)",
     "return (volume + 0.5 * (trace + mahalanobis - k)) / np.log(2, dtype=p_loc.dtype)"),
    ("kl_clamped_at_one_millionth", "tril_kl", "return volume + 0.5 * (trace + mahalanobis - k)",
     "return np.maximum(volume + 0.5 * (trace + mahalanobis - k), 1e-6)"),
    ("kl_jitter_on_the_diagonal", "tril_kl", "np.tril(q_scale_tril)", "np.tril(q_scale_tril) + 1e-6 * np.eye(k)"),
    ("kl_by_inverse_covariance", "tril_kl", "np.sum(ratio**2, (-2, -1))",
     "np.trace(np.linalg.inv(q_scale @ q_scale.mT) @ (p_scale @ p_scale.mT), axis1=-2, axis2=-1)"),
    ("kl_batch_averaged", "tril_kl", "return volume", "return 0 * volume + np.mean(volume)"),
    ("kl_vectors_taken_for_a_matrix", "tril_kl", "solve(q_scale, (q_loc - p_loc)[..., None])[..., 0]",
     ("solve(q_scale, q_loc - p_loc) if np.ndim(q_loc) == 2 and q_loc.shape == p_loc.shape[-1:] * 2 else "
      "solve(q_scale, (q_loc - p_loc)[..., None])[..., 0]")),
    ("variance_not_squared", "diag_kl", "(p_scale_diag / q_scale_diag) ** 2", "p_scale_diag / q_scale_diag"),
    ("kl_reverse", "diag_kl", "(p_scale_diag / q_scale_diag) ** 2", "(q_scale_diag / p_scale_diag) ** 2"),
    ("kl_mean_over_coordinates", "diag_kl", "np.sum(", "np.mean("),
    ("kl_log_of_scale_for_log_of_variance", "diag_kl", "np.log(ratio)", "0.5 * np.log(ratio)"),
    ("kl_mean_distance_not_squared", "diag_kl", "((p_loc - q_loc) / q_scale_diag) ** 2",
     "(p_loc - q_loc) / q_scale_diag"),
    ("kl_mean_distance_over_scale_for_variance", "diag_kl", "((p_loc - q_loc) / q_scale_diag) ** 2",
     "(p_loc - q_loc) ** 2 / q_scale_diag"),
    ("vae_half_missing", "logvar_kl_standard", "-0.5 * ", "-1.0 * "),
    ("vae_one_dropped", "logvar_kl_standard", "1 + logvar", "logvar"),
    ("vae_sign", "logvar_kl_standard", "-0.5 * ", "0.5 * "),
    ("vae_mean_not_squared", "logvar_kl_standard", "loc**2", "loc"),
    ("vae_logvar_taken_for_log_scale", "logvar_kl_standard", "np.exp(logvar)", "np.exp(2 * logvar)"),
    ("vae_scale_for_variance", "logvar_kl_standard", "np.exp(logvar)", "np.exp(0.5 * logvar)"),
    ("vae_mean_for_sum", "logvar_kl_standard", "np.sum(", "np.mean("),
    ("vae_summed_over_the_batch", "logvar_kl_standard", "np.exp(logvar), -1)", "np.exp(logvar))"),
    ("kl_sign_of_the_log_ratio", "logvar_kl", "q_logvar - p_logvar, -1", "p_logvar - q_logvar, -1"),
    ("kl_distance_over_p_variance", "logvar_kl", "np.exp(-q_logvar)", "np.exp(-p_logvar)"),
    ("density_without_two_pi", "tril_log_prob", " - 0.5 * k * LOG_TWO_PI", ""),
    ("density_two_pi_once_for_all_coordinates", "tril_log_prob", "0.5 * k * LOG", "0.5 * LOG"),
    ("density_logdet_doubled", "tril_log_prob", "-log_diagonal(scale)", "-2 * log_diagonal(scale)"),
    ("density_logdet_sign", "tril_log_prob", "return -log_diagonal", "return log_diagonal"),
    ("density_half_missing", "tril_log_prob", "0.5 * np.sum", "np.sum"),
    ("density_sign", "tril_log_prob", "- 0.5 * np.sum", "+ 0.5 * np.sum"),
    ("density_scale_tril_transposed", "tril_log_prob", "solve(scale,", "solve(scale.mT,"),
    ("density_variance_for_scale", "tril_log_prob", "solve(scale,", "solve(scale @ scale.mT,"),
    ("density_distance_not_squared", "tril_log_prob", "white**2", "np.abs(white)"),
    ("density_mean_ignored", "tril_log_prob", "value - loc", "value + 0 * loc"),
    ("density_precision_sign", "logvar_log_prob", "np.exp(-logvar)", "np.exp(logvar)"),
    ("density_logvar_taken_for_log_scale", "logvar_log_prob", "np.exp(-logvar)", "np.exp(-2 * logvar)"),
    ("entropy_without_two_pi", "tril_entropy", "(1 + LOG_TWO_PI)", "1"),
    ("entropy_without_e", "tril_entropy", "(1 + LOG_TWO_PI)", "LOG_TWO_PI"),
    ("entropy_dropped_k", "tril_entropy", "0.5 * k *", "0.5 *"),
    ("entropy_logdet_missing_half", "tril_entropy", "+ log_diagonal", "+ 0.5 * log_diagonal"),
    ("entropy_logdet_doubled", "tril_entropy", "+ log_diagonal", "+ 2 * log_diagonal"),
    ("entropy_not_broadcast", "tril_entropy", "np.shape(loc)[:-1], ", ""),
    ("entropy_half_missing", "diag_entropy", "0.5 * (1", "(1"),
    ("scale_tril_transposed", "tril_rsample", "np.tril(scale_tril) @", "np.tril(scale_tril).mT @"),
    ("sigma_for_variance", "tril_rsample", "np.tril(scale_tril) @", "np.tril(scale_tril) @ np.tril(scale_tril).mT @"),
    ("rsample_upper_triangle_used", "tril_rsample", "np.tril(scale_tril) @", "scale_tril @"),
    ("rsample_mean_dropped", "tril_rsample", "return loc + ", "return 0 * loc + "),
    ("rsample_uniform_noise", "tril_rsample", "eps[..., None]", "(3**0.5 * erf(eps / 2**0.5))[..., None]"),
    ("rsample_noise_clipped", "tril_rsample", "eps[..., None]", "np.clip(eps, -1, 1)[..., None]"),
    ("rsample_noise_shared", "tril_rsample", "eps[..., None]", "(0 * eps + eps[..., :1])[..., None]"),
    ("rsample_noise_ignored", "tril_rsample", "eps[..., None]", "(0 * eps)[..., None]"),
    ("variance_for_sigma", "logvar_rsample", "np.exp(0.5 * logvar)", "np.exp(logvar)"),
    ("logvar_not_exponentiated", "logvar_rsample", "np.exp(0.5 * logvar)", "0.5 * logvar"),
    ("noise_variance_squared", "logvar_rsample", "* eps", "* eps**2"),
]
# fmt: on


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_form_without_a_mistake_is_accepted(form, dtype, judge):
    failures = judge(form.function(), form, dtype=dtype)
    assert not failures, "\n".join(map(str, failures))


def test_mutant_is_rejected(mutant, judge):
    assert judge(mutant.function(), mutant.form)


def test_generated_function_is_accepted(form, judge, registry):
    (case,) = [c for c in registry if (c.backend, c.parameterization) == (form.backend, form.parameterization)]
    failures = judge(case.function(form.name), form, but=())
    assert not failures, "\n".join(map(str, failures))
