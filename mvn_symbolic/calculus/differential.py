"""Floor 3: differentials. d f is f with each occurrence of a symbol X turned, one at a time, into dX.

One rule a node, registered by class; a node without a rule that holds a variable is refused by name.
SymPy's own matrix derivatives are never asked: they return a silent 0 for log det.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import reduce
from typing import Any

from sympy import Derivative, DiracDelta, Dummy, Expr, Lambda, MatrixSymbol, Rational, S, Subs, Symbol, sympify
from sympy.matrices.expressions import (
    HadamardPower,
    HadamardProduct,
    Inverse,
    MatAdd,
    MatMul,
    MatrixExpr,
    Transpose,
    ZeroMatrix,
)
from sympy.matrices.expressions.matexpr import MatrixElement

from mvn_symbolic.calculus.letters import transpose_letter
from mvn_symbolic.calculus.spellings import SPELLINGS
from mvn_symbolic.calculus.terms import number_of
from mvn_symbolic.checks import check_type
from mvn_symbolic.errors import ArgumentError, MissingRuleError
from mvn_symbolic.notation.entries import entry_by_unit_vectors
from mvn_symbolic.notation.nodes import Cholesky, DiagMat, DiagPart, Elementwise, Entry, Inner, Total, Tril
from mvn_symbolic.notation.operators import FunctionGradient, FunctionHessian, FunctionValue
from mvn_symbolic.notation.registers import registering
from mvn_symbolic.notation.shapes import check_shapes
from mvn_symbolic.notation.structure import tags_of
from mvn_symbolic.notation.symbols import Let, tangent_of
from mvn_symbolic.notation.vectorised import Unvec, Vec, Vech

__all__ = [
    "check_expression",
    "check_variable",
    "depends",
    "differential",
    "differential_rule",
    "lower_half",
    "product_of",
]

Rule = Callable[[Any, frozenset[Any]], Any]
_RULES: dict[type, Rule] = {}


def differential_rule(*kinds: type) -> Callable[[Rule], Rule]:
    """Register the differential of a node class: a function of (node, variables)."""
    return registering(_RULES, kinds)


def differential(expr: Any, *variables: Any) -> Any:
    """Return how an expression changes when the given symbols move: linear in their differentials.

    Parameters
    ----------
    expr : scalar, vector or matrix expression
        What changes.
    *variables : scalar, vector or matrix symbol
        What moves; everything else, noise included, stands still.

    Returns
    -------
    Expr
        Of the same shape, not normalized; the differential of a symbol `X` is written `dX`.

    Raises
    ------
    ArgumentError
        If one of `variables` is no symbol.
    MissingRuleError
        When a node that holds a variable has no rule.

    Examples
    --------
    >>> from mvn_symbolic import LowerTriangular, Noise, Vector, differential
    >>> mu, L, eps = Vector("mu"), LowerTriangular("L"), Noise("epsilon")
    >>> differential(mu + L * eps, L)
    dL*epsilon
    """
    expr = check_expression(expr)
    for variable in variables:
        check_variable(variable, expr)
    return _differential(expr, frozenset(variables))


def check_expression(expr: Any, argument: str = "expr") -> Any:
    """Return a SymPy expression; text, lists and None are refused rather than guessed at."""
    if isinstance(expr, (int, float)) and not isinstance(expr, bool):
        return sympify(expr)
    check_type(argument, expr, Expr, "Build it from symbols.")
    check_shapes(expr, argument)
    return expr


def check_variable(variable: Any, expr: Expr) -> Any:
    """Return a symbol that can move; a dimension, a number of entries, cannot, nor can a look-alike of a symbol."""
    if not isinstance(variable, (MatrixSymbol, Symbol)):
        raise ArgumentError(f"`symbol` must be a scalar, vector or matrix symbol; got {variable!r}.")
    if variable.is_integer:
        raise ArgumentError(f"`symbol` must be able to move; {variable} is an integer, such as a dimension.")
    if "orthogonal" in tags_of(variable):
        raise ArgumentError(f"`symbol` must be able to move; the entries of the orthogonal {variable} cannot, alone.")
    alike = [s for s in expr.free_symbols if getattr(s, "name", None) == variable.name and s != variable]
    if alike and variable not in expr.free_symbols:
        kinds = f"{type(alike[0]).__name__}, not {type(variable).__name__}"
        raise ArgumentError(
            f"`symbol` must be the symbol of the expression; the {variable} there is another one ({kinds})."
        )
    return variable


def _differential(expr: Any, variables: frozenset[Any]) -> Any:
    if expr in variables:
        return tangent_of(expr)
    if not depends(expr, variables):
        return ZeroMatrix(*expr.shape) if isinstance(expr, MatrixExpr) else S.Zero
    rule = _RULES.get(type(expr))
    if rule is not None:
        return rule(expr, variables)
    if isinstance(expr, MatrixExpr) or not _is_plain_scalar(expr):
        raise MissingRuleError("differential", expr, SPELLINGS.get(type(expr).__name__, ""))
    return _scalar(expr, variables)


def depends(expr: Any, variables: frozenset[Any]) -> bool:
    """Whether a variable occurs; a name that is a variable itself is not free, and looked for as such."""
    return bool(expr.free_symbols & variables) or any(isinstance(v, Let) and expr.has(v) for v in variables)


def _is_plain_scalar(expr: Expr) -> bool:
    """Whether the head is SymPy's scalar algebra, whose partial derivatives SymPy knows."""
    scalars = bool(expr.args) and all(isinstance(argument, Expr) for argument in expr.args)
    return scalars and (expr.is_Add or expr.is_Mul or expr.is_Pow or expr.is_Function)


