"""Floor 6: expressions to operations: which node becomes what. One builder for many, so that they share work.

Products, triangles, diagonals and reductions have a file each; scalar algebra is in `pointwise`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial, reduce
from typing import Any

from sympy import Expr, S, Symbol
from sympy.matrices.expressions import (
    HadamardPower,
    HadamardProduct,
    Identity,
    Inverse,
    MatAdd,
    MatMul,
    MatPow,
    MatrixExpr,
    MatrixSymbol,
    OneMatrix,
    Trace,
    Transpose,
    ZeroMatrix,
)

from mvn_symbolic.codegen import decompositions, placed  # noqa: F401 - they register what becomes of their nodes
from mvn_symbolic.codegen.arithmetic import product, scale, total, weighted_sum
from mvn_symbolic.codegen.chains import Chains
from mvn_symbolic.codegen.columns import Columns
from mvn_symbolic.codegen.diagonals import Diagonals
from mvn_symbolic.codegen.lowerings import (
    MATRICES,
    SCALARS,
    VECTORS,
    Lowered,
    matrix_lowering,
    scalar_lowering,
    vector_lowering,
)
from mvn_symbolic.codegen.operations import Builder, Kind
from mvn_symbolic.codegen.packed import Packing
from mvn_symbolic.codegen.pointwise import is_constant, pointwise
from mvn_symbolic.codegen.reductions import Reductions
from mvn_symbolic.codegen.triangles import Triangles
from mvn_symbolic.codegen.words import Factor, Word, blocks, is_dense, read_word, turned
from mvn_symbolic.errors import UnsupportedExpressionError
from mvn_symbolic.notation.nodes import DiagMat, DiagPart, Elementwise, Inner, LogDet, Total, Tril, elementwise
from mvn_symbolic.notation.registers import nearest
from mvn_symbolic.notation.sizes import Size
from mvn_symbolic.notation.structure import is_lower
from mvn_symbolic.notation.symbols import Let, k

__all__ = ["Lowering", "dimensions_of", "kind_of"]


def is_dimension(size: Any) -> bool:
    """Whether a size is a symbol for a whole number, so that it can be read off an argument."""
    return isinstance(size, Symbol) and bool(size.is_integer)


def is_derived(size: Any) -> bool:
    """Whether a size follows from a dimension, such as k-1 from k."""
    return not is_dimension(size) and len(size.free_symbols) == 1 and all(map(is_dimension, size.free_symbols))


def dimensions_of(symbols: Iterable[Any]) -> dict[Any, tuple[Any, int]]:
    """Every dimension of some symbols, with the first of these that has it and the axis, counted from the end."""
    found: dict[Any, tuple[Any, int]] = {}
    for symbol in symbols:
        if kind_of(symbol) > Kind.SCALAR:
            event = symbol.shape if kind_of(symbol) is Kind.MATRIX else symbol.shape[:1]
            for axis, size in enumerate(reversed(event), start=1):
                if is_dimension(size):
                    found.setdefault(size, (symbol, axis))
    return found


def kind_of(expr: Any) -> Kind:
    """What a symbol or expression is for each element of the batch."""
    if not isinstance(expr, MatrixExpr):
        return Kind.SCALAR
    rows, columns = expr.shape
    if not (is_dimension(rows) or (columns == 1 and is_derived(rows))) or not (columns == 1 or is_dimension(columns)):
        raise UnsupportedExpressionError(
            "code is generated for vectors and matrices whose sizes are dimensions such as k, and for vectors whose "
            f"length follows from one, such as k(k+1)/2; `{expr}` has shape {expr.shape}."
        )
    return Kind.VECTOR if expr.shape[1] == 1 else Kind.MATRIX


class Lowering:
    """Lowers expressions of the same symbols into one builder.

    Parameters
    ----------
    symbols : mapping of str to symbol
        The arguments in order: name in code, symbol in the expressions.
    """

    def __init__(self, symbols: Mapping[str, Any]) -> None:
        self.builder = Builder()
        self.inputs = {symbol: self.builder.input(name, kind_of(symbol)) for name, symbol in symbols.items()}
        self.dimensions = dimensions_of(self.inputs)
        for symbol in self.inputs:
            for size in getattr(symbol, "shape", ()):
                if missing := size.free_symbols - set(self.dimensions):
                    raise UnsupportedExpressionError(
                        f"beside `{symbol}` of size {Size.of(size).name} an argument of size {missing.pop()} is "
                        "needed, to read it off."
                    )
        self.chains = Chains(self)
        self.columns = Columns(self)
        self.diagonals = Diagonals(self)
        self.triangles = Triangles(self)
        self.packing = Packing(self)
        self.reductions = Reductions(self)
        self._values: dict[Any, int] = {}

    def lower(self, expr: Any) -> int:
        """The value of an expression of any kind; a constant where it is one."""
        kind = kind_of(expr)
        value = (self.scalar, self.vector, self.matrix)[kind - 1](expr)
        if kind is Kind.VECTOR and self.builder.number(value) is None:
            return self.full_vector(value, expr.shape[0])
        return value

    def scalar(self, expr: Expr) -> int:
        """The value of a scalar expression."""
        return self._once(expr, lambda: pointwise(self.builder, expr, self._scalar_node))

    def vector(self, expr: MatrixExpr) -> int:
        """The value of a column vector; a number where all entries are that number."""
        return self._once(expr, lambda: self._registered(VECTORS, expr))

    def matrix(self, expr: MatrixExpr) -> int:
        """The value of a matrix; the number 0 for the zero matrix."""
        return self._once(expr, lambda: self._registered(MATRICES, expr))

    def input(self, symbol: MatrixSymbol) -> int:
        """The value of an argument as it was passed: of a triangular one, nothing above the diagonal may be read."""
        if symbol not in self.inputs:
            raise UnsupportedExpressionError(f"`{symbol}` is not an argument; those are {list(self.inputs)}.")
        return self.inputs[symbol]

    @property
    def like(self) -> int:
        """An argument to take dtype, device and event size from."""
        return next(value for symbol, value in self.inputs.items() if kind_of(symbol) > Kind.SCALAR)

    def ending_with(self, size: Any) -> int:
        """An argument whose last axis has a size; if there is none, one turned round."""
        for symbol, value in self.inputs.items():
            if kind_of(symbol) > Kind.SCALAR and symbol.shape[0 if symbol.shape[1] == 1 else 1] == size:
                return value
        if size in self.dimensions:
            return self.builder.apply("transpose", self.inputs[self.dimensions[size][0]])
        raise UnsupportedExpressionError(f"no argument has an axis of size `{size}`; there are {list(self.inputs)}.")

    def event(self, *sizes: Any) -> tuple[str, ...] | None:
        """The sizes of one event as text that computes them; nothing where all are the event dimension."""
        if {*self.dimensions, *sizes} <= {k}:
            return None
        if unknown := [size for size in sizes if not size.free_symbols <= set(self.dimensions)]:
            raise UnsupportedExpressionError(f"the size `{unknown[0]}` is that of no argument: {list(self.inputs)}.")
        return tuple(Size.of(size).code for size in sizes)

    def full_vector(self, value: int, size: Any) -> int:
        """A vector of equal entries where an operation needs a vector and has a number."""
        b = self.builder
        if b.kind(value) is Kind.VECTOR:
            return value
        number = b.number(value)
        number_or_one = S.One if number is None else number
        filled = b.shaped("fill", Kind.VECTOR, self.like, payload=number_or_one, event=self.event(size))
        return filled if number is not None else product(b, value, filled)

    def weighted(self, coefficient: Expr, value: int) -> tuple[Expr, int]:
        """A term of a weighted sum: a constant coefficient is its weight, any other is multiplied out."""
        if is_constant(coefficient):
            return coefficient, value
        return S.One, scale(self.builder, self.scalar(coefficient), value)

    def sum_of(self, parts: Iterable[MatrixExpr], lower: Callable[[Any], int]) -> int:
        """The sum of terms of one shape, each lowered without its coefficient."""
        terms = []
        for part in parts:
            coefficient, rest = split_coefficient(part)
            terms.append(self.weighted(coefficient, lower(rest)))
        return weighted_sum(self.builder, terms)

    def word(self, word: Word, size: Any) -> int:
        """The value of a product with so many rows; an outer product if vectors stand in it."""
        if not word:
            return self.triangles.identity(size)
        if len(word) == 1 and word[0] == Factor(word[0].base):
            return self.matrix(word[0].base)
        if is_dense(word):
            return self.chains.value(word)
        *left, last = blocks(word)
        vectors = self.columns.product(left), self.columns.value(turned(last))
        sizes = word[0].rows, last[-1].columns
        return self.builder.apply("outer", *map(self.full_vector, vectors, sizes))

    def _scalar_node(self, expr: Any) -> int:
        return self.inputs[expr] if expr in self.inputs else self._registered(SCALARS, expr)

    def _registered(self, rules: dict[type, Lowered], expr: Any) -> int:
        rule = nearest(rules, expr)
        if rule is None:
            raise _refusal(expr)
        return rule(self, expr)

    def _once(self, expr: Any, make: Callable[[], int]) -> int:
        if expr not in self._values:
            self._values[expr] = make()
        return self._values[expr]


def split_coefficient(expr: MatrixExpr) -> tuple[Expr, MatrixExpr]:
    """A scalar factor and the rest, which is no product if it has one factor only."""
    if not isinstance(expr, MatMul):
        return S.One, expr
    coefficient, factors = expr.as_coeff_matrices()
    return coefficient, factors[0] if len(factors) == 1 else MatMul(*factors)


def _refusal(expr: Any) -> UnsupportedExpressionError:
    hint = " It is not an argument." if isinstance(expr, Symbol) else ""
    return UnsupportedExpressionError(f"no code can be generated for `{type(expr).__name__}`: `{expr}`.{hint}")


@scalar_lowering(LogDet)
def _log_det(low: Lowering, expr: LogDet) -> int:
    return low.reductions.log_det(expr)


@scalar_lowering(Inner)
def _inner(low: Lowering, expr: Inner) -> int:
    return low.reductions.inner(*expr.args)


@scalar_lowering(Trace)
def _trace(low: Lowering, expr: Trace) -> int:
    return low.reductions.trace(expr.arg)


@scalar_lowering(Total)
def _total(low: Lowering, expr: Total) -> int:
    return total(low.builder, low.vector(expr.args[0]), expr.args[0].shape[0])


@vector_lowering(Let)
def _named_vector(low: Lowering, expr: Let) -> int:
    return low.builder.name(low.vector(expr.definition), expr.name)


@vector_lowering(MatrixSymbol)
def _vector_argument(low: Lowering, expr: MatrixSymbol) -> int:
    return low.input(expr)


@vector_lowering(OneMatrix, ZeroMatrix)
def _equal_entries(low: Lowering, expr: OneMatrix | ZeroMatrix) -> int:
    return low.builder.const(1 if isinstance(expr, OneMatrix) else 0)


@vector_lowering(DiagPart)
def _diagonal(low: Lowering, expr: DiagPart) -> int:
    return low.diagonals.value(expr.args[0])


@vector_lowering(Elementwise)
def _map(low: Lowering, expr: Elementwise) -> int:
    return _mapped(low, expr, low.vector)


@vector_lowering(MatAdd)
def _sum_of_vectors(low: Lowering, expr: MatAdd) -> int:
    return low.sum_of(expr.args, low.vector)


@vector_lowering(MatMul, Transpose)
def _product_of_column(low: Lowering, expr: MatMul | Transpose) -> int:
    coefficient, word = read_word(expr)
    return scale(low.builder, low.scalar(coefficient), low.columns.product(blocks(word)))


@matrix_lowering(Let)
def _named_matrix(low: Lowering, expr: Let) -> int:
    return low.builder.name(low.matrix(expr.definition), expr.name)


@matrix_lowering(MatrixSymbol)
def _matrix_argument(low: Lowering, expr: MatrixSymbol) -> int:
    return low.builder.apply("tril", low.input(expr)) if is_lower(expr) else low.input(expr)


@matrix_lowering(ZeroMatrix)
def _zeros(low: Lowering, expr: ZeroMatrix) -> int:
    return low.builder.const(0)


@matrix_lowering(OneMatrix)
def _ones(low: Lowering, expr: OneMatrix) -> int:
    return low.builder.shaped("fill", Kind.MATRIX, low.like, payload=S.One, event=low.event(*expr.shape))


@matrix_lowering(Tril)
def _lower_triangle(low: Lowering, expr: Tril) -> int:
    return low.triangles.tril(expr.args[0])


@matrix_lowering(DiagMat)
def _diagonal_matrix(low: Lowering, expr: DiagMat) -> int:
    return low.builder.apply("diag_embed", low.full_vector(low.vector(expr.args[0]), expr.shape[0]))


@matrix_lowering(Elementwise)
def _map_of_matrices(low: Lowering, expr: Elementwise) -> int:
    return _mapped(low, expr, low.matrix)


def _mapped(low: Lowering, expr: Elementwise, lower: Callable[[Any], int]) -> int:
    entries = dict(zip(expr.function.variables, map(lower, expr.vectors), strict=True))
    return pointwise(
        low.builder, expr.function.expr, lambda leaf: entries[leaf] if leaf in entries else low.scalar(leaf)
    )


@matrix_lowering(HadamardProduct)
def _entrywise_product(low: Lowering, expr: HadamardProduct) -> int:
    return reduce(partial(product, low.builder), map(low.matrix, expr.args))


@matrix_lowering(HadamardPower)
def _entrywise_power(low: Lowering, expr: HadamardPower) -> int:
    return low.matrix(elementwise(lambda entry: entry**expr.exp, expr.base))


@matrix_lowering(MatAdd)
def _sum_of_matrices(low: Lowering, expr: MatAdd) -> int:
    return low.triangles.sum(expr)


@matrix_lowering(MatMul, Transpose, Inverse, MatPow, Identity)
def _product_of_matrices(low: Lowering, expr: MatrixExpr) -> int:
    coefficient, word = read_word(expr)
    return scale(low.builder, low.scalar(coefficient), low.word(word, expr.shape[0]))
