"""Floor 6: from one function to its programs: value, gradients, both, and products with the Jacobian
and the Hessian.

What each program takes and returns, and the shapes it promises, is decided here; how it is spelled is not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, reduce
from typing import Any, Literal

from sympy import Add, Symbol
from sympy.matrices.expressions import MatrixExpr, ZeroMatrix

from mvn_symbolic.calculus import differential, fold, gradient, vjp
from mvn_symbolic.calculus.gradient import settled
from mvn_symbolic.calculus.second import gradient_change
from mvn_symbolic.codegen.arithmetic import scale
from mvn_symbolic.codegen.lower import Lowering, dimensions_of, kind_of
from mvn_symbolic.codegen.operations import Kind, Operations
from mvn_symbolic.derivation.function import Function
from mvn_symbolic.notation.nodes import Inner
from mvn_symbolic.notation.sizes import Size
from mvn_symbolic.notation.symbols import GeneralMatrix, Let, Vector, tangent_of

__all__ = ["Program", "Variant", "batched", "cotangent_of", "cotangents", "programs"]

_VIEWS = frozenset({"input", "diag", "head", "transpose"})

Variant = Literal["value", "grad", "value_and_grad", "vjp", "jvp", "hvp", "forward", "backward"]


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
        Arguments after those: the cotangent, one tangent an argument, or what a forward pass kept.
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
    def sizes(self) -> dict[str, str]:
        """The variable of each dimension, and the text that reads it off an argument."""
        names = {item.symbol: item.name for item in self.function.inputs}
        return {str(size): f"{names[symbol]}.shape[-{axis}]" for size, (symbol, axis) in dimensions_of(names).items()}

    @property
    def is_plain(self) -> bool:
        """Whether every size is the event dimension, so that no other needs a name."""
        return all(set(self.event(item.symbol)) <= {Size("k")} for item in self.function.inputs)

    def event(self, symbol: Any) -> tuple[Size, ...]:
        """The sizes of one event of an argument, or of the value."""
        return () if kind_of(symbol) is Kind.SCALAR else tuple(Size.of(size) for size in symbol.shape if size != 1)

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of all arguments in order."""
        return tuple(name for name, _ in self.arguments + self.extra)

    @property
    def kind(self) -> Kind:
        """What the function's value is for each element of the batch."""
        return kind_of(self.function.value)


def programs(function: Function) -> Iterator[Program]:
    """The programs of a function: one whose value is no number has no gradient, only the two products.

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
        yield _gradients(function)
        yield _gradients(function, with_value=True)
    yield _vjp(function)
    yield _jvp(function)
    if function.is_scalar and function.second:
        yield _hvp(function)


def cotangents(function: Function) -> tuple[Lowering, list[int], tuple[str, Kind]]:
    """Lower the vector-Jacobian product: the lowering, the cotangents, and the name and kind of the one that comes in.

    Cotangents have the shape of the arguments: sums over the axes along which these were broadcast.
    """
    if function.is_scalar:
        upstream: Any = Symbol("grad_output", real=True)
        low = Lowering({**_symbols(function), "grad_output": upstream})
        pairs = zip(_derivatives(function), function.inputs, strict=True)
        parts = [_times(low, low.scalar(upstream), low.lower(part), item.symbol) for part, item in pairs]
    else:
        upstream = cotangent_of("grad_value", function.value)
        low = Lowering({**_symbols(function), "grad_value": upstream})
        parts = [low.lower(vjp(function.value, item.symbol, upstream)) for item in function.inputs]
    b, outputs = low.builder, []
    for item, part in zip(function.inputs, parts, strict=True):
        like, kind = low.inputs[item.symbol], kind_of(item.symbol)
        if b.number(part) == 0:
            outputs.append(b.shaped("zeros_like", kind, like))
        else:
            outputs.append(b.shaped("sum_to", kind, like, _fresh(low, part)))
    return low, outputs, (upstream.name, kind_of(upstream))


def cotangent_of(name: str, value: MatrixExpr) -> Any:
    """A symbol for what is pulled back through a vector or a matrix: of its shape, every entry free."""
    rows, columns = value.shape
    return Vector(name, rows) if columns == 1 else GeneralMatrix(name, rows, columns)


def _times(low: Lowering, factor: int, part: int, symbol: Any) -> int:
    """A gradient times a number; one whose entries are equal becomes a vector first."""
    if kind_of(symbol) is Kind.VECTOR and low.builder.number(part) not in {None, 0}:
        part = low.full_vector(part, symbol.shape[0])
    return scale(low.builder, factor, part)


@cache
def _derivatives(function: Function) -> tuple[Any, ...]:
    return tuple(gradient(function.smooth, item.symbol) for item in function.inputs)


def _value(function: Function) -> Program:
    low = Lowering(_symbols(function))
    result = batched(low, function, low.lower(function.value), function.value)
    return Program(function, "value", low.builder.finish([result]), _arguments(function), (), ("result",))


def _gradients(function: Function, *, with_value: bool = False) -> Program:
    low = Lowering(_symbols(function))
    outputs = [batched(low, function, low.lower(function.value), function.value)] if with_value else []
    for item, part in zip(function.inputs, _derivatives(function), strict=True):
        outputs.append(batched(low, function, low.lower(part), item.symbol))
    names = (*(["result"] if with_value else []), *_results(function))
    variant: Variant = "value_and_grad" if with_value else "grad"
    return Program(function, variant, low.builder.finish(outputs), _arguments(function), (), names)


def _vjp(function: Function) -> Program:
    low, outputs, extra = cotangents(function)
    return Program(function, "vjp", low.builder.finish(outputs), _arguments(function), (extra,), _results(function))


def _pushed(function: Function) -> tuple[Lowering, tuple[tuple[str, Kind], ...]]:
    """A lowering that knows the arguments and a tangent of each, and the tangents' names and kinds."""
    tangents = {f"tangent_{item.name}": tangent_of(item.symbol) for item in function.inputs}
    low = Lowering({**_symbols(function), **tangents})
    return low, tuple((name, kind_of(symbol)) for name, symbol in tangents.items())


