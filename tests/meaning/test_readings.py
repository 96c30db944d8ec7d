"""What each node means, against NumPy at the judge's own points, and by both kinds of numbers."""

import math

import numpy as np
import pytest
import sympy
from flint import arb
from sympy import (
    Add,
    Determinant,
    Identity,
    ImmutableMatrix,
    Indexed,
    IndexedBase,
    KroneckerDelta,
    KroneckerProduct,
    MatrixSymbol,
    Mul,
    OneMatrix,
    Pow,
    Rational,
    Sum,
    Symbol,
    Trace,
    ZeroMatrix,
    exp,
    log,
    pi,
    preorder_traversal,
    sqrt,
)
from sympy.matrices.expressions import HadamardPower, HadamardProduct, Inverse, MatPow, Transpose

import mvn_symbolic as mvn
from mvn_symbolic import k
from mvn_symbolic.errors import UnsupportedExpressionError
from mvn_symbolic.meaning import reader as reader_module
from mvn_symbolic.meaning.ball_reader import BallReader
from mvn_symbolic.meaning.entry_reader import EntryReader
from mvn_symbolic.meaning.numbers import Balls, Entries
from mvn_symbolic.meaning.scene import scene_for
from mvn_symbolic.notation.functions import log_softplus, sigmoid, softplus, softplus_rate
from mvn_symbolic.notation.laws import KL, Covariance, Entropy, Law, LogDensity, expectation_of
from mvn_symbolic.notation.nodes import Cholesky, expm1, expm1m
from mvn_symbolic.notation.operators import (
    Component,
    Gradient,
    Hessian,
    Jacobian,
    ParameterCount,
    Partial,
    ScalarDerivative,
    WrittenOut,
    differential_of,
)
from mvn_symbolic.notation.packed import Head, Pack, Unpack
from mvn_symbolic.notation.placed import Picked, Placed, Placement
from mvn_symbolic.notation.roots import Lyapunov, SquareRoot
from mvn_symbolic.notation.symbols import Tangent
from mvn_symbolic.notation.vectorised import (
    Commutation,
    DiagonalDuplication,
    SymmetricDuplication,
    TriangleDuplication,
    Unvec,
    Vec,
    Vech,
)
from tests.meaning.careful_rows import CAREFUL_ROWS
from tests.meaning.divergence_rows import DIVERGENCES, LOG_2PI, divergence

A, B, L, D = mvn.GeneralMatrix("A"), mvn.GeneralMatrix("B"), mvn.LowerTriangular("L"), mvn.DiagonalMatrix("D")
S, Y = mvn.PositiveDefinite("S"), mvn.SymmetricMatrix("Y")
x, y, sigma = mvn.Vector("x"), mvn.Vector("y"), mvn.PositiveVector("sigma")
mu, nu, M, eps = mvn.Vector("mu"), mvn.Vector("nu"), mvn.LowerTriangular("M"), mvn.Noise("eps")
c, n = mvn.positive_scalar("c"), Symbol("n", integer=True, positive=True)
W, raw, below = mvn.GeneralMatrix("W", k, n), mvn.symbol("raw_tril"), mvn.Vector("b", k - 1)
i, j = Symbol("i", integer=True), Symbol("j", integer=True)
p, q = Law("p", mu + L * eps), Law("q", nu + M * eps)
inv, det = np.linalg.inv, np.linalg.det


def unpacked(tail, size):
    """The strict lower triangle, filled column by column: the strict upper one row by row, turned."""
    grid = np.zeros((size, size))
    grid[np.triu_indices(size, 1)] = tail
    return grid.T


