"""Wrong functions in the forms of public code: losses that mix, mask, detach, reduce or guard wrongly."""

import functools

import numpy as np
import torch
from torch import nn
from torch.distributions import Normal

from tests.contracts.zoo import KLB, KLP, KLS, STD, wrong


@wrong("mean_and_scale_exchanged", **KLS)
def roles_exchanged(mu, logvar):
    return _kl(logvar, mu)


def _kl(mu, logvar, reduce=torch.sum):
    return reduce(0.5 * (mu**2 + logvar.exp() - 1 - logvar))


wrong("reduction_mean_for_sum", **KLS)(functools.partial(_kl, reduce=torch.mean))
wrong("overall_factor_two", "overall_factor", **KLS)(lambda mu, logvar: 2 * _kl(mu, logvar))


class Loss(nn.Module):
    def __init__(self, size=3):
        super().__init__()
        self.calls = 0
        self.size = size

    def forward(self, mu, logvar):
        # annealing: another weight at every call
        self.calls += 1
        return min(1.0, self.calls / 1000) * _kl(mu, logvar)

    def fixed(self, mu, logvar):
        return 0.5 * ((mu**2 + logvar.exp() - logvar).sum(1) - self.size)


wrong("non_deterministic", **KLS)(Loss())
wrong("constant_not_times_k", "constant_added", "const_missing", **KLP)(Loss().fixed)


@wrong("non_deterministic", **KLP)
def estimated(mu, logvar):
    z = mu + torch.randn_like(mu) * (logvar / 2).exp()
    return (Normal(mu, (logvar / 2).exp()).log_prob(z) - Normal(0.0, 1.0).log_prob(z)).sum(-1)


@wrong("mask_ignored", **KLB, mask="batch")
def mask_unused(mu, logvar, mask):
    return 0.5 * (mu.pow(2) + logvar.exp() - 1 - logvar).sum(-1).mean()


@wrong("mask_partly_ignored", "const_unmasked", "const_not_masked", **KLS, mask="event")
def constant_unmasked(mu, logvar, mask):
    return -0.5 * torch.sum(1 + (logvar - mu.pow(2) - logvar.exp()) * mask)


@wrong("mask_partly_ignored", "logdet_unmasked", "logdet_not_masked", **KLP, mask="event")
def logvar_unmasked(mu, logvar, mask):
    return 0.5 * ((mu.pow(2) + logvar.exp() - 1) * mask - logvar).sum(-1)


@wrong("mask_inverted", **KLS, mask="event")
def mask_inverted(mu, logvar, mask):
    return (0.5 * (mu.pow(2) + logvar.exp() - 1 - logvar)).masked_fill(mask.bool(), 0.0).sum()


@wrong("value_divided_by_mask", **KLS, mask="event")
def mask_mean(mu, logvar, mask):
    kl = 0.5 * (mu.pow(2) + logvar.exp() - 1 - logvar)
    return (kl * mask).sum() / mask.sum().clamp(min=1.0)


@wrong("detached", **KLB)
def item_of_loss(mu, logvar):
    return torch.tensor(_kl(mu, logvar).item() / len(mu), dtype=mu.dtype)


@wrong("mean_detached", **KLB)
def mean_data(mu, logvar):
    return _kl(mu.data, logvar) / len(mu)


@wrong("trace_detached_from_scale", **KLP)
def exp_detached(mu, logvar):
    return 0.5 * (mu**2 + logvar.detach().exp() - 1 - logvar).sum(-1)


@wrong("norm_of_all_for_square", **KLS)
def norm_for_square(mu, logvar):
    return 0.5 * (torch.norm(mu) + (logvar.exp() - 1 - logvar).sum())


@wrong("logdet_halved", "trace_halved", "quad_halved", **KLB)
def half_inside(mu, logvar):
    return -0.5 * torch.mean(torch.sum(1 + 0.5 * logvar - mu.pow(2) - logvar.exp(), dim=1))


@wrong("logdet_missing", "const_missing", **KLB)
def two_terms_gone(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp()).sum(1).mean()


