"""Floor 3: the vec form of a differential, d z = M vec dX, and with the duplication matrix d z = M D vech dX."""

from __future__ import annotations

from typing import Any

from sympy.matrices.expressions import Identity, KroneckerProduct, MatMul, MatrixExpr, Transpose, ZeroMatrix

from mvn_symbolic.calculus.terms import Word, normalize, terms, word_expr
from mvn_symbolic.errors import MissingRuleError
from mvn_symbolic.notation.symbols import Tangent
from mvn_symbolic.notation.vectorised import TriangleDuplication, Vec, Vech

__all__ = ["duplicate", "vec_form"]


def vec_form(change: MatrixExpr, tangent: Tangent) -> MatrixExpr:
    """Write a vector that is linear in a differential as a matrix times its stacked columns.

    Parameters
    ----------
    change : MatrixExpr
        A column in which every term holds the differential once, and not transposed.
    tangent : Tangent
        The differential of a matrix symbol, as :func:`differential` writes it.

    Returns
    -------
    MatrixExpr
        An equal column, with :class:`Vec` of the differential.

    Raises
    ------
    MissingRuleError
        If a term does not hold the differential, or holds it transposed or twice.

    Examples
    --------
    >>> from mvn_symbolic import GeneralMatrix, Vector, differential, vec_form
    >>> from mvn_symbolic.notation.symbols import tangent_of
    >>> A, x = GeneralMatrix("A"), Vector("x")
    >>> vec_form(differential(A * x, A), tangent_of(A))
    (KroneckerProduct(x.T, I))*Vec(dA)
    """
    total: MatrixExpr = ZeroMatrix(*change.shape)
    for word, coefficient in terms(change).items():
        place = _place(word, tangent)
        before, after = word[:place], word[place + 1 :]
        left = word_expr(before) if before else Identity(tangent.shape[0])
        right = normalize(Transpose(word_expr(after))) if after else Identity(tangent.shape[1])
        part = MatMul(KroneckerProduct(right, left), Vec(tangent))
        total = total + (part if coefficient == 1 else coefficient * part)
    return total


def _place(word: Word, tangent: Tangent) -> int:
    places = [i for i, letter in enumerate(word) if letter == tangent]
    if len(places) != 1:
        raise MissingRuleError("vec", word_expr(word), f"{tangent} must stand in the word once, not transposed.")
    return places[0]


def duplicate(expr: Any, tangent: Tangent) -> Any:
    """Write vec dX as D vech dX, for lower-triangular dX."""
    if "lower" not in tangent.tags:
        raise MissingRuleError("vech", tangent, "Only lower-triangular matrices have this duplication matrix.")
    return expr.replace(
        lambda node: isinstance(node, Vec) and not node.half and node.args[0] == tangent,
        lambda _: MatMul(TriangleDuplication(tangent.shape[0]), Vech(tangent)),
    )
