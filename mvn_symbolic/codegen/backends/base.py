"""Floor 6: what a backend is: how each operation is spelled, what helpers it needs, how it attaches derivatives.

A backend is a folder of `mvn_symbolic/backends`, and its `spelling.py` builds a `Backend`. Nothing about particular
functions or parameterizations lives here.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from string import Formatter
from typing import Any

from mvn_symbolic.codegen.constants import ATOM

__all__ = ["Backend", "Spelling"]


@dataclass(frozen=True)
class Spelling:
    """How an operation is written.

    Attributes
    ----------
    template
        The text: `{0}`, `{1}` stand for operands, `{number}` for a constant, `{places}` for the places of entries,
        `{event}` and `{shape}` for the shape of the result without and with its batch; variables `k` and `batch` hold
        the event size and the batch shape.
    binds
        How tightly the text binds.
    least
        How tightly operands must bind to stand without parentheses. Where it is left out, an operand that is indexed
        or whose method is called must be an atom.
    """

    template: str
    binds: int = ATOM
    least: tuple[int, ...] = ()

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """The placeholders of the template."""
        return tuple(name for _, name, _, _ in Formatter().parse(self.template) if name is not None)

    @cached_property
    def needs(self) -> tuple[int, ...]:
        """How tightly each operand must bind."""
        count = max((int(name) + 1 for name in self.fields if name.isdigit()), default=0)
        heads = [self.template.startswith("{0}") or f"{{{i}}}[" in self.template for i in range(count)]
        return self.least or tuple(ATOM if head else 0 for head in heads)

    @property
    def has_number(self) -> bool:
        """Whether a constant is part of it."""
        return "number" in self.fields

    @property
    def has_places(self) -> bool:
        """Whether the places of entries are part of it."""
        return "places" in self.fields


@dataclass(frozen=True)
class Backend:
    """Everything the generator knows of an array library.

    Attributes
    ----------
    name
        The name of the folder, such as ``torch``.
    imports
        The import lines of a generated module.
    accepts, returns
        The annotations of arguments and results.
    array
        What an array is called in documentation.
    broadcast_shapes
        The function that broadcasts shapes.
    spellings
        Opcode to text.
    helpers
        Source of the functions a generated module may need; each is written where its name is used.
    checked
        Arguments as `(name, number of event axes)` to the lines that check, and where needed convert, them.
    checked_sizes
        Arguments as `(name, names of the sizes of an event)` to such lines, where sizes are not all the same.
    checked_like
        `(name, text of the shape it must have, an argument)` to the lines that check a cotangent or tangent.
    literal
        Nested lists to the text of an array, for examples.
    bind
        The helper that makes one function of the programs it `binds`; none where the library does not differentiate.
    binds
        Which programs that helper takes, in order: a forward pass, a backward pass, perhaps a Jacobian-vector product.
    selective
        Whether the backward pass is told which gradients are wanted, so that it computes no others.
    plain
        The helper that says of arguments whether the library is to differentiate the operations themselves.
    note
        What a module's docstring says of this library alone.
    """

    name: str
    imports: tuple[str, ...]
    accepts: str
    returns: str
    array: str
    broadcast_shapes: str
    spellings: Mapping[str, Spelling]
    helpers: Mapping[str, str]
    checked: Callable[[tuple[tuple[str, int], ...]], list[str]]
    checked_sizes: Callable[[tuple[tuple[str, tuple[str, ...]], ...]], list[str]]
    checked_like: Callable[[str, str, str], list[str]]
    literal: Callable[[Any], str]
    bind: str = ""
    binds: tuple[str, ...] = ()
    selective: bool = False
    plain: str = ""
    note: str = ""

    @property
    def taken(self) -> frozenset[str]:
        """The names that the import lines bind: no variable of a generated function may have one."""
        bound = [alias for line in self.imports for node in ast.parse(line).body for alias in node.names]  # type: ignore[attr-defined]
        return frozenset((alias.asname or alias.name).split(".")[0] for alias in bound)
