"""Lives here: the Monte Carlo judges keep their promises: false alarms, power, and rejection of wrong samplers.
May not live here: anything generated."""

import numpy as np
import pytest
from scipy import stats

from mvn_symbolic.verify.oracles import monte_carlo as mc
from mvn_symbolic.verify.oracles import tails

LOC = np.array([1.0, -2.0, 0.5])
FACTOR = np.array([[1.0, 0, 0], [0.7, 1.2, 0], [-0.4, 0.3, 0.6]])
COVARIANCE = FACTOR @ FACTOR.T
QUADRATIC = np.array([[2.0, 0.5, -0.3], [0.5, 1.5, 0.2], [-0.3, 0.2, 1.0]])
LINEAR = np.array([0.3, -1.0, 0.8])
Q = LOC + 0.3, FACTOR @ np.diag([1.2, 0.8, 1.5])


def right(n, rng):
    return LOC + rng.standard_normal((n, 3)) @ FACTOR.T


def log_density(value, loc, factor):
    whitened = np.linalg.solve(factor, (value - loc).T)
    return -np.sum(whitened**2, axis=0) / 2 - np.log(np.diag(factor)).sum()


def log_ratio(value):
    return log_density(value, LOC, FACTOR) - log_density(value, *Q)


def exact_kl():
    w, v = np.linalg.solve(Q[1], FACTOR), np.linalg.solve(Q[1], LOC - Q[0])
    return np.log(np.diag(Q[1]) / np.diag(FACTOR)).sum() + (np.sum(w**2) + v @ v - 3) / 2


def gradient(eps, grad_j):
    by_loc = grad_j(LOC + eps @ FACTOR.T)
    return by_loc, np.tril(by_loc[:, :, None] * eps[:, None, :])


def _kl(rng, claim, **options):
    return mc.judge_kl(claim, right, log_ratio, (LOC, FACTOR), Q, rng=rng, **options)


def _pathwise(rng, estimator, **options):
    return mc.judge_pathwise_gradient(estimator, LOC, FACTOR, QUADRATIC, LINEAR, rng=rng, **options)


COARSE = {"effect": 0.5, "miss": 1e-2}  # few draws: the bounds claim to hold at every number of them
RUNS = 150
PERMISSIVE = 0.2


def _decisions(rng, alpha, **options):
    return {
        "mean": mc.judge_mean(right, LOC, COVARIANCE, rng=rng, alpha=alpha, **options),
        "covariance": mc.judge_covariance(right, LOC, COVARIANCE, rng=rng, alpha=alpha, **options),
        "normality": mc.judge_normality(right, LOC, COVARIANCE, rng=rng, alpha=alpha, effect=0.2, miss=1e-2),
        "kl": _kl(rng, exact_kl(), alpha=alpha, **options),
        "by_loc": _pathwise(rng, gradient, alpha=2 * alpha, **options)[0],
        "by_scale": _pathwise(rng, gradient, alpha=2 * alpha, **options)[1],
    }


def test_false_alarms_stay_below_their_bound(rng):
    """At a bound of 20 % a judge may reject 30 of 150 times; 65 and more has probability below 1e-9."""
    alarms = dict.fromkeys(_decisions(rng, PERMISSIVE, **COARSE), 0)
    for _ in range(RUNS):
        for name, decision in _decisions(rng, PERMISSIVE, **COARSE).items():
            alarms[name] += not decision.accepted
    limit = stats.binom.isf(1e-10, RUNS, PERMISSIVE)
    assert all(count <= limit for count in alarms.values()), (alarms, limit)


def test_an_effect_of_the_stated_size_is_found(rng):
    """Missed with probability 1e-6 each: ten runs of five judges miss one with probability below 1e-4.

    The shift is 20 % larger than stated, which makes the probability of a miss negligible.
    """
    shift = 0.06 * np.sqrt(np.diag(COVARIANCE)) * [0, 1, 0]
    for _ in range(10):
        shifted = mc.judge_mean(lambda n, r: right(n, r) + shift, LOC, COVARIANCE, rng=rng)
        wider = mc.judge_covariance(lambda n, r: LOC + (right(n, r) - LOC) * np.sqrt(1.12), LOC, COVARIANCE, rng=rng)
        variance, _ = tails.quadratic_spread(*_log_ratio_form())
        off = _kl(rng, exact_kl() + 0.12 * np.sqrt(variance))
        assert not any(decision.accepted for decision in (shifted, wider, off))


def _log_ratio_form():
    w, v = np.linalg.solve(Q[1], FACTOR), np.linalg.solve(Q[1], LOC - Q[0])
    return w.T @ w - np.eye(3), w.T @ v


