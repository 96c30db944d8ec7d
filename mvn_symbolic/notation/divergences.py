"""Floor 1: divergences of two laws beside that of Kullback-Leibler.

Lives here: nodes that ask for one. May not live here: its answer, in numbers or in symbols.
"""

from __future__ import annotations

from typing import Any

from sympy import Expr, sympify

from mvn_symbolic.errors import ArgumentError
from mvn_symbolic.notation.laws import Law, check_one_space
from mvn_symbolic.notation.nodes import ScalarNode

__all__ = ["Bhattacharyya", "CrossEntropy", "Jeffreys", "Renyi", "SquaredHellinger", "SquaredWasserstein"]


class _OfTwoLaws(ScalarNode):
    """A number that compares two laws."""

    def __new__(cls, p: Law, q: Law) -> _OfTwoLaws:
        check_one_space(p, q)
        return Expr.__new__(cls, p, q)


class CrossEntropy(_OfTwoLaws):
    """-E_p[log q], in nats."""


class Jeffreys(_OfTwoLaws):
    """KL(p || q) + KL(q || p), in nats."""


class Bhattacharyya(_OfTwoLaws):
    """-log of the integral of sqrt(p q)."""


class SquaredHellinger(_OfTwoLaws):
    """Half the integral of (sqrt p - sqrt q)^2, which is 1 less the integral of sqrt(p q); between 0 and 1."""


class SquaredWasserstein(_OfTwoLaws):
    """The least mean of |x - y|^2 over all pairs of x with the one law and y with the other.

    It is the square of the 2-Wasserstein distance, which has no derivative where the laws are equal.
    """


class Renyi(ScalarNode):
    """The Rényi divergence of an order a other than 1: log of the integral of p^a q^(1-a), over a - 1."""

    def __new__(cls, p: Law, q: Law, order: Any) -> Renyi:
        check_one_space(p, q)
        order = sympify(order)
        if order == 1:
            raise ArgumentError("`order` must not be 1; got 1. The divergence of that order is KL.")
        return Expr.__new__(cls, p, q, order)
