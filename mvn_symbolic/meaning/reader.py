"""Floor 2: what every node means, as numbers. One reading for balls and for SymPy entries.

Algebra is read literally, by dense definitions. Derivatives and expectations are left to the subclasses,
which know no calculus rule of ours.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate
from operator import mul
from typing import Any

import sympy
from sympy import Symbol
from sympy.matrices import MatrixBase
from sympy.matrices.expressions import (
    Determinant,
    HadamardPower,
    HadamardProduct,
    Identity,
    Inverse,
    KroneckerProduct,
    MatAdd,
    MatMul,
    MatrixExpr,
    OneMatrix,
    Trace,
    Transpose,
    ZeroMatrix,
)

from mvn_symbolic.errors import UnsupportedExpressionError
from mvn_symbolic.meaning import dense
from mvn_symbolic.meaning.numbers import Grid
from mvn_symbolic.meaning.scene import DEGREE, Scene, free_entries
from mvn_symbolic.notation import nodes, operators
from mvn_symbolic.notation.registers import nearest, registering
from mvn_symbolic.notation.symbols import Let

__all__ = ["Reader", "position_of", "reading"]


class Reader:
    """Reads expressions as numbers of the scene's kind; scalars as numbers, matrices as lists of rows."""

    remembers = False  # whether what no noise and no step moves is read only once, also for the next equation

    def read(self, expr: Any, scene: Scene) -> Any:
        """The value of an expression in a scene."""
        if expr in scene.values:
            return scene.values[expr]
        if expr in scene.sizes:
            return scene.kind.rational(scene.sizes[expr])
        home = scene.home(expr) if self.remembers and expr.args else None
        if home is None:
            return self._read(expr, scene)
        known = home.known.setdefault(self, {})
        if expr not in known:
            known[expr] = self._read(expr, home)
        return known[expr]

    def _read(self, expr: Any, scene: Scene) -> Any:
        method = nearest(_READINGS, expr)
        if method is not None:
            return method(self, expr, scene)
        if expr.is_Rational:
            return scene.kind.rational(expr)
        if expr.is_Function:
            return scene.kind.function(type(expr).__name__)(*(self.number(argument, scene) for argument in expr.args))
        raise UnsupportedExpressionError(f"no meaning in numbers is stated for `{type(expr).__name__}`: {expr}")

    def number(self, expr: Any, scene: Scene) -> Any:
        """The value of a scalar, or of a 1 x 1 matrix such as x' A x where a number is wanted."""
        value = self.read(expr, scene)
        return value[0][0] if isinstance(value, list) and len(value) == len(value[0]) == 1 else value

    def shape(self, expr: MatrixExpr, scene: Scene) -> tuple[int, int]:
        """The shape in numbers."""
        rows, columns = expr.shape
        return scene.size(rows), scene.size(columns)

    def abstract(self, name: str, slots: tuple[int, ...], point: Grid, scene: Scene) -> Any:
        """A partial derivative of an abstract function at a point, by the coordinates in `slots`; with none, its value.

        The function is read as the polynomial that the scene drew for it.
        """
        one = scene.kind.rational(1)
        raised = [list(accumulate([entry] * DEGREE, mul, initial=one)) for (entry,) in point]
        total = scene.kind.rational(0)
        for powers, coefficient in scene.functions[name](len(point)).items():
            value, left = coefficient, list(powers)
            for slot in slots:  # d x^n / dx = n x^(n-1)
                value = value * left[slot]
                left[slot] -= 1
            if min(left, default=0) < 0:  # differentiated away
                continue
            for place, power in enumerate(left):
                if power:
                    value = value * raised[place][power]
            total = total + value
        return total

    def free_cells(self, symbol: Any, scene: Scene) -> list[tuple[int, int]]:
        """The cells of a symbol that may move on their own."""
        return free_entries(symbol, self.shape(symbol, scene))


Reading = Callable[[Any, Any, Scene], Any]
_READINGS: dict[type, Reading] = {}


def reading(*kinds: type) -> Callable[[Reading], Reading]:
    """Register the meaning of node classes."""
    return registering(_READINGS, kinds)


@reading(sympy.Add)
def _add(reader: Reader, expr: sympy.Add, scene: Scene) -> Any:
    return scene.kind.sum(reader.number(argument, scene) for argument in expr.args)


@reading(sympy.Mul)
def _mul(reader: Reader, expr: sympy.Mul, scene: Scene) -> Any:
    return scene.kind.product(reader.number(argument, scene) for argument in expr.args)


