"""The gradient of any expression in its symbols: judged in balls by differences, and compared with torch's autograd."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mvn_symbolic as mvn
from mvn_symbolic.meaning import judge
from mvn_symbolic.notation.operators import gradient_of

# An example is a whole chain of symbolic work; two health checks are about speed.
SETTINGS = settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@SETTINGS
@given(data=st.data())
def test_gradient_of_a_random_expression_is_its_derivative(data, expressions, readings):
    function = data.draw(expressions.scalars(2), label="function")
    symbol = data.draw(st.sampled_from(expressions.symbols), label="symbol")
    gradient = mvn.grad(function, symbol)
    verdict = judge(gradient_of(function, symbol), gradient, sizes=(2,), proof_sizes=())
    assert verdict.tested_at == (2,)
    assert verdict.status != "refuted", verdict
    seed = data.draw(st.integers(0, 2**32 - 1), label="seed")
    point = readings.torch(3, np.random.default_rng(seed))
    readings.gradients_agree(point, gradient, function, symbol)


@SETTINGS
@given(data=st.data())
def test_gradient_is_zero_only_for_a_true_zero(data, expressions, readings):
    function = data.draw(expressions.scalars(1), label="function")
    symbol = data.draw(st.sampled_from(expressions.symbols), label="symbol")
    gradient = mvn.grad(function, symbol)
    zero = gradient == 0 or getattr(gradient, "is_ZeroMatrix", False)
    if symbol in function.free_symbols:
        seed = data.draw(st.integers(0, 2**32 - 1), label="seed")
        expected = readings.torch(3, np.random.default_rng(seed)).gradient(function, symbol)
        if zero:
            np.testing.assert_allclose(expected, 0, atol=1e-9)
    else:
        assert zero


@SETTINGS
@given(data=st.data())
def test_differential_of_a_random_vector_is_its_derivative(data, expressions, readings):
    vector = data.draw(expressions.vectors(2), label="vector")
    symbol = data.draw(st.sampled_from(expressions.symbols), label="symbol")
    seed = data.draw(st.integers(0, 2**32 - 1), label="seed")
    point = readings.torch(3, np.random.default_rng(seed))
    change = mvn.differential(vector, symbol)
    readings.agree(point.value(change), point.along(vector, symbol))
    readings.agree(point.value(mvn.normalize(change)), point.along(vector, symbol))


@SETTINGS
@given(data=st.data())
def test_pullback_of_a_random_vector_is_adjoint_to_its_differential(data, expressions, readings):
    vector = data.draw(expressions.vectors(2), label="vector")
    symbol = data.draw(st.sampled_from(expressions.symbols), label="symbol")
    seed = data.draw(st.integers(0, 2**32 - 1), label="seed")
    cotangent = mvn.Vector("w")
    pulled = mvn.vjp(vector, symbol, cotangent)
    readings.gradients_agree(
        readings.torch(3, np.random.default_rng(seed)), pulled, mvn.Inner(cotangent, vector), symbol
    )


@pytest.mark.parametrize("convention", ["symmetric", "lower", "free"])
@settings(SETTINGS, max_examples=20)
@given(data=st.data())
def test_gradient_by_a_symmetric_matrix_follows_its_convention(convention, data, expressions, readings):
    function = data.draw(expressions.scalars(1), label="function") + mvn.Inner(
        expressions.A, data.draw(expressions.matrices(1), label="matrix")
    )
    symbol = data.draw(st.sampled_from([expressions.S, expressions.Y]), label="symbol")
    seed = data.draw(st.integers(0, 2**32 - 1), label="seed")
    point = readings.torch(3, np.random.default_rng(seed))
    gradient = mvn.grad(function, symbol, convention=convention)
    readings.gradients_agree(point, gradient, function, symbol, convention)


@SETTINGS
@given(data=st.data())
def test_gradient_through_random_names_is_that_of_the_definitions(data, expressions, readings):
    first = mvn.Let("u", data.draw(expressions.vectors(1), label="u"))
    matrix = mvn.Let("R", data.draw(expressions.matrices(1), label="R"))
    second = mvn.Let("v", matrix * first + data.draw(expressions.vectors(1), label="v"))
    function = mvn.Inner(first, second) + mvn.squared_norm(matrix * second)
    symbol = data.draw(st.sampled_from(expressions.symbols), label="symbol")
    seed = data.draw(st.integers(0, 2**32 - 1), label="seed")
    point = readings.torch(3, np.random.default_rng(seed))
    readings.gradients_agree(point, mvn.grad(function, symbol), mvn.unfold(function), symbol)
