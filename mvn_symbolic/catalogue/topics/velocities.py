"""Floor 5, functions: how fast samples move when the parameters of their law do.

Lives here: names. May not live here: a formula; it comes from a derivation.
"""

from __future__ import annotations

from mvn_symbolic.catalogue.topic import Result, Topic
from mvn_symbolic.derivation.arguments import direction_of
from mvn_symbolic.notation.table import symbol

__all__ = ["TOPIC"]

_LOC, _SCALE, _COVARIANCE, _VALUE = map(symbol, ("loc", "scale_tril", "covariance_matrix", "value"))

TOPIC = Topic(
    "velocities",
    "Velocities of samples that carry a Gaussian along when its parameters move.",
    (
        Result(
            "path",
            "continuity_equation",
            "velocity",
            (_LOC, _SCALE, direction_of(_LOC), direction_of(_SCALE), _VALUE),
            "Velocity of the reparameterized sample at a place; the noise stands still.",
        ),
        Result(
            "transport",
            "transport_gradient",
            "v",
            (_LOC, _COVARIANCE, direction_of(_LOC), direction_of(_COVARIANCE), _VALUE),
            "Velocity of optimal transport at a place: of all that carry the law, the one of least kinetic energy.",
        ),
    ),
)
