"""Floor 3: normal-form rules for our nodes: tril, diagonals, log det, inner products, totals, and opaque scalars."""

from __future__ import annotations

from sympy import Expr, S, log
from sympy.matrices.expressions import (
    Determinant,
    HadamardProduct,
    Identity,
    Inverse,
    MatAdd,
    MatPow,
    MatrixExpr,
    OneMatrix,
    Trace,
    Transpose,
)

from mvn_symbolic.calculus.closed import closed_scalar, total_of, trace_terms
from mvn_symbolic.calculus.letters import square_parts, transpose_word
from mvn_symbolic.calculus.maps import entrywise
from mvn_symbolic.calculus.products import multiply
from mvn_symbolic.calculus.terms import (
    Terms,
    Word,
    add_into,
    matrix_rule,
    normalize,
    scalar_rule,
    terms,
    word_expr,
)
from mvn_symbolic.notation.nodes import DiagMat, DiagPart, Elementwise, Inner, LogDet, Total, Tril, elementwise
from mvn_symbolic.notation.structure import is_diagonal, is_lower, is_upper, tags_of
from mvn_symbolic.notation.symbols import Let

__all__: list[str] = []


def _diagonal_of(word: Word, shape: tuple[Expr, Expr]) -> Terms:
    """diag of a word, as vector terms: resolved for diagonal and one-sided triangular words."""
    if not word:
        return {(OneMatrix(shape[0], 1),): S.One}
    if len(word) == 1 and (entries := _diagonal_by_entries(word[0])) is not None:
        return terms(entries)
    triangular = all(map(is_lower, word)) or all(map(is_upper, word))
    if (triangular or len(word) == 1) and any(map(_has_zero_diagonal, word)):
        return {}
    if len(word) == 1:
        return {(_diagonal_of_letter(word[0]),): S.One}
    if len(word) == 2 and word[0].shape[1] == 1:  # an outer product u v'
        return terms(elementwise(lambda a, b: a * b, word[0], normalize(Transpose(word[1]))))
    if triangular:
        vector: MatrixExpr = OneMatrix(shape[0], 1)
        for letter in word:
            vector = entrywise(lambda a, b: a * b, vector, _diagonal_of_letter(letter))
        return {(vector,): S.One}
    best = min(word, transpose_word(word), key=lambda letters: tuple(map(str, letters)))  # M and M' have one diagonal
    return {(DiagPart(word_expr(best)),): S.One}


def _has_zero_diagonal(letter: MatrixExpr) -> bool:
    """Whether a letter names a strict triangle."""
    inner = letter.arg if isinstance(letter, Transpose) else letter
    if "strict" in tags_of(inner):
        return True
    return isinstance(inner, Let) and inner.shape[0] == inner.shape[1] and not terms(DiagPart(inner.definition))


def _diagonal_of_letter(letter: MatrixExpr) -> MatrixExpr:
    if isinstance(letter, DiagMat):
        return letter.args[0]
    if isinstance(letter, Transpose):
        return _diagonal_of_letter(letter.arg)
    if isinstance(letter, Tril):
        return _diagonal_of_letter(letter.args[0])
    if isinstance(letter, Let) and isinstance(letter.definition, MatAdd):  # a sum may say what its diagonal is
        found = normalize(DiagPart(letter.definition))
        return found if isinstance(found, Elementwise) else DiagPart(letter)
    if isinstance(letter, Inverse) and (is_lower(letter) or is_upper(letter)):
        return entrywise(lambda a: 1 / a, _diagonal_of_letter(letter.arg))
    return DiagPart(letter)


def _diagonal_by_entries(letter: MatrixExpr) -> MatrixExpr | None:
    """The diagonal of what is taken entry by entry is taken of the diagonals."""
    if isinstance(letter, OneMatrix):
        return OneMatrix(letter.shape[0], 1)
    if isinstance(letter, HadamardProduct):
        return HadamardProduct(*map(DiagPart, letter.args))
    if isinstance(letter, Elementwise):
        return Elementwise(letter.function, *map(DiagPart, letter.vectors))
    return None


