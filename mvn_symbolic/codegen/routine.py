"""Floor 6: the statements of one program in one backend's spelling, and the helpers they call. No checks, no words."""

from __future__ import annotations

import re

from mvn_symbolic.codegen.backends.base import Backend
from mvn_symbolic.codegen.layout import WIDTH, bracketed
from mvn_symbolic.codegen.operations import Kind
from mvn_symbolic.codegen.printer import Body
from mvn_symbolic.codegen.program import Program

__all__ = ["batch_shape", "event_axes", "statements", "used_helpers"]


def statements(program: Program, backend: Backend) -> list[str]:
    """The body of a function that computes a program: shapes first, then the operations, then the return."""
    taken = {*program.parameters, *program.sizes, "math", *backend.taken}
    selective = backend.selective and program.variant == "backward"
    written = Body(program.operations, program.results, backend.spellings, taken, selective=selective)
    lines = [f"{size} = {text}" for size, text in program.sizes.items() if written.reads(size)]
    if written.reads("batch"):
        lines += bracketed("batch = " + backend.broadcast_shapes + "(", batch_shape(program), ")", indent=4)
    return [*lines, *written.lines, *_returned(program, written.returns)]


def batch_shape(program: Program) -> list[str]:
    """The texts of the batch shapes of the arguments."""
    return [
        f"{name}.shape[:-{event_axes(kind)}]" if event_axes(kind) else f"{name}.shape"
        for name, kind in program.arguments
    ]


def event_axes(kind: Kind) -> int:
    """How many trailing axes one event has."""
    return {Kind.SCALAR: 0, Kind.VECTOR: 1, Kind.MATRIX: 2}[kind]


def used_helpers(text: str, backend: Backend) -> list[str]:
    """The sources of the helpers a text calls, and of those that these call, in the backend's order."""
    found: set[str] = set()
    while True:
        new = {name for name in re.findall(r"(?<![\w.])(\w+)\(", text) if name in backend.helpers} - found
        if not new:
            return [source.strip("\n") for name, source in backend.helpers.items() if name in found]
        found |= new
        text = "\n".join(re.sub(rf"^def {name}\(", "", backend.helpers[name].strip("\n")) for name in found)


def _returned(program: Program, texts: list[str]) -> list[str]:
    if program.variant in {"value", "jvp"}:
        return [f"return {texts[0]}"]
    if program.variant in {"value_and_grad", "forward"}:
        comma = "," if len(texts) == 2 else ""
        return bracketed(f"return {texts[0]}, (", texts[1:], f"{comma})", indent=4, listing=True)
    line = f"return {', '.join(texts)}" if len(texts) > 1 else f"return ({texts[0]},)"
    return [line] if len(line) + 4 <= WIDTH else bracketed("return (", texts, ")", indent=4, listing=True)
