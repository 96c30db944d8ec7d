"""Lives here: random expressions in a fixed set of symbols, by kind and depth. May not live here: tests."""

import pytest
import sympy
from hypothesis import strategies as st
from sympy import Determinant, Identity, Trace, Transpose
from sympy.matrices.expressions import Inverse

import mvn_symbolic as mvn


def _lambdas():
    return st.sampled_from([sympy.sin, sympy.exp, lambda v: v**2, lambda v: 3 * v - 1, lambda v: v * sympy.cos(v)])


class Expressions:
    """Strategies for expressions in fixed symbols, by what they are and how deep they go."""

    A, B = mvn.GeneralMatrix("A"), mvn.GeneralMatrix("B")
    L, D = mvn.LowerTriangular("L"), mvn.DiagonalMatrix("D")
    S, Y = mvn.PositiveDefinite("S"), mvn.SymmetricMatrix("Y")
    x, y, sigma = mvn.Vector("x"), mvn.Vector("y"), mvn.PositiveVector("sigma")
    s, t = mvn.positive_scalar("s"), mvn.scalar("t")

    @property
    def symbols(self):
        return (self.A, self.L, self.D, self.S, self.Y, self.x, self.sigma, self.s)

    def coefficients(self):
        return st.sampled_from([sympy.Integer(2), sympy.Integer(-1), sympy.Rational(1, 2), self.s, self.t])

    def invertible(self):
        return st.sampled_from(
            [self.A, self.L, self.D, self.S, self.A * self.L, self.L * self.L.T, self.S + self.A * self.A.T]
        )

    def matrices(self, depth):
        leaf = st.sampled_from([self.A, self.B, self.L, self.D, self.S, self.Y, Identity(mvn.k)])
        if not depth:
            return leaf
        m, v = self.matrices(depth - 1), self.vectors(depth - 1)
        return st.one_of(
            leaf,
            st.tuples(m, m).map(lambda p: p[0] + p[1]),
            st.tuples(m, m).map(lambda p: p[0] * p[1]),
            st.tuples(self.coefficients(), m).map(lambda p: p[0] * p[1]),
            m.map(Transpose),
            self.invertible().map(Inverse),
            m.map(mvn.Tril),
            v.map(mvn.DiagMat),
            st.tuples(v, v).map(lambda p: p[0] * Transpose(p[1])),
            st.tuples(_lambdas(), m).map(lambda p: mvn.elementwise(*p)),
            st.tuples(m, m).map(lambda p: mvn.elementwise(lambda a, b: a * b, *p)),
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
            st.tuples(self.invertible(), v).map(lambda p: Inverse(p[0]) * p[1]),
            m.map(mvn.DiagPart),
            st.tuples(_lambdas(), v).map(lambda p: mvn.elementwise(*p)),
            st.tuples(v, v).map(lambda p: mvn.elementwise(lambda a, b: a * b, *p)),
            st.tuples(v, v, v).map(lambda p: mvn.Inner(p[0], p[1]) * p[2]),
        )

    def scalars(self, depth):
        m, v = self.matrices(depth - 1), self.vectors(depth - 1)
        leaf = st.one_of(
            st.tuples(v, v).map(lambda p: mvn.Inner(*p)),
            st.tuples(m, m).map(lambda p: mvn.Inner(*p)),
            m.map(Trace),
            m.map(mvn.squared_norm),
            v.map(mvn.Total),
            self.invertible().map(mvn.LogDet),
            self.invertible().map(Determinant),
        )
        if depth < 2:
            return leaf
        inner = self.scalars(depth - 1)
        return st.one_of(
            leaf,
            st.tuples(inner, inner).map(lambda p: p[0] + p[1]),
            st.tuples(inner, inner).map(lambda p: p[0] * p[1]),
            st.tuples(self.coefficients(), inner).map(lambda p: p[0] * p[1]),
            inner.map(lambda p: sympy.sin(p)),
            inner.map(lambda p: 1 / (1 + p**2)),
        )


@pytest.fixture(scope="session")
def expressions():
    return Expressions()
