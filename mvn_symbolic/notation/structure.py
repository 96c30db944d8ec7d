"""Floor 1: which structure an expression has, inferred from its parts: lower, upper, diagonal, symmetric, positive.

Symbols and our own nodes state their tags themselves; SymPy's nodes are treated here. Only sound
inferences: a tag that is missing means "not known", never "not so".
"""

from __future__ import annotations

from typing import Any

from sympy import Dummy, together
from sympy.matrices.expressions import (
    HadamardProduct,
    Identity,
    Inverse,
    KroneckerProduct,
    MatAdd,
    MatMul,
    MatPow,
    OneMatrix,
    Transpose,
    ZeroMatrix,
)

from mvn_symbolic.notation.memory import remembered

__all__ = [
    "DIAGONAL_TAGS",
    "is_definite",
    "is_diagonal",
    "is_lower",
    "is_positive",
    "is_symmetric",
    "is_upper",
    "tags_of",
]

_FLIP = {"lower": "upper", "upper": "lower", "full_row_rank": "full_column_rank", "full_column_rank": "full_row_rank"}
_LINEAR = frozenset({"lower", "upper", "diagonal", "symmetric"})
_DEFINITE = frozenset({"positive_definite", "positive_semidefinite"})
#: What a Kronecker product has where all its factors have it.
_KRONECKER = _LINEAR | {"invertible", "positive_definite", "positive_diagonal", "orthogonal"}
#: The tags of every diagonal matrix.
DIAGONAL_TAGS = frozenset({"lower", "upper", "diagonal", "symmetric"})


@remembered(1 << 15)  # every rule asks, of the same parts again and again
def tags_of(expr: Any) -> frozenset[str]:
    """The structure tags of a matrix expression."""
    if hasattr(expr, "tags"):
        return expr.tags
    if isinstance(expr, Identity):
        return DIAGONAL_TAGS | {"invertible", "positive_definite", "positive_diagonal"}
    if isinstance(expr, ZeroMatrix):
        return DIAGONAL_TAGS
    if isinstance(expr, OneMatrix):
        square = {"symmetric", "positive_semidefinite"} if expr.is_square else set()
        return frozenset({"positive", *square})
    if isinstance(expr, Transpose):
        return frozenset(_FLIP.get(tag, tag) for tag in tags_of(expr.arg))
    if isinstance(expr, Inverse):
        inner = tags_of(expr.arg)
        kept = inner & (_LINEAR | {"positive_definite", "invertible"})
        triangular = inner & {"lower", "upper", "positive_definite"}
        return kept | (inner & {"positive_diagonal"} if triangular else frozenset())
    if isinstance(expr, MatAdd):
        return _sum_tags([tags_of(term) for term in expr.args])
    if isinstance(expr, MatMul):
        return _product_tags(expr)
    if isinstance(expr, KroneckerProduct):
        return frozenset.intersection(*map(tags_of, expr.args)) & _KRONECKER
    if isinstance(expr, HadamardProduct):
        return _entrywise_tags([tags_of(factor) for factor in expr.args])
    if isinstance(expr, MatPow):
        return _power_tags(expr)
    return frozenset()


def _power_tags(expr: MatPow) -> frozenset[str]:
    """A real power of a definite matrix is definite, and so is an even one of an invertible symmetric matrix."""
    base = tags_of(expr.base)
    kept = base & {"lower", "upper", "diagonal", "symmetric", "invertible"}
    if is_definite(expr.base):
        return kept | (base & _DEFINITE) | {"positive_diagonal"}
    if expr.exp.is_even and "symmetric" in base:
        definite = {"positive_definite", "positive_diagonal"}
        return kept | (definite if "invertible" in base else {"positive_semidefinite"})
    return kept


def _entrywise_tags(factors: list[frozenset[str]]) -> frozenset[str]:
    """Zeros of one factor are zeros of the product; Schur: the product of definite matrices is definite."""
    zeros = frozenset.union(*factors) & {"lower", "upper", "diagonal"}
    found = frozenset.intersection(*factors) & {"symmetric", "positive_diagonal", "positive_definite"}
    return found | (DIAGONAL_TAGS if {"lower", "upper"} <= zeros else zeros)


