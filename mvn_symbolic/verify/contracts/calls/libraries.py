"""Lives here: what calling a stranger's function asks of an array library: arrays, autograd, noise, state left alone.
May not live here: a library by name: each is in its folder of ``mvn_symbolic/backends``, as ``strangers``."""

from __future__ import annotations

import contextlib
import inspect
import itertools
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from types import CodeType, ModuleType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from mvn_symbolic.discovery import Parts
from mvn_symbolic.errors import ArgumentError
from mvn_symbolic.verify.backends import BACKENDS, Backend

if TYPE_CHECKING:
    from mvn_symbolic.verify.contracts.calls.noise import Drive
    from mvn_symbolic.verify.contracts.calls.noisy import Form, Noisy


class Switch(NamedTuple):
    """A global setting of a library: how it is read, and how it is put back; None where only the check can do so."""

    get: Callable[[], Any]
    put: Callable[[Any], Any] | None


class Library:
    """One array library. What stands here is that of one without autograd and without random state of its own."""

    differentiates: bool = False
    """Whether it takes gradients of what it computes."""
    squeezes: bool = False
    """Whether its users take axes of size one away, or return a number for an array of one: SciPy does."""
    patience: float = 1.0
    """How much longer everything takes here than elsewhere: the share of a compiler."""

    def __init__(self, name: str) -> None:
        self.name = name

    @property
    def arrays(self) -> Backend:
        """How arrays go in and out."""
        return BACKENDS[self.name]

    def tensors(self, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
        """Return fresh arrays of the library, that a function may write into if the library's arrays can be."""
        return {role: self.arrays.to_native(array) for role, array in arrays.items()}

    def quick(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function of the arguments alone in the form in which many calls cost least."""
        return fn

    def differentiate(
        self, fn: Callable[..., Any], given: Sequence[Any], upstream: np.ndarray
    ) -> tuple[list[np.ndarray | None], Any]:
        """Go back through a call by autograd, with weights of its outputs.

        Returns
        -------
        slopes : list of ndarray or None
            By each argument; None where the result does not hang on it.
        result : object
            What the function returned, without autograd's record.
        """
        raise NotImplementedError

    def traced(self, array: Any) -> bool:
        """Whether autograd, or a compiler, follows what is done with this array."""
        return False

    def detached(self, array: Any) -> Any:
        """Return the array without autograd's record."""
        return array

    def hooked(self, array: Any, change: Callable[[Any], Any]) -> Any:
        """Return the array; a gradient that comes back through it is changed on its way."""
        return array

    def watched(self, array: Any, watch: Callable[[Any], None] | None) -> Any:
        """Return the array; the sizes of a gradient that comes back through it are shown to somebody."""

        def seen(gradient: Any) -> Any:
            assert watch is not None
            watch(abs(gradient))
            return gradient

        return self.hooked(array, seen) if watch and self.traced(array) else array

    def weighted(
        self,
        call: Callable[..., Any],
        points: np.ndarray,
        weights: np.ndarray,
        arguments: Sequence[Any],
        watches: Sequence[Callable[[Any], None]] = (),
    ) -> Any:
        """Return the sum of ``weight * call(point, *arguments)``.

        ``watches``, one for each argument, are shown the sizes of the gradients that each point sends back.
        """
        total: Any = 0.0
        for point, weight in zip(points, weights, strict=True):
            shown = itertools.zip_longest(arguments, watches)
            total = total + float(weight) * call(point, *(self.watched(a, watch) for a, watch in shown))
        return total

    def like(self, values: np.ndarray, array: Any) -> Any:
        """Return values as an array of the kind and precision of another."""
        return self.arrays.to_native(values.astype(str(array.dtype)))

    def joined(self, one: Any, two: Any, axis: int) -> Any:
        """Put two arrays side by side on an axis."""
        raise NotImplementedError

    def kept(self) -> AbstractContextManager[Any]:
        """While it holds everything may happen to the library's global state; then it is as before."""
        return nullcontext()

    def switches(self) -> dict[str, Switch]:
        """Return global settings, by what they are called."""
        return {}

    def seed(self, seed: int) -> None:
        """Seed the global generator, where there is one."""

    def generator(self, seed: int) -> Callable[[], Any]:
        """Return what makes the argument from which a sampler draws, call by call; the same ones for the same seed."""
        raise NotImplementedError

    def driven_generator(self, drive: Drive) -> Callable[[], Any]:
        """Return the same where noise is driven."""
        return self.generator(0)

    def staged(self, noisy: Noisy) -> Form:
        """Return a function that draws in the form in which many calls cost least; it has been seen to behave.

        One that has ``pulled(drive, given, upstream)`` returns gradients and the result itself.
        """
        return noisy

    def driving(self, drive: Drive, fn: Callable[..., Any]) -> AbstractContextManager[Any]:
        """While it holds, what the library is asked for at random comes from the drive."""
        return nullcontext()

    def warm(self) -> None:
        """Import what the library imports for driven noise: it would count against the time of a function."""


LIBRARIES: Final = Parts[Library]("strangers", "LIBRARY")
"""Name -> library; a folder of ``mvn_symbolic/backends`` is one, and imports its library when it is used."""


_DEEP: Final = 3
"""Functions that are followed by name, one from the other."""


def library(name: str) -> Library:
    """Return a library by its name.

    Raises
    ------
    ArgumentError
        Where it is not installed.
    """
    try:
        return LIBRARIES[name]
    except ImportError as error:
        raise ArgumentError(
            f"`backend` must be an installed library; got {name!r} ({error}). Install mvn_symbolic[{name}]."
        ) from error


def loaded() -> list[str]:
    """Return the libraries that somebody has imported: a function that was called uses no other."""
    return [name for name in LIBRARIES if name in sys.modules]


def named_by(fn: Callable[..., Any]) -> list[Library]:
    """Return the loaded libraries whose modules a function names, itself or by the functions that it names.

    A function of NumPy's arrays that computes by a library that compiles takes the time of a compiler.
    """
    found: set[str] = set()
    seen: set[int] = set()
    left = [(fn, 0)]
    while left:
        one, depth = left.pop()
        inner = inspect.unwrap(getattr(one, "__func__", one))
        inner = inner if hasattr(inner, "__code__") else vars(type(inner)).get("__call__")
        code = getattr(inner, "__code__", None)
        if code is None or id(code) in seen:
            continue
        seen.add(id(code))
        for value in _named(inner, code):
            home = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", "")
            found.add(str(home).partition(".")[0])
            # what a library names inside is its own affair
            if depth < _DEEP and callable(value) and str(home).partition(".")[0] not in LIBRARIES:
                left.append((value, depth + 1))
    return [LIBRARIES[name] for name in loaded() if name in found]


def _named(fn: Any, code: CodeType) -> Iterator[Any]:
    """Yield what a function's code, and functions written in it, find under the names that they use."""
    names = fn.__globals__
    codes = [code]
    while codes:
        one = codes.pop()
        codes += [part for part in one.co_consts if isinstance(part, CodeType)]
        yield from (names[name] for name in one.co_names if name in names)
    for cell in getattr(fn, "__closure__", None) or ():
        with contextlib.suppress(ValueError):
            yield cell.cell_contents


def library_of(result: Any) -> str:
    """Return the name of the library whose array a result is, or holds first; empty where it is none."""
    while isinstance(result, tuple | list) and result:
        result = result[0]
    return next((name for name in loaded() if LIBRARIES[name].arrays.is_native(result)), "")
