"""Floor 5: scores: the gradient of a log density at the law's own sample, and gradients of means through them.

Lives here: what every estimator that differentiates a density begins with. May not live here: an estimator.
"""

from __future__ import annotations

from typing import Any

from mvn_symbolic.calculus import gradient
from mvn_symbolic.catalogue.density import log_density_of
from mvn_symbolic.derivation import rules
from mvn_symbolic.derivation.line import Line, Rule
from mvn_symbolic.derivation.model import Equation
from mvn_symbolic.notation.laws import Law, ScalarExpectation, expectation_of
from mvn_symbolic.notation.operators import Gradient
from mvn_symbolic.notation.places import value_at
from mvn_symbolic.notation.table import argument_name, latex_name

__all__ = ["log_derivative", "score_line"]


def log_derivative(law: Law, score: Equation) -> Rule:
    """The gradient of E_q[f(z)] by a parameter of q is the mean of f times the score, at the sample."""
    parameter = score.left.args[0].args[1]

    def swap(average: Any, by: Any) -> Any:
        known = isinstance(average, ScalarExpectation) and average.args[2:] == (law,) and by == parameter
        if not known or average.args[0].has(parameter):
            return Gradient(average, by)
        function, z = average.args[:2]
        return expectation_of(function.xreplace({z: law.sample}) * score.right, law.noise)

    return Rule(
        "log-derivative trick",
        lambda expr: expr.replace(Gradient, swap),
        r"Only the density depends on the parameter, and $\nabla q=q\,\nabla\log q$: the mean of the loss times the "
        "score. That the gradient passes under the mean of an abstract function is the claim itself: tested at "
        "points, not proved.",
        "f does not depend on the parameter, and near it the gradient of f q has an integrable bound",
        "Williams 1992",
    )


def score_line(law: Law, parameter: Any) -> Line:
    """The gradient of log q(z) by a parameter of q, where z is the sample itself."""
    density, z = log_density_of(law), law.point
    title = f"The score by ${latex_name(parameter)}$, at the sample"
    question = value_at(Gradient(density.left, parameter), z, law.sample)
    return (
        Line(f"score_{argument_name(parameter)}", title, question)
        .then(rules.insert(density, "The log density."))
        .then(rules.answer(Gradient, gradient, "read off and project", "The parameter moves; the point stands still."))
        .then(rules.evaluate(z))
    )
