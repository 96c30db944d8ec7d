"""Floor 2: what an expression is where a symbol has another value: it is read with that value in its place."""

from __future__ import annotations

from typing import Any

from mvn_symbolic.meaning.reader import Reader, reading
from mvn_symbolic.meaning.scene import Scene
from mvn_symbolic.notation.places import MatrixAt, ScalarAt

__all__: list[str] = []


@reading(ScalarAt, MatrixAt)
def _at(reader: Reader, expr: Any, scene: Scene) -> Any:
    inner, symbol, place = expr.args
    return reader.read(inner, scene.with_values({symbol: reader.read(place, scene)}))
