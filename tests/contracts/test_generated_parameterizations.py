"""`check` takes every name that generated modules have: their functions pass, and what is misread has a name."""

import importlib

import pytest
import torch
from torch.distributions import MultivariateNormal
from torch.nn import functional

from mvn_symbolic.catalogue.parameterizations import PARAMETERIZATIONS
from mvn_symbolic.packing import from_rows, unpack
from mvn_symbolic.verify import Contract, check
from mvn_symbolic.verify.contracts.layout import GENERATED

PACKED = {"parameterization": "log_cholesky"}


def factor(raw_tril, diagonal):
    """A packed factor whose diagonal is not made by exp."""
    whole, k = unpack(raw_tril), int((2 * raw_tril.shape[-1]) ** 0.5)
    return whole.tril(-1) + torch.diag_embed(diagonal(raw_tril[..., :k]))


def law(mu, raw_tril, diagonal=torch.exp):
    return MultivariateNormal(mu, scale_tril=factor(raw_tril, diagonal))


def by_rows(raw_tril):
    """The diagonal first, and behind it the rest as `tril_indices` lists it, not column by column."""
    k = int((2 * raw_tril.shape[-1]) ** 0.5)
    whole = torch.diag_embed(raw_tril[..., :k])
    rows, columns = torch.tril_indices(k, k, -1)
    whole[..., rows, columns] = raw_tril[..., k:]
    return from_rows(whole[..., *torch.tril_indices(k, k)])


def test_every_generated_parameterization_has_one_name():
    assert set(GENERATED) == set(PARAMETERIZATIONS)
    assert {name: Contract("entropy", name).parameterization for name in PARAMETERIZATIONS} == GENERATED


@pytest.mark.parametrize("quantity", ["kl_standard_normal", "kl_divergence", "log_prob", "entropy", "rsample"])
def test_packed_functions_of_generated_modules_pass(quantity):
    module = importlib.import_module("mvn_symbolic.torch.log_cholesky")
    noise = {"noise": "argument"} if quantity == "rsample" else {}
    assert check(getattr(module, quantity), quantity, **PACKED, **noise).status == "pass"


def test_products_with_the_derivative_of_a_packed_sample_pass():
    module = importlib.import_module("mvn_symbolic.numpy.log_cholesky")
    assert check(module.vjp_rsample, "vjp_rsample", backend="numpy", **PACKED).status == "pass"


def test_a_stranger_who_packs_alike_is_right_and_is_recognised_by_the_name_of_the_argument():
    assert check(lambda mu, raw_tril: law(mu, raw_tril).entropy(), "entropy", **PACKED).status == "pass"
    value = check(lambda x, mu, raw_tril: law(mu, raw_tril).log_prob(x), "log_prob", **PACKED)
    assert value.status == "pass", value


#: what a packed factor is taken for, and a density that takes it so
MISREAD = {
    "filled_row_by_row": lambda x, mu, raw: law(mu, by_rows(raw)).log_prob(x),
    "packed_row_by_row": lambda x, mu, raw: law(mu, from_rows(raw)).log_prob(x),
    "diagonal_by_softplus": lambda x, mu, raw: law(mu, raw, functional.softplus).log_prob(x),
    "diagonal_as_log_variances": lambda x, mu, raw: law(mu, raw, lambda d: torch.exp(d / 2)).log_prob(x),
}


@pytest.mark.parametrize("mistake", MISREAD)
def test_a_packed_factor_that_is_misread_has_a_name(mistake):
    verdict = check(MISREAD[mistake], "log_prob", arguments=("value", "mean", "raw_tril"), **PACKED)
    assert verdict.status == "fail"
    assert mistake in verdict.mistakes[0], verdict


def test_a_term_that_takes_the_diagonal_as_it_is_has_a_name():
    def trace_of_raw(mu, raw_tril):
        k = mu.shape[-1]
        squares = factor(raw_tril, lambda diagonal: diagonal).square().sum((-2, -1)) + mu.square().sum(-1)
        return 0.5 * (squares - k) - raw_tril[..., :k].sum(-1)

    verdict = check(trace_of_raw, "kl_standard_normal", **PACKED)
    assert "diagonal_without_exp" in verdict.mistakes[0], verdict


def test_a_gradient_without_the_chain_rule_of_the_exponential_is_refuted():
    def slopes(mu, raw_tril):
        by_mean, by_raw = torch.autograd.functional.vjp(
            lambda m, r: 0.5 * (m.square().sum() + factor(r, lambda d: d).square().sum()), (mu, raw_tril)
        )[1]
        return by_mean, by_raw

    assert check(slopes, "grad_kl_standard_normal", reduction="sum", **PACKED).status == "fail"
