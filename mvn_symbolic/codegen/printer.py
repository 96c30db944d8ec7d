"""Floor 6: operations to lines of Python: what becomes a variable, what it is called, where parentheses are needed.

The spelling of each operation comes from a backend's table; no array library is known here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from mvn_symbolic.codegen.backends.base import Spelling
from mvn_symbolic.codegen.constants import ATOM, number_text
from mvn_symbolic.codegen.operations import Kind, Operation, Operations

__all__ = ["Body"]

#: An expression longer than this is cut: its longest part becomes a variable.
_WIDTH = 76

#: Of a value that is used again: what it is called after its operand, if that has a name.
_NAMES = {
    "diag": "diag_{}",
    "cholesky": "chol_{}",
    "exp": "exp_{}",
    "log": "log_{}",
    "sqrt": "sqrt_{}",
    "tril": "lower_{}",
    "sigmoid": "sigmoid_{}",
    "softplus": "softplus_{}",
}
_LONGEST_NAME = 28

#: As the formatter writes it, `x**1.5`; other powers keep their spaces.
_POWER_OF_A_NAME = re.compile(r"^([\w.]+) \*\* (-?[\d.]+)$")

_EVENT = {Kind.SCALAR: "()", Kind.VECTOR: "(k,)", Kind.MATRIX: "(k, k)"}
_SHAPE = {Kind.SCALAR: "batch", Kind.VECTOR: "(*batch, k)", Kind.MATRIX: "(*batch, k, k)"}


def _sizes(names: tuple[str, ...]) -> str:
    return f"({', '.join(names)}{',' * (len(names) == 1)})"


class Body:
    """The statements of one program, and the texts of what it returns.

    Parameters
    ----------
    operations : Operations
    results : tuple of str
        What the returned values are called where they need a name.
    spellings : mapping of opcode to Spelling
    taken : set of str
        Names that variables must not have: arguments, modules.
    selective : bool
        Whether each statement is guarded by `needs`, which says of each result whether it is wanted.
    """

    def __init__(
        self,
        operations: Operations,
        results: tuple[str, ...],
        spellings: Mapping[str, Spelling],
        taken: set[str],
        *,
        selective: bool = False,
    ) -> None:
        self._operations = operations
        self._spellings = spellings
        self._taken = taken | {"k", "batch", "needs"}
        self._numbers: Counter[str] = Counter()
        self._texts: dict[int, tuple[str, int]] = {}
        self._wanted_by = operations.wanted_by()
        self._statements: list[tuple[frozenset[int], str]] = []
        uses = operations.uses()
        wanted = dict(operations.names)
        if len(results) > 1:
            for value, name in zip(operations.outputs, results, strict=True):
                wanted.setdefault(value, name)
        for i, step in enumerate(operations.steps):
            if step.opcode == "input":
                self._texts[i] = (step.payload, ATOM)
            elif step.opcode == "const":
                self._texts[i] = number_text(step.payload)
            elif i in wanted or uses[i] > 1:
                text, _ = self._composed(i)
                self._assign(i, wanted.get(i) or self._invented(step), text)
            else:
                self._texts[i] = self._composed(i)
        self.returns = [self._texts[i][0] for i in operations.outputs]
        # a lone result is always wanted, and has no name of its own to set to None
        guarded = selective and len(results) > 1
        self.lines = self._guarded() if guarded else [text for _, text in self._statements]

    def reads(self, variable: str) -> bool:
        """Whether a variable such as `k` or `batch` is read anywhere."""
        return any(re.search(rf"\b{variable}\b", text) for text in [*self.lines, *self.returns])

    def _guarded(self) -> list[str]:
        """Statements for the same results together; those for more results first, so that nothing is read too early."""
        groups: dict[frozenset[int], list[str]] = {}
        for results, text in self._statements:
            groups.setdefault(results, []).append(text)
        everything = frozenset(range(len(self.returns)))
        maybe = [
            self.returns[i]
            for i in sorted(everything)
            if not any(text.startswith(f"{self.returns[i]} = ") for text in groups.get(everything, []))
        ]
        lines = [f"{' = '.join(dict.fromkeys(maybe))} = None"] if maybe else []
        for results in sorted(groups, key=len, reverse=True):
            if results == everything:
                lines += groups[results]
            else:
                lines.append(f"if {' or '.join(f'needs[{i}]' for i in sorted(results))}:")
                lines += [f"    {text}" for text in groups[results]]
        return lines

    def _assign(self, i: int, name: str, text: str) -> None:
        name = self._free(name)
        self._statements.append((self._wanted_by[i], f"{name} = {text}"))
        self._texts[i] = (name, ATOM)

    def _composed(self, i: int) -> tuple[str, int]:
        step = self._operations.steps[i]
        spelling = self._spellings[step.opcode]
        while True:
            parts = [self._bound(*pair) for pair in zip(step.operands, spelling.needs, strict=True)]
            text = spelling.template.format(
                *parts,
                number=number_text(step.payload)[0] if spelling.has_number else None,
                places=", ".join(step.payload) if spelling.has_places else None,
                event=_EVENT.get(step.kind) if step.event is None else _sizes(step.event),
                shape=_SHAPE.get(step.kind) if step.event is None else _sizes(("*batch", *step.event)),
            )
            text = _POWER_OF_A_NAME.sub(r"\1**\2", text)
            inlined = [j for j in step.operands if not self._texts[j][0].isidentifier() and not self._is_const(j)]
            if len(text) <= _WIDTH or not inlined:
                return text, spelling.binds
            longest = max(inlined, key=lambda j: len(self._texts[j][0]))
            self._assign(longest, self._invented(self._operations.steps[longest]), self._texts[longest][0])

    def _bound(self, operand: int, needed: int) -> str:
        text, binds = self._texts[operand]
        return text if binds >= needed else f"({text})"

    def _is_const(self, i: int) -> bool:
        return self._operations.steps[i].opcode == "const"

    def _invented(self, step: Operation) -> str:
        if step.opcode in _NAMES:
            operand = self._texts[step.operands[0]][0]
            name = _NAMES[step.opcode].format(operand)
            if operand.isidentifier() and not re.fullmatch(r"t\d+", operand) and len(name) <= _LONGEST_NAME:
                return name
        return "t"

    def _free(self, name: str) -> str:
        free = name
        while free in self._taken or free == "t":
            self._numbers[name] += 1
            free = f"{name}{'' if name == 't' else '_'}{self._numbers[name]}"
        self._taken.add(free)
        return free
