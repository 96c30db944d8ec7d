"""Floor 3: the component form. (M v)_i as a sum over indices counted from 1, bounded by structure, and its partials.

This route shares nothing with differentials: SymPy's indexed calculus, sums and Kronecker deltas do the work.
"""

from __future__ import annotations

from typing import Any

from sympy import Add, Expr, IndexedBase, KroneckerDelta, Piecewise, S, Sum, Symbol
from sympy.concrete.delta import deltasummation
from sympy.matrices.expressions import Identity, MatrixExpr, OneMatrix, Transpose

from mvn_symbolic.calculus.terms import terms
from mvn_symbolic.errors import MissingRuleError
from mvn_symbolic.notation.nodes import DiagMat, DiagPart, Elementwise
from mvn_symbolic.notation.structure import is_diagonal, is_lower, is_symmetric, is_upper
from mvn_symbolic.notation.symbols import StructuredSymbol

__all__ = ["component", "entry", "free_entries_by_row", "index", "partial_by_entry"]


def index(name: str) -> Symbol:
    """An index symbol, counted from 1."""
    return Symbol(name, integer=True)


def component(vector: MatrixExpr, i: Symbol) -> Expr:
    """Return the i-th entry of a vector expression as a sum over indices.

    Examples
    --------
    >>> from mvn_symbolic.notation.symbols import LowerTriangular, Noise, Vector
    >>> mu, L, eps = Vector("mu"), LowerTriangular("L"), Noise("epsilon")
    >>> component(mu + L * eps, index("i"))
    Sum(L[i, j]*epsilon[j], (j, 1, i)) + mu[i]
    """
    return Add(*(coefficient * _word(list(word), i, "j") for word, coefficient in terms(vector).items()))


def entry(matrix: MatrixExpr, i: Any, j: Any) -> Expr:
    """Return the entry in row i and column j of a matrix expression as a sum over indices.

    Examples
    --------
    >>> from mvn_symbolic.notation.symbols import LowerTriangular
    >>> L = LowerTriangular("L")
    >>> entry(L * L.T, index("i"), index("j"))
    Sum(L[i, m]*L[j, m], (m, 1, i))
    """
    return Add(*(coefficient * _word(list(word), i, "m", j) for word, coefficient in terms(matrix).items()))


def _word(word: list[MatrixExpr], i: Symbol, name: str, column: Any = S.One) -> Expr:
    first, rest = word[0], word[1:]
    if not rest:
        return _entry(first, i, column)
    j = index(name)
    inner = _word(rest, j, chr(ord(name) + 1), column)
    if is_diagonal(first):
        return _entry(first, i, i) * inner.xreplace({j: i})
    low = i if is_upper(first) else S.One
    high = i if is_lower(first) else first.shape[1]
    return Sum(_entry(first, i, j) * inner, (j, low, high))


def _entry(letter: MatrixExpr, i: Any, j: Any) -> Expr:
    if isinstance(letter, StructuredSymbol):
        base = IndexedBase(letter.name)
        return base[i] if letter.shape[1] == 1 else base[i, j]
    if isinstance(letter, Transpose):
        return _entry(letter.arg, j, i)
    if isinstance(letter, Identity):
        return KroneckerDelta(i, j)
    if isinstance(letter, OneMatrix):
        return S.One
    if isinstance(letter, DiagPart):
        return _entry(letter.args[0], i, i)
    if isinstance(letter, DiagMat):
        return component(letter.args[0], i) * (S.One if i == j else KroneckerDelta(i, j))
    if isinstance(letter, Elementwise):
        is_column = letter.shape[1] == 1
        return letter.function(*(component(one, i) if is_column else entry(one, i, j) for one in letter.vectors))
    raise MissingRuleError("component", letter)


def free_entries_by_row(symbol: StructuredSymbol) -> Expr:
    """Return how many entries a symbol may move in, as a sum over its rows of the length its structure leaves a row."""
    i, j = index("i"), index("j")
    rows, columns = symbol.shape
    low = i if is_upper(symbol) or is_symmetric(symbol) else S.One
    high = i if is_lower(symbol) else columns
    return Sum(Sum(S.One, (j, low, high)), (i, 1, rows))


def partial_by_entry(entry: Expr, symbol: StructuredSymbol, a: Symbol, b: Symbol) -> Expr:
    """Return the derivative of a component form by X_ab, a free entry of X (for a lower triangle: b <= a)."""
    target = IndexedBase(symbol.name)[a, b] if symbol.shape[1] != 1 else IndexedBase(symbol.name)[a]
    total: Expr = S.Zero
    for part in Add.make_args(entry):
        coefficient, rest = part.as_independent(Sum, as_Add=False)
        if isinstance(rest, Sum):
            variable, low, high = rest.limits[0]
            collapsed = deltasummation(rest.function.diff(target), (variable, low, high), no_piecewise=True)
            total += coefficient * collapsed.replace(Piecewise, lambda *branches: branches[0][0])
        else:
            total += part.diff(target)
    return total
