"""Floor 2: a scene - sizes for the dimensions and values for the symbols - drawn by structure, never by luck.

Random rational entries make a point in general position; SymPy symbols make every point at once.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache, lru_cache
from typing import Any

import sympy
from sympy import MatrixSymbol, Symbol

from mvn_symbolic.meaning.numbers import Entries, Grid, Kind
from mvn_symbolic.notation.operators import MatrixDifferential, ScalarDifferential
from mvn_symbolic.notation.parts import nodes_of
from mvn_symbolic.notation.shares import Share
from mvn_symbolic.notation.structure import tags_of
from mvn_symbolic.notation.symbols import Let, Tangent, k, tangent_of
from mvn_symbolic.notation.table import rank

__all__ = ["DEGREE", "Scene", "free_entries", "scene_for"]

Polynomial = dict[tuple[int, ...], Any]

DEGREE = 4
"""Of the polynomial that an abstract function is read as."""
_GRAIN = 2**16
"""Of the grid that numbers are drawn on: so fine that two symbols are hardly ever one number, at k = 1 too."""


@dataclass
class Scene:
    """Everything needed to read an expression as numbers."""

    kind: Kind
    sizes: dict[Any, int]
    values: dict[Any, Any] = field(default_factory=dict)
    functions: dict[str, Callable[[int], Polynomial]] = field(default_factory=dict)
    still: Scene | None = None
    """The scene before symbols were moved."""
    moved: frozenset[Any] = frozenset()
    known: dict[Any, dict[Any, Any]] = field(default_factory=dict, repr=False)
    """By reader: what was read here, also for scenes with moved symbols where it is the same; and what was drawn."""

    def with_values(self, changed: dict[Any, Any]) -> Scene:
        """The same scene with some symbols moved."""
        return Scene(self.kind, self.sizes, {**self.values, **changed}, self.functions, self, frozenset(changed))

    def with_sizes(self, changed: dict[Any, int]) -> Scene:
        """The same scene with indices or dimensions that stand for other numbers."""
        return Scene(self.kind, {**self.sizes, **changed}, self.values, self.functions, self, frozenset(changed))

    def home(self, expression: Any) -> Scene | None:
        """Where a value is remembered: the first scene in which the expression means what it means here.

        None where symbols have moved that it speaks of: nobody will ask for it there again.
        """
        spoken = _spoken_of(expression)
        if spoken is None:
            return None
        at = self
        while at.still is not None and spoken.isdisjoint(at.moved):
            at = at.still
        return at if at.still is None or at is not self else None

    def size(self, dimension: Any) -> int:
        """The number a dimension stands for."""
        known = self.sizes.get(dimension)
        if known is not None:
            return known
        dimension = sympy.sympify(dimension)
        return int(dimension if dimension.is_Integer else dimension.subs(self.sizes))

    def describe(self) -> dict[str, Any]:
        """The point, for a report."""
        return {str(symbol): _plain(value) for symbol, value in sorted(self.values.items(), key=lambda i: str(i[0]))}


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [[_plain(entry) for entry in row] for row in value]
    return str(value) if isinstance(value, (Fraction, sympy.Basic)) else f"{float(value):.6g}"


def free_entries(symbol: Any, shape: tuple[int, int]) -> list[tuple[int, int]]:
    """The entries a symbol may move in: its structure's free parameters, mirror images left out."""
    tags = tags_of(symbol)
    rows, columns = shape
    cells = [(i, j) for i in range(rows) for j in range(columns)]
    if "diagonal" in tags:
        return [(i, j) for i, j in cells if i == j]
    if tags & {"lower", "symmetric"}:
        return [(i, j) for i, j in cells if i >= j]
    if "upper" in tags:
        return [(i, j) for i, j in cells if i <= j]
    return cells


def scene_for(
    expressions: Iterable[Any], kind: Kind, size: int, seed: int = 0, known: dict[Any, Any] | None = None
) -> Scene:
    """Draw a scene for all symbols of the expressions at k = `size`; other dimensions get sizes of their own.

    A symbol has the same value in every scene of these sizes. So `known`, handed to several, has what was read in each.
    """
    symbols, dimensions, names = _contents(tuple(expressions))
    others = [dimension for dimension in dimensions if dimension not in (k, rank)]
    # a rank is below k, and 2 where it can be; the other dimensions are larger
    sizes = {k: size, rank: max(1, min(2, size - 1)), **{dimension: size + 1 + i for i, dimension in enumerate(others)}}
    scene = Scene(kind, sizes)
    if known is not None:
        scene.known = known.setdefault((kind.name, seed, tuple(sizes.items())), {})
    drawn = scene.known.setdefault(_draw, {})
    for symbol in symbols:
        if symbol not in sizes:
            if symbol not in drawn:
                drawn[symbol] = _draw(symbol, scene, random.Random(f"{seed}:{size}:{_identity(symbol)}"))
            scene.values[symbol] = drawn[symbol]
    for name in names:
        scene.functions[name] = _quartic(name, kind, f"{seed}:{size}:{name}")
    return scene


def _identity(symbol: Any) -> str:
    """What tells symbols of one name apart."""
    return f"{symbol}:{type(symbol).__name__}:{getattr(symbol, 'shape', '')}:{sorted(tags_of(symbol))}"


