"""Lives here: one tensor that holds means and raw scales: along which axis, how it is taken apart and put together.
May not live here: what the halves mean (`layout`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mvn_symbolic.errors import ArgumentError

if TYPE_CHECKING:
    import numpy as np  # contracts are written down where nothing heavy may be loaded

LAST = -1


class OpenAxis(int):
    """The last axis, where nobody named one."""


OPEN = OpenAxis(LAST)


def settled_axis(contract: Any) -> int:
    """Return the axis of the halves counted from the last, however the contract says it; refuse one of the batch."""
    axis, whole = contract.packed_axis, contract.batch_ndim + contract.event_ndim
    if not isinstance(axis, int) or isinstance(axis, bool):
        raise ArgumentError(f"`packed_axis` must be an integer; got {axis!r}. Give the `dim` of your chunk or split.")
    if "packed" not in contract.laws.values():
        if axis != LAST:
            raise ArgumentError(
                f"`packed_axis` must be left out where nothing is packed; got {axis}. Leave it out, or say packed."
            )
        return axis
    behind = axis - whole if axis >= 0 else axis
    if not -contract.event_ndim <= behind <= LAST:
        raise ArgumentError(
            f"`packed_axis` must be one of the {contract.event_ndim} axes of an event, behind {contract.batch_ndim} of "
            f"the batch; got {axis}. Set `event_ndim`: 3 for pictures with channels, with `packed_axis` 1."
        )
    return behind


def parted(array: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the means and the raw scales of one tensor."""
    import numpy as np

    mean, raw = np.split(array, 2, axis=axis)
    return mean, raw


def joined(mean: np.ndarray, raw: np.ndarray, axis: int) -> np.ndarray:
    """Put means and raw scales into one tensor."""
    import numpy as np

    return np.concatenate([mean, raw], axis=axis)
