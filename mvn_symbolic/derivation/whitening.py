"""Floor 4: rules that lead back from whitened coordinates: gather, push a factor through an inverse, move it out.

Lives here: those rules, with their reasons and conditions. May not live here: the calculus they call.
"""

from __future__ import annotations

from sympy.matrices.expressions import MatrixExpr

from mvn_symbolic.calculus.whitening import grouped, push_through, unwhiten
from mvn_symbolic.derivation.line import Rule

__all__ = ["gather_coefficients", "through_the_factor", "to_plain_coordinates"]


def gather_coefficients(reason: str = "One coefficient for each term.") -> Rule:
    """Each number made of matrices once, with its coefficient factored."""
    return Rule("collect", grouped, reason)


def through_the_factor() -> Rule:
    """X (aI + b X'X)^-1 X' = (I - a (aI + b XX')^-1) / b."""
    return Rule(
        "push-through identity",
        lambda expr: grouped(push_through(expr)),
        r"$X(aI+bX^\top X)^{-1}X^\top=\tfrac1b\bigl(I-a(aI+bXX^\top)^{-1}\bigr)$ and "
        r"$\det(aI+bX^\top X)=\det(aI+bXX^\top)$.",
        "b is not 0, and both inverses exist",
        "Henderson & Searle 1981",
    )


def to_plain_coordinates(factor: MatrixExpr) -> Rule:
    """v'S^-1 v = (Bv)'(BSB')^-1(Bv)."""
    return Rule(
        "back from whitened coordinates",
        lambda expr: grouped(unwhiten(expr, factor)),
        "Move the factor that whitened into the inverse and into the determinant, where it cancels.",
    )
