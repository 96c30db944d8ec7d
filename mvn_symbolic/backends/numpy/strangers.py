"""Lives here: how a judge calls functions of NumPy that it did not write. May not live here: judges.

Noise of NumPy is driven for every library: code of each may ask for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from mvn_symbolic.verify.contracts.calls.libraries import Library, Switch
from mvn_symbolic.verify.contracts.calls.noise import Drive, generator


class _NumPy(Library):
    squeezes = True

    def tensors(self, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
        return arrays

    def joined(self, one: Any, two: Any, axis: int) -> Any:
        return np.concatenate([one, two], axis=axis)

    def switches(self) -> dict[str, Switch]:
        return {
            "NumPy's treatment of floating-point errors": Switch(np.geterr, lambda kept: np.seterr(**kept)),
            "how NumPy prints": Switch(np.get_printoptions, lambda kept: np.set_printoptions(**kept)),
        }

    def generator(self, seed: int) -> Callable[[], Any]:
        made = np.random.default_rng(seed)
        return lambda: made

    def driven_generator(self, drive: Drive) -> Callable[[], Any]:
        made = generator(drive)
        return lambda: made


LIBRARY: Final = _NumPy("numpy")
