"""Entries placed in a matrix and read from one: structure, normal form, gradients, and code in every library."""

from __future__ import annotations

import numpy as np
import pytest
from sympy import Integer
from sympy.matrices.expressions import HadamardProduct, Identity, ZeroMatrix

import mvn_symbolic as mvn
from mvn_symbolic.calculus import differential, gradient, normalize
from mvn_symbolic.discovery import backend_names
from mvn_symbolic.errors import ArgumentError
from mvn_symbolic.meaning.judge import judge
from mvn_symbolic.notation.latex import latex
from mvn_symbolic.notation.latex_width import width
from mvn_symbolic.notation.nodes import DiagMat, DiagPart, Inner, LogDet, Total, Tril, elementwise
from mvn_symbolic.notation.operators import Gradient, Hessian, Jacobian, differential_of
from mvn_symbolic.notation.placed import Picked, Placed, Placement
from mvn_symbolic.notation.structure import tags_of
from mvn_symbolic.notation.symbols import k
from mvn_symbolic.notation.vectorised import Vec

b, d, v = mvn.Vector("b", k - 1), mvn.PositiveVector("d"), mvn.Vector("v")
A, M, L = mvn.GeneralMatrix("A"), mvn.LowerTriangular("M"), mvn.LowerTriangular("L")
S = mvn.PositiveDefinite("S")

#: rows, columns, how many: the lines that factors of covariances are made of
LINES = {
    "below the diagonal": (lambda i: i + 1, lambda i: i, k - 1),
    "above it": (lambda i: i, lambda i: i + 1, k - 1),
    "the diagonal": (lambda i: i, lambda i: i, k),
    "the last row": (lambda i: k - 1, lambda i: i, k - 1),
    "the first column": (lambda i: i, lambda i: 0, k),
    "the other diagonal": (lambda i: k - 1 - i, lambda i: i, k),
}
TAGS = {
    "below the diagonal": {"lower", "strict"},
    "above it": {"upper", "strict"},
    "the diagonal": {"lower", "upper", "diagonal", "symmetric"},
    "the last row": {"lower", "strict"},
    "the first column": {"lower"},
    "the other diagonal": set(),
}


def placed(name, vector=None):
    rows, columns, count = LINES[name]
    return Placed(mvn.Vector("w", count) if vector is None else vector, rows, columns)


def test_a_determinant_of_ones_and_a_strict_triangle_is_one():
    below = placed("below the diagonal")
    for factor in (Identity(k) + below, Identity(k) - below, Identity(k) + below * below):
        assert normalize(LogDet(factor.inv())) == 0
    assert normalize(LogDet((DiagMat(v) - below).inv())) != 0
    assert "strict" not in tags_of(below * below.T)


def test_a_family_may_be_the_inverse_of_a_band():
    eps, below = mvn.Noise("eps"), placed("below the diagonal", b)
    family = mvn.gaussian_family("ar", v + (Identity(k) - below).inv() * eps, [v, b], title="AR")
    assert family.derivation.name == "ar"


@pytest.mark.parametrize("matrix", [DiagPart(placed(name) * A) for name in LINES])
def test_an_index_stands_after_the_bracket_of_what_it_is_of(matrix):
    text = latex(Total(elementwise(lambda x, y: x / y, matrix, d)))
    assert r"\bigr)_{ij}" in text or r"\bigr)_{ii}" in text
    assert width(text) > 0


@pytest.mark.parametrize("name", LINES)
def test_structure_follows_from_the_places(name):
    assert tags_of(placed(name)) == TAGS[name]
    assert placed(name).func(*placed(name).args) == placed(name)


def test_a_banded_factor_is_a_factor():
    assert {"lower", "invertible", "positive_diagonal"} <= tags_of(DiagMat(d) + placed("below the diagonal"))
    assert "invertible" not in tags_of(DiagMat(v) + placed("below the diagonal"))
    assert "invertible" not in tags_of(DiagMat(d) + placed("the first column"))


@pytest.mark.parametrize("name", LINES)
def test_gradients_are_right(name):
    rows, columns, count = LINES[name]
    node = placed(name)
    for function, symbol in [
        (Inner(A, node) + Inner(node * v, node * v), node.args[0]),
        (Inner(Picked(A * A, rows, columns, count), node.args[0]), A),
    ]:
        assert judge(differential_of(function, symbol), differential(function, symbol)).status == "proved"
        assert judge(Gradient(function, symbol), gradient(function, symbol)).status == "proved"


@pytest.mark.parametrize("name", LINES)
def test_jacobians_and_second_derivatives_are_right(name):
    rows, columns, count = LINES[name]
    node = placed(name)
    w = node.args[0]
    for function, symbol in [
        (A * node * v, w),
        (Vec(node * A.T), w),
        (Picked(A * A, rows, columns, count), A),
        (Picked(S.inv(), rows, columns, count), S),
        (Vec(HadamardProduct(Placed(Picked(A, rows, columns, count), rows, columns), A)), A),
    ]:
        assert judge(Jacobian(function, symbol), mvn.jacobian(function, symbol)).status == "proved"
    quartic = mvn.squared_norm(node * A * node.T * v)
    for symbols in [(w,), (w, A), (A, w)]:
        assert judge(Hessian(quartic, *symbols), mvn.hessian(quartic, *symbols)).status == "proved"
    assert judge(Vec(node), Placement(count, rows, columns) * w).status == "proved"


