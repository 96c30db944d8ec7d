"""Every value and gradient of the catalogue against torch.distributions and autograd, under four premises.

The reference knows the premise only: the mean and the factor of the sample. Another premise, another reference, and all
of the catalogue has to follow.
"""

import math

import numpy as np
import pytest
import torch
from sympy import Symbol

import mvn_symbolic as mvn
from mvn_symbolic.catalogue.parameterizations import FACTORED
from mvn_symbolic.catalogue.registry import build
from mvn_symbolic.notation.laws import ScalarExpectation
from mvn_symbolic.notation.operators import ScalarFunction

SIZES = (1, 3)


def from_packed(raw):
    """The factor of its logarithmic diagonal, and the strict lower triangle column by column."""
    k = (math.isqrt(8 * len(raw) + 1) - 1) // 2
    below = torch.zeros(k, k, dtype=raw.dtype)
    places = [(i, j) for j in range(k) for i in range(j + 1, k)]
    below[[i for i, _ in places], [j for _, j in places]] = raw[k:]
    return torch.diag_embed(raw[:k].exp()) + below


FACTORS = {
    "scale_tril": torch.tril,
    "scale_diag": torch.diag_embed,
    "logvar": lambda logvar: torch.diag_embed((logvar / 2).exp()),
    "rho": lambda rho: torch.diag_embed(torch.nn.functional.softplus(rho)),
    "raw_tril": from_packed,
    "covariance_matrix": torch.linalg.cholesky,
    "precision_matrix": lambda matrix: torch.linalg.inv(torch.linalg.cholesky(matrix)).mT,
}
SYMMETRIC = ("covariance_matrix", "precision_matrix")
J = ScalarFunction("J")


def loss(point):
    """A loss of the sample: smooth, not polynomial, different in every coordinate."""
    return (torch.arange(1.0, len(point) + 1, dtype=torch.float64) * torch.sin(point)).sum() + 0.5 * point.sum() ** 2


def divergence(world, *arguments, scale):
    p, q = (world.normal(arguments[i], FACTORS[scale](arguments[i + 1])) for i in (0, 2))
    return torch.distributions.kl_divergence(p, q)


def from_standard(world, loc, factor, scale):
    standard = torch.distributions.MultivariateNormal(torch.zeros_like(loc), torch.eye(len(loc), dtype=loc.dtype))
    return torch.distributions.kl_divergence(world.normal(loc, FACTORS[scale](factor)), standard)


def density(world, loc, factor, value, scale):
    return world.normal(loc, FACTORS[scale](factor)).log_prob(value)


def entropy(world, factor, scale):
    matrix = FACTORS[scale](factor)
    return world.normal(torch.zeros(len(matrix), dtype=matrix.dtype), matrix).entropy()


#: (quantity, its arguments where the factor's is "scale", its reference)
QUANTITIES = [
    ("kl_divergence", ["p_loc", "p_scale", "q_loc", "q_scale"], divergence),
    ("kl_standard_normal", ["loc", "scale"], from_standard),
    ("log_prob", ["loc", "scale", "value"], density),
    ("entropy", ["scale"], entropy),
]
#: (page, chain of the value, prefix of its gradients, arguments, reference): for every parameterization
VALUES = [
    (
        to.page(name),
        to.chain(name),
        f"grad_{to.gradients(name)}",
        [one.replace("scale", to.arguments[1]) for one in of],
        by,
    )
    for to in FACTORED
    for name, of, by in QUANTITIES
]


def gradients(value, tensors, lower=True):
    """By autograd; of a factor, the free entries only. Of a covariance torch's own backward is symmetric."""
    found = torch.autograd.grad(value, tensors, allow_unused=True)
    found = [torch.zeros_like(t) if g is None else g for g, t in zip(found, tensors, strict=True)]
    return [torch.tril(g) if g.ndim == 2 and lower else g for g in found]


