"""Floor 5: results that become functions of a module of their own: what is stated once, not for each parameterization.

Lives here: which modules of functions there are. May not live here: what is in them; each has a file in this folder.
"""

from __future__ import annotations

from mvn_symbolic.catalogue.registry import build
from mvn_symbolic.catalogue.setting import STANDARD, Setting
from mvn_symbolic.catalogue.topic import Result, Topic
from mvn_symbolic.catalogue.topics import (
    conditional,
    correlation,
    divergences,
    estimator_variances,
    expectations,
    gaussian_product,
    importance_weighted,
    linear_gaussian,
    log_volumes,
    natural_gradient,
    rank_one,
    second_order,
    square_root,
    symmetric_gradients,
    velocities,
)
from mvn_symbolic.derivation.function import Function, function_of

__all__ = ["TOPICS", "Topic", "topic_functions"]

#: In the order they are listed in.
REGISTERED = (
    divergences.TOPIC,
    correlation.TOPIC,
    linear_gaussian.TOPIC,
    conditional.TOPIC,
    gaussian_product.TOPIC,
    expectations.TOPIC,
    second_order.TOPIC,
    natural_gradient.TOPIC,
    velocities.TOPIC,
    estimator_variances.TOPIC,
    importance_weighted.TOPIC,
    rank_one.TOPIC,
    square_root.TOPIC,
    symmetric_gradients.TOPIC,
    log_volumes.TOPIC,
)

TOPICS = {topic.name: topic for topic in REGISTERED}


def topic_functions(topic: str, setting: Setting = STANDARD, *, derivation: str = "") -> tuple[Function, ...]:
    """Return what is generated for a topic.

    Parameters
    ----------
    topic : str
        A key of `TOPICS`.
    setting : Setting, optional
        The premise all of it follows from.
    derivation : str, optional
        What is from this one only; no other is made.

    Returns
    -------
    tuple of Function
    """
    chosen = (one for one in TOPICS[topic].results if derivation in {"", one.derivation})
    return tuple(_function(result, setting) for result in chosen)


def _function(result: Result, setting: Setting) -> Function:
    derivation = build(result.derivation, setting)
    given = {str(one.equation.left): one.equation for one in derivation.premise if one.equation is not None}
    known = given | derivation.results
    return function_of(
        known[result.equation],
        result.name,
        result.arguments,
        result.summary,
        derivation.name,
        sources=derivation.references,
        smooth=known[result.smooth] if result.smooth else None,
        second=result.second,
        unit=result.unit,
    )
