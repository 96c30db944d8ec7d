"""Floor 3: expressions that live coordinate by coordinate: resolve diagonal matrices, gather sums."""

from __future__ import annotations

from typing import Any

from sympy import Add, Basic, Expr, S, Symbol
from sympy.matrices.expressions import Identity, Inverse, MatMul, MatrixExpr, OneMatrix, Transpose

from mvn_symbolic.calculus.maps import map_of
from mvn_symbolic.calculus.terms import tidy
from mvn_symbolic.notation.nodes import DiagMat, Elementwise, Inner, Total, elementwise, entry_of
from mvn_symbolic.notation.structure import is_diagonal
from mvn_symbolic.notation.symbols import Let

__all__ = ["gather", "resolve_diagonals"]


def resolve_diagonals(expr: Any) -> Any:
    """Return the expression with diagonal matrices turned into maps of vectors, sums left undistributed."""
    if isinstance(expr, Let):
        if is_diagonal(expr.definition):
            return resolve_diagonals(expr.definition)
        return Let(expr.name, resolve_diagonals(expr.definition))
    if not isinstance(expr, Basic) or not expr.args or isinstance(expr, Elementwise):
        return expr
    arguments = [resolve_diagonals(argument) for argument in expr.args]
    if isinstance(expr, MatMul):
        return _product(arguments)
    expr = expr.func(*arguments) if tuple(arguments) != expr.args else expr
    if isinstance(expr, (Inverse, Transpose)) and isinstance(expr.arg, DiagMat):
        (vector,) = expr.arg.args
        return expr.arg if isinstance(expr, Transpose) else DiagMat(elementwise(lambda x: 1 / x, vector))
    return expr


def _product(factors: list[Any]) -> Any:
    flat: list[Any] = []
    for factor in factors:
        if flat and isinstance(flat[-1], DiagMat) and isinstance(factor, MatrixExpr):
            joined = _join(flat[-1], factor)
            if joined is not None:
                flat[-1] = joined
                continue
        flat.append(factor)
    if len(flat) < len(factors):
        return _product(flat)
    return flat[0] if len(flat) == 1 else MatMul(*flat)


def _join(left: DiagMat, right: MatrixExpr) -> MatrixExpr | None:
    if isinstance(right, DiagMat):
        both = _times(left.args[0], right.args[0])
        return Identity(left.shape[0]) if isinstance(both, OneMatrix) else DiagMat(both)
    return _times(left.args[0], right) if right.shape[1] == 1 else None


def _times(left: MatrixExpr, right: MatrixExpr) -> MatrixExpr:
    """The coordinate-wise product as one map; sums inside the vectors are not spread out."""
    entries: dict[MatrixExpr, Symbol] = {}
    body = _coordinate(left, entries) * _coordinate(right, entries)
    if not body.has(*entries.values()):  # what stood there has cancelled
        return OneMatrix(*left.shape) if body == 1 else MatMul(body, OneMatrix(*left.shape))
    return map_of(body, {symbol: vector for vector, symbol in entries.items()})


def gather(expr: Expr) -> Expr:
    """Return the scalar with all its sums over coordinates, squared norms and multiples of k under one sum."""
    entries: dict[MatrixExpr, Symbol] = {}
    body: Expr = S.Zero
    rest: list[Expr] = []
    dimension: Any = None
    for part in Add.make_args(tidy(expr)):
        coefficient, node = part.as_independent(Total, Inner, as_Add=False)
        summand = _summand(node, entries)
        if summand is None:
            rest.append(part)
        else:
            dimension = node.args[0].shape[0]
            body += coefficient * summand
    if dimension is None:
        return expr
    constants = [part for part in rest if part.has(dimension) and not (part / dimension).has(dimension)]
    body += sum((part / dimension for part in constants), S.Zero)
    left = Add(*(part for part in rest if part not in constants))
    if not body.has(*entries.values()):
        return body * dimension + left
    content, body = body.primitive()
    back = {symbol: vector for vector, symbol in entries.items()}
    return content * Total(map_of(body, back)) + left


def _summand(node: Expr, entries: dict[MatrixExpr, Symbol]) -> Expr | None:
    """The coordinate of a sum or inner product of vectors."""
    if isinstance(node, Inner) and node.args[0].shape[1] == 1:
        return _coordinate(node.args[0], entries) * _coordinate(node.args[1], entries)
    if isinstance(node, Total):
        return _coordinate(node.args[0], entries)
    return None


def _coordinate(vector: MatrixExpr, entries: dict[MatrixExpr, Symbol]) -> Expr:
    if isinstance(vector, OneMatrix):
        return S.One
    if isinstance(vector, Elementwise):
        return vector.function(*(_coordinate(inner, entries) for inner in vector.vectors))
    if vector not in entries:
        entries[vector] = entry_of(vector, f"t{len(entries)}")
    return entries[vector]
