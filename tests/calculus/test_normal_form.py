"""The normal form: what it brings together, that it changes no value, and that it is the same text every time."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sympy import Determinant, MatrixSymbol, Rational, Symbol, Trace, exp, log, sqrt, sympify
from sympy.matrices.expressions import (
    HadamardProduct,
    Identity,
    Inverse,
    MatAdd,
    MatMul,
    MatPow,
    OneMatrix,
    Transpose,
    ZeroMatrix,
)

import mvn_symbolic as mvn
from mvn_symbolic import k
from mvn_symbolic.calculus import careful, gather, resolve_diagonals, split_diagonal
from mvn_symbolic.errors import UnsupportedExpressionError
from mvn_symbolic.notation.functions import CAREFUL

ROOT = Path(__file__).resolve().parents[2]

A, B, C = mvn.GeneralMatrix("A"), mvn.GeneralMatrix("B"), mvn.GeneralMatrix("C")
L, M, D, E = mvn.LowerTriangular("L"), mvn.LowerTriangular("M"), mvn.DiagonalMatrix("D"), mvn.DiagonalMatrix("E")
S, Y = mvn.PositiveDefinite("S"), mvn.SymmetricMatrix("Y")
x, y, z = mvn.Vector("x"), mvn.Vector("y"), mvn.Vector("z")
sigma, tau = mvn.PositiveVector("sigma"), mvn.PositiveVector("tau")
c = mvn.positive_scalar("c")
n = Symbol("n", integer=True, positive=True)
W = mvn.GeneralMatrix("W", k, n)
one, ones = Identity(k), OneMatrix(k, 1)
diag, part, times = mvn.DiagMat, mvn.DiagPart, lambda a, b: mvn.elementwise(lambda s, t: s * t, a, b)

#: pairs that are equal for every k
SAME = {
    "trace is cyclic": (Trace(A * B * C), Trace(C * A * B)),
    "trace of a transpose": (Trace(A * B), Trace(B.T * A.T)),
    "trace of a rectangle": (Trace(W * W.T * A), Trace(W.T * A * W)),
    "trace of a sum": (Trace(A + 2 * B), Trace(A) + 2 * Trace(B)),
    "trace of an outer product": (Trace(x * y.T), mvn.Inner(x, y)),
    "trace as a norm": (Trace(A.T * A), mvn.squared_norm(A)),
    "trace with an inverse pair across the seam": (Trace(L.inv() * A * L), Trace(A)),
    "trace of the identity": (Trace(one), k),
    "trace of a symmetric product": (Trace(S * A), Trace(S * A.T)),
    "trace of a triangular product": (Trace(L * M), mvn.Total(times(part(L), part(M)))),
    "trace of a diagonal matrix": (Trace(diag(x)), mvn.Total(x)),
    "trace with one diagonal factor": (Trace(diag(x) * A), mvn.Inner(x, part(A))),
    "inner product is symmetric": (mvn.Inner(x, A * y), mvn.Inner(A.T * x, y)),
    "inner product of matrices": (mvn.Inner(A, B * C), mvn.Inner(B.T * A, C)),
    "inner product distributes": (mvn.Inner(x + y, z), mvn.Inner(x, z) + mvn.Inner(y, z)),
    "inner product with ones": (mvn.Inner(ones, x), mvn.Total(x)),
    "ones with ones": (mvn.Inner(ones, ones), k),
    "norm of a diagonal of ones": (mvn.squared_norm(part(one)), k),
    "total of a product": (mvn.Total(times(x, y)), mvn.Inner(x, y)),
    "square of a sum": (mvn.squared_norm(x - y), mvn.squared_norm(x) - 2 * mvn.Inner(x, y) + mvn.squared_norm(y)),
    "norm under a scale": (mvn.squared_norm(3 * A), 9 * mvn.squared_norm(A)),
    "1 x 1 product": (Trace(x.T * A * y), mvn.Inner(x, A * y)),
    "exponential of a 1 x 1 product": (exp(x.T * A * y), exp(mvn.Inner(y, A.T * x))),
    "product distributes": (A * (B + C), A * B + A * C),
    "product on the right": ((A + B) * x, A * x + B * x),
    "square of a matrix sum": (MatPow(A + B, 2), A * A + A * B + B * A + B * B),
    "terms collect": (A + A + B, 2 * A + B),
    "terms cancel": (A * B - A * B + C, C),
    "a scalar inside a word": (mvn.Inner(x, y) * A, A * mvn.Inner(x, y)),
    "row times column inside a word": (A * x * x.T * y, mvn.Inner(x, y) * A * x),
    "transpose of a product": (Transpose(A * B), B.T * A.T),
    "transpose twice": (Transpose(Transpose(A)), A),
    "transpose of symmetric": (Transpose(S * A), A.T * S),
    "transpose of an inverse": (Transpose(A.inv()), Inverse(A.T)),
    "transpose of diagonal": (Transpose(D * A), A.T * D),
    "inverse of a product": (Inverse(A * B), B.inv() * A.inv()),
    "inverse of a scaled matrix": (Inverse(c * A), A.inv() / c),
    "inverse pair": (L.inv() * L * x, x),
    "inverse pair on the right": (A * B * B.inv(), A),
    "inverse pair under transposition": (Transpose(L.inv()) * L.T, one),
    "inverse of the inverse": (Inverse(Inverse(A)), A),
    "inverse of a sum with itself": ((A + B) * Inverse(A + B), one),
    "negative power": (MatPow(A, -2), A.inv() * A.inv()),
    "power zero": (MatPow(A, 0), one),
    "diagonal times diagonal": (diag(x) * diag(y), diag(times(x, y))),
    "diagonal times vector": (diag(x) * y, times(x, y)),
    "diagonal matrices commute": (diag(x) * diag(y), diag(y) * diag(x)),
    "inverse of diagonal": (Inverse(diag(sigma)), diag(mvn.elementwise(lambda s: 1 / s, sigma))),
    "diagonal inverse pair": (Inverse(diag(sigma)) * diag(sigma), one),
    "diagonal of diagonal": (part(diag(x)), x),
    "diagonal of the identity": (diag(ones), one),
    "diagonal of a sum": (part(A + B), part(A) + part(B)),
    "diagonal of an outer product": (part(x * y.T), times(x, y)),
    "diagonal of a triangular product": (part(L * M), times(part(L), part(M))),
    "diagonal of a triangular inverse": (part(L.inv()), mvn.elementwise(lambda s: 1 / s, part(L))),
    "diagonal of a transpose": (part(L.T), part(L)),
    "tril of lower": (mvn.Tril(L * M), L * M),
    "tril of upper": (mvn.Tril(L.T), diag(part(L))),
    "tril of an upper inverse": (mvn.Tril(Inverse(L.T)), diag(mvn.elementwise(lambda s: 1 / s, part(L)))),
    "tril twice": (mvn.Tril(mvn.Tril(A)), mvn.Tril(A)),
    "tril is linear": (mvn.Tril(2 * A + L), 2 * mvn.Tril(A) + L),
    "log det of a product": (mvn.LogDet(A * B), mvn.LogDet(A) + mvn.LogDet(B)),
    "log det of an inverse": (mvn.LogDet(A.inv()), -mvn.LogDet(A)),
    "log det of a transpose": (mvn.LogDet(A.T), mvn.LogDet(A)),
    "log det of a scaled matrix": (mvn.LogDet(c * A), k * log(c) + mvn.LogDet(A)),
    "log det of minus": (mvn.LogDet(-A), mvn.LogDet(A)),
    "log det of triangular": (mvn.LogDet(L), mvn.Total(mvn.elementwise(log, part(L)))),
    "log det of a covariance": (mvn.LogDet(L * L.T), 2 * mvn.Total(mvn.elementwise(log, part(L)))),
    "log det of the identity": (mvn.LogDet(one), 0),
    "log det of diagonal": (mvn.LogDet(diag(mvn.elementwise(exp, x))), mvn.Total(x)),
    "map of a map": (
        mvn.elementwise(lambda v: v**2, mvn.elementwise(exp, x)),
        mvn.elementwise(lambda v: exp(2 * v), x),
    ),
    "map that is linear": (mvn.elementwise(lambda v: 3 * v, x), 3 * x),
    "map that is constant": (mvn.elementwise(lambda v: v / v, sigma), ones),
    "map of a sum": (
        mvn.elementwise(lambda v: v**2, x + y),
        mvn.elementwise(lambda v: v**2, x) + 2 * times(x, y) + mvn.elementwise(lambda v: v**2, y),
    ),
    "map in another order": (times(x, y), times(y, x)),
    "map with one vector twice": (times(x, x), mvn.elementwise(lambda v: v**2, x)),
    "map of positive logarithms": (
        mvn.elementwise(lambda s, t: log(s * t), sigma, tau),
        mvn.elementwise(log, sigma) + mvn.elementwise(log, tau),
    ),
    "map of a root": (mvn.elementwise(lambda s: sqrt(s) ** 2, sigma), sigma),
    "Hadamard product of vectors": (HadamardProduct(x, y), times(x, y)),
    "zero": (A - A, ZeroMatrix(k, k)),
    "times zero": (A * ZeroMatrix(k, 1) + x, x),
    "times the identity": (A * one * x, A * x),
    "rational coefficients": (Rational(1, 2) * A + A / 2, A),
}

#: pairs that look alike and differ
DIFFERENT = {
    "trace of another order": (Trace(A * B * C), Trace(A * C * B)),
    "trace of one transpose": (Trace(A * B), Trace(A * B.T)),
    "trace squared": (Trace(A * A), Trace(A) ** 2),
    "product swapped": (A * B, B * A),
    "transpose forgotten": (Transpose(A * B), A.T * B.T),
    "inverse of another order": (Inverse(A * B), A.inv() * B.inv()),
    "tril of a product of tril": (mvn.Tril(A * B), mvn.Tril(A) * mvn.Tril(B)),
    "tril of a transpose": (mvn.Tril(A.T), mvn.Tril(A)),
    "diagonal of a product": (part(A * B), times(part(A), part(B))),
    "diagonal of a general inverse": (part(A.inv()), mvn.elementwise(lambda s: 1 / s, part(A))),
    "log det of a sum": (mvn.LogDet(A + B), mvn.LogDet(A) + mvn.LogDet(B)),
    "log det without k": (mvn.LogDet(c * A), log(c) + mvn.LogDet(A)),
    "half missing": (mvn.squared_norm(x) / 2, mvn.squared_norm(x)),
    "sign": (mvn.squared_norm(x - y), mvn.squared_norm(x + y)),
    "cross term dropped": (mvn.squared_norm(x - y), mvn.squared_norm(x) + mvn.squared_norm(y)),
    "L for its transpose": (L * x, L.T * x),
    "diag of the wrong vector": (diag(x) * y, diag(x) * x),
    "norm of another factor": (mvn.squared_norm(L.inv() * M), mvn.squared_norm(M * L.inv())),
    "power of a map": (mvn.elementwise(lambda v: v**2, x), mvn.elementwise(lambda v: v**3, x)),
    "diagonal matrix does not commute with all": (D * A, A * D),
    "outer product turned": (x * y.T, y * x.T),
    "general taken for symmetric": (A.T, A),
}


def names(table):
    return pytest.mark.parametrize(("left", "right"), table.values(), ids=list(table))


def difference(left, right):
    return mvn.normalize(left - right)


@names(SAME)
def test_normal_form_brings_equals_together(left, right):
    assert difference(left, right) == 0 or difference(left, right).is_ZeroMatrix


@names(SAME)
def test_equals_of_the_table_are_equal_in_numbers(left, right, readings, rng):
    """The table itself is checked: a wrong line in it would be a wrong rule accepted."""
    point = readings.torch(3, rng)
    readings.agree(point.value(left), point.value(sympify(right)))


@names(DIFFERENT)
def test_normal_form_keeps_different_ones_apart(left, right, readings, rng):
    found = difference(left, right)
    assert found != 0
    assert not getattr(found, "is_ZeroMatrix", False)
    assert abs(readings.torch(3, rng).value(found)).max() > 1e-6


@names(SAME | DIFFERENT)
def test_normal_form_changes_no_value_and_is_stable(left, right, readings, rng):
    for side in (left, right):
        once = mvn.normalize(side)
        assert mvn.normalize(once) == once
        point = readings.torch(3, rng)
        readings.agree(point.value(once), point.value(sympify(side)))


def test_inverse_of_zero_is_refused():
    with pytest.raises(UnsupportedExpressionError, match="no inverse"):
        mvn.normalize(Inverse(MatAdd(A, MatMul(-1, A))))


def test_fractional_power_is_refused():
    with pytest.raises(UnsupportedExpressionError, match="no normal form"):
        mvn.normalize(MatPow(A, Rational(1, 2)))


def test_hadamard_products_of_matrices_have_one_order_and_distribute():
    assert mvn.normalize(HadamardProduct(B, A)) == mvn.normalize(HadamardProduct(A, B))
    spread = mvn.normalize(HadamardProduct(A + 2 * B, B))
    assert mvn.equal(spread, HadamardProduct(A, B) + 2 * HadamardProduct(B, B)) == "yes"
    assert mvn.normalize(HadamardProduct(A, Identity(k))) == mvn.normalize(mvn.DiagMat(mvn.DiagPart(A)))


def test_sympys_own_symbols_have_a_normal_form():
    X = MatrixSymbol("X", k, k)
    assert mvn.normalize(Trace(X * A) - Trace(A * X)) == 0


def test_determinant_stays_whole():
    assert mvn.normalize(Determinant(A + A)) == Determinant(2 * A)


@pytest.mark.parametrize(
    "value",
    [
        mvn.Total(mvn.elementwise(lambda s: s**2 - 1 - 2 * log(s), sigma)) / 2,
        mvn.Total(mvn.elementwise(lambda s, t, v: (s / t) ** 2 - 1 - 2 * log(s / t) + v**2, sigma, tau, x)) / 2,
        mvn.Total(mvn.elementwise(lambda s: 4 * s**2 - 2 * log(s) - 1 - 2 * log(2), sigma)) / 2,
    ],
    ids=["one", "two", "scaled"],
)
def test_careful_form_is_the_same_number_without_the_cancellation(value, readings, rng):
    form = careful(value)
    assert form.has(*CAREFUL)
    point = readings.torch(3, rng)
    readings.agree(point.value(form), point.value(value))
    assert mvn.equal(form, value) == "yes"


@pytest.mark.parametrize(
    "value",
    [
        mvn.Total(mvn.elementwise(lambda s: s**2 - log(s), sigma)),
        mvn.Total(mvn.elementwise(lambda s: s**2 + 1 + 2 * log(s), sigma)),
        mvn.Total(mvn.elementwise(lambda s: s**2 - 2 - 2 * log(s), sigma)),
        mvn.Total(mvn.elementwise(lambda v: v**2 - 1 - log(v**2), x)),
    ],
    ids=["no one", "plus log", "minus two", "sign unknown"],
)
def test_careful_form_never_changes_a_value(value, readings, rng):
    point = readings.torch(3, rng)
    readings.agree(point.value(careful(value)), point.value(value))


@pytest.mark.parametrize(
    "value",
    [
        mvn.squared_norm(x) / 2 + mvn.Total(sigma) - k / 2,
        mvn.Inner(x, y) + 3 * k + mvn.Total(mvn.elementwise(exp, x)) + c,
        mvn.Inner(x, y) * mvn.Total(sigma) + mvn.Total(x),
        mvn.Total(ones) + mvn.squared_norm(x) + Trace(A),
    ],
    ids=["divergence", "constants", "product", "trace"],
)
def test_gathered_sum_is_the_same_number(value, readings, rng):
    gathered = gather(value)
    assert len(gathered.atoms(mvn.Total)) >= 1
    for size in (1, 3):
        point = readings.torch(size, rng)
        readings.agree(point.value(gathered), point.value(value))


def test_diagonal_and_strict_triangle_of_a_norm_are_split(readings, rng):
    split = split_diagonal(mvn.squared_norm(L * M) + mvn.squared_norm(x))
    assert split != mvn.squared_norm(L * M) + mvn.squared_norm(x)
    point = readings.torch(3, rng)
    readings.agree(point.value(split), point.value(mvn.squared_norm(L * M) + mvn.squared_norm(x)))


@pytest.mark.parametrize(
    "value",
    [
        mvn.squared_norm(Inverse(diag(sigma)) * (x - y)),
        mvn.LogDet(diag(sigma) * diag(tau)),
        Trace(Inverse(diag(sigma)) * diag(tau) * diag(tau)),
        mvn.squared_norm(mvn.Let("u", Inverse(diag(sigma)) * x)),
        diag(sigma) * diag(tau) * x + y,
        Transpose(diag(sigma)) * x,
    ],
    ids=str,
)
def test_diagonal_matrices_resolve_into_maps(value, readings, rng):
    resolved = mvn.normalize(resolve_diagonals(value))
    assert not resolved.atoms(mvn.DiagMat)
    point = readings.torch(3, rng)
    readings.agree(point.value(resolved), point.value(value))


PROGRAM = """
import mvn_symbolic as mvn
from sympy import Trace, exp, log
A, B, S = mvn.GeneralMatrix("A"), mvn.GeneralMatrix("B"), mvn.PositiveDefinite("S")
L, x, y, s = mvn.LowerTriangular("L"), mvn.Vector("x"), mvn.Vector("y"), mvn.PositiveVector("s")
f = Trace(A * B * S + B.T * A) * mvn.Inner(x, A * y + 3 * x) + mvn.LogDet(L * L.T) / 2
f = f + mvn.squared_norm(L.inv() * (x - y))
g = mvn.Total(mvn.elementwise(lambda a, b, c: a * exp(b) / c + log(c) * a * b, x, y, s))
for value in (f, g, f * g):
    print(mvn.normalize(value))
