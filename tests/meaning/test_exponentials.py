"""Lives here: means of exponentials as the judge takes them, against rigorous integration and adaptive quadrature.
May not live here: the Gaussian integral as a rule of the calculus."""

import math

import numpy as np
import pytest
from flint import acb, arb
from scipy.integrate import nquad
from sympy import Identity, Rational, exp, log, pi

import mvn_symbolic as mvn
from mvn_symbolic import k
from mvn_symbolic.errors import UnsupportedExpressionError
from mvn_symbolic.meaning.ball_reader import BallReader
from mvn_symbolic.meaning.exponentials import eliminate
from mvn_symbolic.meaning.formal import formal_noise, mean_of
from mvn_symbolic.meaning.judge import judge
from mvn_symbolic.meaning.numbers import Balls
from mvn_symbolic.meaning.scene import scene_for
from mvn_symbolic.notation.laws import KL, LogDensity, expectation_of

x, y, eps = mvn.Vector("x"), mvn.Vector("y"), mvn.Noise("eps")
S, L = mvn.PositiveDefinite("S"), mvn.LowerTriangular("L")
norm, Inner = mvn.squared_norm, mvn.Inner


@pytest.mark.parametrize(("curve", "slope"), [(0, 1), (-0.7, 0), (0.4, -1.3), (-5, 2)])
@pytest.mark.parametrize("degree", [0, 1, 2, 5])
def test_one_coordinate_is_what_rigorous_integration_gives(curve, slope, degree):
    """E[e^n exp(curve e^2 + slope e)] over -80..80: what is cut off is below 1e-60."""
    Balls()
    curve, slope = arb(curve), arb(slope)
    density = lambda e, _: e**degree * ((curve - 0.5) * e * e + slope * e).exp() / (2 * acb.pi()).sqrt()  # noqa: E731
    expected = acb.integral(density, -80, 80, abs_tol=arb(10) ** -40, rel_tol=arb(10) ** -40).real
    amount, (pivot,), power = eliminate({(degree,): arb(1)}, {(2,): curve, (1,): slope}, 1, arb(1), lambda p: p > 0)
    assert abs(amount[()] * sum(power.values(), arb(0)).exp() / pivot.sqrt() - expected) < arb(10) ** -20


def test_two_coordinates_are_what_quadrature_gives():
    node = expectation_of(Inner(y, eps) ** 2 * exp(Inner(x, eps) - Inner(eps, S * eps) / 3), eps)
    scene = scene_for([node], Balls(), 2)
    got = float(BallReader().read(node, scene))
    one, other, matrix = (np.array([[float(v) for v in row] for row in scene.values[s]]) for s in (x, y, S))

    def density(a, b):
        e = np.array([a, b])
        weight = math.exp(one[:, 0] @ e - e @ matrix @ e / 3 - e @ e / 2) / (2 * math.pi)
        return (other[:, 0] @ e) ** 2 * weight

    expected, error = nquad(density, [[-12, 12], [-12, 12]])
    assert abs(got - expected) <= 1e-9 + 10 * error


def test_true_means_are_proved_and_false_ones_refuted():
    whole = Identity(k) + S
    integral = expectation_of(exp(Inner(x, eps) - Inner(eps, S * eps) / 2), eps)
    right = exp(Inner(x, whole.inv() * x) / 2 - mvn.LogDet(whole) / 2)
    assert judge(integral, right).status == "proved"
    for wrong in (
        exp(Inner(x, whole.inv() * x) / 2),
        exp(Inner(x, whole.inv() * x) / 2 - mvn.LogDet(whole)),
        exp(Inner(x, whole.inv() * x) - mvn.LogDet(whole) / 2),
        exp(Inner(x, S.inv() * x) / 2 - mvn.LogDet(whole) / 2),
        -right,
    ):
        assert judge(integral, wrong).status == "refuted"


def test_mean_of_sums_and_products_of_exponentials():
    """Var[exp(x'e)] = exp(2|x|^2) - exp(|x|^2)."""
    lognormal = exp(Inner(x, eps))
    variance = expectation_of(lognormal**2 - 2 * lognormal * exp(norm(x) / 2) + exp(norm(x)), eps)
    assert judge(variance, exp(2 * norm(x)) - exp(norm(x))).status == "proved"
    assert judge(variance, exp(2 * norm(x)) - exp(norm(x) / 2)).status == "refuted"
    weighted = expectation_of(Inner(y, eps) * lognormal, eps)
    assert judge(weighted, Inner(x, y) * exp(norm(x) / 2)).status == "proved"


@pytest.mark.parametrize("factor", [Rational(1, 2), 1, 3])
def test_infinite_mean_is_refused(factor):
    verdict = judge(expectation_of(exp(factor * norm(eps)), eps), norm(x))
    assert verdict.status == "unknown"
    assert "not finite" in verdict.detail


def test_formal_numbers_add_and_multiply():
    (e,) = formal_noise(1, arb(1))
    assert mean_of((1 - e) * (e - 3) / arb(2) - e, 1, arb(1), bool) == -2
    assert mean_of((-e) ** 4, 1, arb(1), bool) == 3
    assert mean_of(arb(5), 1, arb(1), bool) == 5
    with pytest.raises(UnsupportedExpressionError, match="exponential of an exponential"):
        e.exp().exp()
    with pytest.raises(UnsupportedExpressionError, match="quotient by the noise"):
        e / e


def test_a_mean_within_a_mean_has_letters_of_its_own():
    """E over one noise of what another, held still, is averaged around: the same letter would be both."""
    xi = mvn.Noise("xi")
    held, standard = mvn.Law("q", eps + xi, eps), mvn.Law("p", xi)
    assert judge(expectation_of(KL(held, standard), eps), k / 2).status == "proved"
    assert judge(expectation_of(KL(held, standard), eps), k).status == "refuted"
    density = -k * log(2 * pi) / 2 - (mvn.squared_norm(x) + k) / 2
    assert judge(expectation_of(LogDensity(held, x), eps), density).status == "proved"


def test_an_exponential_within_a_mean_keeps_the_letters_around_it():
    """E_xi[exp(xi'eps/2)] = exp(|eps|^2/8), the mean of which over eps is (4/3)^(k/2); a polynomial stays one."""
    xi = mvn.Noise("xi")
    inner = expectation_of(exp(mvn.Inner(xi, eps) / 2), xi)
    assert judge(expectation_of(inner, eps), Rational(4, 3) ** (k / 2)).status == "proved"
    squares = expectation_of(mvn.Inner(xi, eps) ** 2, xi) * mvn.squared_norm(eps)
    assert judge(expectation_of(squares, eps), k**2 + 2 * k).status == "proved"
