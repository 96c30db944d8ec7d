"""Contracts read from names: what public code is called, and that nobody is accused by a promise that nobody made."""

import numpy as np
import pytest
import torch

from mvn_symbolic.verify import Contract, check
from tests.contracts import zoo_jax


def mvn_sample(mean, cov):
    return np.random.multivariate_normal(mean, cov)  # noqa: NPY002 - as public code has it


def video_kl(mu, logvar):
    return (-0.5 * (1 + logvar - mu**2 - logvar.exp()).sum(dim=(1, 2, 3, 4))).mean()


def neg_entropy(log_std):
    return -(log_std + 0.5 * np.log(2 * np.pi * np.e)).sum(-1)


def mc_kl(mu, logvar):
    q = torch.distributions.Normal(mu, (0.5 * logvar).exp())
    z = q.rsample()
    return (q.log_prob(z) - torch.distributions.Normal(0.0, 1.0).log_prob(z)).sum(-1)


def normal_tensor(mean, std, generator=None):
    return torch.randn(mean.shape, generator=generator, dtype=mean.dtype) * std + mean


def masked_kl(mu, logvar, mask):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar)
    return (kl * mask).sum() / mask.sum()


@pytest.mark.parametrize(
    ("fn", "wanted"),
    [
        (mvn_sample, {"quantity": "rsample", "parameterization": "covariance", "batch_ndim": 0, "backend": "numpy"}),
        (video_kl, {"quantity": "kl_standard_normal", "reduction": "batch_mean", "event_ndim": 4}),
        (neg_entropy, {"quantity": "entropy", "parameterization": "logstd", "sign": -1}),
        (mc_kl, {"quantity": "estimate_kl_standard_normal", "reduction": "per_sample"}),
        (normal_tensor, {"quantity": "rsample", "parameterization": "std", "noise": "generator"}),
        (masked_kl, {"quantity": "kl_standard_normal", "reduction": "masked_mean", "mask": "event"}),
        (zoo_jax.kl_loss, {"quantity": "kl_standard_normal", "reduction": "batch_mean", "backend": "jax"}),
        (zoo_jax.reparameterize, {"quantity": "rsample", "noise": "generator", "backend": "jax"}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_the_right_contract_is_among_those_that_names_propose(fn, wanted):
    found = [{name: getattr(contract, name) for name in wanted} for contract in Contract.infer(fn)]
    assert wanted in found


def test_what_only_draws_is_proposed_as_a_sampler_and_nothing_else():
    assert {contract.quantity for contract in Contract.infer(normal_tensor)} == {"rsample"}


def test_a_division_beside_a_mask_is_read_as_a_mean_of_what_is_not_masked():
    assert Contract.infer(masked_kl)[0].reduction == "masked_mean"


def test_a_verdict_says_that_nobody_promised_it():
    contract = Contract.infer(masked_kl)[0]
    assert "read from names, promised by nobody: kl_standard_normal" in check(masked_kl, contract).report()
    assert "  promised: entropy" in check(neg_entropy, "entropy", parameterization="logstd").report()
    assert contract == Contract(**{name: getattr(contract, name) for name in ("quantity", "parameterization", "mask",
                                                                              "reduction")})  # fmt: skip


@pytest.mark.parametrize(
    ("names", "law"),
    [
        ("mu1, sigma1, mu2, sigma2", "std"),
        ("m_q, logs_q, m_p, logs_p", "logstd"),
        ("mu_q, sig_q, mu_p, sig_p", "std"),
    ],
)
def test_names_of_two_laws_are_read_beside_each_other(names, law):
    fn = eval(f"lambda {names}: 0")
    laws = {str(contract.parameterization) for contract in Contract.infer(fn)}
    assert law in laws, laws


def test_a_squared_sigma_alone_is_a_variance():
    assert "var" in {str(contract.parameterization) for contract in Contract.infer(lambda mu, sigma2: 0)}
