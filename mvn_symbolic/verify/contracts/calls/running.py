"""Lives here: calling a stranger's function so that nothing it does gets out, and saying in a sentence what it did.
May not live here: what is expected of the result."""

from __future__ import annotations

import contextlib
import functools
import io
import signal
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np

from mvn_symbolic.verify.contracts.calls.kept import kept_settings, no_collection
from mvn_symbolic.verify.contracts.calls.libraries import Library, library, library_of, loaded, named_by
from mvn_symbolic.verify.contracts.clock import BEAT, Pulse, own_seconds

FIRST_SECONDS: Final = 3.0
"""What a first call may take: it may import half a library, on a busy machine."""


class _OutOfTimeError(BaseException):
    """Raised inside the function by the alarm: no `except Exception` of its own swallows it."""


@dataclass(frozen=True)
class Outcome:
    """One call: the raw result, or the problem in words; what was printed; arguments it wrote into."""

    result: Any = None
    problem: str = ""
    printed: bool = False
    mutated: tuple[str, ...] = ()
    timed_out: bool = False
    gradients: dict[str, np.ndarray] | None = None


def _limited(call: Callable[[], Any], seconds: float) -> Any:
    """Run a call, or raise `_OutOfTimeError`: by an alarm in the main thread, else in a thread that is left behind.

    Python stops no thread, so outside the main thread a function that never returns goes on in the background until the
    process ends; it is a daemon, and holds back nobody's exit. A process of its own would stop it, and could not be
    given functions that were defined in a function, or that hold tensors with a graph.
    """
    pulse = Pulse()
    if threading.current_thread() is threading.main_thread() and hasattr(signal, "setitimer"):
        own = own_seconds()

        def ring(number: int, frame: Any) -> None:
            # rings until the call has had its time for itself, on a machine that did not stand still
            if pulse.beat() >= seconds and own_seconds() - own >= seconds:
                raise _OutOfTimeError

        before = signal.signal(signal.SIGALRM, ring)
        remaining, interval = signal.setitimer(signal.ITIMER_REAL, BEAT, BEAT)
        started = time.monotonic()
        try:
            return call()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            pulse.beat()
            signal.signal(signal.SIGALRM, before)
            if remaining:
                signal.setitimer(signal.ITIMER_REAL, max(remaining - time.monotonic() + started, 1e-3), interval)
    box: dict[str, Any] = {}

    def work() -> None:
        try:
            box["result"] = call()
        except BaseException as error:  # noqa: BLE001 - handed to the caller below
            box["error"] = error

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    own = own_seconds(thread.native_id)
    while thread.is_alive() and (pulse.beat() < seconds or own_seconds(thread.native_id) - own < seconds):
        thread.join(BEAT)
    pulse.beat()
    if thread.is_alive():
        raise _OutOfTimeError
    if "error" in box:
        raise box["error"]
    return box["result"]


@contextlib.contextmanager
def _quiet() -> Iterator[io.StringIO]:
    heard = io.StringIO()
    with (
        contextlib.redirect_stdout(heard),
        contextlib.redirect_stderr(heard),
        warnings.catch_warnings(),
        np.errstate(all="ignore"),
    ):
        warnings.simplefilter("ignore")
        yield heard


def _copied(array: Any) -> np.ndarray:
    return np.array(array.detach().numpy() if hasattr(array, "detach") else array)


def _first_line(error: BaseException) -> str:
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0][:160]}" if text else type(error).__name__


