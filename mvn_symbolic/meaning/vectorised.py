"""Floor 2: what vec, vech and the 0/1 matrices between them are as numbers, by counting cells column by column."""

from __future__ import annotations

from mvn_symbolic.meaning.numbers import Grid
from mvn_symbolic.meaning.reader import Reader, reading
from mvn_symbolic.meaning.scene import Scene
from mvn_symbolic.notation.vectorised import (
    Commutation,
    DiagonalDuplication,
    SymmetricDuplication,
    TriangleDuplication,
    Unvec,
    Vec,
)

__all__ = ["column_by_column"]

Cell = tuple[int, int]


def column_by_column(cells: list[Cell]) -> list[Cell]:
    """The cells in the order of vec: down the first column, then the second."""
    return sorted(cells, key=lambda cell: cell[::-1])


def _all(rows: int, columns: int) -> list[Cell]:
    return [(i, j) for j in range(columns) for i in range(rows)]


@reading(Vec)
def _vec(reader: Reader, expr: Vec, scene: Scene) -> Grid:
    cells = _all(*reader.shape(expr.args[0], scene))
    grid = reader.read(expr.args[0], scene)
    return [[grid[i][j]] for i, j in cells if i >= j or not expr.half]


@reading(Unvec)
def _unvec(reader: Reader, expr: Unvec, scene: Scene) -> Grid:
    rows, columns = reader.shape(expr, scene)
    stacked = reader.read(expr.args[0], scene)
    return [[stacked[i + rows * j][0] for j in range(columns)] for i in range(rows)]


def _selection(full: list[Cell], chosen: list[Cell], scene: Scene, *, mirrored: bool = False) -> Grid:
    """Row c, column d is 1 where the cell c is the cell d, or its mirror image."""
    return [
        [scene.kind.rational(int(cell == other or (mirrored and cell == other[::-1]))) for other in chosen]
        for cell in full
    ]


@reading(TriangleDuplication, SymmetricDuplication)
def _duplication(reader: Reader, expr: TriangleDuplication, scene: Scene) -> Grid:
    full = _all(*[scene.size(expr.args[0])] * 2)
    lower = [(i, j) for i, j in full if i >= j]
    return _selection(full, lower, scene, mirrored=isinstance(expr, SymmetricDuplication))


@reading(DiagonalDuplication)
def _diagonal(reader: Reader, expr: DiagonalDuplication, scene: Scene) -> Grid:
    full = _all(*[scene.size(expr.args[0])] * 2)
    return _selection(full, [(i, j) for i, j in full if i == j], scene)


@reading(Commutation)
def _commutation(reader: Reader, expr: Commutation, scene: Scene) -> Grid:
    rows, columns = (scene.size(size) for size in expr.args)
    turned = [(i, j) for j, i in _all(columns, rows)]  # the cells of X in the order in which vec X' meets them
    return _selection(turned, _all(rows, columns), scene)
