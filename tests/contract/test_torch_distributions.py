"""Lives here: values and gradients against torch.distributions, which shares no code with us.
May not live here: tolerances without a derivation: where the problem is ill-conditioned they carry its condition.

validate_args is given everywhere: torch.compile, merely called, turns the default off for the whole process.
"""

import numpy as np
import pytest
import torch
from torch.distributions import Independent, LowRankMultivariateNormal, MultivariateNormal, Normal, kl_divergence

from mvn_symbolic.catalogue.parameterizations import PARAMETERIZATIONS
from mvn_symbolic.verify import signatures
from mvn_symbolic.verify.backends import BACKENDS
from mvn_symbolic.verify.oracles import autograd
from mvn_symbolic.verify.points import random_arguments

SIZES = (1, 2, 5, 32)


#: Parameterization -> torch's distribution, from the parameters.
DISTRIBUTIONS = {
    # torch wants the positive diagonal and the lower triangle that it validates
    "tril": lambda loc, scale: MultivariateNormal(loc, scale_tril=torch.tril(scale), validate_args=True),
    "covariance": lambda loc, matrix: MultivariateNormal(loc, covariance_matrix=matrix, validate_args=True),
    "precision": lambda loc, matrix: MultivariateNormal(loc, precision_matrix=matrix, validate_args=True),
    "low_rank": lambda loc, factor, diag: LowRankMultivariateNormal(loc, factor, diag, validate_args=True),
}


def _distribution(parameterization, loc, *raw):
    if parameterization in DISTRIBUTIONS:
        return DISTRIBUTIONS[parameterization](loc, *raw)
    factor = autograd.FACTORS[parameterization](*raw)
    if not PARAMETERIZATIONS[parameterization].is_diagonal:
        return MultivariateNormal(loc, scale_tril=factor, validate_args=True)
    sd = factor.diagonal(dim1=-2, dim2=-1)
    return Independent(Normal(loc, sd, validate_args=True), 1, validate_args=True)


def _theirs(parameterization, function, *args):
    count = len(signatures.PARAMETERS[parameterization])
    p, rest = _distribution(parameterization, *args[:count]), args[count:]
    match function:
        case "log_prob":
            return p.log_prob(*rest)
        case "entropy":
            return p.entropy()
        case "kl_divergence":
            return kl_divergence(p, _distribution(parameterization, *rest))
    zero, one = (
        torch.zeros_like(p.mean),
        torch.ones_like(p.mean),
    )  # of one batch shape, which low rank does not broadcast
    if PARAMETERIZATIONS[parameterization].is_diagonal:
        return kl_divergence(p, Independent(Normal(zero, one, validate_args=True), 1, validate_args=True))
    return kl_divergence(p, MultivariateNormal(zero, scale_tril=torch.diag_embed(one), validate_args=True))


FUNCTIONS = ("log_prob", "entropy", "kl_divergence", "kl_standard_normal")


@pytest.mark.parametrize("k", SIZES)
@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("batches", [[()], [(4,)], [(2, 1), (2, 1), (3,), (3,)]], ids=str)
def test_values_agree_to_a_relative_1e_12(module_case, function, k, batches, rng):
    """Well-conditioned: 1e-12 relative to the value plus k, the size of the terms in the sum."""
    arrays = random_arguments(module_case.parameterization, function, k, batches, rng)
    theirs = _theirs(module_case.parameterization, function, *map(torch.from_numpy, arrays)).numpy()
    ours = module_case.call(function, *arrays)
    assert np.all(np.abs(ours - theirs) <= 1e-12 * (np.abs(theirs) + k))


@pytest.mark.parametrize("k", SIZES)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_gradients_agree_to_a_relative_1e_11(module_case, function, k, rng):
    """A gradient needs one more solve than its value: ten times the tolerance, relative to its largest entry."""
    arrays = random_arguments(module_case.parameterization, function, k, [(3,)], rng)
    leaves = [torch.from_numpy(a).requires_grad_() for a in arrays]
    theirs = torch.autograd.grad(
        _theirs(module_case.parameterization, function, *leaves).sum(), leaves, allow_unused=True
    )
    ours = module_case.call(f"grad_{function}", *arrays)
    names = signatures.arguments(module_case.parameterization, function)
    for name, leaf, one, other in zip(names, leaves, ours, theirs, strict=True):
        expected = torch.zeros_like(leaf) if other is None else other
        if signatures.bare(name) in signatures.LOWER:
            expected = expected.tril()  # theirs fills the upper triangle for some functions
        largest = np.abs(expected.numpy()).max(initial=1.0)  # of no entries: a band of one coordinate has none
        assert np.all(np.abs(one - expected.numpy()) <= 1e-11 * largest)


def _conditioned_factor(k, condition, rng):
    q, _ = np.linalg.qr(rng.standard_normal((k, k)))
    upper = np.linalg.qr(np.geomspace(1, condition, k)[:, None] * q, mode="r") / np.sqrt(condition)
    return np.tril((np.sign(np.diag(upper))[:, None] * upper).T)


@pytest.mark.parametrize("condition", [1e2, 1e4, 1e6, 1e8])
@pytest.mark.parametrize("k", [2, 8, 32])
@pytest.mark.parametrize("backend", BACKENDS)
def test_values_agree_as_far_as_the_condition_allows(registry, backend, k, condition, rng):
    """A computed solve is exact for a factor with entries off by k roundings.

    So the solution is off by k^(3/2) u cond(L) relative to its norm, its squared norm by twice that, and two programs
    may differ by two times that; the logarithms add k roundings of terms no larger than log(condition).
    """
    (case,) = [c for c in registry if (c.backend, c.parameterization) == (backend, "tril")]
    p, q = _conditioned_factor(k, condition, rng), _conditioned_factor(k, condition, rng)
    p_loc, q_loc = rng.standard_normal((2, k))
    log_scales = np.abs(np.log(np.diag(p))).sum() + np.abs(np.log(np.diag(q))).sum()
    for function, arrays, volume, constant in [
        ("kl_divergence", (p_loc, p, q_loc, q), np.log(np.diag(q) / np.diag(p)).sum(), -k / 2),
        ("log_prob", (q_loc, q, p_loc), -np.log(np.diag(q)).sum(), -k / 2 * np.log(2 * np.pi)),
    ]:
        theirs = float(_theirs("tril", function, *map(torch.from_numpy, arrays)))
        squares = abs(theirs - volume - constant)  # |W|^2 / 2 + |v|^2 / 2
        unit = np.finfo(np.float64).eps / 2
        allowed = 4 * k**1.5 * unit * condition * squares + 8 * k * unit * (squares + log_scales + k)
        assert abs(float(case.call(function, *arrays)) - theirs) <= allowed
