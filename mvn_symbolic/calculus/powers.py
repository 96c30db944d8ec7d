"""Floor 3: powers of matrices, and what eigenvalues decide: traces, determinants and log determinants of them.

Lives here: differentials and normal forms of powers. May not live here: square roots beyond their spelling as a power.
"""

from __future__ import annotations

from typing import Any

from sympy import S
from sympy.matrices.expressions import Determinant, Identity, Inverse, MatMul, MatPow, MatrixExpr, Trace

from mvn_symbolic.calculus.differential import depends, differential, differential_rule, product_of
from mvn_symbolic.calculus.products import multiply
from mvn_symbolic.calculus.terms import Terms, matrix_rule, normalize, number_of, terms
from mvn_symbolic.errors import MissingRuleError, UnsupportedExpressionError
from mvn_symbolic.notation.nodes import LogDet
from mvn_symbolic.notation.roots import spelled_by_root
from mvn_symbolic.notation.structure import is_definite

__all__: list[str] = []

_ADVICE = "Integer powers are known, and half ones of matrices known to be positive-definite."


def _factors(expr: MatPow) -> MatrixExpr | None:
    """A power as a product, or nothing where the exponent is not a number that allows it."""
    if expr.exp.is_Integer:
        base = expr.base if expr.exp > 0 else Inverse(expr.base)
        return MatMul(Identity(base.shape[0]), *[base] * abs(int(expr.exp)))
    return spelled_by_root(expr)


def _is_function(expr: Any) -> bool:
    """Whether an expression is a power with an open exponent that is a function of the eigenvalues of its base."""
    if not isinstance(expr, MatPow) or isinstance(expr, Inverse) or expr.exp.is_Integer:
        return False
    return bool(expr.exp.is_integer) or (bool(expr.exp.is_real) and is_definite(expr.base))


@differential_rule(MatPow)
def _power(expr: MatPow, variables: frozenset[Any]) -> Any:
    if expr.shape == (1, 1):
        return product_of(differential(number_of(expr.base) ** expr.exp, *variables), Identity(1))
    factors = _factors(expr)
    if factors is None:
        raise MissingRuleError("differential", expr, _ADVICE)
    return differential(factors, *variables)


def _open_power(expr: Any, variables: frozenset[Any]) -> tuple[Any, Any] | None:
    """The exponent and the base under a function of eigenvalues, where only the base moves."""
    power = expr.args[0]
    if not _is_function(power) or depends(power.exp, variables):
        return None
    return power.exp, power.base


@differential_rule(Trace)
def _trace(expr: Trace, variables: frozenset[Any]) -> Any:
    """d tr X^p = p tr(X^(p-1) dX): under a trace the change stands wherever it likes."""
    found = _open_power(expr, variables)
    if found is None:
        return Trace(differential(expr.arg, *variables))
    exponent, base = found
    return exponent * Trace(product_of(MatPow(base, exponent - 1), differential(base, *variables)))


@differential_rule(LogDet)
def _log_det(expr: LogDet, variables: frozenset[Any]) -> Any:
    """d log |det X| = tr(X^-1 dX); of a power it is the exponent times that of the base, and both may move."""
    (matrix,) = expr.args
    if _is_function(matrix):
        return differential(matrix.exp * LogDet(matrix.base), *variables)
    return Trace(product_of(Inverse(matrix), differential(matrix, *variables)))


@differential_rule(Determinant)
def _determinant(expr: Determinant, variables: frozenset[Any]) -> Any:
    return expr * differential(LogDet(expr.arg), *variables)


@matrix_rule(MatPow)
def _normal_power(expr: MatPow) -> Terms:
    if expr.shape == (1, 1):
        return {(): normalize(number_of(expr.base) ** expr.exp)}
    if expr.exp.is_Integer:
        base = terms(expr.base if expr.exp > 0 else Inverse(expr.base))
        total: Terms = {(): S.One}
        for _ in range(abs(int(expr.exp))):
            total = multiply(total, base)
        return total
    root = spelled_by_root(expr)
    if root is not None:
        return terms(root)
    if not _is_function(expr):
        raise UnsupportedExpressionError(f"this power of a matrix has no normal form: {expr}. {_ADVICE}")
    return {(MatPow(normalize(expr.base), expr.exp),): S.One}
