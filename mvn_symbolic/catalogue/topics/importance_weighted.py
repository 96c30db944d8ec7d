"""Floor 5, functions: what a draw contributes to the gradient of an importance-weighted bound.

Lives here: names. May not live here: a formula; it comes from a derivation.
"""

from __future__ import annotations

from mvn_symbolic.catalogue.importance import LOG_REST
from mvn_symbolic.catalogue.topic import Result, Topic
from mvn_symbolic.derivation.arguments import Given, Input
from mvn_symbolic.notation.operators import FunctionGradient, FunctionValue
from mvn_symbolic.notation.table import symbol

__all__ = ["TOPIC"]

_DRAW = (
    Given("log_weight", FunctionValue, meaning="log weight of the draw"),
    Input("log_rest", LOG_REST, meaning="logarithm of the sum of the weights of the other draws"),
    Given("gradient", FunctionGradient, meaning="gradient of the log weight at the sample, the law's parameters held"),
)

TOPIC = Topic(
    "importance_weighted",
    "Doubly reparameterized gradients of the importance-weighted bound, draw by draw.",
    (
        Result(
            "doubly_loc",
            "importance_weighted",
            "shared_loc",
            _DRAW,
            "What one draw contributes to the gradient by the mean; the sum over the draws estimates it.",
        ),
        Result(
            "doubly_scale_tril",
            "importance_weighted",
            "shared_scale_tril",
            (*_DRAW, symbol("eps")),
            "What one draw contributes to the gradient by the factor; the sum over the draws estimates it.",
        ),
    ),
)