@pytest.mark.parametrize(("page", "chain", "prefix", "arguments", "reference"), VALUES, ids=[row[1] for row in VALUES])
def test_value_and_gradients_are_those_of_torch(page, chain, prefix, arguments, reference, world, numbers, agree):
    results = build(page, world.setting).results
    scale = next(bare for a in arguments if (bare := a.removeprefix("p_").removeprefix("q_")) in FACTORS)
    for k in SIZES:
        at = numbers(k)
        tensors = [at.tensor(argument) for argument in arguments]
        expected = reference(world, *tensors, scale=scale)
        for name in (chain, f"{chain}_stable"):
            if name in results:  # not every value has a form that is safer than its first
                agree(at.value(results[name].right), expected)
        for argument, slope in zip(arguments, gradients(expected, tensors, scale not in SYMMETRIC), strict=True):
            agree(at.value(results[f"{prefix}{argument}"].right), slope)


@pytest.mark.parametrize("page", sorted({row[0] for row in VALUES}))
def test_every_gradient_of_a_value_is_compared(page):
    """A gradient chain that the table above does not reach would be shown but never checked here."""
    there = {label for label in build(page).results if label.startswith("grad_") and "estimator" not in label}
    rows = [(prefix, arguments) for where, _, prefix, arguments, _ in VALUES if where == page]
    assert there == {f"{prefix}{argument}" for prefix, arguments in rows for argument in arguments}


def test_mean_and_covariance_of_the_sample(world, numbers, agree):
    results = build("reparameterization", world.setting).results
    for k in SIZES:
        at = numbers(k)
        law = world.normal(at.tensor("loc"), at.tensor("scale_tril"))
        agree(at.value(results["mean"].right), law.mean)
        agree(at.value(results["covariance"].right), law.covariance_matrix)


def test_forms_of_the_sample_are_the_sample(world, numbers, agree):
    results = build("reparameterization", world.setting).results
    for k in SIZES:
        at = numbers(k)
        loc, eps = at.tensor("loc"), at.tensor("eps")
        expected = world.sample(loc, at.tensor("scale_tril"), eps)
        agree(at.value(results["written_out"].right), expected)
        agree(at.value(results["sample_diag"].right), world.sample(loc, torch.diag(at.tensor("scale_diag")), eps))
        component = results["component"].right
        for place in range(k):
            entry = component.subs({Symbol("i", integer=True): place + 1, mvn.k: k}).doit()
            agree(indexed(entry, at), expected[place])


def indexed(entry, at):
    """A sum of products of entries counted from 1, in floats."""
    names = {"mu": "loc", "L": "scale_tril", "eps": "eps"}

    def number(node):
        return float(at.array(names[str(node.base.label)])[tuple(int(i) - 1 for i in node.indices)])

    return float(entry.replace(lambda node: node.is_Indexed, number))


def test_number_of_free_parameters_is_counted():
    results = build("reparameterization").results
    for k in (1, 2, 5):
        assert results["parameters_L"].right.subs(mvn.k, k) == len(np.tril_indices(k)[0])
        assert results["parameters_sigma"].right.subs(mvn.k, k) == k


@pytest.mark.parametrize("k", SIZES)
def test_jacobians_of_the_sample_are_those_of_autograd(k, world, numbers, agree):
    results = build("jacobians", world.setting).results
    jacobian = torch.autograd.functional.jacobian
    at = numbers(k)
    loc, factor, eps = at.tensor("loc"), at.tensor("scale_tril"), at.tensor("eps")
    agree(at.value(results["loc"].right), jacobian(lambda m: world.sample(m, factor, eps), loc))
    agree(at.value(results["eps"].right), jacobian(lambda e: world.sample(loc, factor, e), eps))
    agree(at.value(results["log_volume"].right), torch.linalg.slogdet(world.factor(factor)).logabsdet)
    for name in ("scale_diag", "logvar"):

        def sample(scale, name=name):
            return world.sample(loc, FACTORS[name](scale), eps)

        agree(at.value(results[name].right), jacobian(sample, at.tensor(name)))


@pytest.mark.parametrize("k", [1, 3])
def test_jacobian_by_the_factor_is_that_of_autograd_entry_by_entry(k, world, numbers, agree):
    result = build("jacobians", world.setting).results["scale_tril"].right
    i, a, b = (Symbol(name, integer=True) for name in "iab")
    at = numbers(k)
    loc, eps = at.tensor("loc"), at.tensor("eps")
    expected = torch.autograd.functional.jacobian(
        lambda factor: world.sample(loc, torch.tril(factor), eps), at.tensor("scale_tril")
    )
    for place, row, column in np.ndindex(k, k, k):
        if row >= column:
            entry = result.subs({i: place + 1, a: row + 1, b: column + 1, mvn.k: k}).doit()
            agree(indexed(entry, at), expected[place, row, column])


