"""Floor 3: the normal form of element-wise maps: one letter a monomial, linear ones give the vector back."""

from __future__ import annotations

from typing import Any

from sympy import Add, Expr, Lambda, Mul, S, Symbol, exp, expand_log, powsimp
from sympy.matrices.expressions import HadamardProduct, Identity, MatMul, MatrixExpr, OneMatrix, Transpose

from mvn_symbolic.calculus.terms import Terms, Word, add_into, matrix_rule, spelled, terms, tidy, word_expr
from mvn_symbolic.notation.nodes import Elementwise, elementwise, entry_of

__all__ = ["entrywise", "map_of", "monomials", "polynomial_body"]


def map_of(body: Expr, entries: dict[Symbol, MatrixExpr]) -> MatrixExpr:
    """The map with this body, its variables renamed by position so that equal maps are one object."""
    used = sorted((symbol for symbol in entries if body.has(symbol)), key=lambda s: spelled(entries[s]))
    renamed = {symbol: entry_of(entries[symbol], f"x{i}") for i, symbol in enumerate(used)}
    return Elementwise(Lambda(tuple(renamed.values()), body.xreplace(renamed)), *(entries[s] for s in used))


def polynomial_body(expr: Elementwise) -> tuple[Expr, dict[Symbol, MatrixExpr]]:
    """The distributed body over letters: maps of maps composed, sums inside vectors spread out."""
    entries: dict[Symbol, MatrixExpr] = {}
    by_letter: dict[MatrixExpr, Symbol] = {}

    def variable(letter: MatrixExpr) -> Symbol:
        if letter not in by_letter:
            by_letter[letter] = entry_of(letter, f"t{len(by_letter)}")
            entries[by_letter[letter]] = letter
        return by_letter[letter]

    substitution: dict[Any, Expr] = {}
    for symbol, vector in zip(expr.function.variables, expr.vectors, strict=True):
        value: Expr = S.Zero
        for word, coefficient in terms(vector).items():
            letter = word_expr(word) if word else Identity(vector.shape[0])
            if isinstance(letter, OneMatrix):
                value += coefficient
            elif isinstance(letter, Elementwise):
                inner = {v: variable(a) for v, a in zip(letter.function.variables, letter.vectors, strict=True)}
                value += coefficient * letter.function.expr.xreplace(inner)
            else:
                value += coefficient * variable(letter)
        substitution[symbol] = value
    body = _without_opposites(expr.function.expr.xreplace(substitution))
    return tidy(expand_log(tidy(body), deep=True)), entries


def _without_opposites(body: Expr) -> Expr:
    """The body without exponentials of opposite numbers beside each other: SymPy sees that of symbols, not of sums."""

    def kept(product: Mul) -> Expr:
        merged = powsimp(product, combine="exp")
        return merged if _exponentials(merged) < _exponentials(product) - 1 else product

    return body.replace(lambda node: node.is_Mul and _exponentials(node) > 1, kept)


def _exponentials(product: Expr) -> int:
    return sum(isinstance(factor, exp) for factor in Mul.make_args(product))


@matrix_rule(Elementwise)
def monomials(expr: Elementwise) -> Terms:
    """One term a monomial of the body; constants become ones, bare variables their vectors."""
    if expr.shape[0] == 1 and expr.shape[1] != 1:  # of rows: of their columns, turned
        return terms(Transpose(Elementwise(expr.function, *map(Transpose, expr.vectors))))
    body, entries = polynomial_body(expr)
    total: Terms = {}
    for part in Add.make_args(body):
        coefficient, rest = part.as_independent(*entries, as_Add=False)
        if rest == 1:
            add_into(total, {(OneMatrix(*expr.shape),): coefficient})
        elif rest in entries:
            add_into(total, {_word_of(entries[rest]): coefficient})
        elif expr.shape[1] != 1 and (factors := _factors(rest, entries)) is not None:
            add_into(total, terms(HadamardProduct(*factors)), coefficient)
        elif rest != 0:
            add_into(total, {(map_of(rest, entries),): coefficient})
    return total


def _word_of(letter: MatrixExpr) -> Word:
    if isinstance(letter, Identity):
        return ()
    return tuple(letter.args) if isinstance(letter, MatMul) else (letter,)


def _factors(monomial: Expr, entries: dict[Symbol, MatrixExpr]) -> list[MatrixExpr] | None:
    """The matrices that a monomial multiplies entry by entry; nothing where it does more than multiply."""
    powers = monomial.as_powers_dict()
    if not all(base in entries and power.is_Integer and power > 0 for base, power in powers.items()):
        return None
    return [entries[base] for base, power in powers.items() for _ in range(int(power))]


def entrywise(function: Any, *vectors: MatrixExpr) -> MatrixExpr:
    """A map of vectors that are letters already, reduced to one letter: a vector, ones, or a map."""
    found = monomials(elementwise(function, *vectors))
    if len(found) != 1 or next(iter(found.values())) != S.One:
        return elementwise(function, *vectors)
    ((letter,),) = found
    return letter
