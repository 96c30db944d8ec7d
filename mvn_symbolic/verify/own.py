"""Floor 7: `mvn_symbolic.verify(...)`: judge an equation, a derivation, or generated code of one's own.

Truth is the meaning of the expression in ball arithmetic; no rule of the calculus is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, NamedTuple

import numpy as np

from mvn_symbolic.calculus.differential import check_expression
from mvn_symbolic.checks import check_type
from mvn_symbolic.codegen.program import cotangent_of
from mvn_symbolic.codegen.standalone import Generated
from mvn_symbolic.derivation.function import Function
from mvn_symbolic.derivation.model import Derivation
from mvn_symbolic.meaning import Verdict, judge
from mvn_symbolic.meaning.ball_reader import BallReader
from mvn_symbolic.meaning.numbers import Balls
from mvn_symbolic.meaning.scene import Scene, free_entries, scene_for
from mvn_symbolic.notation.nodes import Inner
from mvn_symbolic.notation.operators import differential_of
from mvn_symbolic.notation.structure import tags_of
from mvn_symbolic.notation.symbols import tangent_of
from mvn_symbolic.verify.backends import BACKENDS

__all__ = ["CodeVerdict", "verify", "verify_code"]

#: Test points have entries of order one and diagonals of at least one, so no sum of a hundred terms loses more
#: than about 1e4 units in the last place of float64.
_TOLERANCE = 1e-11
_SIZES = (1, 2, 3, 5)


@dataclass(frozen=True)
class CodeVerdict:
    """What came of comparing generated code with its expression.

    Attributes
    ----------
    status : {"pass", "fail"}
    failures : what disagreed, where
    worst : the largest relative error met
    compared : how many numbers were compared
    """

    status: str
    failures: tuple[str, ...]
    worst: float
    compared: int

    def __str__(self) -> str:
        head = f"{self.status}: {self.compared} numbers compared, largest relative error {self.worst:.1e}"
        return "\n".join([head, *self.failures])


def verify(subject: Any, other: Any = None, *, seed: int = 0) -> Verdict | CodeVerdict:
    """Judge an equation, a derivation, or generated code.

    Parameters
    ----------
    subject : Expr, Derivation or Generated
        With `other`, the left side of an equation.
    other : Expr, optional
        The right side.
    seed : int, optional
        Chooses the random points.

    Returns
    -------
    Verdict or CodeVerdict
        For an equation and a derivation "proved" (at the sizes it names), "refuted" or "unknown"; for code
        "pass" or "fail".

    Raises
    ------
    ArgumentError
        If `subject` is none of these.

    Examples
    --------
    >>> from mvn_symbolic import expectation, expectation_of, squared_norm, symbol, verify
    >>> eps = symbol("eps")
    >>> length = squared_norm(symbol("loc") + symbol("scale_tril") * eps)
    >>> verify(expectation_of(length, eps), expectation(length, eps)).status
    'proved'
    """
    if other is not None:
        return judge(check_expression(subject, "subject"), check_expression(other, "other"), seed=seed)
    check_type("subject", subject, (Derivation, Generated), "For an equation pass both sides: verify(left, right).")
    return subject.verify() if isinstance(subject, Derivation) else verify_code(subject, seed=seed)


def verify_code(code: Generated, *, seed: int = 0) -> CodeVerdict:
    """Judge a generated function and its derivatives by 800-bit balls, and by its library's own differentiation.

    Parameters
    ----------
    code : Generated
        A function; the source may be that of a module with more functions in it.
    seed : int, optional
        Chooses the random points.

    Returns
    -------
    CodeVerdict
    """
    module, function = code.load(), code.function
    failures: list[str] = []
    worst, compared = 0.0, 0
    for size in _SIZES:
        for label, got, true in _compared(code, module, _truth(function, size, seed)):
            error = float(np.max(np.abs(np.asarray(got) - true) / (1 + np.abs(true)), initial=0.0))
            compared += np.size(true)
            worst = max(worst, error)
            if not (error <= _TOLERANCE and np.shape(got) == np.shape(true)):
                failures.append(f"{label} at k = {size}: got {np.asarray(got)}, expected {true}")
    return CodeVerdict("fail" if failures else "pass", tuple(failures), worst, compared)


class _Truth(NamedTuple):
    """At one point: the arguments, the value, what is pulled back, and the gradients of <upstream, value>.

    Where second derivatives are asked for, also the directions that all arguments move in, and how the gradients move.
    """

    arrays: list[np.ndarray]
    value: np.ndarray
    upstream: np.ndarray
    gradients: list[np.ndarray]
    directions: list[np.ndarray]
    bends: list[np.ndarray]


@lru_cache(maxsize=64)
def _truth(function: Function, size: int, seed: int) -> _Truth:
    """The same for every backend: balls are dearer than anything that is compared with them."""
    symbols = [item.symbol for item in function.inputs]
    cotangent = None if function.is_scalar else cotangent_of("cotangent", function.value)
    moves = {symbol: tangent_of(symbol) for symbol in symbols} if function.second else {}
    more = [*([] if cotangent is None else [cotangent]), *moves.values()]
    scene = scene_for([function.value, *symbols, *more], Balls(), size, seed)
    # a vector or a matrix is judged through one number, its product with a cotangent
    number = function.value if cotangent is None else Inner(cotangent, function.value)
    return _Truth(
        [_array(symbol, scene.values[symbol]) for symbol in symbols],
        _value(function.value, scene),
        np.array(1.0) if cotangent is None else _array(cotangent, scene.values[cotangent]),
        [_gradient(number, symbol, scene) for symbol in symbols],
        [_array(symbol, scene.values[move]) for symbol, move in moves.items()],
        [_gradient(differential_of(number, *moves), symbol, scene) for symbol in moves],
    )


def _compared(code: Generated, module: Any, truth: _Truth) -> Iterator[tuple[str, Any, np.ndarray]]:
    """What is compared: a label, what the code gives, and what is true."""
    function, name = code.function, code.function.name

    def call(program: str, *more: np.ndarray) -> Any:
        return _call(code, getattr(module, f"{program}{name}"), [*truth.arrays, *more])

    yield name, call(""), truth.value
    along = sum((np.sum(g * array) for g, array in zip(truth.gradients, truth.arrays, strict=True)), np.array(0.0))
    pushed = call("jvp_", *truth.arrays)
    yield f"jvp_{name}", pushed if function.is_scalar else np.sum(pushed * truth.upstream), along
    pulled = call("vjp_", np.asarray(truth.upstream * -1.5))
    yield from _parts(f"vjp_{name}", function, pulled, [gradient * -1.5 for gradient in truth.gradients])
    if not function.is_scalar:
        return
    if function.second:
        yield from _parts(f"hvp_{name}", function, call("hvp_", *truth.directions), truth.bends)
    yield from _parts("gradient", function, call("grad_"), truth.gradients)
    again, gradients = call("value_and_grad_")
    yield f"value_and_grad_{name}", again, truth.value
    yield from _parts(f"value_and_grad_{name}", function, gradients, truth.gradients)
    for way, differentiate in BACKENDS[code.backend].differentiate.items():
        found = _call(code, partial(_differentiated, differentiate, getattr(module, name)), truth.arrays)
        projected = [_projected(item.symbol, part) for item, part in zip(function.inputs, found, strict=True)]
        yield from _parts(way, function, projected, truth.gradients)


def _differentiated(differentiate: Any, function: Any, *arguments: Any) -> Any:
    return differentiate(function, arguments)


def _parts(label: str, function: Function, found: Any, true: list[np.ndarray]) -> Iterator[tuple[str, Any, np.ndarray]]:
    for item, part, expected in zip(function.inputs, found, true, strict=True):
        yield f"{label} by {item.name}", part, expected


def _projected(symbol: Any, free: np.ndarray) -> np.ndarray:
    """What a library says of all entries, for those that a structure leaves free."""
    tags = tags_of(symbol)
    if "diagonal" in tags:
        return np.diag(np.diag(free))
    if "symmetric" in tags:
        return (free + free.T) / 2
    return np.tril(free) if "lower" in tags else free


def _array(expr: Any, value: Any) -> np.ndarray:
    """The value of a scalar, vector or matrix as an array; scene values are rationals over 64, exact in float64."""
    if not isinstance(value, list):
        return np.array(float(value))
    grid = [[float(entry) for entry in row] for row in value]
    return np.array([entry for row in grid for entry in row] if expr.shape[1] == 1 else grid)


def _call(code: Generated, function: Any, arrays: list[np.ndarray]) -> Any:
    library = BACKENDS[code.backend]

    def plain(result: Any) -> Any:
        return tuple(map(plain, result)) if isinstance(result, tuple) else library.to_numpy(result)

    with library.settings(np.dtype(np.float64)):
        return plain(function(*map(library.to_native, arrays)))


def _value(expr: Any, scene: Scene) -> np.ndarray:
    return _array(expr, BallReader().read(expr, scene))


def _gradient(expr: Any, symbol: Any, scene: Scene) -> np.ndarray:
    """Central differences in 800-bit balls, entry by entry."""
    reader = BallReader()

    def value(at: Scene) -> Any:
        return reader.read(expr, at)

    whole = scene.values[symbol]
    if not isinstance(whole, list):
        return np.array(float(reader.partial(value, symbol, (0, 0), scene)))
    grid = np.zeros((len(whole), len(whole[0]) if whole else 1))  # of length k-1 none are left at k = 1
    for i, j in free_entries(symbol, grid.shape):
        grid[i, j] = float(reader.partial(value, symbol, (i, j), scene))
        if "symmetric" in symbol.tags:
            grid[j, i] = grid[i, j]
    return grid[:, 0] if symbol.shape[1] == 1 else grid
