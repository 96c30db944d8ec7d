"""Lives here: what the judge's further questions are in NumPy: divergences beside KL, variances, entries, places.
May not live here: tests; `test_readings` reads this table."""

import math
from types import SimpleNamespace

import numpy as np
from sympy import Rational, Symbol, exp

import mvn_symbolic as mvn
from mvn_symbolic import k
from mvn_symbolic.notation.divergences import (
    Bhattacharyya,
    CrossEntropy,
    Jeffreys,
    Renyi,
    SquaredHellinger,
    SquaredWasserstein,
)
from mvn_symbolic.notation.entries import Cell, UnitVector
from mvn_symbolic.notation.from_entries import FromEntries
from mvn_symbolic.notation.laws import Law, Variance
from mvn_symbolic.notation.operators import Component, Gradient, ScalarDerivative
from mvn_symbolic.notation.places import value_at
from mvn_symbolic.notation.shares import share

A, L, M = mvn.GeneralMatrix("A"), mvn.LowerTriangular("L"), mvn.LowerTriangular("M")
x, y, mu, nu, eps = mvn.Vector("x"), mvn.Vector("y"), mvn.Vector("mu"), mvn.Vector("nu"), mvn.Noise("eps")
a, c = share("a"), mvn.positive_scalar("c")
i, j = Symbol("i", integer=True), Symbol("j", integer=True)
p, q = Law("p", mu + L * eps), Law("q", nu + M * eps)
inv, det = np.linalg.inv, np.linalg.det
LOG_2PI = math.log(2 * math.pi)


def divergence(v, k):
    ratio = inv(v.M @ v.M.T) @ v.L @ v.L.T
    gap = (v.nu - v.mu)[:, 0]
    return 0.5 * (np.trace(ratio) - k - math.log(det(ratio)) + gap @ inv(v.M @ v.M.T) @ gap)


def swapped(v):
    return SimpleNamespace(mu=v.nu, nu=v.mu, L=v.M, M=v.L)


def log_affinity(v, a):
    """log of the integral of p^(1-a) q^a, by adding natural parameters."""
    mean_p, mean_q = v.mu[:, 0], v.nu[:, 0]
    covariance_p, covariance_q = v.L @ v.L.T, v.M @ v.M.T
    precision = (1 - a) * inv(covariance_p) + a * inv(covariance_q)
    shift = (1 - a) * inv(covariance_p) @ mean_p + a * inv(covariance_q) @ mean_q
    squares = (1 - a) * mean_p @ inv(covariance_p) @ mean_p + a * mean_q @ inv(covariance_q) @ mean_q
    volume = math.log(det(precision)) + (1 - a) * math.log(det(covariance_p)) + a * math.log(det(covariance_q))
    return 0.5 * (shift @ inv(precision) @ shift - squares - volume)


#: node -> the same in NumPy, on the values of the symbols by name and the size
DIVERGENCES = {
    Jeffreys(p, q): lambda v, k: divergence(v, k) + divergence(swapped(v), k),
    CrossEntropy(p, q): lambda v, k: divergence(v, k) + 0.5 * (k * (1 + LOG_2PI) + math.log(det(v.L @ v.L.T))),
    Renyi(p, q, a): lambda v, k: log_affinity(v, 1 - v.a) / (v.a - 1),
    Renyi(p, q, Rational(1, 3)): lambda v, k: -1.5 * log_affinity(v, 2 / 3),
    Bhattacharyya(p, q): lambda v, k: -log_affinity(v, 0.5),
    SquaredHellinger(p, q): lambda v, k: 1 - math.exp(log_affinity(v, 0.5)),
    SquaredWasserstein(p, q): lambda v, k: (
        ((v.mu - v.nu) ** 2).sum()
        + np.trace(v.L @ v.L.T + v.M @ v.M.T)
        - 2 * np.sqrt(np.linalg.eigvals(v.L @ v.L.T @ v.M @ v.M.T).real).sum()
    ),
    Variance(mvn.Inner(x, mu + L * eps), eps): lambda v, k: ((v.L.T @ v.x) ** 2).sum(),
    Variance(exp(mvn.Inner(x, eps)), eps): lambda v, k: math.exp(2 * (v.x**2).sum()) - math.exp((v.x**2).sum()),
    UnitVector(k): lambda v, k: np.eye(k)[:, -1:],
    Cell(A, k, 1): lambda v, k: v.A[-1, 0],
    FromEntries(Cell(A, i, 1) * Component(x, i), i): lambda v, k: v.A[:, :1] * v.x,
    FromEntries(Cell(A, i, j) - Component(x, j), i, j): lambda v, k: v.A - v.x.T,
    FromEntries(c * Component(x, j) * Cell(A, j, 1), (j, k - 1)): lambda v, k: (v.c * v.x * v.A[:, :1])[: k - 1],
    value_at(A * x, x, 2 * y): lambda v, k: 2 * v.A @ v.y,
    value_at(Gradient(mvn.squared_norm(x), x), x, y): lambda v, k: 2 * v.y,
    value_at(ScalarDerivative(c**3, c), c, 2): lambda v, k: 12.0,
}
