"""Wrong functions as they occur in public bug reports. Each entry: function, names of which one must be among the
mistakes (none where only the rejection is asked for), fields of its contract."""

import math
import time

import numpy as np
import torch
from torch.distributions import MultivariateNormal, Normal, kl_divergence
from torch.nn import functional

WRONG = []


def wrong(*names, **contract):
    def enter(fn):
        WRONG.append((f"{len(WRONG):02d}-{fn.__name__}", fn, names, contract))
        return fn

    return enter


KL = {"quantity": "kl_standard_normal", "parameterization": "logvar", "reduction": "sum"}
KLB = {**KL, "reduction": "batch_mean"}
KLP = {**KL, "reduction": "per_sample"}
STD = {**KL, "parameterization": "std"}
LOG2PI = math.log(2 * math.pi)


# ---------------------------------------------------------------- constants, signs, terms


@wrong("overall_factor_two", **KL)
def half_missing(mu, logvar):
    return -torch.sum(1 + logvar - mu.pow(2) - logvar.exp())


@wrong("overall_factor_half", **KL)
def quarter(mu, logvar):
    return -0.25 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())


@wrong("overall_sign", **KL)
def sign(mu, logvar):
    return 0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())


@wrong("const_missing", **KL)
def one_missing(mu, logvar):
    return -0.5 * torch.sum(logvar - mu.pow(2) - logvar.exp())


@wrong("const_sign", **KL)
def one_sign(mu, logvar):
    return -0.5 * torch.sum(-1 + logvar - mu.pow(2) - logvar.exp())


@wrong("quad_sign", **KL)
def mean_sign(mu, logvar):
    return -0.5 * torch.sum(1 + logvar + mu.pow(2) - logvar.exp())


@wrong("trace_sign", **KL)
def variance_sign(mu, logvar):
    return -0.5 * torch.sum(1 + logvar - mu.pow(2) + logvar.exp())


@wrong("logdet_sign", **KL)
def logvar_sign(mu, logvar):
    return -0.5 * torch.sum(1 - logvar - mu.pow(2) - logvar.exp())


@wrong("quad_missing", **KL)
def mean_missing(mu, logvar):
    return -0.5 * torch.sum(1 + logvar - logvar.exp())


@wrong("logdet_missing", **KL)
def logvar_missing(mu, logvar):
    return -0.5 * torch.sum(1 - mu.pow(2) - logvar.exp())


@wrong("trace_missing", **KL)
def variance_missing(mu, logvar):
    return -0.5 * torch.sum(1 + logvar - mu.pow(2))


@wrong("square_of_mean_missing", **KL)
def mean_not_squared(mu, logvar):
    return -0.5 * torch.sum(1 + logvar - mu - logvar.exp())


@wrong("absolute_value_for_square", **KL)
def mean_absolute(mu, logvar):
    return -0.5 * torch.sum(1 + logvar - mu.abs() - logvar.exp())


@wrong("quad_doubled", "quad_scaled", **KL)
def mean_twice(mu, logvar):
    return -0.5 * torch.sum(1 + logvar - 2 * mu.pow(2) - logvar.exp())


@wrong("sigma_for_variance_in_trace", **KL)
def std_for_variance(mu, logvar):
    return -0.5 * torch.sum(1 + logvar - mu.pow(2) - (0.5 * logvar).exp())


@wrong("variance_squared_in_trace", **KL)
def variance_squared(mu, logvar):
    return -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp().pow(2))


@wrong("constant_not_times_k", **KLP)
def one_for_k(mu, logvar):
    return 0.5 * (mu.pow(2).sum(1) + logvar.exp().sum(1) - logvar.sum(1) - 1)


@wrong("square_of_the_sum", **KLP)
def sum_then_square(mu, logvar):
    return 0.5 * (mu.sum(1) ** 2 + (logvar.exp() - logvar - 1).sum(1))


# ---------------------------------------------------------------- readings of the scale


