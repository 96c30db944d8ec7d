"""Lives here: bias and variance of gradient estimators on a quadratic loss, against cubature of the estimators.
May not live here: the closed forms of the catalogue."""

import json

import numpy as np
import pytest
from numpy.polynomial.hermite_e import hermegauss
from scipy import integrate

from benchmarks.estimators import CACHE, deviations, predictions, world_of
from mvn_symbolic.calculus.random_numbers import expectation_over_number
from mvn_symbolic.catalogue.registry import build
from mvn_symbolic.errors import MissingRuleError
from mvn_symbolic.meaning import judge
from mvn_symbolic.meaning.ball_reader import BallReader
from mvn_symbolic.meaning.number_laws import moment
from mvn_symbolic.meaning.numbers import Balls
from mvn_symbolic.meaning.scene import scene_for
from mvn_symbolic.notation.laws import expectation_of
from mvn_symbolic.notation.random_numbers import DoubleMaxwell, Rayleigh

K = 2


def floats(value):
    return np.array([[float(x) for x in row] for row in value]) if isinstance(value, list) else float(value)


def column(values):
    return [[Balls().rational(str(float(x)))] for x in np.ravel(values)]


def grid(values):
    return [[Balls().rational(str(float(x))) for x in row] for row in values]


def averaged(function, nodes=8):
    """E[function(eps)] by Gauss-Hermite cubature: exact to degree 15."""
    node, weight = hermegauss(nodes)
    weight = weight / weight.sum()
    places = np.stack(np.meshgrid(*[node] * K, indexing="ij"), -1).reshape(-1, K)
    weights = np.prod(np.stack(np.meshgrid(*[weight] * K, indexing="ij"), -1).reshape(-1, K), -1)
    return sum(w * function(e) for w, e in zip(weights, places, strict=True))


def variance(function):
    mean = averaged(function)
    return averaged(lambda e: (function(e) - mean) ** 2)


class Point:
    """A quadratic loss and a law at random, and the loss by the noise, from its values alone."""

    def __init__(self, rng):
        self.A = rng.normal(size=(K, K))
        self.A = self.A + self.A.T
        self.b, self.mu = rng.normal(size=K), rng.normal(size=K)
        self.L = np.tril(rng.normal(size=(K, K))) + 2 * np.eye(K)

    def z(self, e):
        return self.mu + self.L @ e

    def loss(self, e):
        return self.z(e) @ self.A @ self.z(e) / 2 + self.b @ self.z(e)

    def scene(self, expr, **more):
        """The scene of an expression with these numbers in it; `more` by the names of symbols."""
        scene = scene_for([expr], Balls(), K)
        named = {"A": grid(self.A), "b": column(self.b), "mu": column(self.mu), "L": grid(self.L)}
        changed = {s: {**named, **more}[s.name] for s in scene.values if s.name in {**named, **more}}
        assert set(more) <= {s.name for s in changed}
        return scene.with_values(changed)

    def read(self, expr, **more):
        return floats(BallReader().read(expr, self.scene(expr, **more)))


@pytest.fixture(params=[0, 1])
def point(request):
    return Point(np.random.default_rng(request.param))


def parts(point):
    """c and M of the loss by the noise, by differences of its values: exact for a quadratic."""
    unit, zero = np.eye(K), point.loss(np.zeros(K))
    c = np.array([(point.loss(e) - point.loss(-e)) / 2 for e in unit])
    m = [[point.loss(d + e) - point.loss(d) - point.loss(e) + zero for e in unit] for d in unit]
    return {"c": column(c), "M": grid(np.array(m))}