#: node -> the same in NumPy, on the values of the symbols by name and the size
ALGEBRA = {
    A + 2 * B: lambda v, k: v.A + 2 * v.B,
    A * B * x: lambda v, k: v.A @ v.B @ v.x,
    c * A: lambda v, k: v.c * v.A,
    W * Transpose(W): lambda v, k: v.W @ v.W.T,
    Transpose(A): lambda v, k: v.A.T,
    Inverse(A): lambda v, k: inv(v.A),
    MatPow(A, 3): lambda v, k: v.A @ v.A @ v.A,
    MatPow(A, -2): lambda v, k: inv(v.A) @ inv(v.A),
    Identity(k): lambda v, k: np.eye(k),
    ZeroMatrix(k, 1): lambda v, k: np.zeros((k, 1)),
    OneMatrix(k, k): lambda v, k: np.ones((k, k)),
    HadamardProduct(A, B): lambda v, k: v.A * v.B,
    HadamardPower(A, 3): lambda v, k: v.A**3,
    KroneckerProduct(A, x): lambda v, k: np.kron(v.A, v.x),
    Determinant(A): lambda v, k: det(v.A),
    Trace(A): lambda v, k: np.trace(v.A),
    mvn.LogDet(A): lambda v, k: math.log(abs(det(v.A))),
    mvn.LogDet(-L): lambda v, k: math.log(abs(det(v.L))),
    mvn.Inner(A, B): lambda v, k: (v.A * v.B).sum(),
    mvn.Inner(x, y): lambda v, k: v.x[:, 0] @ v.y[:, 0],
    mvn.Total(x): lambda v, k: v.x.sum(),
    mvn.Tril(A): lambda v, k: np.tril(v.A),
    Cholesky(S): lambda v, k: np.linalg.cholesky(v.S),
    SquareRoot(S): lambda v, k: (e := np.linalg.eigh(v.S))[1] @ np.diag(e[0] ** 0.5) @ e[1].T,
    Lyapunov(S, A): lambda v, k: inv(np.kron(v.S, np.eye(k)) + np.kron(np.eye(k), v.S)).dot(v.A.ravel()).reshape(k, k),
    mvn.DiagPart(A): lambda v, k: np.diag(v.A)[:, None],
    mvn.DiagMat(x): lambda v, k: np.diag(v.x[:, 0]),
    mvn.elementwise(lambda a, s: a * sympy.sin(a) / s, x, sigma): lambda v, k: v.x * np.sin(v.x) / v.sigma,
    mvn.elementwise(lambda a, b: exp(a) * b, W, 2 * W): lambda v, k: np.exp(v.W) * 2 * v.W,
    mvn.Let("R", A * B): lambda v, k: v.A @ v.B,
    WrittenOut(L): lambda v, k: v.L,
    Vec(W): lambda v, k: v.W.T.reshape(-1, 1),
    Unvec(Vec(W), n, k): lambda v, k: v.W.T.ravel().reshape(k, -1).T,
    Vech(L): lambda v, k: np.concatenate([v.L[m:, m] for m in range(k)])[:, None],
    TriangleDuplication(k) * Vech(L): lambda v, k: v.L.T.reshape(-1, 1),
    SymmetricDuplication(k) * Vech(S): lambda v, k: v.S.reshape(-1, 1),
    DiagonalDuplication(k) * mvn.DiagPart(A): lambda v, k: np.diag(np.diag(v.A)).reshape(-1, 1),
    Commutation(k, n) * Vec(W): lambda v, k: v.W.reshape(-1, 1),
    Head(raw): lambda v, k: v.ell[:k],
    Unpack(raw): lambda v, k: unpacked(v.ell[k:, 0], k),
    Pack(x, A): lambda v, k: np.concatenate([v.x[:, 0], v.A.T[np.triu_indices(k, 1)]])[:, None],
    Placed(x, lambda i: mvn.k - 1 - i, lambda i: i): lambda v, k: np.diag(v.x[:, 0])[::-1],
    Placed(below, lambda i: i + 1, lambda i: i): lambda v, k: np.diag(v.b.ravel(), -1),
    Picked(A, lambda i: i + 1, lambda i: i, mvn.k - 1): lambda v, k: np.diag(v.A, -1)[:, None],
    Placement(k - 1, lambda i: i + 1, lambda i: i) * below: lambda v, k: np.diag(v.b.ravel(), -1).T.reshape(-1, 1),
    ParameterCount(L): lambda v, k: k * (k + 1) / 2,
    ParameterCount(S): lambda v, k: k * (k + 1) / 2,
    ParameterCount(sigma): lambda v, k: k,
    ParameterCount(D): lambda v, k: k,
    Component(x, 1) + A[0, 0] + Component(x, k): lambda v, k: v.x[0, 0] + v.A[0, 0] + v.x[-1, 0],
    Sum(IndexedBase("L")[i, j] * IndexedBase("x")[j], (j, 1, i), (i, 1, k)): (lambda v, k: (v.L @ v.x).sum()),
    Sum(KroneckerDelta(i, 1) * i, (i, 1, k)) + Identity(k)[0, 0]: lambda v, k: 2.0,
    c**3 + c**-2 + sqrt(c) + 1 / sqrt(c) + c**c: lambda v, k: v.c**3 + v.c**-2 + v.c**0.5 + v.c**-0.5 + v.c**v.c,
    exp(-c) + log(c) + pi + sympy.E + k: lambda v, k: math.exp(-v.c) + math.log(v.c) + math.pi + math.e + k,
    expm1(c) + expm1m(c): lambda v, k: math.expm1(c_ := v.c) + math.exp(c_) - 1 - c_,
    softplus(c) + sigmoid(c): lambda v, k: math.log(1 + math.exp(v.c)) + 1 / (1 + math.exp(-v.c)),
    log_softplus(c): lambda v, k: math.log(math.log(1 + math.exp(v.c))),
    softplus_rate(c): lambda v, k: 1 / (1 + math.exp(-v.c)) / math.log(1 + math.exp(v.c)),
    exp(Transpose(x) * A * y): lambda v, k: math.exp(v.x[:, 0] @ v.A @ v.y[:, 0]),
    sympy.Abs(Trace(A)) + sympy.cos(c) * Rational(1, 3): lambda v, k: abs(np.trace(v.A)) + math.cos(v.c) / 3,
}


