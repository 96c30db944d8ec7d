"""Floor 3: the squared norms of a matrix and of its inverse, less what they are where both are the identity.

Lives here: that sum as one squared norm, which keeps its digits. May not live here: other norms (`norms`).
"""

from __future__ import annotations

from itertools import combinations

from sympy import Expr
from sympy.matrices.expressions import MatAdd, MatMul, MatrixExpr

from mvn_symbolic.calculus.lets import unfold
from mvn_symbolic.calculus.norms import norms_in
from mvn_symbolic.calculus.stable import from_identity, transposed
from mvn_symbolic.calculus.terms import normalize
from mvn_symbolic.notation.nodes import Inner
from mvn_symbolic.notation.symbols import Let

__all__ = ["complete_inverse_pair"]


def complete_inverse_pair(expr: Expr, name: str) -> Expr:
    """Return the scalar with |A|^2 + |B|^2 as |A - B'|^2 + 2k where AB = I, the difference named.

    It is taken as (A - I) - (B - I)', and each part as a product with a difference of what is given: near A = I nothing
    is rounded before it is subtracted.

    Parameters
    ----------
    expr : scalar expression
    name : str
        What the difference is called.
    """
    total = normalize(expr)
    for (coefficient, one), (other, inverse) in combinations(norms_in(total), 2):
        if coefficient != other or one.shape != inverse.shape or one.shape[0] != one.shape[1]:
            continue
        first, second = from_identity(one), from_identity(inverse)
        if first is None or second is None or not normalize(unfold(one) * unfold(inverse)).is_Identity:
            continue
        difference = Let(name, MatAdd(first, _negative(transposed(second))))
        squares = coefficient * (Inner(one, one) + Inner(inverse, inverse))
        return normalize(total - squares + 2 * coefficient * one.shape[0]) + coefficient * Inner(difference, difference)
    return expr


def _negative(product: MatrixExpr) -> MatrixExpr:
    """Minus a product with a difference, the difference turned round."""
    return MatMul(*(normalize(-factor) if isinstance(factor, MatAdd) else factor for factor in product.args))
