"""Lives here: a function under test with what it claims to be: how to call it, and what a result must look like.
May not live here: checks, or expected values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from mvn_symbolic.verify import signatures
from mvn_symbolic.verify.backends import BACKENDS, Backend
from mvn_symbolic.verify.points import random_arguments

EVENT_SIZE: Final = 3


@dataclass(frozen=True)
class Failure:
    """One objection: which check, and what was expected and found."""

    check: str
    message: str

    def __str__(self) -> str:
        return f"{self.check}: {self.message}"


@dataclass(frozen=True)
class Subject:
    """A function under test and what it claims to be."""

    fn: Callable[..., Any]
    backend_name: str
    parameterization: str
    name: str
    dtype: np.dtype
    rng: np.random.Generator

    @property
    def backend(self) -> Backend:
        """The array library."""
        return BACKENDS[self.backend_name]

    @property
    def kind(self) -> str:
        """``value``, ``grad``, ``value_and_grad``, ``vjp`` or ``jvp``."""
        return signatures.parse(self.name).kind

    @property
    def arguments(self) -> tuple[str, ...]:
        """All argument names in order."""
        return signatures.all_arguments(self.parameterization, self.name)

    def native(self, arrays: Sequence[np.ndarray]) -> list[Any]:
        """Return fresh arrays of the library in the subject's dtype."""
        return [self.backend.to_native(np.asarray(a).astype(self.dtype, order="K")) for a in arrays]

    def call(self, arrays: Sequence[np.ndarray]) -> tuple[np.ndarray, ...]:
        """Call the function on fresh copies and return its outputs, flat, as NumPy arrays."""
        return tuple(self.backend.to_numpy(x) for x in self.flat(self.fn(*self.native(arrays))))

    def flat(self, result: Any) -> tuple[Any, ...]:
        """Check the structure of a result and flatten it: an array, a tuple, or (value, tuple)."""
        count = len(signatures.arguments(self.parameterization, signatures.parse(self.name).function))
        match self.kind:
            case "value" | "jvp":
                parts = (result,)
            case "value_and_grad":
                if not (isinstance(result, tuple) and len(result) == 2 and isinstance(result[1], tuple)):
                    raise TypeError(f"expected (value, tuple of {count} gradients); got {type(result).__name__}")
                parts = (result[0], *result[1])
                count += 1
            case _:
                parts = result
        if self.kind not in ("value", "jvp") and not (isinstance(parts, tuple) and len(parts) == count):
            raise TypeError(f"expected a tuple of {count} arrays; got {type(result).__name__}")
        for part in parts:
            if not self.backend.is_native(part):
                raise TypeError(f"expected arrays of {self.backend_name}; got {type(part).__name__}")
        return parts

    def random(self, *batches: tuple[int, ...], k: int = EVENT_SIZE) -> list[np.ndarray]:
        """Return fresh well-conditioned arguments whose batch shapes are taken in turn."""
        return random_arguments(self.parameterization, self.name, k, batches, self.rng)

    @property
    def loose(self) -> float:
        """Relative error that no layout mistake stays below and no rounding at the random arguments reaches.

        Their factors have condition numbers below 10, so a covariance loses at most two digits and rounding stays
        below 1e3 unit roundoffs; a wrong layout changes results by their own size. The root separates the two.
        """
        return float(np.sqrt(np.finfo(self.dtype).eps))


def close(found: np.ndarray, true: np.ndarray, tolerance: float) -> bool:
    """Return whether all entries agree relative to the largest, or to 1 if that is smaller."""
    scale = max(1.0, float(np.max(np.abs(true), initial=0.0)))
    return bool(np.all(np.abs(found - true) <= tolerance * scale))


def of_value(s: Subject) -> bool:
    """Whether it is the function of a value itself, and no derivative of one."""
    return s.kind == "value"


def in_double(s: Subject) -> bool:
    """Whether it is judged in double precision: what depends on no rounding is judged there alone."""
    return bool(s.dtype == np.float64)


def scalar_in_double(s: Subject) -> bool:
    """Whether it is the function of a number, in double precision."""
    return of_value(s) and in_double(s) and s.name != "rsample"