@wrong("std_read_as_logvar", **STD)
def std_as_logvar(mu, std):
    return -0.5 * torch.sum(1 + std - mu.pow(2) - std.exp())


@wrong("std_read_as_var", **STD)
def std_as_var(mu, std):
    return 0.5 * torch.sum(std + mu**2 - 1 - torch.log(std))


@wrong("logdet_halved", **STD)
def log_sigma_for_log_variance(mu, std):
    return 0.5 * torch.sum(std**2 + mu**2 - 1 - torch.log(std))


@wrong("sigma_for_variance_in_trace", **STD)
def sigma_for_sigma_squared(mu, std):
    return 0.5 * torch.sum(std + mu**2 - 1 - 2 * torch.log(std))


@wrong("var_read_as_std", **{**KL, "parameterization": "var"})
def var_as_std(mu, var):
    return 0.5 * torch.sum(var**2 + mu**2 - 1 - torch.log(var**2))


@wrong("logvar_read_as_logstd", **KL)
def logvar_as_logstd(mu, logvar):
    return (0.5 * ((2 * logvar).exp() + mu**2 - 1) - logvar).sum()


@wrong("logstd_read_as_logvar", **{**KL, "parameterization": "logstd"})
def logstd_as_logvar(mu, log_std):
    return -0.5 * torch.sum(1 + log_std - mu.pow(2) - log_std.exp())


@wrong("logdet_halved", **{**KL, "parameterization": "logstd"})
def two_missing_before_logstd(mu, log_std):
    return -0.5 * torch.sum(1 + log_std - mu.pow(2) - (2 * log_std).exp())


@wrong("rho_read_as_logstd", **{**KL, "parameterization": "rho"})
def rho_as_logstd(mu, rho):
    return -0.5 * torch.sum(1 + 2 * rho - mu.pow(2) - (2 * rho).exp())


@wrong("rho_read_as_std", **{**KL, "parameterization": "rho"})
def softplus_missing(mu, rho):
    return 0.5 * torch.sum(rho**2 + mu**2 - 1 - torch.log(rho**2))


@wrong("rho_read_as_logvar", **{**KL, "parameterization": "rho"})
def rho_as_logvar(mu, rho):
    return -0.5 * torch.sum(1 + rho - mu.pow(2) - rho.exp())


@wrong("logvar_read_as_std", **KL)
def logvar_as_scale(mu, logvar):
    return 0.5 * torch.sum(logvar**2 + mu**2 - 1 - torch.log(logvar**2))


@wrong("logvar_read_as_logstd", **KL)
def distribution_exp_logvar(mu, logvar):
    return kl_divergence(Normal(mu, logvar.exp()), Normal(0 * mu, 1 + 0 * mu)).sum()


@wrong("mean_and_scale_exchanged", **{**KL, "parameterization": "packed"})
def packed_swapped(h):
    logvar, mu = h.chunk(2, dim=-1)
    return -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())


# ---------------------------------------------------------------- reductions and axes


@wrong("reduction_mean_for_sum", **KL)
def mean_for_sum(mu, logvar):
    return -0.5 * torch.mean(1 + logvar - mu.pow(2) - logvar.exp())


@wrong("reduction_mean_for_batch_mean", **KLB)
def mean_for_batch_mean(mu, logvar):
    return -0.5 * torch.mean(1 + logvar - mu.pow(2) - logvar.exp())


@wrong("reduction_sum_for_batch_mean", **KLB)
def sum_for_batch_mean(mu, logvar):
    return -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())


@wrong("reduction_event_mean_for_per_sample", **KLP)
def event_mean(mu, logvar):
    return -0.5 * torch.mean(1 + logvar - mu.pow(2) - logvar.exp(), dim=1)


@wrong("reduction_over_batch_for_per_sample", "wrong_shape", **KLP)
def sum_over_batch(mu, logvar):
    return -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp(), dim=0)


@wrong("reduction_keepdim_for_per_sample", "wrong_shape", **KLP)
def keepdim(mu, logvar):
    return -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp(), dim=1, keepdim=True)


