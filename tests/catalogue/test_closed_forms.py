"""Closed forms for anybody's laws, each judged against its definition: the question itself, in numbers and entries."""

import pytest
from sympy import exp

import mvn_symbolic as mvn
from mvn_symbolic.errors import ArgumentError, DerivationError, MVNSymbolicError, UnsupportedExpressionError
from mvn_symbolic.meaning import judge

mu, L, eps, xi = mvn.symbol("loc"), mvn.symbol("scale_tril"), mvn.symbol("eps"), mvn.Noise("xi")
sigma, lam, z = mvn.symbol("scale_diag"), mvn.symbol("logvar"), mvn.symbol("value")
s, t = mvn.positive_scalar("s"), mvn.scalar("t")
B, M = mvn.GeneralMatrix("B"), mvn.LowerTriangular("M")
m, w = mvn.Vector("m"), mvn.Vector("w")

#: ways to make a Gaussian sample
SAMPLES = {
    "noise": eps,
    "minus the noise": -eps,
    "moved": mu + eps,
    "scaled": s * eps,
    "factor": mu + L * eps,
    "twice": mu + 2 * L * eps,
    "upper factor": mu + L.T * eps,
    "product of factors": mu + M * L * eps,
    "general factor": mu + B * eps,
    "symmetric factor": mu + mvn.SymmetricMatrix("C") * eps,
    "precision factor": mu + L.T.inv() * eps,
    "diagonal matrix": mu + mvn.DiagMat(sigma) * eps,
    "coordinate by coordinate": mvn.elementwise(lambda a, b, e: a + b * e, mu, sigma, eps),
    "log-variance": mu + mvn.elementwise(lambda v, e: exp(v / 2) * e, lam, eps),
    "diagonal times factor": mu + mvn.DiagMat(sigma) * L * eps,
    "a sum": mu + L * eps + s * eps,
    "moved twice": mu + L * (eps + m),
}
LAWS = {name: mvn.Law("q", sample) for name, sample in SAMPLES.items()}
laws = pytest.mark.parametrize("law", LAWS.values(), ids=list(LAWS))
OTHER = mvn.Law("r", w + M * xi)


def proved(question, form):
    return judge(question, form, sizes=(1, 2, 3), proof_sizes=(1,)).status


@laws
def test_log_density_is_that_of_the_definition(law):
    form = mvn.log_prob(law)
    assert not form.has(eps)
    assert proved(mvn.LogDensity(law, z), form) == "proved"


@laws
def test_entropy_is_that_of_the_definition(law):
    form = mvn.entropy(law)
    assert not form.has(eps)
    assert proved(mvn.Entropy(law), form) == "proved"


@laws
def test_divergence_is_that_of_the_definition_in_both_directions(law):
    there, back = mvn.kl_divergence(law, OTHER), mvn.kl_divergence(OTHER, law)
    assert not there.has(eps, xi)
    assert proved(mvn.KL(law, OTHER), there) == "proved"
    assert proved(mvn.KL(OTHER, law), back) == "proved"


@laws
def test_divergence_from_itself_is_zero(law):
    again = mvn.Law("r", law.sample.xreplace({eps: xi}))
    for other in (law, again):
        assert mvn.kl_divergence(law, other) == 0
    assert judge(mvn.KL(law, again), 0 * s, sizes=(1, 2), proof_sizes=(1,)).status == "proved"


def test_divergence_from_the_same_law_made_otherwise_is_zero():
    there = mvn.kl_divergence(LAWS["factor"], mvn.Law("r", mu - L * eps))
    assert mvn.equal(there, 0 * s) == "yes"


def test_divergence_from_the_other_law_is_not_zero():
    assert mvn.equal(mvn.kl_divergence(LAWS["factor"], OTHER), 0 * s) == "no"


def test_name_of_a_law_does_not_matter():
    one, other = mvn.Law("q", mu + L * eps), mvn.Law("anything", mu + L * eps)
    assert mvn.log_prob(one) == mvn.log_prob(other)
    assert mvn.entropy(mvn.Law("x", eps)) == mvn.entropy(mvn.Law("y", eps))


def test_names_of_the_intermediates_are_chosen():
    form = mvn.kl_divergence(LAWS["factor"], OTHER, names=("F", "d"))
    assert {let.name for let in form.atoms(mvn.Let)} == {"F", "d"}


@pytest.mark.parametrize(
    "sample",
    [
        mu + mvn.elementwise(lambda e: e**2, eps),
        mu + mvn.elementwise(exp, eps),
        mvn.Inner(eps, eps) * mu,
        mu + mvn.Inner(m, eps) * eps,
        L * mvn.elementwise(lambda e: 1 / e, eps),
    ],
    ids=["square", "log-normal", "radius", "product", "reciprocal"],
)
@pytest.mark.parametrize(
    "form",
    [mvn.log_prob, mvn.entropy, lambda q: mvn.kl_divergence(q, OTHER), lambda q: mvn.kl_divergence(OTHER, q)],
    ids=["log_prob", "entropy", "from", "to"],
)
def test_law_that_is_not_affine_in_the_noise_is_refused(form, sample):
    with pytest.raises(UnsupportedExpressionError):
        form(mvn.Law("q", sample))


@pytest.mark.parametrize(
    "sample", [mu + m * mvn.Inner(w, eps) / 2, mu + m * w.T * eps], ids=["scalar", "outer product"]
)
def test_law_on_a_line_has_no_density_and_none_is_returned_as_proved(sample):
    """The factor m w' has rank one: the formula would need the inverse of a singular matrix."""
    law = mvn.Law("q", sample)
    try:
        form = mvn.log_prob(law)
    except MVNSymbolicError:
        return
    assert judge(mvn.LogDensity(law, z), form, sizes=(1, 2), proof_sizes=(1, 2)).status != "proved"


def test_laws_of_other_dimensions_do_not_mix():
    five = mvn.Vector("m", 5)
    with pytest.raises((ArgumentError, DerivationError, ValueError)):
        mvn.kl_divergence(mvn.Law("p", five + mvn.Noise("e", 5)), OTHER)


@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (lambda: mvn.log_prob(mu), "law"),
        (lambda: mvn.entropy("q"), "law"),
        (lambda: mvn.kl_divergence(mu, OTHER), "p"),
        (lambda: mvn.kl_divergence(OTHER, None), "q"),
    ],
)
def test_what_is_no_law_is_refused_by_the_name_of_the_argument(call, argument):
    with pytest.raises(ArgumentError, match=f"`{argument}` must be Law"):
        call()
