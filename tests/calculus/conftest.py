"""Lives here: two readings of an expression that know no calculus of ours - torch numbers with autograd, and SymPy's
explicit matrices with scalar derivatives. May not live here: tests."""

from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
import pytest
import sympy
import torch
from sympy import Determinant, Identity, MatrixSymbol, OneMatrix, Symbol, Trace, Transpose, ZeroMatrix
from sympy.matrices.expressions import (
    HadamardPower,
    HadamardProduct,
    Inverse,
    KroneckerProduct,
    MatAdd,
    MatMul,
    MatPow,
    MatrixExpr,
)
from sympy.matrices.expressions.matexpr import MatrixElement

import mvn_symbolic as mvn
from mvn_symbolic.notation import nodes, operators
from mvn_symbolic.notation.entries import UnitVector
from mvn_symbolic.notation.roots import Lyapunov, SquareRoot
from mvn_symbolic.notation.structure import tags_of
from mvn_symbolic.notation.symbols import Let, tangent_of
from mvn_symbolic.notation.vectorised import (
    Commutation,
    DiagonalDuplication,
    SymmetricDuplication,
    TriangleDuplication,
    Vec,
)
from tests.calculus.kinds import SymbolicEntries, TorchNumbers


def cells(symbol, shape):
    """The cells that move on their own, from the definition of each structure."""
    tags = tags_of(symbol)
    every = [(i, j) for i in range(shape[0]) for j in range(shape[1])]
    if "diagonal" in tags:
        return [(i, j) for i, j in every if i == j]
    return [(i, j) for i, j in every if i >= j] if tags & {"lower", "symmetric"} else every


def draw(symbol, shape, rng):
    """Rational entries that make every determinant, trace and logarithm of the tests well defined and well conditioned.

    Diagonals are from 1 to 2 and the rest at most a quarter of 1, so that no condition number is above 10 for k <= 3.
    """

    def number(low, high):
        return Fraction(int(rng.integers(low * 64, high * 64 + 1)), 64)

    positive = "positive" in tags_of(symbol)
    column = symbol.shape[1] == 1  # and not a matrix at k = 1
    grid = [[Fraction(0)] * shape[1] for _ in range(shape[0])]
    for i, j in cells(symbol, shape):
        dominant = positive or (i == j and not column)
        # never 0: a quotient by the norm of a vector of one entry has no value there
        grid[i][j] = number(1, 2) if dominant else (number(-1, 1) or Fraction(1, 64)) / (1 if column else 4)
        if "symmetric" in tags_of(symbol):
            grid[j][i] = grid[i][j]
    return grid


