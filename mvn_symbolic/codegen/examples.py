"""Floor 6: the example in each generated docstring: small arguments of the right structure, and what comes out."""

from __future__ import annotations

from typing import Any

from mvn_symbolic.codegen.backends.base import Backend
from mvn_symbolic.codegen.interpret import interpret
from mvn_symbolic.codegen.operations import Kind
from mvn_symbolic.codegen.program import Program
from mvn_symbolic.derivation.arguments import Input
from mvn_symbolic.notation.structure import is_diagonal, is_lower, is_positive, is_symmetric, tags_of

__all__ = ["example_lines", "example_values"]

#: Values for k = 2, by structure; a second argument of one structure takes the second.
_VALUES: dict[str, list[Any]] = {
    "vector": [[0.5, -1.0], [0.0, 1.0], [1.0, 2.0]],
    "positive": [[1.0, 0.5], [2.0, 1.0]],
    "lower": [[[1.0, 0.0], [0.5, 2.0]], [[2.0, 0.0], [-1.0, 1.0]]],
    "symmetric": [[[2.0, 0.5], [0.5, 1.0]], [[1.0, -0.5], [-0.5, 2.0]]],
    "diagonal": [[[1.0, 0.0], [0.0, 2.0]], [[2.0, 0.0], [0.0, 1.0]]],
    "general": [[[1.0, -2.0], [0.5, 1.0]], [[0.0, 1.0], [1.0, 1.0]]],
    "scalar": [2.0, 0.5, 1.0],
    "share": [0.25, 0.5],
}


def example_values(inputs: tuple[Input, ...]) -> dict[str, Any]:
    """A small value for each argument, as nested lists."""
    seen: dict[str, int] = {}
    values = {}
    for item in inputs:
        structure = _structure(item.symbol)
        nth = seen.get(structure, 0)
        seen[structure] = nth + 1
        choices = _VALUES[structure]
        values[item.name] = choices[nth % len(choices)]
    return values


def example_lines(program: Program, backend: Backend) -> list[str]:
    """The example of a docstring, as a doctest."""
    values = example_values(program.function.inputs) if program.is_plain else _values_of_sizes(program)
    lines = [f">>> {name} = {backend.literal(value)}" for name, value in values.items()]
    arguments = list(values)
    sizes = _sizes(program)

    def shape_of(symbol: Any) -> tuple[int, ...]:
        return tuple(size.at(**sizes) for size in program.event(symbol))

    if program.variant == "vjp":
        ((name, kind),) = program.extra
        upstream: Any = 1.0
        for size in reversed(() if kind is Kind.SCALAR else shape_of(program.function.value)):
            upstream = [upstream] * size
        lines.append(f">>> {name} = {backend.literal(upstream)}")
        arguments.append(name)
    elif program.variant in {"jvp", "hvp"}:  # along the arguments themselves
        arguments += list(values)
    call = f"{program.name}({', '.join(arguments)})"
    if program.variant == "value":
        return [*lines, *_result(program, values, call)]
    if program.variant == "jvp":
        return [*lines, f">>> tuple({call}.shape)", str(shape_of(program.function.value))]
    if program.variant == "value_and_grad":
        lines.append(f">>> _, gradients = {call}")
        call = "gradients"
    expected = [shape_of(item.symbol) for item in program.function.inputs]
    return [*lines, f">>> [tuple(part.shape) for part in {call}]", str(expected)]


def _sizes(program: Program) -> dict[str, int]:
    """k = 2, and each further dimension larger by one; independent rows are fewer than columns."""
    symbols = [item.symbol for item in program.function.inputs]
    few = {program.event(symbol)[0].name for symbol in symbols if "full_row_rank" in tags_of(symbol)}
    more = sorted(name for name in program.sizes if name != "k" and name not in few)
    return {"k": 2} | {name: 3 + i for i, name in enumerate(more)} | dict.fromkeys(few, 1)


def _values_of_sizes(program: Program) -> dict[str, Any]:
    """Values where sizes differ, by the structure of each argument."""
    sizes = _sizes(program)
    values = example_values(program.function.inputs)
    for nth, item in enumerate(program.function.inputs):
        event = program.event(item.symbol)
        if {size.name for size in event} <= {"k"}:
            continue
        rows, columns = event[0].at(**sizes), event[-1].at(**sizes)
        lower, symmetric = is_lower(item.symbol), is_symmetric(item.symbol)
        if len(event) == 1:
            values[item.name] = [0.5 * (1 + (i + nth) % 4) for i in range(rows)]
        elif lower or symmetric:
            values[item.name] = [
                [1.0 + i if i == j else 0.5 * ((i > j) or (symmetric and not lower)) for j in range(columns)]
                for i in range(rows)
            ]
        elif "full_row_rank" in tags_of(item.symbol):
            values[item.name] = [[1.0 if i == j else 0.25 for j in range(columns)] for i in range(rows)]
        else:
            values[item.name] = [[0.5 * ((i + 2 * j + nth) % 4) - 0.5 for j in range(columns)] for i in range(rows)]
    return values


def _result(program: Program, values: dict[str, Any], call: str) -> list[str]:
    result = interpret(program, values)
    if program.kind is Kind.SCALAR:
        return [f">>> round({call}.item(), 4)", repr(round(float(result), 4))]
    if program.kind is Kind.MATRIX:
        rounded = [[round(entry, 4) for entry in row] for row in result.tolist()]
        return [f">>> [[round(entry, 4) for entry in row] for row in {call}.tolist()]", repr(rounded)]
    return [f">>> [round(entry, 4) for entry in {call}.tolist()]", repr([round(entry, 4) for entry in result.tolist()])]


def _structure(symbol: Any) -> str:
    if not hasattr(symbol, "shape"):
        return "share" if getattr(symbol, "is_share", False) else "scalar"
    if symbol.shape[1] == 1:
        return "positive" if is_positive(symbol) else "vector"
    if is_diagonal(symbol):
        return "diagonal"
    return "lower" if is_lower(symbol) else "symmetric" if is_symmetric(symbol) else "general"
