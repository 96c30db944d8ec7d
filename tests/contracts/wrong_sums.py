"""Wrong functions that exchange a sum with what stands inside it, or cut what is summed; noise that is not centred."""

import math

import torch
from torch.distributions import Normal

from tests.contracts.zoo import wrong

LOG_PROB = {"quantity": "log_prob", "parameterization": "logstd", "arguments": ("value", "mean", "scale")}


@wrong("log_of_summed_sigmas", quantity="entropy", parameterization="std", reduction="per_sample")
def log_of_the_total_deviation(mean, std):
    return 0.5 * mean.shape[-1] * (1 + math.log(2 * math.pi)) + torch.log(std.sum(-1))


@wrong("log_of_mean_variance", quantity="log_det", parameterization="var", reduction="per_sample")
def log_of_the_mean_variance(var):
    return var.shape[-1] * torch.log(var.mean(-1))


@wrong("variance_of_summed_raw", quantity="kl_standard_normal", parameterization="logvar", reduction="per_sample")
def exponential_after_the_sum(mu, logvar):
    return 0.5 * (mu.square().sum(-1) + logvar.sum(-1).exp() - mu.shape[-1] - logvar.sum(-1))


@wrong("reduction_event_sum_everywhere_for_none", quantity="entropy", parameterization="logvar", reduction="none")
def summed_and_spread_out(mu, logvar):
    each = 0.5 * (1 + math.log(2 * math.pi) + logvar)
    return each.sum(-1, keepdim=True).expand_as(each)


@wrong("floored", **LOG_PROB, reduction="sum")
def cut_below_minus_five(x, mu, log_std):
    return torch.clamp(Normal(mu, log_std.exp()).log_prob(x), min=-5.0).sum()


@wrong("log_of_density_plus_constant", **LOG_PROB, reduction="none")
def log_of_guarded_density(x, mu, log_std):
    return torch.log(Normal(mu, log_std.exp()).log_prob(x).exp() + 1e-3)


@wrong("noise_not_centred", quantity="rsample", parameterization="logvar")
def noise_with_a_mean(mu, logvar):
    return mu + (0.5 * logvar).exp() * (torch.randn_like(mu) + 0.2)


@wrong("noise_not_centred", quantity="rsample", parameterization="scale_tril")
def shifted_before_the_factor(loc, scale_tril):
    eps = torch.randn_like(loc) - 0.5
    return loc + (scale_tril @ eps.unsqueeze(-1)).squeeze(-1)


@wrong("integer_division_in_constant", quantity="entropy", parameterization="covariance", reduction="per_sample")
def half_of_an_odd_number(loc, cov):
    return loc.shape[-1] // 2 * (1 + math.log(2 * math.pi)) + 0.5 * torch.logdet(cov)


@wrong("integer_division_in_constant", **LOG_PROB, reduction="per_sample")
def half_of_an_odd_event(x, mu, log_std):
    z = (x - mu) / log_std.exp()
    return -0.5 * z.square().sum(-1) - log_std.sum(-1) - x.shape[-1] // 2 * math.log(2 * math.pi)
