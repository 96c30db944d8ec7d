"""Lives here: random points of the diagonal divergence by log-variances, in ulp of balls; laws without a width.
May not live here: designed grids and what conditioning forces (test_rounding), single helpers (codegen)."""

import importlib

import numpy as np
import pytest

from mvn_symbolic.verify.backends import BACKENDS
from mvn_symbolic.verify.oracles import arb

# A difference, which is squared, an exponential of at most one and a half places, two products, the excess and a sum.
# A place is half of another where a result is just below a power of 2: the worst of 2e6 points is 4.00.
ULPS = 4.1
LIMITS = {"float32": 80.0, "float64": 700.0}
COUNT = 600


@pytest.fixture(params=BACKENDS)
def module(request):
    """The functions by log-variances, of NumPy arrays."""
    pytest.importorskip(request.param)
    library = BACKENDS[request.param]
    functions = importlib.import_module(f"mvn_symbolic.{request.param}.logvar")

    def call(name, *arrays):
        with library.settings(arrays[0].dtype), np.errstate(all="ignore"):
            found = getattr(functions, name)(*map(library.to_native, arrays))
            value, parts = (found[0], found[1:]) if isinstance(found, tuple) else (found, ())
            if name.startswith("value_and_"):
                (parts,) = parts
            return [library.to_numpy(part) for part in (value, *parts)]

    return call


def points(dtype, rng):
    """Means in deviations apart, and log-variances apart, near and equal, over the whole range and around 0."""
    q = rng.choice([1.0, 3 / LIMITS[dtype]], COUNT) * rng.uniform(-LIMITS[dtype], LIMITS[dtype], COUNT)
    apart = rng.choice([0.0, 1.0, 1.3], COUNT) * rng.choice([-1, 1], COUNT) * 10.0 ** rng.uniform(-6, 0.3, COUNT)
    p = np.clip(q + apart, -LIMITS[dtype], LIMITS[dtype])
    deviation = np.exp(q / 2)
    moved = rng.choice([0.0, 1.0], COUNT) * rng.standard_normal(COUNT)
    arrays = (deviation * (moved + 0.3), p, 0.3 * deviation, q)
    return [array.astype(dtype)[:, None] for array in arrays]


def places(found, balls, dtype):
    """The worst error in places of the truth, where that is normal; a slope of 1e-100 is not told from none."""
    limits = np.finfo(dtype)
    least, worst = max(float(limits.tiny), 1e-100), 0.0
    for x, ball in zip(np.ravel(found), np.ravel(balls), strict=True):
        if least <= abs(float(ball)) <= float(limits.max) / 4:
            worst = max(worst, arb.distance(float(x), ball) / float(np.spacing(np.dtype(dtype).type(abs(float(ball))))))
    return worst


@pytest.mark.parametrize("dtype", LIMITS)
def test_divergence_is_right_to_four_places_at_random_points(module, dtype, rng):
    arrays = points(dtype, rng)
    balls = [arb.value("kl_divergence", "logvar", *event, bits=3000)[()] for event in zip(*arrays, strict=True)]
    for name in ("kl_divergence", "value_and_grad_kl_divergence"):
        assert places(module(name, *arrays)[0], balls, dtype) <= ULPS, name


@pytest.mark.parametrize("dtype", LIMITS)
def test_slopes_of_one_term_are_right_to_three_places_at_random_points(module, dtype, rng):
    arrays = points(dtype, rng)
    arrays = [array[::4] for array in arrays]
    slopes = [arb.gradient("kl_divergence", "logvar", *event, bits=3000) for event in zip(*arrays, strict=True)]
    found = module("grad_kl_divergence", *arrays)
    for i in (0, 1, 2):  # that by the log-variance of q has two terms of either sign
        assert places(found[i], [slope[i][0] for slope in slopes], dtype) <= 3, i


INF = np.inf


@pytest.mark.parametrize("dtype", LIMITS)
@pytest.mark.parametrize(
    ("event", "true"),
    [
        ((0, -INF, 0, 0), INF),
        ((0, INF, 0, 0), INF),
        ((0, 0, 0, INF), INF),
        ((0, 0, 0, -INF), INF),
        ((1, 0, 0, -INF), INF),
        ((0, 1e9, 0, -3.3), INF),
        ((0.3, -3000, 0.3, -3000), 0),
        ((0.3, 3000, 0.3, 3000), 0),
    ],
)
def test_laws_without_width_and_without_end_are_infinitely_far_and_equal_ones_are_not(module, event, true, dtype):
    (found,) = module("kl_divergence", *(np.array([x], dtype) for x in event))
    assert found == true
