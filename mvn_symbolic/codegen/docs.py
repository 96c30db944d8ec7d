"""Floor 6: docstrings of generated functions, in numpydoc, from the notation table and the derivation's words."""

from __future__ import annotations

import textwrap
from typing import Any

from mvn_symbolic.codegen.backends.base import Backend
from mvn_symbolic.codegen.examples import example_lines
from mvn_symbolic.codegen.program import Program
from mvn_symbolic.derivation.arguments import Input
from mvn_symbolic.notation.sizes import shape_text
from mvn_symbolic.notation.structure import is_lower, is_symmetric
from mvn_symbolic.notation.table import row_of

__all__ = ["docstring"]

_TEXT_WIDTH = 96


def docstring(program: Program, backend: Backend) -> list[str]:
    """The lines of a docstring, quotes included, not indented."""
    function = program.function
    lines = [f'r"""{_summary(program)}', "", *_section("Parameters", _parameters(program, backend))]
    lines += _section("Returns", _returns(program, backend))
    lines += _section(
        "Raises",
        [
            "ValueError",
            "    If event shapes differ or batch shapes do not broadcast.",
            "TypeError",
            "    If dtypes are mixed or not real floating point.",
        ],
    )
    lines += _section("Notes", _notes(program))
    if function.source:
        lines += _section("References", textwrap.wrap(function.source, _TEXT_WIDTH))
    lines += _section("Examples", example_lines(program, backend))
    return [*lines[:-1], '"""']


def _summary(program: Program) -> str:
    name = program.function.name
    return {
        "value": program.function.summary,
        "grad": f"Gradients of `{name}` by all its arguments.",
        "value_and_grad": f"The value of `{name}` and its gradients, from shared intermediates.",
        "vjp": f"Pull a cotangent of `{name}` back to all its arguments.",
        "jvp": f"Push tangents of the arguments through `{name}`.",
        "hvp": f"How the gradients of `{name}` move: its Hessian times a direction in all arguments.",
    }[program.variant]


def _parameters(program: Program, backend: Backend) -> list[str]:
    lines = []
    for item in program.function.inputs:
        shape, meaning = _described(program, item)
        lines += _entry(f"{item.name} : {backend.array}, shape {shape}", meaning)
    for name, _ in program.extra:
        if program.variant == "vjp":
            text = f"Upstream gradient, of the shape of the result of `{program.function.name}`."
            lines += _entry(f"{name} : {backend.array}, shape {_shape(program, program.function.value)}", text)
        else:
            of = name.removeprefix("tangent_")
            lines += _entry(f"{name} : {backend.array}", f"Direction in which `{of}` moves, of its shape.")
    return lines


def _shape(program: Program, symbol: Any) -> str:
    return shape_text(program.event(symbol))


def _described(program: Program, item: Input) -> tuple[str, str]:
    found = row_of(item.symbol)
    if found is None and not item.meaning:
        return _shape(program, item.symbol), f"The symbol {item.symbol} of the formula."
    if found is None or item.meaning:
        return _shape(program, item.symbol), f"{item.meaning[0].upper()}{item.meaning[1:]}."
    row, prefix = found
    meaning = row.meaning[0].upper() + row.meaning[1:] + (f", of {prefix}." if prefix else ".")
    return row.shape, meaning


def _returns(program: Program, backend: Backend) -> list[str]:
    array = backend.returns.removeprefix("np.")
    unit = f"In {program.function.unit}. " if program.function.unit else ""
    one = f"{array}, shape {_shape(program, program.function.value)}"
    conventions = " ".join(_conventions(program))
    gradients = f"ne gradient an argument, in their order, each with the full broadcast batch shape. {conventions}"
    cotangents = f"One cotangent an argument, in their order, of its shape: summed over broadcast axes. {conventions}"
    return {
        "value": _entry(one, f"{unit}Batch shapes broadcast; dtype and device as the arguments'."),
        "grad": _entry(f"tuple of {array}", f"O{gradients}"),
        "value_and_grad": _entry(f"{array}, tuple of {array}", f"{unit}The value, and: o{gradients}"),
        "vjp": _entry(f"tuple of {array}", cotangents),
        "jvp": _entry(one, "The derivative of the result along the tangents."),
        "hvp": _entry(
            f"tuple of {array}",
            "The derivative of each gradient along the tangents, in the order of the arguments, each with the full "
            f"broadcast batch shape. {conventions}",
        ),
    }[program.variant]


def _conventions(program: Program) -> list[str]:
    lower = [item.name for item in program.function.inputs if _is_matrix(item) and is_lower(item.symbol)]
    symmetric = [item.name for item in program.function.inputs if _is_matrix(item) and is_symmetric(item.symbol)]
    texts = [f"By `{name}` it is lower-triangular." for name in lower]
    return texts + [f"By `{name}` it is the symmetric G with df = <G, dS>." for name in symmetric]


def _is_matrix(item: Input) -> bool:
    shape: tuple[Any, ...] = getattr(item.symbol, "shape", ())
    return bool(shape) and shape[1] != 1


def _notes(program: Program) -> list[str]:
    lines = [f".. math:: {program.function.latex}", ""] if program.variant == "value" else []
    if lines and program.function.names:
        lines += [f"with {', '.join(f':math:`{one}`' for one in program.function.names)}.", ""]
    name = program.function.derivation
    return [*lines, f"From the derivation `{name}`." if name else "From an expression; no derivation is named."]


def _section(title: str, lines: list[str]) -> list[str]:
    return [title, "-" * len(title), *lines, ""]


def _entry(head: str, text: str) -> list[str]:
    return [head, *textwrap.wrap(text, _TEXT_WIDTH, initial_indent="    ", subsequent_indent="    ")]
