"""Means over noise by cubature: exact for polynomials, in balls; what has no known integral is refused."""

import pytest
import sympy
from flint import arb
from sympy import exp

import mvn_symbolic as mvn
from mvn_symbolic.errors import UnsupportedExpressionError
from mvn_symbolic.meaning.ball_reader import BallReader
from mvn_symbolic.meaning.numbers import Balls
from mvn_symbolic.meaning.scene import scene_for
from mvn_symbolic.notation.laws import Law, expectation_of

x, mu, L, eps = mvn.Vector("x"), mvn.Vector("mu"), mvn.LowerTriangular("L"), mvn.Noise("eps")
p = Law("p", mu + L * eps)


@pytest.mark.parametrize("degree", range(8))
def test_cubature_is_exact_for_polynomials(degree):
    """E[e^n] = (n-1)!! for even n, in balls: enclosed, and the enclosure is thin."""
    one = mvn.Noise("eps", 1)
    monomial = mvn.Total(mvn.elementwise(lambda e: e**degree, one)) if degree else sympy.Integer(1) + 0 * mvn.Total(one)
    node = expectation_of(monomial, one)
    value = BallReader().read(node, scene_for([node, one], Balls(), 1))
    exact = 0 if degree % 2 else int(sympy.factorial2(degree - 1))
    assert abs(value - exact) < arb(10) ** -200


def test_cubature_of_mixed_powers_is_exact():
    """E[e1^4 e2^2] = 3 and E[e1^2 e2^2 e3^2] = 1."""
    three = mvn.Noise("eps", 3)
    for powers, exact in (((4, 2, 0), 3), ((2, 2, 2), 1), ((6, 0, 0), 15), ((3, 1, 2), 0)):
        product = sympy.Mul(*(three[place, 0] ** power for place, power in enumerate(powers)))
        node = expectation_of(product, three)
        value = BallReader().read(node, scene_for([node, three], Balls(), 3))
        assert abs(value - exact) < arb(10) ** -200, powers


@pytest.mark.parametrize(
    "integrand",
    [
        exp(mvn.squared_norm(eps) ** 2),
        exp(exp(mvn.Inner(x, eps))),
        1 / (1 + mvn.squared_norm(eps)),
        mvn.Total(mvn.elementwise(sympy.sin, x + eps)),
    ],
    ids=str,
)
def test_mean_of_what_has_no_known_integral_is_refused(integrand):
    node = expectation_of(integrand, eps)
    with pytest.raises(UnsupportedExpressionError, match=r"not a polynomial|not quadratic|of an exponential"):
        BallReader().read(node, scene_for([node], Balls(), 2))


def test_mean_and_covariance_of_a_law_are_enclosed():
    for size in (1, 2, 3):
        scene = scene_for([p.sample], Balls(), size)
        mean, covariance = BallReader().moments(p, scene)
        factor = scene.values[L]
        for row in range(size):
            assert abs(mean[row][0] - scene.values[mu][row][0]) < arb(10) ** -200
            for column in range(size):
                exact = sum((factor[row][m] * factor[column][m] for m in range(size)), arb(0))
                assert abs(covariance[row][column] - exact) < arb(10) ** -200
