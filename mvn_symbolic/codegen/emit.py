"""Floor 6: from programs to the source of functions: signature, docstring, checks, body, binding of derivatives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mvn_symbolic.codegen.backends.base import Backend
from mvn_symbolic.codegen.docs import docstring
from mvn_symbolic.codegen.layout import bracketed, indented
from mvn_symbolic.codegen.operations import Kind
from mvn_symbolic.codegen.passes import passes
from mvn_symbolic.codegen.program import Program
from mvn_symbolic.codegen.routine import batch_shape, event_axes, statements

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
    value = programs[0]
    bound = bool(backend.bind) and value.function.is_scalar
    if bound:
        yield from _bound(value, {program.variant: program for program in programs}, backend)
    for program in programs:
        yield _public(program, backend, bound=bound)


def _bound(value: Program, others: Mapping[str, Program], backend: Backend) -> Iterator[list[str]]:
    """The private functions that are bound together to a function with derivatives, and that function."""
    known: dict[str, Program] = {**others, **{program.variant: program for program in passes(value)}}
    bound = [known[variant] for variant in backend.binds]
    for program in bound:
        extra = ["needs: Sequence[bool]"] if program.variant == "backward" and backend.selective else []
        arguments = [f"{name}: {backend.returns}" for name in program.parameters] + extra
        head = bracketed(f"def _{program.name}(", arguments, f") -> {_result_type(program, backend)}:")
        yield [*head, *indented(statements(program, backend))]
    yield bracketed(f"_derived_{value.name} = {backend.bind}(", [f"_{program.name}" for program in bound], ")")


def _public(program: Program, backend: Backend, *, bound: bool) -> list[str]:
    types = [f"{name}: {backend.accepts}" for name in program.parameters]
    lines = bracketed(f"def {program.name}(", types, f") -> {_result_type(program, backend)}:")
    lines += indented(docstring(program, backend))
    lines += indented(_checks(program, backend))
    if bound and program.variant == "value":
        return [*lines, *indented(_chosen(program, backend))]
    if bound and program.variant in backend.binds:
        return [*lines, *indented(bracketed(f"return _{program.name}(", program.parameters, ")", indent=4))]
    return [*lines, *indented(statements(program, backend))]


def _chosen(program: Program, backend: Backend) -> list[str]:
    """The function with its derivatives bound, or the same operations where the library is to differentiate them."""
    call = bracketed(f"return _derived_{program.name}(", program.parameters, ")", indent=4)
    if not backend.plain:
        return call
    question = bracketed(f"if {backend.plain}(", program.parameters, "):", indent=4)
    plain = bracketed(f"return _forward_{program.name}(", program.parameters, ")[0]", indent=8)
    return [*question, *indented(plain), *call]


def _checks(program: Program, backend: Backend) -> list[str]:
    lines = backend.checked(tuple((name, event_axes(kind)) for name, kind in program.arguments))
    if not program.is_plain:
        lines = backend.checked_sizes(_in_order_of_checks(program))
    first = program.arguments[0][0]
    if program.variant == "vjp":
        ((name, kind),) = program.extra
        lines += bracketed(f"batch = {backend.broadcast_shapes}(", batch_shape(program), ")", indent=4)
        sizes = [size.code_of(program.sizes) for size in program.event(program.function.value)]
        shape = "batch" if kind is Kind.SCALAR else f"(*batch, {', '.join(sizes)})"
        lines += backend.checked_like(name, shape, first)
    elif program.variant in {"jvp", "hvp"}:
        for (name, _), (argument, _) in zip(program.extra, program.arguments, strict=True):
            lines += backend.checked_like(name, f"{argument}.shape", first)
    return lines


def _in_order_of_checks(program: Program) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Each argument with the names of its sizes; one of length k-1 stands behind the first that says what k is."""
    found: list[tuple[str, tuple[str, ...]]] = []
    waiting: list[tuple[str, tuple[str, ...]]] = []
    known: set[str] = set()
    for item in program.function.inputs:
        event = program.event(item.symbol)
        known.update(size.name for size in event if size.is_dimension)
        is_known = all(known.issuperset(size.variables) for size in event)
        (found if is_known else waiting).append((item.name, tuple(size.name for size in event)))
    return (*found, *waiting)


def _result_type(program: Program, backend: Backend) -> str:
    one = backend.returns
    many = f"tuple[{', '.join([one] * len(program.arguments))}]"
    return {
        "value": one,
        "jvp": one,
        "grad": many,
        "hvp": many,
        "vjp": many,
        "value_and_grad": f"tuple[{one}, {many}]",
        "forward": f"tuple[{one}, tuple[{one}, ...]]",
        "backward": f"tuple[{one}{' | None' * backend.selective}, ...]",
    }[program.variant]
