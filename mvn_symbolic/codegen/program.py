"""Floor 6: from one function to its programs: value, gradients, both, vector-Jacobian and Jacobian-vector product.

What each program takes and returns, and the shapes it promises, is decided here; how it is spelled is not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from sympy import Add, Expr, Symbol
from sympy.matrices.expressions import MatrixExpr, ZeroMatrix

from mvn_symbolic.calculus import differential, fold, gradient, vjp
from mvn_symbolic.calculus.differential import tangent_of
from mvn_symbolic.codegen.arithmetic import scale
from mvn_symbolic.codegen.lower import Lowering, kind_of
from mvn_symbolic.codegen.operations import Kind, Operations
from mvn_symbolic.derivation.function import Function, Input
from mvn_symbolic.notation.nodes import Inner
from mvn_symbolic.notation.symbols import Let, Vector

__all__ = ["Program", "Variant", "programs"]

_VIEWS = frozenset({"input", "diag", "transpose"})

Variant = Literal["value", "grad", "value_and_grad", "vjp", "jvp"]


@dataclass(frozen=True)
class Program:
    """One routine to be written: its name, what it takes, what it does, what it returns.

    Attributes
    ----------
    function
        The function it belongs to.
    variant
        Which of the function's programs it is.
    operations
        What it does; inputs are named as the arguments are.
    arguments
        The function's arguments: names and kinds.
    extra
        Arguments after those: the cotangent, or one tangent an argument.
    results
        What each returned value is called.
    """

    function: Function
    variant: Variant
    operations: Operations
    arguments: tuple[tuple[str, Kind], ...]
    extra: tuple[tuple[str, Kind], ...] = ()
    results: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The public name: `vjp_log_prob`."""
        return self.function.name if self.variant == "value" else f"{self.variant}_{self.function.name}"

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of all arguments in order."""
        return tuple(name for name, _ in self.arguments + self.extra)

    @property
    def kind(self) -> Kind:
        """What the function's value is for each element of the batch."""
        return kind_of(self.function.value)


def programs(function: Function) -> Iterator[Program]:
    """The programs of a function: a vector-valued one has no gradient, only the two products.

    Parameters
    ----------
    function : Function

    Yields
    ------
    Program
        In the order they are written.

    Raises
    ------
    UnsupportedExpressionError
        For a node that has no operations, such as the inverse of a dense matrix.
    MissingRuleError
        For a node that has no derivative.
    """
    yield _value(function)
    if function.is_scalar:
        gradients = [gradient(function.value, item.symbol) for item in function.inputs]
        yield _gradients(function, gradients)
        yield _gradients(function, gradients, with_value=True)
        yield _scalar_vjp(function, gradients)
        yield _jvp(function, _along(function.inputs, gradients))
    else:
        yield _vector_vjp(function)
        symbols = [item.symbol for item in function.inputs]
        lets = sorted(function.value.atoms(Let), key=lambda let: let.name)
        yield _jvp(function, fold(differential(function.value, *symbols), *lets))


def _value(function: Function) -> Program:
    low = Lowering(_symbols(function))
    result = _batched(low, low.lower(function.value), kind_of(function.value))
    return Program(function, "value", low.builder.finish([result]), _arguments(function), (), ("result",))


def _gradients(function: Function, gradients: list[Any], *, with_value: bool = False) -> Program:
    low = Lowering(_symbols(function))
    outputs = [_batched(low, low.lower(function.value), Kind.SCALAR)] if with_value else []
    outputs += [
        _batched(low, low.lower(part), kind_of(item.symbol))
        for item, part in zip(function.inputs, gradients, strict=True)
    ]
    names = (*(["result"] if with_value else []), *(f"grad_{item.name}" for item in function.inputs))
    variant: Variant = "value_and_grad" if with_value else "grad"
    return Program(function, variant, low.builder.finish(outputs), _arguments(function), (), names)


def _scalar_vjp(function: Function, gradients: list[Any]) -> Program:
    cotangent = Symbol("grad_output", real=True)
    low = Lowering({**_symbols(function), "grad_output": cotangent})
    b, parts = low.builder, [low.lower(part) for part in gradients]
    parts = [part if b.number(part) in {None, 0} else low.full_vector(part) for part in parts]
    scaled = [scale(b, low.scalar(cotangent), part) for part in parts]
    return _pulled_back(function, low, scaled, ("grad_output", Kind.SCALAR))


def _vector_vjp(function: Function) -> Program:
    cotangent = Vector("grad_value", function.value.shape[0])
    low = Lowering({**_symbols(function), "grad_value": cotangent})
    parts = [low.lower(vjp(function.value, item.symbol, cotangent)) for item in function.inputs]
    return _pulled_back(function, low, parts, ("grad_value", Kind.VECTOR))


def _pulled_back(function: Function, low: Lowering, parts: list[int], extra: tuple[str, Kind]) -> Program:
    """Cotangents have the shape of the arguments: sums over the axes along which these were broadcast."""
    b = low.builder
    outputs = []
    for item, part in zip(function.inputs, parts, strict=True):
        like, kind = low.inputs[item.symbol], kind_of(item.symbol)
        number = b.number(part)
        if number is not None:
            outputs.append(b.shaped("fill_like", kind, like, payload=number))
        else:
            outputs.append(b.shaped("sum_to", kind, like, _fresh(low, part)))
    names = tuple(f"grad_{item.name}" for item in function.inputs)
    return Program(function, "vjp", b.finish(outputs), _arguments(function), (extra,), names)


def _jvp(function: Function, change: Any) -> Program:
    tangents = {f"tangent_{item.name}": tangent_of(item.symbol) for item in function.inputs}
    low = Lowering({**_symbols(function), **tangents})
    result = _batched(low, low.lower(change), kind_of(function.value))
    extra = tuple((name, kind_of(symbol)) for name, symbol in tangents.items())
    return Program(function, "jvp", low.builder.finish([result]), _arguments(function), extra, ("result",))


def _along(inputs: tuple[Input, ...], gradients: list[Any]) -> Expr:
    """<gradient, tangent>, summed over the arguments."""
    pairs = zip(inputs, gradients, strict=True)
    return Add(*(_paired(part, tangent_of(item.symbol)) for item, part in pairs if not isinstance(part, ZeroMatrix)))


def _paired(part: Any, tangent: Any) -> Expr:
    return Inner(part, tangent) if isinstance(part, MatrixExpr) else part * tangent


def _batched(low: Lowering, value: int, kind: Kind) -> int:
    """Give a result the full batch shape of the arguments, whether or not it depends on all of them."""
    b = low.builder
    like = next(iter(low.inputs.values()))
    number = b.number(value)
    if number is not None:
        return b.shaped("fill_batch", kind, like, payload=number)
    arguments = {step.payload for step in b.steps if step.opcode == "input"}
    arguments = {name for name in arguments if not name.startswith("tangent_")}
    value = _fresh(low, value)
    if arguments <= b.finish([value]).inputs_of_output(0):
        return value
    return b.shaped("broadcast", kind, value)


def _fresh(low: Lowering, value: int) -> int:
    """An argument, or a view of one, is never returned: who writes into the result would write into the argument."""
    b = low.builder
    return b.apply("copy", value) if b.steps[value].opcode in _VIEWS else value


def _symbols(function: Function) -> dict[str, Any]:
    return {item.name: item.symbol for item in function.inputs}


def _arguments(function: Function) -> tuple[tuple[str, Kind], ...]:
    return tuple((item.name, kind_of(item.symbol)) for item in function.inputs)
