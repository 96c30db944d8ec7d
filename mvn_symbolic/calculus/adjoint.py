"""Floor 3: reading a gradient off a differential. From df = <G, dX> to G, by moving each linear node to the other side.

Only nodes that are linear in dX are met here; the rest was dealt with by `differential`. The rules of SymPy's nodes and
of the general ones stand here, those of a special node with its other rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sympy import Add, Expr, Lambda, Mul, S
from sympy.matrices.expressions import (
    HadamardProduct,
    Identity,
    KroneckerProduct,
    MatAdd,
    MatMul,
    MatrixExpr,
    OneMatrix,
    Trace,
    Transpose,
    ZeroMatrix,
)

from mvn_symbolic.calculus.adjoints import Moved, adjoint_rule, moved
from mvn_symbolic.calculus.differential import product_of
from mvn_symbolic.calculus.kronecker import as_vec, parts_of
from mvn_symbolic.calculus.letters import transpose_letter
from mvn_symbolic.calculus.packed import gathered
from mvn_symbolic.calculus.terms import terms
from mvn_symbolic.errors import MissingRuleError
from mvn_symbolic.notation.nodes import DiagMat, DiagPart, Elementwise, Entry, Inner, Total, Tril
from mvn_symbolic.notation.vectorised import Vec

__all__ = ["read_off"]


def read_off(expr: Expr, tangent: Any) -> Any:
    """Return G with `expr` = <G, tangent>, not yet projected onto any structure.

    Parameters
    ----------
    expr : scalar expression, linear in the tangent
    tangent : Tangent or scalar symbol
    """
    parts = gathered(list(_reached(S.One, expr, tangent)))
    if not isinstance(tangent, MatrixExpr):
        return sum(parts, S.Zero)
    if not parts:
        return ZeroMatrix(*tangent.shape)
    return parts[0] if len(parts) == 1 else MatAdd(*parts)


def _reached(cotangent: Any, expr: Any, tangent: Any) -> Iterator[Any]:
    """What stands in front of the tangent at each place where it occurs."""
    if not expr.has(tangent):
        return
    if expr == tangent:
        yield cotangent
        return
    parts = moved(cotangent, expr, tangent)
    if parts is None:
        raise MissingRuleError("adjoint", expr)
    for part, argument in parts:
        yield from _reached(part, argument, tangent)


@adjoint_rule(Add, MatAdd)
def _sum(cotangent: Any, expr: Any, tangent: Any) -> Moved:
    for part in expr.args:
        yield cotangent, part


@adjoint_rule(Mul)
def _scalar_product(weight: Expr, expr: Mul, tangent: Any) -> Moved:
    moving, rest = _one_moving(expr, tangent)
    yield weight * Mul(*rest), moving


@adjoint_rule(Inner)
def _inner(weight: Expr, expr: Inner, tangent: Any) -> Moved:
    left, right = expr.args
    yield product_of(weight, right), left
    yield product_of(weight, left), right


@adjoint_rule(Trace)
def _trace(weight: Expr, expr: Trace, tangent: Any) -> Moved:
    yield product_of(weight, Identity(expr.arg.shape[0])), expr.arg


@adjoint_rule(Total)
def _total(weight: Expr, expr: Total, tangent: Any) -> Moved:
    yield product_of(weight, OneMatrix(*expr.args[0].shape)), expr.args[0]


@adjoint_rule(Transpose, Tril)
def _own_adjoint(cotangent: MatrixExpr, expr: Any, tangent: Any) -> Moved:
    yield expr.func(cotangent), expr.args[0]


@adjoint_rule(DiagPart)
def _diag_part(cotangent: MatrixExpr, expr: DiagPart, tangent: Any) -> Moved:
    yield DiagMat(cotangent), expr.args[0]


@adjoint_rule(DiagMat)
def _diag_mat(cotangent: MatrixExpr, expr: DiagMat, tangent: Any) -> Moved:
    yield DiagPart(cotangent), expr.args[0]


@adjoint_rule(HadamardProduct)
def _hadamard(cotangent: MatrixExpr, expr: HadamardProduct, tangent: Any) -> Moved:
    moving, rest = _one_moving(expr, tangent)
    yield HadamardProduct(*rest, cotangent), moving


def _one_moving(expr: Any, tangent: Any) -> tuple[Any, list[Any]]:
    """The one factor that moves, and the others."""
    moving = [factor for factor in expr.args if factor.has(tangent)]
    if len(moving) != 1:
        raise MissingRuleError("adjoint", expr, "The expression is not linear in the differential.")
    return moving[0], [factor for factor in expr.args if factor is not moving[0]]


@adjoint_rule(MatMul)
def _product(cotangent: MatrixExpr, expr: MatMul, tangent: Any) -> Moved:
    factors = expr.args
    for i, factor in enumerate(factors):
        if not factor.has(tangent):
            continue
        if not isinstance(factor, MatrixExpr):
            rest = product_of(*factors[:i], *factors[i + 1 :])
            yield Inner(cotangent, rest), factor
            continue
        before = [_transposed(f) for f in reversed(factors[:i])]
        after = [_transposed(f) for f in reversed(factors[i + 1 :])]
        yield product_of(*before, cotangent, *after), factor


def _transposed(factor: Any) -> Any:
    return transpose_letter(factor) if isinstance(factor, MatrixExpr) else factor


@adjoint_rule(Elementwise)
def _map(cotangent: MatrixExpr, expr: Elementwise, tangent: Any) -> Moved:
    for symbol, vector in zip(expr.function.variables, expr.vectors, strict=True):
        if not vector.has(tangent):
            continue
        slope = expr.function.expr.diff(symbol)
        if slope.has(symbol):
            raise MissingRuleError("adjoint", expr, "The map is not linear in the differential.")
        extra = Entry(f"x{len(expr.vectors)}", real=True)
        others = [
            OneMatrix(*v.shape) if v is vector else v for v in expr.vectors
        ]  # the slope does not depend on the moving vector
        weights = Elementwise(Lambda((*expr.function.variables, extra), slope * extra), *others, cotangent)
        yield weights, vector


@adjoint_rule(Vec)
def _stacked(cotangent: MatrixExpr, expr: Vec, tangent: Any) -> Moved:
    """<vec M, vec dX> = <M, dX>; vech knows the lower triangles alone."""
    for word, coefficient in terms(cotangent).items():
        if len(word) != 1 or type(word[0]) is not type(expr):
            raise MissingRuleError("adjoint", expr, "Write the other vector as Vec of a matrix too.")
        matrix = word[0].args[0]
        yield product_of(coefficient, Tril(matrix) if expr.half else matrix), expr.args[0]


@adjoint_rule(KroneckerProduct)
def _kronecker(cotangent: MatrixExpr, expr: KroneckerProduct, tangent: Any) -> Moved:
    """<C (x) D, A (x) dX> = <C, A> <D, dX>, and <vec U vec V', A (x) B> = <U, B V A'>."""
    if (vec := as_vec(expr)) is not None:
        yield cotangent, vec
        return
    place = next(i for i, factor in enumerate(expr.args) if factor.has(tangent))
    for word, coefficient in terms(cotangent).items():
        parts = parts_of(word, expr)
        columns = [letter.arg if isinstance(letter, Transpose) else letter for letter in word]
        if parts is not None:
            weights = [Inner(c, a) for i, (c, a) in enumerate(zip(parts, expr.args, strict=True)) if i != place]
            yield product_of(coefficient, *weights, parts[place]), expr.args[place]
        elif len(expr.args) == len(word) == 2 and all(isinstance(c, Vec) and not c.half for c in columns):
            left, right = expr.args
            inside = product_of(right, columns[1].args[0], Transpose(left))
            yield product_of(coefficient, columns[0].args[0]), inside
        else:
            raise MissingRuleError("adjoint", expr, "What multiplies it must be made of Kronecker products, or of Vec.")