@reading(sympy.Pow)
def _pow(reader: Reader, expr: sympy.Pow, scene: Scene) -> Any:
    base, exponent = reader.read(expr.base, scene), expr.exp
    if exponent.is_Integer:
        power = scene.kind.power(base, abs(int(exponent)))
        return power if exponent > 0 else scene.kind.rational(1) / power
    if exponent in (sympy.Rational(1, 2), sympy.Rational(-1, 2)):
        root = scene.kind.function("sqrt")(base)
        return root if exponent > 0 else scene.kind.rational(1) / root
    log = scene.kind.function("log")(base)
    return scene.kind.function("exp")(log * reader.read(exponent, scene))


@reading(sympy.exp)
def _exp(reader: Reader, expr: Any, scene: Scene) -> Any:
    return scene.kind.function("exp")(reader.number(expr.args[0], scene))


@reading(type(sympy.pi))
def _pi(reader: Reader, expr: Any, scene: Scene) -> Any:
    return scene.kind.pi


@reading(type(sympy.E))
def _e(reader: Reader, expr: Any, scene: Scene) -> Any:
    return scene.kind.function("exp")(scene.kind.rational(1))


@reading(Let)
def _let(reader: Reader, expr: Let, scene: Scene) -> Any:
    return reader.read(expr.definition, scene)


@reading(MatAdd)
def _mat_add(reader: Reader, expr: MatAdd, scene: Scene) -> Grid:
    total = reader.read(expr.args[0], scene)
    for part in expr.args[1:]:
        total = dense.add(total, reader.read(part, scene))
    return total


@reading(MatMul)
def _mat_mul(reader: Reader, expr: MatMul, scene: Scene) -> Grid:
    scalar: Any = scene.kind.rational(1)
    total: Any = None
    for part in expr.args:
        value = reader.read(part, scene)
        if not isinstance(part, MatrixExpr):
            scalar = scalar * value
        else:
            width = len(value[0]) if value else scene.size(part.shape[1])
            total = value if total is None else dense.multiply(total, value, scene.kind, width)
    return dense.scale(scalar, total)


@reading(Transpose)
def _transpose(reader: Reader, expr: Transpose, scene: Scene) -> Grid:
    columns = scene.size(expr.arg.shape[1])
    return dense.transpose(reader.read(expr.arg, scene), columns)


@reading(Inverse)
def _inverse(reader: Reader, expr: Inverse, scene: Scene) -> Grid:
    return scene.kind.inverse(reader.read(expr.arg, scene))


@reading(Identity)
def _identity(reader: Reader, expr: Identity, scene: Scene) -> Grid:
    return dense.identity(scene.size(expr.shape[0]), scene.kind)


@reading(ZeroMatrix, OneMatrix)
def _constant(reader: Reader, expr: Any, scene: Scene) -> Grid:
    rows, columns = reader.shape(expr, scene)
    return [[scene.kind.rational(int(isinstance(expr, OneMatrix)))] * columns for _ in range(rows)]


@reading(HadamardProduct)
def _hadamard(reader: Reader, expr: HadamardProduct, scene: Scene) -> Grid:
    total = reader.read(expr.args[0], scene)
    for part in expr.args[1:]:
        total = [
            [a * b for a, b in zip(x, y, strict=True)] for x, y in zip(total, reader.read(part, scene), strict=True)
        ]
    return total


@reading(HadamardPower)
def _hadamard_power(reader: Reader, expr: HadamardPower, scene: Scene) -> Grid:
    entry = sympy.Symbol("entry", real=True)
    grid = reader.read(expr.base, scene)
    return [[reader.read(entry**expr.exp, scene.with_values({entry: value})) for value in row] for row in grid]


@reading(KroneckerProduct)
def _kronecker(reader: Reader, expr: KroneckerProduct, scene: Scene) -> Grid:
    total = reader.read(expr.args[0], scene)
    for part in expr.args[1:]:
        total = dense.kronecker(total, reader.read(part, scene))
    return total


@reading(MatrixBase)
def _explicit(reader: Reader, expr: MatrixBase, scene: Scene) -> Grid:
    return [[reader.read(expr[i, j], scene) for j in range(expr.cols)] for i in range(expr.rows)]


@reading(Determinant)
def _determinant(reader: Reader, expr: Determinant, scene: Scene) -> Any:
    return scene.kind.determinant(reader.read(expr.arg, scene))


@reading(Trace)
def _trace(reader: Reader, expr: Trace, scene: Scene) -> Any:
    return dense.trace(reader.read(expr.arg, scene), scene.kind)


