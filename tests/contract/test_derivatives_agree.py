"""Lives here: the derivatives of one module agree with one another, at event sizes that ball arithmetic finds slow.
May not live here: comparisons with anything outside the module."""

import numpy as np
import pytest

from mvn_symbolic.verify import signatures
from mvn_symbolic.verify.points import random_arguments

SIZES = (1, 4, 16, 32)
BATCHES = [(2, 1), (3,)]
# Both sides are sums of at most k (k + 1) products over the same well-conditioned numbers, each computed with about
# 8 k roundings; divided by the sum of their magnitudes the difference is bounded by that, whatever cancels.
ROUNDINGS_PER_K = 16


def _allowed(k, *magnitudes):
    return ROUNDINGS_PER_K * k * np.finfo(np.float64).eps * sum(np.sum(np.abs(m)) for m in magnitudes)


def _arguments(case, name, k, rng):
    return random_arguments(case.parameterization, name, k, BATCHES, rng)


@pytest.mark.parametrize("k", SIZES)
@pytest.mark.parametrize("function", signatures.SCALAR_FUNCTIONS)
def test_value_and_grad_is_value_and_grad(module_case, function, k, rng):
    arguments = _arguments(module_case, function, k, rng)
    value, gradients = module_case.call(f"value_and_grad_{function}", *arguments)
    terms = np.maximum(1, np.abs(value)).max() * k
    assert np.abs(value - module_case.call(function, *arguments)).max(initial=0.0) <= _allowed(k, terms)
    for one, other in zip(gradients, module_case.call(f"grad_{function}", *arguments), strict=True):
        assert np.abs(one - other).max(initial=0.0) <= _allowed(k, np.abs(other).max(initial=0.0), 1.0)


@pytest.mark.parametrize("k", SIZES)
@pytest.mark.parametrize("function", signatures.VALUE_FUNCTIONS)
def test_jvp_and_vjp_are_adjoint(module_case, function, k, rng):
    arguments = _arguments(module_case, f"jvp_{function}", k, rng)
    primals, tangents = arguments[: len(arguments) // 2], arguments[len(arguments) // 2 :]
    pushed = module_case.call(f"jvp_{function}", *arguments)
    upstream = rng.uniform(0.5, 2, pushed.shape)
    pulled = module_case.call(f"vjp_{function}", *primals, upstream)
    forward, backward = upstream * pushed, [p * t for p, t in zip(pulled, tangents, strict=True)]
    assert abs(np.sum(forward) - sum(np.sum(b) for b in backward)) <= _allowed(k, forward, *backward)


@pytest.mark.parametrize("k", SIZES)
@pytest.mark.parametrize("function", signatures.SCALAR_FUNCTIONS)
def test_vjp_is_grad_summed_over_broadcast_axes(module_case, function, k, rng):
    arguments = _arguments(module_case, f"vjp_{function}", k, rng)
    *primals, upstream = arguments
    gradients = module_case.call(f"grad_{function}", *primals)
    pulled = module_case.call(f"vjp_{function}", *arguments)
    for primal, gradient, cotangent in zip(primals, gradients, pulled, strict=True):
        event = gradient.ndim - upstream.ndim
        weighted = gradient * upstream.reshape(upstream.shape + (1,) * event)
        grown = tuple(range(weighted.ndim - primal.ndim))
        stretched = tuple(i for i, n in enumerate(primal.shape) if n == 1 and weighted.shape[len(grown) + i] != 1)
        summed = weighted.sum(grown).sum(stretched, keepdims=True) if stretched else weighted.sum(grown)
        assert cotangent.shape == primal.shape
        assert np.abs(cotangent - summed).max(initial=0.0) <= _allowed(k, np.abs(weighted).max(initial=0.0), 1.0)


@pytest.mark.parametrize("function", signatures.SCALAR_FUNCTIONS)
def test_gradients_of_a_triangle_are_triangles(module_case, function, rng):
    names = signatures.arguments(module_case.parameterization, function)
    gradients = module_case.call(f"grad_{function}", *_arguments(module_case, function, 4, rng))
    for name, gradient in zip(names, gradients, strict=True):
        if signatures.bare(name) in signatures.LOWER:
            assert np.array_equal(gradient, np.tril(gradient))
