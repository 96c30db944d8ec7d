"""Lives here: random expressions that code can be generated for, and what they are by the dense definitions, in balls.
May not live here: tests."""

import numpy as np
import pytest
import sympy
from hypothesis import strategies as st
from sympy import Identity, Trace, Transpose
from sympy.matrices.expressions import HadamardProduct, Inverse

import mvn_symbolic as mvn
from mvn_symbolic.codegen.lower import Lowering, kind_of
from mvn_symbolic.codegen.program import Program
from mvn_symbolic.derivation.arguments import Input
from mvn_symbolic.derivation.function import Function
from mvn_symbolic.meaning.ball_reader import BallReader
from mvn_symbolic.meaning.numbers import Balls
from mvn_symbolic.meaning.scene import scene_for
from mvn_symbolic.notation.nodes import expm1m


class Expressions:
    """Strategies for expressions by what they are and how deep they go: every inverse is of triangular factors."""

    L, M = mvn.LowerTriangular("L"), mvn.LowerTriangular("M")
    A, S = mvn.GeneralMatrix("A"), mvn.SymmetricMatrix("S")
    x, y, sigma = mvn.Vector("x"), mvn.Vector("y"), mvn.PositiveVector("sigma")
    s = mvn.positive_scalar("s")
    symbols = (L, M, A, S, x, y, sigma, s)

    def coefficients(self):
        return st.sampled_from([sympy.Integer(2), sympy.Integer(-1), sympy.Rational(1, 3), mvn.k, self.s])

    def factors(self):
        """Matrices whose inverse is a triangular solve."""
        return st.sampled_from([self.L, self.M, self.L.T, mvn.DiagMat(self.sigma), self.L * self.M, self.L * self.L.T])

    def maps(self):
        return st.sampled_from([sympy.exp, lambda v: v**2 - 1, expm1m, lambda v: 1 / (1 + v**2), sympy.tanh])

    def matrices(self, depth):
        leaf = st.sampled_from([self.A, self.L, self.M, self.S, Identity(mvn.k), mvn.DiagMat(self.x)])
        if not depth:
            return leaf
        m, v = self.matrices(depth - 1), self.vectors(depth - 1)
        return st.one_of(
            leaf,
            st.tuples(m, m).map(lambda p: p[0] + p[1]),
            st.tuples(m, m).map(lambda p: p[0] * p[1]),
            st.tuples(self.coefficients(), m).map(lambda p: p[0] * p[1]),
            m.map(Transpose),
            self.factors().map(Inverse),
            st.tuples(self.factors(), m).map(lambda p: Inverse(p[0]) * p[1]),
            st.tuples(m, self.factors()).map(lambda p: p[0] * Inverse(p[1])),
            m.map(mvn.Tril),
            m.map(lambda matrix: matrix - mvn.DiagMat(mvn.DiagPart(matrix))),
            v.map(mvn.DiagMat),
            st.tuples(v, v).map(lambda p: p[0] * Transpose(p[1])),
            st.tuples(self.maps(), m).map(lambda p: mvn.elementwise(*p)),
            st.tuples(m, m).map(lambda p: mvn.elementwise(lambda a, b: a * b / 3, *p)),
            st.tuples(m, m).map(lambda p: HadamardProduct(*p)),
            m.map(lambda matrix: mvn.Let("A0", matrix)),
        )

    def vectors(self, depth):
        leaf = st.sampled_from([self.x, self.y, self.sigma])
        if not depth:
            return leaf
        m, v = self.matrices(depth - 1), self.vectors(depth - 1)
        return st.one_of(
            leaf,
            st.tuples(m, v).map(lambda p: p[0] * p[1]),
            st.tuples(v, v).map(lambda p: p[0] + p[1]),
            st.tuples(self.coefficients(), v).map(lambda p: p[0] * p[1]),
            st.tuples(self.factors(), v).map(lambda p: Inverse(p[0]) * p[1]),
            m.map(mvn.DiagPart),
            st.tuples(self.maps(), v).map(lambda p: mvn.elementwise(*p)),
            st.tuples(v, v).map(lambda p: mvn.elementwise(lambda a, b: a * b / 3, *p)),
            st.tuples(v, v, v).map(lambda p: mvn.Inner(p[0], p[1]) * p[2]),
            v.map(lambda vector: mvn.Let("u0", vector)),
        )

    def scalars(self, depth):
        m, v = self.matrices(depth - 1), self.vectors(depth - 1)
        leaf = st.one_of(
            st.tuples(v, v).map(lambda p: mvn.Inner(*p)),
            st.tuples(m, m).map(lambda p: mvn.Inner(*p)),
            m.map(Trace),
            m.map(mvn.squared_norm),
            v.map(mvn.squared_norm),
            v.map(mvn.Total),
            self.factors().map(mvn.LogDet),
        )
        return st.one_of(
            leaf,
            st.tuples(leaf, leaf).map(lambda p: p[0] - p[1] / 2),
            st.tuples(self.coefficients(), leaf).map(lambda p: p[0] * p[1]),
            leaf.map(lambda value: sympy.exp(-value / 64)),
        )


@pytest.fixture(scope="session")
def expressions():
    """Strategies for expressions that can be lowered."""
    return Expressions()


@pytest.fixture(scope="session")
def function_of():
    """A function of all symbols of the random expressions, called by their own names."""

    def make(value, symbols=Expressions.symbols):
        inputs = tuple(Input(f"arg_{symbol.name}", symbol) for symbol in symbols)
        return Function("f", inputs, value, "A function.", "f", "test")

    return make


@pytest.fixture(scope="session")
def lowered():
    """The program that returns the function's expression as it is, of any kind."""

    def make(function):
        low = Lowering({item.name: item.symbol for item in function.inputs})
        arguments = tuple((item.name, kind_of(item.symbol)) for item in function.inputs)
        return Program(function, "value", low.builder.finish([low.lower(function.value)]), arguments)

    return make


class Scenes:
    """Points in general position: the same numbers as balls for the reader and as arrays for the code."""

    def __init__(self, symbols, size, seed):
        self.scene = scene_for([*symbols], Balls(), size, seed)
        self.arguments = {f"arg_{symbol.name}": self.argument(symbol) for symbol in symbols}

    def argument(self, symbol):
        """The array for a symbol: of a triangular one, NaN where nothing may be read."""
        array = self.array(self.scene.values[symbol])
        return array + np.triu(np.full(array.shape, np.nan), 1) if isinstance(symbol, mvn.LowerTriangular) else array

    def truth(self, expr):
        """The value of an expression by its dense definition, in balls."""
        return self.array(BallReader().read(expr, self.scene))

    def array(self, value):
        if not isinstance(value, list):
            return np.float64(value.mid())
        grid = np.array([[float(entry.mid()) for entry in row] for row in value])
        return grid[:, 0] if grid.shape[1] == 1 and len(grid) > 1 else grid


@pytest.fixture(scope="session")
def scenes():
    """Points by symbols, size and seed; sizes above 1, so that a vector is told from a matrix by its shape."""
    return Scenes
