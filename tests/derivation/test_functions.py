"""What a function of a derived equation is: which side it computes, which it shows, whose names its arguments have."""

from dataclasses import replace

import pytest

from mvn_symbolic import Equation, Inner, Let, ScalarFunction, Vector, differential, latex, squared_norm, symbol
from mvn_symbolic import function as own_function
from mvn_symbolic.derivation.arguments import Given, Input
from mvn_symbolic.derivation.function import function_of
from mvn_symbolic.errors import ArgumentError
from mvn_symbolic.notation.operators import FunctionGradient, FunctionHessian
from mvn_symbolic.notation.symbols import tangent_of

LOC, VALUE = symbol("loc", "p"), symbol("value")
TEXTBOOK = Equation(squared_norm(VALUE), squared_norm(LOC))
CAREFUL, SHORT = (Equation(TEXTBOOK.left, times * squared_norm(LOC)) for times in (2, 3))


def made(**options):
    return function_of(TEXTBOOK, "f", (LOC, Input("x", VALUE), Vector("own")), "In words.", "page", **options)


def test_it_computes_the_right_side_and_shows_both():
    function = made(sources=("One 1999", "Two 2000"))
    assert function.value == function.smooth == TEXTBOOK.right
    assert function.latex == f"{latex(TEXTBOOK.left)} = {latex(TEXTBOOK.right)}"
    assert function.source == "One 1999; Two 2000"
    assert [one.name for one in function.inputs] == ["p_loc", "x", "own"]


def test_a_careful_form_is_computed_and_the_textbook_is_shown():
    function = made(careful=CAREFUL, smooth=SHORT)
    assert (function.value, function.smooth) == (CAREFUL.right, SHORT.right)
    assert function.latex == made().latex


def test_a_direction_among_the_arguments_is_a_symbol_of_its_own():
    """Or generated derivatives by the mean would count it among what moves."""
    change = Equation(VALUE, differential(squared_norm(LOC), LOC))
    function = function_of(change, "f", (LOC, Given("along", tangent_of(LOC))), "In words.", "page")
    loc, along = (one.symbol for one in function.inputs)
    assert loc == LOC
    assert along not in {LOC, tangent_of(LOC)}
    assert function.value == 2 * Inner(LOC, along)
    assert function.latex == latex(change.left) + " = " + latex(change.right)


def test_what_a_loss_is_at_the_sample_may_be_given():
    J = ScalarFunction("J")
    value = J.hessian(LOC) * J.gradient(LOC)
    inputs = (Given("hessian", FunctionHessian), Given("slope", FunctionGradient))
    function = function_of(Equation(VALUE, value), "f", inputs, "In words.", "page")
    hessian, slope = (one.symbol for one in function.inputs)
    assert function.value == hessian * slope
    assert (hessian.T, slope.shape) == (hessian, LOC.shape)
    assert function.derived == value
    assert replace(function, name="g").inputs == function.inputs  # what stands for a part is not put for it twice


def test_of_two_hessians_it_must_be_said_which():
    J = ScalarFunction("J")
    value = (J.hessian(LOC) + J.hessian(VALUE)) * LOC
    with pytest.raises(ArgumentError, match="FunctionHessian, of which it holds 2"):
        function_of(Equation(VALUE, value), "f", (LOC, Given("hessian", FunctionHessian)), "In words.", "page")


def test_the_names_of_the_formula_are_said():
    d = Let("d", VALUE - LOC)
    function = function_of(Equation(VALUE, squared_norm(d) + squared_norm(LOC)), "f", (LOC, VALUE), "In words.", "page")
    assert function.names == (f"d = {latex(VALUE - LOC)}",)
    assert function_of(Equation(d, VALUE - LOC), "f", (LOC, VALUE), "In words.", "page").names == ()


def test_a_function_of_ones_own_takes_what_is_given():
    J = ScalarFunction("J")
    change = differential(J(LOC), LOC)
    made = own_function("change", change, [tangent_of(LOC), Given("slope", J.gradient(LOC))])
    direction, slope = (one.symbol for one in made.inputs)
    assert made.value == Inner(slope, direction)
    assert made.derived == change


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([LOC, Given("lambda", LOC)], "must be Python identifiers; got 'lambda'"),
        ([Given("p_loc", VALUE), LOC], "must have different names; got p_loc more than once"),
        (["p_loc"], "must be symbols, or what is `Given`; got 'p_loc'"),
    ],
)
def test_what_is_given_is_named_as_arguments_are(arguments, words):
    with pytest.raises(ArgumentError, match=words):
        own_function("f", squared_norm(LOC), arguments)