def test_jacobian_of_other_places_is_another():
    below, above = LINES["below the diagonal"], LINES["above it"]
    wrong = mvn.jacobian(Placed(b, *above[:2]), b)
    assert judge(Jacobian(Vec(Placed(b, *below[:2])), b), wrong).status == "refuted"


def test_placing_and_reading_are_adjoint():
    rows, columns, count = LINES["below the diagonal"]
    assert gradient(Inner(A, Placed(b, rows, columns)), b) == Picked(A, rows, columns, count)
    assert gradient(Inner(b, Picked(A, rows, columns, count)), A) == Placed(b, rows, columns)


def _below(matrix):
    return Picked(matrix, *LINES["below the diagonal"])


EQUAL = {
    "reading undoes placing": (_below(placed("below the diagonal", b)), b),
    "linear": (_below(2 * A + 3 * placed("below the diagonal", b)), 2 * _below(A) + 3 * b),
    "placing is linear": (
        placed("below the diagonal", 2 * b + _below(A)),
        2 * placed("below the diagonal", b) + placed("below the diagonal", _below(A)),
    ),
    "of a triangle what is inside": (_below(Tril(A)), _below(A)),
    "nothing below an upper triangle": (_below(M.T), ZeroMatrix(k - 1, 1)),
    "nor below a diagonal": (_below(DiagMat(d) + Identity(k)), ZeroMatrix(k - 1, 1)),
    "what a name of a sum says": (_below(mvn.Let("F", DiagMat(d) + placed("below the diagonal", b))), b),
    "no diagonal": (DiagPart(placed("below the diagonal", b)), ZeroMatrix(k, 1)),
    "nor a volume": (LogDet(DiagMat(d) + placed("below the diagonal", b)), LogDet(DiagMat(d))),
}


@pytest.mark.parametrize("name", EQUAL)
def test_normal_forms_agree_and_mean_the_same(name):
    left, right = EQUAL[name]
    assert judge(left, right).status == "proved"
    if name != "nor a volume":  # the volume of a sum is read when code is made, and when it has a name
        assert normalize(left) == normalize(right)


def test_other_places_are_not_the_same():
    assert judge(_below(A.T), _below(A)).status == "refuted"
    assert normalize(_below(A.T)) != normalize(_below(A))
    assert judge(placed("the last row", b), placed("below the diagonal", b)).status == "refuted"


@pytest.mark.parametrize(
    ("rows", "columns", "message"),
    [
        (lambda i: i + 2, lambda i: i, "must stay within 0 and k - 1"),
        (lambda i: i, lambda i: i - 1, "must stay within 0 and k - 1"),
        (lambda i: i**2, lambda i: i, "must run evenly"),
        (lambda i: k * i, lambda i: i, "must run evenly"),
        (lambda i: 0, lambda i: 0, "one of them must move"),
    ],
)
def test_places_outside_or_met_twice_are_refused(rows, columns, message):
    with pytest.raises(ArgumentError, match=message):
        Placed(b, rows, columns)
    with pytest.raises(ArgumentError, match=message):
        Picked(A, rows, columns, k - 1)


def test_only_vectors_are_placed_and_only_square_matrices_read():
    with pytest.raises(ArgumentError, match="column vector"):
        Placed(A, lambda i: i, lambda i: i)
    with pytest.raises(ArgumentError, match="must be square"):
        _below(mvn.GeneralMatrix("W", k, k - 1))
    with pytest.raises(ArgumentError, match="must stay within"):  # at k = 1 no vector is so short
        Placed(mvn.Vector("c", k - 2), lambda i: i + 2, lambda i: i)


def test_sizes_may_be_numbers():
    assert Placed(mvn.Vector("w", 2), lambda i: i + 1, lambda i: i, Integer(3)).shape == (3, 3)


def test_pages_count_from_one():
    assert latex(placed("below the diagonal", b)) == r"\mathrm{place}_{i+1,i}(b)"
    assert latex(placed("the last row", b)) == r"\mathrm{place}_{k,i}(b)"
    assert latex(_below(A)) == r"\mathrm{pick}_{i+1,i}(A)"
    assert latex(mvn.jacobian(placed("below the diagonal", b), b)) == "P_{i+1,i}"


@pytest.mark.parametrize("backend", backend_names())
@pytest.mark.parametrize("name", ["below the diagonal", "the last row", "the other diagonal"])
def test_code_and_its_derivatives_agree_with_balls(name, backend):
    rows, columns, count = LINES[name]
    node = placed(name)
    factor = mvn.Let("L", DiagMat(d) + node) if "strict" in TAGS[name] else node
    value = mvn.squared_norm(factor * v) + Inner(Picked(A, rows, columns, count), node.args[0])
    if "strict" in TAGS[name]:
        value += mvn.squared_norm(factor.inv() * v) + LogDet(factor)
    code = mvn.generate("f", value, [v, d, node.args[0], A], backend=backend)
    verdict = mvn.verify(code)
    assert verdict.status == "pass", verdict


def test_no_entry_is_placed_where_there_is_none():
    module = mvn.generate("f", placed("below the diagonal", b) * v, [v, b]).load()
    assert module.f(np.ones((4, 1)), np.ones((4, 0))).tolist() == [[0.0]] * 4