@pytest.mark.parametrize("baseline", [0.0, 1.5])
def test_score_function_has_the_variance_that_cubature_gives(point, baseline):
    """Entry by entry; numbers are of order ten, their eighth moments of order 1e5."""
    results = build("score_function").results
    delta = averaged(point.loss) - baseline
    inverse = np.linalg.inv(point.L)
    letters = {**parts(point), "delta": Balls().rational(str(delta))}
    for i in range(K):
        v = column(inverse[:, i])
        score = lambda e: (inverse.T @ e)[i]  # noqa: E731, B023
        expected = variance(lambda e: (point.loss(e) - baseline) * score(e))  # noqa: B023
        assert point.read(results["variance_loc"].right, v=v, **letters) == pytest.approx(expected, rel=1e-9)
        for j in range(i + 1):
            w, shift = column(np.eye(K)[j]), inverse[i, i] * (i == j)
            expected = variance(lambda e: (point.loss(e) - baseline) * (score(e) * e[j] - shift))  # noqa: B023
            got = point.read(results["variance_scale_tril"].right, v=v, w=w, **letters)
            assert got == pytest.approx(expected, rel=1e-9), (i, j)


def test_score_function_is_unbiased(point):
    """Its mean is the gradient of the mean loss, by central differences of that mean over cubature."""
    results = build("score_function").results
    slope = averaged(lambda e: point.A @ point.z(e) + point.b)
    by_factor = np.tril(averaged(lambda e: np.outer(point.A @ point.z(e) + point.b, e)))
    np.testing.assert_allclose(point.read(results["unbiased_loc"].right)[:, 0], slope, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(point.read(results["unbiased_scale_tril"].right), by_factor, rtol=1e-10, atol=1e-10)


def test_no_baseline_has_less_variance_than_the_best(point):
    results, letters = build("score_function").results, parts(point)
    v = column(np.linalg.inv(point.L)[:, 0])
    least = point.read(results["least_variance"].right, v=v, **letters)
    loss = results["variance_loc"].right
    around = [point.read(loss, v=v, delta=Balls().rational(str(d)), **letters) for d in np.linspace(-30, 30, 241)]
    assert min(around) >= least * (1 - 1e-12)
    # the parabola is |v|^2 wide in delta: the best of a grid of width 1/4 misses its place by at most 1/8
    assert min(around) <= least + float(sum(float(x) ** 2 for (x,) in v)) / 8**2 * (1 + 1e-9)


# ---------------------------------------------------------------- numbers that are not normal


DENSITIES = {
    Rayleigh("w"): (lambda x: x * np.exp(-(x**2) / 2), (0, np.inf)),
    DoubleMaxwell("m"): (lambda x: x**2 * np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi), (-np.inf, np.inf)),
}


@pytest.mark.parametrize("number", DENSITIES, ids=lambda number: type(number).__name__)
@pytest.mark.parametrize("degree", range(7))
def test_moments_of_numbers_are_the_integrals_of_their_densities(number, degree):
    """For the calculus, which has a recurrence, and for the judge, which has the gamma function."""
    density, ends = DENSITIES[number]
    expected, _ = integrate.quad(lambda x: x**degree * density(x), *ends)
    assert float(expectation_over_number(number**degree, number)) == pytest.approx(expected, rel=1e-9, abs=1e-12)
    assert float(moment(number, degree, Balls())) == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_mean_over_a_number_refuses_what_is_no_polynomial_in_it():
    number = Rayleigh("w")
    with pytest.raises(MissingRuleError, match="polynomial"):
        expectation_over_number(1 / number, number)


def test_wrong_moments_are_refuted():
    number = Rayleigh("w")
    mean = expectation_of(number**2, number)
    assert judge(mean, 2).status == "proved"
    assert judge(mean, 3).status == "refuted"


def averaged_over(number, function):
    density, ends = DENSITIES[number]
    return integrate.quad(lambda x: function(x) * density(x), *ends)[0]