@matrix_rule(DiagPart)
def _diag_part(expr: DiagPart) -> Terms:
    total: Terms = {}
    for word, coefficient in terms(expr.args[0]).items():
        add_into(total, _diagonal_of(word, expr.args[0].shape), coefficient)
    return total


@matrix_rule(DiagMat)
def _diag_mat(expr: DiagMat) -> Terms:
    total: Terms = {}
    for word, coefficient in terms(expr.args[0]).items():
        vector = word_expr(word)
        key: Word = () if isinstance(vector, OneMatrix) else (DiagMat(vector),)
        add_into(total, {key: S.One}, coefficient)
    return total


@matrix_rule(Tril)
def _tril(expr: Tril) -> Terms:
    total: Terms = {}
    for word, coefficient in terms(expr.args[0]).items():
        add_into(total, _tril_of(word, expr.shape), coefficient)
    return total


def _tril_of(word: Word, shape: tuple[Expr, Expr]) -> Terms:
    if not word:
        return {(): S.One}
    whole = word_expr(word)
    if is_lower(whole):
        return {word: S.One}
    if is_upper(whole):
        return terms(DiagMat(DiagPart(whole)))
    return {(Tril(whole),): S.One}


@scalar_rule(Inner)
def _inner(expr: Inner) -> Expr:
    left, right = expr.args
    if left.shape[1] == 1:
        product = multiply(terms(Transpose(left)), terms(right))
        return _sum_of_scalars(product)
    return trace_terms(Transpose(left) * right)


def _sum_of_scalars(these: Terms) -> Expr:
    """The number that 1 x 1 terms stand for: their scalars were taken out, the words are empty."""
    return sum(
        (coefficient * (closed_scalar(word, S.One) if word else S.One) for word, coefficient in these.items()), S.Zero
    )


@scalar_rule(Trace)
def _trace(expr: Trace) -> Expr:
    if expr.arg.shape == (1, 1):
        return _sum_of_scalars(terms(expr.arg))
    return trace_terms(expr.arg)


@scalar_rule(Total)
def _total(expr: Total) -> Expr:
    vector = expr.args[0]
    value: Expr = S.Zero
    for word, coefficient in terms(vector).items():
        value += coefficient * (total_of(word[0]) if len(word) == 1 else Total(word_expr(word)))
    return value


@scalar_rule(Determinant)
def _determinant(expr: Determinant) -> Expr:
    return Determinant(normalize(expr.arg))


@scalar_rule(LogDet)
def _log_det(expr: LogDet) -> Expr:
    if square_parts(expr.args[0]):  # before sums in its parts are spread out
        return _log_det_of_letter(expr.args[0])
    inner = terms(expr.args[0])
    if len(inner) != 1:
        return LogDet(normalize(expr.args[0]))
    ((word, coefficient),) = inner.items()
    if any(letter.shape[0] != letter.shape[1] for letter in word):
        return LogDet(normalize(expr.args[0]))
    value: Expr = expr.args[0].shape[0] * log(abs(coefficient)) if coefficient != 1 else S.Zero
    return value + sum((_log_det_of_letter(letter) for letter in word), S.Zero)


def _log_det_of_letter(letter: MatrixExpr) -> Expr:
    if isinstance(letter, Inverse):
        return -_log_det_of_letter(letter.arg)
    if isinstance(letter, Transpose):
        return _log_det_of_letter(letter.arg)
    if isinstance(letter, Identity) or "orthogonal" in tags_of(letter):
        return S.Zero
    if isinstance(letter, MatPow):
        return letter.exp * normalize(LogDet(letter.base))
    if parts := square_parts(letter):
        return sum((letter.shape[0] / part.shape[0] * normalize(LogDet(part)) for part in parts), S.Zero)
    if (is_lower(letter) or is_upper(letter) or is_diagonal(letter)) and "positive_diagonal" in tags_of(letter):
        return normalize(Total(elementwise(log, _diagonal_of_letter(letter))))
    return LogDet(letter)