@wrong("reduction_event_mean_batch_sum_for_batch_mean", **KLB)
def divided_by_latent_size(mu, logvar):
    return -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp()) / mu.size(1)


@wrong(
    "reduction_mean_over_last_axis_of_batch_sum_for_batch_mean", "reduction_event_mean_batch_sum_for_batch_mean", **KLB
)
def mean_and_sum_exchanged(mu, logvar):
    return torch.mean(-0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp(), dim=0))


@wrong("mixes_samples", "batch_and_event_confused", "wrong_shape", **KLP)
def broadcast_batch(mu, logvar):
    return 0.5 * (mu.pow(2).sum(1, keepdim=True) + (logvar.exp() - logvar - 1).sum(1)).mean(1)


@wrong("reduction_over_axis_one_for_per_sample", "wrong_shape", **{**KLP, "event_ndim": 3})
def only_channels(mu, logvar):
    return -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp(), dim=1)


@wrong("mask_ignored", **{**KL, "mask": "event"})
def mask_ignored(mu, logvar, mask):
    return -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())


@wrong("reduction_first_sample_for_sum", **KL)
def first_sample(mu, logvar):
    return -0.5 * torch.sum((1 + logvar - mu.pow(2) - logvar.exp())[0])


# ---------------------------------------------------------------- two laws


TWO = {"quantity": "kl_divergence", "parameterization": "logvar", "reduction": "per_sample"}
TWO_TRIL = {**TWO, "parameterization": "scale_tril"}
TWO_STD = {**TWO, "parameterization": "std"}


@wrong("direction_reversed", **TWO)
def swapped(mu1, lv1, mu2, lv2):
    return 0.5 * (lv1 - lv2 + (lv2.exp() + (mu1 - mu2) ** 2) / lv1.exp() - 1).sum(-1)


@wrong("denominator_of_the_other_law", **TWO)
def other_denominator(mu1, lv1, mu2, lv2):
    return 0.5 * (lv2 - lv1 + lv1.exp() / lv2.exp() + (mu1 - mu2) ** 2 / lv1.exp() - 1).sum(-1)


@wrong("denominator_missing_in_quadratic", **TWO)
def parenthesis(mu1, lv1, mu2, lv2):
    return 0.5 * (lv2 - lv1 + lv1.exp() / lv2.exp() + (mu1 - mu2) ** 2 - 1).sum(-1)


@wrong("denominator_missing_in_trace", **TWO)
def parenthesis_trace(mu1, lv1, mu2, lv2):
    return 0.5 * (lv2 - lv1 + lv1.exp() + (mu1 - mu2) ** 2 / lv2.exp() - 1).sum(-1)


@wrong("sign_inside_the_square", **TWO)
def plus_for_minus(mu1, lv1, mu2, lv2):
    return 0.5 * (lv2 - lv1 + (lv1.exp() + (mu1 + mu2) ** 2) / lv2.exp() - 1).sum(-1)


@wrong("logdet_q_halved", "logdet_p_halved", **TWO_STD)
def logs_halved(mu1, std1, mu2, std2):
    return 0.5 * (torch.log(std2 / std1) + (std1**2 + (mu1 - mu2) ** 2) / std2**2 - 1).sum(-1)


@wrong("std_read_as_var", **TWO_STD)
def stds_as_vars(mu1, std1, mu2, std2):
    return 0.5 * (torch.log(std2 / std1) + (std1 + (mu1 - mu2) ** 2) / std2 - 1).sum(-1)


@wrong("logdet_p_sign", "logdet_q_sign", **TWO)
def log_ratio_sign(mu1, lv1, mu2, lv2):
    return 0.5 * (lv1 - lv2 + (lv1.exp() + (mu1 - mu2) ** 2) / lv2.exp() - 1).sum(-1)


