"""Second derivatives of the catalogue against torch's: of its own divergence, of losses of a sample, of means by
quadrature. No formula stands here."""

import itertools

import numpy as np
import pytest
import torch
from flint import arb
from torch.distributions import MultivariateNormal, kl_divergence

import mvn_symbolic as mvn
from mvn_symbolic.catalogue.registry import build
from mvn_symbolic.meaning.ball_reader import BallReader
from mvn_symbolic.meaning.numbers import Balls
from mvn_symbolic.meaning.scene import Scene
from mvn_symbolic.notation.operators import FunctionGradient, FunctionHessian, Hessian
from mvn_symbolic.notation.symbols import Tangent

ARGUMENTS = ("loc", "scale")
J = mvn.ScalarFunction("J")


def balls(array):
    return [[arb(float(entry)) for entry in np.atleast_1d(row)] for row in np.asarray(array, float)]


def value(expr, arrays, size, functions=None):
    """An expression at arrays, by the definitions of its nodes."""
    scene = Scene(Balls(), {mvn.k: size}, {s: balls(a) for s, a in arrays.items()}, functions or {})
    found = BallReader().read(expr, scene)
    return np.array([[float(entry) for entry in row] for row in found]) if isinstance(found, list) else float(found)


def triangle(size):
    """The cells of the lower triangle, column by column."""
    return [(i, j) for j in range(size) for i in range(j, size)]


def filled(entries, size, symmetric):
    rows, columns = torch.tensor(triangle(size)).T
    matrix = torch.zeros(size, size, dtype=torch.float64).index_put((rows, columns), entries)
    return matrix + torch.tril(matrix, -1).T if symmetric else matrix


def divergence(theta, size, by):
    """torch's own KL of two normals, by means and the free entries of covariances or factors, one vector for all."""
    half = size * (size + 1) // 2
    m, s, w, v = torch.split(theta, [size, half, size, half])
    s, v = (filled(entries, size, by == "covariance_matrix") for entries in (s, v))
    p, q = (MultivariateNormal(mean, **{by: scale}, validate_args=False) for mean, scale in ((m, s), (w, v)))
    return kl_divergence(p, q)


def free(matrix):
    rows, columns = np.array(triangle(len(matrix))).T
    return matrix[rows, columns]


@pytest.fixture
def point(rng):
    """Means, and factors of condition number below 50, for two laws."""

    def draw(size, by):
        arrays = {}
        for prefix in ("p", "q"):
            arrays[mvn.symbol("loc", prefix)] = rng.uniform(-1, 1, size)
            factor = np.tril(rng.uniform(-0.5, 0.5, (size, size)), -1) + np.diag(rng.uniform(0.5, 2.0, size))
            scale = factor if by == "scale_tril" else factor @ factor.T
            arrays[mvn.symbol(by, prefix)] = scale
        return arrays

    return draw


def flat(arrays):
    return torch.tensor(np.concatenate([a if a.ndim == 1 else free(a) for a in arrays.values()]))


@pytest.mark.parametrize(
    ("name", "by"), [("kl_hessian", "covariance_matrix"), ("kl_hessian_factor", "scale_tril")], ids=["S", "L"]
)
@pytest.mark.parametrize("size", [1, 2, 3])
def test_blocks_of_the_divergence_are_those_of_torch(name, by, size, point):
    """Two solves and two derivatives of numbers of order 1: condition numbers to the fourth leave 1e-8."""
    arrays = point(size, by)
    whole = torch.autograd.functional.hessian(lambda t: divergence(t, size, by), flat(arrays)).numpy()
    ends = np.cumsum([0] + [a.size if a.ndim == 1 else len(triangle(size)) for a in arrays.values()])
    place = {symbol: slice(ends[i], ends[i + 1]) for i, symbol in enumerate(arrays)}
    compared = set()
    for left, right in build(name).results.values():
        if isinstance(left, Hessian):
            _, rows, columns = left.args
            expected = whole[place[rows], place[columns]]
            np.testing.assert_allclose(value(right, arrays, size), expected, rtol=1e-8, atol=1e-8 * abs(whole).max())
            compared.add((rows, columns))
    assert compared == set(itertools.combinations_with_replacement(arrays, 2))


