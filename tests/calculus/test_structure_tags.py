"""What is said about the structure of an expression is so: every tag, for every node, in numbers."""

import itertools

import numpy as np
import pytest
from flint import arb
from sympy import OneMatrix, Rational, exp
from sympy.matrices.expressions import Identity, Inverse, MatPow, Transpose, ZeroMatrix

import mvn_symbolic as mvn
from mvn_symbolic import k
from mvn_symbolic.meaning.ball_reader import BallReader
from mvn_symbolic.meaning.numbers import Balls
from mvn_symbolic.meaning.scene import Scene
from mvn_symbolic.notation.structure import tags_of
from mvn_symbolic.notation.symbols import Tangent
from mvn_symbolic.notation.table import rank

A, L, D = mvn.GeneralMatrix("A"), mvn.LowerTriangular("L"), mvn.DiagonalMatrix("D")
S, Y = mvn.PositiveDefinite("S"), mvn.SymmetricMatrix("Y")
x, sigma, c, t = mvn.Vector("x"), mvn.PositiveVector("sigma"), mvn.positive_scalar("c"), mvn.scalar("t")

LEAVES = [A, L, L.T, D, S, Y, Identity(k), ZeroMatrix(k, k), mvn.DiagMat(x), mvn.DiagMat(sigma), Tangent(L), Tangent(S)]
INVERTIBLE = [A, L, L.T, D, S, mvn.DiagMat(sigma), L * D, S * L, mvn.Let("U", L.T * D)]
BUILT = [
    *(mvn.Tril(matrix) for matrix in (*LEAVES, L * L.T, L.T * D, A + L)),
    *(Transpose(mvn.Tril(matrix)) for matrix in (A, S, L.T)),
    *(Inverse(matrix) for matrix in INVERTIBLE),
    *(MatPow(matrix, power) for matrix in (A, L, D, S) for power in (2, 3, -2)),
    *(one * two for one, two in itertools.product(LEAVES, repeat=2)),
    *(one + two for one, two in itertools.combinations(LEAVES, 2)),
    *(scale * matrix for scale in (c, t, -1, Rational(1, 2)) for matrix in LEAVES),
    *(mvn.Let("R", matrix) for matrix in (L * L, L * L.T, L * D, mvn.Tril(S))),
    *(mvn.elementwise(lambda v: v**2 + 1, matrix) for matrix in LEAVES),
    mvn.elementwise(lambda a, b: a * exp(b), S, L * L.T),
    mvn.elementwise(lambda a, b: a * exp(b), S, A),
    L * D * L,
    A.T * A,
    -A.T * A,
    t * A.T * A,
    A.T * S * A,
    A.T * D * A,
    Identity(k) + A.T * A,
    A.T * A - S,
    A.T * A + A * S.inv() * A.T,
    2 * L * D.inv(),
    -L * L,
    OneMatrix(k, k),
    -OneMatrix(k, k),
]
VECTORS = [
    x,
    sigma,
    OneMatrix(k, 1),
    mvn.DiagPart(L),
    mvn.DiagPart(S),
    mvn.DiagPart(A),
    mvn.DiagPart(L.inv()),
    mvn.DiagPart(-L),
    mvn.DiagPart(L * D),
    mvn.DiagPart(t * L),
    mvn.elementwise(lambda v: v**2 + 1, x),
    mvn.elementwise(lambda v: v**2, x),
    mvn.elementwise(lambda v: 1 / v, sigma),
    mvn.elementwise(lambda v: -v, sigma),
    mvn.elementwise(lambda v, w: v * w, sigma, x),
    mvn.elementwise(lambda v, w: v + w, sigma, sigma),
    mvn.Let("s", mvn.elementwise(lambda v: 2 * v, sigma)),
    mvn.Let("s", x + sigma),
]
HOLDS = {
    "lower": lambda m: np.allclose(m, np.tril(m)),
    "upper": lambda m: np.allclose(m, np.triu(m)),
    "diagonal": lambda m: np.allclose(m, np.diag(np.diag(m))),
    "symmetric": lambda m: np.allclose(m, m.T),
    "invertible": lambda m: abs(np.linalg.det(m)) > 1e-6,
    "positive_diagonal": lambda m: np.all(np.diag(m) > 0),
    "positive_definite": lambda m: np.allclose(m, m.T) and np.all(np.linalg.eigvalsh(m) > 0),
    "positive_semidefinite": lambda m: np.allclose(m, m.T) and np.all(np.linalg.eigvalsh(m) > -1e-9),
    "positive": lambda m: np.all(m > 0),
    "vector": lambda m: 1 in m.shape,
    "noise": lambda m: True,
    "full_row_rank": lambda m: np.linalg.matrix_rank(m) == m.shape[0],
    "full_column_rank": lambda m: np.linalg.matrix_rank(m) == m.shape[1],
}
#: Two independent rows, and any two rows: the product with its transpose can be inverted of the first alone.
T, Z = mvn.FullRowRank("T", rank, k), mvn.GeneralMatrix("Z", rank, k)
WIDE = [T, T.T, T * L, T * S, T * T.T, T.T * T, T * S * T.T, T * S.inv() * T.T, T * Y * T.T, T * A * T.T, T * Z.T]
WIDE += [Z * Z.T, Z * S * Z.T, T * T.T + Z * Z.T, mvn.Let("X", T * L), -T * T.T, T * mvn.Let("M", Z.T * Z) * T.T]


