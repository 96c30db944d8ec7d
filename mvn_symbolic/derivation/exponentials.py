"""Floor 4: rules for means of exponentials, further divergences, and single entries, with reasons and conditions.

Lives here: definitions of the questions in `notation.divergences`, and the rules that answer them.
May not live here: the calculus they call.
"""

from __future__ import annotations

from typing import Any

from sympy import Rational, Symbol, exp, log
from sympy.matrices.expressions import MatMul, MatrixExpr, Transpose

from mvn_symbolic.calculus.from_entries import all_at_once
from mvn_symbolic.calculus.gaussian_integral import gaussian_integral
from mvn_symbolic.calculus.terms import normalize
from mvn_symbolic.calculus.whitening import grouped, push_through, unwhiten
from mvn_symbolic.derivation.line import Line, Rule
from mvn_symbolic.derivation.rules import insert
from mvn_symbolic.notation.divergences import (
    Bhattacharyya,
    Cell,
    CrossEntropy,
    Jeffreys,
    MatrixAt,
    Renyi,
    ScalarAt,
    SquaredHellinger,
    UnitVector,
    Variance,
)
from mvn_symbolic.notation.from_entries import FromEntries
from mvn_symbolic.notation.laws import KL, Law, LogDensity, ScalarExpectation, expectation_of
from mvn_symbolic.notation.nodes import Inner
from mvn_symbolic.notation.operators import Component
from mvn_symbolic.notation.symbols import Noise

__all__ = [
    "all_entries",
    "complete_the_square",
    "divergences",
    "entries_by_unit_vectors",
    "evaluate",
    "gather_coefficients",
    "read_entries",
    "renyi",
    "through_the_factor",
    "to_plain_coordinates",
    "variance",
]


def complete_the_square(noise: Noise, reason: str, condition: str = "") -> Rule:
    """E[exp(c + b'e - e'Me/2)] = exp(c + b'(I + M)^-1 b / 2) / sqrt(det(I + M))."""

    def apply(expr: Any) -> Any:
        return expr.replace(
            lambda node: isinstance(node, ScalarExpectation) and node.args[1] == noise and node.args[0].has(exp),
            lambda node: gaussian_integral(node.args[0], noise),
        )

    return Rule("complete the square", apply, reason, condition, "Petersen & Pedersen 2012, The Matrix Cookbook")


def _log_ratio(p: Law, q: Law) -> Any:
    return LogDensity(p, p.point) - LogDensity(q, q.point)


def renyi() -> Rule:
    """D_a(p || q) = log E_p[(p/q)^(a-1)] / (a - 1)."""

    def expand(p: Law, q: Law, order: Any) -> Any:
        return log(expectation_of(exp((order - 1) * _log_ratio(p, q)), p.point, p)) / (order - 1)

    return Rule(
        "definition of the divergence",
        lambda expr: expr.replace(Renyi, expand),
        r"$\int p^{\alpha}q^{1-\alpha}$ is the mean, under $p$, of the power $\alpha-1$ of the ratio of the densities.",
        "the mean is finite",
        "Rényi 1961",
    )


#: question -> (its answer in divergences known before, in words)
_BY_OTHERS: dict[type, tuple[Any, str]] = {
    CrossEntropy: (
        lambda p, q: expectation_of(-LogDensity(q, p.point), p.point, p),
        "Minus the mean, under the first law, of the log density of the second.",
    ),
    Jeffreys: (lambda p, q: KL(p, q) + KL(q, p), "The divergence there and back."),
    Bhattacharyya: (
        lambda p, q: Renyi(p, q, Rational(1, 2)) / 2,
        r"Minus the log of $\int\sqrt{pq}$, which is half the Rényi divergence of order $\tfrac12$.",
    ),
    SquaredHellinger: (
        lambda p, q: 1 - exp(-Bhattacharyya(p, q)),
        r"Half of $\int(\sqrt p-\sqrt q)^2$ is $1-\int\sqrt{pq}$.",
    ),
}


def divergences(question: type) -> Rule:
    """A divergence by its definition, in terms of those that were there before."""
    answer, reason = _BY_OTHERS[question]
    return Rule("definition", lambda expr: expr.replace(question, answer), reason)


def variance() -> Rule:
    """Var[f] = E[f^2] - E[f]^2."""

    def expand(scalar: Any, noise: Noise) -> Any:
        return expectation_of(scalar**2, noise) - expectation_of(scalar, noise) ** 2

    return Rule(
        "definition of the variance",
        lambda expr: expr.replace(Variance, expand),
        "The mean square less the squared mean.",
        "both means exist",
    )


