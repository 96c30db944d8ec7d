"""A value that is not finite between log-variances of -20 and 20 is a mistake; right code reaches further."""

import numpy as np
import pytest
import torch
from torch.distributions import MultivariateNormal, Normal, kl_divergence
from torch.nn import functional

from mvn_symbolic.verify import check

KL = "kl_standard_normal"
NAME = "overflows_at_moderate_scales"


def textbook(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(-1)


def powers(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1 - (logvar.exp() ** 40).log() / 40).sum(-1)


def inverse_powers(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1 + ((-logvar).exp() ** 40).log() / 40).sum(-1)


def guarded_above(mu, logvar):
    return textbook(mu, torch.where(logvar > 18, torch.full_like(logvar, np.inf), logvar))


def by_density(mu, std, value):
    return Normal(mu, std).log_prob(value).sum(-1) + 0 * (1 / std**80).sum(-1)


@pytest.mark.parametrize(
    ("fn", "contract"),
    [
        (powers, {"quantity": KL}),
        (inverse_powers, {"quantity": KL}),
        (guarded_above, {"quantity": KL}),
        (by_density, {"quantity": "log_prob", "parameterization": "std"}),
    ],
)
@pytest.mark.parametrize("seed", [0, 1])
def test_a_number_that_overflows_at_moderate_scales_is_wrong(fn, contract, seed):
    verdict = check(fn, **{"contract": contract["quantity"], "seed": seed, **_rest(contract)})
    assert (verdict.status, verdict.mistakes) == ("fail", (NAME,)), verdict.report()
    assert not np.all(np.isfinite(verdict.counterexample["got"]))
    assert np.all(np.isfinite(verdict.counterexample["expected"]))


def _rest(contract):
    return {name: given for name, given in contract.items() if name != "quantity"}


def test_a_gradient_that_is_not_finite_there_is_noted():
    def kl(mu, logvar):
        return textbook(mu, logvar) + 0 * torch.where(logvar > 15, (16 - logvar).sqrt(), logvar).nan_to_num().sum(-1)

    verdict = check(kl, KL)
    assert any("gradient by scale is not finite at log-variances of 20" in note for note in verdict.notes)


def test_a_gradient_of_jax_that_is_not_finite_there_is_noted_too():
    jnp = pytest.importorskip("jax").numpy

    def kl(mu, logvar):
        guard = jnp.nan_to_num(jnp.where(logvar > 15, jnp.sqrt(16 - logvar), logvar))
        return (0.5 * (mu**2 + jnp.exp(logvar) - 1 - logvar) + 0 * guard).sum(-1)

    verdict = check(kl, KL, backend="jax")
    assert any("gradient by scale is not finite at log-variances of 20" in note for note in verdict.notes)


def test_single_precision_that_overflows_there_is_noted():
    def kl(mu, logvar):
        return 0.5 * (mu**2 + logvar.exp() - 1 - (logvar.exp() ** 5).log() / 5).sum(-1)

    verdict = check(kl, KL)
    assert verdict.status == "pass", verdict.report()
    assert "in single precision it overflows or underflows at log-variances of 20" in verdict.notes
    assert "overflows" in verdict.accuracy["float32"]


def softplus_kl(mu, rho):
    return kl_divergence(Normal(mu, functional.softplus(rho)), Normal(0.0, 1.0)).sum(-1)


def naive_softplus(mu, rho):
    return kl_divergence(Normal(mu, torch.log(1 + torch.exp(rho))), Normal(0.0, 1.0)).sum(-1)


def log_of_density(mu, std, value):
    return Normal(mu, std).log_prob(value).exp().prod(-1).log()


def with_determinant(mean, cov, value):
    d = value - mean
    quad = (d[..., None, :] @ torch.linalg.inv(cov) @ d[..., None])[..., 0, 0]
    return -0.5 * (quad + torch.log(torch.det(cov)) + mean.shape[-1] * np.log(2 * np.pi))


RIGHT = [
    (textbook, {"quantity": KL}),
    (softplus_kl, {"quantity": KL, "parameterization": "rho"}),
    (naive_softplus, {"quantity": KL, "parameterization": "rho"}),
    (log_of_density, {"quantity": "log_prob", "parameterization": "std"}),
    (with_determinant, {"quantity": "log_prob", "parameterization": "covariance"}),
    (lambda mean, cov, value: MultivariateNormal(mean, cov).log_prob(value),
     {"quantity": "log_prob", "parameterization": "covariance"}),
]  # fmt: skip


@pytest.mark.parametrize("cast", [lambda a: a, lambda a: a.float()], ids=["double", "single"])
@pytest.mark.parametrize(("fn", "contract"), RIGHT)
def test_right_code_is_not_accused_in_either_precision(fn, contract, cast):
    names = fn.__code__.co_varnames[: fn.__code__.co_argcount]
    roles = {"mu": "mean", "mean": "mean", "value": "value"}
    order = tuple(roles.get(name, "scale") for name in names)
    verdict = check(lambda *given: fn(*map(cast, given)), contract["quantity"], arguments=order, **_rest(contract))
    assert verdict.status == "pass", verdict.report()
