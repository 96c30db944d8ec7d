"""The mean of any polynomial in the noise, compared with Gauss-Hermite cubature in torch: exact at these degrees."""

import numpy as np
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sympy import Mul, Trace, Transpose

import mvn_symbolic as mvn

SETTINGS = settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
eps = mvn.Noise("eps")
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(5)  # exact to degree 9


def noisy_vectors(expressions):
    """Vectors linear in the noise."""
    matrices = expressions.matrices(0)
    return st.one_of(
        st.just(eps),
        matrices.map(lambda m: m * eps),
        st.just(mvn.elementwise(lambda s, e: s * e, expressions.sigma, eps)),
        matrices.map(lambda m: expressions.x + m * eps),
    )


def factors(expressions):
    """Scalars of degree at most two."""
    vectors, noisy = expressions.vectors(0), noisy_vectors(expressions)
    return st.one_of(
        st.tuples(vectors, noisy).map(lambda p: mvn.Inner(*p)),
        st.tuples(noisy, noisy).map(lambda p: mvn.Inner(*p)),
        noisy.map(mvn.Total),
        noisy.map(mvn.squared_norm),
        st.tuples(expressions.matrices(0), noisy, noisy).map(lambda p: Trace(p[0] * p[1] * Transpose(p[2]))),
    )


def bodies(expressions):
    """What the scalars multiply: a number, a vector, a matrix, of degree at most two."""
    noisy, matrices = noisy_vectors(expressions), expressions.matrices(0)
    return st.one_of(
        st.just(1),
        noisy,
        st.tuples(matrices, noisy).map(lambda p: p[0] * p[1]),
        st.tuples(noisy, noisy).map(lambda p: p[0] * Transpose(p[1])),
        matrices,
    )


def cubature(value, point, k):
    """Sum over the product grid of weight times value."""
    point.read(value)
    total = 0
    for place in np.ndindex(*[len(NODES)] * k):
        noise = torch.tensor(NODES[list(place)])[:, None]
        weight = float(np.prod(WEIGHTS[list(place)] / WEIGHTS.sum()))
        total = total + weight * point.with_values({eps: noise}).of(value)
    return torch.as_tensor(total).detach().numpy()


@SETTINGS
@given(data=st.data())
def test_mean_of_a_random_polynomial_is_that_of_cubature(data, expressions, readings):
    count = data.draw(st.integers(0, 2), label="count")
    scalars = [data.draw(factors(expressions), label="factor") for _ in range(count)]
    value = Mul(*scalars) * data.draw(bodies(expressions), label="body")
    mean = mvn.expectation(value, eps)
    assert not mean.has(eps)
    assert mvn.normalize(mean) == mean
    seed = data.draw(st.integers(0, 2**32 - 1), label="seed")
    for k in (1, 2):
        point = readings.torch(k, np.random.default_rng(seed))
        expected = cubature(value, point, k)
        readings.agree(point.value(mean), expected)


@SETTINGS
@given(data=st.data())
def test_gradient_and_mean_change_places(data, expressions):
    """grad E[f] = E[grad f], for polynomials; the two sides take different rules."""
    value = data.draw(factors(expressions), label="f") * data.draw(factors(expressions), label="g")
    symbol = data.draw(st.sampled_from([expressions.A, expressions.L, expressions.x]), label="symbol")
    after = mvn.grad(mvn.expectation(value, eps), symbol)
    before = mvn.expectation(mvn.grad(value, symbol), eps)
    assert mvn.equal(after, before) != "no"
