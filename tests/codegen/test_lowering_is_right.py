"""Whatever is lowered computes what the expression means: judged against the dense definitions, read in balls."""

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mvn_symbolic as mvn
from mvn_symbolic.codegen.interpret import interpret
from mvn_symbolic.codegen.program import programs

# An example is a whole chain of symbolic work; two health checks are about speed.
SETTINGS = settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])

# Condition numbers at these points are below 1e4, and a program has fewer than 1e3 operations.
TOLERANCE = 1e-9


def agree(found, expected):
    scale = 1 + np.abs(expected).max(initial=0)
    np.testing.assert_allclose(found, expected, rtol=TOLERANCE, atol=TOLERANCE * scale)


@SETTINGS
@given(data=st.data())
def test_random_expression_is_computed_and_no_upper_triangle_read(data, expressions, function_of, lowered, scenes):
    kind = data.draw(st.sampled_from(["scalars", "vectors", "matrices"]))
    expr = data.draw(getattr(expressions, kind)(2), label="expression")
    point = scenes(expressions.symbols, data.draw(st.sampled_from([2, 3])), data.draw(st.integers(0, 99)))
    found = interpret(lowered(function_of(expr)), point.arguments)
    truth = point.truth(expr)
    agree(np.broadcast_to(found, truth.shape), truth)


@SETTINGS
@given(data=st.data())
def test_value_and_cotangents_of_a_random_scalar_are_computed(data, expressions, function_of, scenes):
    expr = data.draw(expressions.scalars(2), label="expression")
    point = scenes(expressions.symbols, 3, data.draw(st.integers(0, 99)))
    by_variant = {program.variant: program for program in programs(function_of(expr))}
    truths = [point.truth(mvn.grad(expr, symbol)) for symbol in expressions.symbols]
    value, gradients = interpret(by_variant["value_and_grad"], point.arguments)
    agree(value, point.truth(expr))
    alone = interpret(by_variant["grad"], point.arguments)
    pulled = interpret(by_variant["vjp"], {**point.arguments, "grad_output": 2.0})
    for found, again, cotangent, truth in zip(gradients, alone, pulled, truths, strict=True):
        agree(found, truth)
        agree(again, truth)
        agree(cotangent, 2 * truth)


@SETTINGS
@given(data=st.data())
def test_products_of_a_random_vector_are_adjoint(data, expressions, function_of, scenes):
    expr = data.draw(expressions.vectors(2), label="expression")
    point = scenes(expressions.symbols, 3, data.draw(st.integers(0, 99)))
    move = scenes(expressions.symbols, 3, 100)
    by_variant = {program.variant: program for program in programs(function_of(expr))}
    tangents = {f"tangent_{name}": value for name, value in move.arguments.items()}
    pushed = interpret(by_variant["jvp"], {**point.arguments, **tangents})
    upstream = np.array([1.0, -2.0, 0.5])
    pulled = interpret(by_variant["vjp"], {**point.arguments, "grad_value": upstream})
    paired = [np.sum(c * np.where(np.isnan(t), 0, t)) for c, t in zip(pulled, move.arguments.values(), strict=True)]
    size = 1 + np.abs(paired).sum()
    assert abs(upstream @ pushed - sum(paired)) <= TOLERANCE * size


def test_a_sum_of_rows_is_a_column_turned(lowered, function_of, scenes):
    A, B = mvn.GeneralMatrix("A"), mvn.GeneralMatrix("B")
    x, y = mvn.Vector("x"), mvn.Vector("y")
    expr = x * ((x.T * A + y.T) * B + y.T)
    point = scenes((A, B, x, y), 3, 0)
    agree(interpret(lowered(function_of(expr, (A, B, x, y))), point.arguments), point.truth(expr))
