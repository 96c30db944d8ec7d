"""Lives here: driving the noise of a stranger's sampler: who asks for what law is recorded, and gets numbers of ours.
May not live here: what is concluded from it (`affine`, `sampler`)."""

from __future__ import annotations

import contextlib
import functools
import inspect
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from mvn_symbolic.verify.contracts.calls.libraries import library

_SHIFTED: Final = {"uniform": (0.5, 0.125), "exponential": (1.0, 0.25)}
"""Law -> (value at zero noise, slope): up to 3.5 units of noise keep inside its support, exactly."""
_QUANTILES: Final[dict[str, Callable[[np.ndarray], np.ndarray]]] = {
    "uniform": np.array, "exponential": lambda p: -np.log1p(-p), "logistic": lambda p: np.log(p / (1 - p)),
    "laplace": lambda p: -np.sign(p - 0.5) * np.log1p(-2 * np.abs(p - 0.5)), "gumbel": lambda p: -np.log(-np.log(p)),
    "cauchy": lambda p: np.tan(np.pi * (p - 0.5)), "student_t": lambda p: np.tan(np.pi * (p - 0.5)),
}  # fmt: skip
DISCRETE: Final = ("bernoulli", "randint", "random_", "randperm", "multinomial", "poisson", "binomial", "choice",
                   "permutation", "geometric")  # fmt: skip


MOST_REQUESTS: Final = 5000
"""Requests of one call: a sampler that rejects never accepts noise that does not vary."""


class EndlessError(BaseException):
    """A call asked for noise without end: no `except Exception` of its own swallows it."""


@dataclass
class Drive:
    """One run's noise: numbers to hand out in the order in which they are asked for (zeros when they run out)."""

    numbers: np.ndarray = field(default_factory=lambda: np.zeros(0))
    distort: Callable[[str, np.ndarray], tuple[str, np.ndarray]] | None = None
    asked: list[tuple[str, tuple[int, ...]]] = field(default_factory=list)
    place: int = 0
    undriven: set[str] = field(default_factory=set)
    quantiles: np.ndarray | None = None
    """Where given, noise of other laws than the normal one is put there, whatever the numbers are."""
    given: dict[Any, np.ndarray] = field(default_factory=dict)
    """What was handed out for a key, where the same key means the same noise again."""

    def restart(self, numbers: np.ndarray) -> None:
        """Begin another run, with other numbers."""
        self.numbers, self.place = numbers, 0
        self.asked.clear()
        self.given.clear()

    def take(self, law: str, shape: Sequence[int]) -> np.ndarray:
        """Hand out noise of a standard law: of the normal law the numbers themselves, of others a shifted multiple."""
        if len(self.asked) >= MOST_REQUESTS:
            raise EndlessError
        shape = tuple(int(n) for n in shape)
        count = int(np.prod(shape))
        given: Any = np.zeros(count)
        chunk = self.numbers[self.place : self.place + count]
        if isinstance(chunk, np.ndarray):
            given[: len(chunk)] = chunk
        else:
            # numbers of many runs at once, in the array of a library that maps
            given = chunk
        self.place += count
        values = given.reshape(shape)
        start = self.place - count
        if self.distort:
            law, values = self.distort(law, values)
        self.asked.append((law, shape))
        if self.quantiles is not None and law in _QUANTILES:
            levels = np.full(count, 0.5)
            chosen = self.quantiles[start : start + count]
            levels[: len(chosen)] = chosen
            return _QUANTILES[law](levels).reshape(shape)
        base, slope = _SHIFTED.get(law, (0.0, 1.0))
        return base + slope * values

    @property
    def laws(self) -> list[str]:
        """The law of every single number that was asked for."""
        return [law for law, shape in self.asked for _ in range(int(np.prod(shape)))]


def _shape(size: Any, *parameters: Any) -> tuple[int, ...]:
    if size is None:
        return np.broadcast_shapes(*(np.shape(p) for p in parameters))
    return tuple(int(n) for n in np.atleast_1d(size))


