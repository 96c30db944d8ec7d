"""Lives here: accuracy in units of the last place where people live: near the standard normal, and near p = q.
May not live here: correctness at large (test_every_function), or bounds without a count of roundings.

The textbook sum subtracts numbers of order one to get something of order t^2, so its relative error is t^-2 roundings:
in float32 nothing is left at t = 1e-3. A form that subtracts before it squares loses t^-1, a careful one nothing.
"""

import numpy as np
import pytest

from mvn_symbolic.verify import signatures
from mvn_symbolic.verify.oracles import arb

K = 8
DISTANCES = (1.0, 0.1, 1e-2, 1e-3, 1e-4, 1e-6)
# A sum of k terms of one sign rounds k - 1 times; each term is a few elementary functions of a few ulp each.
VALUE_ULP = K + 6
# A gradient entry is one term: up to four operations of half an ulp and one elementary function of up to two.
GRADIENT_ULP = 6


def _near(parameterization, distance, dtype, rng):
    """Return parameters at about this distance from the standard normal.

    Less for a triangle, to stay well-conditioned, and more for logarithms, to meet both sides of a form stitched at 1.
    """
    loc = distance * rng.uniform(-1, 1, K)
    if parameterization == "logvar":
        scale = 3 * distance * rng.uniform(-1, 1, K)
    elif parameterization == "diag":
        scale = 1 + 0.9 * distance * rng.uniform(-1, 1, K)
    else:
        scale = np.eye(K) + 0.3 * distance * np.tril(rng.uniform(-1, 1, (K, K)))
    return loc.astype(dtype), scale.astype(dtype)


def _moved(parameterization, params, distance, rng):
    """Return parameters at a relative distance from given ones."""
    loc, scale = params
    other = loc + distance * rng.uniform(-1, 1, K)
    if parameterization == "logvar":
        return other.astype(loc.dtype), (scale + distance * rng.uniform(-1, 1, K)).astype(loc.dtype)
    return other.astype(loc.dtype), (scale * (1 + 0.9 * distance * rng.uniform(-1, 1, scale.shape))).astype(loc.dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("distance", DISTANCES)
def test_kl_to_the_standard_normal_is_accurate_to_the_last_places(module_case, distance, dtype, rng):
    params = _near(module_case.parameterization, distance, dtype, rng)
    true = arb.value("kl_standard_normal", module_case.parameterization, *params)[()]
    found = float(module_case.call("kl_standard_normal", *params))
    assert arb.ulp_error(found, true, dtype) <= VALUE_ULP


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("distance", DISTANCES)
def test_its_gradient_is_accurate_to_the_last_places(module_case, distance, dtype, rng):
    params = _near(module_case.parameterization, distance, dtype, rng)
    true = arb.gradient("kl_standard_normal", module_case.parameterization, *params)
    names = signatures.PARAMETERS[module_case.parameterization]
    for name, found, balls in zip(names, module_case.call("grad_kl_standard_normal", *params), true, strict=True):
        read = np.tri(K, dtype=bool) if name in signatures.LOWER else np.ones(K, dtype=bool)
        for x, ball in zip(found[read], balls[read], strict=True):
            # below the step of its differences a ball cannot tell a number from zero
            assert arb.distance(float(x), ball) <= 1e-60 or arb.ulp_error(float(x), ball, dtype) <= GRADIENT_ULP


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("distance", DISTANCES)
def test_kl_near_equality_loses_no_more_than_the_distance(module_case, distance, dtype, rng):
    """A relative error of t^-1 roundings in each of k terms; the parameters are rounded before, so they are exact."""
    q = _near(module_case.parameterization, 1.0, dtype, rng)
    p = _moved(module_case.parameterization, q, distance, rng)
    true = arb.value("kl_divergence", module_case.parameterization, *p, *q)[()]
    found = float(module_case.call("kl_divergence", *p, *q))
    # the inverse factor of q enters each term: cond bounds what it does to a rounding
    condition = np.linalg.cond(np.asarray(q[1], dtype=np.float64)) if q[1].ndim == 2 else _spread(module_case, q[1])
    assert arb.ulp_error(found, true, dtype) <= VALUE_ULP * condition / distance


def _spread(case, scale):
    sd = np.exp(np.float64(scale) / 2) if case.parameterization == "logvar" else np.float64(scale)
    return sd.max() / sd.min()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("distance", DISTANCES)
def test_logvar_kl_near_equality_is_accurate_to_the_last_places(registry, distance, dtype, rng):
    for case in registry:
        if case.parameterization == "logvar":
            q = _near("logvar", 1.0, dtype, rng)
            p = _moved("logvar", q, distance, rng)
            true = arb.value("kl_divergence", "logvar", *p, *q)[()]
            assert arb.ulp_error(float(case.call("kl_divergence", *p, *q)), true, dtype) <= VALUE_ULP, str(case)
