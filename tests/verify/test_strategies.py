"""Lives here: tests that the Hypothesis strategies keep their bounds, shrink to the simplest case and refuse nonsense.
May not live here: tests of functions under test."""

import numpy as np
import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from mvn_symbolic.verify import strategies

ALL = (
    strategies.locs,
    strategies.scale_diags,
    strategies.logvars,
    strategies.scale_trils,
    strategies.covariance_matrices,
)
conditions = st.sampled_from([1.0, 10.0, 1e3, 1e6])
# Rounding an entry perturbs the matrix by eps times its norm (k entries a row), its smallest singular value by as much.
SLACK = 1 + 1e-6


@given(st.data(), conditions)
def test_scale_trils_are_lower_and_within_their_condition(data, condition):
    matrix = data.draw(strategies.scale_trils(max_condition=condition, max_dim=8))
    assert np.array_equal(matrix, np.tril(matrix))
    assert (np.diag(matrix) > 0).all()
    assert np.linalg.cond(matrix) <= condition * SLACK


@given(st.data(), conditions)
def test_covariance_matrices_are_symmetric_and_within_their_condition(data, condition):
    matrix = data.draw(strategies.covariance_matrices(max_condition=condition, max_dim=8))
    assert np.array_equal(matrix, matrix.T)
    assert np.linalg.cond(matrix) <= condition * SLACK
    assert np.linalg.eigvalsh(matrix)[0] > 0


@given(st.data(), conditions)
def test_diagonal_scales_are_within_their_condition(data, condition):
    scale = data.draw(strategies.scale_diags(max_condition=condition))
    logvar = data.draw(strategies.logvars(max_condition=condition))
    for sd in (scale, np.exp(logvar / 2)):
        assert (sd > 0).all()
        assert sd.max() / sd.min() <= condition * SLACK


def test_the_largest_condition_is_reached():
    hard = find(strategies.scale_trils(3, max_condition=1e4), lambda m: np.linalg.cond(m) > 5e3)
    assert np.linalg.cond(hard) <= 1e4 * SLACK


def test_triangles_below_the_diagonal_are_reached():
    assert find(strategies.scale_trils(2, max_condition=10), lambda m: abs(m[1, 0]) > 0.5)[1, 0] != 0


@pytest.mark.parametrize("parameterization", ["diag", "logvar", "tril", "covariance"])
def test_pairs_shrink_to_the_standard_normal(parameterization):
    (p, q) = find(strategies.mvn_pairs(parameterization), lambda _: True)
    unit = np.zeros(1) if parameterization == "logvar" else np.ones((1,) * p[1].ndim)
    for loc, scale in (p, q):
        assert np.array_equal(loc, np.zeros(1))
        assert np.array_equal(scale, unit)


def test_scale_trils_shrink_to_the_identity():
    assert np.array_equal(find(strategies.scale_trils(3), lambda _: True), np.eye(3))
    assert np.array_equal(find(strategies.covariance_matrices(3), lambda _: True), np.eye(3))


@given(st.data())
@settings(max_examples=25)
def test_sizes_and_dtypes_are_kept(data):
    low = data.draw(st.integers(1, 4))
    high = data.draw(st.integers(low, 6))
    for strategy in ALL:
        drawn = data.draw(strategy(min_dim=low, max_dim=high, dtype=np.float32))
        assert low <= drawn.shape[-1] <= high
        assert drawn.dtype == np.float32
        assert data.draw(strategy(3)).shape in {(3,), (3, 3)}
    loc, scale = data.draw(strategies.mvn_parameters("tril", min_dim=low, max_dim=high))
    assert scale.shape == (len(loc), len(loc))


@pytest.mark.parametrize(
    "wrong",
    [
        {"event_size": 0},
        {"event_size": 2.0},
        {"min_dim": 0},
        {"max_dim": 1000},
        {"min_dim": 4, "max_dim": 3},
        {"max_condition": 0.5},
        {"max_condition": np.inf},
        {"max_condition": 1e12, "dtype": np.float32},
        {"dtype": np.int64},
        {"dtype": "no such dtype"},
    ],
    ids=str,
)
@pytest.mark.parametrize("strategy", ALL, ids=lambda strategy: strategy.__name__)
def test_wrong_arguments_are_named(strategy, wrong):
    with pytest.raises(InvalidArgument, match="|".join(wrong)):
        strategy(**wrong)
    with pytest.raises(InvalidArgument, match="|".join(wrong)):
        strategies.mvn_pairs("tril", **wrong)


def test_unknown_parameterization_is_refused():
    with pytest.raises(InvalidArgument, match="cholesky"):
        strategies.mvn_parameters("cholesky")


def test_bounds_are_keyword_only():
    with pytest.raises(TypeError):
        strategies.scale_trils(3, 1)
