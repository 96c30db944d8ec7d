"""Results the catalogue does not have, by the public face alone, each in under 30 lines: value, gradient, LaTeX, code.

Each is compared with a torch reference that never sees the formula, in value and, by autograd, in gradient.
"""

import ast
import inspect
import math
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from sympy import Rational, Symbol, cos, exp, log

import mvn_symbolic as mvn

mu, L, eps = mvn.symbol("loc"), mvn.symbol("scale_tril"), mvn.symbol("eps")
z = mu + L * eps
p = mvn.Law("p", mvn.symbol("loc", "p") + mvn.symbol("scale_tril", "p") * eps)
q = mvn.Law("q", mvn.symbol("loc", "q") + mvn.symbol("scale_tril", "q") * eps)
of_p_and_q = [mvn.symbol(name, prefix) for prefix in "pq" for name in ("loc", "scale_tril")]


def normal(loc, factor):
    factor = torch.tril(factor)
    return torch.distributions.MultivariateNormal(loc, covariance_matrix=factor @ factor.mT, validate_args=False)


def nodes(k, count=3):
    """Gauss-Hermite nodes for noise in k dimensions, and their weights; exact for polynomials of degree 2 count - 1."""
    node, weight = np.polynomial.hermite_e.hermegauss(count)
    grid = np.stack(np.meshgrid(*[node] * k, indexing="ij"), -1).reshape(-1, k)
    weights = np.prod(np.stack(np.meshgrid(*[weight] * k, indexing="ij"), -1).reshape(-1, k), -1)
    return torch.tensor(grid), torch.tensor(weights / weights.sum())


def averaged(function, loc, factor):
    points, weights = nodes(len(loc))
    return sum(w * function(loc + torch.tril(factor) @ point) for point, w in zip(points, weights, strict=True))


def second_moment():
    """E ||z||^2."""
    value = mvn.expectation(mvn.squared_norm(z), eps)
    return value, [mu, L], lambda loc, factor: averaged(lambda point: point @ point, loc, factor)


def symmetrised_divergence():
    """KL(p || q) + KL(q || p)."""
    value = mvn.kl_divergence(p, q) + mvn.kl_divergence(q, p, names=("B", "w"))

    def reference(p_loc, p_factor, q_loc, q_factor):
        one, other = normal(p_loc, p_factor), normal(q_loc, q_factor)
        divergence = torch.distributions.kl_divergence
        return divergence(one, other) + divergence(other, one)

    return value, of_p_and_q, reference


def divergence_from_a_ball():
    """KL(N(mu, LL') || N(0, s^2 I)), with a gradient by s."""
    s = mvn.positive_scalar("s")
    value = mvn.kl_divergence(mvn.Law("p", z), mvn.Law("r", s * eps))

    def reference(loc, factor, scale):
        ball = normal(torch.zeros_like(loc), scale * torch.eye(len(loc), dtype=loc.dtype))
        return torch.distributions.kl_divergence(normal(loc, factor), ball)

    return value, [mu, L, s], reference


def mahalanobis():
    """The squared distance of a point from the mean, in standard deviations."""
    point = mvn.symbol("value")
    value = mvn.squared_norm(L.inv() * (point - mu))

    def reference(loc, factor, point):
        factor = torch.tril(factor)
        return (point - loc) @ torch.linalg.solve(factor @ factor.mT, point - loc)

    return value, [mu, L, point], reference


def mean_of_a_quadratic_form():
    """E[z'Az + b'z] for a matrix A without structure."""
    A, b = mvn.GeneralMatrix("A"), mvn.Vector("b")
    value = mvn.expectation(mvn.Inner(z, A * z) + mvn.Inner(b, z), eps)

    def reference(loc, factor, matrix, slope):
        return averaged(lambda point: point @ matrix @ point + slope @ point, loc, factor)

    return value, [mu, L, A, b], reference


def cross_entropy():
    """-E_p log q."""
    value = mvn.kl_divergence(p, q) + mvn.entropy(p)

    def reference(p_loc, p_factor, q_loc, q_factor):
        law = normal(q_loc, q_factor)
        return -averaged(law.log_prob, p_loc, p_factor)

    return value, of_p_and_q, reference


def variance_of_a_linear_form():
    """Var[b'z]."""
    b = mvn.Vector("b")
    form = mvn.Inner(b, z)
    value = mvn.normalize(mvn.expectation(form**2, eps) - mvn.expectation(form, eps) ** 2)

    def reference(factor, slope):
        factor = torch.tril(factor)
        return slope @ factor @ factor.mT @ slope

    return value, [L, b], reference


