"""Lives here: how a judge calls functions of JAX that it did not write, and what it answers for noise by keys.
May not live here: judges, compiled functions (`quick`, `staged`).

Noise is driven where `jax.random` is asked for it, with compilation switched off: a compiled function would keep what
it was traced with. The same key means the same numbers again, as it does without us.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np

from mvn_symbolic.backends.jax.keys import Recorder, rows
from mvn_symbolic.backends.jax.quick import pulled, quick
from mvn_symbolic.backends.jax.staged import Staged
from mvn_symbolic.verify.contracts.calls.libraries import Library, Switch
from mvn_symbolic.verify.contracts.calls.noise import Drive, Swaps
from mvn_symbolic.verify.contracts.calls.noisy import Form, Noisy

_LAWS: Final = {"normal": "normal", "uniform": "uniform", "exponential": "exponential", "laplace": "laplace",
                "logistic": "logistic", "gumbel": "gumbel", "cauchy": "cauchy"}  # fmt: skip
"""Functions of a key, a shape and a dtype -> the standard law that they draw from."""
_WATCHED: Final = ("bernoulli", "randint", "choice", "permutation", "binomial", "poisson", "geometric", "categorical",
                   "rademacher", "truncated_normal", "t", "gamma", "beta", "dirichlet", "chisquare", "bits", "ball",
                   "orthogonal", "maxwell", "rayleigh", "lognormal", "double_sided_maxwell", "weibull_min",
                   "generalized_normal", "loggamma", "pareto", "f", "wald", "triangular", "multinomial")  # fmt: skip


def _summed(watch: Callable[[Any], None], sizes: Any) -> None:
    watch(sizes.sum(0))


class _Answers:
    """What `jax.random` answers while noise is driven."""

    def __init__(self, drive: Drive) -> None:
        self.drive, self.active, self._inside = drive, True, 0

    def standard(self, law: str, original: Callable[..., Any]) -> Callable[..., Any]:
        """Return what stands for a function of a key, a shape and a dtype."""

        @functools.wraps(original)
        def draw(key: Any, shape: Any = (), dtype: Any = float, *rest: Any, **options: Any) -> Any:
            floats = jax.dtypes.canonicalize_dtype(dtype if dtype is not None else float)
            plain = law == "uniform" or not (rest or options)
            if self._inside or not self.active or not plain or not np.issubdtype(floats, np.floating):
                if self.active and not self._inside:
                    self.drive.undriven.add(law)
                return original(key, shape, dtype, *rest, **options)
            values = self._values(law, original, key, _shape(shape), floats)
            return _between(values, *rest, **options) if law == "uniform" else values

        return draw

    def watched(self, name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        """Return what stands for a function whose numbers are its own."""

        @functools.wraps(original)
        def draw(*arguments: Any, **options: Any) -> Any:
            if self.active and not self._inside:
                self.drive.undriven.add(name)
            self._inside += 1
            try:
                return original(*arguments, **options)
            finally:
                self._inside -= 1

        return draw

    def _values(self, law: str, original: Callable[..., Any], key: Any, shape: tuple[int, ...], dtype: Any) -> Any:
        data = jax.random.key_data(key) if jnp.issubdtype(key.dtype, jax.dtypes.prng_key) else key
        return self._given(law, original, data, shape, dtype)

    def _given(self, law: str, original: Callable[..., Any], data: Any, shape: tuple[int, ...], dtype: Any) -> Any:
        """Hand out noise for the data of keys (..., width of a key)."""
        if isinstance(self.drive, Recorder) and self.drive.follows(data):
            return jnp.asarray(self.drive.keyed(law, shape, data), dtype)
        if not isinstance(data, jax.core.Tracer):
            return jnp.asarray(rows(self.drive, law, shape, np.asarray(data)), dtype)

        def answer(keys: Any) -> np.ndarray:
            if isinstance(self.drive, Recorder):
                raise RuntimeError("these keys are known only while the function runs")
            keys = np.asarray(keys)
            if not self.active:
                # a transformation may have kept this call for later: then it draws as it did before
                return np.asarray(_drawn(original, keys, shape, dtype))
            return rows(self.drive, law, shape, keys).astype(dtype)

        wanted = jax.ShapeDtypeStruct(data.shape[:-1] + shape, dtype)

        @jax.custom_batching.custom_vmap
        def later(keys: Any) -> Any:
            return jax.pure_callback(answer, wanted, keys, vmap_method="expand_dims")

        @later.def_vmap
        def _(size: int, batched: list[bool], keys: Any) -> tuple[Any, bool]:
            # under vmap alone the keys of the whole batch are known now: no callback is compiled
            return self._given(law, original, keys, shape, dtype), True

        return later(data)


def _drawn(original: Callable[..., Any], keys: np.ndarray, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    flat = keys.reshape(-1, keys.shape[-1])
    drawn = [np.asarray(original(jnp.asarray(key), shape, dtype)) for key in flat]
    return np.stack(drawn).reshape(keys.shape[:-1] + shape)


def _between(values: Any, minval: Any = 0.0, maxval: Any = 1.0, **_: Any) -> Any:
    return minval + (maxval - minval) * values


def _shape(shape: Any) -> tuple[int, ...]:
    return tuple(int(n) for n in np.atleast_1d(shape)) if np.size(shape) else ()


class _JAX(Library):
    differentiates = True
    patience = 4.0

    def quick(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        return fn if hasattr(fn, "pulled") else quick(fn)

    def differentiate(
        self, fn: Callable[..., Any], given: Sequence[Any], upstream: np.ndarray
    ) -> tuple[list[np.ndarray | None], Any]:
        own = getattr(fn, "pulled", None)
        found = own(tuple(given), upstream) if own else None
        slopes, out = found or pulled(fn, tuple(given), upstream)
        return [np.asarray(slope, dtype=np.float64) for slope in slopes], out

    def traced(self, array: Any) -> bool:
        return isinstance(array, jax.core.Tracer)

    def detached(self, array: Any) -> Any:
        return jax.lax.stop_gradient(array)

    def hooked(self, array: Any, change: Callable[[Any], Any]) -> Any:
        @jax.custom_vjp
        def through(x: Any) -> Any:
            return x

        through.defvjp(lambda x: (x, None), lambda _, g: (change(g),))
        return through(array)

    def weighted(
        self,
        call: Callable[..., Any],
        points: np.ndarray,
        weights: np.ndarray,
        arguments: Sequence[Any],
        watches: Sequence[Callable[[Any], None]] = (),
    ) -> Any:
        """Ask for all points at once: one by one each operation has its price."""
        wide = [jnp.broadcast_to(jnp.asarray(a), (len(points), *jnp.shape(a))) for a in arguments]
        shown = [functools.partial(_summed, watch) for watch in watches]
        try:
            given = [self.watched(a, watch) for a, watch in itertools.zip_longest(wide, shown)]
            found = jax.vmap(call)(jnp.asarray(points, dtype=wide[0].dtype), *given)
            return jnp.tensordot(jnp.asarray(weights, dtype=found.dtype), found, axes=1)
        except Exception:  # noqa: BLE001 - whatever a stranger's code does that cannot be mapped
            return super().weighted(call, points, weights, arguments, watches)

    def joined(self, one: Any, two: Any, axis: int) -> Any:
        return jnp.concatenate([one, two], axis=axis)

    def switches(self) -> dict[str, Switch]:
        return {
            f"JAX's {name}": Switch(
                functools.partial(getattr, jax.config, name), functools.partial(jax.config.update, name)
            )
            for name in ("jax_enable_x64", "jax_debug_nans", "jax_disable_jit")
        }

    def generator(self, seed: int) -> Callable[[], Any]:
        """Return what makes keys: a new one for each call, as callers of such a function make them."""
        first = jax.random.PRNGKey(seed)
        count = itertools.count()
        return lambda: jax.random.fold_in(first, next(count))

    def driven_generator(self, drive: Drive) -> Callable[[], Any]:
        return _new_key

    def staged(self, noisy: Noisy) -> Form:
        # a key that is kept somewhere would be one of the trace, and of no use after it
        return Staged(noisy, _new_key) if noisy.pure else noisy

    @contextmanager
    def driving(self, drive: Drive, fn: Callable[..., Any]) -> Iterator[None]:
        if isinstance(jnp.zeros(()), jax.core.Tracer) and not isinstance(drive, Recorder):
            raise RuntimeError("noise is driven outside of compiled functions")
        answers = _Answers(drive)
        with Swaps(fn) as swaps, jax.disable_jit():
            try:
                for module in _modules():
                    for name in (*_LAWS, *_WATCHED):
                        if original := getattr(module, name, None):
                            law = _LAWS.get(name)
                            new = answers.standard(law, original) if law else answers.watched(name, original)
                            swaps.put(module, name, new)
                swaps.put_names()
                yield
            finally:
                answers.active = False


_RUNS: Final = itertools.count(1)


def _new_key() -> Any:
    """Return a key of its own for each run: noise that cannot be driven must not come again.

    Any numbers are a key. To make one by `jax.random` takes longer than a run, and `numpy.random` may be driven.
    """
    numbers = hashlib.shake_128(str(next(_RUNS)).encode()).digest(4 * _key_width())
    return jax.device_put(np.frombuffer(numbers, dtype=np.uint32))


@functools.cache
def _key_width() -> int:
    return int(jax.random.PRNGKey(0).shape[0])


def _modules() -> list[Any]:
    """Return the modules that draw: the public one, and those whose functions call each other by name."""
    inner = {getattr(jax.random, name).__module__ for name in _LAWS}
    return [jax.random, *(sys.modules[name] for name in sorted(inner - {"jax.random"}) if name in sys.modules)]


LIBRARY: Final = _JAX("jax")
