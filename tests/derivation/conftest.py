"""A small derivation made by hand, with every kind of verdict, to test how derivations are shown."""

from __future__ import annotations

import pytest
from sympy import Rational

from mvn_symbolic.derivation.model import Chain, Derivation, Equation, Premise, Step
from mvn_symbolic.meaning import Verdict
from mvn_symbolic.notation.laws import Law, LogDensity, expectation_of
from mvn_symbolic.notation.nodes import squared_norm
from mvn_symbolic.notation.operators import Gradient, differential_of
from mvn_symbolic.notation.symbols import Let, Tangent
from mvn_symbolic.notation.table import symbol

mu, L, eps, z = symbol("loc"), symbol("scale_tril"), symbol("eps"), symbol("value")
u = Let("u", L.inv() * (z - mu))
PROVED = Verdict("proved", (1, 2), (1, 2, 3))
AGREES = Verdict("unknown", (), (1, 2, 3), "the entries are too many")
UNKNOWN = Verdict("unknown", (), (), "no meaning at numbers")


@pytest.fixture
def small() -> Derivation:
    """log q up to a constant, and its gradient by mu. The formulas need not be right, only shown."""
    law = Law("q", mu + L * eps)
    density, value = LogDensity(law, z), -Rational(1, 2) * squared_norm(u)
    by_mu = Gradient(value, mu)
    return Derivation(
        name="small",
        title="A small derivation_of <mine>",
        summary="What `loc` does, in 100% of cases.",
        premise=(Premise("a sample of L & eps", Equation(z, mu + L * eps)), Premise("nothing else")),
        chains=(
            Chain(
                "value",
                "The value",
                density,
                (
                    Step(density, expectation_of(value, eps), "by rule", "by the definition of q", verdict=AGREES),
                    Step(
                        value,
                        value,
                        "whiten",
                        "L_q is invertible, $\\operatorname{tr} L$",
                        "L > 0",
                        "A & B 1999",
                        PROVED,
                    ),
                ),
            ),
            Chain(
                "differential",
                "Differential by $mu$",
                differential_of(value, mu),
                (Step(value, squared_norm(Tangent(mu)), "differential", "let mu move", verdict=UNKNOWN),),
            ),
            Chain("gradient", "Gradient by $mu$", by_mu, (Step(by_mu, L.T.inv() * u, "read off", "read it off"),)),
        ),
        remarks=("It is never zero.",),
        conventions=("In nats.",),
        references=("Nobody 1999",),
    )
