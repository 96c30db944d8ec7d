"""What is said of one entry, for all at once: the node, how it is written, the vector it becomes, what is refused."""

from __future__ import annotations

import pytest
from sympy import KroneckerDelta, Symbol, cos, exp, sqrt
from sympy.matrices.expressions import OneMatrix, ZeroMatrix

import mvn_symbolic as mvn
from mvn_symbolic import k
from mvn_symbolic.calculus.from_entries import all_at_once
from mvn_symbolic.calculus.stable import merge_exponentials
from mvn_symbolic.calculus.terms import normalize
from mvn_symbolic.errors import ArgumentError, MissingRuleError
from mvn_symbolic.meaning.explicit import explicit
from mvn_symbolic.meaning.judge import judge
from mvn_symbolic.notation.entries import Cell
from mvn_symbolic.notation.from_entries import FromEntries
from mvn_symbolic.notation.latex import latex
from mvn_symbolic.notation.nodes import DiagMat, DiagPart, Inner, LogDet, elementwise, expm1
from mvn_symbolic.notation.operators import Component

i, j, n = Symbol("i", integer=True), Symbol("j", integer=True), Symbol("n", integer=True, positive=True)
A, B, L = mvn.GeneralMatrix("A"), mvn.GeneralMatrix("B"), mvn.LowerTriangular("L")
x, y, s = mvn.Vector("x"), mvn.Vector("y"), mvn.PositiveVector("s")
W, u = mvn.GeneralMatrix("W", k, n), mvn.Vector("u", n)
E = elementwise(exp, A)

#: What stands at place i, each with a mistake that a rule might make of it.
ENTRIES = {
    Component(A * x, i): Component(A.T * x, i),
    Cell(L * L.T, i, i): Cell(L.T * L, i, i),
    Cell(A, i, 1) - Cell(A, 1, i): Cell(A, i, 1) - Cell(A, i, 1) / 2,
    exp(Component(x, i) + Cell(A, i, i) / 2): exp(Component(x, i) - Cell(A, i, i) / 2),
    Component(x, i) ** 2 * Component(y, i) / Component(s, i): Component(x, i) ** 2 * Component(y, i) * Component(s, i),
    sqrt(Component(s, i)) * LogDet(A) + Inner(x, y): sqrt(Component(s, i)) * LogDet(A) + Inner(x, x),
    cos(Component(x, i)) - 3: cos(Component(x, i)) - 2,
}


@pytest.mark.parametrize(("entry", "wrong"), ENTRIES.items(), ids=map(str, ENTRIES))
def test_all_entries_at_once_are_those_at_each_place(entry, wrong):
    asked = FromEntries(entry, i)
    answer = all_at_once(*asked.args)
    assert not answer.has(FromEntries, Component, Cell)
    assert judge(asked, answer).status == "proved"
    assert judge(FromEntries(wrong, i), answer).status == "refuted"


def test_bare_entries_give_back_what_they_are_of():
    assert all_at_once(*FromEntries(Component(x, i), i).args) == x
    assert all_at_once(*FromEntries(Cell(A, i, i), i).args) == DiagPart(A)
    assert all_at_once(*FromEntries(2 * LogDet(A), i).args) == 2 * LogDet(A) * OneMatrix(k, 1)


def test_another_size_runs_to_its_own_end():
    asked = FromEntries(Cell(W, 1, i) * Component(u, i), (i, n))
    assert asked.shape == (n, 1)
    assert judge(asked, all_at_once(*asked.args)).status == "proved"


def test_the_running_index_is_bound():
    """The same name outside is another index: the judge goes through that one, and the sum holds at each."""
    asked = FromEntries(Component(x, i) + Component(y, j), i)
    assert asked.free_symbols == {x, y, j, k}
    assert judge(Component(y, i) * asked, Component(y, i) * all_at_once(*asked.args)).status == "proved"


#: What stands at row i and column j, each with a mistake that a rule might make of it.
CELLS = {
    Cell(A, i, j) - 3 * Cell(A, j, i): Cell(A, i, j) - 3 * Cell(A, i, j),
    Component(x, i) * Component(y, j): Component(x, j) * Component(y, i),
    Component(x, i) + Inner(x, y): Component(x, j) + Inner(x, y),
    Cell(A, i, j) ** 2 * Cell(A, i, i) / Component(s, j): Cell(A, i, j) ** 2 * Cell(A, i, i) / Component(s, i),
    exp(Component(x, i) + Component(y, j) + Cell(A, i, j)): exp(Component(x, i) + Component(y, j) + Cell(A, j, i)),
    exp(Component(x, i) * Component(y, j) + LogDet(A) / 9): exp(Component(x, j) * Component(y, i) + LogDet(A) / 9),
    1 / (Component(s, i) + Component(s, j)): 1 / (Component(s, i) + Component(s, i)),
    (Component(x, i) - Component(x, j)) ** 2: (Component(x, i) + Component(x, j)) ** 2,
    cos(Cell(A, i, j) - Component(x, j)) + 2: cos(Cell(A, i, j) - Component(x, i)) + 2,
    Cell(A, i, 1) * Cell(B, k, j): Cell(A, 1, i) * Cell(B, k, j),
}


