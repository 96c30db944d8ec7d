"""Lives here: divergences beside KL against quadrature of the densities, and their gradients against autograd.
May not live here: the closed forms of the catalogue."""

from importlib import import_module

import numpy as np
import pytest
import torch
from scipy.integrate import nquad
from sympy import Rational

import mvn_symbolic as mvn
from mvn_symbolic.catalogue.divergences import ALPHA
from mvn_symbolic.catalogue.registry import build
from mvn_symbolic.derivation import exponentials, whitening
from mvn_symbolic.errors import DerivationError
from mvn_symbolic.verify.backends import BACKENDS
from mvn_symbolic.verify.oracles import arb

ARGUMENTS = ("p_loc", "p_scale_tril", "q_loc", "q_scale_tril")
ORDERS = (Rational(1, 5), Rational(1, 2), Rational(9, 10))


def log_affinity(p_loc, p_factor, q_loc, q_factor, power):
    """log of the integral of p^power q^(1 - power), by adding natural parameters, in torch."""
    precisions = [torch.linalg.inv(torch.tril(factor) @ torch.tril(factor).mT) for factor in (p_factor, q_factor)]
    weights, means = (power, 1 - power), (p_loc, q_loc)
    whole = sum(w * precision for w, precision in zip(weights, precisions, strict=True))
    shift = sum(w * precision @ mean for w, precision, mean in zip(weights, precisions, means, strict=True))
    rest = sum(
        w * (torch.logdet(precision) - mean @ precision @ mean)
        for w, precision, mean in zip(weights, precisions, means, strict=True)
    )
    return 0.5 * (shift @ torch.linalg.solve(whole, shift) - torch.logdet(whole) + rest)


def laws(p_loc, p_factor, q_loc, q_factor):
    normal = torch.distributions.MultivariateNormal
    return [normal(m, scale_tril=torch.tril(f), validate_args=False) for m, f in ((p_loc, p_factor), (q_loc, q_factor))]


def renyi(*arguments):
    return log_affinity(*arguments, 0.3) / (0.3 - 1)


def bhattacharyya(*arguments):
    return -log_affinity(*arguments, 0.5)


def hellinger(*arguments):
    return 1 - torch.exp(log_affinity(*arguments, 0.5))


def jeffreys(*arguments):
    p, q = laws(*arguments)
    return torch.distributions.kl_divergence(p, q) + torch.distributions.kl_divergence(q, p)


def cross_entropy(*arguments):
    p, q = laws(*arguments)
    return torch.distributions.kl_divergence(p, q) + p.entropy()


REFERENCES = {
    ("renyi", "renyi", ""): (renyi, ARGUMENTS),
    ("bhattacharyya", "bhattacharyya", ""): (bhattacharyya, ARGUMENTS),
    ("bhattacharyya", "hellinger", "hellinger_"): (hellinger, ARGUMENTS[:1]),
    ("jeffreys", "jeffreys", ""): (jeffreys, ARGUMENTS[:2]),
    ("cross_entropy", "cross_entropy", ""): (cross_entropy, ARGUMENTS),
}
each = pytest.mark.parametrize(
    ("where", "reference", "names"),
    [(where, *rest) for where, rest in REFERENCES.items()],
    ids=[chain for _, chain, _ in REFERENCES],
)


@pytest.mark.parametrize("k", [1, 2, 4])
@each
def test_divergence_and_its_gradients_are_those_of_a_reference(where, reference, names, k, numbers, agree):
    derivation, chain, prefix = where
    at = numbers(k)
    results = build(derivation).results
    third = {ALPHA: Rational(3, 10)}
    tensors = {name: at.tensor(name) for name in ARGUMENTS}
    expected = reference(*tensors.values())
    agree(at.value(results[chain].right.xreplace(third)), expected)
    slopes = torch.autograd.grad(expected, [tensors[name] for name in names])
    for name, slope in zip(names, slopes, strict=True):
        slope = torch.tril(slope) if slope.ndim == 2 else slope
        agree(at.value(results[f"grad_{prefix}{name}"].right.xreplace(third)), slope)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("k", [1, 2])
