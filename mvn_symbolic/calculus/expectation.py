"""Floor 3: expectations over eps ~ N(0, I), at symbolic k: linearity, Wick's theorem, moments of one number.

Exact for polynomials in the noise, and for exponentials of what is linear in it; an abstract function of the noise
stays an expectation; the rest is refused.
"""

from __future__ import annotations

from typing import Any

from sympy import Add, Expr, Mul, Pow, S, exp
from sympy.matrices.expressions import MatAdd, MatrixExpr, OneMatrix, Trace
from sympy.matrices.expressions.matexpr import MatrixElement

from mvn_symbolic.calculus.closed import split_chains
from mvn_symbolic.calculus.differential import check_expression
from mvn_symbolic.calculus.entrywise import diagonals_as_entries, linear_place, mean_of_entries, monomial
from mvn_symbolic.calculus.gaussian_integral import gaussian_integral, quadratic_parts
from mvn_symbolic.calculus.joins import append
from mvn_symbolic.calculus.letters import transpose_letter, transpose_word
from mvn_symbolic.calculus.terms import Terms, Word, add_into, normalize, rebuild, terms, tidy
from mvn_symbolic.calculus.wick import Segment, segment_of, wick
from mvn_symbolic.checks import check_type
from mvn_symbolic.errors import MissingRuleError
from mvn_symbolic.notation.entries import entry_by_unit_vectors
from mvn_symbolic.notation.laws import expectation_of
from mvn_symbolic.notation.nodes import DiagMat, Elementwise, Inner, Total
from mvn_symbolic.notation.operators import FunctionGradient, FunctionHessian, FunctionValue
from mvn_symbolic.notation.parts import parts_of
from mvn_symbolic.notation.symbols import Let, Noise

__all__ = ["expectation"]


def expectation(expr: Any, noise: Noise) -> Any:
    """Return the mean of an expression over standard normal noise.

    Parameters
    ----------
    expr : scalar, vector or matrix expression
        A polynomial in the noise, or one times exponentials of what is linear in it.
    noise : Noise
        What is averaged over.

    Returns
    -------
    Expr
        A normalized expression without the noise. A term in which the noise sits inside an abstract function
        stays an unevaluated expectation.

    Raises
    ------
    ArgumentError
        If `noise` is no :class:`Noise`.
    MissingRuleError
        When the noise sits where no moment rule reaches, such as inside a logarithm.

    Examples
    --------
    >>> from mvn_symbolic import LowerTriangular, Noise, Vector, expectation, squared_norm
    >>> mu, L, eps = Vector("mu"), LowerTriangular("L"), Noise("epsilon")
    >>> expectation(squared_norm(mu + L * eps), eps)
    Inner(L, L) + Inner(mu, mu)
    """
    check_type("noise", noise, Noise, "Average over eps ~ N(0, I): symbol('eps'), or Noise('e').")
    expr = normalize(_by_unit_vectors(_written_out(check_expression(expr), noise), noise))
    if not isinstance(expr, MatrixExpr):
        return tidy(sum((_scalar_term(part, noise) for part in Add.make_args(expr)), S.Zero))
    total: Terms = {}
    for word, coefficient in terms(expr).items():
        for part in Add.make_args(tidy(coefficient)):
            add_into(total, _matrix_term(part, word, noise, expr.shape))
    return rebuild(total, expr.shape)


def _written_out(expr: Any, noise: Noise) -> Any:
    """Names whose definitions hold the noise are replaced by them, except the points of abstract functions."""
    names = {let for let in parts_of(expr, Let) if let.has(noise)} - {
        let for node in expr.atoms(FunctionValue, FunctionGradient, FunctionHessian) for let in parts_of(node, Let)
    }
    return _written_out(expr.xreplace({let: let.definition for let in names}), noise) if names else expr


def _by_unit_vectors(expr: Any, noise: Noise) -> Any:
    """Single entries of what holds the noise, as products with unit vectors."""
    entries = [entry for entry in expr.atoms(MatrixElement) if entry.has(noise)]
    return expr.xreplace({entry: entry_by_unit_vectors(entry) for entry in entries})


def _scalar_term(term: Expr, noise: Noise) -> Expr:
    constant, factors = _split(term, noise)
    if not factors:
        return constant
    if any(map(_abstract, factors)):
        return constant * expectation_of(Mul(*factors), noise)
    if any(isinstance(factor, exp) for factor in factors):
        return constant * _tilted(factors, None, noise)
    if len(factors) == 1 and isinstance(factors[0], Total) and isinstance(factors[0].args[0], Elementwise):
        return constant * normalize(Total(mean_of_entries(factors[0].args[0], noise)))
    rings = [segment for factor in factors for segment in _segments(factor, noise)]
    return constant * sum((value for value, _ in wick(rings, [], noise.shape[0])), S.Zero)