def gather_coefficients(reason: str = "One coefficient for each term.") -> Rule:
    """Each number made of matrices once, with its coefficient factored."""
    return Rule("collect", grouped, reason)


def through_the_factor() -> Rule:
    """X (aI + b X'X)^-1 X' = (I - a (aI + b XX')^-1) / b."""
    return Rule(
        "push-through identity",
        lambda expr: grouped(push_through(expr)),
        r"$X(aI+bX^\top X)^{-1}X^\top=\tfrac1b\bigl(I-a(aI+bXX^\top)^{-1}\bigr)$ and "
        r"$\det(aI+bX^\top X)=\det(aI+bXX^\top)$.",
        "b is not 0, and both inverses exist",
        "Henderson & Searle 1981",
    )


def to_plain_coordinates(factor: MatrixExpr) -> Rule:
    """v'S^-1 v = (Bv)'(BSB')^-1(Bv)."""
    return Rule(
        "back from whitened coordinates",
        lambda expr: grouped(unwhiten(expr, factor)),
        "Move the factor that whitened into the inverse and into the determinant, where it cancels.",
    )


def entries_by_unit_vectors() -> Rule:
    """v_i = e_i'v."""

    def inner(vector: MatrixExpr, i: Any) -> Any:
        unit = UnitVector(i, vector.shape[0])
        return Inner(unit, vector)

    return Rule(
        "entries by unit vectors",
        lambda expr: expr.replace(Component, inner),
        r"$v_i=e_i^\top v$, with $1$ at place $i$ of $e_i$ and $0$ elsewhere.",
    )


def read_entries() -> Rule:
    """e_i'v = v_i, e_i'M e_j = M_ij, e_i'e_i = 1."""

    def entry(node: Inner) -> Any:
        left, right = node.args
        if isinstance(right, UnitVector) and not isinstance(left, UnitVector):
            left, right = right, left
        if not isinstance(left, UnitVector):
            return _from_both_sides(left, right) or node
        i = left.args[0]
        if right == left:
            return Rational(1)
        letters = right.args if isinstance(right, MatMul) else (right,)
        if isinstance(letters[-1], UnitVector) and len(letters) > 1:
            return Cell(_product(letters[:-1]), i, letters[-1].args[0])
        return node if isinstance(right, UnitVector) else Component(right, i)

    def read(expr: Any) -> Any:
        return expr.replace(lambda node: isinstance(node, Inner), entry)

    return Rule("read the entries", read, r"$e_i^\top v=v_i$, $e_i^\top Me_j=M_{ij}$, $\lVert e_i\rVert=1$.")


def all_entries(line: Line, name: str, title: str, *indices: Symbol) -> Line:
    """From what a line shows of the entry at an index to the vector of all of them, or of two to the matrix."""
    every = Rule(
        "all entries at once",
        lambda expr: expr.replace(FromEntries, all_at_once),
        "What holds at every place holds for the whole: each entry in it becomes the vector or matrix that it is of.",
    )
    known = insert(line.chain.result, "What stands at one place, from above.")
    return Line(name, title, FromEntries(line.start, *indices)).then(known).then(every)


def _from_both_sides(left: MatrixExpr, right: MatrixExpr) -> Any:
    """<M e_i, N e_j> as the entry i, j of M'N."""
    words = [side.args if isinstance(side, MatMul) else (side,) for side in (left, right)]
    if not all(isinstance(word[-1], UnitVector) for word in words):
        return None
    (*before, first), (*after, last) = words
    whole = normalize(Transpose(_product(tuple(before))) * _product(tuple(after)))
    return Cell(whole, first.args[0], last.args[0])


def _product(letters: tuple[Any, ...]) -> Any:
    return letters[0] if len(letters) == 1 else MatMul(*letters)


def evaluate(symbol: Symbol | MatrixExpr) -> Rule:
    """Put the value of a symbol in its place."""

    def apply(expr: Any) -> Any:
        return expr.replace(
            lambda node: isinstance(node, (ScalarAt, MatrixAt)) and node.args[1] == symbol,
            lambda node: normalize(node.args[0].xreplace({symbol: node.args[2]})),
        )

    return Rule("evaluate", apply, "Put the value in its place.")
