"""Lives here: samples affine in the noise where a number made of noise multiplies a vector: rank-one parts.
May not live here: samples the catalogue has."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal
from sympy.matrices.expressions import Identity

import mvn_symbolic as mvn
from mvn_symbolic.calculus.affine import affine_parts
from mvn_symbolic.meaning.judge import judge
from mvn_symbolic.notation.laws import Entropy, LogDensity

k, eps, loc, z = mvn.k, mvn.symbol("eps"), mvn.symbol("loc"), mvn.symbol("value")
u, w, d = mvn.Vector("u"), mvn.Vector("w"), mvn.symbol("scale_diag")
SPREADS = {
    "identity and rank one": (Identity(k) + u * u.T) * eps,
    "diagonal and rank one": (mvn.DiagMat(d) + u * w.T) * eps,
    "a number made of noise": eps + mvn.Inner(u, eps) * w,
    "a reflection": (Identity(k) - 2 * u * u.T) * mvn.DiagMat(d) * eps,
}


@pytest.mark.parametrize("spread", SPREADS.values(), ids=list(SPREADS))
def test_density_and_entropy_of_a_rank_one_part_are_proved(spread):
    law = mvn.Law("q", loc + spread)
    density = mvn.log_prob(law)
    assert not density.has(eps)
    assert judge(LogDensity(law, z), density).status == "proved"
    assert judge(Entropy(law), mvn.entropy(law)).status == "proved"


def test_code_of_a_rank_one_part_gives_the_numbers_of_scipy():
    direction, mean, point = np.array([0.6, -0.3]), np.array([0.3, -0.7]), np.array([-0.4, 1.3])
    law = mvn.Law("q", loc + SPREADS["identity and rank one"])
    factor = np.eye(2) + np.outer(direction, direction)
    normal = multivariate_normal(mean, factor @ factor.T)
    density = mvn.generate("f", mvn.log_prob(law), [loc, u, z]).load().f(mean, direction, point)
    assert density == pytest.approx(normal.logpdf(point), rel=1e-12)
    entropy = mvn.generate("h", mvn.entropy(law), [u]).load().h(direction)
    assert entropy == pytest.approx(normal.entropy(), rel=1e-12)


def test_what_stands_still_holds_no_noise():
    _, still = affine_parts(loc + mvn.Inner(u, eps) * w, eps)
    assert still == loc