def test_pathwise_gradient_is_that_of_backward(world, numbers, agree):
    results = build("pathwise_gradient", world.setting).results
    for k in SIZES:
        at = numbers(k)
        eps = at.tensor("eps")
        for scale, factor in FACTORS.items():
            loc, parameter = at.tensor("loc"), at.tensor(scale)
            value = loss(world.sample(loc, factor(parameter), eps))
            by_loc, by_scale = gradients(value, [loc, parameter], scale not in SYMMETRIC)
            if scale == "scale_tril":
                agree(at.value(results["grad_loc"].right, loss), by_loc)
            agree(at.value(results[f"grad_{scale}"].right, loss), by_scale)


def test_gradient_of_the_mean_loss_is_the_mean_of_the_gradient(world):
    """Bonnet's theorem and its form for the factor, as statements."""
    results = build("pathwise_gradient", world.setting).results
    for name in ("loc", "scale_tril"):
        left, right = results[f"expected_{name}"]
        assert left.args[0] == mvn.expectation_of(J(mvn.Let("z", world.setting.draw())), mvn.symbol("eps"))
        assert right.args == (results[f"grad_{name}"].right, mvn.symbol("eps"))


def test_gradient_flows_on_into_an_affine_encoder(world, numbers, agree):
    results = build("pathwise_gradient", world.setting).results
    labels = [label for label in results if label.startswith("grad_encoder_")]
    assert len(labels) == 4
    k, n = 3, 2
    at = numbers(k)
    arrays = {
        name: at.rng.uniform(-0.5, 0.5, shape)
        for name, shape in {"W": (k, n), "V": (k, n), "b": k, "c": k, "x": n}.items()
    }
    tensors = {name: torch.tensor(array, requires_grad=True) for name, array in arrays.items()}
    mean = tensors["W"] @ tensors["x"] + tensors["b"]
    spread = torch.exp(tensors["V"] @ tensors["x"] + tensors["c"])
    value = loss(world.sample(mean, torch.diag(spread), at.tensor("eps")))
    at.arrays.update({"cov_factor": arrays["W"], **arrays})
    for label in labels:
        symbol = results[label].left.args[1]
        (expected,) = torch.autograd.grad(value, tensors[symbol.name], retain_graph=True)
        agree(at.value(results[label].right, loss), expected)


@pytest.mark.parametrize("to", FACTORED, ids=lambda to: to.name)
def test_one_sample_bound_and_its_gradients_are_those_of_torch(to, world, numbers, agree):
    results = build(to.page("elbo"), world.setting).results
    scale, prefix = to.arguments[1], f"grad_{to.gradients('estimator')}"
    for k in SIZES:
        at = numbers(k)
        loc, parameter, eps = at.tensor("loc"), at.tensor(scale), at.tensor("eps")
        draw = world.sample(loc, FACTORS[scale](parameter), eps)
        expected = loss(draw) - from_standard(world, loc, parameter, scale)
        estimate, noise = results[to.chain("estimator")].left.args
        assert noise == mvn.symbol("eps")
        agree(at.value(estimate, loss), expected)
        by_loc, by_scale = gradients(expected, [loc, parameter], scale not in SYMMETRIC)
        agree(at.value(results[f"{prefix}loc"].right, loss), by_loc)
        agree(at.value(results[f"{prefix}{scale}"].right, loss), by_scale)


def test_bound_is_the_mean_loss_minus_the_divergence(world, numbers, agree):
    right = build("elbo", world.setting).results["elbo"].right
    (mean,) = right.atoms(ScalarExpectation)
    assert mean.args == (J(world.setting.draw()), mvn.symbol("eps"))
    for k in SIZES:
        at = numbers(k)
        expected = -from_standard(world, at.tensor("loc"), at.tensor("scale_tril"), "scale_tril")
        agree(at.value(right - mean), expected)
