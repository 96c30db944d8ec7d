"""Right functions as people write them: KL to the standard normal."""

import numpy as np
import torch
from torch.distributions import Independent, MultivariateNormal, Normal, kl_divergence
from torch.nn import functional

from tests.contracts.zoo import KL, right


@right(**KL, parameterization="logvar", reduction="sum")
def vae_example(mu, logvar):
    return -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())


@right(**KL, parameterization="logvar", reduction="batch_mean")
def vae_batch_mean(mu, log_var):
    return torch.mean(-0.5 * torch.sum(1 + log_var - mu**2 - log_var.exp(), dim=1), dim=0)


@right(**KL, parameterization="logvar", reduction="batch_mean")
def vae_over_batch_size(mu, logvar):
    return -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp()) / mu.size(0)


@right(**KL, parameterization="logvar", reduction="mean")
def vae_mean_all(mu, logvar):
    return -0.5 * torch.mean(1 + logvar - mu.pow(2) - logvar.exp())


@right(**KL, parameterization="logvar", reduction="per_sample")
def vae_per_sample(mu, logvar):
    return 0.5 * (mu.square() + torch.expm1(logvar) - logvar).sum(-1)


@right(**KL, parameterization="logvar", reduction="none")
def vae_elementwise(mu, logvar):
    return -0.5 * (1 + logvar - mu.pow(2) - logvar.exp())


@right(**KL, parameterization="logvar", reduction="sum")
def in_place_on_temporaries(mu, logvar):
    return mu.pow(2).add_(logvar.exp()).mul_(-1).add_(1).add_(logvar).sum().mul_(-0.5)


@right(**KL, parameterization="logvar", reduction="batch_mean")
def distributions_logvar(mean, logvar):
    q = Normal(mean, torch.exp(0.5 * logvar), validate_args=False)
    p = Normal(torch.zeros_like(mean), torch.ones_like(mean), validate_args=False)
    return kl_divergence(q, p).sum(-1).mean()


@right(**KL, parameterization="std", reduction="per_sample")
def from_std(mu, sigma):
    return 0.5 * (mu**2 + sigma**2 - torch.log(1e-8 + sigma**2) - 1).sum(1)


@right(**KL, parameterization="std", reduction="per_sample")
def independent_std(mu, std):
    return kl_divergence(Independent(Normal(mu, std), 1), Independent(Normal(0 * mu, 1 + 0 * std), 1))


@right(**KL, parameterization="var", reduction="sum")
def from_var(mu, var):
    return 0.5 * torch.sum(var + mu * mu - 1 - torch.log(var))


@right(**KL, parameterization="logstd", reduction="per_sample")
def from_logstd(mu, log_std):
    return (-log_std + 0.5 * (torch.exp(2 * log_std) + mu**2 - 1)).sum(-1)


@right(**KL, parameterization="logstd", reduction="sum")
def from_logsigma(mu, log_sigma):
    return -0.5 * torch.sum(1 + 2 * log_sigma - mu**2 - torch.exp(log_sigma) ** 2)


@right(**KL, parameterization="rho", reduction="sum")
def bayes_by_backprop(mu, rho):
    sigma = torch.log1p(torch.exp(rho))
    return (-torch.log(sigma) + (sigma**2 + mu**2) / 2 - 0.5).sum()


@right(**KL, parameterization="rho", reduction="per_sample")
def softplus_torch(mu, rho):
    sigma = functional.softplus(rho) + 1e-6
    return (-torch.log(sigma) + (sigma**2 + mu**2) / 2 - 0.5).sum(-1)


@right(**KL, parameterization="rho", reduction="sum")
def softplus_naive(mu, rho):
    sigma = torch.log(1 + torch.exp(rho))
    return (-torch.log(sigma) + (sigma**2 + mu**2) / 2 - 0.5).sum()


@right(**KL, parameterization="packed", reduction="batch_mean")
def packed_chunk(h):
    mu, logvar = h.chunk(2, dim=-1)
    return (-0.5 * (1 + logvar - mu.pow(2) - logvar.exp()).sum(-1)).mean()


@right(**KL, parameterization="logvar", reduction="sum", backend="numpy")
def numpy_sum(mu, logvar):
    return -0.5 * np.sum(1 + logvar - mu**2 - np.exp(logvar))


@right(**KL, parameterization="logvar", reduction="per_sample", backend="numpy")
def numpy_loop(mu, logvar):
    return np.array(
        [
            sum(0.5 * (np.exp(v) + m * m - 1 - v) for m, v in zip(a, b, strict=True))
            for a, b in zip(mu, logvar, strict=True)
        ]
    )


@right(**KL, parameterization="std", reduction="sum", backend="numpy")
def numpy_float(mu, std):
    return float(0.5 * (mu**2 + std**2 - 2 * np.log(std) - 1).sum())


@right(**KL, parameterization="logvar", reduction="sum")
def clamped(mu, logvar):
    logvar = logvar.clamp(-10, 10)
    return -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())


