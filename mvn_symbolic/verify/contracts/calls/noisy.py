"""Lives here: a function that draws, as a function of its arguments and of the drive of its noise.
May not live here: how noise is driven (`noise`), what is concluded from it (`affine`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from mvn_symbolic.verify.contracts.calls.libraries import library
from mvn_symbolic.verify.contracts.calls.noise import Drive, driven

Make = Callable[[], Any]
"""Makes what a function takes as its generator."""


class Form(Protocol):
    """A way to call a function that draws: as it is (`Noisy`), or as a library makes it for many calls."""

    def ready(self, drive: Drive) -> AbstractContextManager[Any]:
        """While this holds, the noise of calls comes from the drive."""

    def __call__(self, drive: Drive, arguments: Sequence[Any]) -> Any:
        """Call the function; its noise is what the drive hands out."""

    def mean(
        self,
        drive: Drive,
        points: np.ndarray,
        weights: np.ndarray,
        arguments: Sequence[Any],
        watches: Sequence[Callable[[Any], None]] = (),
    ) -> Any:
        """Return the sum of weighted results, each with a point as its noise."""


@dataclass(frozen=True)
class Noisy:
    """A function that draws, called as it is."""

    call: Callable[[Drive, Make, Sequence[Any]], Any]
    """Calls it once, with noise that is driven already."""
    inner: Callable[..., Any]
    """The stranger's own function, in whose names noise is looked for."""
    backend: str
    pure: bool
    """Whether its noise comes by an argument; else it keeps, somewhere, what it draws from."""

    def ready(self, drive: Drive) -> AbstractContextManager[Any]:
        return driven(drive, self.inner, self.backend)

    def __call__(self, drive: Drive, arguments: Sequence[Any]) -> Any:
        return self.call(drive, lambda: library(self.backend).driven_generator(drive)(), arguments)

    def mean(
        self,
        drive: Drive,
        points: np.ndarray,
        weights: np.ndarray,
        arguments: Sequence[Any],
        watches: Sequence[Callable[[Any], None]] = (),
    ) -> Any:
        def at(point: Any, *given: Any) -> Any:
            drive.restart(point)
            return self(drive, given)

        return library(self.backend).weighted(at, points, weights, arguments, watches)
