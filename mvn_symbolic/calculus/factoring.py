"""Floor 3: writing a sum of products with what they share once, in front and behind; the normal form spreads it out."""

from __future__ import annotations

from sympy.matrices.expressions import Inverse, MatAdd, MatMul, MatrixExpr

from mvn_symbolic.calculus.terms import Terms, rebuild, terms
from mvn_symbolic.notation.symbols import Let

__all__ = ["factor_before", "factor_sides"]


def factor_before(expr: MatrixExpr, name: Let) -> MatrixExpr:
    """The sum with c M v + c M w + ... written as c M times the name, where that stands for v + w + ..."""
    found, ends = terms(expr), terms(name.definition)
    fronts = [word[: -len(end)] for word in found for end in ends if len(word) > len(end) and word[-len(end) :] == end]
    for front in fronts:
        ratios = {found.get((*front, *end), 0) / coefficient for end, coefficient in ends.items()}
        if len(ratios) == 1 and ratios != {0}:
            rest = {word: c for word, c in found.items() if word not in {(*front, *end) for end in ends}}
            whole = rebuild({(*front, name): ratios.pop()}, expr.shape)
            return MatAdd(rebuild(rest, expr.shape), whole) if rest else whole
    return expr


def factor_sides(expr: MatrixExpr) -> MatrixExpr:
    """The sum with L^-T M L^-1 + L^-T N L^-1 + ... written as L^-T (M + N + ...) L^-1, for matrices M, N, ..."""
    groups: dict[tuple[MatrixExpr, MatrixExpr], Terms] = {}
    rest: Terms = {}
    for word, coefficient in terms(expr).items():
        sides = (word[0], word[-1]) if len(word) > 2 else None
        if sides and all(isinstance(side, Inverse) for side in sides) and all(m.shape == expr.shape for m in word):
            groups.setdefault(sides, {})[word[1:-1]] = coefficient
        else:
            rest[word] = coefficient
    whole: list[MatrixExpr] = []
    for (left, right), inside in groups.items():
        if len(inside) < 2:
            rest.update({(left, *word, right): c for word, c in inside.items()})
            continue
        common = min((abs(c.as_coeff_Mul()[0]) for c in inside.values()), key=str)  # the numbers; a scalar stays inside
        middle = rebuild({word: c / common for word, c in inside.items()}, expr.shape)
        whole.append(MatMul(*([] if common == 1 else [common]), left, middle, right))
    if not whole:
        return expr
    parts = [*whole, *([rebuild(rest, expr.shape)] if rest else [])]
    return parts[0] if len(parts) == 1 else MatAdd(*parts)
