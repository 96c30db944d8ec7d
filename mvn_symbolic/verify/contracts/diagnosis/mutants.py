"""Lives here: every first-order mutant of an expression: one slip at one place, by its name and in a sentence.
May not live here: the slips themselves (`slips`), numbers, the decision whether two expressions are equal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import sympy
from sympy import Expr, Indexed, KroneckerDelta, Lambda, MatrixSymbol, Rational, Sum, Symbol
from sympy.core.symbol import Str
from sympy.matrices.expressions import Identity, MatAdd, MatMul, OneMatrix, ZeroMatrix
from sympy.matrices.expressions.matexpr import MatrixElement

from mvn_symbolic.errors import ArgumentError
from mvn_symbolic.notation import entries, laws, nodes, operators
from mvn_symbolic.notation.symbols import Let, Noise, Tangent
from mvn_symbolic.verify.contracts.diagnosis.slips import (
    Slip,
    Slips,
    alike,
    exchanges,
    larger_slips,
    slips_of,
    term_slips,
)
from mvn_symbolic.verify.contracts.diagnosis.wording import shown
from mvn_symbolic.verify.contracts.symbolic.arguments import free_arguments

_ONLY_FIRST = (
    operators.Gradient, operators.Jacobian, operators.ScalarDerivative, operators.ScalarDifferential,
    operators.MatrixDifferential, operators.Component, operators.Partial, laws.Covariance, Sum,
)  # fmt: skip
_CLOSED = (
    Str, Let, laws.Law, MatrixSymbol, Symbol, Identity, ZeroMatrix, OneMatrix, Indexed, KroneckerDelta, MatrixElement,
    operators.ParameterCount, operators.FunctionGradient, entries.UnitVector,
)  # fmt: skip


class Mutant(NamedTuple):
    """One first-order mutant: the name of the mistake, what it is in a sentence, and the wrong expression."""

    name: str
    sentence: str
    expression: Any


def mutants(expression: Any) -> list[Mutant]:
    """Return every first-order mutant of an expression: one slip at one place.

    Parameters
    ----------
    expression : scalar, vector or matrix expression
        A closed form or a question (KL, entropy, expectation ...) in the public language. A definition (`Let`) and a
        law are one place, however often they are used.

    Returns
    -------
    list of Mutant
        Names may repeat, since one mistake can be made at several places; expressions do not. None is identical to the
        original as written, but some may be equal to it for all arguments: that is for numbers to decide.

    Examples
    --------
    >>> from mvn_symbolic.notation.symbols import Vector
    >>> [m.name for m in mutants(nodes.squared_norm(Vector("mu")))][:3]
    ['overall_sign', 'overall_factor_two', 'overall_factor_half']
    """
    expression = sympy.sympify(expression)
    found: dict[Any, Mutant] = {}
    for name, sentence, changed in _all(expression):
        if changed != expression and changed not in found and not _is_nonsense(changed):
            found[changed] = Mutant(name, sentence, changed)
    return list(found.values())


def further_mutants(expression: Any) -> list[Mutant]:
    """Return mutants that are larger than one slip at one place: for explanations, where no first-order one agrees.

    An argument is misread, or taken for another, in one term of a sum wherever it stands there; an inverse of several
    factors is missing; a precision is read as a covariance; everything is divided by the number of coordinates.
    """
    expression = sympy.sympify(expression)
    known = {mutant.expression for mutant in mutants(expression)} | {expression}
    found: dict[Any, Mutant] = {}
    for name, sentence, changed in _further(expression):
        if changed not in known and changed not in found and not _is_nonsense(changed):
            found[changed] = Mutant(name, sentence, changed)
    return list(found.values())


def _further(expression: Any) -> Iterator[Slip]:
    symbols = free_arguments(expression)
    yield from _within(expression, [], larger_slips)
    for part in [*_repeated(expression), *(s for s in symbols if isinstance(s, MatrixSymbol))]:
        for name, sentence, changed in _within(part, [], larger_slips):
            yield name, f"wherever {shown(part)} stands: {sentence}", _replaced(expression, {part: changed})
    if isinstance(expression, sympy.Add):
        for place, term in enumerate(expression.args):
            for name, sentence, changed in _misread(term, free_arguments(term), symbols):
                yield name, f"in {shown(term)}: {sentence}", _rebuilt(expression, place, changed)
    for size in sorted({s.shape[0] for s in symbols if isinstance(s, MatrixSymbol)}, key=str)[:1]:
        yield "mean_for_sum", f"everything is divided by {size}, the number of coordinates", expression / size


def _is_nonsense(expr: Any) -> bool:
    return isinstance(expr, Expr) and expr.has(sympy.zoo, sympy.nan, sympy.oo)


def _all(expression: Any) -> Iterator[Slip]:
    yield "overall_sign", "everything has the wrong sign", -expression
    yield "overall_factor_two", "everything is doubled: a factor 1/2 is missing", 2 * expression
    yield "overall_factor_half", "everything is halved: a factor 1/2 too many", Rational(1, 2) * expression
    symbols = free_arguments(expression)
    yield from _within(expression, symbols)
    for name, sentence, renaming in exchanges(symbols):
        yield name, sentence, _replaced(expression, {**renaming, **_tangents(expression)})
    for part in _repeated(expression):
        for name, sentence, changed in _within(part, symbols):
            yield name, f"wherever {shown(part)} stands: {sentence}", _replaced(expression, {part: changed})
    for named in sorted(expression.atoms(Let, laws.Law), key=str):
        inside = named.definition if isinstance(named, Let) else named.sample
        for name, sentence, changed in _within(inside, symbols):
            if isinstance(named, laws.Law) and len(changed.atoms(Noise)) != 1:
                continue
            other = Let(named.name, changed) if isinstance(named, Let) else laws.Law(named.name, changed)
            yield name, f"in {named.name}: {sentence}", _replaced(expression, {named: other})
    yield from _misread(expression, symbols)


def _misread(expression: Any, symbols: list[Any], every: list[Any] | None = None) -> Iterator[Slip]:
    """Yield an expression in which one argument is misread, or taken for another of ``every``, wherever it stands."""
    if expression.has(operators.Gradient, operators.Jacobian, operators.ScalarDerivative, operators.Partial):
        return  # the symbol by which is differentiated would be replaced too
    for symbol in symbols:
        for name, sentence, changed in slips_of(symbol):
            yield f"{name}_everywhere", sentence, _replaced(expression, {symbol: changed, **_tangents(expression)})
        for other in every or ():
            if alike(symbol, other):
                text = f"{other} stands where {symbol} is meant"
                yield "wrong_argument", text, _replaced(expression, {symbol: other, **_tangents(expression)})


def _replaced(expression: Any, renaming: dict[Any, Any]) -> Any:
    """Return an expression with parts replaced; unchanged where that is no expression: the factor of no covariance."""
    try:
        return expression.xreplace(renaming)
    except ArgumentError:
        return expression


def _tangents(expression: Any) -> dict[Any, Any]:
    """Return a renaming that leaves differentials alone: dL is a name of its own, not a use of L."""
    return {tangent: tangent for tangent in expression.atoms(Tangent)}


def _repeated(expression: Any) -> list[Any]:
    """List vectors and matrices that are written more than once: as a rule one thing in the code, such as z."""
    seen: dict[Any, int] = {}

    def visit(node: Any) -> None:
        if isinstance(node, MatAdd | MatMul):
            seen[node] = seen.get(node, 0) + 1
        for place in _open_places(node):
            visit(node.args[place])

    visit(expression)
    return [node for node, count in seen.items() if count > 1]


def _within(node: Any, symbols: list[Any], source: Slips = slips_of) -> Iterator[Slip]:
    """Yield a node with one slip at it or below it; definitions and laws are left to the caller."""
    yield from source(node)
    if isinstance(node, MatrixSymbol | Symbol):
        for other in symbols:
            if alike(node, other):
                yield "wrong_argument", f"{other} stands where {node} is meant", other
    if isinstance(node, sympy.Add | MatAdd) and source is slips_of:
        for place, term in enumerate(node.args):
            for name, sentence, changed in term_slips(term):
                yield name, sentence, _rebuilt(node, place, changed)
    for place in _open_places(node):
        for name, sentence, changed in _within(node.args[place], symbols, source):
            yield name, sentence, _rebuilt(node, place, changed)


def _open_places(node: Any) -> list[int]:
    """List the arguments of a node that are expressions somebody wrote: no bound variables, shapes or names."""
    if isinstance(node, _CLOSED) or not node.args:
        return []
    if isinstance(node, _ONLY_FIRST):
        return [0]
    if isinstance(node, laws.ScalarExpectation | laws.MatrixExpectation):
        return [0]
    if isinstance(node, laws.LogDensity | operators.FunctionValue | Lambda):
        return [1]
    if isinstance(node, sympy.Pow | sympy.MatPow):
        return [0]
    return list(range(len(node.args)))


def _rebuilt(node: Any, place: int, part: Any) -> Any:
    """Return a node with one argument replaced; sums and products are made anew, so that they stay flat.

    Where that is no expression, as the factor of no covariance, the node comes back unchanged.
    """
    try:
        return _made(node, place, part)
    except ArgumentError:
        return node


def _made(node: Any, place: int, part: Any) -> Any:
    parts = list(node.args)
    parts[place] = part
    if isinstance(node, MatAdd | MatMul):
        total = parts[0]
        for other in parts[1:]:
            total = total + other if isinstance(node, MatAdd) else total * other
        return total
    if isinstance(node, nodes.Elementwise):
        return nodes.Elementwise(*parts)
    return node.func(*parts)


__all__ = ["Mutant", "further_mutants", "mutants"]