def _scalar(expr: Expr, variables: frozenset[Any]) -> Expr:
    """Chain rule of scalar algebra: partial derivative by each argument times its differential."""
    total: Expr = S.Zero
    arguments = [number_of(argument) for argument in expr.args]
    slots = [Dummy(positive=True) if argument.is_positive else Dummy(real=True) for argument in arguments]
    skeleton = expr.func(*slots)
    back = dict(zip(slots, arguments, strict=True))
    for slot, argument in back.items():
        change = _differential(argument, variables)
        if change != 0:
            total += _slope(skeleton, slot, expr).xreplace(back) * change
    return total


def _slope(function: Expr, variable: Any, met_in: Any) -> Expr:
    """The derivative of a scalar function, refused where SymPy leaves it open or answers with a distribution."""
    slope = function.diff(variable)
    if slope.has(Derivative, Subs, DiracDelta):
        raise MissingRuleError("differential", met_in, "The function has no derivative that is a function.")
    return slope


def product_of(*factors: Any) -> Any:
    """A product of scalars and matrices, nested products flattened, nothing else evaluated."""
    flat: list[Any] = []
    scalar: Any = S.One
    for factor in factors:
        for part in factor.args if isinstance(factor, MatMul) else (factor,):
            if not isinstance(part, MatrixExpr):
                scalar *= part
            elif isinstance(part, ZeroMatrix):
                return reduce(lambda a, b: a * b, [f for f in factors if isinstance(f, MatrixExpr)]) * 0
            else:
                flat.append(part)
    if not flat:
        return scalar
    if scalar == 1:
        return flat[0] if len(flat) == 1 else MatMul(*flat)
    return MatMul(scalar, *flat)


@differential_rule(MatAdd)
def _sum(expr: MatAdd, variables: frozenset[Any]) -> Any:
    parts = [_differential(part, variables) for part in expr.args if depends(part, variables)]
    return parts[0] if len(parts) == 1 else MatAdd(*parts)


@differential_rule(MatMul)
def _product(expr: MatMul, variables: frozenset[Any]) -> Any:
    parts = [
        product_of(*expr.args[:i], _differential(factor, variables), *expr.args[i + 1 :])
        for i, factor in enumerate(expr.args)
        if depends(factor, variables)
    ]
    return parts[0] if len(parts) == 1 else MatAdd(*parts)


@differential_rule(HadamardProduct)
def _hadamard(expr: HadamardProduct, variables: frozenset[Any]) -> Any:
    parts = [
        HadamardProduct(*expr.args[:i], _differential(factor, variables), *expr.args[i + 1 :])
        for i, factor in enumerate(expr.args)
        if depends(factor, variables)
    ]
    return parts[0] if len(parts) == 1 else MatAdd(*parts)


@differential_rule(HadamardPower)
def _hadamard_power(expr: HadamardPower, variables: frozenset[Any]) -> Any:
    base, power = expr.args
    if depends(power, variables):
        raise MissingRuleError("differential", expr, "Only the base may move.")
    change = _differential(base, variables)
    return product_of(power, change if power == 1 else HadamardProduct(HadamardPower(base, power - 1), change))


