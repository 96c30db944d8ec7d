"""Floor 2: what a vector or matrix said by a running place means in numbers: place by place, nothing else."""

from __future__ import annotations

from itertools import product

from mvn_symbolic.meaning.numbers import Grid
from mvn_symbolic.meaning.reader import Reader, reading
from mvn_symbolic.meaning.scene import Scene
from mvn_symbolic.notation.from_entries import FromEntries

__all__: list[str] = []


@reading(FromEntries)
def _from_entries(reader: Reader, expr: FromEntries, scene: Scene) -> Grid:
    indices = [index for index, _ in expr.runs]
    rows, columns = reader.shape(expr, scene)
    grid: Grid = [[scene.kind.rational(0)] * columns for _ in range(rows)]
    for place in product(range(rows), range(columns)):
        at = {index: number + 1 for index, number in zip(indices, place, strict=False)}  # a vector has no column index
        grid[place[0]][place[1]] = reader.number(expr.entry, scene.with_sizes(at))
    return grid
