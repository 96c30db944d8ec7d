"""Floor 3: expressions affine in the noise, M eps + m: take them apart, name the parts, solve for the noise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sympy import S
from sympy.matrices.expressions import Inverse, MatAdd, MatMul, MatrixExpr, ZeroMatrix

from mvn_symbolic.calculus.gradient import jacobian
from mvn_symbolic.calculus.lets import fold, lets_of, numbered, unfold
from mvn_symbolic.calculus.maps import map_of
from mvn_symbolic.calculus.terms import Terms, normalize, rebuild, terms
from mvn_symbolic.errors import UnsupportedExpressionError
from mvn_symbolic.notation.nodes import DiagMat, Elementwise, Inner
from mvn_symbolic.notation.parts import parts_of
from mvn_symbolic.notation.symbols import Let, Noise, StructuredSymbol

__all__ = ["affine_parts", "factor_left", "invert_affine", "name_affine", "open_names", "with_difference"]


def affine_parts(vector: MatrixExpr, noise: Noise) -> tuple[MatrixExpr, MatrixExpr]:
    """Return (M, m) with vector = M noise + m.

    Raises
    ------
    UnsupportedExpressionError
        When the vector is not affine in the noise.
    """
    matrix = jacobian(vector, noise)
    if matrix.has(noise):
        raise UnsupportedExpressionError(f"{vector} is not affine in {noise}.")
    rest: Terms = {word: c for word, c in terms(vector).items() if not any(part.has(noise) for part in (c, *word))}
    return matrix, factor_left(rest, vector.shape)


def factor_left(these: Terms, shape: tuple[Any, Any]) -> MatrixExpr:
    """The sum with the letters all its words begin with, and the diagonal that scales all of it, once, in front."""
    words = list(these)
    prefix: tuple[MatrixExpr, ...] = ()
    if len(words) > 1:
        shortest = min(len(word) for word in words)
        while len(prefix) < shortest - 1 and len({word[: len(prefix) + 1] for word in words}) == 1:
            prefix = words[0][: len(prefix) + 1]
    within = {word[len(prefix) :]: coefficient for word, coefficient in these.items()}
    if (scaled := _scaled(within)) is not None:
        diagonal, within = scaled
        prefix = (*prefix, diagonal)
    if not prefix:
        return rebuild(these, shape)
    content = {abs(coefficient) for coefficient in these.values()}
    common = content.pop() if len(content) == 1 else S.One
    rest = rebuild({word: c / common for word, c in within.items()}, shape)
    factors = (*prefix, rest)
    return MatMul(*factors) if common == 1 else MatMul(common, *factors)


def _scaled(these: Terms) -> tuple[MatrixExpr, Terms] | None:
    """Of a sum a/s - b/s the diagonal of 1/s, and a - b: the difference is then taken before anything is rounded."""
    if len(these) < 2 or any(len(word) != 1 for word in these):
        return None
    options = [dict(_scales(letter)) for (letter,) in these]
    for scale in options[0]:
        if all(scale in option for option in options[1:]):
            vectors = (option[scale] for option in options)
            return DiagMat(scale), {(vector,): c for vector, c in zip(vectors, these.values(), strict=True)}
    return None


def _scales(letter: MatrixExpr) -> Iterator[tuple[MatrixExpr, MatrixExpr]]:
    """Each way to write a map of entries as one vector, scaled by a map of the others."""
    if not isinstance(letter, Elementwise):
        return
    entries = dict(zip(letter.function.variables, letter.vectors, strict=True))
    for entry, vector in entries.items():
        scale = letter.function.expr / entry
        if len(entries) > 1 and not scale.has(entry):
            others = {symbol: one for symbol, one in entries.items() if symbol != entry}
            yield others[scale] if scale in others else map_of(scale, others), vector


def invert_affine(vector: MatrixExpr, noise: Noise, value: MatrixExpr) -> MatrixExpr:
    """Solve vector(noise) = value for the noise: M^-1 (value - m), the difference left whole."""
    matrix, rest = affine_parts(vector, noise)
    inverse = normalize(Inverse(matrix))
    centred = value if isinstance(rest, ZeroMatrix) else value - rest
    factors = inverse.args if isinstance(inverse, MatMul) else (inverse,)
    if inverse.is_Identity:
        return centred
    return MatMul(*factors, centred)


def name_affine(expr: Any, noise: Noise, matrix_name: str, vector_name: str, difference: str = "") -> Any:
    """Inside squared norms, write A eps + v with A and v named by their definitions.

    A name that the expression has for something else already gets a number: A_2.
    With a name for the `difference` that v ends with, it is v - A eps where that leaves A without a minus.
    """

    taken = {symbol.name: symbol for symbol in expr.free_symbols} | {let.name: unfold(let) for let in lets_of(expr)}

    def named(node: Inner) -> Any:
        matrix, rest = _parts_behind(node.args[0], noise)
        if matrix.is_Identity:
            return node
        minus = bool(difference) and isinstance(matrix, MatMul) and matrix.args[0] == S.NegativeOne
        vector = MatMul(_name(matrix_name, -matrix if minus else matrix, taken), noise)
        vector = -vector if minus else vector
        if not isinstance(rest, ZeroMatrix):
            vector = MatAdd(vector, _name(vector_name, with_difference(rest, difference), taken))
        return Inner(vector, vector)

    return expr.replace(
        lambda node: isinstance(node, Inner) and node.args[0] == node.args[1] and node.args[0].has(noise), named
    )


def open_names(expr: Any, names: Mapping[Noise, str], vector_name: str, difference: str = "") -> Any:
    """Write each name that holds noise as a sum of matrices, one for each noise, and a vector, with names for these.

    A matrix that has a name in the expression already keeps that.
    """
    known = [let for let in sorted(parts_of(expr, Let), key=lambda let: let.name) if not any(map(let.has, names))]

    def opened(let: Let) -> MatrixExpr:
        rest: MatrixExpr = unfold(let)
        parts: list[MatrixExpr] = []
        for noise, name in names.items():
            matrix, rest = _parts_behind(rest, noise)
            if not isinstance(matrix, ZeroMatrix):
                matrix = fold(matrix, *known)
                parts.append(noise if matrix.is_Identity else MatMul(_name(name, matrix), noise))
        if not isinstance(rest, ZeroMatrix):
            parts.append(_name(vector_name, with_difference(rest, difference)))
        return MatAdd(*parts) if len(parts) > 1 else parts[0]

    return expr.xreplace({let: opened(let) for let in parts_of(expr, Let) if any(map(let.has, names))})


def _parts_behind(vector: MatrixExpr, noise: Noise) -> tuple[MatrixExpr, MatrixExpr]:
    """The affine parts; a matrix that multiplies a whole sum stays in front of what is left of the sum."""
    if not (isinstance(vector, MatMul) and isinstance(vector.args[-1], MatAdd)):
        return affine_parts(vector, noise)
    front = vector.args[:-1]
    matrix, rest = affine_parts(vector.args[-1], noise)
    kept = rest if isinstance(rest, ZeroMatrix) else MatMul(*front, rest)
    return normalize(MatMul(*front, matrix)), kept


def with_difference(vector: MatrixExpr, name: str) -> MatrixExpr:
    """The vector with the sum at its end named, if a name is given and there is one."""
    last = vector.args[-1] if isinstance(vector, MatMul) else vector
    if not name or not isinstance(last, MatAdd):
        return vector
    return vector.xreplace({last: Let(name, last)})


def _name(name: str, definition: MatrixExpr, taken: dict[str, Any] | None = None) -> MatrixExpr:
    """A name for what is not a bare symbol already; a name that is taken by something else gets a number."""
    if isinstance(definition, (StructuredSymbol, Let)):
        return definition
    taken, plain = {} if taken is None else taken, unfold(definition)
    free = next(one for one in numbered(name) if taken.get(one, plain) == plain)
    taken[free] = plain
    return Let(free, definition)