@wrong("constant_not_times_k", "const_missing", **{**TWO, "parameterization": "scale_tril"})
def dense_k_missing(m1, L1, m2, L2):
    p, q = MultivariateNormal(m1, scale_tril=L1), MultivariateNormal(m2, scale_tril=L2)
    return kl_divergence(p, q) + 0.5 * m1.shape[-1]


@wrong("logdet_p_halved", "logdet_q_halved", **{**TWO, "parameterization": "scale_tril"})
def dense_log_det_of_factor(m1, L1, m2, L2):
    inv = torch.inverse(L2)
    d = (inv @ (m1 - m2).unsqueeze(-1))[..., 0]
    logs = (L2.diagonal(dim1=-2, dim2=-1) / L1.diagonal(dim1=-2, dim2=-1)).log().sum(-1)
    return 0.5 * ((inv @ L1).pow(2).sum((-2, -1)) + d.pow(2).sum(-1) - m1.shape[-1] + logs)


@wrong("factor_for_covariance_in_quadratic", "factor_transposed_in_quadratic", **TWO_TRIL)
def dense_solve_transposed(m1, L1, m2, L2):
    inv = torch.inverse(L2)
    d = (inv.mT @ (m1 - m2).unsqueeze(-1))[..., 0]
    logs = 2 * (L2.diagonal(dim1=-2, dim2=-1) / L1.diagonal(dim1=-2, dim2=-1)).log().sum(-1)
    return 0.5 * ((inv @ L1).pow(2).sum((-2, -1)) + d.pow(2).sum(-1) - m1.shape[-1] + logs)


# ---------------------------------------------------------------- matrices


TRIL = {"quantity": "kl_standard_normal", "parameterization": "scale_tril"}


@wrong("scale_tril_read_as_full_factor", "trace_with_scale_read_as_full_factor", **TRIL, triangle="lower")
def tril_missing(mu, L):
    logdet = 2 * L.diagonal(dim1=-2, dim2=-1).log().sum(-1)
    return 0.5 * (L.square().sum((-2, -1)) + mu.square().sum(-1) - mu.shape[-1] - logdet)


@wrong("logdet_halved", **TRIL)
def tril_two_missing(mu, L):
    logdet = L.diagonal(dim1=-2, dim2=-1).log().sum(-1)
    return 0.5 * (L.square().sum((-2, -1)) + mu.square().sum(-1) - mu.shape[-1] - logdet)


@wrong("trace_of_factor", "sigma_for_variance_in_trace", **TRIL)
def tril_trace_of_factor(mu, L):
    diagonal = L.diagonal(dim1=-2, dim2=-1)
    return 0.5 * (diagonal.sum(-1) + mu.square().sum(-1) - mu.shape[-1] - 2 * diagonal.log().sum(-1))


@wrong("scale_tril_read_as_diagonal_of_factor", **TRIL)
def tril_diagonal_only(mu, L):
    diagonal = L.diagonal(dim1=-2, dim2=-1)
    return 0.5 * (diagonal.square().sum(-1) + mu.square().sum(-1) - mu.shape[-1] - 2 * diagonal.log().sum(-1))


COV = {"quantity": "kl_standard_normal", "parameterization": "covariance"}


@wrong("covariance_read_as_diagonal_of_covariance", "diagonal_of_covariance_for_determinant", **COV)
def cov_diagonal_only(mu, cov):
    diagonal = cov.diagonal(dim1=-2, dim2=-1)
    return 0.5 * (diagonal.sum(-1) + mu.square().sum(-1) - mu.shape[-1] - diagonal.log().sum(-1))


@wrong("precision_read_as_covariance", quantity="log_prob", parameterization="precision")
def precision_as_covariance(x, mu, prec):
    return MultivariateNormal(mu, prec).log_prob(x)


# ---------------------------------------------------------------- densities and entropies


LP = {"quantity": "log_prob", "parameterization": "logvar"}


@wrong("const_missing", **LP)
def log_2pi_missing(x, mu, logvar):
    return -0.5 * (logvar + (x - mu) ** 2 * torch.exp(-logvar)).sum(-1)