for symbol in (A, S, L, x, s):
    print(mvn.grad(f * g, symbol), mvn.differential(f + g, symbol))
eps = mvn.Noise("eps")
print(mvn.expectation(mvn.Inner(eps, A * eps) * mvn.Inner(eps, S * eps) + mvn.Inner(x + L * eps, y) ** 2, eps))
from mvn_symbolic.catalogue.registry import build
print(*(step.after for step in build("log_prob").steps), sep="\\n")
"""


def test_results_do_not_depend_on_the_hash_seed():
    def printed(seed):
        environment = {**os.environ, "PYTHONHASHSEED": str(seed), "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True, cwd=ROOT
        )
        return done.stdout

    first = printed(0)
    assert len(first.splitlines()) > 30
    assert printed(4242) == first


def test_diagonals_that_cancel_leave_the_identity_and_a_count():
    scales = mvn.symbol("scale_diag")
    quotients = mvn.elementwise(lambda s: 1 / s, scales)
    assert resolve_diagonals(mvn.DiagMat(scales) * mvn.DiagMat(quotients)) == Identity(mvn.k)
    assert gather(mvn.Inner(scales, quotients) + mvn.k) == 2 * mvn.k


def test_products_of_ones_are_counted():
    """Once by the first pass, or a second one finds another form."""
    ones = OneMatrix(k, k)
    for value, count in ((Trace(ones), k), (mvn.Inner(ones, ones), k**2), (Trace(ones * ones * ones), k**3)):
        assert mvn.normalize(value) == count
    square = mvn.normalize(mvn.squared_norm(mvn.elementwise(lambda e: 3 * e - 1, mvn.GeneralMatrix("A"))))
    assert mvn.normalize(square) == square
