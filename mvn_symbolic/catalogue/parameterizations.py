"""Floor 5: parameterizations. Each is one map from raw parameters to the factor L; functions follow by substitution."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sympy import exp
from sympy.matrices.expressions import MatrixExpr

from mvn_symbolic.notation.nodes import DiagMat, elementwise
from mvn_symbolic.notation.table import symbol

__all__ = ["DIAGONAL", "FULL", "PARAMETERIZATIONS", "Parameterization"]


@dataclass(frozen=True)
class Parameterization:
    """How a law is given by its raw parameters.

    Attributes
    ----------
    name : the name of its modules and of the chains that specialise to it
    arguments : the argument names of the notation table, the mean first
    scale : the factor L, from the prefix of the law ("p", "q" or "")
    title : how its special case is headed
    """

    name: str
    arguments: tuple[str, ...]
    scale: Callable[[str], MatrixExpr]
    title: str


FULL = Parameterization("tril", ("loc", "scale_tril"), lambda prefix: symbol("scale_tril", prefix), "Full covariance")

#: Factors that act coordinate by coordinate.
DIAGONAL = (
    Parameterization(
        "diag",
        ("loc", "scale_diag"),
        lambda prefix: DiagMat(symbol("scale_diag", prefix)),
        "Independent coordinates, by the standard deviations",
    ),
    Parameterization(
        "logvar",
        ("loc", "logvar"),
        lambda prefix: DiagMat(elementwise(lambda value: exp(value / 2), symbol("logvar", prefix))),
        "Independent coordinates, by the log-variance",
    ),
)

PARAMETERIZATIONS = {one.name: one for one in (FULL, *DIAGONAL)}
