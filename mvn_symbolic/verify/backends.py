"""Lives here: how a judge speaks to each array library: arrays in, results out, storage shared or not.
May not live here: checks, or an import of a library before a function of that library is judged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import numpy as np


class Backend(NamedTuple):
    """One array library, as far as a judge needs it."""

    to_native: Callable[[np.ndarray], Any]
    """A fresh array of the library, with the same entries, dtype, shape and strides."""
    to_numpy: Callable[[Any], np.ndarray]
    """The entries of a result."""
    is_native: Callable[[Any], bool]
    """Whether a result is of the library's own type (for NumPy also a scalar)."""
    share: Callable[[Any, Any], bool]
    """Whether two arrays may share memory."""
    owns: Callable[[Any], bool]
    """Whether every entry of a result has memory of its own that can be written."""


def _numpy_native(array: np.ndarray) -> np.ndarray:
    native = array.copy(order="K")
    native.setflags(write=False)  # writing into an argument raises at once
    return native


def _torch_native(array: np.ndarray) -> Any:
    import torch

    # a copy in the order of the memory, seen through the same strides
    return torch.from_numpy(array.copy(order="K"))


def _torch_numpy(result: Any) -> np.ndarray:
    return result.detach().cpu().resolve_conj().resolve_neg().numpy()


def _is_tensor(result: Any) -> bool:
    import torch

    return isinstance(result, torch.Tensor)


def _torch_share(first: Any, second: Any) -> bool:
    same = first.untyped_storage().data_ptr() == second.untyped_storage().data_ptr()
    return same and first.numel() > 0 and second.numel() > 0


def _numpy_owns(result: Any) -> bool:
    if isinstance(result, np.generic):
        return True
    return result.flags.writeable and _distinct(result.shape, result.strides)


def _torch_owns(result: Any) -> bool:
    return _distinct(tuple(result.shape), result.stride())


def _distinct(shape: tuple[int, ...], strides: tuple[int, ...]) -> bool:
    return all(size <= 1 or stride != 0 for size, stride in zip(shape, strides, strict=True))


BACKENDS: Final[dict[str, Backend]] = {
    "numpy": Backend(
        _numpy_native, np.asarray, lambda x: isinstance(x, np.ndarray | np.generic), np.may_share_memory, _numpy_owns
    ),
    "torch": Backend(_torch_native, _torch_numpy, _is_tensor, _torch_share, _torch_owns),
}
"""Name -> array library; a new one joins by one line."""
