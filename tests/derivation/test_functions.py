"""What a function of a derived equation is: which side it computes, which it shows, whose names its arguments have."""

from mvn_symbolic import Equation, Vector, latex, squared_norm, symbol
from mvn_symbolic.derivation.function import Input, function_of

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
