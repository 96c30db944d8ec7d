"""Lives here: right derivatives written by hand in NumPy, and the mistakes people make in them.
May not live here: values, torch, or the checks that have to find the mistakes."""

import numpy as np
import pytest


def solve(factor, column):
    return np.linalg.solve(factor, column)


def batch_shape(**arrays):
    """Return the broadcast batch shape."""
    ranks = [2 if name.endswith("scale_tril") else 1 for name in arrays]
    return np.broadcast_shapes(*(a.shape[: a.ndim - rank] for a, rank in zip(arrays.values(), ranks, strict=True)))


def full(array, batch, rank):
    """Return a copy with the broadcast batch shape."""
    return np.broadcast_to(array, batch + array.shape[array.ndim - rank :]).copy()


def summed(array, like):
    """Sum over the axes along which ``like`` was broadcast to ``array``."""
    array = array.sum(tuple(range(array.ndim - like.ndim)))
    stretched = tuple(i for i, n in enumerate(like.shape) if n == 1 and array.shape[i] != 1)
    return array.sum(stretched, keepdims=True) if stretched else array


def inverse_diagonal(factor):
    return np.eye(factor.shape[-1], dtype=factor.dtype) / np.diagonal(factor, axis1=-2, axis2=-1)[..., None]


def tril_grad_kl(p_loc, p_scale_tril, q_loc, q_scale_tril):
    arrays = {"p_loc": p_loc, "p_scale_tril": p_scale_tril, "q_loc": q_loc, "q_scale_tril": q_scale_tril}
    batch = batch_shape(**arrays)
    p_scale = full(np.tril(p_scale_tril), batch, 2)
    q_scale = full(np.tril(q_scale_tril), batch, 2)
    shift = full(q_loc - p_loc, batch, 1)[..., None]
    ratio = solve(q_scale, p_scale)
    white = solve(q_scale, shift)
    by_q_loc = solve(q_scale.mT, white)[..., 0]
    by_p_scale = np.tril(solve(q_scale.mT, ratio)) - inverse_diagonal(p_scale)
    spread = ratio @ ratio.mT + white @ white.mT
    by_q_scale = inverse_diagonal(q_scale) - np.tril(solve(q_scale.mT, spread))
    return -by_q_loc, by_p_scale, by_q_loc, by_q_scale


def tril_grad_log_prob(loc, scale_tril, value):
    batch = batch_shape(loc=loc, scale_tril=scale_tril, value=value)
    scale = full(np.tril(scale_tril), batch, 2)
    white = solve(scale, full(value - loc, batch, 1)[..., None])
    score = solve(scale.mT, white)
    by_scale = np.tril(score @ white.mT) - inverse_diagonal(scale)
    return score[..., 0], by_scale, -score[..., 0]


def tril_vjp_rsample(loc, scale_tril, eps, grad_value):
    batch = batch_shape(loc=loc, scale_tril=scale_tril, eps=eps, grad_value=grad_value)
    upstream = full(grad_value, batch, 1)
    noise = full(eps, batch, 1)
    by_scale = np.tril(upstream[..., :, None] * noise[..., None, :])
    by_eps = (np.tril(scale_tril).mT @ upstream[..., None])[..., 0]
    return summed(upstream, loc), summed(by_scale, scale_tril), summed(by_eps, eps)


def logvar_vjp_rsample(loc, logvar, eps, grad_value):
    batch = batch_shape(loc=loc, logvar=logvar, eps=eps, grad_value=grad_value)
    upstream = full(grad_value, batch, 1)
    scale = np.exp(0.5 * logvar)
    by_logvar = 0.5 * upstream * eps * scale
    return summed(upstream, loc), summed(by_logvar, logvar), summed(upstream * scale, eps)


def tril_jvp_rsample(loc, scale_tril, eps, tangent_loc, tangent_scale_tril, tangent_eps):
    moved = np.tril(tangent_scale_tril) @ eps[..., None] + np.tril(scale_tril) @ tangent_eps[..., None]
    return tangent_loc + moved[..., 0]