def test_stated_variances_are_the_empirical_ones(rng):
    """With n = 2e5 the relative error of an empirical variance of a quadratic form is below 0.5 % (kurtosis <= 15):

    a tolerance of 5 % is ten standard deviations.
    """
    eps = rng.standard_normal((200_000, 3))
    variance, _ = tails.quadratic_spread(*_log_ratio_form())
    assert np.var(log_ratio(LOC + eps @ FACTOR.T)) == pytest.approx(variance, rel=0.05)
    by_loc, by_scale = gradient(eps, lambda z: z @ QUADRATIC + LINEAR)
    mean, spread = QUADRATIC @ LOC + LINEAR, QUADRATIC @ FACTOR
    assert by_loc.var(0) == pytest.approx(np.sum(spread**2, 1), rel=0.05)
    exact = mean[:, None] ** 2 + np.sum(spread**2, 1)[:, None] + spread**2
    lower = np.tril_indices(3)
    assert by_scale.var(0)[lower] == pytest.approx(exact[lower], rel=0.05)


def _uniform(n, rng):
    return LOC + rng.uniform(-np.sqrt(3), np.sqrt(3), (n, 3)) @ FACTOR.T


def _shared(n, rng):
    return LOC + np.repeat(rng.standard_normal((n, 1)), 3, axis=1) @ FACTOR.T


WRONG_SAMPLERS = {
    "scale_tril_transposed": lambda n, rng: LOC + rng.standard_normal((n, 3)) @ FACTOR,
    "sigma_for_variance": lambda n, rng: LOC + rng.standard_normal((n, 3)) @ COVARIANCE.T,
    "noise_shared_across_coordinates": _shared,
    "correlations_dropped": lambda n, rng: LOC + rng.standard_normal((n, 3)) * np.sqrt(np.diag(COVARIANCE)),
    "uniform_noise": _uniform,
    "mean_dropped": lambda n, rng: rng.standard_normal((n, 3)) @ FACTOR.T,
    "mean_doubled": lambda n, rng: 2 * LOC + rng.standard_normal((n, 3)) @ FACTOR.T,
    "absolute_noise": lambda n, rng: LOC + np.abs(rng.standard_normal((n, 3))) @ FACTOR.T,
    "clipped_noise": lambda n, rng: LOC + np.clip(rng.standard_normal((n, 3)), -1.5, 1.5) @ FACTOR.T,
    "not_a_number": lambda n, rng: np.full((n, 3), np.nan),
}


@pytest.mark.parametrize("name", WRONG_SAMPLERS)
def test_wrong_samplers_are_rejected(name, rng):
    judges = (mc.judge_mean, mc.judge_covariance, mc.judge_normality)
    assert not all(judge(WRONG_SAMPLERS[name], LOC, COVARIANCE, rng=rng).accepted for judge in judges)


def test_uniform_noise_is_found_by_its_shape_alone(rng):
    assert mc.judge_mean(_uniform, LOC, COVARIANCE, rng=rng).accepted
    assert not mc.judge_normality(_uniform, LOC, COVARIANCE, rng=rng).accepted


def _altered(change):
    return lambda eps, grad_j: change(*gradient(eps, grad_j), eps)


WRONG_GRADIENTS = {
    "detached": _altered(lambda by_loc, by_scale, eps: (0 * by_loc, 0 * by_scale)),
    "transposed": _altered(lambda by_loc, by_scale, eps: (by_loc, np.tril(eps[:, :, None] * by_loc[:, None, :]))),
    "noise_squared": _altered(lambda by_loc, by_scale, eps: (by_loc, by_scale * eps[:, None, :])),
    "half": _altered(lambda by_loc, by_scale, eps: (by_loc, by_scale / 2)),
    "sign": _altered(lambda by_loc, by_scale, eps: (-by_loc, by_scale)),
}


@pytest.mark.parametrize("name", WRONG_GRADIENTS)
def test_wrong_gradients_are_rejected(name, rng):
    assert not all(decision.accepted for decision in _pathwise(rng, WRONG_GRADIENTS[name]))


@pytest.mark.parametrize("factor", [0.5, 2.0, -1.0, 0.9])
def test_wrong_kl_is_rejected(factor, rng):
    assert not _kl(rng, factor * exact_kl(), effect=0.05).accepted


def test_equal_distributions_need_no_simulation(rng):
    with pytest.raises(ValueError, match="differ"):
        mc.judge_kl(0.0, right, log_ratio, (LOC, FACTOR), (LOC, FACTOR), rng=rng)


def test_a_decision_says_what_was_promised(rng):
    text = str(mc.judge_mean(right, LOC, COVARIANCE, rng=rng, alpha=1e-9))
    assert "accepted" in text
    assert "false alarms <= 1.0e-09" in text
