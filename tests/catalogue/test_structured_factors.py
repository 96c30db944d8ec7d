"""A factor with few free entries, as a stranger writes it: all results of the catalogue, and their code, follow."""

from __future__ import annotations

from types import ModuleType

import pytest
import torch
from sympy import Identity, OneMatrix, exp

import mvn_symbolic as mvn
from mvn_symbolic.codegen import BACKENDS, module_source
from mvn_symbolic.codegen.standalone import Generated

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def family():
    """Free numbers for the diagonal of the factor, and others for the diagonal below it."""
    loc, a, b = mvn.symbol("loc"), mvn.Vector("a"), mvn.Vector("b", mvn.k - 1)
    factor = mvn.DiagMat(mvn.elementwise(exp, a)) + mvn.Placed(b, lambda i: i + 1, lambda i: i)
    return mvn.gaussian_family("banded", loc + factor * mvn.symbol("eps"), [loc, a, b], title="Banded")


@pytest.mark.parametrize("name", ["rsample", "log_prob", "entropy", "kl_standard_normal"])
def test_each_function_of_the_family_is_right(family, name):
    function = next(one for one in family.functions if one.name == name)
    verdict = mvn.verify(Generated(function, "numpy", module_source(name, [function], BACKENDS["numpy"])))
    assert verdict.status == "pass", verdict
    assert verdict.compared > 10


def test_no_step_of_the_family_is_refuted(family):
    assert family.derivation.verify().status != "refuted"


def test_entries_stand_where_torch_is_told_that_they_stand(family, rng):
    """Balls read the places as the code does; here another library is given the factor as a matrix of numbers."""
    module = ModuleType("banded")
    exec(module_source("banded", family.functions, BACKENDS["torch"]), module.__dict__)
    p, q = ([torch.tensor(rng.normal(size=size)) for size in (3, 3, 2)] for _ in "pq")
    point = torch.tensor(rng.normal(size=3))
    one, other = (
        torch.distributions.MultivariateNormal(law[0], scale_tril=law[1].exp().diag() + law[2].diag(-1))
        for law in (p, q)
    )
    for found, expected in [
        (module.log_prob(*p, point), one.log_prob(point)),
        (module.entropy(*p), one.entropy()),
        (module.kl_divergence(*p, *q), torch.distributions.kl_divergence(one, other)),
    ]:  # three coordinates of moderate condition: rounding is below 1e-10
        torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-10)


@pytest.fixture(scope="module")
def equicorrelated():
    """One variance, and one covariance of any two coordinates: its two laws have shares of their own."""
    loc, share = mvn.symbol("loc"), mvn.share("r")
    covariance = (1 - share) * Identity(mvn.k) + share * OneMatrix(mvn.k, mvn.k)
    factor = mvn.Let("L", mvn.Cholesky(covariance))
    return mvn.gaussian_family("equi", loc + factor * mvn.symbol("eps"), [loc, share], title="Equicorrelated")


@pytest.mark.parametrize("name", ["rsample", "log_prob", "kl_divergence"])
def test_a_share_stays_between_0_and_1_in_both_laws(equicorrelated, name):
    function = next(one for one in equicorrelated.functions if one.name == name)
    verdict = mvn.verify(Generated(function, "numpy", module_source(name, [function], BACKENDS["numpy"])))
    assert verdict.status == "pass", verdict