def logvar_value_and_grad_kl_standard_normal(loc, logvar):
    batch = batch_shape(loc=loc, logvar=logvar)
    value = 0.5 * np.sum(loc**2 + np.exp(logvar) - 1 - logvar, -1)
    by_logvar = 0.5 * np.expm1(logvar)
    return value, (full(loc, batch, 1), full(by_logvar, batch, 1))


def diag_vjp_entropy(loc, scale_diag, grad_output):
    batch = batch_shape(loc=loc, scale_diag=scale_diag)
    by_scale = full(1 / scale_diag, batch, 1) * grad_output[..., None]
    return np.zeros_like(loc), summed(by_scale, scale_diag)


def diag_jvp_kl(p_loc, p_scale_diag, q_loc, q_scale_diag, dp_loc, dp_scale_diag, dq_loc, dq_scale_diag):
    shift = (q_loc - p_loc) / q_scale_diag**2
    by_p_scale = p_scale_diag / q_scale_diag**2 - 1 / p_scale_diag
    by_q_scale = (1 - (p_scale_diag / q_scale_diag) ** 2) / q_scale_diag - shift**2 * q_scale_diag
    moved = shift * (dq_loc - dp_loc) + by_p_scale * dp_scale_diag
    return np.sum(moved + by_q_scale * dq_scale_diag, -1)


FORMS = [
    ("numpy", "tril", "grad_kl_divergence", tril_grad_kl),
    ("numpy", "tril", "grad_log_prob", tril_grad_log_prob),
    ("numpy", "tril", "vjp_rsample", tril_vjp_rsample),
    ("numpy", "logvar", "vjp_rsample", logvar_vjp_rsample),
    ("numpy", "tril", "jvp_rsample", tril_jvp_rsample),
    ("numpy", "logvar", "value_and_grad_kl_standard_normal", logvar_value_and_grad_kl_standard_normal),
    ("numpy", "diag", "vjp_entropy", diag_vjp_entropy),
    ("numpy", "diag", "jvp_kl_divergence", diag_jvp_kl),
]

