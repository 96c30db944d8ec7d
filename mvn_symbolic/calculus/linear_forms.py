"""Floor 3: the matrix of what is linear in a differential: vec F = M vec dX, with vec A dX B = (B' (x) A) vec dX.

Transposes bring the commutation matrix, triangles and diagonals the 0/1 matrices of their structure.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sympy import Expr, MatrixSymbol, Rational, S
from sympy.matrices.expressions import (
    HadamardProduct,
    Identity,
    Inverse,
    KroneckerProduct,
    MatAdd,
    MatMul,
    MatrixExpr,
    OneMatrix,
    Transpose,
)

from mvn_symbolic.calculus.adjoint import read_off
from mvn_symbolic.calculus.differential import product_of
from mvn_symbolic.calculus.terms import Terms, Word, add_into, matrix_rule, normalize, rebuild, terms, word_expr
from mvn_symbolic.errors import MissingRuleError
from mvn_symbolic.notation.nodes import DiagMat, DiagPart, Elementwise, Tril
from mvn_symbolic.notation.registers import nearest, registering
from mvn_symbolic.notation.roots import Lyapunov
from mvn_symbolic.notation.structure import is_diagonal, is_lower, is_symmetric
from mvn_symbolic.notation.symbols import Tangent
from mvn_symbolic.notation.vectorised import (
    Commutation,
    DiagonalDuplication,
    SymmetricDuplication,
    TriangleDuplication,
    Unvec,
    Vec,
    Vech,
)

__all__ = ["duplication_of", "has_mirrored_entries", "matrix_of", "spread_of", "stacked", "vec_rule"]

VecRule = Callable[[Any, Tangent], MatrixExpr]
_RULES: dict[type, VecRule] = {}


@matrix_rule(Vec, Vech)
def _vec(expr: Vec) -> Terms:
    """vec is linear."""
    matrix = expr.args[0]
    total: Terms = {}
    for word, coefficient in terms(matrix).items():
        add_into(total, {(expr.func(rebuild({word: S.One}, matrix.shape)),): coefficient})
    return total


@matrix_rule(Unvec)
def _unvec(expr: Unvec) -> Terms:
    """Linear; it undoes vec."""
    column, *shape = expr.args
    total: Terms = {}
    for word, coefficient in terms(column).items():
        letter = word_expr(word)
        undone = letter.args[0] if type(letter) is Vec and letter.args[0].shape == expr.shape else None
        add_into(total, {(Unvec(letter, *shape),): S.One} if undone is None else terms(undone), coefficient)
    return total


def stacked(matrix: MatrixExpr) -> MatrixExpr:
    """vec of a matrix; a column is its own."""
    return matrix if matrix.shape[1] == 1 else Vec(normalize(matrix))


def duplication_of(symbol: MatrixSymbol) -> MatrixExpr:
    """The matrix from the free entries of a symbol to its vec."""
    rows, columns = symbol.shape
    if columns == 1:
        return Identity(rows)
    kinds = ((is_diagonal, DiagonalDuplication), (is_lower, TriangleDuplication), (is_symmetric, SymmetricDuplication))
    kind = next((kind for holds, kind in kinds if holds(symbol)), None)
    return Identity(rows * columns) if kind is None else kind(rows)


def has_mirrored_entries(symbol: Any) -> bool:
    """Whether a symbol is a symmetric matrix with entries beside its diagonal."""
    return isinstance(symbol, MatrixSymbol) and is_symmetric(symbol) and not is_diagonal(symbol)


def spread_of(symbol: MatrixSymbol, convention: str) -> MatrixExpr:
    """What takes the entries of a convention to vec X: its free ones, or all of them, made symmetric or as they are."""
    if convention == "lower" or not has_mirrored_entries(symbol):
        return duplication_of(symbol)
    size = symbol.shape[0]
    if convention == "free":
        return Identity(size**2)
    return Rational(1, 2) * (Identity(size**2) + Commutation(size, size))


def matrix_of(change: MatrixExpr, tangent: Tangent) -> MatrixExpr:
    """Return M with vec(change) = M vec(tangent).

    Parameters
    ----------
    change : matrix expression, linear in the tangent
    tangent : Tangent

    Raises
    ------
    MissingRuleError
        When the tangent stands where it is not known to act linearly.

    Examples
    --------
    >>> from mvn_symbolic.notation.symbols import GeneralMatrix, Vector
    >>> A, X, y = GeneralMatrix("A"), GeneralMatrix("X"), Vector("y")
    >>> matrix_of(A * Tangent(X) * y, Tangent(X))
    KroneckerProduct(y.T, A)
    """
    total: Terms = {}
    shape = (change.shape[0] * change.shape[1], tangent.shape[0] * tangent.shape[1])
    for word, coefficient in terms(change).items():
        whole = rebuild({word: S.One}, change.shape)
        if coefficient.has(tangent):
            if whole.has(tangent):
                raise MissingRuleError("vec", whole, f"{tangent} must stand in it once.")
            slope = normalize(read_off(coefficient, tangent))
            part = product_of(stacked(whole), Transpose(stacked(slope)))
            add_into(total, terms(part))
        elif not whole.has(tangent):
            raise MissingRuleError("vec", whole, f"{tangent} must stand in it.")
        else:
            add_into(total, terms(_word(word, tangent)), coefficient)
    return rebuild(total, shape)


def _word(word: Word, tangent: Tangent) -> MatrixExpr:
    places = [i for i, letter in enumerate(word) if letter.has(tangent)]
    if len(places) != 1:
        raise MissingRuleError("vec", word_expr(word), f"{tangent} must stand in it once.")
    (i,) = places
    inner = _letter(word[i], tangent)
    left = rebuild({word[:i]: S.One}, (word[i].shape[0],) * 2) if i else Identity(word[i].shape[0])
    after = word[i + 1 :]
    right = normalize(Transpose(word_expr(after))) if after else Identity(word[i].shape[1])
    return product_of(_kronecker(right, left), inner)


def _kronecker(left: MatrixExpr, right: MatrixExpr) -> MatrixExpr:
    if left.shape == (1, 1) and left.is_Identity:
        return right
    if right.shape == (1, 1) and right.is_Identity:
        return left
    if left.is_Identity and right.is_Identity:
        return Identity(left.shape[0] * right.shape[0])
    return KroneckerProduct(left, right)


def vec_rule(*kinds: type) -> Callable[[VecRule], VecRule]:
    """Register what a node class does to the vec of the part of it that moves: a function of (node, tangent)."""
    return registering(_RULES, kinds)


def _letter(letter: MatrixExpr, tangent: Tangent) -> MatrixExpr:
    if letter == tangent:
        return Identity(tangent.shape[0] * tangent.shape[1])
    rule = nearest(_RULES, letter)
    if rule is None:
        raise MissingRuleError("vec", letter)
    return rule(letter, tangent)


@vec_rule(HadamardProduct)
def _hadamard(letter: HadamardProduct, tangent: Tangent) -> MatrixExpr:
    (moving,) = [factor for factor in letter.args if factor.has(tangent)]
    others = [factor for factor in letter.args if factor != moving]
    weights = others[0] if len(others) == 1 else HadamardProduct(*others)
    return product_of(DiagMat(stacked(weights)), matrix_of(moving, tangent))


@vec_rule(Lyapunov)
def _lyapunov(letter: Lyapunov, tangent: Tangent) -> MatrixExpr:
    """(I (x) S + S (x) I) vec X = vec R, for symmetric S."""
    matrix, right = letter.args
    unit = Identity(matrix.shape[0])
    both = MatAdd(KroneckerProduct(unit, matrix), KroneckerProduct(matrix, unit))
    if matrix.has(tangent):
        raise MissingRuleError("vec", letter, f"{tangent} must stand on its right side.")
    return product_of(Inverse(both), matrix_of(right, tangent))


@vec_rule(Vec)
def _stack(letter: Vec, tangent: Tangent) -> MatrixExpr:
    inside = matrix_of(letter.args[0], tangent)
    return product_of(Transpose(TriangleDuplication(letter.args[0].shape[0])), inside) if letter.half else inside


@vec_rule(KroneckerProduct)
def _of_kronecker(letter: KroneckerProduct, tangent: Tangent) -> MatrixExpr:
    """vec(A (x) B) = (I_n (x) K_qm (x) I_p)(vec A (x) vec B), for A of shape (m, n) and B of shape (p, q)."""
    first, *others = letter.args
    second = others[0] if len(others) == 1 else KroneckerProduct(*others)
    (m, n), (p, q) = first.shape, second.shape
    if first.has(tangent):
        spread = product_of(KroneckerProduct(Identity(m * n), _column(second)), matrix_of(first, tangent))
    else:
        spread = product_of(KroneckerProduct(_column(first), Identity(p * q)), matrix_of(second, tangent))
    if 1 in (m, q):
        return spread
    return product_of(KroneckerProduct(Identity(n), Commutation(q, m), Identity(p)), spread)


def _column(matrix: MatrixExpr) -> MatrixExpr:
    return matrix if matrix.shape[1] == 1 else Vec(matrix)


@vec_rule(Transpose)
def _transpose(letter: Transpose, tangent: Tangent) -> MatrixExpr:
    rows, columns = letter.arg.shape
    turned = Identity(rows * columns) if 1 in (rows, columns) else Commutation(rows, columns)
    return product_of(turned, matrix_of(letter.arg, tangent))


@vec_rule(Tril)
def _tril(letter: Tril, tangent: Tangent) -> MatrixExpr:
    spread = TriangleDuplication(letter.shape[0])
    return product_of(spread, Transpose(spread), matrix_of(letter.args[0], tangent))


@vec_rule(DiagMat)
def _diag_mat(letter: DiagMat, tangent: Tangent) -> MatrixExpr:
    return product_of(DiagonalDuplication(letter.shape[0]), matrix_of(letter.args[0], tangent))


@vec_rule(DiagPart)
def _diag_part(letter: DiagPart, tangent: Tangent) -> MatrixExpr:
    return product_of(Transpose(DiagonalDuplication(letter.shape[0])), matrix_of(letter.args[0], tangent))


@vec_rule(Elementwise)
def _map(letter: Elementwise, tangent: Tangent) -> MatrixExpr:
    moving = [(s, v) for s, v in zip(letter.function.variables, letter.vectors, strict=True) if v.has(tangent)]
    total: Terms = {}
    for symbol, vector in moving:
        slope: Expr = letter.function.expr.diff(symbol)
        if slope.has(*(s for s, _ in moving)):
            raise MissingRuleError("vec", letter, "The map is not linear in the differential.")
        still = [OneMatrix(*v.shape) if v.has(tangent) else v for v in letter.vectors]
        weights = letter.func(letter.function.func(letter.function.variables, slope), *still)
        add_into(total, terms(MatMul(DiagMat(stacked(weights)), matrix_of(vector, tangent))))
    return rebuild(total, (letter.shape[0] * letter.shape[1], tangent.shape[0] * tangent.shape[1]))