def test_renyi_is_what_quadrature_of_the_densities_gives(k, order, numbers):
    """Adaptive quadrature of p^a q^(1-a) to 1e-8; the densities are below 1e-30 outside of the box."""
    at = numbers(k)
    p, q = laws(*(torch.tensor(at.array(name)) for name in ARGUMENTS))

    def integrand(*z):
        point = torch.tensor(z, dtype=torch.float64)
        return float(torch.exp(order_ * p.log_prob(point) + (1 - order_) * q.log_prob(point)))

    order_ = float(order)
    mass, error = nquad(integrand, [[-25, 25]] * k, opts={"points": [-1, 0, 1], "epsabs": 1e-8, "epsrel": 1e-8})
    got = at.value(build("renyi").result.right.xreplace({ALPHA: order}))
    assert abs(got - np.log(mass) / (order_ - 1)) <= (1e-6 + 10 * error / mass) / (1 - order_)


def test_renyi_tends_to_the_divergence(numbers):
    """It grows with the order and is differentiable there: a step of t from 1 changes it by a multiple of t."""
    at = numbers(3)
    p, q = laws(*(torch.tensor(at.array(name)) for name in ARGUMENTS))
    limit = float(torch.distributions.kl_divergence(p, q))
    found = [limit - at.value(build("renyi").result.right.xreplace({ALPHA: 1 - Rational(1, 10**n)})) for n in (3, 6, 9)]
    assert found[0] > found[1] > found[2] > 0
    assert found[2] < 2e-3 * found[1]


def planted(monkeypatch, module, name, mistake, derivation):
    right = getattr(module, name)
    monkeypatch.setattr(module, name, lambda *arguments, **options: mistake(right, *arguments, **options))
    with pytest.raises(DerivationError, match="is wrong"):
        mvn.derive(derivation, setting=mvn.Setting(lambda mu, L, eps: mu + L * eps))


@pytest.mark.parametrize(
    ("module", "name", "mistake"),
    [
        (exponentials, "gaussian_integral", lambda right, *a, **o: right(*a, **o) ** 2),
        (exponentials, "gaussian_integral", lambda right, *a, **o: 1 / right(*a, **o)),
        (whitening, "push_through", lambda right, expr: 2 * right(expr)),
        (whitening, "unwhiten", lambda right, expr, by: right(expr, by) + 1),
        (whitening, "grouped", lambda right, expr: right(expr) + ALPHA),
    ],
    ids=["square", "inverse", "push-through", "whitening", "collected"],
)
def test_wrong_rule_stops_the_renyi_divergence(module, name, mistake, monkeypatch):
    planted(monkeypatch, module, name, mistake, "renyi")


def test_wrong_integral_stops_the_generating_function(monkeypatch):
    planted(monkeypatch, exponentials, "gaussian_integral", lambda right, *a: right(*a) ** 2, "generating_function")


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("distance", [1.0, 1e-4, 1e-9, 1e-14])
def test_the_divergence_of_jeffreys_keeps_its_digits_near_equality(backend, distance, rng):
    """Differences of what is given are exact near equality; a solve loses k products, and the condition of its factor.

    The textbook's sum is off by the square of the distance.
    """
    k, library = 4, BACKENDS[backend]
    loc, factor = rng.normal(size=k), np.tril(rng.normal(size=(k, k)), -1) + np.diag(rng.uniform(1.0, 3.0, k))
    p = loc + distance * rng.normal(size=k), factor + distance * np.diag(rng.uniform(0.1, 1.0, k))
    q = loc, factor
    both = (arb.value("kl_divergence", "tril", *one, *other)[()] for one, other in ((p, q), (q, p)))
    module = import_module(f"mvn_symbolic.{backend}.divergences")
    with library.settings(np.float64):
        found = float(library.to_numpy(module.jeffreys(*map(library.to_native, (*p, *q)))))
    conditions = [np.linalg.cond(one) for one in (p[1], q[1])]
    assert arb.ulp_error(found, sum(both), np.float64) <= 2 * k * max(conditions)