# One row is one mistake: its name, the form, the text it replaces, the text it puts there.
# fmt: off
MISTAKES = [
    ("grad_missing_tril", "tril_grad_kl", "np.tril(solve(q_scale.mT, spread))", "solve(q_scale.mT, spread)"),
    ("grad_sign", "tril_grad_kl", "return -by_q_loc,", "return by_q_loc,"),
    ("grad_arguments_swapped", "tril_grad_kl", "by_p_scale, by_q_loc, by_q_scale", "by_q_scale, by_q_loc, by_p_scale"),
    ("grad_of_the_logarithm_dropped", "tril_grad_kl", " - inverse_diagonal(p_scale)", ""),
    ("grad_scale_tril_transposed", "tril_grad_kl", "solve(q_scale.mT, ratio)", "solve(q_scale, ratio)"),
    ("grad_transposed", "tril_grad_kl", "np.tril(solve(q_scale.mT, spread))", "np.triu(solve(q_scale.mT, spread)).mT"),
    ("grad_mean_term_dropped", "tril_grad_kl", " + white @ white.mT", ""),
    ("grad_by_covariance_for_scale", "tril_grad_kl", "np.tril(solve(q_scale.mT, ratio)) - inverse_diagonal(p_scale)",
     ("np.tril(solve(q_scale.mT, solve(q_scale, np.eye(p_loc.shape[-1], dtype=p_loc.dtype))) - "
      "np.linalg.inv(p_scale @ p_scale.mT)) / 2")),
    ("grad_half_missing", "tril_grad_kl", "by_p_scale = np.tril(", "by_p_scale = 2 * np.tril("),
    ("grad_triangle_symmetrized", "tril_grad_log_prob", "np.tril(score @ white.mT)",
     "np.tril(score @ white.mT + white @ score.mT) / 2"),
    ("score_sign", "tril_grad_log_prob", "return score[..., 0], by_scale, -score[..., 0]",
     "return -score[..., 0], by_scale, score[..., 0]"),
    ("score_not_solved_twice", "tril_grad_log_prob", "solve(scale.mT, white)", "white"),
    ("score_entropy_term_sign", "tril_grad_log_prob", ") - inverse_diagonal", ") + inverse_diagonal"),
    ("score_by_value_missing", "tril_grad_log_prob", ", by_scale, -score[..., 0]", ", by_scale"),
    ("pathwise_outer_product_transposed", "tril_vjp_rsample", "upstream[..., :, None] * noise[..., None, :]",
     "noise[..., :, None] * upstream[..., None, :]"),
    ("pathwise_missing_tril", "tril_vjp_rsample", "np.tril(upstream[..., :, None] * noise[..., None, :])",
     "upstream[..., :, None] * noise[..., None, :]"),
    ("pathwise_diagonal_alone", "tril_vjp_rsample", "np.tril(upstream[..., :, None] * noise[..., None, :])",
     "np.eye(loc.shape[-1], dtype=loc.dtype) * (upstream * noise)[..., None]"),
    ("pathwise_detached", "tril_vjp_rsample", "return summed(upstream, loc)", "return 0 * summed(upstream, loc)"),
    ("pathwise_not_summed_over_the_batch", "tril_vjp_rsample", "summed(by_scale, scale_tril)", "by_scale"),
    ("pathwise_averaged_over_the_batch", "tril_vjp_rsample", "summed(by_scale, scale_tril)",
     "summed(by_scale, scale_tril) * (scale_tril.size / by_scale.size if by_scale.size else 1)"),
    ("pathwise_noise_by_scale_not_transposed", "tril_vjp_rsample", "np.tril(scale_tril).mT", "np.tril(scale_tril)"),
    ("pathwise_chain_rule_of_exp_dropped", "logvar_vjp_rsample", "0.5 * upstream * eps * scale", "upstream * eps"),
    ("pathwise_half_missing", "logvar_vjp_rsample", "0.5 * upstream", "upstream"),
    ("pathwise_noise_missing", "logvar_vjp_rsample", "upstream * eps * scale", "upstream * scale"),
    ("tangent_of_noise_dropped", "tril_jvp_rsample", " + np.tril(scale_tril) @ tangent_eps[..., None]", ""),
    ("tangent_upper_triangle_used", "tril_jvp_rsample", "np.tril(tangent_scale_tril) @", "tangent_scale_tril @"),
    ("tangent_of_mean_dropped", "tril_jvp_rsample", "return tangent_loc + ", "return 0 * tangent_loc + "),
    ("vae_grad_half_missing", "logvar_value_and_grad_kl_standard_normal", "0.5 * np.expm1", "np.expm1"),
    ("vae_grad_one_dropped", "logvar_value_and_grad_kl_standard_normal", "np.expm1", "np.exp"),
    ("vae_grad_mean_doubled", "logvar_value_and_grad_kl_standard_normal", "full(loc, batch, 1)",
     "full(2 * loc, batch, 1)"),
    ("vae_grad_of_the_mean_over_coordinates", "logvar_value_and_grad_kl_standard_normal", "full(loc, batch, 1)",
     "full(loc / loc.shape[-1], batch, 1)"),
    ("vae_value_and_grad_flat", "logvar_value_and_grad_kl_standard_normal", "return value, (full(loc, batch, 1), ",
     "return value, *(full(loc, batch, 1), "),
    ("vae_grad_is_the_argument", "logvar_value_and_grad_kl_standard_normal", "full(loc, batch, 1)",
     "np.broadcast_to(loc, batch + loc.shape[-1:])"),
    ("upstream_ignored", "diag_vjp_entropy", " * grad_output[..., None]", ""),
    ("entropy_grad_by_log_scale", "diag_vjp_entropy", "1 / scale_diag", "scale_diag / scale_diag"),
    ("tangent_of_q_dropped", "diag_jvp_kl", "moved + by_q_scale * dq_scale_diag", "moved"),
    ("tangent_mean_distance_sign", "diag_jvp_kl", "dq_loc - dp_loc", "dp_loc - dq_loc"),
    ("grad_variance_for_scale", "diag_jvp_kl", "(p_scale_diag / q_scale_diag) ** 2", "(p_scale_diag / q_scale_diag)"),
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