@pytest.mark.parametrize("size", [1, 2, 3])
def test_metric_is_the_hessian_of_the_divergence_at_equality(size, point, rng):
    """Of torch's divergence, by either law; the Fisher information from its definition is the same number."""
    arrays = point(size, "covariance_matrix")
    mu, sigma = mvn.symbol("loc", "p"), mvn.symbol("covariance_matrix", "p")
    moving = {mvn.symbol("loc", "q"): mu, mvn.symbol("covariance_matrix", "q"): sigma}
    same = {mu: arrays[mu], sigma: arrays[sigma]}
    theta = torch.cat([flat(same), flat(same)])
    whole = torch.autograd.functional.hessian(lambda t: divergence(t, size, "covariance_matrix"), theta).numpy()
    direction = rng.uniform(-1, 1, (size, size))
    moves = {Tangent(mu): rng.uniform(-1, 1, size), Tangent(sigma): direction + direction.T}
    along, half = flat(moves).numpy(), len(theta) // 2
    of_q = {Tangent(s): moves[Tangent(other)] for s, other in moving.items()}
    got = value(build("kl_hessian").results["metric"].right, {**same, **of_q}, size)
    for block in (whole[:half, :half], whole[half:, half:], -whole[:half, half:]):
        assert got == pytest.approx(along @ block @ along, rel=1e-9)
    alone = {mvn.symbol("loc"): mu, mvn.symbol("covariance_matrix"): sigma}
    renamed = {s: same[other] for s, other in alone.items()} | {
        Tangent(s): moves[Tangent(other)] for s, other in alone.items()
    }
    assert value(build("fisher_information").results["metric"].right, renamed, size) == pytest.approx(got, rel=1e-12)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_metric_by_the_factor_is_that_of_torch(size, point, rng):
    arrays = point(size, "scale_tril")
    p = {s: a for s, a in arrays.items() if s.name.endswith("p")}
    theta = torch.cat([flat(p), flat(p)])
    whole = torch.autograd.functional.hessian(lambda t: divergence(t, size, "scale_tril"), theta).numpy()
    moves = [rng.uniform(-1, 1, size), np.tril(rng.uniform(-1, 1, (size, size)))]
    along, half = np.concatenate([moves[0], free(moves[1])]), len(theta) // 2
    names = [mvn.symbol("loc"), mvn.symbol("scale_tril")]
    at = dict(zip(names, p.values(), strict=True)) | dict(zip(map(Tangent, names), moves, strict=True))
    got = value(build("fisher_information").results["metric_factor"].right, at, size)
    assert got == pytest.approx(along @ whole[half:, half:] @ along, rel=1e-9)


def loss(z):
    """Smooth, no polynomial, and coupled."""
    weights = torch.arange(1.0, len(z) + 1, dtype=torch.float64)
    return (weights * torch.sin(z)).sum() + torch.exp(-0.5 * (z * z).sum()) * z.sum()


def with_loss(expr, arrays, size):
    """An expression with the loss for J: its gradient and Hessian at the sample are torch's."""
    nodes = {}
    for node in expr.atoms(FunctionGradient, FunctionHessian):
        z = torch.tensor(value(node.args[1], arrays, size)[:, 0])
        derivative = torch.autograd.functional.jacobian if isinstance(node, FunctionGradient) else None
        nodes[node] = (derivative or torch.autograd.functional.hessian)(loss, z).numpy()
    return value(expr, {**arrays, **nodes}, size)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_curvature_reaches_mean_and_factor_as_torch_says(size, rng):
    mu, factor, eps = (mvn.symbol(name) for name in ("loc", "scale_tril", "eps"))
    scale = np.tril(rng.uniform(-0.5, 0.5, (size, size)), -1) + np.diag(rng.uniform(0.5, 2.0, size))
    arrays = {mu: rng.uniform(-1, 1, size), factor: scale, eps: rng.normal(size=size)}
    noise = torch.tensor(arrays[eps])

    def through(theta):
        return loss(theta[:size] + filled(theta[size:], size, symmetric=False) @ noise)

    whole = torch.autograd.functional.hessian(through, flat({mu: arrays[mu], factor: scale})).numpy()
    results = build("second_order").results
    for name, rows, columns in (
        ("hessian_loc_loc", slice(size), slice(size)),
        ("hessian_loc_scale_tril", slice(size), slice(size, None)),
        ("hessian_scale_tril_scale_tril", slice(size, None), slice(size, None)),
    ):
        np.testing.assert_allclose(
            with_loss(results[name].right, arrays, size), whole[rows, columns], rtol=1e-10, atol=1e-10
        )


