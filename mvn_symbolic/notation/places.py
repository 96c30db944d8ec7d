"""Floor 1: the value of an expression where a symbol has a given one, as a question.

Lives here: nodes for the place. May not live here: putting the value in, which is a rule.
"""

from __future__ import annotations

from typing import Any

from sympy import Expr, MatrixSymbol, Symbol, sympify
from sympy.matrices.expressions import MatrixExpr

from mvn_symbolic.errors import ArgumentError
from mvn_symbolic.notation.nodes import ScalarNode

__all__ = ["MatrixAt", "ScalarAt", "value_at"]


class ScalarAt(ScalarNode):
    """A number at the place where a symbol has a given value."""


class MatrixAt(MatrixExpr):
    """A vector or matrix at the place where a symbol has a given value."""

    @property
    def shape(self) -> tuple[Any, Any]:
        return self.args[0].shape


def value_at(expr: Any, symbol: Any, place: Any) -> Any:
    """The unevaluated value of an expression where `symbol` is `place`."""
    expr, place = sympify(expr), sympify(place)
    if not isinstance(symbol, (MatrixSymbol, Symbol)) or getattr(place, "shape", ()) != getattr(symbol, "shape", ()):
        raise ArgumentError(f"`place` must have the shape of `symbol`, {symbol}; got {place}.")
    return Expr.__new__(MatrixAt if isinstance(expr, MatrixExpr) else ScalarAt, expr, symbol, place)