@differential_rule(Inverse)
def _inverse(expr: Inverse, variables: frozenset[Any]) -> Any:
    return product_of(S.NegativeOne, expr, _differential(expr.arg, variables), expr)


@differential_rule(Transpose)
def _transpose(expr: Transpose, variables: frozenset[Any]) -> Any:
    """The transpose of each factor, so that factors stand beside those they make a named product with."""
    change = _differential(expr.arg, variables)
    if not isinstance(change, MatMul):
        return Transpose(change)
    coefficient, factors = change.as_coeff_matrices()
    return product_of(coefficient, *(transpose_letter(factor) for factor in reversed(factors)))


@differential_rule(Tril, DiagPart, DiagMat, Total, Vec, Vech, Unvec)
def _linear(expr: Any, variables: frozenset[Any]) -> Any:
    change = _differential(expr.args[0], variables)
    return expr.func(change, *expr.args[1:])


@differential_rule(Cholesky)
def _cholesky(expr: Cholesky, variables: frozenset[Any]) -> Any:
    """From L L' = S: L^-1 dL is lower-triangular, and with its transpose it makes L^-1 dS L^-T."""
    change = product_of(Inverse(expr), _differential(expr.args[0], variables), Inverse(Transpose(expr)))
    return product_of(expr, lower_half(change))


def lower_half(matrix: MatrixExpr) -> MatrixExpr:
    """Phi(X): the lower triangle with half the diagonal, so that Phi(X) + Phi(X)' = X for symmetric X."""
    return Tril(matrix) - Rational(1, 2) * DiagMat(DiagPart(matrix))


@differential_rule(Inner)
def _inner(expr: Inner, variables: frozenset[Any]) -> Any:
    left, right = expr.args
    if left == right:
        return 2 * Inner(left, _differential(right, variables))
    total: Expr = S.Zero
    if depends(left, variables):
        total += Inner(_differential(left, variables), right)
    if depends(right, variables):
        total += Inner(left, _differential(right, variables))
    return total


@differential_rule(Elementwise)
def _elementwise(expr: Elementwise, variables: frozenset[Any]) -> Any:
    parts = [*_moved_numbers(expr, variables)]
    for symbol, vector in zip(expr.function.variables, expr.vectors, strict=True):
        if depends(vector, variables):
            slope = _slope(expr.function.expr, symbol, expr)
            parts.append(weighted(slope, expr, _differential(vector, variables)))
    return parts[0] if len(parts) == 1 else MatAdd(*parts)


def _moved_numbers(expr: Elementwise, variables: frozenset[Any]) -> Iterator[Any]:
    """What the numbers inside the function of a map add when they move: the same for every entry."""
    function = expr.function
    inside = [variable for variable in variables if depends(function.expr, frozenset({variable}))]
    for variable in sorted(inside, key=str):
        if isinstance(variable, MatrixSymbol):
            hint = f"Inside a map, {variable} may move as one of its vectors only: elementwise(f, ..., {variable})."
            raise MissingRuleError("differential", expr, hint)
        tangent = tangent_of(variable)
        slope = _differential(function.expr, frozenset({variable})).xreplace({tangent: S.One})
        yield product_of(tangent, Elementwise(Lambda(function.variables, slope), *expr.vectors))


def weighted(slope: Expr, expr: Elementwise, vector: MatrixExpr) -> Any:
    """slope(entries of expr) times the entries of one more vector."""
    extra = Entry(f"x{len(expr.vectors)}", real=True)
    return Elementwise(Lambda((*expr.function.variables, extra), slope * extra), *expr.vectors, vector)


@differential_rule(MatrixElement)
def _element(expr: MatrixElement, variables: frozenset[Any]) -> Any:
    return differential(entry_by_unit_vectors(expr), *variables)


@differential_rule(Let)
def _let(expr: Let, variables: frozenset[Any]) -> Any:
    return _differential(expr.definition, variables)


@differential_rule(FunctionValue)
def _function_value(expr: FunctionValue, variables: frozenset[Any]) -> Any:
    name, point = expr.args
    return Inner(FunctionGradient(name, point), _differential(point, variables))


@differential_rule(FunctionGradient)
def _function_gradient(expr: FunctionGradient, variables: frozenset[Any]) -> Any:
    name, point = expr.args
    return product_of(FunctionHessian(name, point), _differential(point, variables))