@dataclass
class Caller:
    """The function with its argument order, array library and floating point type."""

    fn: Callable[..., Any]
    order: Sequence[str]
    backend: str = "torch"
    dtype: str = "float64"
    seconds: float = 1.5
    changed: set[str] = field(default_factory=set)
    """Global settings that calls have set to other values; they were put back."""
    forms: dict[int, Any] | None = None
    """Functions that draw, by identity, in a form for many calls; None before they have been seen to behave."""

    @property
    def library(self) -> Library:
        """The array library."""
        return library(self.backend)

    @functools.cached_property
    def _at_work(self) -> list[Library]:
        """The libraries that share in the time of a call."""
        return [self.library, *named_by(self.fn)]

    @property
    def patience(self) -> float:
        """How much longer its calls take than those of a library that does not compile."""
        return max(one.patience for one in self._at_work)

    @property
    def compiles(self) -> bool:
        """Whether each shape has its price, and threads of their own work on it."""
        return any(one.arrays.compiles for one in self._at_work)

    @property
    def settings(self) -> AbstractContextManager[Any]:
        """The library's settings for this precision: for one thread, so a call in another enters them again."""
        return self.library.arrays.settings(np.dtype(self.dtype))

    def tensors(self, arrays: Mapping[str, np.ndarray]) -> dict[str, Any]:
        """Return fresh backend arrays of the arguments."""
        converted = {role: np.array(array, dtype=self.dtype) for role, array in arrays.items()}
        with self.settings:
            return self.library.tensors(converted)

    def quickened(self) -> Caller:
        """Return the caller for many calls of a function that has been seen to behave."""
        return replace(self, fn=self.library.quick(self.fn))

    def guarded(self, call: Callable[[], Any]) -> Outcome:
        """Run any call of the function: what it raises, prints, or fails to finish becomes words."""
        seconds = self.seconds * self.patience

        def run() -> Any:
            with self.settings:
                return call()

        with _quiet() as heard, kept_settings(self.changed), no_collection():
            try:
                result = _limited(run, seconds)
            except _OutOfTimeError:
                return Outcome(problem=f"does not return within {seconds:g} s", timed_out=True)
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # noqa: BLE001 - whatever a stranger's code raises
                return Outcome(problem=f"raises {_first_line(error)}", printed=bool(heard.getvalue()))
        return Outcome(result, printed=bool(heard.getvalue()))

    def __call__(self, arrays: Mapping[str, np.ndarray]) -> Outcome:
        """Call the function once, without autograd's record of the arguments."""
        given = self.tensors(arrays)
        before = {role: _copied(array) for role, array in given.items()}
        outcome = self.guarded(lambda: self.fn(*(given[role] for role in self.order)))
        mutated = tuple(
            role for role in given if not np.array_equal(before[role], _copied(given[role]), equal_nan=True)
        )
        return Outcome(outcome.result, outcome.problem, outcome.printed, mutated, outcome.timed_out)

    def differentiate(self, arrays: Mapping[str, np.ndarray], upstream: np.ndarray) -> Outcome:
        """Call the function and go back through it by the library's autograd, with weights of its outputs.

        Arguments that the result does not depend on get a gradient of zeros.
        """
        given = self.tensors(arrays)
        ordered = [given[role] for role in self.order]
        outcome = self.guarded(lambda: self.library.differentiate(self.fn, ordered, upstream))
        if outcome.problem:
            return outcome
        slopes, out = outcome.result
        gradients = {role: np.zeros(array.shape) for role, array in arrays.items()}
        gradients |= {role: slope for role, slope in zip(self.order, slopes, strict=True) if slope is not None}
        return Outcome(out, gradients=gradients)


def settled(given: str, outcome: Outcome, call: Callable[[str, str], Outcome]) -> tuple[str, str] | None:
    """Find the library and the precision of a function that does not take, or give, the promised ones.

    Parameters
    ----------
    given : str
        The promised library.
    outcome : Outcome
        Of a call with its arrays, in double precision.
    call : callable
        Calls the function with arrays of another library and precision.

    Returns
    -------
    tuple of str or None
        None where it is as promised, or nothing helps. Only libraries that are loaded are tried: the function was
        called, and has loaded its own.
    """
    nowhere = "" if isinstance(outcome.result, tuple | list) else "numpy"
    home = library_of(outcome.result) or nowhere
    # NumPy's arrays are taken by every library: who promises no more is believed
    at_home = home in ("", given) or not library(given).differentiates
    if outcome.timed_out or (at_home and not outcome.problem):
        return None
    names = sorted(loaded(), key=lambda name: name != "numpy") if outcome.problem else [home]
    tries = [(given, "float32")] * bool(outcome.problem)
    tries += [(name, dtype) for dtype in ("float64", "float32") for name in names if name != given]
    spare = None
    for name, dtype in tries:
        got = call(name, dtype)
        if not got.problem and library_of(got.result) in ("", name):
            return name, dtype
        spare = spare or (None if got.problem else (name, dtype))
    return spare


def lent(given: str, fn: Callable[..., Any], back: Callable[[], Outcome], there: Callable[[], Outcome]) -> str:
    """Say why a function that takes a library's arrays is one of NumPy all the same; empty where it is not.

    NumPy computes with another library's arrays, and may give them back, as long as nobody goes back through them: it
    is their gradient that tells. A function that names the library has no other meant, and what it breaks is broken.

    Parameters
    ----------
    given : str
        The promised library.
    fn : callable
        The function as it was given.
    back, there : callable
        Go back through a call with the library's arrays, and call the function with those of NumPy.
    """
    if not library(given).differentiates or given in (one.name for one in named_by(fn)):
        return ""
    outcome = back()
    if not outcome.problem or outcome.timed_out:
        return ""
    got = there()
    if got.problem or library_of(got.result) not in ("", "numpy"):
        return ""
    return f"is judged with numpy arrays, which it takes too: {given} cannot go back through it"


def taken(way: tuple[str, str]) -> str:
    """Say what `settled` found."""
    return "takes only single precision" if way[1] == "float32" else f"takes only {way[0]} arrays"
