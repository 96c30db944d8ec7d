"""Squares that were multiplied out are one norm again, of a difference with a name; what is no square stays."""

import pytest
from sympy import Rational

import mvn_symbolic as mvn
from mvn_symbolic.catalogue.kl import divergence_line
from mvn_symbolic.derivation.gradients import gradients_of

L, EPS = mvn.symbol("scale_tril"), mvn.symbol("eps")
A, B = mvn.GeneralMatrix("A"), mvn.GeneralMatrix("B")
a, b, c = mvn.Vector("a"), mvn.Vector("b"), mvn.Vector("c")
t = mvn.scalar("t")


def completed(expr):
    return mvn.complete_norms("d").apply(mvn.normalize(expr))


def test_divergence_with_one_covariance_is_the_norm_of_the_whitened_difference():
    p, q = (mvn.Law(name, mvn.symbol("loc", name) + L * EPS) for name in "pq")
    line = divergence_line(p, q)
    assert mvn.latex(line.current) == r"\tfrac12\bigl\lVert L^{-1}\delta \bigr\rVert^2"
    [difference] = line.current.atoms(mvn.Let)
    assert mvn.normalize(difference.definition - mvn.symbol("loc", "p") + mvn.symbol("loc", "q")).is_ZeroMatrix
    chains = (line.chain, *gradients_of(line.current, mvn.symbol("loc", "p"), mvn.symbol("loc", "q"), L))
    judged = mvn.judged(mvn.Derivation("shared", "Shared", "", (), chains))
    assert {step.verdict.status for step in judged.steps} == {"proved"}
    assert all(len(chain.result.right.atoms(mvn.Let)) == 1 for chain in chains)


@pytest.mark.parametrize(
    "vector", [a - b, a + b, A * a - A * b, A * a - B * b, a - 2 * b, A * (a - b) + c, a + b - c], ids=str
)
@pytest.mark.parametrize("factor", [1, Rational(-1, 2), t], ids=str)
def test_a_norm_that_was_multiplied_out_is_one_again(vector, factor):
    rest = mvn.LogDet(mvn.PositiveDefinite("S")) + t
    found = completed(factor * mvn.squared_norm(vector) + rest)
    assert len([node for node in found.atoms(mvn.Inner) if node.args[0] == node.args[1]]) == 1
    assert len(found.atoms(mvn.Inner)) == 1
    assert mvn.verify(found, factor * mvn.squared_norm(vector) + rest).status == "proved"


@pytest.mark.parametrize(
    "expr",
    [
        mvn.squared_norm(a) + mvn.squared_norm(b) - mvn.Inner(a, b),
        mvn.squared_norm(a) - mvn.squared_norm(b) + 2 * mvn.Inner(a, b),
        mvn.squared_norm(a) + mvn.squared_norm(b),
        mvn.squared_norm(A) + mvn.squared_norm(a) - 2 * mvn.Inner(a, b),
        mvn.squared_norm(A * a) + mvn.squared_norm(B * b) - 2 * mvn.Inner(a, b),
    ],
    ids=str,
)
def test_what_is_no_square_stays_as_it_is(expr):
    assert completed(expr) == mvn.normalize(expr)