@dataclass
class Point:
    """Values of symbols, and the parameters they move by."""

    numbers: object
    sizes: dict
    rng: object
    values: dict = field(default_factory=dict)
    parameters: dict = field(default_factory=dict)

    def shape(self, expr):
        return tuple(int(sympy.sympify(d).subs(self.sizes)) for d in expr.shape)

    def at(self, symbol):
        """The value of a symbol, drawn when it is first met."""
        if symbol not in self.values:
            self.move(symbol, cells)
        return self.values[symbol]

    def move(self, symbol, which):
        """Give a symbol one parameter for each of its cells; the mirror image of a symmetric one moves along."""
        if not isinstance(symbol, MatrixSymbol):
            # never 1: its logarithm and its powers tell nothing
            start, where = [[Fraction(int(self.rng.integers(65, 129)), 64)]], [(0, 0)]
        else:
            start = draw(symbol, self.shape(symbol), self.rng)
            where = which(symbol, self.shape(symbol))
        mirrored = "symmetric" in tags_of(symbol) and which is cells
        self.place(symbol, start, where, mirrored)

    def place(self, symbol, start, where, mirrored):
        raise NotImplementedError

    def read(self, expr):
        """The value of an expression; what it needs is drawn before, so that every part of it sees one point."""
        for symbol in sorted(expr.free_symbols, key=str):
            if symbol not in self.sizes:
                self.at(symbol)
        return self.of(expr)

    def of(self, expr):
        """The value of an expression whose symbols have values, by the definition of each node."""
        n, read = self.numbers, self.of
        if isinstance(expr, Let):
            return self.values[expr] if expr in self.values else read(expr.definition)
        if expr in self.sizes:
            return n.number(self.sizes[expr])
        if isinstance(expr, MatrixSymbol | Symbol):
            return self.at(expr)
        if expr.is_Rational or expr == sympy.pi:
            return n.number(expr)
        if isinstance(expr, MatrixExpr):  # before Add and Mul, of which MatAdd and MatMul are subclasses
            return self.matrix_of(expr)
        if isinstance(expr, sympy.Add | sympy.Mul):
            total = read(expr.args[0])
            for part in expr.args[1:]:
                total = total + read(part) if expr.is_Add else total * read(part)
            return total
        if isinstance(expr, sympy.Pow):
            exponent = int(expr.exp) if expr.exp.is_Integer else read(expr.exp)
            return read(expr.base) ** exponent
        if isinstance(expr, sympy.Function):
            return n.function(expr.func.__name__)(*map(self.number_of, expr.args))
        return self.scalar_of(expr)

    def number_of(self, expr):
        value = self.of(expr)
        return value[0, 0] if isinstance(expr, MatrixExpr) else value

    def scalar_of(self, expr):
        n, first = self.numbers, self.of(expr.args[0]) if isinstance(expr.args[0], MatrixExpr) else None
        match expr:
            case Determinant():
                return n.determinant(first)
            case nodes.LogDet():
                return n.log_abs_determinant(first)
            case Trace():
                return sum(first[i, i] for i in range(first.shape[0]))
            case nodes.Total():
                return sum(first[i, 0] for i in range(first.shape[0]))
            case nodes.Inner():
                second = self.of(expr.args[1])
                rows, columns = first.shape
                return sum(first[i, j] * second[i, j] for i in range(rows) for j in range(columns))
            case MatrixElement():
                return self.of(expr.parent)[tuple(int(i.subs(self.sizes)) for i in expr.indices)]
            case operators.FunctionValue():
                return n.loss(self.of(expr.args[1]))
        raise TypeError(f"not read: {expr!r}")

    def matrix_of(self, expr):
        n, read = self.numbers, self.of
        rows, columns = self.shape(expr)
        match expr:
            case Identity() | ZeroMatrix() | OneMatrix():
                fill = int(isinstance(expr, OneMatrix))
                one = isinstance(expr, Identity)
                return n.grid([[n.number(int(i == j) if one else fill) for j in range(columns)] for i in range(rows)])
            case MatAdd():
                total = read(expr.args[0])
                for part in expr.args[1:]:
                    total = total + read(part)
                return total
            case MatMul():
                scalars = [read(part) for part in expr.args if not isinstance(part, MatrixExpr)]
                factors = [read(part) for part in expr.args if isinstance(part, MatrixExpr)]
                total = factors[0]
                for factor in factors[1:]:
                    total = total @ factor
                for scalar in scalars:
                    total = scalar * total
                return total
            case Inverse():
                return n.inverse(read(expr.arg))
            case MatPow():
                if not expr.exp.is_Integer:
                    return n.power(read(expr.base), read(expr.exp))
                base = read(expr.base) if expr.exp > 0 else n.inverse(read(expr.base))
                total = read(Identity(expr.shape[0]))
                for _ in range(abs(int(expr.exp))):
                    total = total @ base
                return total
            case Transpose():
                return n.transpose(read(expr.arg))
            case HadamardProduct() | KroneckerProduct():
                one, *others = map(read, expr.args)
                for two in others:
                    if isinstance(expr, KroneckerProduct):
                        one = n.kronecker(one, two)
                    else:
                        one = n.grid([[one[i, j] * two[i, j] for j in range(columns)] for i in range(rows)])
                return one
            case HadamardPower():
                one, power = read(expr.base), int(expr.exp) if expr.exp.is_Integer else float(expr.exp)
                return n.grid([[one[i, j] ** power for j in range(columns)] for i in range(rows)])
            case SquareRoot():
                return n.power(read(expr.args[0]), 0.5)
            case Lyapunov():
                return n.lyapunov(*map(read, expr.args))
            case UnitVector():
                return n.grid([[n.number(int(i + 1 == expr.args[0].subs(self.sizes)))] for i in range(rows)])
            case nodes.Cholesky():
                return n.cholesky(read(expr.args[0]))
            case nodes.Tril():
                one = read(expr.args[0])
                return n.grid([[one[i, j] if i >= j else n.number(0) for j in range(rows)] for i in range(rows)])
            case nodes.DiagPart():
                one = read(expr.args[0])
                return n.grid([[one[i, i]] for i in range(rows)])
            case nodes.DiagMat():
                one = read(expr.args[0])
                return n.grid([[one[i, 0] if i == j else n.number(0) for j in range(rows)] for i in range(rows)])
            case nodes.Elementwise():
                return self.map_of(expr, rows, columns)
            case Vec():
                return self.stacked(expr)
            case TriangleDuplication() | Commutation():
                return self.places(expr)
            case operators.FunctionGradient():
                return n.loss_slope(read(expr.args[1]))
            case operators.FunctionHessian():
                return n.loss_curvature(read(expr.args[1]))
        raise TypeError(f"not read: {expr!r}")

    def places(self, expr):
        """A 0/1 matrix by what it takes where: entry (i, j) of the vec is entry `of[i, j]` of what it is applied to."""
        rows, columns = (int(sympy.sympify(d).subs(self.sizes)) for d in (expr.args[0], expr.args[-1]))
        stack = [(i, j) for j in range(columns) for i in range(rows)]
        if isinstance(expr, Commutation):
            turned = [(i, j) for i in range(rows) for j in range(columns)]
            pairs = [[cell == other for other in stack] for cell in turned]
        elif isinstance(expr, DiagonalDuplication):
            pairs = [[cell == (i, i) for i in range(rows)] for cell in stack]
        else:
            symmetric = isinstance(expr, SymmetricDuplication)
            lower = [(i, j) for i, j in stack if i >= j]
            pairs = [[other == cell or (symmetric and other == cell[::-1]) for other in lower] for cell in stack]
        return self.numbers.grid([[self.numbers.number(int(hit)) for hit in row] for row in pairs])

    def stacked(self, expr):
        """The columns below one another; of vech, what is on and below the diagonal."""
        one = self.of(expr.args[0])
        rows, columns = one.shape
        where = [(i, j) for j in range(columns) for i in range(rows) if i >= j or not expr.half]
        return self.numbers.grid([[one[i, j]] for i, j in where])

    def map_of(self, expr, rows, columns):
        grids, names = [self.of(one) for one in expr.vectors], expr.function.variables
        cells = [[[grid[i, j] for grid in grids] for j in range(columns)] for i in range(rows)]
        points = [[dict(zip(names, cell, strict=True)) for cell in row] for row in cells]
        return self.numbers.grid([[self.with_values(at).of(expr.function.expr) for at in row] for row in points])

    def with_values(self, more):
        return type(self)(self.numbers, self.sizes, self.rng, {**self.values, **more}, self.parameters)


