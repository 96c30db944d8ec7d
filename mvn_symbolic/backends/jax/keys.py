"""Lives here: what noise a key means while noise is driven: handed out, or asked for by a function that is traced.
May not live here: what `jax.random` answers (`strangers`), compiled functions (`staged`)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from mvn_symbolic.verify.contracts.calls.noise import MOST_REQUESTS, Drive, EndlessError


def rows(drive: Drive, law: str, shape: tuple[int, ...], keys: np.ndarray) -> Any:
    """Hand out noise for keys (..., width of a key): a key that was asked before gives what it gave."""
    flat = keys.reshape(-1, keys.shape[-1])
    names = [(law, shape, row.tobytes()) for row in flat]
    new = list(dict.fromkeys(name for name in names if name not in drive.given))
    if new:
        # one block for a whole batch of keys, as one key for a whole batch would give
        taken = drive.take(law, (len(new), *shape) if keys.ndim > 1 else shape).reshape(len(new), *shape)
        drive.given |= dict(zip(new, taken, strict=True))
    found = [drive.given[name] for name in names]
    stack: Any = np.stack if all(isinstance(row, np.ndarray) for row in found) else jnp.stack
    return stack(found).reshape(keys.shape[:-1] + shape)


class Request(NamedTuple):
    """Noise that a function asks for: of a law, of a shape, for keys of leading axes; None where there is no key."""

    law: str
    shape: tuple[int, ...]
    batch: tuple[int, ...] | None

    @property
    def size(self) -> int:
        """How many numbers are handed out."""
        return math.prod((self.batch or ()) + self.shape)


class Recorder(Drive):
    """A drive for one tracing: requests are written down, and answered with entries of an array of that trace.

    While a function is traced its keys are no numbers. So they are given back beside the result, and who runs the
    compiled function reads from them which requests mean the same noise.
    """

    def __init__(self, given: Any = None) -> None:
        super().__init__()
        self.requests: list[Request] = []
        self.keys: list[Any] = []
        self._values, self._next = given, 0

    def take(self, law: str, shape: Sequence[int]) -> Any:
        """Answer a request that has no key."""
        return self._answer(Request(law, tuple(int(n) for n in shape), None))

    def keyed(self, law: str, shape: tuple[int, ...], keys: Any) -> Any:
        """Answer a request for keys (..., width of a key)."""
        self.keys.append(jnp.asarray(keys))
        return self._answer(Request(law, shape, tuple(keys.shape[:-1])))

    def follows(self, keys: Any) -> bool:
        """Whether keys belong to the trace itself, and not to a transformation inside of it."""
        return not isinstance(keys, jax.core.Tracer) or type(keys) is type(jnp.zeros(()))

    def _answer(self, request: Request) -> Any:
        if len(self.requests) >= MOST_REQUESTS:
            raise EndlessError
        self.requests.append(request)
        start, self._next = self._next, self._next + request.size
        shape = (request.batch or ()) + request.shape
        # the first tracing only counts
        return jnp.zeros(shape) if self._values is None else self._values[start : self._next].reshape(shape)


def replayed(drive: Drive, requests: Sequence[Request], keys: Sequence[np.ndarray]) -> np.ndarray:
    """Return what a drive hands out for requests whose keys are known now, side by side."""
    left, found = list(keys), [np.zeros(0)]
    for law, shape, batch in requests:
        values = drive.take(law, shape) if batch is None else rows(drive, law, shape, left.pop(0))
        found.append(np.ravel(values))
    return np.concatenate(found)
