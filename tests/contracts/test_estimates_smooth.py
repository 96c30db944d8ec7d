"""check on estimates that are no quadratic functions of their noise, such as Schulman's k3: by quadrature."""

import numpy as np
import pytest
import torch
from torch.distributions import MultivariateNormal, Normal

from mvn_symbolic.verify import Contract, check
from mvn_symbolic.verify.contracts.composed.smooth_estimates import nodes

ONE = Normal(0.0, 1.0)
TWO = Contract("estimate_kl_divergence")


def law(mu, logvar):
    return Normal(mu, torch.exp(0.5 * logvar))


def ratio(p, q, *draws):
    z = p.rsample(draws)
    return (q.log_prob(z) - p.log_prob(z)).sum(-1)


def k3(mu_p, logvar_p, mu_q, logvar_q):
    lr = ratio(law(mu_p, logvar_p), law(mu_q, logvar_q))
    return lr.exp() - 1 - lr


def k3_of_the_other_direction(mu_p, logvar_p, mu_q, logvar_q):
    return k3(mu_q, logvar_q, mu_p, logvar_p)


def k3_of_draws(mu_p, logvar_p, mu_q, logvar_q):
    lr = ratio(law(mu_p, logvar_p), law(mu_q, logvar_q), 4)
    return (lr.exp() - 1 - lr).mean(0)


def k3_of_coordinates(mu_p, logvar_p, mu_q, logvar_q):
    p, q = law(mu_p, logvar_p), law(mu_q, logvar_q)
    z = p.rsample()
    lr = q.log_prob(z) - p.log_prob(z)
    return (lr.exp() - 1 - lr).sum(-1).mean()


def k3_of_factors(loc_p, scale_tril_p, loc_q, scale_tril_q):
    p = MultivariateNormal(loc_p, scale_tril=scale_tril_p)
    z = p.rsample()
    lr = MultivariateNormal(loc_q, scale_tril=scale_tril_q).log_prob(z) - p.log_prob(z)
    return lr.exp() - 1 - lr


def k3_of_one_law(mu, logvar):
    lr = ratio(law(mu, logvar), ONE)
    return lr.exp() - 1 - lr


def wrong_sign_of_the_ratio(mu_p, logvar_p, mu_q, logvar_q):
    lr = -ratio(law(mu_p, logvar_p), law(mu_q, logvar_q))
    return lr.exp() - 1 - lr


def without_its_one(mu_p, logvar_p, mu_q, logvar_q):
    lr = ratio(law(mu_p, logvar_p), law(mu_q, logvar_q))
    return lr.exp() - lr


def k2(mu_p, logvar_p, mu_q, logvar_q):
    return 0.5 * ratio(law(mu_p, logvar_p), law(mu_q, logvar_q)) ** 2


def with_a_kink(mu, logvar):
    return ratio(law(mu, logvar), ONE).abs()


def image(mu, logvar):
    q = law(mu, logvar)
    z = q.rsample()
    lr = (ONE.log_prob(z) - q.log_prob(z)).sum((1, 2, 3))
    return lr.exp() - 1 - lr


RIGHT = [
    (k3, TWO),
    (k3_of_the_other_direction, Contract("estimate_kl_divergence", direction="reverse")),
    (k3_of_draws, Contract("estimate_kl_divergence", draws=4)),
    (k3_of_coordinates, Contract("estimate_kl_divergence", reduction="batch_mean")),
    (k3_of_factors, Contract("estimate_kl_divergence", parameterization="scale_tril")),
    (k3_of_one_law, Contract("kl_estimate")),
]
WRONG = [
    (wrong_sign_of_the_ratio, "estimate_biased"),
    (without_its_one, "constant_added"),
    (k3_of_the_other_direction, "direction_reversed"),
    (k2, "estimate_biased"),
]


@pytest.mark.parametrize(("fn", "contract"), RIGHT)
def test_unbiased_smooth_estimates_pass(fn, contract):
    verdict = check(fn, contract)
    assert verdict.status == "pass", verdict.report()
    assert verdict.canaries[0] == verdict.canaries[1] > 2


@pytest.mark.parametrize(("fn", "name"), WRONG)
def test_biased_smooth_estimates_are_named(fn, name):
    verdict = check(fn, TWO)
    assert verdict.status == "fail", verdict.report()
    assert name in verdict.mistakes


@pytest.mark.parametrize(("fn", "event_ndim", "why"), [(with_a_kink, 1, "quadrature"), (image, 3, "too many numbers")])
def test_what_quadrature_does_not_find_is_not_accused(fn, event_ndim, why):
    verdict = check(fn, Contract("kl_estimate", event_ndim=event_ndim))
    assert verdict.status == "unknown"
    assert "promise its parts, rsample and log_prob" in verdict.diagnosis
    assert why in verdict.diagnosis


def test_nodes_have_the_moments_of_noise():
    points, weights = nodes(10, 2)
    assert np.allclose(weights @ points**8, 105)
    assert np.isclose(weights @ np.prod(points, axis=1) ** 4, 9)
