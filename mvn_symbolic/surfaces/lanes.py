"""Floor 8: the processes the main job works in, and how they report, fail and end; not what the work is."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_EXCEPTION, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Protocol

from mvn_symbolic.errors import MissingRuleError, MVNSymbolicError, UnsupportedExpressionError

__all__ = ["BuildError", "MissingPackageError", "Report", "all_done", "submit", "workers"]


class BuildError(MVNSymbolicError, RuntimeError):
    """A stage did not pass: the docs have warnings, or a process died."""


class MissingPackageError(MVNSymbolicError, ImportError):
    """A stage needs a package that is not installed."""


class Report(Protocol):
    """Who wants to know how far the work is."""

    def expect(self, count: int) -> None:
        """So many more things will be done."""

    def done(self, text: str, steps: int = 1) -> None:
        """So many of them are; the text, if there is any, says what."""


class _Here(Executor):
    """Runs everything at once in this process; what one job and the tests use."""

    def submit(self, fn: Callable[..., Any], /, *arguments: Any, **options: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*arguments, **options))
        except Exception as error:  # noqa: BLE001 - an executor hands over whatever came
            future.set_exception(error)
        return future


@contextlib.contextmanager
def workers(jobs: int, *, shared: bool = False, knowing: bool = False) -> Iterator[list[Executor]]:
    """Lanes of one process each, so that what is sent down a lane finds what was derived there before.

    Shared, they are one lane of all processes: work goes to whichever is free. Knowing, they have what was derived here
    where that can be, and must leave the terminal alone: a fork may inherit a lock that nobody will ever release.
    Else they are fresh.
    """
    # Matrices here are 3 by 3: more threads in each process only wait for each other, ten times longer than they work.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    count = min(jobs, os.cpu_count() or 1)
    if count < 2:
        yield [_Here()]
        return
    forked = knowing and "fork" in multiprocessing.get_all_start_methods()
    start = multiprocessing.get_context("fork" if forked else "spawn")
    widths = [count] if shared else [1] * count
    pools: list[Executor] = [ProcessPoolExecutor(width, start, _start_quietly) for width in widths]
    before = set(multiprocessing.active_children())
    try:
        yield pools
    except BaseException as error:
        for process in set(multiprocessing.active_children()) - before:
            process.terminate()
        if isinstance(error, BrokenProcessPool):
            raise BuildError("a process ended before its work was done; is there too little memory?") from error
        raise
    finally:
        for pool in pools:
            pool.shutdown(wait=True, cancel_futures=True)


def _start_quietly() -> None:
    """The parent says what there is to say about an interrupt; standard output belongs to its result."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.dup2(2, 1)


def submit(lane: Executor, report: Report, work: Callable[..., Any], *arguments: Any) -> Future[Any]:
    """Send work down a lane, and say so when it is done."""
    future = lane.submit(_portable, work, *arguments)
    future.add_done_callback(lambda it: None if it.cancelled() or it.exception() else report.done(it.result()[1]))
    return future


def _portable(work: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return work(*arguments)
    except MissingRuleError as error:
        # Its arguments are expressions, and it cannot be made again from its message on the other side.
        raise UnsupportedExpressionError(str(error)) from None


def all_done(futures: Iterable[Future[Any]]) -> None:
    """Wait for all, or for the first that fails, and raise what it raised."""
    done, _ = wait(futures, return_when=FIRST_EXCEPTION)
    for future in done:
        future.result()
