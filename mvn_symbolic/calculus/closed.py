"""Floor 3: closed words - traces and products u' M v - in one canonical scalar form each."""

from __future__ import annotations

from sympy import Expr, Mul, Rational, S
from sympy.matrices.expressions import MatrixExpr, OneMatrix, Trace, Transpose

from mvn_symbolic.calculus.equations import form_by_equation, trace_by_equation
from mvn_symbolic.calculus.joins import append
from mvn_symbolic.calculus.letters import is_column, is_row, square_parts, transpose_letter, transpose_word
from mvn_symbolic.calculus.terms import Word, normalize, terms, word_expr
from mvn_symbolic.notation.entries import UnitVector
from mvn_symbolic.notation.nodes import DiagMat, DiagPart, Elementwise, Inner, Total, Tril, elementwise
from mvn_symbolic.notation.structure import is_lower, is_upper
from mvn_symbolic.notation.vectorised import Vec

__all__ = ["chain_scalar", "closed_scalar", "split_chains", "take_out_scalars"]


def take_out_scalars(word: Word) -> tuple[Expr, Word]:
    """Separate every row ... column stretch of a word, which is a number, from the rest."""
    scalar: Expr = S.One
    start: int | None = None
    rest: list[MatrixExpr] = []
    for letter in word:
        rest.append(letter)
        if is_row(letter):
            start = len(rest) - 1
        elif is_column(letter) and start is not None:
            scalar *= chain_scalar(tuple(rest[start:]))
            del rest[start:]
            start = None
    return scalar, tuple(rest)


def split_chains(word: Word, *, join: bool = True) -> list[Word] | None:
    """The chains u' ... v of a trace that holds vectors, neighbours joined or not; None when it holds none."""
    starts = [i for i, letter in enumerate(word) if is_row(letter)]
    if not starts:
        return None
    turned = (*word[starts[0] :], *word[: starts[0]])
    chains: list[Word] = []
    for letter in turned:
        if is_row(letter):
            chains.append((letter,))
        else:
            chains[-1] = append(chains[-1], letter) if join else (*chains[-1], letter)
    return chains


def closed_scalar(word: Word, dimension: Expr) -> Expr:
    """tr of a word whose rows and columns are `dimension`, canonical under rotation and transposition."""
    while len(word) > 1:  # join across the seam
        turned = append((word[-1],), word[0])
        if len(turned) == 2:
            break
        word = (*turned, *word[1:-1])
    if not word:
        return dimension
    if (found := trace_by_equation(word)) is not None:
        return Rational(1, 2) * trace_terms(found)
    chains = split_chains(word)
    if chains is not None:
        value: Expr = S.One
        for chain in chains:
            value *= chain_scalar(chain)
        return value
    if len(word) == 1 and is_column(word[0]):
        return Trace(word[0])
    if len(word) == 1 and (parts := square_parts(word[0])):
        return Mul(*(normalize(Trace(part)) for part in parts))
    if len(word) == 1 and isinstance(word[0], DiagMat):
        return total_of(word[0].args[0])
    diagonals = [i for i, letter in enumerate(word) if isinstance(letter, DiagMat)]
    if all(map(is_lower, word)) or all(map(is_upper, word)):
        return _total_of_product([DiagPart(letter) for letter in word])
    if len(diagonals) == 1:
        i = diagonals[0]
        rest = word_expr((*word[i + 1 :], *word[:i]))
        return _total_of_product([word[i].args[0], DiagPart(rest)])
    return _canonical_trace(word)


def _total_of_product(vectors: list[MatrixExpr]) -> Expr:
    def multiply(*entries: Expr) -> Expr:
        value: Expr = S.One
        for entry in entries:
            value *= entry
        return value

    return normalize(Total(elementwise(multiply, *vectors)))


def total_of(letter: MatrixExpr) -> Expr:
    """The sum of the entries of one vector letter; a sum of products of two vectors is an inner product."""
    if isinstance(letter, OneMatrix):
        return letter.shape[0]
    if isinstance(letter, Elementwise):
        pair = _bilinear(letter)
        if pair is not None:
            left = transpose_word(pair[0].args if pair[0].is_MatMul else (pair[0],))
            right = pair[1].args if pair[1].is_MatMul else (pair[1],)
            return chain_scalar((*left, *right))
    return Total(letter)


def _bilinear(letter: Elementwise) -> tuple[MatrixExpr, MatrixExpr] | None:
    variables, body, vectors = letter.function.variables, letter.function.expr, letter.vectors
    if len(variables) == 1 and body == variables[0] ** 2:
        return vectors[0], vectors[0]
    if len(variables) == 2 and body == variables[0] * variables[1]:
        return vectors[0], vectors[1]
    return None


def _canonical_trace(word: Word) -> Expr:
    if all(isinstance(letter, OneMatrix) for letter in word):
        return Mul(*(letter.shape[0] for letter in word))
    rotations = [(*word[i:], *word[:i]) for i in range(len(word))]
    candidates = sorted((*rotations, *map(transpose_word, rotations)), key=_key)
    half = len(word) // 2
    roots = [c[half:] for c in candidates if len(word) % 2 == 0 and c[:half] == transpose_word(c[half:])]
    if roots:
        root = word_expr(min(roots, key=lambda r: (sum(letter.has(Transpose) for letter in r), _key(r))))
        return Inner(root, root)
    return Trace(word_expr(candidates[0]))


def _key(word: Word) -> tuple[str, ...]:
    return tuple(str(letter) for letter in word)


def chain_scalar(word: Word) -> Expr:
    """u' M v in canonical form: a squared norm where it is one, a sum where M is diagonal."""
    best = min(word, transpose_word(word), key=_key)
    left, middle, right = transpose_letter(best[0]), best[1:-1], best[-1]
    if (found := form_by_equation(left, middle, right)) is not None:
        return Rational(1, 2) * normalize(Inner(left, found * right))
    if not middle and isinstance(left, UnitVector) and isinstance(right, UnitVector):
        i, j = left.args[0], right.args[0]
        if i.is_Integer and j.is_Integer:
            return S.One if i == j else S.Zero
    if not middle and isinstance(left, Vec) and type(left) is type(right):
        one, other = left.args[0], right.args[0]
        return normalize(Inner(Tril(one), other) if left.half else Inner(one, other))
    if not middle and (isinstance(left, Elementwise) or isinstance(right, Elementwise)):
        return _total_of_product([left, right])
    if not middle and isinstance(left, OneMatrix) and isinstance(right, OneMatrix):
        return left.shape[0]
    if left == right and len(middle) % 2 == 0 and middle == transpose_word(middle):
        root = word_expr((*middle[len(middle) // 2 :], right))
        return Inner(root, root)
    if isinstance(left, OneMatrix) or isinstance(right, OneMatrix):
        ones_left = isinstance(left, OneMatrix)
        inner = (*middle, right) if ones_left else transpose_word((best[0], *middle))
        return total_of(inner[0]) if len(inner) == 1 else Total(word_expr(inner))
    return Inner(left, word_expr((*middle, right)))


def trace_terms(expr: MatrixExpr) -> Expr:
    """tr of an expression, canonical; that of a transpose is that of what was transposed."""
    while isinstance(expr, Transpose):
        expr = expr.arg
    return sum((coefficient * closed_scalar(word, expr.shape[0]) for word, coefficient in terms(expr).items()), S.Zero)