@wrong("constant_not_times_k", **LP)
def log_2pi_once(x, mu, logvar):
    return -0.5 * LOG2PI - 0.5 * (logvar + (x - mu) ** 2 * torch.exp(-logvar)).sum(-1)


@wrong("const_doubled", **LP)
def log_2pi_twice(x, mu, logvar):
    return -0.5 * (2 * LOG2PI + logvar + (x - mu) ** 2 * torch.exp(-logvar)).sum(-1)


@wrong("quad_doubled", **LP)
def half_missing_in_square(x, mu, logvar):
    return -((x - mu) ** 2 / logvar.exp() + 0.5 * logvar + 0.5 * LOG2PI).sum(-1)


@wrong("sigma_as_denominator_in_quadratic", **LP)
def sigma_denominator(x, mu, logvar):
    return -0.5 * (LOG2PI + logvar + (x - mu) ** 2 / (0.5 * logvar).exp()).sum(-1)


@wrong("logdet_missing", **LP)
def logdet_missing(x, mu, logvar):
    return -0.5 * (LOG2PI + (x - mu) ** 2 / logvar.exp()).sum(-1)


@wrong("overall_sign", **LP)
def nll_for_log_prob(x, mu, logvar):
    return 0.5 * (LOG2PI + logvar + (x - mu) ** 2 / logvar.exp()).sum(-1)


@wrong("logvar_read_as_logstd", "quad_missing", **LP)
def normal_of_exp_logvar(x, mu, logvar):
    return Normal(mu, logvar.exp()).log_prob(x).sum(-1)


@wrong("const_missing", quantity="neg_log_prob", parameterization="var", reduction="mean")
def gaussian_nll_default(x, mu, var):
    return functional.gaussian_nll_loss(mu, x, var)


@wrong("logdet_doubled", quantity="log_prob", parameterization="logstd")
def logstd_twice(x, mu, log_std):
    return -(0.5 * ((x - mu) / log_std.exp()) ** 2 + 2 * log_std + 0.5 * LOG2PI).sum(-1)


@wrong("logdet_doubled", quantity="log_prob", parameterization="covariance")
def det_for_sqrt(x, mu, cov):
    return MultivariateNormal(mu, cov).log_prob(x) - 0.5 * torch.logdet(cov)


@wrong("const_missing", "constant_not_times_k", quantity="entropy", parameterization="logvar")
def entropy_constant(mu, logvar):
    return 0.5 * logvar.sum(-1)


@wrong("logdet_doubled", "overall_factor_two", quantity="entropy", parameterization="std")
def entropy_half(mu, std):
    return (0.5 * (1 + LOG2PI) + 2 * std.log()).sum(-1)


@wrong("const_scaled", "constant_not_times_k", quantity="entropy", parameterization="std")
def entropy_one_missing(mu, std):
    return (0.5 * LOG2PI + std.log()).sum(-1)


@wrong("logdet_halved", "overall_factor_half", quantity="log_det", parameterization="scale_tril")
def logdet_of_factor(L):
    return L.diagonal(dim1=-2, dim2=-1).log().sum(-1)


@wrong("variance_for_std", "std_missing", "logvar_read_as_logstd", quantity="std", parameterization="logvar")
def exp_logvar(logvar):
    return logvar.exp()


@wrong("scale_tril_read_as_diagonal_of_factor", quantity="std", parameterization="scale_tril")
def std_from_diagonal(L):
    return L.diagonal(dim1=-2, dim2=-1)


# ---------------------------------------------------------------- gradients


@wrong("mean_detached", **KL)
def mean_detached(mu, logvar):
    return -0.5 * torch.sum(1 + logvar - mu.detach().pow(2) - logvar.exp())


@wrong("scale_detached", **KL)
def logvar_detached(mu, logvar):
    logvar = logvar.detach()
    return -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())


@wrong("detached", **KL)
def no_grad(mu, logvar):
    with torch.no_grad():
        return -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())