def softplus_divergence():
    """KL(N(mu, diag softplus(rho)^2) || N(0, I))."""
    rho = mvn.symbol("rho")
    scale = mvn.DiagMat(mvn.elementwise(lambda r: log(1 + exp(r)), rho))
    value = mvn.kl_divergence(mvn.Law("p", mu + scale * eps), mvn.Law("q", eps))

    def reference(loc, rho):
        spread = torch.diag(torch.nn.functional.softplus(rho))
        standard = normal(torch.zeros_like(loc), torch.eye(len(loc), dtype=loc.dtype))
        return torch.distributions.kl_divergence(normal(loc, spread), standard)

    return value, [mu, rho], reference


RESULTS = [
    second_moment,
    symmetrised_divergence,
    divergence_from_a_ball,
    mahalanobis,
    mean_of_a_quadratic_form,
    cross_entropy,
    variance_of_a_linear_form,
]
own = pytest.mark.parametrize("make", RESULTS, ids=lambda make: make.__name__)


def arguments_for(symbols, rng, k):
    """A value for each symbol by its structure, as float64 tensors that take gradients."""
    values = []
    for symbol in symbols:
        if isinstance(symbol, Symbol):
            array = np.array(rng.uniform(0.5, 2.0))
        elif symbol.shape[1] == 1:
            array = rng.uniform(-1, 1, k)
        else:
            array = rng.uniform(-0.5, 0.5, (k, k))
            if isinstance(symbol, mvn.LowerTriangular):
                array = np.tril(array, -1) + np.diag(rng.uniform(0.5, 2.0, k))
        values.append(torch.tensor(array, requires_grad=True))
    return values


def expected_gradients(symbols, value, tensors):
    found = torch.autograd.grad(value, tensors, allow_unused=True)
    return [
        torch.tril(slope) if isinstance(symbol, mvn.LowerTriangular) else slope
        for symbol, slope in zip(symbols, found, strict=True)
    ]


@pytest.mark.parametrize("backend", ["numpy", "torch"])
@own
def test_generated_code_agrees_with_autograd_of_a_reference(make, backend, rng, agree):
    value, symbols, reference = make()
    module = mvn.generate("own", value, symbols, backend=backend).load()
    for k in (1, 3):
        tensors = arguments_for(symbols, rng, k)
        expected = reference(*tensors)
        slopes = expected_gradients(symbols, expected, tensors)
        plain = [tensor.detach() if backend == "torch" else tensor.detach().numpy() for tensor in tensors]
        agree(module.own(*plain), expected)
        for got, slope in zip(module.grad_own(*plain), slopes, strict=True):
            agree(got, slope)
        both, gradients = module.value_and_grad_own(*plain)
        agree(both, expected)
        for got, slope in zip(gradients, slopes, strict=True):
            agree(got, slope)
        weight = torch.tensor(-1.5, dtype=torch.float64) if backend == "torch" else np.array(-1.5)
        for got, slope in zip(module.vjp_own(*plain, weight), slopes, strict=True):
            agree(got, -1.5 * slope)
        along = sum((slope * tensor).sum() for slope, tensor in zip(slopes, tensors, strict=True))
        agree(module.jvp_own(*plain, *plain), along)


@own
def test_torch_code_differentiates_by_autograd_too(make, rng, agree):
    value, symbols, reference = make()
    module = mvn.generate("own", value, symbols, backend="torch").load()
    tensors = arguments_for(symbols, rng, 2)
    for got, slope in zip(
        expected_gradients(symbols, module.own(*tensors), tensors),
        expected_gradients(symbols, reference(*tensors), tensors),
        strict=True,
    ):
        agree(got, slope)


@own
def test_latex_of_a_result_and_its_gradients_is_complete(make):
    value, symbols, _ = make()
    for expr in (value, *(mvn.grad(value, symbol) for symbol in symbols)):
        text = mvn.latex(expr)
        assert text.count("{") == text.count("}")
        assert text.count(r"\left") == text.count(r"\right")
        assert not re.search(r"Inner|Elementwise|Lambda|Total|DiagPart|Let|\bx0\b", text), text


@own
def test_result_takes_under_30_lines_of_the_public_face(make):
    assert len(inspect.getsource(make).splitlines()) < 30


def test_public_face_is_all_that_is_imported():
    tree = ast.parse(Path(__file__).read_text(encoding="utf-8"))
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    modules |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert {name for name in modules if name.startswith("mvn_symbolic")} == {"mvn_symbolic"}
    used = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "mvn"
    }
    assert used - {"__all__", "no_such_name"} <= set(mvn.__all__)


