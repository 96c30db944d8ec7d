"""Floor 6: the operation list: static single assignments over scalars, vectors and matrices with any batch shape.

What an operation is, how equal ones are shared and unused ones dropped. No matrix node, no array library here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from sympy import Expr, sympify

__all__ = ["ELEMENTWISE", "OPCODES", "SIGNATURES", "Builder", "Kind", "Operation", "Operations"]


class Kind(IntEnum):
    """What a value is for each element of the batch; a constant is a Python number, the same for all."""

    CONST = 0
    SCALAR = 1
    VECTOR = 2
    MATRIX = 3


#: Entry by entry, on operands of one kind or constants: opcode -> number of operands.
ELEMENTWISE: dict[str, int] = {
    "copy": 1,
    "neg": 1,
    "add": 2,
    "sub": 2,
    "mul": 2,
    "div": 2,
    "power": 1,
    "sqrt": 1,
    "exp": 1,
    "log": 1,
    "log1p": 1,
    "expm1": 1,
    "expm1m": 1,
    "tanh": 1,
    "sigmoid": 1,
    "softplus": 1,
    "log_softplus": 1,
    "softplus_rate": 1,
    "softplus_excess": 1,
    "expm1_difference": 2,
    "expm1m_difference": 2,
    "exp_in_range": 1,
    "exp_beyond": 2,
    "log_excess": 1,
    "log_ratio_excess": 2,
    "log_softplus_ratio_excess": 2,
    "softplus_ratio_excess": 2,
}

_S, _V, _M = Kind.SCALAR, Kind.VECTOR, Kind.MATRIX

#: Opcode -> kinds of the operands, kind of the result. Solves take a lower-triangular matrix and read no other part.
#: `gram_root` is the symmetric square root of X'X, `lyapunov` the X with S X + X S = R.
#: A packed triangle is a vector: `head` and `unpack` read it, `pack` makes one of a vector and a matrix.
#: `place` puts entries into a matrix and `pick` reads them, at places that its payload says.
SIGNATURES: dict[str, tuple[tuple[Kind, ...], Kind]] = {
    "sum": ((_V,), _S),
    "dot": ((_V, _V), _S),
    "inner": ((_M, _M), _S),
    "row_sums": ((_M,), _V),
    "scalar_to_vector": ((_S,), _V),
    "scalar_to_matrix": ((_S,), _M),
    "as_rows": ((_V,), _M),
    "as_columns": ((_V,), _M),
    "outer": ((_V, _V), _M),
    "diag": ((_M,), _V),
    "diag_embed": ((_V,), _M),
    "transpose": ((_M,), _M),
    "cholesky": ((_M,), _M),
    "gram_root": ((_M,), _M),
    "lyapunov": ((_M, _M), _M),
    "tril": ((_M,), _M),
    "strict_tril": ((_M,), _M),
    "matvec": ((_M, _V), _V),
    "matvec_t": ((_M, _V), _V),
    "matmul": ((_M, _M), _M),
    "head": ((_V,), _V),
    "unpack": ((_V,), _M),
    "pack": ((_V, _M), _V),
    "pack_head": ((_V,), _V),
    "pack_tail": ((_V, _V), _V),
    "tail_dot": ((_V, _V), _S),
    "place": ((_V,), _M),
    "pick": ((_M,), _V),
    "solve_vector": ((_M, _V), _V),
    "solve_vector_t": ((_M, _V), _V),
    "solve_matrix": ((_M, _M), _M),
    "solve_matrix_t": ((_M, _M), _M),
}

#: Made from shape, dtype and device of an input, not from its numbers: for one event, for the batch, or like it.
SHAPED = frozenset({"eye", "fill", "fill_batch", "zeros_like"})

#: Zeros of the batch shape of an input: they make a result depend on it.
_ZEROS = frozenset({"zeros_of_scalar", "zeros_of_vector", "zeros_of_matrix"})

#: Everything a backend must be able to spell. `broadcast` and `sum_to` bring results to their promised shapes.
OPCODES = frozenset(ELEMENTWISE) | frozenset(SIGNATURES) | SHAPED | {"broadcast", "sum_to", *_ZEROS}

_COMMUTATIVE = frozenset({"add", "mul", "dot", "tail_dot", "inner"})


@dataclass(frozen=True)
class Operation:
    """One assignment: `opcode` applied to earlier values; `payload` holds a constant, an exponent or a name.

    Of what is made to a shape, `event` names the sizes of one event where they are not all the event dimension.
    """

    opcode: str
    operands: tuple[int, ...]
    kind: Kind
    payload: Any = None
    event: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Operations:
    """A finished program: assignments in order, the values it returns, and the names some values have."""

    steps: tuple[Operation, ...]
    outputs: tuple[int, ...]
    names: dict[int, str] = field(default_factory=dict)

    def counts(self) -> Counter[str]:
        """How often each opcode is used; inputs and constants cost nothing and are left out."""
        return Counter(step.opcode for step in self.steps if step.opcode not in {"input", "const"})

    def uses(self) -> Counter[int]:
        """How often each value is read, outputs included."""
        return Counter([*(i for step in self.steps for i in step.operands), *self.outputs])

    def wanted_by(self) -> list[frozenset[int]]:
        """For each value, which of the returned values, by position, need it."""
        wanted: list[set[int]] = [set() for _ in self.steps]
        for position, value in enumerate(self.outputs):
            wanted[value].add(position)
        for i in reversed(range(len(self.steps))):
            for operand in self.steps[i].operands:
                wanted[operand] |= wanted[i]
        return [frozenset(positions) for positions in wanted]

    def inputs_of_output(self, index: int) -> frozenset[str]:
        """The names of the inputs whose numbers reach a returned value."""
        value = self.outputs[index]
        reached: list[frozenset[str]] = []
        for step in self.steps[: value + 1]:
            own = {step.payload} if step.opcode == "input" else set()
            operands = () if step.opcode in SHAPED else step.operands
            reached.append(frozenset(own).union(*(reached[i] for i in operands)))
        return reached[value]

    def __str__(self) -> str:
        lines = []
        for i, step in enumerate(self.steps):
            words = [step.opcode, *(f"%{operand}" for operand in step.operands)]
            words += [str(step.payload)] if step.payload is not None else []
            name = f"  # {self.names[i]}" if i in self.names else ""
            lines.append(f"%{i}: {step.kind.name.lower()} = {' '.join(words)}{name}")
        return "\n".join([*lines, f"return {', '.join(f'%{i}' for i in self.outputs)}"])


class Builder:
    """Collects operations. Asking twice for the same operation gives the same value: that is how results share work."""

    def __init__(self) -> None:
        self.steps: list[Operation] = []
        self._values: dict[Operation, int] = {}
        #: What values are called in the generated code.
        self.names: dict[int, str] = {}

    def input(self, name: str, kind: Kind) -> int:
        """An argument of the program."""
        return self._value(Operation("input", (), kind, name))

    def const(self, number: Any) -> int:
        """A number, possibly of the event dimension; a SymPy expression, so that constants fold exactly."""
        return self._value(Operation("const", (), Kind.CONST, sympify(number)))

    def apply(self, opcode: str, *operands: int, payload: Any = None) -> int:
        """The value of one operation; operands of the wrong kind are a bug of the caller."""
        kinds = [self.kind(operand) for operand in operands]
        if opcode in ELEMENTWISE:
            kind = max(kinds)
            fits = len(operands) == ELEMENTWISE[opcode] and set(kinds) <= {kind, Kind.CONST}
        else:
            wanted, kind = SIGNATURES[opcode]
            fits = tuple(kinds) == wanted
        assert fits, f"{opcode} does not take {', '.join(kind.name for kind in kinds)}"
        step = Operation(opcode, operands, kind, payload)
        if opcode in _COMMUTATIVE and (swapped := Operation(opcode, operands[::-1], kind, payload)) in self._values:
            step = swapped
        return self._value(step)

    def shaped(
        self,
        opcode: str,
        kind: Kind,
        like: int,
        *operands: int,
        payload: Any = None,
        event: tuple[str, ...] | None = None,
    ) -> int:
        """An operation that takes its shape from elsewhere: `fill`, `eye`, `broadcast`, `sum_to`."""
        return self._value(Operation(opcode, (*operands, like), kind, payload, event))

    def zeros(self, value: int) -> int:
        """A zero for each element of a value's batch, which depends on the value though not on its numbers."""
        return self._value(Operation(f"zeros_of_{self.kind(value).name.lower()}", (value,), Kind.SCALAR))

    def name(self, value: int, name: str) -> int:
        """Call a value by a name in the generated code; the first name stays."""
        if self.steps[value].opcode not in {"input", "const"}:
            self.names.setdefault(value, name)
        return value

    def kind(self, value: int) -> Kind:
        """The kind of a value."""
        return self.steps[value].kind

    def number(self, value: int) -> Expr | None:
        """The constant a value is; nothing when it is not one."""
        step = self.steps[value]
        return step.payload if step.opcode == "const" else None

    def reached(self, outputs: Iterable[int], given: Container[int] = ()) -> set[int]:
        """The values that these are computed from, themselves included; what is given is not looked behind."""
        needed = set(outputs)
        for i in reversed(range(len(self.steps))):
            if i in needed and i not in given:
                needed.update(self.steps[i].operands)
        return needed

    def finish(self, outputs: Iterable[int], given: Mapping[int, str] | None = None) -> Operations:
        """The program that returns these values, without anything they do not need.

        Values that are `given` become inputs, under the name they are given.
        """
        outputs, given = tuple(outputs), given or {}
        kept = sorted(self.reached(outputs, given))
        new = {old: i for i, old in enumerate(kept)}
        steps = []
        for old in kept:
            step = self.steps[old]
            if old in given:
                steps.append(Operation("input", (), step.kind, given[old]))
            else:
                operands = tuple(new[i] for i in step.operands)
                steps.append(Operation(step.opcode, operands, step.kind, step.payload, step.event))
        names = {new[i]: name for i, name in self.names.items() if i in new and i not in given}
        return Operations(tuple(steps), tuple(new[i] for i in outputs), names)

    def _value(self, step: Operation) -> int:
        if step not in self._values:
            self._values[step] = len(self.steps)
            self.steps.append(step)
        return self._values[step]
