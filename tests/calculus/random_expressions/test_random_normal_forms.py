"""The normal form of any expression has its value, is its own normal form, and meets the normal form of equals."""

import numpy as np
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sympy import Trace, Transpose
from sympy.matrices.expressions import Inverse, MatAdd, MatrixExpr

import mvn_symbolic as mvn
from mvn_symbolic.meaning import judge

SETTINGS = settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def anything(expressions, depth):
    return st.one_of(expressions.scalars(depth), expressions.vectors(depth), expressions.matrices(depth))


def agree_in_balls(left, right, sizes):
    verdict = judge(left, right, sizes=sizes, proof_sizes=())
    return verdict.status != "refuted" and verdict.tested_at == sizes


@SETTINGS
@given(data=st.data())
def test_normal_form_has_the_same_value_and_is_its_own(data, expressions, readings):
    value = data.draw(anything(expressions, 2), label="value")
    once = mvn.normalize(value)
    assert mvn.normalize(once) == once
    assert getattr(once, "shape", ()) == getattr(value, "shape", ())
    assert agree_in_balls(value, once, (1, 2))
    seed = data.draw(st.integers(0, 2**32 - 1), label="seed")
    point = readings.torch(3, np.random.default_rng(seed))
    readings.agree(point.value(once), point.value(value))


@SETTINGS
@given(data=st.data())
def test_ways_to_write_one_trace_meet_in_one_normal_form(data, expressions):
    first, second, third = (data.draw(expressions.matrices(1), label=name) for name in "ABC")
    # the inverse of a sum is one letter; that the sum may be symmetric is not looked into
    assume(not any(isinstance(inverse.arg, MatAdd) for m in (first, second, third) for inverse in m.atoms(Inverse)))
    trace = mvn.normalize(Trace(first * second * third))
    assert mvn.normalize(Trace(third * first * second)) == trace
    assert mvn.normalize(Trace(Transpose(first * second * third))) == trace
    assert mvn.normalize(mvn.Inner(Transpose(first), second * third)) == trace
    assert mvn.equal(Trace(first * second * third), Trace(second * third * first)) == "yes"


@SETTINGS
@given(data=st.data())
def test_product_distributes_over_any_sum(data, expressions):
    one, two = (data.draw(expressions.matrices(1), label=name) for name in "AB")
    vector, other = (data.draw(expressions.vectors(1), label=name) for name in "xy")
    assert mvn.equal(one * (two + one) * vector, one * two * vector + one * one * vector) == "yes"
    whole = mvn.squared_norm(vector + other)
    parts = mvn.squared_norm(vector) + 2 * mvn.Inner(vector, other) + mvn.squared_norm(other)
    assert mvn.equal(whole, parts) == "yes"


@SETTINGS
@given(data=st.data())
def test_equality_is_never_yes_for_what_differs(data, expressions, readings):
    left = data.draw(anything(expressions, 1), label="left")
    right = data.draw(anything(expressions, 1), label="right")
    answer = mvn.equal(left, right)
    assert answer in {"yes", "no", "unknown"}
    if getattr(left, "shape", ()) != getattr(right, "shape", ()):
        assert answer == "no"
        return
    seed = data.draw(st.integers(0, 2**32 - 1), label="seed")
    point = readings.torch(3, np.random.default_rng(seed))
    one, two = point.value(left), point.value(right)
    same = np.allclose(one, two, rtol=1e-6, atol=1e-6)
    if not same:
        assert answer != "yes"
    if not np.allclose(one, two, rtol=1e-11, atol=1e-11):
        assert answer == "no"


@SETTINGS
@given(data=st.data())
def test_equality_sees_a_planted_difference(data, expressions):
    value = data.draw(anything(expressions, 1), label="value")
    shift = data.draw(st.sampled_from(["sign", "double", "transpose", "more"]), label="shift")
    if isinstance(value, MatrixExpr) and shift == "transpose" and value.shape[1] != 1:
        other = Transpose(value)
    elif shift == "sign":
        other = -value
    elif shift == "more":
        other = value + (value if isinstance(value, MatrixExpr) else 1)
    else:
        other = 2 * value
    if mvn.equal(value, other) == "yes":  # right only where nothing was planted: 0 = -0, a symmetric matrix
        assert agree_in_balls(value, other, (1, 2, 3))
    else:
        assert mvn.equal(value, other) == "no" or agree_in_balls(value, other, (2,))
