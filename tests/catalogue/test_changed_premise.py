"""Another premise, another catalogue: every result follows, its steps are judged anew, code is generated from it."""

import types

import numpy as np
import pytest
import torch
from sympy import Rational

import mvn_symbolic as mvn
from mvn_symbolic.catalogue.functions import functions
from mvn_symbolic.catalogue.registry import build
from mvn_symbolic.codegen import generate
from mvn_symbolic.errors import MVNSymbolicError

TWICE = mvn.Setting(lambda mu, L, eps: mu + 2 * L * eps)
MINUS = mvn.Setting(lambda mu, L, eps: mu - L * eps)
mu, L, eps = mvn.symbol("loc"), mvn.symbol("scale_tril"), mvn.symbol("eps")
J = mvn.ScalarFunction("J")


# The numbers of all derivations are compared under every premise elsewhere; judging all steps again would take long.
@pytest.mark.parametrize("name", ["reparameterization", "jacobians", "entropy"])
def test_every_step_from_another_premise_is_proved(name):
    assert {step.verdict.status for step in mvn.derive(name, setting=TWICE).steps} == {"proved"}


@pytest.mark.parametrize("name", ["entropy"])
def test_every_step_from_the_opposite_premise_is_proved(name):
    assert {step.verdict.status for step in mvn.derive(name, setting=MINUS).steps} == {"proved"}


def test_twice_the_noise_has_the_same_mean_and_four_times_the_covariance():
    here, there = (mvn.derive("reparameterization", setting=setting).results for setting in (mvn.Setting(), TWICE))
    assert there["mean"].right == here["mean"].right == mu
    assert mvn.equal(mvn.unfold(there["covariance"].right), 4 * mvn.unfold(here["covariance"].right)) == "yes"
    assert mvn.equal(mvn.unfold(there["covariance"].right), 4 * L * L.T) == "yes"


def test_minus_the_noise_has_the_same_law():
    here, there = (mvn.derive("reparameterization", setting=setting).results for setting in (mvn.Setting(), MINUS))
    assert there["mean"].right == here["mean"].right
    assert mvn.equal(there["covariance"].right, here["covariance"].right) == "yes"
    for name in ("log_prob", "entropy", "kl_divergence", "kl_standard_normal"):
        one, other = (build(name, setting).result.right for setting in (mvn.Setting(), MINUS))
        assert mvn.equal(one, other) == "yes", name


@pytest.mark.parametrize(("setting", "factor"), [(TWICE, 2), (MINUS, -1)], ids=["twice", "minus"])
def test_jacobians_scale_with_the_premise(setting, factor):
    here, there = (build("jacobians", one).results for one in (mvn.Setting(), setting))
    for name in ("eps", "scale_diag", "logvar", "scale_tril", "scale_tril_vec"):
        assert (
            mvn.normalize(there[name].right - factor * here[name].right) in {0, 0 * L, 0 * eps}
            or mvn.equal(there[name].right, factor * here[name].right) == "yes"
        ), name
    assert there["loc"].right == here["loc"].right


@pytest.mark.parametrize(("setting", "factor"), [(TWICE, 2), (MINUS, -1)], ids=["twice", "minus"])
def test_pathwise_gradient_scales_with_the_premise(setting, factor):
    results = build("pathwise_gradient", setting).results
    z = mvn.Let("z", mu + factor * L * eps)
    assert results["grad_loc"].right == J.gradient(z)
    assert mvn.equal(results["grad_scale_tril"].right, factor * mvn.Tril(J.gradient(z) * eps.T)) == "yes"


@pytest.mark.parametrize("name", ["log_prob", "entropy", "kl_divergence", "kl_standard_normal"])
def test_values_are_those_of_twice_the_factor(name):
    """The closed form from 2 L eps is the closed form from L eps at 2 L, as one identity for every k."""
    here, there = (build(name, setting).result.right for setting in (mvn.Setting(), TWICE))
    doubled = {symbol: 2 * symbol for symbol in (mvn.symbol("scale_tril", prefix) for prefix in ("", "p", "q"))}
    assert mvn.equal(mvn.unfold(there), mvn.unfold(here).xreplace(doubled)) == "yes"
    assert mvn.equal(there, here) == "no"


def test_premise_shows_on_the_page():
    plain, twice = (build("reparameterization", setting) for setting in (mvn.Setting(), TWICE))
    assert twice.premise[1].equation.right == mu + 2 * L * eps
    assert twice.markdown() != plain.markdown()
    assert r"\mu + 2L\varepsilon" in twice.latex()
    assert r"4\Sigma" in twice.latex()


def test_premises_do_not_leak_into_one_another():
    before = [step.after for step in build("entropy", mvn.Setting()).steps]
    build("entropy", TWICE)
    assert [step.after for step in build("entropy", mvn.Setting()).steps] == before
    assert [step.after for step in build("entropy").steps] == before


