"""Lives here: accuracy in units of the last place where people live: near the standard normal, and near p = q.
May not live here: correctness at large (test_every_function), or bounds without a count of roundings.

The textbook sum subtracts numbers of order one to get something of order t^2, so its relative error is t^-2 roundings:
in float32 nothing is left at t = 1e-3. A form that subtracts before it squares loses t^-1, a careful one nothing.

A module is held to what its derivation declares: the last places where that has a careful form, else what rounding of
the arguments and of the terms of the textbook sum forces. So a new parameterization is judged from its first day.
"""

import numpy as np
import pytest

from mvn_symbolic.catalogue.parameterizations import PARAMETERIZATIONS
from mvn_symbolic.verify import signatures, truths
from mvn_symbolic.verify.oracles import arb

K = 8
DISTANCES = (1.0, 0.1, 1e-2, 1e-3, 1e-4, 1e-6)
# A sum of k terms of one sign rounds k - 1 times; each term is a few elementary functions of a few ulp each.
VALUE_ULP = K + 6
# A gradient entry is one term: up to four operations of half an ulp and one elementary function of up to two.
GRADIENT_ULP = 6
# Softplus, its logarithm and the slope of that are functions of functions: three times as many of these.
NESTED = frozenset({"rho"})


def _near(case, distance, dtype, rng):
    """Return parameters at about this distance from the standard normal, and their factor but for rounding.

    Less for a triangle, to stay well-conditioned, and more for logarithms, to meet both sides of a form stitched at 1.
    """
    loc = distance * rng.uniform(-1, 1, K)
    if not case.diagonal:
        factor = np.eye(K) + 0.3 * distance * np.tril(rng.uniform(-1, 1, (K, K)))
    elif signatures.LOGARITHMIC.isdisjoint(signatures.PARAMETERS[case.parameterization]):
        factor = np.diag(1 + 0.9 * distance * rng.uniform(-1, 1, K))
    else:
        factor = np.diag(np.exp(1.5 * distance * rng.uniform(-1, 1, K)))
    return _rounded(case, loc, factor, dtype), factor


def _rounded(case, loc, factor, dtype):
    return tuple(np.asarray(part, dtype) for part in (loc, *case.raw(factor)))


def _moved(case, params, factor, distance, rng):
    """Return parameters at a relative distance from given ones."""
    loc = params[0] + distance * rng.uniform(-1, 1, K)
    if case.diagonal and not signatures.LOGARITHMIC.isdisjoint(signatures.PARAMETERS[case.parameterization]):
        moved = factor * np.exp(distance * rng.uniform(-0.5, 0.5, K))
    else:
        moved = factor * (1 + 0.9 * distance * rng.uniform(-1, 1, (K, K)))
    return _rounded(case, loc, moved, params[0].dtype)


# Near equality and the standard normal these have a form that does not cancel: without it they would be held to less.
CAREFUL = frozenset({"diag", "logvar", "softplus", "tril", "log_cholesky", "covariance", "precision"})
DIVERGENCES = ("kl_standard_normal", "kl_divergence")


def _is_within_what_is_forced(case, name, arguments, dtype):
    """Rounding of every argument, and of every term of the textbook sum."""
    found = case.call(name, *arguments)
    true = truths.truth_at(case.parameterization, name, tuple(np.asarray(a, np.float64) for a in arguments))
    found = found if isinstance(found, tuple) else (found,)
    return all(np.max(share, initial=0.0) <= 1 for share in truths.errors(found, true, np.dtype(dtype), K))


@pytest.mark.parametrize("function", DIVERGENCES)
def test_careful_forms_are_kept(registry, function):
    found = {case.parameterization for case in registry if case.is_careful(function)}
    assert found >= CAREFUL & PARAMETERIZATIONS.keys()


def _forced(case, distance):
    """What conditioning forces on a value t^2: entries of order one, known to a rounding, say where t is to t^-1."""
    return 1 / distance if case.squares else 1


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("distance", DISTANCES)
def test_kl_to_the_standard_normal_is_accurate_to_the_last_places(module_case, distance, dtype, rng):
    params, _ = _near(module_case, distance, dtype, rng)
    if not module_case.is_careful("kl_standard_normal"):
        assert _is_within_what_is_forced(module_case, "kl_standard_normal", params, dtype)
        return
    true = arb.value("kl_standard_normal", module_case.parameterization, *params)[()]
    found = float(module_case.call("kl_standard_normal", *params))
    assert arb.ulp_error(found, true, dtype) <= VALUE_ULP * _forced(module_case, distance)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("distance", DISTANCES)
def test_its_gradient_is_accurate_to_the_last_places(module_case, distance, dtype, rng):
    params, _ = _near(module_case, distance, dtype, rng)
    if not module_case.is_careful("kl_standard_normal"):
        assert _is_within_what_is_forced(module_case, "grad_kl_standard_normal", params, dtype)
        return
    true = arb.gradient("kl_standard_normal", module_case.parameterization, *params)
    names = signatures.PARAMETERS[module_case.parameterization]
    for name, found, balls in zip(names, module_case.call("grad_kl_standard_normal", *params), true, strict=True):
        read = np.tri(K, dtype=bool) if name in signatures.LOWER else np.ones(balls.shape, dtype=bool)
        allowed = GRADIENT_ULP * (3 if name in NESTED else 1)
        if name in signatures.SYMMETRIC:
            # half the identity minus an inverse: a sum of K roundings of numbers of order one, as the inputs are
            errors = [arb.distance(float(x), ball) for x, ball in zip(found[read], balls[read], strict=True)]
            assert max(errors) <= 2 * VALUE_ULP * np.finfo(dtype).eps
            continue
        for x, ball in zip(found[read], balls[read], strict=True):
            # below the step of its differences a ball cannot tell a number from zero
            assert arb.distance(float(x), ball) <= 1e-60 or arb.ulp_error(float(x), ball, dtype) <= allowed


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("distance", DISTANCES)
def test_kl_near_equality_loses_no_more_than_the_distance(module_case, distance, dtype, rng):
    """A relative error of t^-1 roundings in each of k terms; the parameters are rounded before, so they are exact."""
    q, factor = _near(module_case, 1.0, dtype, rng)
    p = _moved(module_case, q, factor, distance, rng)
    if not module_case.is_careful("kl_divergence"):
        assert _is_within_what_is_forced(module_case, "kl_divergence", (*p, *q), dtype)
        return
    true = arb.value("kl_divergence", module_case.parameterization, *p, *q)[()]
    found = float(module_case.call("kl_divergence", *p, *q))
    # the inverse factor of q enters each term: its condition bounds what it does to a rounding
    condition = np.linalg.cond(factor) ** (2 if module_case.squares else 1)
    assert arb.ulp_error(found, true, dtype) <= VALUE_ULP * condition / distance


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("distance", DISTANCES)
def test_logvar_kl_near_equality_is_accurate_to_the_last_places(registry, distance, dtype, rng):
    for case in registry:
        if case.parameterization == "logvar":
            q, factor = _near(case, 1.0, dtype, rng)
            p = _moved(case, q, factor, distance, rng)
            true = arb.value("kl_divergence", "logvar", *p, *q)[()]
            assert arb.ulp_error(float(case.call("kl_divergence", *p, *q)), true, dtype) <= VALUE_ULP, str(case)
