"""Floor 2: what single entries are in numbers: places are counted from 1."""

from __future__ import annotations

from typing import Any

from mvn_symbolic.meaning.numbers import Grid
from mvn_symbolic.meaning.reader import Reader, position_of, reading
from mvn_symbolic.meaning.scene import Scene
from mvn_symbolic.notation.entries import Cell, UnitVector

__all__: list[str] = []


@reading(UnitVector)
def _unit_vector(reader: Reader, expr: Any, scene: Scene) -> Grid:
    index, size = expr.args
    return [[scene.kind.rational(int(i == position_of(index, scene)))] for i in range(scene.size(size))]


@reading(Cell)
def _cell(reader: Reader, expr: Any, scene: Scene) -> Any:
    matrix, row, column = expr.args
    return reader.read(matrix, scene)[position_of(row, scene)][position_of(column, scene)]
