"""A differential that is there before anything moves stands still: derivatives by X of what holds dX, against torch."""

import pytest
from sympy import Trace, exp

import mvn_symbolic as mvn
from mvn_symbolic.calculus import differential
from mvn_symbolic.calculus.directions import standing
from mvn_symbolic.calculus.gradient import free_gradient, named_differential
from mvn_symbolic.notation.structure import tags_of
from mvn_symbolic.notation.symbols import tangent_of

A, x, t = mvn.GeneralMatrix("A"), mvn.Vector("x"), mvn.scalar("t")
MATRICES = [kind("X") for kind in (mvn.GeneralMatrix, mvn.LowerTriangular, mvn.DiagonalMatrix, mvn.SymmetricMatrix)] + [
    mvn.PositiveDefinite("X")
]


def bent(X):
    """Nonlinear in the symbol, and not in its differential."""
    change = Trace(A * X * X * A * X) if X.shape[1] != 1 else mvn.Inner(X, A * X) ** 2
    return differential(change, X)


@pytest.mark.parametrize("symbol", [*MATRICES, x], ids=type)
def test_a_gradient_leaves_the_direction_alone(symbol, readings, rng):
    function = bent(symbol)
    for size in (1, 2, 3):
        readings.gradients_agree(readings.torch(size, rng), mvn.grad(function, symbol), function, symbol)


def test_a_reading_that_takes_the_direction_for_what_moves_is_told_apart(readings, rng):
    """What was once returned: the differential that is there is read off too."""
    X = MATRICES[0]
    function = bent(X)
    wrong = free_gradient(named_differential(function, X), X)
    with pytest.raises(AssertionError):
        readings.gradients_agree(readings.torch(2, rng), wrong, function, X)


@pytest.mark.parametrize("symbol", MATRICES, ids=type)
def test_other_derivatives_are_those_with_another_letter(symbol):
    twin = standing(tangent_of(symbol))
    function, direction = bent(symbol), mvn.GeneralMatrix("V")
    other = function.xreplace({tangent_of(symbol): twin})
    for way in (mvn.jacobian, mvn.hessian, lambda f, s: mvn.hvp(f, s, direction)):
        found, expected = way(function, symbol), way(other, symbol).xreplace({twin: tangent_of(symbol)})
        assert mvn.equal(found, expected) == "yes"


def test_numbers_have_directions_too():
    dt = tangent_of(t)
    assert mvn.grad(dt * exp(t) + dt**2, t) == dt * exp(t)
    assert mvn.hessian(dt * t**3, t) == 6 * t * dt


@pytest.mark.parametrize("symbol", MATRICES, ids=type)
def test_what_stands_has_the_structure_of_the_direction(symbol):
    direction = tangent_of(symbol)
    assert (standing(direction).shape, tags_of(standing(direction))) == (direction.shape, tags_of(direction))
    assert standing(direction) != direction
