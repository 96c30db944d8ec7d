"""Families of one's own whose parts get names: a letter has one meaning, and what is the identity is seen to be it."""

from __future__ import annotations

import numpy as np
import pytest
from sympy import exp
from sympy.matrices.expressions import Identity

import mvn_symbolic as mvn
from mvn_symbolic.calculus.affine import name_affine
from mvn_symbolic.calculus.lets import lets_of, unfold

x, c, d = (mvn.Vector(name) for name in "xcd")
U, V, A = (mvn.GeneralMatrix(name) for name in "UVA")
k, eps = mvn.k, mvn.Noise("eps")


def meanings(value):
    """What each name stands for, and each symbol for itself."""
    found = [*((let.name, unfold(let)) for let in lets_of(value)), *((one.name, one) for one in value.free_symbols)]
    return set(found), {name for name, _ in found}


def affine_encoder():
    return mvn.Law("q", U * x + c + mvn.DiagMat(mvn.elementwise(lambda t: exp(t / 2), V * x + d)) * eps)


def band():
    b = mvn.Vector("b", k - 1)
    return mvn.Law("q", c + (Identity(k) - mvn.Placed(b, lambda i: i + 1, lambda i: i)).inv() * eps)


@pytest.mark.parametrize("law", [affine_encoder, band])
def test_a_letter_of_a_divergence_has_one_meaning(law):
    found, names = meanings(mvn.kl_divergence(law(), mvn.Law("p", d + mvn.symbol("scale_tril") * eps)))
    assert len(found) == len(names)


def test_names_differ_from_each_other_and_from_symbols():
    value = mvn.squared_norm(U * eps + V * U * eps + c) + mvn.squared_norm(A * V * eps + d)
    found, names = meanings(name_affine(value, eps, "A", "v", ""))
    assert len(found) == len(names)
    assert {"A", "A_2", "A_3"} <= names


def test_one_thing_named_twice_keeps_its_name():
    value = mvn.squared_norm(V * U * eps + c) + mvn.squared_norm(V * U * eps + d)
    named = name_affine(value, eps, "B", "v", "")
    assert {let.name for let in lets_of(named)} == {"B"}


def test_the_divergence_of_an_affine_log_variance_does_not_overflow():
    """At loc = 0 and log-variance -1500 it is (exp(-1500) - 1 + 1500)/2 for each of two coordinates: 1499."""
    value = mvn.kl_divergence(affine_encoder(), mvn.Law("p", eps))
    module = mvn.generate("divergence", value, [x, U, c, V, d]).load()
    zero, far = np.zeros((2, 2)), np.full(2, -1500.0)
    assert float(module.divergence(np.zeros(2), zero, np.zeros(2), zero, far)) == pytest.approx(1499.0, rel=1e-15)