@pytest.mark.parametrize(
    "sample",
    [
        lambda mu, L, eps: mu + L * mvn.elementwise(lambda e: e**2, eps),
        lambda mu, L, eps: mu + mvn.elementwise(lambda e: e**3, eps) + 0 * L * eps,
        lambda mu, L, eps: mu + mvn.Inner(eps, eps) * L * eps,
    ],
    ids=["square", "cube", "radius"],
)
@pytest.mark.parametrize("name", ["log_prob", "entropy", "kl_divergence"])
def test_premise_that_is_not_affine_is_refused(name, sample):
    """No Gaussian comes of it, and no formula for Gaussians may be returned."""
    with pytest.raises(MVNSymbolicError):
        mvn.derive(name, setting=mvn.Setting(sample))


@pytest.mark.parametrize("sample", [lambda mu, L, eps: mu + L, lambda mu, L, eps: mu], ids=["no noise", "constant"])
def test_premise_without_noise_is_refused(sample):
    with pytest.raises((MVNSymbolicError, TypeError)):
        mvn.derive("log_prob", setting=mvn.Setting(sample))


def loaded(source):
    module = types.ModuleType("generated_from_another_premise")
    exec(compile(source, "<generated>", "exec"), module.__dict__)
    return module


def law(parameterization, loc, scale, factor):
    matrix = {"tril": torch.tril, "diag": torch.diag_embed, "logvar": lambda v: torch.diag_embed((v / 2).exp())}
    scaled = factor * matrix[parameterization](scale)
    return torch.distributions.MultivariateNormal(
        loc, covariance_matrix=scaled @ scaled.mT, validate_args=False
    ), scaled


@pytest.mark.parametrize(("setting", "factor"), [(TWICE, 2.0), (MINUS, -1.0)], ids=["twice", "minus"])
@pytest.mark.parametrize("parameterization", ["tril", "diag", "logvar"])
@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_generated_code_follows_the_premise(backend, parameterization, setting, factor, numbers, agree):
    files = generate([parameterization], [backend], setting=setting)
    module = loaded(files[f"generated/{backend}/{parameterization}.py"])
    at = numbers(3)
    scale = {"tril": "scale_tril", "diag": "scale_diag", "logvar": "logvar"}[parameterization]
    loc, parameter, q_loc, q_parameter = (at.tensor(name) for name in ("p_loc", f"p_{scale}", "q_loc", f"q_{scale}"))
    value, eps = at.tensor("value"), at.tensor("eps")
    p, scaled = law(parameterization, loc, parameter, factor)
    q, _ = law(parameterization, q_loc, q_parameter, factor)
    standard = torch.distributions.MultivariateNormal(torch.zeros(3, dtype=torch.float64), torch.eye(3).double())

    def native(*tensors):
        plain = [tensor.detach() for tensor in tensors]
        return plain if backend == "torch" else [tensor.numpy() for tensor in plain]

    agree(module.rsample(*native(loc, parameter, eps)), loc + scaled @ eps)
    agree(module.log_prob(*native(loc, parameter, value)), p.log_prob(value))
    agree(module.entropy(*native(loc, parameter)), p.entropy())
    divergence = torch.distributions.kl_divergence(p, q)
    agree(module.kl_divergence(*native(loc, parameter, q_loc, q_parameter)), divergence)
    agree(module.kl_standard_normal(*native(loc, parameter)), torch.distributions.kl_divergence(p, standard))
    expected = torch.autograd.grad(divergence, [loc, parameter, q_loc, q_parameter])
    for got, slope in zip(
        module.grad_kl_divergence(*native(loc, parameter, q_loc, q_parameter)), expected, strict=True
    ):
        agree(got, torch.tril(slope) if slope.ndim == 2 else slope)


def test_functions_of_another_premise_are_other_functions():
    plain, twice = ({one.name: one.value for one in functions("tril", setting)} for setting in (mvn.Setting(), TWICE))
    assert set(plain) == set(twice)
    assert all(plain[name] != twice[name] for name in plain)


def test_expected_gradient_of_a_quadratic_loss_follows_the_premise():
    """E[tril(grad J(z) eps')] for J = z'Az/2 + b'z, A symmetric: tril(c^2 A L) with c the factor of the premise."""
    A, b = mvn.SymmetricMatrix("A"), mvn.Vector("b")
    for setting, factor in ((mvn.Setting(), 1), (TWICE, 2), (MINUS, -1)):
        z = setting.draw()
        value = mvn.Inner(z, A * z) * Rational(1, 2) + mvn.Inner(b, z)
        assert mvn.equal(mvn.expectation(mvn.grad(value, L), eps), factor**2 * mvn.Tril(A * L)) == "yes"
        assert mvn.equal(mvn.expectation(mvn.grad(value, mu), eps), A * mu + b) == "yes"


def test_numbers_of_a_premise_are_told_apart(world, numbers):
    """The comparison itself can fail: the reference of one premise is not that of the next."""
    at = numbers(3)
    here = world.normal(at.tensor("loc"), at.tensor("scale_tril")).covariance_matrix.detach().numpy()
    assert not np.allclose(here, at.array("scale_tril").T @ at.array("scale_tril"))
