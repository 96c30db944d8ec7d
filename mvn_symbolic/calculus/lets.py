"""Floor 3: named intermediates: write a definition out, or recognise it and write its name instead."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, count
from typing import Any

from sympy import Basic, Lambda, sympify
from sympy.matrices.expressions import MatMul, MatrixExpr, Transpose

from mvn_symbolic.calculus.letters import transpose_letter
from mvn_symbolic.calculus.terms import terms
from mvn_symbolic.notation.memory import remembered
from mvn_symbolic.notation.nodes import Elementwise, entry_of
from mvn_symbolic.notation.parts import parts_of
from mvn_symbolic.notation.symbols import Let, Tangent

__all__ = ["fold", "free_name", "lets_of", "numbered", "unfold"]


def lets_of(expr: Any) -> list[Let]:
    """The names that occur in an expression, in order."""
    return sorted(parts_of(expr, Let), key=lambda let: let.name)


def numbered(name: str) -> Iterator[str]:
    """The name, and then the name with a number: L, L_2, L_3."""
    return chain([name], (f"{name}_{number}" for number in count(2)))


def free_name(expr: Any, name: str) -> str:
    """The first of these that nothing in the expression has."""
    taken = {one.name for one in (*lets_of(expr), *expr.free_symbols)}
    return next(one for one in numbered(name) if one not in taken)


def unfold(expr: Any) -> Any:
    """Replace every name by its definition.

    Parameters
    ----------
    expr : scalar, vector or matrix expression
        It may hold names made by :class:`Let`, and these in their definitions too.

    Returns
    -------
    Expr
        The same expression without names.

    Examples
    --------
    >>> from mvn_symbolic import GeneralMatrix, Let, Vector, unfold
    >>> u = Let("u", GeneralMatrix("A") * Vector("x"))
    >>> unfold(2 * u)
    2*(A*x)
    """
    expr = sympify(expr)
    while found := parts_of(expr, Let):
        expr = expr.xreplace({let: let.definition for let in found})
    return expr


def fold(expr: Any, *lets: Let) -> Any:
    """Replace each definition that is met as such, or transposed, by its name.

    Parameters
    ----------
    expr : scalar, vector or matrix expression
        Where definitions are looked for.
    *lets : Let
        The names, in the order of looking; later ones may use earlier ones.

    Returns
    -------
    Expr
        An equal expression.

    Examples
    --------
    >>> from mvn_symbolic import GeneralMatrix, Let, Vector, fold
    >>> A, x, y = GeneralMatrix("A"), Vector("x"), Vector("y")
    >>> fold(A * x + y, Let("u", A * x))
    u + y
    """
    for let in lets:
        expr = _fold(sympify(expr), let)
    return expr


def _fold(expr: Any, let: Let) -> Any:
    if expr == let.definition:
        return let
    if isinstance(expr, (Let, Tangent)) or not isinstance(expr, Basic) or not expr.args:
        return expr
    if isinstance(expr, MatMul):
        expr = _fold_product(expr, let)
        if not isinstance(expr, MatMul):
            return expr
    arguments = [_fold(argument, let) for argument in expr.args]
    if tuple(arguments) != expr.args:
        expr = expr.func(*arguments)
    return _fold_map(expr, let) if isinstance(expr, Elementwise) else expr


def _fold_map(expr: Elementwise, let: Let) -> Elementwise:
    """Inside a map of the same vectors, write the definition's function of their entries as the name's entry."""
    definition = let.definition
    if not isinstance(definition, Elementwise) or not set(definition.vectors) <= set(expr.vectors):
        return expr
    entry = dict(zip(expr.vectors, expr.function.variables, strict=True))
    pattern = definition.function(*(entry[vector] for vector in definition.vectors))
    name = entry_of(let, "folded")
    body = expr.function.expr.subs(pattern, name)
    return Elementwise(Lambda((*expr.function.variables, name), body), *expr.vectors, let) if body.has(name) else expr


def _fold_product(expr: MatMul, let: Let) -> Any:
    straight = _letters(let.definition)
    turned = _letters(Transpose(let.definition))
    factors = list(expr.args)
    changed = False
    for pattern, name in ((straight, let), (turned, Transpose(let))):
        i = 0
        while pattern and i + len(pattern) <= len(factors):
            if tuple(factors[i : i + len(pattern)]) == pattern:
                factors[i : i + len(pattern)] = [name]
                changed = True
            i += 1
    if not changed:
        return expr
    return factors[0] if len(factors) == 1 else MatMul(*factors)


@remembered(1 << 10)
def _letters(definition: MatrixExpr) -> tuple[Any, ...]:
    """The factors to look for: as written, and as the normal form spells them."""
    if isinstance(definition, Transpose) and isinstance(definition.arg, MatMul):
        return tuple(
            transpose_letter(factor) if isinstance(factor, MatrixExpr) else factor
            for factor in reversed(definition.arg.args)
        )
    if isinstance(definition, MatMul):
        return definition.args
    these = terms(definition)
    if len(these) == 1:
        ((word, coefficient),) = these.items()
        return word if coefficient == 1 and len(word) > 1 else ()
    return ()
