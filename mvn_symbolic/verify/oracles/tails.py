"""Lives here: bounds on how far a mean of draws strays, valid at every number of draws, and how many they ask for.
May not live here: samplers, or decisions (`monte_carlo`).

Which tail, and why it is valid:

- the mean of Gaussian draws: its law is Gaussian exactly, at any number of draws;
- a variance, and a covariance by polarization (the variance of the sum and of the difference of two coordinates):
  chi-square exactly;
- the shape of a coordinate: the Dvoretzky-Kiefer-Wolfowitz bound with Massart's constant, for every law and number;
- a quadratic form Q = e'Be/2 + c'e of standard normal noise, minus its mean: with eigenvalues t of B,
  log E exp(sQ) <= s^2 V / (2 (1 - s T)), V = Var Q = |B|_F^2 / 2 + |c|^2, T = max |t|, since
  -log(1 - x)/2 - x/2 <= x^2 / (4 (1 - x)); Bernstein's bound for such sums is
  P(|mean of n| > sqrt(2 V r / n) + T r / n) <= 2 exp(-r).
"""

from __future__ import annotations

import math

import numpy as np
from scipy import stats


def bernstein_allowance(variance: np.ndarray, scale: np.ndarray, draws: int, alpha: float) -> np.ndarray:
    """Return the deviation that a mean of ``draws`` sub-gamma terms exceeds with probability at most ``alpha``."""
    rate = math.log(2 / alpha)
    return np.sqrt(2 * variance * rate / draws) + scale * rate / draws


def bernstein_draws(variance: float, scale: float, effect: float, alpha: float, miss: float) -> int:
    """Return the least number of draws that rejects a shift by ``effect`` but for a probability ``miss``."""
    # the sum of both allowances is a/sqrt(n) + b/n <= effect: a quadratic in 1/sqrt(n)
    rates = [math.log(2 / alpha), math.log(2 / miss)]
    a = sum(math.sqrt(2 * variance * rate) for rate in rates)
    b = sum(scale * rate for rate in rates)
    root = (a + math.sqrt(a * a + 4 * b * effect)) / (2 * effect)
    return math.ceil(root * root)


def gaussian_draws(effect: float, entries: int, alpha: float, miss: float) -> int:
    """Return the least number of draws at which a shift by ``effect`` standard deviations is missed rarely."""
    quantiles = stats.norm.isf(alpha / (2 * entries)) + stats.norm.isf(miss)
    return math.ceil((quantiles / effect) ** 2)


def chi_square_range(draws: int, entries: int, alpha: float) -> tuple[float, float]:
    """Return a range that one of ``entries`` chi-square means leaves with probability ``alpha`` at most."""
    tail = alpha / (2 * entries)
    return stats.chi2.ppf(tail, draws) / draws, stats.chi2.isf(tail, draws) / draws


def chi_square_draws(effect: float, entries: int, alpha: float, miss: float) -> int:
    """Return a number of draws, within 1 %, at which a variance off by the factor ``1 +- effect`` is missed rarely."""

    def enough(draws: int) -> bool:
        low, high = chi_square_range(draws, entries, alpha)
        grown = stats.chi2.cdf(draws * high / (1 + effect), draws)
        shrunk = stats.chi2.sf(draws * low / (1 - effect), draws)
        return max(grown, shrunk) <= miss

    draws = 16
    while not enough(draws):
        draws *= 2
    while draws > 16 and enough(int(draws * 0.99)):
        draws = int(draws * 0.99)
    return draws


def quadratic_spread(quadratic: np.ndarray, linear: np.ndarray) -> tuple[float, float]:
    """Return variance V and scale T of e'Be/2 + c'e for standard normal e (B symmetric): see the head of the module."""
    variance = np.sum(quadratic**2) / 2 + np.sum(linear**2)
    return float(variance), float(np.max(np.abs(np.linalg.eigvalsh(quadratic))))
