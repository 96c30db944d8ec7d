"""Floor 4: rules for exponentials, with their reasons: means of what is quadratic in the noise, and less one.

Lives here: those rules. May not live here: the integral itself; the calculus has it.
"""

from __future__ import annotations

from typing import Any

from sympy import exp

from mvn_symbolic.calculus.gaussian_integral import gaussian_integral
from mvn_symbolic.calculus.stable import merge_exponentials
from mvn_symbolic.derivation.line import Rule
from mvn_symbolic.notation.laws import ScalarExpectation
from mvn_symbolic.notation.symbols import Noise

__all__ = ["complete_the_square", "less_one"]


def complete_the_square(noise: Noise, reason: str, condition: str = "") -> Rule:
    """E[exp(c + b'e - e'Me/2)] = exp(c + b'(I + M)^-1 b / 2) / sqrt(det(I + M))."""

    def apply(expr: Any) -> Any:
        return expr.replace(
            lambda node: isinstance(node, ScalarExpectation) and node.args[1] == noise and node.args[0].has(exp),
            lambda node: gaussian_integral(node.args[0], noise),
        )

    return Rule("complete the square", apply, reason, condition, "Petersen & Pedersen 2012, The Matrix Cookbook")


def less_one() -> Rule:
    """Exponentials less one, entry by entry of a matrix, as one function."""
    return Rule(
        "stable form",
        merge_exponentials,
        "What scales the rows and the columns is taken out. Entry by entry $e^x-1$ is one function, computed without "
        "that subtraction.",
    )
