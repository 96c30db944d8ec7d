"""Lives here: rounding errors over the whole range of a dtype, beside those of the textbook form; degenerate events.
May not live here: how far a plain test of correctness may be off (test_every_function)."""

from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest

from mvn_symbolic.catalogue.functions import functions
from mvn_symbolic.catalogue.parameterizations import PARAMETERIZATIONS
from mvn_symbolic.catalogue.registry import build
from mvn_symbolic.catalogue.setting import STANDARD
from mvn_symbolic.codegen.backends import BACKENDS as SPELLINGS
from mvn_symbolic.codegen.module import module_source
from mvn_symbolic.verify import rounding, signatures

# Of what a term of one sign is made of: a few elementary functions of one ulp or two each, and a square of one.
VALUE_ULP = 4
# A gradient by rho is a function of functions of functions; NumPy's exp in float32 is off by 2.5 ulp, and is squared.
BEYOND = 5
# Every so many events of the grids: each costs six evaluations of the divergence at 6000 bits.
STEP = 29


def _errors(case, name, dtype, function, family, kind):
    place = rounding.places(case.parameterization, function, dtype)[family]
    results = case.call(name, *(array[::STEP].astype(dtype) for array in place.arrays))
    true = rounding.truths(case.parameterization, function, dtype, kind, family, STEP)
    return rounding.errors(results if isinstance(results, tuple) else (results,), true, dtype), place.label


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("function", signatures.SCALAR_FUNCTIONS)
def test_values_of_one_coordinate_are_right_to_the_last_places(module_case, function, dtype):
    if not module_case.diagonal:
        pytest.skip("its events of one coordinate are those of a diagonal one")
    if function.startswith("kl") and not module_case.is_careful(function):
        pytest.skip("without a careful form it is held to what conditioning forces, in test_accuracy")
    for family in range(len(rounding.FAMILIES)):
        with np.errstate(all="ignore"):
            found, label = _errors(module_case, function, dtype, function, family, "value")
        assert np.max(found.beyond, initial=0.0) <= VALUE_ULP, label
        if function.startswith("kl"):  # terms of one sign
            nested = 3 if module_case.parameterization == "softplus" else 1  # squares of functions of functions
            assert np.max(found.ulp, initial=0.0) <= nested * VALUE_ULP, label


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("function", signatures.SCALAR_FUNCTIONS)
def test_gradients_of_one_coordinate_lose_what_conditioning_forces(module_case, function, dtype):
    if not module_case.diagonal:
        pytest.skip("its events of one coordinate are those of a diagonal one")
    if function.startswith("kl") and not module_case.is_careful(function):
        pytest.skip("without a careful form it is held to what conditioning forces, in test_accuracy")
    for family in range(len(rounding.FAMILIES)):
        with np.errstate(all="ignore"):
            found, label = _errors(module_case, f"grad_{function}", dtype, function, family, "gradient")
        assert np.max(found.beyond, initial=0.0) <= BEYOND, label


def textbook(parameterization):
    """A NumPy module of the results before any rule rewrote them for accuracy."""
    to = PARAMETERIZATIONS[parameterization]
    wanted = [
        replace(function, value=build(to.page(function.name), STANDARD).results[to.chain(function.name)].right)
        for function in functions(parameterization)
        if function.is_scalar
    ]
    module = ModuleType(f"textbook_{parameterization}")
    exec(compile(module_source("Textbook.", wanted, SPELLINGS["numpy"]), module.__name__, "exec"), module.__dict__)
    return module


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("parameterization", [name for name, to in PARAMETERIZATIONS.items() if to.is_diagonal])
def test_the_textbook_form_is_found_out(parameterization, dtype):
    """All digits are gone near p = q, and near the standard normal."""
    module = textbook(parameterization)
    for function, family in (("kl_divergence", 1), ("kl_standard_normal", 2)):
        arrays = [a[::2].astype(dtype) for a in rounding.places(parameterization, function, dtype)[family].arrays]
        true = rounding.truths(parameterization, function, dtype, "value", family, 2)
        with np.errstate(all="ignore"):
            assert np.max(rounding.errors((getattr(module, function)(*arrays),), true, dtype).ulp) > 1e5


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("k", [0, 1, 32])
@pytest.mark.parametrize("batch", [(), (0,), (2,)], ids=str)
def test_equal_laws_have_no_divergence_and_no_slope_at_any_size(module_case, k, batch, dtype):
    factor = 0.7 * np.eye(k) + 0.1 * np.tri(k, k, -1)
    law = [np.broadcast_to(a, (*batch, *a.shape)).astype(dtype) for a in (np.full(k, 0.3), *module_case.raw(factor))]
    # without a form that does not cancel: a sum of traces and logarithms of order one, a rounding or two each
    few = 0 if module_case.is_careful("kl_divergence") else 1e2 * np.finfo(dtype).eps * max(k, 1)
    assert np.all(np.abs(module_case.call("kl_divergence", *law, *law)) <= few)
    for name in ("kl_standard_normal", "entropy", "grad_kl_standard_normal", "grad_entropy"):
        results = module_case.call(name, *law)
        assert all(np.isfinite(part).all() for part in (results if isinstance(results, tuple) else (results,))), name
    for part in module_case.call("grad_kl_divergence", *law, *law):
        # by a covariance, two products of inverses that are equal but for the order of their sums
        assert np.all(np.abs(part) <= (1e2 * np.finfo(dtype).eps * np.sqrt(k) if module_case.squares else few))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_law_without_width_is_infinitely_far_from_the_standard_normal(module_case, dtype):
    nothing = {"diag": 0.0, "logvar": -np.inf, "softplus": -np.inf, "tril": [[0.0]], "log_cholesky": -np.inf}
    if module_case.parameterization not in nothing:
        pytest.skip("a covariance that is singular has no factor")
    raw = np.atleast_1d(np.asarray(nothing[module_case.parameterization], dtype))
    with np.errstate(all="ignore"):
        assert module_case.call("kl_standard_normal", np.zeros(1, dtype), raw) == np.inf
