"""Lives here: the expectation of a function that draws, as a function of its arguments, by points of its noise.
May not live here: which points (`judges.estimates`, `judges.smooth_estimates`), what is expected."""

from __future__ import annotations

import functools
import inspect
from abc import abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar, cast

import numpy as np

from mvn_symbolic.verify.contracts.calls.libraries import Library
from mvn_symbolic.verify.contracts.calls.noise import Drive
from mvn_symbolic.verify.contracts.calls.noisy import Form
from mvn_symbolic.verify.contracts.calls.remembered import Remembered


class Expectation(Remembered):
    """The expectation over noise, as a function of the arguments that are not noise."""

    cancelled: ClassVar[float] = 0.0
    """Share of its terms below which a gradient is rounding, and zero."""

    def __init__(self, library: Library, form: Form) -> None:
        super().__init__()
        self.library, self.form = library, form

    @abstractmethod
    def _plan(self, drive: Drive, arguments: tuple[Any, ...]) -> tuple[Any, np.ndarray, np.ndarray]:
        """Return a value without noise, the points (points, numbers) and their weights; no numbers without noise."""

    def _compute(self, arguments: tuple[Any, ...]) -> Any:
        drive = Drive()
        with self.form.ready(drive):
            first, points, weights = self._plan(drive, arguments)
            if not points.shape[1]:
                return first
            kept = _Snapped(self.library, arguments, self.cancelled)
            return self.form.mean(drive, points, weights, kept.arguments, kept.watches)

    def pulled(self, given: tuple[Any, ...], upstream: Any) -> tuple[list[Any], Any] | None:
        """Return gradients for weights of the result, and the result, where the form has `mean_pulled`; else None."""
        drive, form = Drive(), cast("Any", self.form)
        _, points, weights = self._plan(drive, given)
        found = form.mean_pulled(drive, points, weights, given, upstream) if points.shape[1] else None
        if found is None:
            return None
        slopes, sizes, out = found
        pairs = [(np.asarray(slope), np.asarray(size)) for slope, size in zip(slopes, sizes, strict=True)]
        return [slope * (np.abs(slope) > self.cancelled * size) for slope, size in pairs], out

    def named(self, name: str, arguments: int) -> Callable[..., Any]:
        """Return it as a function with a name and so many arguments."""

        def expectation(*given: Any) -> Any:
            return self(*given)

        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        names = [inspect.Parameter(f"argument_{n}", kind) for n in range(arguments)]
        expectation.__signature__ = inspect.Signature(names)  # type: ignore[attr-defined]
        expectation.__name__ = name
        if hasattr(self.form, "mean_pulled"):
            expectation.pulled = self.pulled  # type: ignore[attr-defined]
        return expectation


class _Snapped:
    """Arguments whose gradient is zero where what the points add up to is rounding: a sum of terms that cancel."""

    def __init__(self, library: Library, arguments: tuple[Any, ...], cancelled: float) -> None:
        self.cancelled = cancelled
        followed = [p for p, argument in enumerate(arguments) if cancelled and library.traced(argument)]
        self.sizes: dict[int, Any] = dict.fromkeys(followed, 0.0)
        self.arguments = tuple(
            library.hooked(argument, functools.partial(self._snapped, place)) if place in self.sizes else argument
            for place, argument in enumerate(arguments)
        )
        self.watches = tuple(
            functools.partial(self._added, place) for place in range(len(arguments) if cancelled else 0)
        )
        """How large the gradients of the points are is added up on the way back."""

    def _snapped(self, place: int, gradient: Any) -> Any:
        return gradient * (abs(gradient) > self.cancelled * self.sizes[place])

    def _added(self, place: int, sizes: Any) -> None:
        self.sizes[place] = self.sizes.get(place, 0.0) + sizes