def test_closed_forms_are_those_of_the_textbook():
    """Petersen & Pedersen, sections 8.1 and 8.2."""
    A, b, s = mvn.GeneralMatrix("A"), mvn.Vector("b"), mvn.positive_scalar("s")
    second, _, _ = second_moment()
    assert mvn.equal(second, mvn.squared_norm(mu) + mvn.squared_norm(L)) == "yes"
    form, _, _ = mean_of_a_quadratic_form()
    assert mvn.equal(form, mvn.Inner(A, L * L.T) + mvn.Inner(mu, A * mu) + mvn.Inner(b, mu)) == "yes"
    assert mvn.equal(mvn.grad(form, L), mvn.Tril((A + A.T) * L)) == "yes"
    ball, _, _ = divergence_from_a_ball()
    by_s = mvn.grad(ball, s)
    assert mvn.equal(by_s, mvn.k / s - (mvn.squared_norm(L) + mvn.squared_norm(mu)) / s**3) == "yes"


def test_optimal_scale_of_the_ball_makes_its_gradient_vanish(rng):
    """s^2 = (||L||^2 + ||mu||^2) / k."""
    value, symbols, _ = divergence_from_a_ball()
    module = mvn.generate("own", value, symbols).load()
    loc, factor = (tensor.detach().numpy() for tensor in arguments_for(symbols[:2], rng, 3))
    scale = math.sqrt((np.sum(factor**2) + np.sum(loc**2)) / 3)
    assert abs(module.grad_own(loc, factor, scale)[2]) < 1e-13


def test_pathwise_gradient_by_the_logarithm_of_the_diagonal():
    """dJ/dlog L_ii = g_i eps_i L_ii, for a factor with exp(ell) on its diagonal; Pinheiro & Bates 1996."""
    J, A, ell = mvn.ScalarFunction("J"), mvn.GeneralMatrix("A"), mvn.Vector("ell")
    factor = mvn.Tril(A) - mvn.DiagMat(mvn.DiagPart(A)) + mvn.DiagMat(mvn.elementwise(exp, ell))
    draw = mvn.Let("z", mu + factor * eps)
    expected = mvn.elementwise(lambda g, e, r: g * e * exp(r), J.gradient(draw), eps, ell)
    assert mvn.equal(mvn.grad(J(draw), ell), expected) == "yes"


def test_pathwise_gradient_by_softplus_is_that_of_the_scale_times_the_sigmoid():
    J, rho = mvn.ScalarFunction("J"), mvn.symbol("rho")
    draw = mvn.Let("z", mu + mvn.elementwise(lambda r, e: log(1 + exp(r)) * e, rho, eps))
    expected = mvn.elementwise(lambda g, e, r: g * e / (1 + exp(-r)), J.gradient(draw), eps, rho)
    gradient = mvn.grad(J(draw), rho)
    assert mvn.verify(gradient, expected).status != "refuted"
    half = mvn.elementwise(lambda g, e, r: g * e / (2 + exp(-r)), J.gradient(draw), eps, rho)
    assert mvn.verify(gradient, half).status == "refuted"


def test_softplus_divergence_is_that_of_torch(rng, agree):
    value, symbols, reference = softplus_divergence()
    for k in (1, 3):
        tensors = arguments_for(symbols, rng, k)
        numbers = {}
        for symbol, tensor in zip(symbols, tensors, strict=True):
            entries = mvn.explicit(symbol, k)
            numbers |= dict(zip(list(entries), tensor.tolist(), strict=True))
        expected = reference(*tensors)
        agree(float(mvn.explicit(value, k).subs(numbers)), expected)
        for symbol, slope in zip(symbols, expected_gradients(symbols, expected, tensors), strict=True):
            entries = mvn.explicit(mvn.grad(value, symbol), k)
            agree(np.array([float(entry.subs(numbers)) for entry in entries]), slope)


def test_own_derivation_is_judged_and_shown():
    take = mvn.Rule("moments", lambda _: second_moment()[0], "The noise has mean zero and unit covariance.")
    line = mvn.Line("second_moment", "The second moment", mvn.expectation_of(mvn.squared_norm(z), eps)).then(take)
    own_derivation = mvn.judged(mvn.Derivation("second_moment", "Second moment", "How long.", (), (line.chain,)))
    assert own_derivation.steps[0].verdict.status == "proved"
    assert r"\lVert L \rVert" in own_derivation.latex()
    assert "Second moment" in own_derivation.markdown()


# ------------------------------------------------------------------------------------------------ wrong use