@wrong("const_sign", "quad_sign", **KLS)
def two_signs(mu, logvar):
    return 0.5 * torch.sum(-mu.pow(2) + logvar.exp() + 1 - logvar)


@wrong("reduction_mean_for_sum", "logdet_doubled", **KLS)
def mean_and_double(mu, logvar):
    return -0.5 * torch.mean(1 + 2 * logvar - mu.pow(2) - logvar.exp())


@wrong("reduction_sum_for_batch_mean", "logvar_read_as_logstd", **KLB)
def sum_and_logstd(mu, logvar):
    return -0.5 * torch.sum(1 + 2 * logvar - mu.pow(2) - (2 * logvar).exp())


@wrong("std_read_as_var", "quad_halved", "quad_scaled", **STD)
def var_and_half(mu, sigma):
    return 0.5 * torch.sum(sigma + 0.5 * mu**2 - 1 - torch.log(sigma))


@wrong("capped", **KLP)
def clipped_above(mu, logvar):
    return torch.clamp(-0.5 * (1 + logvar - mu.pow(2) - logvar.exp()), max=1.0).sum(-1)


@wrong("wrong_base", "logdet_scaled", **STD)
def log_base_ten(mu, sigma):
    return 0.5 * torch.sum(sigma**2 + mu**2 - 1 - 2 * torch.log10(sigma))


@wrong("const_scaled", "constant_added", "constant_not_times_k", **KLP)
def rounded_constant(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 0.9 - logvar).sum(-1)


@wrong(**{**KLB, "backend": "numpy"})
def integer_result(mu, logvar):
    return int(np.mean(0.5 * (mu**2 + np.exp(logvar) - 1 - logvar).sum(1)))


@wrong("wrong_shape", "raises", **KLP)
def one_sample_only(mu, logvar):
    m, s = mu.squeeze(), logvar.squeeze()
    return 0.5 * (m**2 + s.exp() - 1 - s).sum(-1)


TRIL = {"quantity": "kl_standard_normal", "parameterization": "scale_tril"}
COV = {"quantity": "kl_standard_normal", "parameterization": "covariance"}


@wrong("logdet_with_scale_read_as_diagonal_of_factor", "logdet_halved", **TRIL)
def whitened_half(q_mu, q_sqrt):
    logs = torch.log(torch.diagonal(q_sqrt, dim1=-2, dim2=-1)).sum(-1)
    return 0.5 * (q_sqrt.pow(2).sum((-1, -2)) + q_mu.pow(2).sum(-1) - q_mu.shape[-1] - logs)


@wrong("trace_with_scale_read_as_diagonal_of_factor", "scale_tril_read_as_diagonal_of_factor", **TRIL)
def whitened_diagonal_trace(q_mu, q_sqrt):
    d = torch.diagonal(q_sqrt, dim1=-2, dim2=-1)
    return 0.5 * (d.pow(2).sum(-1) + q_mu.pow(2).sum(-1) - q_mu.shape[-1]) - d.log().sum(-1)


@wrong(
    "covariance_as_factor",
    "covariance_read_as_covariance_as_factor",
    "trace_with_scale_read_as_covariance_as_factor",
    **COV,
)
def squares_of_entries(mu, cov):
    return 0.5 * (cov.pow(2).sum((-1, -2)) + mu.pow(2).sum(-1) - mu.shape[-1] - torch.logdet(cov))


@wrong("batch_size_for_dimension", **COV)
def batch_for_dimension(mu, cov):
    return 0.5 * (cov.diagonal(dim1=-2, dim2=-1).sum(-1) + mu.pow(2).sum(-1) - mu.shape[0] - torch.logdet(cov))


@wrong("mask_ignored", quantity="kl_divergence", parameterization="logstd", mask="batch", reduction="sum")
def pair_unmasked(m_q, logs_q, m_p, logs_p, mask):
    return (logs_p - logs_q - 0.5 + 0.5 * (torch.exp(2 * logs_q) + (m_q - m_p) ** 2) * torch.exp(-2 * logs_p)).sum()