@wrong("detached", **KL)
def item(mu, logvar):
    return (-0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())).item()


@wrong("trace_detached_from_scale", **KL)
def term_detached(mu, logvar):
    return -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp().detach())


class WrongBackward(torch.autograd.Function):
    @staticmethod
    def forward(ctx, mu, logvar):
        ctx.save_for_backward(mu, logvar)
        return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum()

    @staticmethod
    def backward(ctx, grad):
        mu, logvar = ctx.saved_tensors
        return grad * mu, grad * (logvar.exp() - 1)


@wrong("gradient_by_scale_doubled", **KL)
def wrong_backward(mu, logvar):
    return WrongBackward.apply(mu, logvar)


@wrong("gradient_by_scale_doubled", quantity="grad_kl_standard_normal", parameterization="logvar", reduction="sum")
def grad_half_missing(mu, logvar):
    return mu, logvar.exp() - 1


@wrong("gradient_by_scale_const_missing", "gradient_by_scale_logdet_missing", quantity="grad_kl_standard_normal",
       parameterization="logvar", reduction="sum")  # fmt: skip
def grad_one_missing(mu, logvar):
    return mu, 0.5 * logvar.exp()


@wrong(
    "tril_missing", "gradient_by_scale_transposed", quantity="grad_kl_standard_normal", parameterization="scale_tril"
)
def grad_transposed(mu, L):
    return mu, L.mT - torch.diag_embed(1 / L.diagonal(dim1=-2, dim2=-1))


@wrong(quantity="vjp_cholesky", parameterization="scale_tril")
def murray_without_halving(L, grad_L):
    inv = torch.inverse(L)
    S = inv.mT @ torch.tril(L.mT @ torch.tril(grad_L)) @ inv
    return 0.5 * (S + S.mT)


@wrong("gradient_by_scale_doubled", quantity="vjp_rsample", parameterization="logvar")
def backward_half_missing(mu, logvar, eps, grad):
    return grad, grad * eps * torch.exp(0.5 * logvar)


@wrong("scale_detached", quantity="surrogate_kl_standard_normal", parameterization="logvar", reduction="sum")
def surrogate_detached(mu, logvar):
    return (0.5 * mu**2 + 0.5 * (logvar.exp() - logvar).detach()).sum()


# ---------------------------------------------------------------- conduct


@wrong("raises", **KL)
def raises(mu, logvar):
    raise KeyError("nothing here")


@wrong("raises", **KL)
def exits(mu, logvar):
    raise SystemExit(3)


@wrong("wrong_type", **KL)
def returns_none(mu, logvar):
    torch.sum(mu)


@wrong("wrong_type", **KL)
def returns_dict(mu, logvar):
    return {"kl": mu.sum()}


@wrong("not_finite", **KL)
def nan(mu, logvar):
    return -0.5 * torch.sum(1 + logvar - mu.pow(2) - torch.log(-logvar.exp()))


@wrong("mutates_inputs", **KL)
def mutates(mu, logvar):
    return 0.5 * torch.sum(mu.pow(2) - 1 - logvar.clone() + logvar.exp_())


@wrong("non_deterministic", **KL)
def monte_carlo(mu, logvar):
    std = (0.5 * logvar).exp()
    z = mu + std * torch.randn_like(std)
    return (Normal(mu, std).log_prob(z) - Normal(0.0, 1.0).log_prob(z)).sum()


@wrong("never_returns", **KL)
def never_returns(mu, logvar):
    while True:
        time.sleep(0.01)


@wrong("raises", **KLP)
def squeezes(mu, logvar):
    out = (-0.5 * (1 + logvar - mu.pow(2) - logvar.exp())).sum(-1).squeeze()
    return torch.stack([out[i] for i in range(len(out))])


@wrong("raises", **{**KL, "backend": "numpy"})
def numpy_needs_a_method(mu, logvar):
    return -0.5 * np.sum(1 + logvar - mu.pow(2) - np.exp(logvar))
