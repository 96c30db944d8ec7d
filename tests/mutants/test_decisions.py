"""Lives here: whether two expressions are the same function, as it is decided before judges are counted.
May not live here: judges, rows of the matrix."""

import mvn_symbolic as mvn
from mvn_symbolic.calculus.indexed import index
from mvn_symbolic.notation.entries import UnitVector
from mvn_symbolic.notation.operators import ScalarFunction
from mvn_symbolic.notation.random_numbers import DoubleMaxwell, Rayleigh
from mvn_symbolic.verify.mutation.decide import Readings, _mirrored, decide
from mvn_symbolic.verify.mutation.formulas import Formula
from mvn_symbolic.verify.mutation.reading import SIZES

L, eps, i = mvn.symbol("scale_tril"), mvn.symbol("eps"), index("i")
J = ScalarFunction("J")


def second_moment(place):
    return mvn.expectation_of(mvn.Inner(UnitVector(place, mvn.k), L * eps) ** 2, eps)


def test_a_mean_is_read_anew_for_every_value_of_an_index():
    one = Formula("a second moment", second_moment(i), second_moment(i))
    decision = decide(Readings(one, one.answer), second_moment(1))
    assert (decision.equal, decision.differs) == (SIZES[:1], SIZES[1:])


def test_the_same_mean_in_other_words_is_equal_at_every_size():
    one = Formula("a second moment", second_moment(i), second_moment(i))
    row = L.T * UnitVector(i, mvn.k)
    assert decide(Readings(one, one.answer), mvn.squared_norm(row)).equal == SIZES


def test_a_hessian_is_averaged_of_a_function_whose_hessian_is_no_line():
    # of a cubic the mean of the Hessian is the Hessian at the mean, and the slip would be no slip
    z = mvn.symbol("loc") + L * eps
    one = Formula("a mean Hessian", J.hessian(z), mvn.expectation_of(J.hessian(z), eps))
    decision = decide(Readings(one, one.answer), J.hessian(mvn.symbol("loc")))
    assert (decision.equal, decision.differs) == ((), SIZES)


def test_the_noise_is_turned_under_one_mean_of_two():
    loc, number = mvn.symbol("loc"), DoubleMaxwell("m")
    first, second = mvn.expectation_of(J(loc + L * eps), eps), mvn.expectation_of(J(loc + number * eps), number)
    turned = mvn.expectation_of(J(loc - L * eps), eps), mvn.expectation_of(J(loc - number * eps), number)
    one = Formula("two means", first + second, first + second)
    for mutant in (turned[0] + second, first + turned[1]):
        assert decide(Readings(one, one.answer), mutant).proof == "symmetry of the noise"


def test_a_number_that_is_positive_has_no_mirror_image():
    loc, number = mvn.symbol("loc"), Rayleigh("w")
    mean = mvn.expectation_of(J(loc + number * eps), number)
    one = Formula("a mean", mean, mean)
    decision = decide(Readings(one, one.answer), mvn.expectation_of(J(loc - number * eps), number))
    assert decision.differs == SIZES
    assert not list(_mirrored(mean))