@pytest.mark.parametrize("expr", [*LEAVES, *BUILT, *VECTORS, *map(Transpose, VECTORS)], ids=str)
def test_every_tag_of_an_expression_holds_in_numbers(expr, readings, rng):
    point = readings.torch(3, rng)
    # the sign of t is not known: nothing may be claimed that needs it positive
    point.values[t] = point.numbers.number(-0.75)
    value = point.value(expr)
    for tag in tags_of(expr):
        assert HOLDS[tag](value), f"{expr} is said to be {tag}"


@pytest.mark.parametrize(
    ("expr", "tag"),
    [
        (L, "positive_diagonal"),
        (L * L, "lower"),
        (L.T.inv(), "upper"),
        (L * D, "positive_diagonal"),
        (c * L, "positive_diagonal"),
        (D * mvn.DiagMat(x), "diagonal"),
        (D + D.inv(), "diagonal"),
        (S.inv(), "positive_definite"),
        (Identity(k) + A.T * A, "positive_definite"),
        (D + A.T * A, "positive_definite"),
        (c**2 * S + Identity(k), "positive_definite"),
        (A.T * D * A, "positive_semidefinite"),
        (L * L.T, "positive_definite"),
        (mvn.share("alpha") * L * L.T + (1 - mvn.share("alpha")) * S, "symmetric"),
        (mvn.share("alpha") * L * L.T + (1 - mvn.share("alpha")) * L.T * L, "positive_definite"),
        ((1 - mvn.share("r")) * Identity(k) + mvn.share("r") * OneMatrix(k, k), "positive_definite"),
        (S + Y, "symmetric"),
        (3 * S, "symmetric"),
        (mvn.Tril(A), "lower"),
        (mvn.Tril(L.T), "diagonal"),
        (mvn.Let("R", L * L), "lower"),
        (mvn.DiagPart(L), "positive"),
        (mvn.elementwise(lambda v, w: v / w, sigma, sigma), "positive"),
    ],
    ids=str,
)
def test_tag_that_later_rules_rely_on_is_seen(expr, tag):
    assert tag in tags_of(expr)


def test_what_a_share_leaves_may_be_negative_where_it_is_no_share():
    assert "positive_definite" not in tags_of(c * L * L.T + (1 - c) * L.T * L)
    assert "positive_definite" not in tags_of(A.T * A)
    assert "positive_definite" not in tags_of(mvn.DiagMat(x) + A.T * A)


@pytest.mark.parametrize("expr", WIDE, ids=str)
def test_tags_of_wide_matrices_hold_for_rows_that_depend_on_each_other_where_they_may(expr, rng):
    """The second row of Z is twice the first: nothing may be claimed that needs it to be another one."""
    row = rng.uniform(-1, 1, 3)
    root = np.tril(rng.uniform(0.2, 1, (3, 3)))
    arrays = {T: [[1, 0, 0.5], [-1, 2, 0]], Z: [row, 2 * row], A: rng.uniform(-1, 1, (3, 3)), L: root}
    arrays |= {S: root @ root.T + np.eye(3), Y: root + root.T - 4 * np.eye(3)}
    values = {s: [[arb(float(entry)) for entry in line] for line in np.asarray(a)] for s, a in arrays.items()}
    found = BallReader().read(expr, Scene(Balls(), {k: 3, rank: 2}, values))
    for tag in tags_of(expr):
        assert HOLDS[tag](np.array([[float(entry) for entry in line] for line in found])), f"said to be {tag}"


def test_rows_that_are_independent_make_a_definite_product():
    for expr in (T * T.T, T * S * T.T, T * L * L.T * T.T, mvn.Let("X", T * L) * mvn.Let("X", T * L).T):
        assert "positive_definite" in tags_of(expr)
    for expr in (Z * Z.T, T.T * T, T * Y * T.T, T * A.T * A * T.T, -T * T.T, WIDE[-1]):
        assert "positive_definite" not in tags_of(expr)
