"""Lives here: low rank plus diagonal against torch's law, and under another premise.
May not live here: the judge of steps."""

import numpy as np
import pytest
import torch
from torch.distributions import LowRankMultivariateNormal, kl_divergence

import mvn_symbolic as mvn
from mvn_symbolic.catalogue.registry import build
from mvn_symbolic.errors import ArgumentError
from mvn_symbolic.verify import truths

NUMPY = pytest.importorskip("mvn_symbolic.numpy.low_rank")


def law(rng, k, rank):
    return rng.normal(size=k), rng.normal(size=(k, rank)), rng.uniform(0.5, 2.0, k)


def independent(rng, k, rank):
    """A law whose factor has singular values between 1/2 and 2, of any directions."""
    loc, factor, diag = law(rng, k, rank)
    left, _, right = np.linalg.svd(factor, full_matrices=False)
    return loc, left * rng.uniform(0.5, 2.0, rank) @ right, diag


def torchs(loc, factor, diag):
    return LowRankMultivariateNormal(*map(torch.from_numpy, (loc, factor, diag)))


# the points of the contract tests have rank 2 and a factor with zeros: here the rank is anything, and no entry is zero
@pytest.mark.parametrize(("k", "rank"), [(1, 1), (1, 3), (4, 1), (5, 3), (3, 3), (2, 4)])
def test_values_are_those_of_torch_for_every_rank(k, rank, rng):
    p, q, z = law(rng, k, rank), law(rng, k, rank), rng.normal(size=k)
    pairs = [
        (NUMPY.log_prob(*p, z), torchs(*p).log_prob(torch.from_numpy(z))),
        (NUMPY.entropy(*p), torchs(*p).entropy()),
        (NUMPY.kl_divergence(*p, *q), kl_divergence(torchs(*p), torchs(*q))),
    ]
    for found, expected in pairs:
        # W is of order one and d above 0.5: both lose two digits at most
        assert found == pytest.approx(expected.item(), rel=1e-11, abs=1e-11)


@pytest.mark.parametrize("ratio", [1e2, 1e6, 1e12])
@pytest.mark.parametrize(("k", "rank"), [(1, 1), (2, 2), (5, 1), (8, 3)])
def test_values_keep_their_digits_where_the_diagonal_is_far_below_the_factor(k, rank, ratio, rng):
    """No more is lost than rounding of the arguments, of the textbook's terms and of the diagonal's logarithms forces.

    Squares that are subtracted after they are taken lose the ratio itself: all digits of a density at 1e12. Columns
    that are nearly dependent lose the square of their condition number in W'W, whatever follows: here they are not.
    """
    p, q = ((loc, factor, diag / ratio) for loc, factor, diag in (independent(rng, k, rank) for _ in range(2)))
    z = NUMPY.rsample(*p, rng.normal(size=rank), rng.normal(size=k))
    for name, arguments in (("log_prob", (*p, z)), ("kl_divergence", (*p, *q)), ("entropy", p)):
        logarithms = sum(np.abs(np.log(diag)).sum() for diag in arguments[2::3])
        true = truths.truth_at("low_rank", name, arguments)
        true = true._replace(spread=tuple(one + logarithms for one in true.spread))
        (share,) = truths.errors((getattr(NUMPY, name)(*arguments),), true, np.dtype(float), k)
        assert share <= 1, name


def test_a_changed_premise_reaches_the_covariance():
    twice = build("low_rank", mvn.Setting(lambda loc, scale, eps: loc + 2 * scale * eps)).results
    once = build("low_rank").results
    assert mvn.equal(twice["covariance"].right, 4 * once["covariance"].right)


def test_other_ranks_of_two_laws_are_refused_by_name(rng):
    p, q = law(rng, 3, 2), law(rng, 3, 1)
    with pytest.raises(ValueError, match="q_cov_factor"):
        NUMPY.kl_divergence(*p, *q)
    padded = (q[0], np.concatenate([q[1], np.zeros((3, 1))], axis=1), q[2])
    assert NUMPY.kl_divergence(*p, *padded) == pytest.approx(kl_divergence(torchs(*p), torchs(*q)).item())


def test_a_law_of_two_noises_has_no_single_noise_until_one_is_given():
    eps, xi, factor = mvn.symbol("eps"), mvn.symbol("eps_factor"), mvn.symbol("cov_factor")
    both = mvn.Law("q", factor * xi + eps)
    assert both.noises == (eps, xi)
    with pytest.raises(ArgumentError, match="one noise"):
        both.noise  # noqa: B018 - asking is what raises
    assert mvn.Law("q", both.sample, xi).noise == eps
    with pytest.raises(ArgumentError, match="not given"):
        mvn.Law("q", both.sample, xi, eps)
