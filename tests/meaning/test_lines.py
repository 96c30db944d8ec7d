"""Lives here: means of shares at functions that are lines, and opaque means of numbers that are not normal.
May not live here: the derivation that needs them."""

import pytest
import sympy
from flint import arb

import mvn_symbolic as mvn
from mvn_symbolic.errors import UnsupportedExpressionError
from mvn_symbolic.meaning.judge import judge
from mvn_symbolic.meaning.lines import LineReader, with_lines
from mvn_symbolic.meaning.numbers import Balls
from mvn_symbolic.meaning.scene import scene_for
from mvn_symbolic.notation.laws import expectation_of
from mvn_symbolic.notation.operators import ScalarFunction
from mvn_symbolic.notation.random_numbers import DoubleMaxwell, Rayleigh
from mvn_symbolic.notation.symbols import positive_scalar

eps, mu, L = mvn.symbol("eps"), mvn.symbol("loc"), mvn.symbol("scale_tril")
r, rest = ScalarFunction("r"), positive_scalar("R")
z = mu + L * eps
share = sympy.exp(r(z)) / (rest + sympy.exp(r(z)))


def read(expression, size):
    scene = with_lines(scene_for([expression], Balls(), size), f"test:{size}")
    return LineReader().read(expression, scene), scene


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_mean_of_the_exponential_of_a_line_is_the_one_of_a_log_normal_number(size):
    # r(z) = c + b'z is normal with mean c + b'mu and variance |L'b|^2
    found, scene = read(expectation_of(sympy.exp(r(z)), eps), size)
    line = scene.functions["r"](size)
    constant = line[(0,) * size]
    slopes = [line[tuple(int(i == j) for j in range(size))] for i in range(size)]
    mean = constant + sum(b * m for b, (m,) in zip(slopes, scene.values[mu], strict=True))
    columns = zip(*scene.values[L], strict=True)
    variance = sum(sum(b * entry for b, entry in zip(slopes, column, strict=True)) ** 2 for column in columns)
    # 8 and 10 nodes agree to 60 digits by the rule itself; it errs by 8! / 10^88
    assert abs(found - (mean + variance / 2).exp()) < arb(10) ** -80


def test_points_across_the_line_see_the_rest_of_the_noise():
    # E[s |eps|^2] - E[s] k is smaller than the slopes squared, and no point was left out: E[|eps|^2] = k
    size = 4
    found, _ = read(expectation_of(share * mvn.squared_norm(eps), eps), size)
    plain, _ = read(expectation_of(share, eps), size)
    assert abs(found - size * plain) < arb(10) ** -8


def test_what_is_no_polynomial_across_the_line_is_refused():
    with pytest.raises(UnsupportedExpressionError, match="degree 3"):
        read(expectation_of(share * mvn.squared_norm(eps) ** 2, eps), 3)


def test_functions_that_grow_in_two_directions_are_refused():
    with pytest.raises(UnsupportedExpressionError, match="different directions"):
        read(expectation_of(share * r(mu + L.T * eps), eps), 2)


def test_a_step_about_a_share_is_refuted_but_not_confirmed():
    right = expectation_of(share, eps)
    other = expectation_of(1 - share, eps)
    assert judge(right, 1 - other, sizes=(1, 2)).status != "refuted"
    verdict = judge(right, other, sizes=(1, 2))
    assert (verdict.status, "lines" in verdict.detail) == ("refuted", True)


@pytest.mark.parametrize("number", [Rayleigh("w"), DoubleMaxwell("m")])
def test_opaque_means_of_a_number_are_proved_equal_and_told_apart(number):
    one = mvn.expectation_of(r(mu + number * eps), number)
    assert judge(2 * one, one + one, sizes=()).status == "proved"
    assert judge(mvn.expectation_of(number**2 * r(mu), number), one, sizes=()).status == "unknown"


def test_opaque_means_over_two_laws_are_two():
    means = [mvn.expectation_of(r(mu + x * eps), x) for x in (Rayleigh("w"), DoubleMaxwell("w"))]
    assert judge(*means, sizes=()).status == "unknown"