@pytest.mark.parametrize(("chain", "number"), [("by_mean", Rayleigh("w")), ("by_scale", DoubleMaxwell("m"))])
def test_measure_valued_has_the_moments_of_its_definition(point, chain, number):
    """By cubature over the noise and quadrature over the number, from values of the loss alone."""
    results = build("measure_valued").results
    place = next(s for s in results[f"mean_{chain}"].right.free_symbols if s.is_integer and s.is_positive is None)
    for i in range(K):

        def estimate(e, x, i=i):
            moved, other = e.copy(), e.copy()
            moved[i] = x
            if chain == "by_scale":
                return point.loss(moved) - point.loss(e)
            other[i] = -x
            return (point.loss(moved) - point.loss(other)) / np.sqrt(2 * np.pi)

        def mean_of(power, estimate=estimate):
            return averaged(lambda e: averaged_over(number, lambda x: estimate(e, x) ** power), nodes=4)

        first, second = mean_of(1), mean_of(2)
        for name, expected in ((f"mean_{chain}", first), (f"variance_{chain}", second - first**2)):
            right = results[name].right
            held = {str(s) for s in right.free_symbols}
            scene = point.scene(right, **{name: value for name, value in parts(point).items() if name in held})
            scene.sizes = {**scene.sizes, place: i + 1}
            assert floats(BallReader().read(right, scene)) == pytest.approx(expected, rel=1e-7, abs=1e-9), (name, i)
        right = results[f"variances_{chain}"].right
        every = floats(BallReader().read(right, point.scene(right, **parts(point))))
        assert every[i, 0] == pytest.approx(second - first**2, rel=1e-7, abs=1e-9), i


# ---------------------------------------------------------------- the bound


@pytest.mark.parametrize("kind", ["exact", "sampled", "stuck"])
def test_gradient_of_the_bound_has_the_covariance_of_its_definition(point, kind):
    """The estimates in NumPy, from the log densities of the law and of the prior by differences."""
    inverse = np.linalg.inv(point.L)

    def estimate(e):
        slope = point.A @ point.z(e) + point.b
        return {
            "exact": slope - point.mu,
            "sampled": slope - point.z(e),
            "stuck": slope - point.z(e) + inverse.T @ (inverse @ (point.z(e) - point.mu)),
        }[kind]

    mean = averaged(estimate)
    expected = averaged(lambda e: np.outer(estimate(e) - mean, estimate(e) - mean))
    results = build("elbo_estimators").results
    np.testing.assert_allclose(point.read(results[f"covariance_{kind}"].right), expected, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(point.read(results[f"mean_{kind}_loc"].right)[:, 0], mean, rtol=1e-9, atol=1e-9)


def test_without_the_score_nothing_varies_at_the_target():
    results = build("sticking_the_landing").results
    for name in ("stuck_loc_at_equality", "stuck_scale_tril_at_equality", "covariance_at_equality"):
        assert results[name].right.is_ZeroMatrix, name
    assert not results["whole_loc_at_equality"].right.is_ZeroMatrix
    posterior = build("elbo_estimators").results
    assert posterior["stuck_loc_at_posterior"].right.is_ZeroMatrix


def test_both_path_gradients_have_the_gradient_of_the_divergence_as_their_mean():
    results = build("sticking_the_landing").results
    for name in ("loc", "scale_tril"):
        for kind in ("whole", "stuck"):
            assert judge(results[f"exact_{name}"].left, results[f"mean_{kind}_{name}"].right).status == "proved"


def test_implicit_derivative_is_the_explicit_one():
    results = build("implicit_reparameterization").results
    assert results["implicit"].right == results["path"].right


# ---------------------------------------------------------------- the picture's numbers


def test_kept_numbers_agree_with_their_predictions():
    """Over ninety comparisons at four standard errors, from forty batches: one remaking of fifty fails by chance."""
    found = json.loads(CACHE.read_text(encoding="utf-8"))
    off = deviations(found)
    assert len(off) > 90
    assert max(off) < 4


def test_kept_predictions_are_those_of_the_catalogue_now():
    row = next(row for row in json.loads(CACHE.read_text(encoding="utf-8"))["by dimension"] if row["k"] == 4)
    for name, parts_of in predictions(world_of(4)).items():
        for part, value in parts_of.items():
            assert row["predicted"][name][part] == pytest.approx(value, rel=1e-5), (name, part)
