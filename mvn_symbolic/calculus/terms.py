"""Floor 3: the normal form's core. A matrix expression is a sum of coefficient x word, a word a tuple of letters.

Letters are symbols, their transposes and inverses, and opaque nodes. Rules for single nodes register here
from their own modules; nothing about derivatives or expectations lives here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sympy import Add, Dummy, Expr, Pow, S, expand, factor, sympify
from sympy.matrices.expressions import Identity, MatMul, MatrixExpr, MatrixSymbol, Trace, ZeroMatrix
from sympy.matrices.expressions import MatAdd as MatrixSum

from mvn_symbolic.notation.memory import remembered
from mvn_symbolic.notation.registers import registering

__all__ = [
    "Terms",
    "Word",
    "add_into",
    "matrix_rule",
    "normalize",
    "number_of",
    "outermost_nodes",
    "rebuild",
    "scalar_rule",
    "scale",
    "spelled",
    "terms",
    "tidy",
]

Word = tuple[MatrixExpr, ...]
Terms = dict[Word, Expr]

_MATRIX_RULES: dict[type, Callable[[Any], Terms]] = {}
_SCALAR_RULES: dict[type, Callable[[Any], Expr]] = {}


def matrix_rule(*kinds: type) -> Callable[[Callable[[Any], Terms]], Callable[[Any], Terms]]:
    """Register how a matrix node becomes terms."""
    return registering(_MATRIX_RULES, kinds)


def scalar_rule(*kinds: type) -> Callable[[Callable[[Any], Expr]], Callable[[Any], Expr]]:
    """Register how a scalar node is normalized."""
    return registering(_SCALAR_RULES, kinds)


def normalize(expr: Any) -> Any:
    """Return the normal form: sums multiplied out, inverse pairs cancelled, traces in one rotation.

    Two expressions with one normal form are equal. The converse does not hold; see :func:`equal`.

    Parameters
    ----------
    expr : scalar, vector or matrix expression
        What is brought to the normal form; nothing in it is differentiated or averaged.

    Returns
    -------
    Expr
        An equal expression of the same shape.

    Examples
    --------
    >>> from sympy import Trace
    >>> from mvn_symbolic import GeneralMatrix, normalize
    >>> A, B = GeneralMatrix("A"), GeneralMatrix("B")
    >>> normalize(Trace(A * B) - Trace(B * A))
    0
    """
    return _normalized(sympify(expr))


@remembered(1 << 13)
def _normalized(expr: Any) -> Any:
    """Each rule asks for the normal form of parts that those before it had, too."""
    if isinstance(expr, MatrixExpr):
        return rebuild(terms(expr), expr.shape)
    rule = _SCALAR_RULES.get(type(expr))
    if rule is not None:
        return tidy(rule(expr))
    if not expr.args:
        return expr
    return tidy(expr.func(*(_normalize_argument(number_of(argument)) for argument in expr.args)))


def number_of(argument: Any) -> Any:
    """A 1 x 1 matrix, such as x' A x, as the number that it is."""
    one = isinstance(argument, MatrixExpr) and argument.shape == (1, 1)
    return Trace(argument) if one else argument


def _normalize_argument(argument: Any) -> Any:
    return normalize(argument) if isinstance(argument, Expr) else argument


def tidy(scalar: Any) -> Expr:
    """Distribute products of scalars. Nodes stay whole, and so do exponentials of sums, as code should have them."""
    scalar = sympify(scalar)
    return _tidied(scalar) if scalar.args else scalar


@remembered(1 << 13)
def _tidied(scalar: Expr) -> Expr:
    nodes = {node: Dummy(real=True) for node in outermost_nodes(scalar)}
    named = scalar.xreplace(nodes)
    divisors = {power: Dummy(real=True) for power in named.atoms(Pow) if power.base.is_Add and power.exp.is_negative}
    spread = expand(named.xreplace(divisors), power_exp=False, func=False, log=False)
    if divisors:
        spread = _reduced(spread.xreplace({dummy: power for power, dummy in divisors.items()}), set(divisors))
    return spread.xreplace({dummy: node for node, dummy in nodes.items()})


def _reduced(spread: Expr, divisors: set[Expr]) -> Expr:
    """Fractions over one denominator in lowest terms: a/(a - 1) - 1/(a - 1) is 1."""
    symbols = set[Any]().union(*(power.free_symbols for power in divisors))
    groups: dict[Expr, Expr] = {}
    for part in Add.make_args(spread):
        rest, fraction = part.as_independent(*symbols, as_Add=False)
        number, key = rest.as_coeff_Mul()
        groups[key] = groups.get(key, S.Zero) + number * fraction
    return Add(*(key * factor(value) for key, value in groups.items()))


def outermost_nodes(scalar: Expr) -> set[Expr]:
    """The parts that hold matrices: SymPy would expand inside them, down into the definitions of names."""
    if not scalar.args:
        return set()
    if scalar.is_Add or scalar.is_Mul or scalar.is_Pow or scalar.is_Function:
        return set().union(*map(outermost_nodes, scalar.args))
    return {scalar}


def terms(expr: MatrixExpr) -> Terms:
    """The sum of coefficient x word an expression stands for."""
    rule = _MATRIX_RULES.get(type(expr))
    if rule is not None:
        return rule(expr)
    if isinstance(expr, MatrixSymbol):
        return {(expr,): S.One}
    return {(expr.func(*map(_normalize_argument, expr.args)),): S.One}


def add_into(total: Terms, more: Terms, weight: Expr = S.One) -> Terms:
    """Add weight x more to `total`, in place; terms that vanish disappear."""
    for word, coefficient in more.items():
        value = tidy(total.get(word, S.Zero) + weight * coefficient)
        if value == 0:
            total.pop(word, None)
        else:
            total[word] = value
    return total


def scale(weight: Expr, these: Terms) -> Terms:
    """Every coefficient times a number."""
    return add_into({}, these, weight)


def rebuild(these: Terms, shape: tuple[Any, Any]) -> MatrixExpr:
    """The SymPy expression of the terms, in a deterministic order."""
    if not these:
        return ZeroMatrix(*shape)
    ordered = sorted(these.items(), key=lambda item: ([spelled(letter) for letter in item[0]], spelled(item[1])))
    parts = [_rebuild_term(word, coefficient, shape) for word, coefficient in ordered]
    return parts[0] if len(parts) == 1 else MatrixSum(*parts)


@remembered(1 << 14)
def spelled(expr: Expr) -> str:
    """What SymPy writes for it: dear, and asked of the same letters again and again."""
    return str(expr)


def _rebuild_term(word: Word, coefficient: Expr, shape: tuple[Any, Any]) -> MatrixExpr:
    factors = word or (Identity(shape[0]),)
    if coefficient == 1:
        return factors[0] if len(factors) == 1 else MatMul(*factors)
    return MatMul(coefficient, *factors)


def word_expr(word: Word) -> MatrixExpr:
    """A non-empty word as an expression."""
    return word[0] if len(word) == 1 else MatMul(*word)