def _sum_tags(terms: list[frozenset[str]]) -> frozenset[str]:
    """Strict triangles leave the diagonal of a triangular sum as it is."""
    found = frozenset.intersection(*terms) & _LINEAR
    on_diagonal = [tags for tags in terms if "strict" not in tags]
    triangular = found & {"lower", "upper"}
    if triangular and on_diagonal and all("positive_diagonal" in tags for tags in on_diagonal):
        return found | {"invertible", "positive_diagonal"}
    terms = [tags | {"positive_definite"} if {"diagonal", "positive_diagonal"} <= tags else tags for tags in terms]
    if all(tags & _DEFINITE for tags in terms):
        definite = any("positive_definite" in tags for tags in terms)
        return found | (
            {"positive_definite", "invertible", "positive_diagonal"} if definite else {"positive_semidefinite"}
        )
    return found


def _product_tags(expr: MatMul) -> frozenset[str]:
    coefficient, factors = expr.as_coeff_matrices()
    tags = frozenset.intersection(*(tags_of(factor) for factor in factors))
    keep = {"lower", "upper", "diagonal", "invertible"}
    if len(factors) == 1:
        keep |= {"symmetric"} | (_DEFINITE if _is_positive_number(coefficient) else set())
    elif _is_mirrored(factors):
        tags |= {"symmetric"}
        keep |= {"symmetric"}
        middle = tags_of(factors[len(factors) // 2])
        diagonal = {"diagonal", "positive_diagonal"} <= middle
        if _is_positive_number(coefficient) and (len(factors) % 2 == 0 or diagonal or middle & _DEFINITE):
            sure = {"positive_semidefinite"}  # A'A, and A'SA of such an S
            firm = len(factors) % 2 == 0 or diagonal or "positive_definite" in middle
            if "invertible" in tags or (firm and _has_full_row_rank(factors[: len(factors) // 2])):
                sure |= {"positive_definite", "positive_diagonal", "invertible"}
            tags |= sure
            keep |= sure
    if tags & {"lower", "upper"}:
        keep |= {"strict"}
    if coefficient.is_positive and ("lower" in tags or "upper" in tags or len(factors) == 1):
        keep |= {"positive_diagonal"}
    found = tags & keep
    if "diagonal" in found:
        found |= {"symmetric"}
    if "invertible" not in found and _has_full_row_rank(factors):
        found |= {"full_row_rank"}
    return found


def _has_full_row_rank(factors: Any) -> bool:
    """Whether a product of these has linearly independent rows, as AB has where A and B have."""
    return all(tags_of(factor) & {"invertible", "full_row_rank"} for factor in factors)


def _is_positive_number(number: Any) -> bool:
    """Whether a coefficient is positive; a share lies between 0 and 1."""
    shares = [one for one in number.free_symbols if getattr(one, "is_share", False)]
    odds = {one: 1 / (1 + Dummy(positive=True)) for one in shares}
    return bool((together(number.xreplace(odds)) if odds else number).is_positive)


def _is_mirrored(factors: Any) -> bool:
    """Whether a product reads the same transposed, as A' S A does for symmetric S."""
    return all(_are_transposes(a, b) for a, b in zip(factors, reversed(factors), strict=True))


def _are_transposes(left: Any, right: Any) -> bool:
    if isinstance(left, Inverse) and isinstance(right, Inverse):
        return _are_transposes(left.arg, right.arg)
    if isinstance(left, Transpose) or isinstance(right, Transpose):
        return (isinstance(left, Transpose) and left.arg == right) or (
            isinstance(right, Transpose) and right.arg == left
        )
    return left == right and is_symmetric(left)


def is_lower(expr: Any) -> bool:
    """Whether the expression is known to be lower-triangular."""
    return "lower" in tags_of(expr)


def is_upper(expr: Any) -> bool:
    """Whether the expression is known to be upper-triangular."""
    return "upper" in tags_of(expr)


def is_diagonal(expr: Any) -> bool:
    """Whether the expression is known to be diagonal."""
    tags = tags_of(expr)
    return "diagonal" in tags or {"lower", "upper"} <= tags


def is_symmetric(expr: Any) -> bool:
    """Whether the expression is known to be symmetric."""
    return "symmetric" in tags_of(expr)


def is_definite(expr: Any) -> bool:
    """Whether the expression is known to be symmetric and positive-definite."""
    tags = tags_of(expr)
    return {"symmetric", "positive_definite"} <= tags or {"diagonal", "positive_diagonal"} <= tags


def is_positive(expr: Any) -> bool:
    """Whether every entry of a vector expression is known to be positive."""
    return "positive" in tags_of(expr)