def _jvp(function: Function) -> Program:
    low, extra = _pushed(function)
    result = batched(low, function, low.lower(_change(function)), function.value)
    return Program(function, "jvp", low.builder.finish([result]), _arguments(function), extra, ("result",))


def _hvp(function: Function) -> Program:
    """How each gradient moves when all arguments do: the Hessian times the tangents, by the rows of each argument."""
    low, extra = _pushed(function)
    symbols = [item.symbol for item in function.inputs]
    outputs = [
        batched(low, function, low.lower(settled(gradient_change(part, *symbols), symbol)), symbol)
        for part, symbol in zip(_derivatives(function), symbols, strict=True)
    ]
    return Program(function, "hvp", low.builder.finish(outputs), _arguments(function), extra, _results(function))


def _change(function: Function) -> Any:
    """The derivative along the tangents; of a scalar, the sum of <gradient, tangent>."""
    if not function.is_scalar:
        lets = sorted(function.value.atoms(Let), key=lambda let: let.name)
        return fold(differential(function.value, *(item.symbol for item in function.inputs)), *lets)
    pairs = zip(function.inputs, _derivatives(function), strict=True)
    return Add(*(_paired(part, tangent_of(item.symbol)) for item, part in pairs if not isinstance(part, ZeroMatrix)))


def _paired(part: Any, tangent: Any) -> Any:
    return Inner(part, tangent) if isinstance(part, MatrixExpr) else part * tangent


def batched(low: Lowering, function: Function, value: int, like: Any) -> int:
    """Give a result, of the shape of `like`, the full batch shape of the arguments, though it may not depend on all."""
    b, kind = low.builder, kind_of(like)
    event = None if kind is Kind.SCALAR else low.event(*(size for size in like.shape if size != 1))
    number = b.number(value)
    if number is not None and kind is not Kind.SCALAR:
        return b.shaped("fill_batch", kind, low.like, payload=number, event=event)
    value = _fresh(low, value)
    reached = b.finish([value]).inputs_of_output(0)
    missing = [low.inputs[item.symbol] for item in function.inputs if item.name not in reached]
    if kind is Kind.SCALAR:  # zeros of the batch shape of each, so that its gradient is zero, not missing
        return reduce(lambda sum_, i: b.apply("add", sum_, b.zeros(i)), missing, value)
    return b.shaped("broadcast", kind, value, event=event) if missing else value


def _fresh(low: Lowering, value: int) -> int:
    """An argument, or a view of one, is never returned: who writes into the result would write into the argument."""
    b = low.builder
    return b.apply("copy", value) if b.steps[value].opcode in _VIEWS else value


def _symbols(function: Function) -> dict[str, Any]:
    return {item.name: item.symbol for item in function.inputs}


def _results(function: Function) -> tuple[str, ...]:
    return tuple(f"grad_{item.name}" for item in function.inputs)


def _arguments(function: Function) -> tuple[tuple[str, Kind], ...]:
    return tuple((item.name, kind_of(item.symbol)) for item in function.inputs)
