"""A vector that a product solves for is solved for by one factor after the other, and its differences stay whole."""

from __future__ import annotations

import pytest
from sympy import Identity
from sympy.matrices.expressions import Inverse, MatMul

from mvn_symbolic import DiagMat, Inner, Let, LowerTriangular, Vector, k, positive_scalar, symbol
from mvn_symbolic.calculus import equal, gradient, unfold
from mvn_symbolic.calculus.affine import affine_parts
from mvn_symbolic.calculus.stages import in_stages
from mvn_symbolic.notation.parts import parts_of

C, E, SIGMA = LowerTriangular("C"), LowerTriangular("E"), symbol("scale_diag")
D, Z, MU = DiagMat(SIGMA), symbol("value"), symbol("loc")


def _norm(factor):
    vector = Let("v", MatMul(Inverse(factor), Z - MU))
    return Inner(vector, vector) / 2


def _multiplies_by(expr, factor):
    """Whether a factor stands there that is not inverted; what names stand for is not looked at."""
    names = {let: Vector(let.name) for let in parts_of(expr, Let)}
    inverses = {Inverse(factor): Identity(k), Inverse(factor.T): Identity(k)}
    return expr.xreplace(names).xreplace(inverses).has(factor)


def test_stages_are_named_from_the_first_to_the_last():
    names = {let.name: let.definition for let in parts_of(in_stages(_norm(D * C * E), "w"), Let)}
    assert names["w"] == MatMul(Inverse(D), Z - MU)
    assert names["w_2"] == MatMul(Inverse(C), Let("w", names["w"]))
    assert names["v"] == MatMul(Inverse(E), Let("w_2", names["w_2"]))


def test_stages_say_the_same():
    assert equal(unfold(in_stages(_norm(D * C), "w")), unfold(_norm(D * C)))


def test_a_gradient_by_the_outer_factor_does_not_multiply_back():
    """C v has the rounding errors of all coordinates of w in each: where scales are far apart, none of its digits."""
    at_once, staged = gradient(_norm(D * C), SIGMA), gradient(in_stages(_norm(D * C), "w"), SIGMA)
    assert equal(unfold(at_once), unfold(staged))
    assert _multiplies_by(at_once, C)
    assert not _multiplies_by(staged, C)


@pytest.mark.parametrize("factor", [C, D, C.T], ids=str)
def test_one_factor_has_one_stage(factor):
    assert in_stages(_norm(factor), "w") == _norm(factor)


def test_a_taken_name_gets_a_number():
    other = Let("w", Vector("a") + Z)
    staged = in_stages(_norm(D * C) + Inner(other, Z), "w")
    assert {let.name for let in parts_of(staged, Let)} == {"v", "w", "w_2"}


def test_a_difference_over_a_diagonal_is_taken_before_the_quotients():
    eps = symbol("eps")
    _, rest = affine_parts(Inverse(D) * (C * eps + Z - MU), eps)
    assert rest.args[-1] == Z - MU
    assert equal(rest, Inverse(D) * (Z - MU))


def test_numbers_go_with_the_first_stage():
    """A number in front of a matrix is no factor to solve by, and does not hide those that are."""
    tau = positive_scalar("tau")
    assert in_stages(_norm(MatMul(3, C)), "w") == _norm(MatMul(3, C))
    names = {let.name: let.definition for let in parts_of(in_stages(_norm(tau * D * C), "w"), Let)}
    assert names["v"] == MatMul(Inverse(C), Let("w", names["w"]))
    assert equal(names["w"], MatMul(1 / tau, Inverse(D), Z - MU))