@reading(nodes.LogDet)
def _log_det(reader: Reader, expr: nodes.LogDet, scene: Scene) -> Any:
    return scene.kind.log_abs(scene.kind.determinant(reader.read(expr.args[0], scene)))


@reading(nodes.Inner)
def _inner(reader: Reader, expr: nodes.Inner, scene: Scene) -> Any:
    left, right = (reader.read(argument, scene) for argument in expr.args)
    return dense.inner(left, right, scene.kind)


@reading(nodes.Total)
def _total(reader: Reader, expr: nodes.Total, scene: Scene) -> Any:
    return dense.total(reader.read(expr.args[0], scene), scene.kind)


@reading(nodes.Tril)
def _tril(reader: Reader, expr: nodes.Tril, scene: Scene) -> Grid:
    zero = scene.kind.rational(0)
    grid = reader.read(expr.args[0], scene)
    return [[value if i >= j else zero for j, value in enumerate(row)] for i, row in enumerate(grid)]


@reading(nodes.Cholesky)
def _cholesky(reader: Reader, expr: nodes.Cholesky, scene: Scene) -> Grid:
    """The definition solved entry by entry: each entry of L L' = S holds one new entry of L."""
    matrix = reader.read(expr.args[0], scene)
    factor: Grid = [[scene.kind.rational(0)] * len(matrix) for _ in matrix]
    for i, row in enumerate(matrix):
        for j in range(i + 1):
            rest = row[j]
            for m in range(j):
                rest = rest - factor[i][m] * factor[j][m]
            factor[i][j] = scene.kind.root(rest) if i == j else rest / factor[j][j]
    return factor


@reading(nodes.DiagPart)
def _diag_part(reader: Reader, expr: nodes.DiagPart, scene: Scene) -> Grid:
    return [[row[i]] for i, row in enumerate(reader.read(expr.args[0], scene))]


@reading(nodes.DiagMat)
def _diag_mat(reader: Reader, expr: nodes.DiagMat, scene: Scene) -> Grid:
    zero = scene.kind.rational(0)
    vector = reader.read(expr.args[0], scene)
    return [[vector[i][0] if i == j else zero for j in range(len(vector))] for i in range(len(vector))]


@reading(nodes.Elementwise)
def _elementwise(reader: Reader, expr: nodes.Elementwise, scene: Scene) -> Grid:
    grids = [reader.read(vector, scene) for vector in expr.vectors]
    rows, columns = reader.shape(expr, scene)

    def value(i: int, j: int) -> Any:
        entries = {variable: grid[i][j] for variable, grid in zip(expr.function.variables, grids, strict=True)}
        return reader.read(expr.function.expr, scene.with_values(entries))

    return [[value(i, j) for j in range(columns)] for i in range(rows)]


@reading(operators.FunctionValue)
def _function_value(reader: Reader, expr: Any, scene: Scene) -> Any:
    return reader.abstract(str(expr.args[0]), (), reader.read(expr.args[1], scene), scene)


@reading(operators.FunctionGradient)
def _function_gradient(reader: Reader, expr: Any, scene: Scene) -> Grid:
    name, point = str(expr.args[0]), reader.read(expr.args[1], scene)
    return [[reader.abstract(name, (i,), point, scene)] for i in range(len(point))]


@reading(operators.FunctionHessian)
def _function_hessian(reader: Reader, expr: Any, scene: Scene) -> Grid:
    name, point = str(expr.args[0]), reader.read(expr.args[1], scene)
    size = range(len(point))
    lower = [[reader.abstract(name, (i, j), point, scene) for j in range(i + 1)] for i in size]
    return [[lower[max(i, j)][min(i, j)] for j in size] for i in size]


@reading(operators.WrittenOut)
def _written_out(reader: Reader, expr: Any, scene: Scene) -> Grid:
    return reader.read(expr.args[0], scene)


@reading(operators.Component)
def _component(reader: Reader, expr: Any, scene: Scene) -> Any:
    return reader.read(expr.args[0], scene)[position_of(expr.args[1], scene)][0]


@reading(operators.ParameterCount)
def _parameter_count(reader: Reader, expr: Any, scene: Scene) -> Any:
    return scene.kind.rational(len(reader.free_cells(expr.args[0], scene)))


def position_of(index: Any, scene: Scene) -> int:
    """An index counted from 1, as a position counted from 0."""
    return scene.size(index) - 1


@reading(Symbol)
def _symbol(reader: Reader, expr: Symbol, scene: Scene) -> Any:
    raise UnsupportedExpressionError(f"the symbol {expr} has no value in this scene.")