def every_cell(symbol, shape):
    return [(i, j) for i in range(shape[0]) for j in range(shape[1])]


def arranged(slopes, where, shape, convention, symmetric):
    """Derivatives by single cells as a matrix, in the convention asked for."""
    grid = np.zeros(shape)
    for (i, j), slope in zip(where, slopes, strict=True):
        grid[i, j] = slope
    if symmetric and convention == "symmetric":  # <G, dS> moves both images: each carries half
        grid = (grid + grid.T) / 2
    return grid


class TorchPoint(Point):
    """A point in torch, with autograd."""

    def place(self, symbol, start, where, mirrored):
        leaf = torch.tensor([float(start[i][j]) for i, j in where], dtype=torch.float64, requires_grad=True)
        self.parameters[symbol] = (leaf, where)
        if not isinstance(symbol, MatrixSymbol):
            self.values[symbol] = leaf[0]
            return
        grid = torch.zeros(len(start), len(start[0]), dtype=torch.float64)
        grid = grid.index_put(tuple(torch.tensor(where).T), leaf)
        self.values[symbol] = grid + torch.tril(grid, -1).mT if mirrored else grid

    def value(self, expr):
        result = torch.as_tensor(self.read(expr), dtype=torch.float64)
        return result.detach().numpy()

    def gradient(self, expr, symbol, convention="symmetric"):
        """The gradient by autograd on the free parameters."""
        self.move(symbol, every_cell if convention == "free" else cells)
        leaf, where = self.parameters[symbol]
        self.read(expr)
        value = torch.as_tensor(self.number_of(expr), dtype=torch.float64)
        slopes = torch.zeros_like(leaf)
        if value.requires_grad:
            (found,) = torch.autograd.grad(value, leaf, allow_unused=True)
            slopes = slopes if found is None else found
        if not isinstance(symbol, MatrixSymbol):
            return slopes[0].numpy()
        return arranged(slopes.tolist(), where, self.shape(symbol), convention, "symmetric" in tags_of(symbol))

    def along(self, expr, *symbols):
        """The derivative when the symbols move along the values of their tangents."""
        self.read(expr)
        step = torch.zeros((), dtype=torch.float64, requires_grad=True)
        moved = {}
        for symbol in symbols:
            tangent = tangent_of(symbol)
            moved[symbol] = self.at(symbol).detach() + step * self.at(tangent).detach()
        value = self.with_values(moved).of(expr)
        flat = (value + 0 * step).reshape(-1)  # so that a constant has a derivative too
        slopes = [torch.autograd.grad(entry, step, retain_graph=True)[0].item() for entry in flat]
        return np.array(slopes).reshape(tuple(value.shape))


