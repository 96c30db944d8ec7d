"""Floor 2: derivatives and expectations on explicit entries, by SymPy's scalar calculus and moments of monomials.

Lives here: the open questions, answered in entries. May not live here: the integral of an exponential.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any

import sympy
from sympy import Dummy, Function, Poly, PolynomialError, Rational, Symbol

from mvn_symbolic.errors import UnsupportedExpressionError
from mvn_symbolic.meaning.exponential_means import exponential_mean
from mvn_symbolic.meaning.monomials import polynomial_mean
from mvn_symbolic.meaning.number_laws import moment
from mvn_symbolic.meaning.numbers import Grid
from mvn_symbolic.meaning.questions import QuestionReader
from mvn_symbolic.meaning.quotients import cancelled
from mvn_symbolic.meaning.scene import Scene
from mvn_symbolic.meaning.slopes import slope
from mvn_symbolic.notation.random_numbers import RandomNumber
from mvn_symbolic.notation.structure import tags_of

__all__ = ["EntryReader", "smooth_function"]


class EntryReader(QuestionReader):
    """Reads questions as expressions in the entries; scalar differentiation only."""

    remembers = True

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0  # how many means surround what is read: each has noise of its own

    def partial(self, value: Callable[[Scene], Any], symbol: Any, cell: tuple[int, int], scene: Scene) -> Any:
        i, j = cell
        whole = scene.values[symbol]
        entry = whole[i][j] if isinstance(whole, list) else whole
        mirrored = "symmetric" in tags_of(symbol) and i != j
        weight = Rational(1, 2) if mirrored else Rational(1)
        if entry.is_Symbol and not _held_elsewhere(entry, symbol, scene):
            return _map(lambda v: weight * slope(v, entry), value(scene))
        free = Dummy(real=True)
        if not isinstance(whole, list):
            return _map(lambda v: slope(v, free).xreplace({free: entry}), value(scene.with_values({symbol: free})))
        grid = [list(row) for row in whole]
        grid[i][j] = free
        if mirrored:
            grid[j][i] = free
        at = value(scene.with_values({symbol: grid}))
        return _map(lambda v: weight * slope(v, free).xreplace({free: entry}), at)

    def along(self, value: Callable[[Scene], Any], directions: dict[Any, Any], scene: Scene) -> Any:
        step = Dummy(real=True)

        def shifted(start: Any, direction: Any) -> Any:
            if not isinstance(start, list):
                return start + step * direction
            return [[x + step * d for x, d in zip(*rows, strict=True)] for rows in zip(start, direction, strict=True)]

        moved = {symbol: shifted(scene.values[symbol], direction) for symbol, direction in directions.items()}
        return _map(lambda v: slope(v, step).xreplace({step: sympy.S.Zero}), value(scene.with_values(moved)))

    def abstract(self, name: str, slots: tuple[int, ...], point: Grid, scene: Scene) -> Any:
        numbers = tuple(sorted(slot + 1 for slot in slots))
        return smooth_function(name, numbers)(*(_settled(entry) for (entry,) in point))

    def mean(self, key: Any, value: Callable[[Grid], Any], size: int, scene: Scene) -> Any:
        # named, not dummies: what is read again is the same object
        self._depth += 1
        noise = [Symbol("_".join(["noise"] * self._depth + [str(i + 1)]), real=True) for i in range(size)]
        try:
            found = value([[entry] for entry in noise])
        finally:
            self._depth -= 1
        return _map(lambda v: _moments(v, noise), found)

    def mean_of_number(self, value: Callable[[Any], Any], variable: RandomNumber, scene: Scene) -> Any:
        letter = Symbol(f"number_{variable.name}", real=True)
        return _map(lambda v: _number_mean(v, letter, variable, scene), value(letter))


def _number_mean(value: Any, letter: Any, variable: RandomNumber, scene: Scene) -> Any:
    """Each power is replaced by its moment; abstract functions of the number stay opaque means."""
    if not value.has(letter):
        return value
    abstract, plain = _parted(sympy.Add.make_args(sympy.expand(value)), [letter])
    try:
        polynomial = Poly(sympy.Add(*plain), letter)
    except PolynomialError as error:
        raise UnsupportedExpressionError(f"not a polynomial in {variable}: {value}") from error
    means = (a * moment(variable, n, scene.kind) for (n,), a in polynomial.terms())
    return sympy.Add(*means, *_opaque_means(abstract, {letter: f"{type(variable).__name__}_{variable.name}"}))


def _held_elsewhere(entry: Any, symbol: Any, scene: Scene) -> bool:
    """Whether the value of another symbol was made of this entry: a point where the parameters put it stands still."""
    others = (value for other, value in scene.values.items() if other != symbol)
    return any(
        x.has(entry) for value in others for row in (value if isinstance(value, list) else [[value]]) for x in row
    )


def _settled(entry: Any) -> Any:
    """One form for equal places: polynomials expanded, rational functions cancelled."""
    powers = entry.atoms(sympy.Pow)
    rational = all(power.exp.is_Integer for power in powers) and any(power.exp.is_negative for power in powers)
    return cancelled(entry) if rational and not entry.atoms(Function) else sympy.expand(entry)


def _map(function: Callable[[Any], Any], value: Any) -> Any:
    if isinstance(value, list):
        return [[function(entry) for entry in row] for row in value]
    return function(value)


def _moments(value: Any, noise: list[Any]) -> Any:
    """E of polynomials, of exponentials, and of abstract functions of the noise, which stay opaque means."""
    polynomial = polynomial_mean(value, noise)
    if polynomial is not None:
        return polynomial
    if not any(f.has(*noise) for f in value.atoms(_Smooth)):
        return exponential_mean(value, noise)
    abstract, others = _parted(sympy.Add.make_args(sympy.expand(value)), noise)
    names = {one: str(i + 1) for i, one in enumerate(noise)}
    return sympy.Add(*(exponential_mean(term, noise) for term in others), *_opaque_means(abstract, names))


def _parted(terms: Iterable[Any], letters: list[Any]) -> tuple[list[Any], list[Any]]:
    """Terms in which abstract functions hold the letters, and the others."""
    parted: tuple[list[Any], list[Any]] = ([], [])
    for term in terms:
        parted[not any(f.has(*letters) for f in term.atoms(_Smooth))].append(term)
    return parted


def _opaque_means(terms: Iterable[Any], names: dict[Any, str]) -> Iterator[Any]:
    """The mean of each term, a constant times one of an abstract function."""
    for term in terms:
        constant, rest = term.as_independent(*names, as_Add=False)
        yield constant * _opaque_mean(rest, names)


def _opaque_mean(value: Any, names: dict[Any, str]) -> Any:
    """The mean of an abstract function, the same object wherever it is met: its letters are named from the inside.

    The names differ from those of noise, so that what is remembered means the same inside of another mean.
    """
    level = _nesting(value) + 1
    return _Mean(value.xreplace({one: Symbol(f"averaged_{level}_{name}", real=True) for one, name in names.items()}))


def _nesting(value: Any) -> int:
    return max((1 + _nesting(mean.args[0]) for mean in value.atoms(_Mean)), default=0)


class _Smooth(Function):
    """An abstract smooth function of entries: nothing is known of it but its partial derivatives' names."""


@cache
def smooth_function(name: str, slots: tuple[int, ...] = ()) -> type[Function]:
    """J, or with slots its partial derivatives J_1, J_12: one class each, so that equal ones are one."""

    def fdiff(self: Function, argindex: int = 1) -> Any:
        return smooth_function(name, tuple(sorted((*slots, argindex))))(*self.args)

    return type("_".join([name, *map(str, slots)]), (_Smooth,), {"fdiff": fdiff})


class _Mean(Function):
    """The mean of an abstract function of the noise; equal integrands, equal means, and nothing else."""

    def fdiff(self, argindex: int = 1) -> Any:
        raise UnsupportedExpressionError(
            "the derivative of the mean of an abstract function: that it may pass under the mean is the claim itself"
        )
