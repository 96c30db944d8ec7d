"""Lives here: Monte Carlo decisions about any sampler or estimator, with false-alarm bounds that hold at every size.
May not live here: the functions under test, asymptotic tolerances, or anything the project derived.

Entries and tests share one budget ``alpha`` by Bonferroni, which asks for no independence.
The number of draws is the least one at which a deviation of ``effect`` standard deviations is missed with
probability at most ``miss``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import stats

from mvn_symbolic.verify.oracles import tails

Sampler = Callable[[int, np.random.Generator], np.ndarray]
"""``sampler(n, rng)`` returns n draws, (n, k)."""


@dataclass(frozen=True)
class Decision:
    """One verdict: the entry with the largest share of its allowance, and the promise under which it was made."""

    statement: str
    accepted: bool
    draws: int
    entries: int
    alpha: float
    worst_share: float
    worst_entry: tuple[int, ...]

    def __str__(self) -> str:
        word = "accepted" if self.accepted else "REJECTED"
        return (
            f"{self.statement}: {word}; {self.draws} draws, {self.entries} entries, false alarms <= {self.alpha:.1e}; "
            f"worst entry {self.worst_entry} at {self.worst_share:.3g} of its allowance"
        )


def _decide(statement: str, deviation: np.ndarray, allowed: np.ndarray, draws: int, alpha: float) -> Decision:
    share = np.abs(deviation) / allowed
    share = np.where(np.isfinite(share), share, np.inf)
    worst = np.unravel_index(int(np.argmax(share)), share.shape)
    return Decision(
        statement, bool(share[worst] <= 1), draws, share.size, alpha, float(share[worst]), tuple(map(int, worst))
    )


def judge_mean(
    sampler: Sampler,
    loc: np.ndarray,
    covariance: np.ndarray,
    *,
    rng: np.random.Generator,
    alpha: float = 1e-9,
    effect: float = 0.05,
    miss: float = 1e-6,
) -> Decision:
    """Decide whether the draws have mean ``loc``, given that they are normal with that covariance.

    Parameters
    ----------
    sampler : callable
        ``sampler(n, rng) -> (n, k)``.
    loc, covariance : ndarray of shape (k,), (k, k)
        The promise.
    rng : numpy Generator
        Passed on to the sampler.
    alpha : float
        Bound on the probability to reject a true promise, over all entries.
    effect, miss : float
        A mean off by ``effect`` standard deviations in some entry is accepted with probability at most ``miss``.

    Returns
    -------
    Decision
    """
    k = len(loc)
    draws = tails.gaussian_draws(effect, k, alpha, miss)
    deviation = sampler(draws, rng).mean(0) - loc
    allowed = stats.norm.isf(alpha / (2 * k)) * np.sqrt(np.diag(covariance) / draws)
    return _decide("mean", deviation, allowed, draws, alpha)


def judge_covariance(
    sampler: Sampler,
    loc: np.ndarray,
    covariance: np.ndarray,
    *,
    rng: np.random.Generator,
    alpha: float = 1e-9,
    effect: float = 0.1,
    miss: float = 1e-6,
) -> Decision:
    """Decide whether the draws have this covariance, given that they are normal with this mean.

    Each of the k variances and the k (k - 1) variances of scaled sums and differences of two coordinates is a
    chi-square over its number of draws, exactly. A relative change by ``effect`` in one of them is missed with
    probability at most ``miss``. Other parameters as in `judge_mean`.
    """
    k = len(loc)
    sd = np.sqrt(np.diag(covariance))
    contrasts = [np.eye(k)[i] / sd[i] for i in range(k)]
    for i in range(k):
        for j in range(i):
            contrasts += [np.eye(k)[i] / sd[i] + sign * np.eye(k)[j] / sd[j] for sign in (1.0, -1.0)]
    directions = np.array(contrasts)
    variances = np.einsum("ck,kl,cl->c", directions, covariance, directions)
    entries = len(directions)
    draws = tails.chi_square_draws(effect, entries, alpha, miss)
    projected = (sampler(draws, rng) - loc) @ directions.T
    ratio = np.mean(projected**2, axis=0) / variances
    low, high = tails.chi_square_range(draws, entries, alpha)
    below, above = 1 - low, high - 1
    return _decide("covariance", ratio - 1, np.where(ratio < 1, below, above), draws, alpha)


def judge_normality(
    sampler: Sampler,
    loc: np.ndarray,
    covariance: np.ndarray,
    *,
    rng: np.random.Generator,
    alpha: float = 1e-9,
    effect: float = 0.03,
    miss: float = 1e-6,
) -> Decision:
    """Decide whether each coordinate has the normal distribution function of this mean and variance.

    Rejects noise with the right two moments and another shape: a distribution function off by ``effect`` somewhere
    is missed with probability at most ``miss``. Other parameters as in `judge_mean`.
    """
    k = len(loc)
    rates = [math.log(2 * k / alpha), math.log(2 / miss)]
    draws = math.ceil((sum(math.sqrt(rate / 2) for rate in rates) / effect) ** 2)
    uniform = np.sort(stats.norm.cdf((sampler(draws, rng) - loc) / np.sqrt(np.diag(covariance))), axis=0)
    steps = np.arange(draws + 1)[:, None] / draws
    distance = np.maximum(np.abs(uniform - steps[1:]), np.abs(uniform - steps[:-1])).max(0)
    return _decide("distribution function", distance, np.full(k, math.sqrt(rates[0] / (2 * draws))), draws, alpha)


def judge_kl(
    kl: float,
    sampler: Sampler,
    log_ratio: Callable[[np.ndarray], np.ndarray],
    p: tuple[np.ndarray, np.ndarray],
    q: tuple[np.ndarray, np.ndarray],
    *,
    rng: np.random.Generator,
    alpha: float = 1e-9,
    effect: float = 0.1,
    miss: float = 1e-6,
) -> Decision:
    """Decide whether ``kl`` is the expectation of log p - log q under p.

    Parameters
    ----------
    kl : float
        The claimed KL(p || q), in nats.
    sampler : callable
        Draws from p.
    log_ratio : callable
        ``log_ratio(values) -> (n,)``, log p - log q.
    p, q : tuple of loc (k,) and scale_tril (k, k)
        From which the spread of the log ratio follows: with W = L_q^-1 L_p and v = L_q^-1 (mu_p - mu_q) it is
        |W e + v|^2 / 2 - |e|^2 / 2 up to a constant.
    rng, alpha, effect, miss
        As in `judge_mean`; ``effect`` is in standard deviations of the log ratio.

    Returns
    -------
    Decision
    """
    whitened = np.linalg.solve(q[1], np.column_stack([p[1], p[0] - q[0]]))
    w, v = whitened[:, :-1], whitened[:, -1]
    variance, scale = tails.quadratic_spread(w.T @ w - np.eye(len(v)), w.T @ v)
    if variance == 0:
        raise ValueError("expected p and q to differ, or log p - log q is constant; got equal parameters")
    sd = math.sqrt(variance)
    draws = tails.bernstein_draws(variance, scale, effect * sd, alpha, miss)
    deviation = np.mean(log_ratio(sampler(draws, rng))) - kl
    allowed = tails.bernstein_allowance(np.array(variance), np.array(scale), draws, alpha)
    return _decide("KL divergence", np.atleast_1d(deviation), np.atleast_1d(allowed), draws, alpha)


def judge_pathwise_gradient(
    gradient: Callable[[np.ndarray, Callable[[np.ndarray], np.ndarray]], tuple[np.ndarray, np.ndarray]],
    loc: np.ndarray,
    scale_tril: np.ndarray,
    quadratic: np.ndarray,
    linear: np.ndarray,
    *,
    rng: np.random.Generator,
    alpha: float = 1e-9,
    effect: float = 0.1,
    miss: float = 1e-6,
) -> tuple[Decision, Decision]:
    """Decide whether pathwise gradients of J(z) = z'Az/2 + b'z have the exact expectations A mu + b and tril(A L).

    With c = A mu + b and M = A L the estimator by mu is c + M e, Gaussian with covariance A Sigma A; the one by
    L_ab is (c_a + M_a e) e_b, with variance c_a^2 + |M_a|^2 + M_ab^2 and scale |M_ab| + |M_a|.

    Parameters
    ----------
    gradient : callable
        ``gradient(eps, grad_J) -> (by loc, by scale_tril)`` for noise (n, k), per draw: (n, k) and (n, k, k).
        ``grad_J`` maps values (n, k) to dJ/dz.
    loc, scale_tril, quadratic, linear : ndarray
        mu (k,), L (k, k), A (k, k) symmetric, b (k,).
    rng, alpha, effect, miss
        As in `judge_mean`; each decision gets half of ``alpha``.

    Returns
    -------
    tuple of two Decision
    """
    k = len(loc)
    lower = np.tril_indices(k)
    mean, spread = quadratic @ loc + linear, quadratic @ scale_tril
    rows = np.linalg.norm(spread, axis=1)
    variance = mean[:, None] ** 2 + rows[:, None] ** 2 + spread**2
    scale = np.abs(spread) + rows[:, None]
    share = alpha / 2 / len(lower[0])
    worst = float(np.max(scale / np.sqrt(variance)))
    draws = max(
        tails.bernstein_draws(1.0, worst, effect, share, miss), tails.gaussian_draws(effect, k, alpha / 2, miss)
    )
    by_loc, by_scale = gradient(rng.standard_normal((draws, k)), lambda z: z @ quadratic + linear)
    allowed_loc = stats.norm.isf(alpha / (4 * k)) * rows / math.sqrt(draws)
    first = _decide("pathwise gradient by loc", by_loc.mean(0) - mean, allowed_loc, draws, alpha / 2)
    allowed = tails.bernstein_allowance(variance, scale, draws, share)[lower]
    deviation = (by_scale.mean(0) - np.tril(spread))[lower]
    return first, _decide("pathwise gradient by scale_tril", deviation, allowed, draws, alpha / 2)
