"""Lives here: quotients of polynomials, matrices of them, and means of exponentials over them, against SymPy's own.
May not live here: what a node means, verdicts."""

import itertools

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from sympy import Matrix, Rational, cancel, exp, factor, log, sqrt, symbols, together

from mvn_symbolic.errors import UnsupportedExpressionError
from mvn_symbolic.meaning import cramer
from mvn_symbolic.meaning.exponential_means import exponential_mean
from mvn_symbolic.meaning.quotients import Quotients, cancelled, factored

a, b, c = symbols("a b c", positive=True)
e, f = symbols("e f", real=True)

leaves = st.sampled_from([a, b, c, sqrt(a), log(b), exp(c), Rational(2, 3), Rational(-5), sympy.pi])


def _combined(children):
    pairs = st.tuples(children, children)
    sums = pairs.map(lambda p: p[0] + p[1])
    products = pairs.map(lambda p: p[0] * p[1])
    raised = st.tuples(children.filter(lambda base: base != 0), st.sampled_from([2, 3, -1, -2]))
    powers = raised.map(lambda p: p[0] ** p[1])
    return sums | products | powers


#: A point, and how near 60 digits must come; SymPy's `cancel` leaves -4/9 + 4/9 standing, and is not asked.
POINT = {a: Rational(3, 7), b: Rational(8, 5), c: Rational(2, 9)}
NEAR = Rational(10) ** -40


def _number(expr):
    return sympy.sympify(expr).subs(POINT).evalf(60)


def _is_defined(expr):
    """Whether no divisor is 0 once it is multiplied out."""
    divisors = [power.base for power in expr.atoms(sympy.Pow) if power.exp.is_negative]
    return not expr.has(sympy.nan, sympy.zoo) and all(abs(_number(base)) > NEAR for base in divisors)


@given(st.recursive(leaves, _combined, max_leaves=6).filter(_is_defined))
def test_cancelled_and_factored_are_what_they_were(expr):
    value = _number(expr)
    for mine in (cancelled(expr), factored(expr)):
        assert abs(_number(mine) - value) <= NEAR * (1 + abs(value))


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        ((a**2 - b**2) / (a - b), a + b),
        (a / (2 * b) + a / (2 * b), a / b),
        (1 / a - 1 / a, 0),
        ((sqrt(a) ** 3 - sqrt(a)) / sqrt(a), sqrt(a) ** 2 - 1),
    ],
)
def test_lowest_terms(expr, expected):
    assert cancelled(expr) == expected


def test_factors_are_found_and_numbers_stay_outside():
    assert factored(2 * a**2 - 2 * b**2) == factor(2 * a**2 - 2 * b**2)
    assert factored(2 * a - 2).args == (2, a - 1)
    assert factored((a * c - b * c) / (a * b + b**2)).as_numer_denom() == (c * (a - b), b * (a + b))


def test_what_is_zero_divides_nothing():
    for expr in (1 / ((a + b) ** 2 - a**2 - 2 * a * b - b**2), a / (c * (a + b) - a * c - b * c)):
        with pytest.raises(UnsupportedExpressionError, match="a divisor is 0"):
            cancelled(expr)


def test_letters_come_in_one_order():
    assert list(Quotients([c + a, b], [e]).letters) == [e, a, b, c]


GRIDS = {
    "a triangle": ((a, 0), (b, c)),
    "full": ((a, b), (c, a + 1)),
    "of fractions": ((1 / a, b / (a + c)), (sqrt(c), 1 + 1 / b)),
    "three by three": ((a, b, c), (b, 2 * c, 1), (1, a, b * c)),
    "four by four": ((a, b, 0, 1), (0, c, 1, a), (1, 0, b, c), (b, 1, a, 0)),
    "one number": ((a - b,),),
}


@pytest.mark.parametrize("name", GRIDS)
def test_inverse_and_determinant_of_a_matrix(name):
    rows = tuple(tuple(map(sympy.sympify, row)) for row in GRIDS[name])
    size = len(rows)
    assert cancel(cramer.determinant(rows) - Matrix(rows).det(method="berkowitz")) == 0
    product = Matrix(rows) * Matrix(cramer.inverse(rows))
    for i, j in itertools.product(range(size), repeat=2):
        assert cancel(together(product[i, j])) == int(i == j)


def test_the_empty_matrix_and_a_singular_one():
    assert cramer.determinant(()) == 1
    assert cramer.inverse(()) == ()
    with pytest.raises(UnsupportedExpressionError, match="singular for all entries"):
        cramer.inverse(((a, a * b), (a + c, a * b + b * c)))


def _is_mean(value, noise, expected):
    """Whether a mean is the expected one at a point, to 40 digits."""
    mine = exponential_mean(value, noise)
    assert mine.free_symbols <= {a, b, c}
    return abs(_number(mine) - _number(expected)) < NEAR


#: E[e^{te}] = e^{t^2/2}, E[e e^{te}] = t e^{t^2/2}, E[e^{-se^2/2}] = 1/sqrt(1+s), for one standard normal number e.
MEANS = {
    "a line": (exp(a * e + b), exp(a**2 / 2 + b)),
    "a square": (exp(-a * e**2 / 2), 1 / sqrt(1 + a)),
    "a factor": (c * e * exp(a * e), c * a * exp(a**2 / 2)),
    "two coordinates": (exp(a * e + b * f) * sqrt(c), sqrt(c) * exp((a**2 + b**2) / 2)),
    "a power": ((exp(a * e) + b) ** 2, exp(2 * a**2) + 2 * b * exp(a**2 / 2) + b**2),
    "beside a polynomial": (exp(a * e) + f**4 * c + log(b), exp(a**2 / 2) + 3 * c + log(b)),
    "a product with a sum": ((e + exp(a * f)) * (e + c), 1 + c * exp(a**2 / 2)),
    "logarithms in the exponent": (exp((log(b) + a * e) * c - log(a) / 2), b**c * exp((a * c) ** 2 / 2) / sqrt(a)),
    "a quotient in the exponent": (exp((a * e + b * c) / (a + b)), exp(((a / (a + b)) ** 2) / 2 + b * c / (a + b))),
}


@pytest.mark.parametrize("name", MEANS)
def test_means_of_exponentials(name):
    value, expected = MEANS[name]
    assert _is_mean(value, [e, f], expected)
    assert not _is_mean(value, [e, f], expected * Rational(1001, 1000))


def test_logarithms_leave_the_exponent():
    """exp(-log(b)/2 + ...) is exp(...)/sqrt(b), which can be compared with a root."""
    assert exponential_mean(exp(-(log(b) + e * a) / 2), [e]) == exp(a**2 / 8) / sqrt(b)


@pytest.mark.parametrize("value", [exp(e**3), exp(1 / (1 + e)), exp(e) / (1 + e), exp(exp(e)), exp(e) * log(1 + e**2)])
def test_other_exponentials_are_refused(value):
    with pytest.raises(UnsupportedExpressionError):
        exponential_mean(value, [e])


def test_a_mean_that_is_infinite_for_all_entries_is_refused():
    with pytest.raises(UnsupportedExpressionError, match="not finite"):
        exponential_mean(exp(e**2 / 2) * a, [e])
