"""Floor 3: squared norms and the products between them, put together again as the norm of a sum or a difference.

Lives here: finding which norms belong together. May not live here: forms that keep digits (`stable`), noise (`affine`).
"""

from __future__ import annotations

from typing import Any

from sympy import Add, Expr, Mul, sqrt
from sympy.matrices.expressions import MatrixExpr

from mvn_symbolic.calculus.affine import factor_left, with_difference
from mvn_symbolic.calculus.terms import normalize, terms
from mvn_symbolic.notation.nodes import Inner

__all__ = ["complete_norms", "norms_in"]


def complete_norms(expr: Expr, name: str) -> Expr:
    """Return the scalar with |u|^2 + |w|^2 - 2 u'w as |u - w|^2, of any number of vectors, the difference named.

    Parameters
    ----------
    expr : scalar expression
    name : str
        What the sum is called that stands behind the matrices in front of it.
    """
    total = normalize(expr)
    for coefficient, vector in norms_in(total):
        whole = vector
        for other, next_one in norms_in(total):
            if next_one.shape != vector.shape:
                continue
            times = sqrt(other / coefficient)
            for tried in (whole + times * next_one, whole - times * next_one) if times.is_rational else ():
                # a norm and at least one product go, and nothing comes
                if next_one != vector and _left(total, coefficient, tried) <= _left(total, coefficient, whole) - 2:
                    whole = tried
        if whole != vector:
            named = with_difference(factor_left(terms(whole), vector.shape), name)
            return _without(total, coefficient, whole) + coefficient * Inner(named, named)
    return expr


def norms_in(total: Expr) -> list[tuple[Any, MatrixExpr]]:
    """The coefficient and the vector of each squared norm of a sum."""
    found = []
    for term in Add.make_args(total):
        inner = [factor for factor in Mul.make_args(term) if isinstance(factor, Inner)]
        if len(inner) == 1 and inner[0].args[0] == inner[0].args[1]:
            found.append((term / inner[0], inner[0].args[0]))
    return found


def _without(total: Expr, coefficient: Any, vector: MatrixExpr) -> Expr:
    return normalize(total - coefficient * Inner(vector, vector))


def _left(total: Expr, coefficient: Any, vector: MatrixExpr) -> int:
    rest = _without(total, coefficient, vector)
    return 0 if rest == 0 else len(Add.make_args(rest))