@pytest.mark.parametrize(
    ("argument", "scale"),
    [
        ("scale_diag", lambda raw: raw),
        ("logvar", lambda raw: torch.exp(raw / 2)),
        ("rho", torch.nn.functional.softplus),
    ],
)
def test_curvature_reaches_raw_scales_as_torch_says(argument, scale, rng):
    raw, eps, mu = mvn.symbol(argument), mvn.symbol("eps"), mvn.symbol("loc")
    arrays = {raw: rng.uniform(0.5, 1.5, 3), eps: rng.normal(size=3), mu: rng.uniform(-1, 1, 3)}
    noise, mean = torch.tensor(arrays[eps]), torch.tensor(arrays[mu])
    expected = torch.autograd.functional.hessian(lambda r: loss(mean + scale(r) * noise), torch.tensor(arrays[raw]))
    got = with_loss(build("second_order").results[f"hessian_{argument}"].right, arrays, 3)
    np.testing.assert_allclose(got, expected.numpy(), rtol=1e-10, atol=1e-10)


def test_identities_are_what_quadrature_and_torch_say(rng):
    """E of a quartic at k = 2 by five nodes a coordinate, which is exact; its gradients are torch's."""
    powers = [(a, b) for a in range(5) for b in range(5 - a)]
    coefficients = dict(zip(powers, rng.uniform(-1, 1, len(powers)), strict=True))
    nodes, weights = np.polynomial.hermite_e.hermegauss(5)
    grid = torch.tensor(list(itertools.product(nodes, repeat=2)))
    mass = torch.tensor([a * b for a, b in itertools.product(weights, repeat=2)]) / (2 * np.pi)

    def quartic(z):
        return sum(c * z[..., 0] ** a * z[..., 1] ** b for (a, b), c in coefficients.items())

    def samples(mean, covariance):
        return mean + grid @ torch.linalg.cholesky(covariance).T

    mean = torch.tensor(rng.uniform(-1, 1, 2), requires_grad=True)
    covariance = torch.tensor([[1.5, 0.4], [0.4, 0.8]], dtype=torch.float64, requires_grad=True)
    z = samples(mean, covariance)
    by_mean, by_covariance = torch.autograd.grad((mass * quartic(z)).sum(), (mean, covariance))
    arrays = {mvn.symbol("loc"): mean.detach(), mvn.symbol("covariance_matrix"): covariance.detach()}
    functions = {"J": lambda size: {p: arb(float(c)) for p, c in coefficients.items()}}
    results = build("gaussian_identities").results
    got = {name: value(equation.right, arrays, 2, functions) for name, equation in results.items()}
    weighted = (mass[:, None] * (z - mean) * quartic(z)[:, None]).sum(0)
    np.testing.assert_allclose(got["stein"][:, 0], weighted.detach().numpy(), rtol=1e-9)
    np.testing.assert_allclose(got["expected_loc"][:, 0], by_mean.numpy(), rtol=1e-9)
    symmetric = (by_covariance + by_covariance.T) / 2
    np.testing.assert_allclose(got["price"], symmetric.numpy(), rtol=1e-9)
    inside = samples(mean, covariance).detach().requires_grad_()
    (slopes,) = torch.autograd.grad(quartic(inside).sum(), inside)
    outer = torch.einsum("n,ni,nj->ij", mass, slopes, grid)
    np.testing.assert_allclose(got["link"], outer.numpy(), rtol=1e-9)


def test_natural_gradient_solves_the_metric(rng):
    """The metric between the solution and any direction is the gradient in that direction."""
    results = build("fisher_information").results
    sigma, mu = mvn.symbol("covariance_matrix"), mvn.symbol("loc")
    metric = results["metric"].right
    slope = mvn.SymmetricMatrix("G")
    root = rng.uniform(-1, 1, (3, 3))
    arrays = {sigma: root @ root.T + np.eye(3), slope: root + root.T}
    natural = value(results["natural_covariance_matrix"].right, arrays, 3).reshape(3, 3)
    direction = rng.uniform(-1, 1, (3, 3))
    direction = direction + direction.T

    def at(move):
        return value(metric, {**arrays, Tangent(sigma): move, Tangent(mu): np.zeros(3)}, 3)

    polar = (at(natural + direction) - at(natural - direction)) / 4
    assert polar == pytest.approx((arrays[slope] * direction).sum(), rel=1e-9, abs=1e-9)
