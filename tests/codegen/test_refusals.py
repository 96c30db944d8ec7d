"""What cannot be generated is refused by name, with the expression and what to do; nothing is guessed."""

import pytest
import sympy
from sympy import Determinant
from sympy.matrices.expressions import Inverse

import mvn_symbolic as mvn
from mvn_symbolic.codegen.program import programs
from mvn_symbolic.errors import MVNSymbolicError, UnsupportedExpressionError

L = mvn.LowerTriangular("L")
A, Y = mvn.GeneralMatrix("A"), mvn.SymmetricMatrix("Y")
twice = mvn.GeneralMatrix("twice", 2 * mvn.k, mvn.k)
x, y = mvn.Vector("x"), mvn.Vector("y")

REFUSED = [
    pytest.param(
        mvn.squared_norm(Inverse(A) * x), (A, x), ["inverse of a dense matrix", "A**(-1)"], id="dense inverse"
    ),
    pytest.param(
        mvn.squared_norm(Inverse(Y) * x), (Y, x), ["inverse of a dense matrix", "Y**(-1)"], id="indefinite inverse"
    ),
    pytest.param(mvn.LogDet(A), (A,), ["log-determinant", "LogDet(A)", "triangular"], id="dense log-determinant"),
    pytest.param(Determinant(L), (L,), ["Determinant", "Determinant(L)"], id="determinant"),
    pytest.param(sympy.Abs(mvn.Total(x)), (x,), ["Abs"], id="unknown function"),
    pytest.param(mvn.Inner(x, y), (x,), ["y", "not an argument"], id="missing argument"),
    pytest.param(mvn.Total(x) ** mvn.k, (x,), ["rational powers"], id="symbolic power"),
    pytest.param(mvn.squared_norm(twice), (twice,), ["shape (2*k, k)"], id="shape"),
]


@pytest.mark.parametrize(("value", "symbols", "words"), REFUSED)
def test_refusal_names_the_expression(function_of, value, symbols, words):
    with pytest.raises(UnsupportedExpressionError) as caught:
        list(programs(function_of(value, symbols)))
    assert isinstance(caught.value, MVNSymbolicError)
    assert isinstance(caught.value, NotImplementedError)
    missing = [word for word in words if word not in str(caught.value)]
    assert not missing, str(caught.value)


def test_function_without_a_derivative_is_refused_before_anything_is_written(function_of):
    abstract = mvn.ScalarFunction("J")
    with pytest.raises(MVNSymbolicError, match="J"):
        list(programs(function_of(abstract(x), (x,))))
