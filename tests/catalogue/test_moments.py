"""Lives here: moments, the quadratic loss and exponential means of a sample, against cubature and torch.distributions.
May not live here: the closed forms of the catalogue."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.polynomial.hermite_e import hermegauss

import mvn_symbolic as mvn
from mvn_symbolic.catalogue.registry import build
from mvn_symbolic.meaning.ball_reader import BallReader
from mvn_symbolic.meaning.numbers import Balls
from mvn_symbolic.meaning.scene import scene_for
from mvn_symbolic.notation.table import symbol

K = 2


def point_of(expressions, seed=0, k=K):
    """A scene, and its values by name as float64."""
    scene = scene_for(expressions, Balls(), k, seed)
    values = {s.name: np.array([[float(x) for x in row] for row in v]) for s, v in scene.values.items()}
    return scene, values


def floats(value):
    return np.array([[float(x) for x in row] for row in value]) if isinstance(value, list) else float(value)


def averaged(function, k=K, nodes=40):
    """E[function(eps)] by Gauss-Hermite cubature: exact for polynomials, 1e-12 for the exponentials here."""
    node, weight = hermegauss(nodes)
    weight = weight / weight.sum()
    grid = np.stack(np.meshgrid(*[node] * k, indexing="ij"), -1).reshape(-1, k)
    weights = np.prod(np.stack(np.meshgrid(*[weight] * k, indexing="ij"), -1).reshape(-1, k), -1)
    return sum(w * function(e[:, None]) for w, e in zip(weights, grid, strict=True))


def form(v, z, name="A"):
    return (z.T @ v[name] @ z).item()


def variance(function):
    return averaged(lambda e: function(e) ** 2) - averaged(function) ** 2


def sample(v, e):
    return v["mu"] + v["L"] @ e


MOMENTS = {
    "second": lambda v: averaged(lambda e: sample(v, e) @ sample(v, e).T),
    "quadratic_form": lambda v: averaged(lambda e: form(v, sample(v, e))),
    "variance": lambda v: variance(lambda e: form(v, sample(v, e))),
    "two_forms": lambda v: averaged(lambda e: form(v, sample(v, e)) * form(v, sample(v, e), "B")),
    "third": lambda v: averaged(lambda e: form(v, sample(v, e)) * sample(v, e)),
    "fourth": lambda v: averaged(lambda e: e @ e.T @ v["M"] @ e @ e.T),
}


def slope(v, e):
    return v["A"] @ sample(v, e) + v["b"]


LOSS = {
    "mean": lambda v: averaged(lambda e: form(v, sample(v, e)) / 2 + (v["b"].T @ sample(v, e)).item()),
    "grad_loc": lambda v: averaged(lambda e: slope(v, e)),
    "grad_scale_tril": lambda v: np.tril(averaged(lambda e: slope(v, e) @ e.T)),
    "estimator_mean": lambda v: averaged(lambda e: slope(v, e)),
    "estimator_covariance": lambda v: (
        averaged(lambda e: slope(v, e) @ slope(v, e).T)
        - averaged(lambda e: slope(v, e)) @ averaged(lambda e: slope(v, e)).T
    ),
    "factor_estimator_mean": lambda v: np.tril(averaged(lambda e: slope(v, e) @ e.T)),
    "factor_estimator_variance": lambda v: variance(lambda e: (v["u"].T @ slope(v, e) @ e.T @ v["w"]).item()),
}
TABLE = [
    (name, chain, f) for name, table in (("moments", MOMENTS), ("quadratic_loss", LOSS)) for chain, f in table.items()
]


@pytest.mark.parametrize(("name", "chain", "reference"), TABLE, ids=[chain for _, chain, _ in TABLE])
def test_moment_is_what_cubature_gives(name, chain, reference):
    """Entries are of order one, so float64 leaves ten digits."""
    right = build(name).results[chain].right
    for seed in (0, 1):
        scene, values = point_of([right, build(name).results[chain].left], seed)
        np.testing.assert_allclose(
            floats(BallReader().read(right, scene)), reference(values), rtol=1e-9, atol=1e-9, err_msg=str(seed)
        )


def test_entries_of_the_factor_gradient_have_the_published_variance():
    """With unit vectors for the directions: c_i^2 + |row i of M|^2 + M_ij^2 for c = A mu + b and M = A L."""
    right = build("quadratic_loss").results["factor_estimator_variance"].right
    scene, v = point_of([right, mvn.Vector("u")], k=3)
    unit = [[1.0 if i == place else 0.0 for i in range(3)] for place in range(3)]
    c, matrix = (v["A"] @ v["mu"] + v["b"])[:, 0], v["A"] @ v["L"]
    balls = Balls().rational
    for i in range(3):
        for j in range(i + 1):
            at = scene.with_values(
                {
                    mvn.Vector("u"): [[balls(int(x))] for x in unit[i]],
                    mvn.Vector("w"): [[balls(int(x))] for x in unit[j]],
                }
            )
            expected = c[i] ** 2 + (matrix[i] ** 2).sum() + matrix[i, j] ** 2
            assert floats(BallReader().read(right, at)) == pytest.approx(expected, rel=1e-12)


def test_generating_function_is_what_cubature_gives():
    results = build("generating_function").results
    scene, v = point_of([results["generating_function"].left])
    weight = lambda e: np.exp((v["a"].T @ sample(v, e)).item())  # noqa: E731
    for chain, expected in {
        "generating_function": averaged(weight),
        "grad_a": averaged(lambda e: weight(e) * sample(v, e)),
        "cumulants": np.log(averaged(weight)),
        "first_cumulant": v["mu"],
        "second_cumulant": v["L"] @ v["L"].T,
    }.items():
        got = floats(BallReader().read(results[chain].right, scene))
        np.testing.assert_allclose(got, expected, rtol=1e-9, err_msg=chain)


def test_lognormal_vector_has_the_moments_of_torch_and_of_cubature():
    results = build("lognormal").results
    scene, v = point_of([results["product"].left, symbol("loc"), symbol("scale_tril")])
    i, j = sorted(
        results["covariance"].right.free_symbols
        & {s for s in results["product"].left.free_symbols if s.is_integer and s != mvn.k},
        key=str,
    )
    spread = np.sqrt(np.diag(v["L"] @ v["L"].T))
    marginal = torch.distributions.LogNormal(torch.tensor(v["mu"][:, 0]), torch.tensor(spread))
    y = lambda e: np.exp(sample(v, e))  # noqa: E731
    covariance = averaged(lambda e: y(e) @ y(e).T) - averaged(y) @ averaged(y).T
    for row in range(K):
        for column in range(K):
            at = replace(scene, sizes={**scene.sizes, i: row + 1, j: column + 1}, known={})
            mean = floats(BallReader().read(results["mean"].right, at))
            assert mean == pytest.approx(float(marginal.mean[row]), rel=1e-12)
            got = floats(BallReader().read(results["covariance"].right, at))
            assert got == pytest.approx(covariance[row, column], rel=1e-9)
            if row == column:
                assert got == pytest.approx(float(marginal.variance[row]), rel=1e-10)
    means, covariances = (
        floats(BallReader().read(results[name].right, scene)) for name in ("mean_vector", "covariance_matrix")
    )
    np.testing.assert_allclose(means[:, 0], marginal.mean, rtol=1e-12)
    np.testing.assert_allclose(covariances, covariance, rtol=1e-9)


def test_lognormal_covariance_keeps_its_digits_where_the_scale_is_small():
    """To first order it is m m' o S: what is left out is S / 2 of it, 1e-18 here, far below the rounding."""
    from mvn_symbolic.numpy.expectations import lognormal_covariance, lognormal_mean

    loc, factor = np.array([0.3, -1.0, 2.0]), 1e-9 * np.array([[1.0, 0, 0], [0.5, 2.0, 0], [-0.3, 0.1, 0.7]])
    mean = lognormal_mean(loc, factor)
    expected = np.outer(mean, mean) * (factor @ factor.T)
    np.testing.assert_allclose(lognormal_covariance(loc, factor), expected, rtol=1e-14)