class _Answers:
    """What NumPy's generators and module functions answer while the noise is driven."""

    def __init__(self, drive: Drive) -> None:
        self._drive = drive

    def _give(self, law: str, shape: tuple[int, ...]) -> Any:
        values = self._drive.take(law, shape)
        return values if shape else float(values)

    def randn(self, *shape: int) -> Any:
        return self._give("normal", shape)

    def rand(self, *shape: int) -> Any:
        return self._give("uniform", shape)

    def standard_normal(self, size: Any = None, dtype: Any = np.float64, out: Any = None) -> Any:
        shape = _shape(size) if out is None else out.shape
        values = self._give("normal", shape)
        if out is not None:
            out[...] = values
            return out
        return values.astype(dtype) if shape else values

    def normal(self, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
        return loc + scale * self._give("normal", _shape(size, loc, scale))

    def multivariate_normal(self, mean: Any, cov: Any, size: Any = None, *rest: Any, **options: Any) -> Any:
        # as NumPy does it; of a matrix that is no covariance this makes something else than a Cholesky factor would
        _, values, rows = np.linalg.svd(np.asarray(cov))
        noise = self._drive.take("normal", (*(() if size is None else _shape(size)), len(values)))
        return np.asarray(mean) + noise @ (np.sqrt(values)[:, None] * rows)

    def random(self, size: Any = None, dtype: Any = np.float64, out: Any = None) -> Any:
        return self._give("uniform", _shape(size))

    random_sample = random

    def uniform(self, low: Any = 0.0, high: Any = 1.0, size: Any = None) -> Any:
        return low + (high - low) * self._give("uniform", _shape(size, low, high))

    def exponential(self, scale: Any = 1.0, size: Any = None) -> Any:
        return scale * self._give("exponential", _shape(size, scale))

    def laplace(self, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
        return loc + scale * self._give("laplace", _shape(size, loc, scale))

    def logistic(self, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
        return loc + scale * self._give("logistic", _shape(size, loc, scale))

    def gumbel(self, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
        return loc + scale * self._give("gumbel", _shape(size, loc, scale))

    def standard_cauchy(self, size: Any = None) -> Any:
        return self._give("cauchy", _shape(size))

    def standard_t(self, df: Any, size: Any = None) -> Any:
        return self._give("student_t", _shape(size, df))


_ANSWERED: Final = tuple(name for name in vars(_Answers) if not name.startswith("_"))
_WATCHED: Final = ("randint", "integers", "choice", "binomial", "poisson", "permutation", "geometric", "gamma",
                   "standard_gamma", "chisquare", "beta", "lognormal")  # fmt: skip


_LISTED: Final = ("choice", "choices", "randint", "randrange", "sample", "shuffle", "getrandbits", "triangular",
                  "betavariate", "expovariate", "gammavariate", "lognormvariate")  # fmt: skip
"""What the standard library's module answers undriven."""


class _Generator(np.random.Generator):
    """A generator whose methods are replaced one by one."""


_OLD: Final[type] = np.random.RandomState


class _Kind(type):
    """The kind of a class that stands in for the older interface: what is an instance of that is one of it."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, _OLD)


class _RandomState(np.random.RandomState):
    """The same for the older interface."""


def _watched(original: Callable[..., Any], drive: Drive, law: str) -> Callable[..., Any]:
    def call(*arguments: Any, **options: Any) -> Any:
        drive.undriven.add({"integers": "randint"}.get(law, law))
        return original(*arguments, **options)

    return call


def generator(drive: Drive, old: bool = False) -> Any:
    """Return a NumPy generator (of the older interface if asked for) that hands out the noise of a drive."""
    made: Any = _RandomState(0) if old else _Generator(np.random.PCG64(0))
    answers = _Answers(drive)
    for name in _ANSWERED:
        if hasattr(made, name):
            setattr(made, name, getattr(answers, name))
    for name in _WATCHED:
        if hasattr(made, name):
            setattr(made, name, _watched(getattr(made, name), drive, name))
    return made


def _names_of(fn: Callable[..., Any]) -> Iterator[dict[str, Any]]:
    """Yield the places in which a function, or the object of a method, may keep a generator under a name."""
    inner = inspect.unwrap(fn)
    while isinstance(inner, functools.partial):
        yield inner.keywords
        inner = inner.func
    yield getattr(inner, "__globals__", {})
    for owner in (getattr(inner, "__self__", None), inner):
        kept = getattr(owner, "__dict__", {})
        if isinstance(kept, dict):
            yield kept
        yield getattr(vars(type(owner)).get("__call__"), "__globals__", {})


@contextlib.contextmanager
def kept_names(fn: Callable[..., Any]) -> Iterator[set[str]]:
    """Put back what a function leaves under names that it can write to, and add these names to a set."""
    changed: set[str] = set()
    before = [(names, dict(names)) for names in _names_of(fn)]
    try:
        yield changed
    finally:
        for names, old in before:
            for name in [name for name, value in names.items() if name not in old or old[name] is not value]:
                changed.add(name)
                if name in old:
                    names[name] = old[name]
                else:
                    del names[name]


class Swaps:
    """Attributes and names that are replaced for a while: in a module, and wherever a function keeps the old thing."""

    def __init__(self, fn: Callable[..., Any]) -> None:
        self._fn = fn
        self._undo: list[Callable[[], None]] = []
        self._swapped: dict[int, tuple[Any, Any]] = {}

    def __enter__(self) -> Swaps:
        return self

    def __exit__(self, *_: object) -> None:
        for step in reversed(self._undo):
            step()

    def put(self, owner: Any, name: str, new: Any) -> None:
        """Replace an attribute."""
        old = getattr(owner, name)
        self._swapped.setdefault(id(old), (old, new))
        setattr(owner, name, new)
        self._undo.append(lambda: setattr(owner, name, old))

    def put_names(self, other: Callable[[Any], Any] = lambda _: None) -> None:
        """Replace what the function has imported, or keeps, under a name: what was `put`, and what ``other`` knows."""

        def new_of(value: Any) -> Any:
            found = other(value)
            return self._swapped.get(id(value), (None, None))[1] if found is None else found

        for names in (n for n in _names_of(self._fn) if n is not globals()):
            for name, value in list(names.items()):
                if (new := new_of(value)) is not None:
                    names[name] = new
                    self._undo.append(functools.partial(names.__setitem__, name, value))
        for cell in getattr(inspect.unwrap(self._fn), "__closure__", None) or ():
            value = None
            with contextlib.suppress(ValueError):
                value = cell.cell_contents
            if (new := new_of(value)) is not None:
                cell.cell_contents = new
                self._undo.append(functools.partial(setattr, cell, "cell_contents", value))


@contextlib.contextmanager
def _numpy(drive: Drive, fn: Callable[..., Any]) -> Iterator[None]:
    """Answer for NumPy's module functions, the standard library's, and generators that the function keeps."""
    answers = _Answers(drive)

    def other(value: Any) -> Any:
        if isinstance(value, np.random.Generator | _OLD):
            return generator(drive, isinstance(value, _OLD))
        return None

    with Swaps(fn) as swaps:
        for name in (*_ANSWERED, *_WATCHED):
            if hasattr(np.random, name):
                new = getattr(answers, name, None) or _watched(getattr(np.random, name), drive, name)
                swaps.put(np.random, name, new)
        swaps.put(np.random, "default_rng", lambda *_: generator(drive))
        made = {"__new__": lambda *_, **__: generator(drive, True)}
        swaps.put(np.random, "RandomState", _Kind("RandomState", (), made))
        swaps.put(random, "gauss", answers.normal)
        swaps.put(random, "normalvariate", answers.normal)
        swaps.put(random, "random", answers.random)
        for name in _LISTED:
            swaps.put(random, name, _watched(getattr(random, name), drive, name))
        swaps.put(random, "uniform", answers.uniform)
        swaps.put_names(other)
        yield


@contextlib.contextmanager
def driven(drive: Drive, fn: Callable[..., Any], backend: str) -> Iterator[None]:
    """While this holds, everything random that the function asks for comes from the drive; then all is as before."""
    with _numpy(drive, fn), library(backend).driving(drive, fn):
        yield