energy = mvn.squared_norm(z) / 2


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: mvn.generate("energy", energy, [mu, L]), ValueError, "missing: eps"),
        (lambda: mvn.generate("energy", energy, []), ValueError, "missing: L, eps, mu"),
        (lambda: mvn.generate("my energy", energy, [mu, L, eps]), ValueError, "`name` must be"),
        (lambda: mvn.generate("lambda", energy, [mu, L, eps]), ValueError, "`name` must be"),
        (lambda: mvn.generate("", energy, [mu, L, eps]), ValueError, "`name` must be"),
        (
            lambda: mvn.generate("energy", energy, [mu, L, eps], backend="jx"),
            LookupError,
            "name of a backend, got 'jx'",
        ),
        (lambda: mvn.generate("energy", energy, [mu + mu, L, eps]), ValueError, "`arguments` must be symbols"),
        (lambda: mvn.generate("energy", energy, [mu, mu, L, eps]), ValueError, "more than once"),
        (lambda: mvn.generate("energy", mu.T * mu, [mu]), ValueError, "not a row"),
        (
            lambda: mvn.generate(
                "energy", mvn.Inner(mu, mvn.GeneralMatrix("A").inv() * mu), [mu, mvn.GeneralMatrix("A")]
            ),
            NotImplementedError,
            "A",
        ),
        (
            lambda: mvn.generate("energy", mvn.LogDet(mvn.GeneralMatrix("A")), [mvn.GeneralMatrix("A")]),
            NotImplementedError,
            "A",
        ),
        (lambda: mvn.generate("energy", mvn.ScalarFunction("J")(mu), [mu]), NotImplementedError, "FunctionValue"),
        (lambda: mvn.generate("energy", mvn.KL(p, q), of_p_and_q), Exception, "KL|missing"),
        (lambda: mvn.symbol("log_var"), LookupError, "did you mean 'logvar'"),
        (lambda: mvn.symbol("loc", "p1"), ValueError, "`prefix` must be made of letters"),
        (lambda: mvn.Law("p", mu), ValueError, "made from Noise symbols that are not given"),
        (lambda: mvn.Law("p", mu + eps, eps), ValueError, "made from Noise symbols that are not given"),
        (lambda: mvn.Inner(mu, L), ValueError, "must have one shape"),
        (lambda: mvn.LogDet(mu), ValueError, "must be square"),
        (lambda: mvn.Total(L), ValueError, "must be a column vector"),
        (lambda: mvn.DiagMat(L), ValueError, "must be a column vector"),
        (lambda: mvn.Vec(3), ValueError, "must be a matrix expression"),
        (lambda: mvn.Vech(mu), ValueError, "must be square"),
        (lambda: mvn.Entropy(mu), ValueError, "must be Law"),
        (lambda: mvn.LogDensity(mu, mu), ValueError, "must be Law"),
        (lambda: mvn.Tril(3), ValueError, "must be a matrix expression"),
        (lambda: mvn.Vector(""), ValueError, "must not be empty"),
        (lambda: mvn.Let("u", 3), ValueError, "must be a matrix expression"),
        (lambda: mvn.elementwise(lambda a, b: a * b, L, mu), ValueError, "must have one length, matrices one shape"),
        (lambda: mvn.elementwise(lambda a: a, 3), ValueError, "must be a matrix expression"),
        (lambda: mvn.expectation_of(mu, mu), ValueError, "must be Noise"),
        (lambda: mvn.expectation(cos(mvn.Inner(mu, eps)), eps), NotImplementedError, "no expectation rule"),
        (
            lambda: mvn.kl_divergence(p, mvn.Law("r", mvn.elementwise(lambda e: e**2, eps))),
            NotImplementedError,
            "affine",
        ),
        (lambda: mvn.derive("kl"), LookupError, "expected the name of a derivation, got 'kl'"),
        (lambda: mvn.grad(energy, mu, convention="upper"), ValueError, "`convention` must be one of"),
    ],
)
def test_wrong_use_is_refused_with_a_message_of_the_right_class(call, error, message):
    with pytest.raises(mvn.MVNSymbolicError, match=message) as caught:
        call()
    assert isinstance(caught.value, error)


def test_unknown_public_name_says_where_the_names_are():
    with pytest.raises(AttributeError, match=r"public names are in mvn_symbolic\.__all__"):
        _ = mvn.no_such_name


def test_every_public_name_is_there():
    assert all(getattr(mvn, name) is not None for name in mvn.__all__)
    assert set(dir(mvn)) >= set(mvn.__all__)


def test_rational_and_float_coefficients_reach_the_code():
    module = mvn.generate("energy", Rational(1, 3) * mvn.squared_norm(mu) + 0.25 * mvn.Total(mu), [mu]).load()
    assert module.energy(np.array([3.0, 0.0])) == pytest.approx(3.75, rel=1e-15)
