"""Floor 3: what a product solves, solved by its factors one after the other, each stage under a name."""

from __future__ import annotations

from itertools import chain
from math import prod
from typing import Any

from sympy.matrices.expressions import Inverse, MatMul, MatrixExpr, MatrixSymbol

from mvn_symbolic.calculus.joins import inverse_letter
from mvn_symbolic.calculus.lets import free_name, lets_of, numbered
from mvn_symbolic.notation.nodes import DiagMat
from mvn_symbolic.notation.symbols import Let

__all__ = ["in_stages", "staged"]


def in_stages(expr: Any, name: str) -> Any:
    """Return the expression with each named vector v = (XY)^-1 d as Y^-1 w, for w = X^-1 d named first.

    Formulas then have w where Y v stood, which gives back with an error what there was before.
    """
    lets = lets_of(expr)
    free = free_name(expr, name)
    return expr.xreplace({let: Let(let.name, staged(let.definition, free)) for let in lets if let.shape[1] == 1})


def staged(product: MatrixExpr, name: str) -> MatrixExpr:
    """Return a product (XY)^-1 d as Y^-1 w, for w = X^-1 d named; of more factors, with more names; else as it is.

    Numbers in front go with the first stage.
    """
    *solving, last = product.args if isinstance(product, MatMul) else (product,)
    factors = tuple(chain.from_iterable(map(_factors, solving)))
    number = prod(one for one in factors if not isinstance(one, MatrixExpr))
    matrices = [one for one in factors if isinstance(one, MatrixExpr)]
    if len(matrices) < 2 or not any(isinstance(one, Inverse) for one in matrices):
        return product
    if any(one.shape != (last.shape[0],) * 2 for one in matrices):
        return product
    last = last if number == 1 else MatMul(number, last)
    for factor, stage in zip(reversed(matrices[1:]), numbered(name), strict=False):
        last = Let(stage, MatMul(factor, last))
    return MatMul(matrices[0], last)


def _factors(factor: Any) -> tuple[Any, ...]:
    """The factors of an inverse, each inverted; a diagonal of quotients 1/s as an inverse too: so it moves with w."""
    if isinstance(factor, Inverse) and isinstance(factor.arg, MatMul):
        number, matrices = factor.arg.as_coeff_matrices()
        if all(one.shape == factor.shape for one in matrices):
            return (1 / number, *chain.from_iterable(map(_factors, map(inverse_letter, reversed(matrices)))))
    if isinstance(factor, DiagMat):
        turned = inverse_letter(factor)
        return (Inverse(turned),) if isinstance(turned.args[0], MatrixSymbol) else (factor,)
    return (factor,)