class EntryPoint(Point):
    """A point of rational numbers, of which one entry at a time becomes a symbol to differentiate by."""

    def place(self, symbol, start, where, mirrored):
        grid = sympy.Matrix([[sympy.Rational(v.numerator, v.denominator) for v in row] for row in start])
        self.parameters[symbol] = (where, mirrored)
        self.values[symbol] = grid if isinstance(symbol, MatrixSymbol) else grid[0, 0]

    def value(self, expr):
        return self.evaluated(self.read(expr))

    def evaluated(self, found):
        array = np.array(found.tolist() if hasattr(found, "tolist") else found, dtype=object)
        # 30 digits, then rounded once: what is compared is right to the last place
        return np.vectorize(lambda v: float(sympy.sympify(v).evalf(30)), otypes=[float])(array)

    def gradient(self, expr, symbol, convention="symmetric"):
        """The gradient, one scalar derivative for each free entry."""
        self.move(symbol, every_cell if convention == "free" else cells)
        where, mirrored = self.parameters[symbol]
        self.read(expr)
        if not isinstance(symbol, MatrixSymbol):
            return self.evaluated(self.slope(expr, symbol, self.values[symbol], lambda entry: entry))
        slopes = []
        for i, j in where:

            def placed(entry, i=i, j=j):
                grid = self.values[symbol].copy()
                grid[i, j] = entry
                if mirrored:
                    grid[j, i] = entry
                return grid

            slopes.append(self.evaluated(self.slope(expr, symbol, self.values[symbol][i, j], placed)).item())
        return arranged(slopes, where, self.shape(symbol), convention, "symmetric" in tags_of(symbol))

    def slope(self, expr, symbol, start, placed):
        entry = Symbol("entry", real=True)
        value = self.with_values({symbol: placed(entry)}).number_of(expr)
        return sympy.diff(value, entry).subs(entry, start)


@dataclass(frozen=True)
class Readings:
    """Points of both kinds, and what it means to agree."""

    def sizes(self, k):
        return {mvn.k: k, Symbol("n", integer=True, positive=True): k + 1}

    def torch(self, k, rng):
        return TorchPoint(TorchNumbers(), self.sizes(k), rng)

    def entries(self, k, rng):
        return EntryPoint(SymbolicEntries(), self.sizes(k), rng)

    def gradients_agree(self, point, got, function, symbol, convention="symmetric"):
        """The gradient `got` is the derivative of the function at this point."""
        expected = point.gradient(function, symbol, convention)
        self.agree(point.value(got), expected)

    def agree(self, got, expected):
        """Equal up to rounding.

        The points are well conditioned and the expressions small: a few hundred roundings of numbers below 1e5 stay
        below 1e-9. A wrong rule is off by a part of the value itself.
        """
        got, expected = np.asarray(got, float), np.asarray(expected, float)
        assert got.shape == expected.shape
        np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-9 * max(1.0, np.abs(expected).max(initial=0)))


@pytest.fixture(scope="session")
def readings():
    return Readings()