@pytest.mark.parametrize(("entry", "wrong"), CELLS.items(), ids=map(str, CELLS))
def test_all_entries_of_a_matrix_are_those_at_each_place(entry, wrong):
    asked = FromEntries(entry, i, j)
    answer = all_at_once(*asked.args)
    assert not answer.has(FromEntries, Component, Cell)
    assert judge(asked, answer).status == "proved"
    assert judge(FromEntries(wrong, i, j), answer).status == "refuted"


def test_which_index_is_the_row_is_said_by_their_order():
    answer = all_at_once(*FromEntries(Cell(A, i, j), j, i).args)
    assert answer == A.T
    assert judge(FromEntries(Cell(A, i, j), j, i), A).status == "refuted"


def test_rows_and_columns_of_two_sizes():
    asked = FromEntries(cos(Component(x, i) - Component(u, j)) * Cell(W, i, j) + sqrt(Component(s, i)), i, (j, n))
    assert asked.shape == (k, n)
    assert judge(asked, all_at_once(*asked.args)).status == "proved"


def test_a_map_of_rows_is_that_of_columns_turned():
    rows = elementwise(lambda a, b: a * exp(b), x.T, y.T)
    assert normalize(rows - elementwise(lambda a, b: a * exp(b), x, y).T) == ZeroMatrix(1, k)
    assert judge(rows, normalize(rows)).status == "proved"
    assert normalize(elementwise(exp, A.T) - elementwise(exp, A).T) == ZeroMatrix(k, k)


#: Sums in which an exponential less one is met, or is not; what is merged of them.
MERGED = [
    (DiagMat(x) * E * DiagMat(y) - x * y.T, True),
    (B - 2 * DiagMat(x) * E * DiagMat(y) + 2 * x * y.T, True),
    (DiagMat(x) * E - x * OneMatrix(1, k), True),
    (E - OneMatrix(k, k), True),
    (DiagMat(x) * E * DiagMat(y) - 2 * x * y.T, False),
    (DiagMat(x) * E * DiagMat(y) - y * x.T, False),
    (B * E - x * y.T, False),
]


@pytest.mark.parametrize(("matrix", "merges"), MERGED, ids=[str(matrix) for matrix, _ in MERGED])
def test_an_exponential_less_one_is_merged_where_it_stands(matrix, merges):
    merged = merge_exponentials(matrix)
    assert merged.has(expm1) == merges
    assert judge(matrix, merged).status == "proved"
    assert not merges or judge(matrix, merged + B).status == "refuted"


@pytest.mark.parametrize(
    "entry",
    [
        i * Component(x, i),
        Component(x, k + 1 - i),
        KroneckerDelta(i, 1) * Component(x, i),
        Inner(x, Component(y, i) * x),
        LogDet(Component(s, i) * A),
        Component(Component(x, i) * y, i),
    ],
    ids=str,
)
def test_an_index_that_is_no_place_is_refused(entry):
    """The node has a meaning all the same; there is only no rule."""
    with pytest.raises(MissingRuleError, match="no all entries rule"):
        all_at_once(*FromEntries(entry, i).args)
    assert explicit(FromEntries(entry, i), 2).shape == (2, 1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((x, i), r"`entry` must be a scalar expression; got x\. Say what"),
        ((Component(x, i),), r"`places` must be one running index or two different ones; got \(\)\. Name"),
        ((Component(x, i), i, i), "two different ones"),
        ((Component(x, i), i, j, n), "two different ones"),
        ((Component(x, i), mvn.scalar("t")), "`places` must name running indices, integer symbols; got t"),
    ],
)
def test_what_is_no_running_entry_is_refused(arguments, message):
    with pytest.raises(ArgumentError, match=message):
        FromEntries(*arguments)


def test_entries_are_written_with_how_far_they_run():
    assert latex(FromEntries(Component(x, i), i)) == "(x_i)_{i=1}^{k}"
    assert latex(FromEntries(Cell(A, i, j), i, j)) == r"(A_{ij})_{i,j=1}^{k}"
    assert latex(FromEntries(Cell(W, i, j), i, (j, n))) == r"(W_{ij})_{i=1,\,j=1}^{k,\,n}"
    assert latex(FromEntries(Component(x, i) ** 2, i)) == r"\bigl(x_i^2\bigr)_{i=1}^{k}"
    assert latex(FromEntries(Component(x, i), i).T) == r"\bigl((x_i)_{i=1}^{k}\bigr)^{\top}"


def test_an_entry_is_what_stands_at_its_place():
    asked = FromEntries(Component(x, i) * Component(u, j), i, (j, n))
    assert asked.shape == (k, n)
    assert asked[0, 1] == Component(x, 1) * Component(u, 2)
