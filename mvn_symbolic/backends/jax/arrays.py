"""Lives here: how a judge speaks to JAX. May not live here: checks."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Final

import jax
import numpy as np

from mvn_symbolic.verify.backends import Backend


def _native(array: np.ndarray) -> Any:
    # JAX may look into the memory that it is given: a copy is nobody else's, and made by JAX it would be compiled
    return jax.device_put(np.array(array))


def _settings(dtype: np.dtype) -> AbstractContextManager[Any]:
    """float64 where it is judged, and else what JAX does by itself."""
    return jax.enable_x64(dtype == np.float64)


def _backward(function: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    return jax.grad(function, tuple(range(len(arguments))))(*arguments)


ARRAYS: Final = Backend(
    to_native=_native,
    to_numpy=np.asarray,
    is_native=lambda x: isinstance(x, jax.Array),
    # nobody can write into a JAX array, but a caller may give its memory away: then a result must not look into it
    share=lambda x, y: x.size > 0 and y.size > 0 and x.unsafe_buffer_pointer() == y.unsafe_buffer_pointer(),
    owns=lambda _: True,
    settings=_settings,
    compiles=True,
    differentiate={"jax.grad": _backward},
)