@right(**KL, parameterization="logvar", reduction="sum")
def clamped_one_side(mu, logvar):
    logvar = torch.clamp(logvar, max=10.0)
    return -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())


@right(**KL, parameterization="logvar", reduction="per_sample")
def casts_to_single(mu, logvar):
    mu, logvar = mu.float(), logvar.float()
    return (-0.5 * (1 + logvar - mu.pow(2) - logvar.exp())).sum(-1)


WEIGHT = torch.ones(1, dtype=torch.float32)


@right(**KL, parameterization="logvar", reduction="sum")
def demands_single(mu, logvar):
    eye = torch.eye(mu.shape[-1], dtype=torch.float32)
    return -0.5 * torch.sum(1 + logvar - (mu @ eye).pow(2) - logvar.exp())


@right(**KL, parameterization="logvar", reduction="sum", event_ndim=3)
def images(mu, logvar):
    return -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())


@right(**KL, parameterization="logvar", reduction="per_sample", event_ndim=3)
def images_per_sample(mu, logvar):
    return -0.5 * (1 + logvar - mu.pow(2) - logvar.exp()).flatten(1).sum(1)


@right(**KL, parameterization="logvar", reduction="batch_mean", event_ndim=3)
def latent_diffusion(mean, logvar):
    return 0.5 * torch.sum(mean.pow(2) + logvar.exp() - 1.0 - logvar, dim=[1, 2, 3]).mean()


@right(**KL, parameterization="logvar", reduction="per_sample", batch_ndim=2)
def sequence(mu, logvar):
    return -0.5 * (1 + logvar - mu.pow(2) - logvar.exp()).sum(-1)


@right(**KL, parameterization="logvar", reduction="sum", batch_ndim=0)
def one_event(mu, logvar):
    return -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())


@right(**KL, parameterization="logvar", reduction="sum", mask="event")
def with_mask(mu, logvar, mask):
    return (-0.5 * (1 + logvar - mu.pow(2) - logvar.exp()) * mask).sum()


@right(**KL, parameterization="logvar", reduction="sum", scale=0.1)
def with_beta(mu, logvar):
    return 0.1 * -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())


@right(**KL, parameterization="logvar", reduction="batch_mean", sign=-1)
def negative(mu, logvar):
    return 0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp(), 1).mean(0)


@right(**KL, parameterization="logvar", reduction="sum")
def other_argument_order(logvar, mu):
    return -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())


# ---------------------------------------------------------------- KL to the standard normal, matrices


@right(**KL, parameterization="scale_tril")
def cholesky_kl(mu, L):
    logdet = 2 * torch.log(torch.diagonal(L, dim1=-2, dim2=-1)).sum(-1)
    return 0.5 * ((L**2).sum((-2, -1)) + (mu**2).sum(-1) - mu.shape[-1] - logdet)


@right(**KL, parameterization="scale_tril", triangle="lower", reduction="batch_mean")
def cholesky_kl_tril(mu, L):
    L = torch.tril(L)
    logdet = L.diagonal(dim1=-2, dim2=-1).abs().log().sum(-1)
    return (0.5 * (L.square().sum((-2, -1)) + mu.square().sum(-1) - mu.shape[-1]) - logdet).mean()


@right(**KL, parameterization="scale_tril")
def mvn_kl(mu, L):
    k = mu.shape[-1]
    prior = MultivariateNormal(mu.new_zeros(k), scale_tril=torch.eye(k, dtype=mu.dtype))
    return kl_divergence(MultivariateNormal(mu, scale_tril=L), prior)


@right(**KL, parameterization="covariance", reduction="sum")
def cov_kl(mu, cov):
    trace = torch.diagonal(cov, dim1=-2, dim2=-1).sum(-1)
    return 0.5 * (trace + (mu * mu).sum(-1) - mu.shape[-1] - torch.logdet(cov)).sum()


@right(**KL, parameterization="precision")
def precision_kl(mu, prec):
    cov = torch.inverse(prec)
    trace = torch.diagonal(cov, dim1=-2, dim2=-1).sum(-1)
    return 0.5 * (trace + (mu * mu).sum(-1) - mu.shape[-1] + torch.logdet(prec))


@right(**KL, parameterization="low_rank")
def low_rank_kl(mu, cov_factor, cov_diag):
    cov = cov_factor @ cov_factor.mT + torch.diag_embed(cov_diag)
    return 0.5 * (cov.diagonal(dim1=-2, dim2=-1).sum(-1) + (mu * mu).sum(-1) - mu.shape[-1] - torch.logdet(cov))


@right(**KL, parameterization="scale_unit_tril")
def unit_tril_kl(mu, scale, unit_tril):
    L = torch.diag_embed(scale) @ unit_tril
    return 0.5 * (L.square().sum((-2, -1)) + mu.square().sum(-1) - mu.shape[-1]) - scale.log().sum(-1)
