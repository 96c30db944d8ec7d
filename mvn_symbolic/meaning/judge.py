"""Floor 2: is left = right? Refuted by a point in balls, or proved on explicit entries at given sizes, or unknown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Any

import sympy
from flint import arb
from sympy import MatrixSymbol, Symbol

from mvn_symbolic.errors import UnsupportedExpressionError
from mvn_symbolic.meaning import (
    dense,
    divergences,  # noqa: F401 - it registers its readings
)
from mvn_symbolic.meaning.ball_reader import BallReader
from mvn_symbolic.meaning.entry_reader import EntryReader
from mvn_symbolic.meaning.lines import LineReader, averages_a_share, with_lines
from mvn_symbolic.meaning.numbers import Balls, Entries
from mvn_symbolic.meaning.scene import Scene, free_entries, scene_for
from mvn_symbolic.meaning.zeros import same
from mvn_symbolic.notation.operators import Partial
from mvn_symbolic.notation.parts import nodes_of

__all__ = ["Memory", "Verdict", "judge", "scenes"]

#: Differences carry about 1e-120, plain algebra 1e-230; a true difference at a random rational point is far above.
_TOLERANCE_DIGITS = 90
#: Where means of shares are tried: a rule has hundreds of nodes at each.
_LINES_AT = (1, 2, 3)


@dataclass(frozen=True)
class Verdict:
    """The outcome of judging one equation.

    Attributes
    ----------
    status : {"proved", "refuted", "unknown"}
        "proved" means: at the sizes in `proved_at`, for all entries, and nothing beyond.
    proved_at : sizes k at which the entries were shown equal by SymPy
    tested_at : sizes k at which 800-bit balls agreed at random points
    detail : the disagreement, or why nothing could be decided
    point : the point of disagreement
    """

    status: str
    proved_at: tuple[int, ...] = ()
    tested_at: tuple[int, ...] = ()
    detail: str = ""
    point: Any = None

    def __str__(self) -> str:
        sizes = ", ".join(map(str, self.proved_at))
        tested = ", ".join(map(str, self.tested_at))
        if self.status == "proved":
            return f"proved on explicit entries at k = {sizes}; agrees in 800-bit balls at k = {tested}"
        if self.status == "refuted":
            return f"refuted: {self.detail}"
        agrees = f"agrees in 800-bit balls at random points, k = {tested}; " if tested else ""
        return f"{agrees}no proof: {self.detail}"


class Memory:
    """What two readers have read, kept for equations that share expressions: where one ends, the next one begins."""

    def __init__(self) -> None:
        self.balls = BallReader()
        self.entries = EntryReader()
        self.known: dict[Any, Any] = {}


def judge(
    left: Any,
    right: Any,
    *,
    sizes: Sequence[int] = (1, 2, 3, 4),
    proof_sizes: Sequence[int] = (1, 2),
    seed: int = 0,
    context: Sequence[Any] = (),
    memory: Memory | None = None,
) -> Verdict:
    """Judge left = right by the meaning of their nodes, with no use of the calculus.

    Parameters
    ----------
    left, right : expressions of one shape, symbols with structure inside
    sizes : the k at which random points are tried in balls
    proof_sizes : the k at which the entries are compared symbolically; with none, nothing is ever "proved"
    seed : chooses the random points
    context : further expressions whose symbols get values too, for entries such as L[i, j] that name them
    memory : what was read for other equations, and what will have been for this one

    Returns
    -------
    Verdict
    """
    left, right = sympy.sympify(left), sympy.sympify(right)
    fixed = _fixed_size(left, right)
    if fixed is not None:
        sizes = proof_sizes = (fixed,)
    tested: list[int] = []
    memory = memory or Memory()
    for size in sizes:
        scene = scene_for([left, right, *context], Balls(), size, seed, memory.known)
        try:
            found = _disagreement(memory.balls, left, right, scene)
        except UnsupportedExpressionError as error:
            return _at_lines(left, right, seed, context) or Verdict(
                "unknown", tested_at=tuple(tested), detail=str(error)
            )
        if found is not None:
            return Verdict(
                "refuted", tested_at=(*tested, size), detail=f"at k = {size}: {found}", point=scene.describe()
            )
        tested.append(size)
    if not proof_sizes:
        return Verdict("unknown", (), tuple(tested), "no proof was asked for")
    proved, reason = _prove(left, right, proof_sizes, context, memory)
    if len(proved) == len(tuple(proof_sizes)):
        return Verdict("proved", proved, tuple(tested))
    return Verdict("unknown", proved, tuple(tested), reason)


def _at_lines(left: Any, right: Any, seed: int, context: Sequence[Any]) -> Verdict | None:
    """Refute means of shares, which have no closed form, where abstract functions are lines; that is no confirmation.

    None where they agree there, or cannot be compared either.
    """
    if not averages_a_share(left, right):
        return None
    for size in _LINES_AT:
        scene = with_lines(scene_for([left, right, *context], Balls(), size, seed), f"{seed}:{size}")
        try:
            found = _disagreement(LineReader(), left, right, scene)
        except UnsupportedExpressionError:
            return None
        if found is not None:
            words = f"at k = {size}, where abstract functions are lines: {found}"
            return Verdict("refuted", tested_at=(size,), detail=words, point=scene.describe())
    return None


def _fixed_size(left: Any, right: Any) -> int | None:
    """The size of an equation in which no dimension is symbolic."""
    shapes = {d for s in nodes_of(left, right) if isinstance(s, MatrixSymbol) for d in s.shape}
    numbers = [int(d) for d in shapes if d.is_Integer]
    return max(numbers) if shapes and len(numbers) == len(shapes) else None


def scenes(expressions: Sequence[Any], scene: Scene) -> Iterator[Scene]:
    """The scene once for every value of the free indices i, j, a, b from 1 to k."""
    indices, partials = _moving(tuple(expressions))
    size = next(iter(scene.sizes.values()))
    for values in product(range(1, size + 1), repeat=len(indices)):
        at = scene.with_sizes(dict(zip(indices, values, strict=True)))
        if all(_is_free(node, at) for node in partials):
            yield at


@lru_cache(maxsize=64)
def _moving(expressions: tuple[Any, ...]) -> tuple[list[Any], list[Any]]:
    """The free indices, and the partial derivatives: the same for every size."""
    indices = sorted({s for e in expressions for s in e.free_symbols if _is_index(s)}, key=str)
    return indices, [node for node in nodes_of(*expressions) if isinstance(node, Partial)]


def _is_index(symbol: Any) -> bool:
    return isinstance(symbol, Symbol) and symbol.is_integer is True and symbol.is_positive is None


def _is_free(node: Partial, scene: Scene) -> bool:
    """A partial derivative is asked for free entries only."""
    _, symbol, row, column = node.args
    cell = tuple(int(i.subs(scene.sizes)) - 1 for i in (row, column))
    rows, columns = symbol.shape
    return cell in free_entries(symbol, (scene.size(rows), scene.size(columns)))


def _shape(value: Any) -> tuple[int, int]:
    """Rows and columns; a number counts as 1 x 1."""
    return (len(value), len(value[0]) if value else 0) if isinstance(value, list) else (1, 1)


def _disagreement(reader: BallReader, left: Any, right: Any, scene: Scene) -> str | None:
    for at in scenes((left, right), scene):
        sides = reader.read(left, at), reader.read(right, at)
        if _shape(sides[0]) != _shape(sides[1]):
            return f"the shape is {_shape(sides[0])} on the left and {_shape(sides[1])} on the right"
        for i, (a, b) in enumerate(zip(*map(dense.entries, sides), strict=True)):
            tolerance = (1 + abs(a)) * arb(10) ** -_TOLERANCE_DIGITS
            if not abs(a - b) < tolerance:
                if not (a - b).is_finite() or abs(a - b).abs_lower() == 0:
                    raise UnsupportedExpressionError("the balls grew too wide to decide")
                return f"entry {i} is {float(a):.12g} on the left and {float(b):.12g} on the right"
    return None


def _prove(
    left: Any, right: Any, sizes: Sequence[int], context: Sequence[Any], memory: Memory
) -> tuple[tuple[int, ...], str]:
    proved: list[int] = []
    reader = memory.entries
    for size in sizes:
        scene = scene_for([left, right, *context], Entries(), size, known=memory.known)
        try:
            for at in scenes((left, right), scene):
                pair = dense.entries(reader.read(left, at)), dense.entries(reader.read(right, at))
                if not all(same(a, b) for a, b in zip(*pair, strict=True)):
                    return tuple(proved), f"SymPy did not reduce the difference of the entries to 0 at k = {size}"
        except UnsupportedExpressionError as error:
            return tuple(proved), str(error)
        proved.append(size)
    return tuple(proved), ""
