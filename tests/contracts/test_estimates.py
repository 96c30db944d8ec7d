"""check on Monte Carlo estimates: any unbiased form passes, in value and gradient; slips are named."""

import math

import numpy as np
import pytest
import torch
from torch.distributions import MultivariateNormal, Normal, kl_divergence

from mvn_symbolic.errors import ArgumentError
from mvn_symbolic.verify import Contract, check
from mvn_symbolic.verify.contracts.composed.estimates import signs

RIGHT, WRONG, UNKNOWN = [], [], []
ONE = Normal(0.0, 1.0)


def entry(where, *names, **contract):
    quantity = contract.pop("quantity", "kl_estimate")

    def enter(fn):
        where.append(pytest.param(fn, names, Contract(quantity, **contract), id=fn.__name__))
        return fn

    return enter


def law(mu, logvar):
    return Normal(mu, torch.exp(0.5 * logvar))


# ---------------------------------------------------------------- right


@entry(RIGHT)
def log_ratio(mu, logvar):
    q = law(mu, logvar)
    z = q.rsample()
    return (q.log_prob(z) - ONE.log_prob(z)).sum(-1)


@entry(RIGHT)
def entropy_in_closed_form(mu, logvar):
    z = mu + torch.exp(0.5 * logvar) * torch.randn_like(mu)
    return (0.5 * z**2 - 0.5 * (1 + logvar)).sum(-1)


@entry(RIGHT)
def no_noise_at_all(mu, logvar):
    return kl_divergence(law(mu, logvar), ONE).sum(-1)


@entry(RIGHT, reduction="batch_mean", draws=4)
def four_draws(mu, logvar):
    q = law(mu, logvar)
    z = q.rsample((4,))
    return (q.log_prob(z) - ONE.log_prob(z)).sum(-1).mean(0).mean()


@entry(RIGHT)
def sticking_the_landing(mu, logvar):
    z = law(mu, logvar).rsample()
    return (law(mu.detach(), logvar.detach()).log_prob(z) - ONE.log_prob(z)).sum(-1)


@entry(RIGHT)
def antithetic(mu, logvar):
    eps = torch.randn_like(mu)
    pair = (mu + sign * torch.exp(0.5 * logvar) * eps for sign in (1, -1))
    return sum(0.5 * (law(mu, logvar).log_prob(z) - ONE.log_prob(z)).sum(-1) for z in pair)


@entry(RIGHT, noise="argument")
def noise_argument(mu, logvar, eps):
    z = mu + torch.exp(0.5 * logvar) * eps
    return 0.5 * (z**2 - eps**2 - logvar).sum(-1)


@entry(RIGHT, quantity="estimate_entropy", parameterization="scale_tril")
def entropy_of_a_factor(loc, scale_tril):
    q = MultivariateNormal(loc, scale_tril=scale_tril)
    return -q.log_prob(q.rsample())


@entry(RIGHT, quantity="estimate_kl_divergence")
def two_laws(mu_p, logvar_p, mu_q, logvar_q):
    p, q = law(mu_p, logvar_p), law(mu_q, logvar_q)
    z = p.rsample()
    return (p.log_prob(z) - q.log_prob(z)).sum(-1)


@entry(RIGHT, parameterization="std", backend="numpy")
def in_numpy(mu, sigma):
    eps = np.random.randn(*mu.shape)  # noqa: NPY002
    return 0.5 * ((mu + sigma * eps) ** 2 - eps**2 - 2 * np.log(sigma)).sum(-1)


# ---------------------------------------------------------------- wrong


@entry(WRONG, "overall_sign")
def wrong_sign(mu, logvar):
    return -log_ratio(mu, logvar)


@entry(WRONG, "logvar_read_as_logstd")
def logvar_as_logstd(mu, logvar):
    return log_ratio(mu, 2 * logvar)


@entry(WRONG, "mean_detached")
def sample_without_gradient(mu, logvar):
    q = law(mu, logvar)
    z = q.sample()
    return (q.log_prob(z) - ONE.log_prob(z)).sum(-1)


@entry(WRONG, "trace_doubled")
def half_missing(mu, logvar):
    eps = torch.randn_like(mu)
    z = mu + torch.exp(0.5 * logvar) * eps
    return (z**2 - 0.5 * eps**2 - 0.5 * logvar).sum(-1)


@entry(WRONG, "draws_summed", draws=5)
def summed_over_draws(mu, logvar):
    q = law(mu, logvar)
    z = q.rsample((5,))
    return (q.log_prob(z) - ONE.log_prob(z)).sum((0, -1))


@entry(WRONG, "direction_reversed", quantity="estimate_kl_divergence")
def drawn_from_the_other(mu_p, logvar_p, mu_q, logvar_q):
    return two_laws(mu_q, logvar_q, mu_p, logvar_p)


@entry(WRONG, "const_scaled", quantity="estimate_entropy")
def without_its_constant(mu, logvar):
    q = law(mu, logvar)
    return (-q.log_prob(q.rsample()) - 0.5 * math.log(2 * math.pi)).sum(-1)


# ---------------------------------------------------------------- neither


@entry(UNKNOWN)
def noise_of_box_and_muller(mu, logvar):
    radius = torch.sqrt(-2 * torch.log1p(-torch.rand_like(mu)))
    eps = radius * torch.cos(2 * math.pi * torch.rand_like(mu))
    return 0.5 * ((mu + torch.exp(0.5 * logvar) * eps) ** 2 - eps**2 - logvar).sum(-1)


@entry(WRONG, "overall_sign")
def wrong_sign_with_noise_of_box_and_muller(mu, logvar):
    return -noise_of_box_and_muller(mu, logvar)


@entry(WRONG, "estimate_biased")
def logvar_as_logstd_with_noise_of_box_and_muller(mu, logvar):
    return noise_of_box_and_muller(mu, 2 * logvar)


@entry(WRONG, "draws_summed", draws=16)
def sum_over_draws(mu, logvar):
    std = torch.exp(0.5 * logvar)
    z = mu + std * torch.randn((16, *mu.shape), dtype=mu.dtype)
    return (Normal(mu, std).log_prob(z) - Normal(0.0, 1.0).log_prob(z)).sum((0, -1))


@pytest.mark.parametrize(("fn", "names", "contract"), RIGHT)
def test_unbiased_estimates_pass(fn, names, contract):
    verdict = check(fn, contract, seed=1)
    assert verdict.status == "pass", verdict.report()
    assert verdict.canaries[0] == verdict.canaries[1] > 2
    assert verdict.contract == contract


@pytest.mark.parametrize(("fn", "names", "contract"), WRONG)
def test_biased_estimates_are_rejected_and_named(fn, names, contract):
    verdict = check(fn, contract, seed=2)
    assert verdict.status == "fail", verdict.report()
    assert set(names) & set(verdict.mistakes), verdict.report()


@pytest.mark.parametrize(("fn", "names", "contract"), UNKNOWN)
def test_an_expectation_that_is_not_found_exactly_is_not_accused(fn, names, contract):
    assert check(fn, contract).status == "unknown"


@pytest.mark.parametrize("count", [1, 2, 3, 7, 16, 20])
def test_signs_have_the_moments_of_noise_up_to_the_third(count):
    points = signs(count)
    assert np.array_equal(points.T @ points / len(points), np.eye(count))
    assert not np.any(np.einsum("pi,pj,pk->ijk", points, points, points))


def test_estimates_of_other_quantities_are_refused():
    with pytest.raises(ArgumentError, match="estimate_log_prob"):
        Contract("estimate_log_prob")
