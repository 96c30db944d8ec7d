"""Lives here: the code for low-rank covariances makes no array of the size of the covariance.
May not live here: whether that code is right."""

import pytest

from mvn_symbolic.catalogue.functions import functions
from mvn_symbolic.codegen.operations import ELEMENTWISE, Kind
from mvn_symbolic.codegen.program import programs

FUNCTIONS = {function.name: function for function in functions("low_rank")}
#: The matrix operations whose result has the shape of the operand at this place.
ALIKE = {"tril": 0, "strict_tril": 0, "cholesky": 0, "solve_matrix": 1, "solve_matrix_t": 1, "zeros_like": 0,
         "broadcast": 0, "sum_to": 0, "copy": 0}  # fmt: skip


def matrix_shapes(program):
    """The sizes of one event of every matrix of a program, read off its operations."""
    sizes = {item.name: tuple(size.name for size in program.event(item.symbol)) for item in program.function.inputs}
    found = []
    for step in program.operations.steps:
        of = [found[i] for i in step.operands]
        found.append(tuple(_shape(step, of, sizes)))
    return [shape for step, shape in zip(program.operations.steps, found, strict=True) if step.kind is Kind.MATRIX]


def _shape(step, of, sizes):
    if step.opcode == "input":
        return sizes.get(step.payload.removeprefix("tangent_"), ("k",) * (step.kind - 1))
    if step.opcode in ALIKE:
        return of[ALIKE[step.opcode]]
    if step.opcode in ELEMENTWISE:
        shapes = [shape for shape in of if shape]
        return tuple(max(axis, key=lambda size: size != "1") for axis in zip(*shapes, strict=True))
    match step.opcode, of:
        case "scalar_to_vector" | "scalar_to_matrix", _:
            return ("1",) * (step.kind - 1)
        case "as_rows", [(size,)]:
            return ("1", size)
        case "as_columns", [(size,)]:
            return (size, "1")
        case "outer", [(rows,), (columns,)]:
            return (rows, columns)
        case "transpose", [(rows, columns)]:
            return (columns, rows)
        case "matmul", [(rows, inner), (other, columns)]:
            assert inner == other
            return (rows, columns)
        case "eye" | "fill" | "fill_batch", _:
            return step.event * (2 if step.opcode == "eye" else 1)
        case "matvec" | "row_sums", [(rows, _), *_]:
            return (rows,)
        case "matvec_t" | "diag", [(_, columns), *_]:
            return (columns,)
        case "solve_vector" | "solve_vector_t", [_, vector]:
            return vector
    assert step.kind < Kind.VECTOR, f"say the shape of {step.opcode} of {of}"
    return ()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_matrix_is_as_large_as_the_covariance(name):
    for program in programs(FUNCTIONS[name]):
        shapes = matrix_shapes(program)
        assert ("k", "k") not in shapes, program.name
        assert "cholesky" not in program.operations.counts() or ("r", "r") in shapes
