"""The judge of velocities: right ones of every kind pass, planted mistakes fail with a point, odd ones are unknown."""

import numpy as np
import pytest
import scipy.linalg

from mvn_symbolic.errors import ArgumentError
from mvn_symbolic.verify.velocity import check_velocity


def case(seed, k=3):
    rng = np.random.default_rng(seed)
    factor = np.tril(rng.uniform(-0.5, 0.5, (k, k)), -1) + np.diag(rng.uniform(0.7, 1.4, k))
    move, shift = np.tril(rng.uniform(-1, 1, (k, k))), rng.uniform(-1, 1, k)
    matrix, change = factor @ factor.T, move @ factor.T + factor @ move.T
    law = {"loc": rng.uniform(-1, 1, k), "covariance": matrix, "d_loc": shift, "d_covariance": change}
    inverse = np.linalg.inv(matrix)
    spin = rng.uniform(-1, 1, (k, k))
    matrices = {
        "path": move @ np.linalg.inv(factor),
        "transport": scipy.linalg.solve_continuous_lyapunov(matrix, change),
        "half": change @ inverse / 2,
        "spin": change @ inverse / 2 + (spin - spin.T) @ inverse,
    }
    return law, matrices


def field(law, matrix, shift=None):
    shift = law["d_loc"] if shift is None else shift
    return lambda z: shift + (z - law["loc"]) @ matrix.T


@pytest.mark.parametrize("name", ["path", "transport", "half", "spin"])
def test_right_velocity_passes(name):
    seed = np.random.default_rng().integers(1 << 32)
    law, matrices = case(seed)
    verdict = check_velocity(field(law, matrices[name]), **law)
    assert verdict.status == "pass", (seed, verdict)
    assert verdict.false_pass_bound <= 1e-9


def test_velocity_that_is_not_affine_passes():
    """In one dimension only one velocity vanishes at infinity times q; in two a turn by the radius adds nothing."""

    def swirl(z):
        speed = np.exp(-0.5 * (z**2).sum(-1, keepdims=True))
        return z / 2 + speed * np.stack([-z[:, 1], z[:, 0]], -1)

    law = {"loc": np.zeros(2), "covariance": np.eye(2), "d_covariance": np.eye(2)}
    assert check_velocity(swirl, **law).status == "pass"
    assert check_velocity(lambda z: swirl(z) + 1e-6 * z**3, **law).status == "fail"


WRONG = {
    "twice": lambda law, right: field(law, 2 * right),
    "transposed": lambda law, right: field(law, right.T),
    "mean forgotten": lambda law, right: field(law, right, 0 * law["d_loc"]),
    "a millionth off": lambda law, right: field(law, right * (1 + 1e-6)),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_wrong_velocity_fails_with_a_point(mistake):
    law, matrices = case(1)
    verdict = check_velocity(WRONG[mistake](law, matrices["path"]), **law)
    assert verdict.status == "fail", verdict
    assert verdict.point.shape == (3,)
    assert "log density" in verdict.detail


def in_single(one):
    """The field as torch's users write it: single precision all the way, from points to answers."""

    def field(z):
        return one(z.astype(np.float32).astype(np.float64)).astype(np.float32)

    return field


@pytest.mark.parametrize("name", ["path", "transport", "half", "spin"])
def test_right_velocity_in_single_precision_passes(name):
    seed = np.random.default_rng().integers(1 << 32)
    law, matrices = case(seed)
    for one in (in_single(field(law, matrices[name])), lambda z: field(law, matrices[name])(z).astype(np.float32)):
        verdict = check_velocity(one, **law)
        assert verdict.status == "pass", (seed, verdict)


def test_right_velocity_in_single_arithmetic_passes():
    seed = np.random.default_rng().integers(1 << 32)
    law, matrices = case(seed)
    mean, shift, matrix = (a.astype(np.float32) for a in (law["loc"], law["d_loc"], matrices["path"]))
    verdict = check_velocity(lambda z: shift + (z.astype(np.float32) - mean) @ matrix.T, **law)
    assert verdict.status == "pass", (seed, verdict)


def test_right_velocity_far_from_zero_is_not_accused():
    law = {"loc": np.full(3, 1e6), "covariance": np.eye(3), "d_loc": np.ones(3), "d_covariance": np.eye(3)}
    right = field(law, np.eye(3) / 2)
    assert check_velocity(right, **law).status == "pass"
    # of a number of a million single precision has steps of a sixteenth
    assert check_velocity(in_single(right), **law).status == "unknown"
    assert check_velocity(field(law, np.eye(3) * 0.501), **law).status == "fail"


@pytest.mark.parametrize("mistake", ["twice", "transposed", "mean forgotten", "a hundredth off"])
def test_wrong_velocity_in_single_precision_fails(mistake):
    law, matrices = case(1)
    wrong = {**WRONG, "a hundredth off": lambda law, right: field(law, right * 1.01)}[mistake]
    verdict = check_velocity(in_single(wrong(law, matrices["path"])), **law)
    assert verdict.status == "fail", verdict


def test_what_is_no_field_is_unknown():
    law, _ = case(2)
    rng = np.random.default_rng(0)
    odd = (lambda z: rng.standard_normal(z.shape), lambda z: z[:, :1], lambda z: z / 0 * 0, lambda z: z.nothing)
    with np.errstate(all="ignore"):
        assert [check_velocity(one, **law).status for one in odd] == ["unknown"] * 4


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"covariance": np.zeros((3, 3))}, "positive definite"),
        ({"covariance": np.triu(np.ones((3, 3)))}, "symmetric"),
        ({"d_loc": np.zeros(2)}, "d_loc"),
        ({"share": 0.0}, "share"),
    ],
)
def test_malformed_law_is_refused(changed, message):
    law, matrices = case(3)
    with pytest.raises(ArgumentError, match=message):
        check_velocity(field(law, matrices["path"]), **(law | changed))
