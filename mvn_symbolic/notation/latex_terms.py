"""Floor 1: how sums, products, powers and functions are typeset, for scalars and matrices alike.

Order, signs, fractions and grouping are decided here. The project's own nodes are in `latex_nodes`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sympy import Add, Expr, Indexed, Integer, MatrixSymbol, Mul, Pow, Rational, S, Symbol, exp, factor_terms, log
from sympy.matrices.expressions import (
    Determinant,
    MatAdd,
    MatMul,
    MatrixExpr,
    Transpose,
)
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.printing.latex import LatexPrinter, accepted_latex_functions
from sympy.printing.precedence import PRECEDENCE, precedence_traditional

from mvn_symbolic.notation.functions import expm1, expm1m, sigmoid, softplus
from mvn_symbolic.notation.latex_text import (
    Level,
    Tex,
    add_up,
    at_least,
    bracket,
    function_call,
    in_front,
    multiply,
    negate,
    small_fraction,
    superscript,
)
from mvn_symbolic.notation.latex_width import width
from mvn_symbolic.notation.nodes import DiagMat, Elementwise, LogDet
from mvn_symbolic.notation.table import TABLE, latex_name, row_of

__all__ = ["TermsPrinter"]

_TABLE_ORDER = {row.name: number for number, row in enumerate(TABLE, start=1)}
#: Letters of a sum above a fraction line; a longer one stands behind the fraction, where it can be broken.
_SHORT_NUMERATOR = 40
#: Up to this width an exponent stays an exponent: e^{x}, not exp(x).
_SHORT_EXPONENT = 10


class TermsPrinter(LatexPrinter):
    """Arithmetic. While a map is printed, its variables stand for the entries or vectors in `_bound`."""

    def __init__(self) -> None:
        super().__init__()
        self._bound: dict[Symbol, tuple[Tex, Any]] = {}
        #: Whether products and powers are entry by entry, and numbers are vectors of that number.
        self._entrywise = False
        self._known: dict[Any, Tex] = {}

    # ---------------------------------------------------------------- binding

    def tex(self, expr: Any) -> Tex:
        """The typeset expression with its level: what sorts the terms of a sum is also what is written."""
        if expr not in self._known:
            self._known[expr] = self._tex(expr)
        return self._known[expr]

    def _tex(self, expr: Any) -> Tex:
        text = self._print(expr)
        if isinstance(text, Tex):
            return text
        precedence = precedence_traditional(expr)
        if precedence <= PRECEDENCE["Add"]:
            return Tex(text, Level.SUM)
        if precedence <= PRECEDENCE["Mul"]:
            return Tex(text, Level.PRODUCT)
        return Tex(text, Level.POWER if precedence <= PRECEDENCE["Pow"] else Level.ATOM)

    @contextmanager
    def binding(self, bound: dict[Symbol, tuple[Tex, Any]], *, entrywise: bool) -> Iterator[None]:
        """Print the variables of a map as the given pieces."""
        before = self._bound, self._entrywise, self._known
        self._bound, self._entrywise, self._known = {**self._bound, **bound}, entrywise, {}
        try:
            yield
        finally:
            self._bound, self._entrywise, self._known = before

    def _print_Symbol(self, expr: Symbol, style: str = "plain") -> Tex:
        return self._bound[expr][0] if expr in self._bound else Tex(latex_name(expr))

    _print_Dummy = _print_Symbol

    def _print_MatrixSymbol(self, expr: Any) -> Tex:
        return Tex(latex_name(expr))

    # ---------------------------------------------------------------- order

    def _leaves(self, expr: Any) -> list[Any]:
        if isinstance(expr, (MatrixSymbol, MatrixElement)):
            return [expr.parent if isinstance(expr, MatrixElement) else expr]
        if isinstance(expr, Indexed):
            return [expr.base.label]
        if expr in self._bound:
            return self._leaves(self._bound[expr][1])
        arguments = expr.vectors if isinstance(expr, Elementwise) else expr.args
        return [leaf for argument in arguments for leaf in self._leaves(argument)]

    def _rank(self, expr: Any) -> int:
        """The place of the first symbol in the notation table; a symbol that is not there comes first."""
        return min(map(_place_in_table, self._leaves(expr)), default=0)

    def _is_constant(self, term: Any) -> bool:
        return not self._leaves(term) and all(symbol.is_integer for symbol in term.free_symbols)

    def _key(self, term: Any) -> tuple[Any, ...]:
        leaves, rank = self._leaves(term), self._rank(term)
        if isinstance(term, MatrixExpr):
            return (isinstance(term, DiagMat), len(leaves), rank, str(self.tex(term)))
        logarithmic = any(isinstance(factor, (log, LogDet)) for factor in Mul.make_args(term))
        category = 1 if self._is_constant(term) else 2 if logarithmic else 0
        return (category, rank, len(leaves), str(self.tex(term)))

    # ---------------------------------------------------------------- sums

    def _print_Add(self, expr: Any, order: Any = None) -> Tex:
        return self._sum(list(expr.args))

    def _print_MatAdd(self, expr: MatAdd) -> Tex:
        rows = [term.T for term in expr.args if term.shape[0] == 1 and _is_transposed(term)]
        if len(rows) == len(expr.args):  # SymPy spreads a transpose over a sum; people do not
            return superscript(self._sum(rows), r"\top")
        return self._sum(list(expr.args))

    def _sum(self, terms: list[Any]) -> Tex:
        """Positive terms first; a common fraction in front of what shares it."""
        terms = self._merge_constants(terms)
        group, rest = self._shared_fraction(terms)
        pieces = [(self._key(term), self.tex(term)) for term in rest]
        if group:
            pieces.append(self._grouped(group))
        return self.in_order(pieces)

    @staticmethod
    def in_order(pieces: list[tuple[tuple[Any, ...], Tex]]) -> Tex:
        """The sum of pieces, each with its sort key: positive before negative, a plain number first or last."""
        all_positive = all(piece.level != Level.NEGATIVE for _, piece in pieces)
        counting = any(piece.isalpha() and key[0] == 1 for key, piece in pieces)  # k + 1, not 1 + k

        def order(item: tuple[tuple[Any, ...], Tex]) -> tuple[Any, ...]:
            key, piece = item
            place = 1
            if all_positive and piece.replace(r"\mathbf{1}", "1").isdigit():
                place = 2 if counting else 0
            return (piece.level == Level.NEGATIVE, place, key)

        return add_up([piece for _, piece in sorted(pieces, key=order)])

    def _merge_constants(self, terms: list[Any]) -> list[Any]:
        constants = [term for term in terms if isinstance(term, Expr) and not isinstance(term, MatrixExpr)]
        constants = [term for term in constants if self._is_constant(term)]
        if len(constants) < 2:
            return terms
        merged = factor_terms(Add(*constants))
        if not merged.is_Mul:
            return terms
        return [term for term in terms if term not in constants] + [merged]

    def _shared_fraction(self, terms: list[Any]) -> tuple[list[Any], list[Any]]:
        """The terms over one denominator, if they are all terms or at least three."""
        by_denominator: dict[int, list[Any]] = {}
        for term in terms:
            by_denominator.setdefault(_coefficient(term).q, []).append(term)
        for denominator, group in sorted(by_denominator.items()):
            if denominator != 1 and len(group) > 1 and (len(group) > 2 or len(group) == len(terms)):
                return group, [term for term in terms if term not in group]
        return [], terms

    def _grouped(self, group: list[Any]) -> tuple[tuple[Any, ...], Tex]:
        denominator = _coefficient(group[0]).q
        whole = [denominator * term for term in group]
        flip = all(_coefficient(term) < 0 for term in whole)
        inner = self._sum([-term for term in whole] if flip else whole)
        piece = multiply([small_fraction("1", str(denominator)), bracket(inner)])
        return min(self._key(term) for term in whole), negate(piece) if flip else piece

    # ---------------------------------------------------------------- products

    def _print_Mul(self, expr: Any) -> Tex:
        return self._product(list(expr.args))

    def _print_MatMul(self, expr: MatMul) -> Tex:
        scalar, matrices = expr.as_coeff_matrices()
        return self._product([*Mul.make_args(scalar)], [self.tex(matrix) for matrix in matrices])

    def _product(self, scalars: list[Any], matrices: list[Tex] | None = None) -> Tex:
        """Number, scalars over their denominators, then the matrices in their order."""
        number = Mul(*[factor for factor in scalars if factor.is_Rational])
        others = _exponents_together([factor for factor in scalars if not factor.is_Rational])
        below = [] if self._entrywise else [factor for factor in others if _is_reciprocal(factor)]
        above = sorted((factor for factor in others if factor not in below), key=self._factor_key)
        below = sorted(below, key=self._factor_key)
        dot = r" \odot " if self._entrywise else ""
        if below:
            front, pieces = None, self._fraction(abs(number), above, below)
        else:
            front, above = self._front(abs(number), above, bool(matrices))
            pieces = [self.tex(factor) for factor in above]
        pieces += matrices or []
        negative = number < 0
        if not front and len(pieces) == 1 and pieces[0].level == Level.NEGATIVE:
            return negate(pieces[0]) if negative else pieces[0]
        body = multiply(pieces, dot) if pieces else Tex("")
        product = front if front and not body else in_front(front, body) if front else body
        return negate(product) if negative else product

    def _fraction(self, number: Rational, above: list[Any], below: list[Any]) -> list[Tex]:
        """A fraction, and after it what is open to the right."""
        late = [f for f in above if _comes_late(self.tex(f)) or width(str(self.tex(f))) > _SHORT_NUMERATOR]
        numerator = [self.tex(factor) for factor in above if factor not in late]
        if number.p != 1 or not numerator:
            numerator.insert(0, Tex(str(number.p)))
        denominator = [self.tex(1 / factor) for factor in below]
        if number.q != 1:
            denominator.insert(0, Tex(str(number.q)))
        fraction = rf"\frac{{{multiply(numerator)}}}{{{multiply(denominator)}}}"
        return [Tex(fraction, Level.POWER), *map(self.tex, late)]

    def _front(self, number: Rational, above: list[Any], more: bool) -> tuple[Tex | None, list[Any]]:
        """The number in front, with a dimension in its numerator: k/2, not 1/2 k."""
        if number == 1 and (above or more):
            return None, above
        if number.q == 1:
            return Tex(str(number.p)), above
        if number.p == 1 and above and above[0].is_Symbol and above[0].is_integer and above[0] not in self._bound:
            return small_fraction(self.tex(above[0]), str(number.q)), above[1:]
        return small_fraction(str(number.p), str(number.q)), above

    def _factor_key(self, factor: Any) -> tuple[Any, ...]:
        piece = self.tex(factor)
        is_sum = piece.level in {Level.SUM, Level.NEGATIVE}
        place = 3 if _is_reciprocal(factor) else 2 if is_sum else 0 if self._is_constant(factor) else 1
        return (_comes_late(piece), place, self._rank(factor), str(piece))

    # ---------------------------------------------------------------- powers and functions

    def _print_Pow(self, expr: Pow) -> Tex:
        base, exponent = expr.args
        if exponent == S.Half:
            return Tex(rf"\sqrt{{{self.tex(base)}}}", Level.POWER)
        if self._entrywise:
            return superscript(self.tex(base), rf"\odot {self._exponent(exponent)}")
        if exponent.is_Rational and exponent < 0:
            return Tex(rf"\frac{{1}}{{{self.tex(Pow(base, -exponent))}}}", Level.POWER)
        return superscript(self.tex(base), self._exponent(exponent))

    def _exponent(self, expr: Any) -> str:
        """One line high: x/2 rather than a stacked fraction."""
        coefficient, rest = expr.as_coeff_Mul()
        if coefficient.is_Rational and coefficient.q != 1 and rest != 1:
            piece = self.tex(abs(coefficient.p) * rest)
            if piece.level >= Level.PRODUCT:
                return f"{'-' if coefficient < 0 else ''}{piece}/{coefficient.q}"
        if expr.is_Rational:
            return str(expr)
        return str(self.tex(expr))

    def _print_ExpBase(self, expr: Any, exp: Any = None) -> Tex:
        exponent = self._exponent(expr.args[0])
        if width(exponent) <= _SHORT_EXPONENT and "\\frac" not in exponent and "\\sum" not in exponent:
            return Tex(f"e^{{{exponent}}}", Level.POWER)
        return Tex(rf"\exp{bracket(exponent)}")

    _print_exp = _print_ExpBase

    def _print_Exp1(self, expr: Any, exp: Any = None) -> Tex:
        return Tex("e")

    def _print_log(self, expr: Any, exp: Any = None) -> Tex:
        argument = self.tex(expr.args[0])
        if isinstance(expr.args[0], Determinant):
            return Tex(rf"\log{argument}", Level.PREFIX)
        if argument.level >= Level.POWER:
            gap = " " if argument[:1].isalpha() or argument[:1].isdigit() else ""
            return Tex(rf"\log{gap}{argument}", Level.PREFIX)
        return Tex(rf"\log{bracket(argument)}", Level.PREFIX)

    def _print_expm1(self, expr: Any, exp: Any = None) -> Tex:
        return self._sum([_exp(expr.args[0]), -S.One])

    def _print_expm1m(self, expr: Any, exp: Any = None) -> Tex:
        x = expr.args[0]
        inner = at_least(self.tex(x), Level.PREFIX)
        return Tex(f"{self.tex(_exp(x))} - 1 - {inner}", Level.SUM)

    def _print_log_softplus(self, expr: Any, exp: Any = None) -> Tex:
        return function_call("logsoftplus", self.tex(expr.args[0]))

    def _print_expm1_difference(self, expr: Any, exp: Any = None) -> Tex:
        return self._print_expm1(expm1(expr.args[0] - expr.args[1]))

    def _print_expm1m_difference(self, expr: Any, exp: Any = None) -> Tex:
        return self._print_expm1m(expm1m(expr.args[0] - expr.args[1]))

    def _print_log_excess(self, expr: Any, exp: Any = None) -> Tex:
        return self._excess(expr.args[0])

    def _print_log_ratio_excess(self, expr: Any, exp: Any = None) -> Tex:
        return self._excess(expr.args[0] / expr.args[1])

    def _print_log_softplus_ratio_excess(self, expr: Any, exp: Any = None) -> Tex:
        return self._excess(softplus(expr.args[0]) / softplus(expr.args[1]))

    def _excess(self, m: Expr) -> Tex:
        return Tex(f"{self.tex(m)} - 1 - {self.tex(log(m))}", Level.SUM)

    def _print_relative_difference(self, expr: Any, exp: Any = None) -> Tex:
        x, y = expr.args
        return self.tex((x - y) / y)

    def _print_softplus_excess(self, expr: Any, exp: Any = None) -> Tex:
        return self.tex(softplus(*expr.args) - 1)

    def _print_softplus_ratio_excess(self, expr: Any, exp: Any = None) -> Tex:
        x, y = expr.args
        return self.tex(softplus(x) / softplus(y) - 1)

    def _print_softplus_rate(self, expr: Any, exp: Any = None) -> Tex:
        return self.tex(sigmoid(*expr.args) / softplus(*expr.args))

    def _print_Function(self, expr: Any, exp: Any = None) -> Tex:
        name, arguments = str(expr.func.__name__), [self.tex(argument) for argument in expr.args]
        if name in accepted_latex_functions:
            return Tex(rf"\{name}{bracket(', '.join(arguments))}")
        return function_call(name, *arguments)

    def _print_Integer(self, expr: Integer) -> Tex:
        if self._entrywise:
            return self._ones(expr)
        return negate(Tex(str(-expr))) if expr < 0 else Tex(str(expr))

    def _print_Rational(self, expr: Rational) -> Tex:
        if self._entrywise:
            return self._ones(expr)
        piece = small_fraction(str(abs(expr.p)), str(expr.q))
        return negate(piece) if expr < 0 else piece

    def _ones(self, number: Rational) -> Tex:
        """Entry by entry, a number is that multiple of the vector of ones."""
        return self._product([number], [Tex(r"\mathbf{1}")])


def _place_in_table(leaf: Any) -> int:
    row = row_of(leaf)
    name = row[0].name if row else leaf.name if isinstance(leaf, Symbol) else ""
    return _TABLE_ORDER.get(name, 0)


def _exponents_together(factors: list[Any]) -> list[Any]:
    """exp(a) exp(b) as exp(a + b), which SymPy leaves apart."""
    powers = [factor for factor in factors if isinstance(factor, exp)]
    if len(powers) < 2:
        return factors
    return [*(factor for factor in factors if factor not in powers), _exp(Add(*(power.args[0] for power in powers)))]


def _coefficient(term: Any) -> Rational:
    number = term.as_coeff_matrices()[0] if isinstance(term, MatMul) else term
    if isinstance(number, MatrixExpr):
        return S.One
    number = number.as_coeff_Mul()[0]
    return number if number.is_Rational else S.One


def _is_transposed(term: Any) -> bool:
    factors = term.as_coeff_matrices()[1] if isinstance(term, MatMul) else [term]
    return isinstance(factors[-1], Transpose)


def _is_reciprocal(factor: Any) -> bool:
    return isinstance(factor, Pow) and factor.exp.is_Rational and factor.exp < 0


def _comes_late(piece: Tex) -> bool:
    return piece.level == Level.PREFIX


def _exp(x: Any) -> Any:
    return exp(x, evaluate=False)