def _matrix_term(coefficient: Expr, word: Word, noise: Noise, shape: tuple[Any, Any]) -> Terms:
    constant, factors = _split(coefficient, noise)
    body = rebuild({word: S.One}, shape)
    if not factors and not body.has(noise):
        return {word: constant}
    if _abstract(body) or any(map(_abstract, factors)):
        return {(expectation_of(Mul(*factors) * body, noise),): constant}
    if any(isinstance(factor, exp) for factor in factors):
        return terms(constant * _tilted(factors, body, noise))
    if not factors and isinstance(word[-1], Elementwise) and not any(letter.has(noise) for letter in word[:-1]):
        weights = mean_of_entries(word[-1], noise)
        return terms(constant * rebuild({(*word[:-1], weights): S.One}, shape))
    word = diagonals_as_entries(word, noise)
    holding = [i for i, letter in enumerate(word) if letter.has(noise)]
    if len(holding) == 1 and (place := linear_place(word[holding[0]], noise)) is not None:  # E passes through
        i, arguments = holding[0], list(word[holding[0]].args)
        arguments[place] = expectation(Mul(*factors) * arguments[place], noise)
        inside = word[i].func(*arguments)
        return terms(constant * rebuild({(*word[:i], inside, *word[i + 1 :]): S.One}, shape))
    rings = [segment for factor in factors for segment in _segments(factor, noise)]
    total: Terms = {}
    for value, ends in wick(rings, _cut(_spread(word, noise), noise), noise.shape[0]):
        add_into(total, terms(rebuild({ends: S.One}, shape)), constant * value)
    return total


def _tilted(factors: list[Expr], body: MatrixExpr | None, noise: Noise) -> Any:
    """E[exp(c + b'eps) F(eps)] = exp(c + b'b/2) E[F(eps + b)]: the exponential moves the mean of the noise to b."""
    powers = Mul(*(factor for factor in factors if isinstance(factor, exp)))
    weight = gaussian_integral(powers, noise, linear=True)
    rest: Any = Mul(*(factor for factor in factors if not isinstance(factor, exp)))
    rest = rest if body is None else rest * body
    if not rest.has(noise):
        return weight * rest
    _, shift, _ = quadratic_parts(Add(*(power.args[0] for power in Mul.make_args(powers))), noise)
    return weight * expectation(rest.xreplace({noise: MatAdd(noise, shift)}), noise)


def _split(term: Expr, noise: Noise) -> tuple[Expr, list[Expr]]:
    """The noise-free constant of a product, and its other factors, powers written out."""
    constant: Expr = S.One
    factors: list[Expr] = []
    for factor in Mul.make_args(term):
        if not factor.has(noise):
            constant *= factor
        elif isinstance(factor, Pow) and factor.exp.is_Integer and factor.exp > 0:
            factors += [factor.base] * int(factor.exp)
        else:
            factors.append(factor)
    return constant, factors


def _abstract(expr: Any) -> bool:
    """Whether an abstract function of the noise, of which no moments are known, occurs."""
    return bool(expr.atoms(FunctionValue, FunctionGradient, FunctionHessian))


def _segments(factor: Expr, noise: Noise) -> list[Segment]:
    """A scalar factor as stretches between noise letters."""
    word: Word = ()
    for letter in _letters_of(factor, noise):
        word = append(word, letter)
    chains = split_chains(_spread(word, noise), join=False)  # joined, diag(c) eps would be one letter again
    if chains is None:
        raise MissingRuleError("expectation", factor, f"{noise} is not met as a polynomial here.")
    return [segment_of(chain, noise) for chain in chains]


def _letters_of(factor: Expr, noise: Noise) -> Word:
    if isinstance(factor, Inner):
        return (*transpose_word(_factors(factor.args[0])), *_factors(factor.args[1]))
    if isinstance(factor, Trace):
        return _factors(factor.arg)
    if isinstance(factor, Total):
        (vector,) = factor.args
        if isinstance(vector, Elementwise):
            weights, vectors = monomial(vector, noise)
            if len(vectors) == 2:
                left, right = vectors
                return (*transpose_word(left), DiagMat(weights), *right)
        return (OneMatrix(1, vector.shape[0]), *_factors(vector))
    raise MissingRuleError("expectation", factor, f"{noise} is not met as a polynomial here.")


def _factors(expr: MatrixExpr) -> Word:
    return tuple(expr.args) if expr.is_MatMul else (expr,)


def _spread(word: Word, noise: Noise) -> Word:
    """Write each map linear in the noise, c (.) M eps, as diag(c) M eps."""
    letters: list[MatrixExpr] = []
    for letter in word:
        column = transpose_letter(letter) if letter.shape[0] == 1 else letter
        if not (isinstance(column, Elementwise) and column.has(noise)):
            letters.append(letter)
            continue
        weights, vectors = monomial(column, noise)
        if len(vectors) != 1:
            raise MissingRuleError("expectation", column, "Powers of single coordinates mix with nothing else.")
        spread = (DiagMat(weights), *vectors[0])
        letters += spread if letter is column else transpose_word(spread)
    return tuple(letters)


def _cut(word: Word, noise: Noise) -> list[Segment]:
    """A word as one open segment, or as the open left and right parts around the place where column meets row."""
    for i in range(len(word) - 1):
        if word[i].shape[1] == 1 and word[i + 1].shape[0] == 1:
            return [segment_of(word[: i + 1], noise), segment_of(word[i + 1 :], noise)]
    return [segment_of(word, noise)]