def log_density(z, mean, factor):
    covariance = factor @ factor.T
    centred = (z - mean)[:, 0]
    return -0.5 * (len(centred) * LOG_2PI + math.log(det(covariance)) + centred @ inv(covariance) @ centred)


QUESTIONS = {
    Gradient(mvn.Inner(x, A * y), A): lambda v, k: v.x @ v.y.T,
    Gradient(mvn.Inner(x, L * y), L): lambda v, k: np.tril(v.x @ v.y.T),
    Gradient(mvn.Inner(x, D * y), D): lambda v, k: np.diag((v.x * v.y)[:, 0]),
    Gradient(mvn.Inner(x, Y * y), Y): lambda v, k: (v.x @ v.y.T + v.y @ v.x.T) / 2,
    Gradient(mvn.LogDet(S), S): lambda v, k: inv(v.S),
    Gradient(exp(mvn.Inner(x, y)), x): lambda v, k: math.exp(v.x[:, 0] @ v.y[:, 0]) * v.y,
    ScalarDerivative(c**2 * mvn.Total(x), c): lambda v, k: 2 * v.c * v.x.sum(),
    Hessian(exp(mvn.Inner(x, y)), x): lambda v, k: math.exp(v.x[:, 0] @ v.y[:, 0]) * v.y @ v.y.T,
    Hessian(mvn.Inner(x, A * y), x, A): lambda v, k: np.kron(v.y.T, np.eye(k)),
    Hessian(mvn.Inner(x, W * Transpose(W) * x), W): lambda v, k: 2 * np.kron(np.eye(k + 1), v.x @ v.x.T),
    Hessian(mvn.squared_norm(L), L): lambda v, k: 2 * np.eye(k * (k + 1) // 2),
    Hessian(mvn.squared_norm(Y), Y): lambda v, k: np.diag([4 - 2 * (r == s) for s in range(k) for r in range(s, k)]),
    Hessian(c * Trace(A * D), c, D): lambda v, k: np.diag(v.A)[None, :],
    Jacobian(A * x + y, x): lambda v, k: v.A,
    Jacobian(mvn.elementwise(lambda a: a**2, x), x): lambda v, k: np.diag(2 * v.x[:, 0]),
    Partial(Component(L * x, k), L, k, 1): lambda v, k: v.x[0, 0],
    Partial(Component(A * x, 1), A, 1, k): lambda v, k: v.x[-1, 0],
    differential_of(A * B, A): lambda v, k: v.dA @ v.B,
    differential_of(mvn.Inner(x, L * y), L, x): lambda v, k: (
        v.x[:, 0] @ v.dL @ v.y[:, 0] + v.dx[:, 0] @ v.L @ v.y[:, 0]
    ),
    expectation_of(mvn.squared_norm(mu + L * eps), eps): lambda v, k: (v.mu**2).sum() + (v.L**2).sum(),
    expectation_of(x + eps, eps): lambda v, k: v.x,
    expectation_of(mvn.squared_norm(x), x, p): lambda v, k: (v.mu**2).sum() + (v.L**2).sum(),
    Covariance(mu + L * eps, eps): lambda v, k: v.L @ v.L.T,
    LogDensity(p, x): lambda v, k: log_density(v.x, v.mu, v.L),
    Entropy(p): lambda v, k: 0.5 * (k * (1 + LOG_2PI) + math.log(det(v.L @ v.L.T))),
    KL(p, q): divergence,
    **DIVERGENCES,
    **CAREFUL_ROWS,
}
#: what is read but has no line of its own above, and where it is
ELSEWHERE = {
    "FunctionValue": "test_abstract_function_has_the_gradient_of_its_value",
    "FunctionGradient": "test_abstract_function_has_the_gradient_of_its_value",
    "FunctionHessian": "test_abstract_function_has_the_hessian_of_its_gradient",
    "Law": "test_what_is_no_number_is_refused",
    "Symbol": "test_what_is_no_number_is_refused",
    "MatrixBase": "test_explicit_matrix_is_read_entry_by_entry",
}


class Values:
    """The values of a scene by the names of the symbols, as float64."""

    def __init__(self, scene):
        for symbol, value in sorted(scene.values.items(), key=lambda item: hasattr(item[0], "shape")):
            setattr(self, symbol.name, floats(value))


def floats(value):
    if isinstance(value, list):
        return np.array([[float(entry) for entry in row] for row in value]).reshape(len(value), -1 if value else 1)
    return float(value)


@pytest.mark.parametrize(("expr", "formula"), (ALGEBRA | QUESTIONS).items(), ids=map(str, ALGEBRA | QUESTIONS))
def test_node_means_what_numpy_computes(expr, formula):
    """Rounding in NumPy only: condition numbers here are below 100, so 1e-11 leaves three digits to spare."""
    for size in (1, 2, 3):
        scene = scene_for([expr, L * x], Balls(), size)
        got = floats(BallReader().read(expr, scene))
        np.testing.assert_allclose(got, formula(Values(scene), size), rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("expr", (ALGEBRA | QUESTIONS), ids=str)
def test_both_kinds_of_numbers_read_alike(expr):
    """The entries, evaluated at the point of the balls, give the numbers of the balls."""
    for size in (1, 2):
        balls, entries = scene_for([expr, L * x], Balls(), size), scene_for([expr, L * x], Entries(), size)
        number = floats(BallReader().read(expr, balls))
        symbolic = EntryReader().read(expr, entries)
        point = {
            name: sympy.Float(value.str(40, radius=False), 40)
            for symbol in entries.values
            for name, value in zip(flat(entries.values[symbol]), flat(balls.values[symbol]), strict=True)
            if name.is_Symbol
        }
        evaluated = [float(sympy.sympify(entry).subs(point).evalf(25)) for entry in flat(symbolic)]
        np.testing.assert_allclose(np.ravel(number), evaluated, rtol=1e-12, atol=1e-12)


def flat(value):
    return [entry for row in value for entry in row] if isinstance(value, list) else [value]


def test_every_node_that_has_a_meaning_is_in_the_tables():
    seen = {type(node).__mro__ for expr in (ALGEBRA | QUESTIONS) for node in preorder_traversal(expr)}
    covered = {kind for mro in seen for kind in mro}
    missing = {kind.__name__ for kind in reader_module._READINGS if kind not in covered}
    assert missing <= set(ELSEWHERE), f"no test says what these mean: {missing - set(ELSEWHERE)}"
    assert all(name in globals() for name in ELSEWHERE.values())
    assert {Add, Mul, Pow, Indexed, Sum} <= covered


def test_explicit_matrix_is_read_entry_by_entry():
    explicit = ImmutableMatrix([[c, 1], [Trace(A), 2]])
    scene = scene_for([explicit], Balls(), 2)
    values = Values(scene)
    np.testing.assert_allclose(
        floats(BallReader().read(explicit, scene)), [[values.c, 1], [np.trace(values.A), 2]], rtol=1e-15
    )


@pytest.mark.parametrize(
    "expr",
    [p, Symbol("a"), Trace(MatPow(A, Rational(1, 2))), sympy.Piecewise((c, c > 1), (0, True)), sympy.I, sympy.oo],
)
def test_what_is_no_number_is_refused(expr):
    scene = scene_for([p.sample], Balls(), 2)
    scene.values.update(scene_for([c * A], Balls(), 2).values)
    with pytest.raises(UnsupportedExpressionError):
        BallReader().read(expr, scene)


def test_entry_of_an_unknown_symbol_is_refused():
    with pytest.raises(UnsupportedExpressionError, match="no matrix symbol is called q"):
        BallReader().read(IndexedBase("q")[1], scene_for([x], Balls(), 2))


def test_abstract_function_has_the_gradient_of_its_value():
    """By a difference in plain floats: third derivatives are below 200 here, so h^2 times one is below 1e-8."""
    J = mvn.ScalarFunction("J")
    scene = scene_for([J(x), J.gradient(x)], Balls(), 3)
    slope = floats(BallReader().read(J.gradient(x), scene))[:, 0]
    assert np.abs(slope).max() > 0.01
    step = arb(1) / 2**20
    for place in range(3):

        def value(sign, place=place):
            moved = [[row[0] + sign * step * (index == place)] for index, row in enumerate(scene.values[x])]
            return BallReader().read(J(x), scene.with_values({x: moved}))

        assert float((value(1) - value(-1)) / (2 * step)) == pytest.approx(slope[place], abs=1e-8)


def test_abstract_function_has_the_hessian_of_its_gradient():
    """As above: a difference of the gradient, whose third derivative is below 200 too."""
    J = mvn.ScalarFunction("J")
    scene = scene_for([J(x), J.hessian(x)], Balls(), 3)
    curvature = floats(BallReader().read(J.hessian(x), scene))
    assert np.abs(curvature).min() > 0.01
    step = arb(1) / 2**20
    for place in range(3):

        def slope(sign, place=place):
            moved = [[row[0] + sign * step * (index == place)] for index, row in enumerate(scene.values[x])]
            return floats(BallReader().read(J.gradient(x), scene.with_values({x: moved})))

        difference = (slope(1) - slope(-1))[:, 0] / float(2 * step)
        assert difference == pytest.approx(curvature[:, place], abs=1e-8)


def test_two_abstract_functions_are_two():
    J, K = mvn.ScalarFunction("J"), mvn.ScalarFunction("K")
    scene = scene_for([J(x), K(x)], Balls(), 2)
    assert float(BallReader().read(J(x), scene)) != float(BallReader().read(K(x), scene))


def test_point_has_the_structure_of_its_symbols():
    symbols = [A, L, D, S, Y, x, sigma, W, Tangent(L), Tangent(S), Tangent(D), c]
    for size in (1, 2, 3, 4):
        scene = scene_for(symbols, Balls(), size)
        values = Values(scene)
        for lower in (values.L, values.dL):
            assert np.array_equal(lower, np.tril(lower))
        for diagonal in (values.D, values.dD):
            assert np.array_equal(diagonal, np.diag(np.diag(diagonal)))
        for symmetric in (values.S, values.Y, values.dS):
            assert np.array_equal(symmetric, symmetric.T)
        assert np.all(np.diag(values.L) > 0)
        assert np.all(np.diag(values.D) > 0)
        assert np.all(values.sigma > 0)
        assert np.all(np.linalg.eigvalsh(values.S) > 0)
        assert values.c > 0
        assert values.W.shape == (size, size + 1)
        if size > 1:
            assert np.any(values.A != values.A.T)
            assert np.any(np.diag(values.dL) != np.diag(values.L))


def test_derivative_by_difference_holds_a_hundred_digits():
    """d/dc exp(c) = exp(c): the error of a central difference with h = 1e-60 is of the order of 1e-120."""
    node = ScalarDerivative(exp(c), c)
    scene = scene_for([node], Balls(), 1)
    assert abs(BallReader().read(node, scene) - scene.values[c].exp()) < arb(10) ** -100


def test_symbol_of_sympy_has_general_entries():
    X = MatrixSymbol("X", k, k)
    scene = scene_for([X], Balls(), 3)
    assert floats(scene.values[X]).all()
