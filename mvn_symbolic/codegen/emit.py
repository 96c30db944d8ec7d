"""Floor 6: from programs to the source of functions: signature, docstring, checks, body, binding of derivatives."""

from __future__ import annotations

from collections.abc import Iterator

from mvn_symbolic.codegen.backends.base import Backend
from mvn_symbolic.codegen.docs import docstring
from mvn_symbolic.codegen.layout import bracketed, indented
from mvn_symbolic.codegen.operations import Kind
from mvn_symbolic.codegen.program import Program
from mvn_symbolic.codegen.routine import batch_shape, event_axes, event_size, statements

__all__ = ["function_sources"]


def function_sources(programs: list[Program], backend: Backend) -> Iterator[list[str]]:
    """The definitions of one function and its derivatives, as blocks of lines.

    Parameters
    ----------
    programs : list of Program
        All programs of one function.
    backend : Backend

    Yields
    ------
    list of str
        One definition, without blank lines around it.
    """
    by_variant = {program.variant: program for program in programs}
    bound = bool(backend.plain_when) and by_variant["value"].function.is_scalar
    kept_apart = [by_variant[v] for v in ("value", "vjp", "jvp")] if bound else []
    for program in kept_apart:
        yield _private(program, backend)
    if bound:
        value = by_variant["value"].name
        variants = [f"_{value}", f"_vjp_{value}", f"_jvp_{value}"]
        yield bracketed(f"_derived_{value} = _with_derivatives(", variants, ")")
    for program in programs:
        yield _public(program, backend, delegates=program in kept_apart)


def _private(program: Program, backend: Backend) -> list[str]:
    lines = bracketed(f"def _{program.name}(", _annotated(program, backend), f") -> {_result_type(program, backend)}:")
    return [*lines, *indented(statements(program, backend))]


def _public(program: Program, backend: Backend, *, delegates: bool) -> list[str]:
    types = [f"{name}: {backend.accepts}" for name in program.parameters]
    lines = bracketed(f"def {program.name}(", types, f") -> {_result_type(program, backend)}:")
    lines += indented(docstring(program, backend))
    lines += indented(_checks(program, backend))
    if not delegates:
        return [*lines, *indented(statements(program, backend))]
    if program.variant == "value":
        plain = bracketed(f"return _{program.name}(", program.parameters, ")", indent=8)
        lines += [f"    if {backend.plain_when}:", *indented(plain, 8)]
    called = f"_derived_{program.name}" if program.variant == "value" else f"_{program.name}"
    return [*lines, *indented(bracketed(f"return {called}(", program.parameters, ")", indent=4))]


def _checks(program: Program, backend: Backend) -> list[str]:
    lines = backend.checked(tuple((name, event_axes(kind)) for name, kind in program.arguments))
    first = program.arguments[0][0]
    if program.variant == "vjp":
        ((name, kind),) = program.extra
        lines += bracketed(f"batch = {backend.broadcast_shapes}(", batch_shape(program), ")", indent=4)
        shape = "batch" if kind is Kind.SCALAR else f"(*batch, {event_size(program)})"
        lines += backend.checked_like(name, shape, first)
    elif program.variant == "jvp":
        for (name, _), (argument, _) in zip(program.extra, program.arguments, strict=True):
            lines += backend.checked_like(name, f"{argument}.shape", first)
    return lines


def _annotated(program: Program, backend: Backend) -> list[str]:
    return [f"{name}: {backend.returns}" for name in program.parameters]


def _result_type(program: Program, backend: Backend) -> str:
    one = backend.returns
    many = f"tuple[{', '.join([one] * len(program.arguments))}]"
    if program.variant in {"value", "jvp"}:
        return one
    return f"tuple[{one}, {many}]" if program.variant == "value_and_grad" else many
