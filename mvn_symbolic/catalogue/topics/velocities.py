"""Floor 5, functions: how fast samples move when the parameters of their law do.

Lives here: names. May not live here: a formula; it comes from a derivation.
"""

from __future__ import annotations

from mvn_symbolic.catalogue.topic import Result, Topic
from mvn_symbolic.derivation.function import Input
from mvn_symbolic.notation.symbols import tangent_of
from mvn_symbolic.notation.table import symbol

__all__ = ["TOPIC"]

_LOC, _VALUE = symbol("loc"), symbol("value")
_LOC_MOVES = Input("loc_direction", tangent_of(_LOC), meaning="direction in which the mean moves")


def _moving(name: str) -> tuple[Input, Input]:
    """A matrix, and the direction in which it moves."""
    matrix = symbol(name)
    return matrix, Input(f"{name}_direction", tangent_of(matrix), meaning=f"direction in which `{name}` moves")


_SCALE, _SCALE_MOVES = _moving("scale_tril")
_COVARIANCE, _COVARIANCE_MOVES = _moving("covariance_matrix")

TOPIC = Topic(
    "velocities",
    "Velocities of samples that carry a Gaussian along when its parameters move.",
    (
        Result(
            "path",
            "continuity_equation",
            "velocity",
            (_LOC, _SCALE, _LOC_MOVES, _SCALE_MOVES, _VALUE),
            "Velocity of the reparameterized sample at a place; the noise stands still.",
        ),
        Result(
            "transport",
            "transport_gradient",
            "v",
            (_LOC, _COVARIANCE, _LOC_MOVES, _COVARIANCE_MOVES, _VALUE),
            "Velocity of optimal transport at a place: of all that carry the law, the one of least kinetic energy.",
        ),
    ),
)
