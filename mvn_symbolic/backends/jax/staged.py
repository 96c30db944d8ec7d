"""Lives here: functions that draw by keys, compiled once for each shape, with their noise as an argument.
May not live here: what a key means (`keys`), what `jax.random` answers (`strangers`), judges.

Called as it is, each operation of such a function is compiled for itself, at each shape. So it is traced once, with the
answers of a `Recorder`, and the compiled function is given noise as it is given arguments. Its keys come back beside
the result: which of them are the same, and so mean the same noise, is known only then.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import ClosedJaxpr, jaxpr_as_fun

from mvn_symbolic.backends.jax.keys import Recorder, Request, replayed
from mvn_symbolic.backends.jax.quick import compiled, pulled
from mvn_symbolic.verify.contracts.calls.noise import Drive, kept_names
from mvn_symbolic.verify.contracts.calls.noisy import Noisy

_LONGEST: Final = 3000
"""Operations of one trace: loops are written out, and such a list takes longer to compile than to run."""


class _UnfitError(Exception):
    """A function that is not the same each time it is traced, remembers something, or draws what cannot be driven."""


@dataclass(frozen=True)
class _Shape:
    """A function at one shape of its arguments."""

    requests: tuple[Request, ...]
    value: Callable[..., Any]
    """Of a key, noise and arguments: the result and the keys that were asked for."""
    back: Callable[..., Any]
    """Of a key, noise, arguments and weights: their gradients and the result."""
    mean: Callable[..., Any]
    """Of a key, rows of noise, their weights and arguments: the weighted sum of results, and the keys of each row."""
    mean_back: Callable[..., Any]
    """Of the same and weights of the result: gradients, what their terms add up to without their signs, the result."""


class Staged:
    """A function that draws, for many calls. What cannot be traced, or compiled, is called as it is."""

    def __init__(self, noisy: Noisy, new_key: Callable[[], Any]) -> None:
        self._noisy, self._new_key = noisy, new_key
        self._known: dict[Any, _Shape | None] = {}

    def ready(self, drive: Drive) -> AbstractContextManager[Any]:
        """Nothing is to be made ready: noise is an argument."""
        return contextlib.nullcontext()

    def __call__(self, drive: Drive, arguments: Sequence[Any]) -> Any:
        """Call the function; its noise is what the drive hands out."""

        def call(shape: _Shape, key: Any) -> Any:
            noise, keys = self._noise(shape, key, drive, arguments)
            out, again = shape.value(key, noise, *arguments)
            _same(keys, again)
            return out

        return self._else(call, drive, arguments, lambda: self._plainly(drive, arguments))

    def pulled(self, drive: Drive, given: Sequence[Any], upstream: Any) -> Any:
        """Return gradients by the arguments for weights of the result, and the result."""

        def call(shape: _Shape, key: Any) -> Any:
            noise, _ = self._noise(shape, key, drive, given)
            return shape.back(key, noise, tuple(given), upstream)

        plainly = lambda: pulled(lambda *a: self._plainly(drive, a), tuple(given), upstream)  # noqa: E731
        return self._else(call, drive, given, plainly)

    def mean(
        self,
        drive: Drive,
        points: np.ndarray,
        weights: np.ndarray,
        arguments: Sequence[Any],
        watches: Sequence[Callable[[Any], None]] = (),
    ) -> Any:
        """Return the sum of weighted results, each with a point as its noise."""

        def call(shape: _Shape, key: Any) -> Any:
            noise, keys = self._rows(shape, key, drive, points, arguments)
            out, again = shape.mean(key, noise, weights, *arguments)
            _same([np.broadcast_to(one, (len(points), *one.shape)) for one in keys], again)
            return out

        def plainly() -> Any:
            with self._noisy.ready(drive):
                return self._noisy.mean(drive, points, weights, arguments, watches)

        return self._else(call, drive, arguments, plainly)

    def mean_pulled(
        self, drive: Drive, points: np.ndarray, weights: np.ndarray, given: Sequence[Any], upstream: Any
    ) -> Any:
        """Return gradients of the `mean`, what the terms of each add up to without their signs, and the result.

        None where this cannot be compiled.
        """

        def call(shape: _Shape, key: Any) -> Any:
            noise, _ = self._rows(shape, key, drive, points, given)
            return shape.mean_back(key, noise, weights, tuple(given), upstream)

        return self._else(call, drive, given, lambda: None)

    def _plainly(self, drive: Drive, arguments: Sequence[Any]) -> Any:
        with self._noisy.ready(drive):
            return self._noisy(drive, arguments)

    def _else(
        self, call: Callable[[_Shape, Any], Any], drive: Drive, arguments: Sequence[Any], plainly: Callable[[], Any]
    ) -> Any:
        """Make a compiled call, or another where that does not work: what raises in both raises there."""
        if any(isinstance(argument, jax.core.Tracer) for argument in arguments):
            return plainly()
        shapes = (*((a.shape, str(a.dtype)) for a in arguments), jax.config.jax_enable_x64)
        before = drive.place, list(drive.asked), dict(drive.given)
        try:
            key = self._new_key()
            if shapes not in self._known:
                self._known[shapes] = self._shape(key, arguments)
            if (shape := self._known[shapes]) is not None:
                return call(shape, key)
        except Exception:  # noqa: BLE001 - whatever a stranger's code raises while it is traced
            drive.place, drive.asked[:], drive.given = before
            result = plainly()
            self._known[shapes] = None
            return result
        return plainly()

    def _shape(self, key: Any, arguments: Sequence[Any]) -> _Shape:
        counted, _, _ = self._traced(key, None, arguments)
        size = sum(request.size for request in counted.requests)
        recorder, closed, tree = self._traced(key, np.zeros(size), arguments)
        if recorder.requests != counted.requests or recorder.undriven or len(closed.eqns) > _LONGEST:
            raise _UnfitError
        inner = jaxpr_as_fun(closed)

        def value(key: Any, noise: Any, *given: Any) -> Any:
            return jax.tree.unflatten(tree, inner(key, noise, *jax.tree.leaves(given)))

        def back(key: Any, noise: Any, given: tuple[Any, ...], upstream: Any) -> Any:
            return pulled(lambda *a: value(key, noise, *a)[0], given, upstream)

        def mean(key: Any, noise: Any, weights: Any, *given: Any) -> Any:
            out, keys = jax.vmap(lambda row: value(key, row, *given))(noise)
            return jnp.tensordot(weights.astype(out.dtype), out, axes=1), keys

        def mean_back(key: Any, noise: Any, weights: Any, given: tuple[Any, ...], upstream: Any) -> Any:
            slopes, out = jax.vmap(lambda row: back(key, row, given, upstream))(noise)
            shares = [_weighted(weights, slope) for slope in slopes]
            sizes = [abs(share).sum(0) for share in shares]
            return [share.sum(0) for share in shares], sizes, _weighted(weights, out).sum(0)

        return _Shape(tuple(recorder.requests), *map(compiled, (value, back, mean, mean_back)))

    def _traced(self, key: Any, noise: Any, arguments: Sequence[Any]) -> tuple[Recorder, ClosedJaxpr, Any]:
        found: list[Recorder] = []

        def fn(key: Any, noise: Any, *given: Any) -> Any:
            recorder = Recorder(noise)
            found.append(recorder)
            with self._noisy.ready(recorder):
                return self._noisy.call(recorder, lambda: key, given), recorder.keys

        with kept_names(self._noisy.inner) as changed:
            closed, shapes = jax.make_jaxpr(fn, return_shape=True)(key, noise, *arguments)
        if changed:
            raise _UnfitError
        return found[0], closed, jax.tree.structure(shapes)

    def _noise(self, shape: _Shape, key: Any, drive: Drive, arguments: Sequence[Any]) -> tuple[np.ndarray, list[Any]]:
        keys = self._asked(shape, key, arguments)
        return replayed(drive, shape.requests, keys), keys

    def _rows(
        self, shape: _Shape, key: Any, drive: Drive, points: np.ndarray, arguments: Sequence[Any]
    ) -> tuple[np.ndarray, list[Any]]:
        keys = self._asked(shape, key, arguments)
        rows = []
        for point in points:
            drive.restart(point)
            rows.append(replayed(drive, shape.requests, keys))
        return np.stack(rows), keys

    def _asked(self, shape: _Shape, key: Any, arguments: Sequence[Any]) -> list[np.ndarray]:
        """Return the keys that are asked for."""
        if all(request.batch is None for request in shape.requests):
            return []
        size = sum(request.size for request in shape.requests)
        return [np.asarray(one) for one in shape.value(key, np.zeros(size), *arguments)[1]]


def _weighted(weights: Any, terms: Any) -> Any:
    return weights.astype(terms.dtype).reshape(-1, *([1] * (terms.ndim - 1))) * terms


def _same(keys: Sequence[Any], again: Sequence[Any]) -> None:
    """Refuse keys that the noise itself decides about."""
    if any(not np.array_equal(one, two) for one, two in itertools.zip_longest(keys, again)):
        raise _UnfitError
