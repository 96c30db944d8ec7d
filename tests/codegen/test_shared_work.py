"""How much work the programs do: solves and products are counted, shared, and never done for what nobody asked for.

The numbers are goldens: a change is a change of cost. Fewer is an improvement, more wants a reason.
"""

import pytest
from sympy.matrices.expressions import Inverse, Trace

import mvn_symbolic as mvn
from mvn_symbolic.catalogue.functions import functions
from mvn_symbolic.codegen.operations import OPCODES, Builder, Kind
from mvn_symbolic.codegen.passes import passes
from mvn_symbolic.codegen.program import programs

SOLVES = ("solve_vector", "solve_vector_t", "solve_matrix", "solve_matrix_t")
#: All that costs more than k^2, or calls a special function.
FUNCTIONS = ("exp", "log", "expm1", "expm1m", "exp_in_range", "exp_beyond", "log_excess", "log_ratio_excess")
DEAR = (*SOLVES, "matmul", "matvec", "matvec_t", *FUNCTIONS)

L, M = mvn.LowerTriangular("L"), mvn.LowerTriangular("M")
A = mvn.GeneralMatrix("A")
x, y, sigma = mvn.Vector("x"), mvn.Vector("y"), mvn.PositiveVector("sigma")
SYMBOLS = (L, M, A, x, y, sigma)

# parameterization, function, variant -> the dear operations of its program, by opcode
COUNTS = [
    ("tril", "log_prob", "value", {"solve_vector": 1, "log": 1}),
    ("tril", "log_prob", "value_and_grad", {"solve_vector": 1, "solve_vector_t": 1, "log": 1}),
    ("tril", "log_prob", "vjp", {"solve_vector": 1, "solve_vector_t": 1}),
    ("tril", "kl_divergence", "value", {"solve_matrix": 1, "solve_vector": 1, "log_ratio_excess": 1}),
    (
        "tril",
        "kl_divergence",
        "value_and_grad",
        {"solve_matrix": 1, "solve_matrix_t": 1, "solve_vector": 1, "solve_vector_t": 1, "matmul": 1}
        | {"log_ratio_excess": 1},
    ),
    ("tril", "kl_standard_normal", "value_and_grad", {"log_excess": 1}),
    ("tril", "rsample", "value", {"matvec": 1}),
    ("tril", "rsample", "vjp", {"matvec_t": 1}),
    ("tril", "entropy", "value_and_grad", {"log": 1}),
    ("logvar", "kl_standard_normal", "value_and_grad", {"expm1m": 1, "expm1": 1}),
    # not one "exp" of half the logarithm: it is rounded once, where that would be squared
    ("logvar", "log_prob", "value_and_grad", {"exp_in_range": 1, "exp_beyond": 1}),
    ("diag", "kl_divergence", "value_and_grad", {"log_ratio_excess": 1}),
]

# Expressions that a careless order makes dear -> the dear operations they need.
ORDERS = [
    pytest.param(L * M * A * x, {"matvec": 3}, id="vectors first"),
    pytest.param((A * L * x) * (y.T * M * A), {"matvec": 2, "matvec_t": 2}, id="outer product last"),
    pytest.param(Trace(A.T * L.T * L * A), {"matmul": 1}, id="trace of a square"),
    pytest.param(mvn.Inner(x * y.T, L * M * A), {"matvec": 3}, id="outer product inside an inner product"),
    pytest.param(Inverse(L * L.T) * x, {"solve_vector": 1, "solve_vector_t": 1}, id="inverse of a product"),
    pytest.param(mvn.LogDet(L * L.T), {"log": 1}, id="log-determinant of a product"),
    pytest.param(Trace(Inverse(L) * M), {}, id="trace of triangular factors"),
    pytest.param(mvn.Tril(Inverse(L).T), {}, id="triangle of an upper factor"),
    pytest.param(mvn.DiagMat(sigma) * A * mvn.DiagMat(sigma), {}, id="diagonal factors"),
    pytest.param((A + x * y.T) * x, {"matvec": 1}, id="low-rank correction"),
    pytest.param(Inverse(M).T * A * A.T + Inverse(M).T * A, {"solve_matrix_t": 1, "matmul": 1}, id="shared product"),
    pytest.param(A * Inverse(L * L.T) * A.T, {"solve_matrix": 1, "matmul": 1}, id="half of a square once"),
    pytest.param(L * L * x, {"matvec": 2}, id="a power that SymPy collapses"),
]


def dear(operations):
    counts = operations.counts()
    return {opcode: counts[opcode] for opcode in DEAR if counts[opcode]}


@pytest.fixture(scope="module")
def catalogue():
    return {
        (kind, function.name): {p.variant: p for p in programs(function)}
        for kind in ("diag", "logvar", "tril")
        for function in functions(kind)
    }


@pytest.mark.parametrize(("kind", "name", "variant", "expected"), COUNTS, ids=lambda value: str(value)[:24])
def test_program_does_no_more_than_it_must(catalogue, kind, name, variant, expected):
    assert dear(catalogue[kind, name][variant].operations) == expected


@pytest.mark.parametrize(("expr", "expected"), ORDERS)
def test_cheapest_order_is_chosen(function_of, lowered, expr, expected):
    assert dear(lowered(function_of(expr, SYMBOLS)).operations) == expected


def test_no_inverse_and_no_determinant_can_be_said():
    assert not [opcode for opcode in OPCODES if "inv" in opcode or "det" in opcode]


@pytest.mark.parametrize("kind", ["diag", "logvar", "tril"])
def test_value_and_gradients_cost_less_together_than_apart(catalogue, kind):
    group = catalogue[kind, "kl_divergence"]
    apart = group["grad"].operations.counts() + group["value"].operations.counts()
    assert group["value_and_grad"].operations.counts().total() < apart.total()


def test_backward_pass_solves_nothing_again(catalogue):
    value = catalogue["tril", "kl_divergence"]["value"]
    forward, backward = passes(value)
    assert dear(forward.operations) == dear(value.operations)
    assert dear(backward.operations) == {"solve_matrix_t": 1, "solve_vector_t": 1, "matmul": 1}


def test_same_operation_is_the_same_value_and_unused_ones_go():
    b = Builder()
    first, second = b.input("first", Kind.VECTOR), b.input("second", Kind.VECTOR)
    total = b.apply("add", first, second)
    assert b.apply("add", second, first) == total
    assert b.apply("sub", second, first) != b.apply("sub", first, second)
    finished = b.finish([b.apply("exp", total)])
    assert [step.opcode for step in finished.steps] == ["input", "input", "add", "exp"]
    assert finished.counts() == {"add": 1, "exp": 1}


def test_given_values_become_inputs():
    b = Builder()
    total = b.apply("exp", b.input("first", Kind.VECTOR))
    finished = b.finish([b.apply("neg", total)], given={total: "kept"})
    assert [(step.opcode, step.payload) for step in finished.steps] == [("input", "kept"), ("neg", None)]
