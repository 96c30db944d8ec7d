"""Lives here: generated samplers, KL divergences and pathwise gradients against simulation.
May not live here: how a decision is made (mvn_symbolic/verify/oracles/monte_carlo.py).

Fresh noise on every run. Each decision wrongly rejects with probability at most ALPHA; with fewer than a hundred of
them in a run of the whole suite, one run in ten million is red without a cause.
"""

import numpy as np
import pytest
import torch

from mvn_symbolic.verify.oracles import monte_carlo
from mvn_symbolic.verify.oracles.autograd import FACTORS
from mvn_symbolic.verify.points import FROM_FACTOR, random_factor
from mvn_symbolic.verify.signatures import NOISES

ALPHA = 1e-9
K = 3


@pytest.fixture
def subject(module_case, rng):
    if module_case.parameterization in NOISES:
        pytest.skip("the judges drive one noise by one square factor; this one has two, and is judged by the oracles")
    return Subject(module_case, rng)


class Subject:
    """One module at one random distribution, as the judges see it."""

    def __init__(self, case, rng):
        self.case, self.rng = case, rng
        self.p, self.p_factor = self._distribution()
        self.q, self.q_factor = self._distribution()

    def _distribution(self):
        raw = FROM_FACTOR[self.case.parameterization](random_factor(K, self.rng))
        made = FACTORS[self.case.parameterization](*map(torch.tensor, raw)).numpy()
        factor = np.linalg.cholesky(made @ made.T)  # what the family has not, it has dropped
        return (self.rng.uniform(-1, 1, K), *raw), factor

    @property
    def covariance(self):
        return self.p_factor @ self.p_factor.T

    def sampler(self, n, rng):
        return self.case.call("rsample", *self.p, rng.standard_normal((n, K)))

    def gradient(self, eps, grad_j):
        """Pathwise gradients of each draw, by mean and factor."""
        events = [np.broadcast_to(a, (len(eps), *a.shape)) for a in self.p]
        value = self.case.call("rsample", *events, eps)
        by_loc, *by_raw, _ = self.case.call("vjp_rsample", *events, eps, grad_j(value))
        flat = np.concatenate([part.reshape(len(eps), -1) for part in by_raw], axis=1)
        slopes = self._slopes()
        by_factor = np.einsum("nr,rij->nij", flat, slopes)
        path = np.tril(grad_j(self.p[0] + eps @ self.p_factor.T)[:, :, None] * eps[:, None, :])
        return by_loc, np.where(slopes.any(axis=0), by_factor, path)  # an entry that it has not is none of its business

    def _slopes(self):
        """How the raw parameters move with the entries of a factor: differences, far closer than any simulation."""
        slopes = np.zeros((sum(np.size(part) for part in self.case.raw(self.p_factor)), K, K))
        for i, j in zip(*np.tril_indices(K), strict=True):
            step = np.zeros((K, K))
            step[i, j] = 1e-5
            ends = [self.case.raw(self.p_factor + sign * step) for sign in (1, -1)]
            plus, minus = (np.concatenate([np.ravel(part) for part in end]) for end in ends)
            slopes[:, i, j] = (plus - minus) / 2e-5
        return slopes


@pytest.mark.parametrize("judge", ["judge_mean", "judge_covariance", "judge_normality"])
def test_samples_are_normal_with_these_moments(subject, judge):
    decide = getattr(monte_carlo, judge)
    decision = decide(subject.sampler, subject.p[0], subject.covariance, rng=subject.rng, alpha=ALPHA)
    assert decision.accepted, str(decision)


def test_kl_is_the_mean_of_the_log_ratio(subject):
    def log_ratio(value):
        return subject.case.call("log_prob", *subject.p, value) - subject.case.call("log_prob", *subject.q, value)

    decision = monte_carlo.judge_kl(
        float(subject.case.call("kl_divergence", *subject.p, *subject.q)),
        subject.sampler,
        log_ratio,
        (subject.p[0], subject.p_factor),
        (subject.q[0], subject.q_factor),
        rng=subject.rng,
        alpha=ALPHA,
    )
    assert decision.accepted, str(decision)


def test_pathwise_gradients_of_a_quadratic_have_the_exact_mean(subject):
    quadratic = subject.rng.uniform(-1, 1, (K, K))
    quadratic = quadratic + quadratic.T + 3 * np.eye(K)  # of full rank: every entry has noise to judge
    linear = subject.rng.uniform(-1, 1, K)
    decisions = monte_carlo.judge_pathwise_gradient(
        subject.gradient, subject.p[0], subject.p_factor, quadratic, linear, rng=subject.rng, alpha=ALPHA
    )
    for decision in decisions:
        assert decision.accepted, str(decision)
