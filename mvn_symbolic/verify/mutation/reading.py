"""Lives here: expressions as 800-bit balls at k = 1 to 8, by the reader of `meaning`, at points that afford k = 8.
May not live here: which expressions are compared, or what follows from it."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache
from typing import Any, Final

from flint import arb

from mvn_symbolic.meaning import dense
from mvn_symbolic.meaning.ball_reader import BallReader
from mvn_symbolic.meaning.judge import scenes
from mvn_symbolic.meaning.lines import averages_a_share, with_lines
from mvn_symbolic.meaning.numbers import Balls
from mvn_symbolic.meaning.scene import Polynomial, Scene, scene_for
from mvn_symbolic.notation.operators import FunctionHessian
from mvn_symbolic.notation.parts import nodes_of

__all__ = ["SIZES", "agree", "points_of", "read_all"]

SIZES: Final = tuple(range(1, 9))
"""The event sizes at which mutants are judged."""
_MONOMIALS: Final = 20
_DIGITS: Final = 90
"""As in the judge of steps: central differences carry about 1e-120, a true difference is far above."""


def agree(left: list[Any], right: list[Any]) -> bool:
    """Whether two readings are the same numbers, in count and to 90 digits; what is not finite agrees with nothing."""
    room = arb(10) ** -_DIGITS
    return len(left) == len(right) and all(
        bool(abs(a - b) < room * (1 + abs(a))) for a, b in zip(left, right, strict=True)
    )


def points_of(expressions: list[Any], size: int, seed: int) -> Scene:
    """Draw a point for all symbols of the expressions.

    Abstract functions are polynomials in all variables together, of a degree at which their highest derivative here is
    no line: a line has the same mean whatever the spread. Where shares are averaged, the functions are lines.
    """
    scene = scene_for(expressions, Balls(), size, seed)
    if averages_a_share(*expressions):
        return with_lines(scene, f"{seed}:{size}")
    degree = 4 if any(isinstance(node, FunctionHessian) for node in nodes_of(*expressions)) else 3
    scene.functions = {name: _polynomial(name, f"{seed}:{size}", degree) for name in scene.functions}
    return scene


def _polynomial(name: str, seed: str, degree: int) -> Callable[[int], Polynomial]:
    @cache
    def coefficients(size: int) -> Polynomial:
        rng = random.Random(f"{seed}:{name}:{size}")
        powers = [p for total in (0, 1) for p in _compositions(total, size)]
        # all of higher degrees at small k; beyond, as many as tell the coordinates apart
        others = [p for total in range(2, degree + 1) for p in _compositions(total, size)]
        powers += others if len(others) <= _MONOMIALS else rng.sample(others, _MONOMIALS)
        return {p: arb(rng.randint(-24, 24) or 1) / 8 for p in powers}

    return coefficients


def read_all(reader: BallReader, expression: Any, others: list[Any], scene: Scene) -> list[Any]:
    """Read an expression as a flat list of balls; once for every value of its free indices, those of `others` too.

    Raises
    ------
    UnsupportedExpressionError
        When the expression has no meaning at this point, such as the inverse of a singular matrix.
    """
    return [
        entry for at in scenes([expression, *others], scene) for entry in dense.entries(reader.read(expression, at))
    ]


def _compositions(total: int, parts: int) -> list[tuple[int, ...]]:
    if parts == 1:
        return [(total,)]
    return [(first, *rest) for first in range(total + 1) for rest in _compositions(total - first, parts - 1)]