@lru_cache(maxsize=8192)
def _spoken_of(expression: Any) -> frozenset[Any] | None:
    """Every node, and the tangents that differentials speak of without writing them down.

    None where entries are written by the name of their matrix alone: it may be any symbol.
    """
    nodes = nodes_of(expression)
    if any(isinstance(node, sympy.IndexedBase) for node in nodes):
        return None
    moving = [node for node in nodes if isinstance(node, ScalarDifferential | MatrixDifferential)]
    return nodes.union(tangent_of(symbol) for node in moving for symbol in node.args[1:])


@lru_cache(maxsize=64)
def _contents(expressions: tuple[Any, ...]) -> tuple[list[Any], list[Any], list[str]]:
    """What expressions speak of: symbols, dimensions, and names of laws and functions; the same for every size."""
    nodes = nodes_of(*expressions)
    symbols = _symbols(nodes)
    loose = {s for s in nodes if isinstance(s, Symbol) and s.is_integer and s.is_positive}
    dimensions = set().union({k}, loose, *map(_dimensions, symbols))
    names = sorted(str(node) for node in nodes if isinstance(node, sympy.core.symbol.Str))
    return symbols, sorted(dimensions, key=str), names


def _symbols(nodes: frozenset[Any]) -> list[Any]:
    found: set[Any] = set()
    for node in nodes:
        if isinstance(node, MatrixSymbol | Symbol):
            found.add(node.primal if isinstance(node, Tangent) else node)
            if isinstance(node, Tangent):
                found.add(node)
        if isinstance(node, Let):
            found |= {s for s in nodes_of(node.definition) if isinstance(s, MatrixSymbol)}
        if isinstance(node, ScalarDifferential | MatrixDifferential):
            found |= {tangent_of(symbol) for symbol in node.args[1:]}
    bound = {v for node in nodes if isinstance(node, sympy.Lambda) for v in node.variables}
    wanted = [s for s in found if not isinstance(s, Let) and s not in bound and not s.is_integer]
    return sorted(wanted, key=lambda s: (str(s), type(s).__name__))


def _dimensions(symbol: Any) -> set[Any]:
    return set().union(*(d.free_symbols for d in symbol.shape)) if isinstance(symbol, MatrixSymbol) else set()


def _draw(symbol: Any, scene: Scene, rng: random.Random) -> Any:
    def number(low: int, high: int) -> Fraction:
        return Fraction(rng.randint(low * _GRAIN, high * _GRAIN), _GRAIN) or Fraction(1, _GRAIN)

    tags = tags_of(symbol)
    exact = isinstance(scene.kind, Entries)
    if isinstance(symbol, Share) and not exact:
        return scene.kind.rational(Fraction(rng.randint(_GRAIN // 8, _GRAIN - _GRAIN // 8), _GRAIN))
    if isinstance(symbol, Symbol):
        return symbol if exact else scene.kind.rational(abs(number(1, 3)) if symbol.is_positive else number(-2, 2))
    rows, columns = (scene.size(d) for d in symbol.shape)
    zero = scene.kind.rational(0)
    grid: Grid = [[zero] * columns for _ in range(rows)]
    for i, j in free_entries(symbol, (rows, columns)):
        positive = "positive" in tags or ("positive_diagonal" in tags and i == j)
        if exact:
            label = f"{symbol.name}_{i + 1}" if columns == 1 else f"{symbol.name}_{i + 1}_{j + 1}"
            grid[i][j] = Symbol(label, positive=True) if positive else Symbol(label, real=True)
        else:
            dominant = number(1, 2) + (rows if "positive_definite" in tags else 0)
            grid[i][j] = scene.kind.rational(dominant if positive else number(-1, 1))
        if "symmetric" in tags:
            grid[j][i] = grid[i][j]
    return _orthogonal(grid, scene.kind) if "orthogonal" in tags else grid


def _orthogonal(grid: Grid, kind: Kind) -> Grid:
    """(I - K)(I + K)^-1 with the antisymmetric K below whose diagonal the matrix stands: Cayley's map."""
    size = range(len(grid))
    zero = kind.rational(0)
    spin = [[grid[i][j] if i > j else -grid[j][i] if i < j else zero for j in size] for i in size]
    above, below = ([[kind.rational(int(i == j)) + s * spin[i][j] for j in size] for i in size] for s in (-1, 1))
    inverse = kind.inverse(below)
    return [[sum((above[i][m] * inverse[m][j] for m in size), zero) for j in size] for i in size]


def _quartic(name: str, kind: Kind, seed: str) -> Callable[[int], Polynomial]:
    """The polynomial an abstract function is read as: degree four, general coefficients."""

    @cache
    def coefficients(size: int) -> Polynomial:
        rng = random.Random(f"{seed}:{size}")
        return {p: kind.rational(Fraction(rng.randint(-24, 24) or 1, 8)) for p in _exponents(size, DEGREE)}

    return coefficients


def _exponents(size: int, degree: int) -> list[tuple[int, ...]]:
    if size == 0:
        return [()]
    return [(e, *rest) for e in range(degree + 1) for rest in _exponents(size - 1, degree - e)]
