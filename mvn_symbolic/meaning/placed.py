"""Floor 2: what entries placed in a matrix, those read from one, and their 0/1 matrix mean as numbers: cell by cell."""

from __future__ import annotations

from mvn_symbolic.meaning.numbers import Grid
from mvn_symbolic.meaning.reader import Reader, reading
from mvn_symbolic.meaning.scene import Scene
from mvn_symbolic.notation.placed import Picked, Placed, Placement, index

__all__: list[str] = []


def _cells(expr: Placed | Picked | Placement, scene: Scene) -> list[tuple[int, int]]:
    sizes = {symbol: scene.size(symbol) for symbol in expr.free_symbols if symbol in scene.sizes}
    row, column = (place.xreplace(sizes) for place in expr.rows_and_columns)
    return [(int(row.subs(index, i)), int(column.subs(index, i))) for i in range(scene.size(expr.count))]


@reading(Placed)
def _placed(reader: Reader, expr: Placed, scene: Scene) -> Grid:
    size, _ = reader.shape(expr, scene)
    grid: Grid = [[scene.kind.rational(0)] * size for _ in range(size)]
    for (i, j), (entry,) in zip(_cells(expr, scene), reader.read(expr.args[0], scene), strict=True):
        grid[i][j] = entry
    return grid


@reading(Picked)
def _picked(reader: Reader, expr: Picked, scene: Scene) -> Grid:
    matrix = reader.read(expr.args[0], scene)
    return [[matrix[i][j]] for i, j in _cells(expr, scene)]


@reading(Placement)
def _placement(reader: Reader, expr: Placement, scene: Scene) -> Grid:
    """Row c, column i is 1 where the c-th cell, down the first column and then the second, is the place of entry i."""
    size, cells = scene.size(expr.size), _cells(expr, scene)
    return [[scene.kind.rational(int(cell == (i, j))) for cell in cells] for j in range(size) for i in range(size)]
