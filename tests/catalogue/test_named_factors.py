"""A family of one's own whose factor has a name: it cancels against itself, and each of two laws has its own."""

from __future__ import annotations

import pytest
from sympy import Trace

import mvn_symbolic as mvn
from mvn_symbolic.notation.nodes import Inner, LogDet
from mvn_symbolic.notation.parts import parts_of


@pytest.fixture(scope="module", params=["named", "plain"])
def family(request):
    """A factor that is a sum: its entries cannot cancel, only a name can, one's own or one that it gets."""
    loc, scales, below = mvn.symbol("loc"), mvn.symbol("scale_diag"), mvn.Vector("b", mvn.k - 1)
    factor = mvn.DiagMat(scales) + mvn.Placed(below, lambda i: i + 1, lambda i: i)
    factor = mvn.Let("L", factor) if request.param == "named" else factor
    return mvn.gaussian_family("band", loc + factor * mvn.symbol("eps"), [loc, scales, below], title="Band")


def test_a_named_factor_cancels_against_itself(family):
    for name in ("entropy", "kl_standard_normal"):
        value = family.derivation.results[name].right
        assert not value.has(Trace)
        assert not value.has(LogDet)
    assert not family.derivation.results["entropy"].right.has(Inner)


def test_each_law_has_its_own_factor(family):
    names = {let.name for let in parts_of(family.derivation.results["kl_divergence"].right, mvn.Let)}
    assert {"L_p", "L_q"} <= names
    assert "L" not in names
