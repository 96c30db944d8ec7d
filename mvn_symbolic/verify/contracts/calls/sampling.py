"""Lives here: calls of a stranger's sampler with noise of its own, from seeds of ours where it takes any.
May not live here: driven noise (`noise`), the law of the samples (`statistics`), judgements."""

from __future__ import annotations

import dataclasses
import random
from typing import Any

import numpy as np

from mvn_symbolic.verify.contracts.calls.affine import Affine, shaped
from mvn_symbolic.verify.contracts.calls.kept import kept_random_state
from mvn_symbolic.verify.contracts.calls.libraries import library
from mvn_symbolic.verify.contracts.calls.results import as_array
from mvn_symbolic.verify.contracts.calls.running import Caller, Outcome
from mvn_symbolic.verify.contracts.names import generator_argument, with_generator
from mvn_symbolic.verify.contracts.session import Case, Session


def seed_all(backend: str, seed: int) -> None:
    """Seed the global generators: the verdict of a seed is then the same each time."""
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - the generator that other people's code draws from
    library(backend).seed(seed)


def plain(session: Session, seed: int) -> Caller:
    """Return the caller with noise as it comes; a generator argument gets a fresh generator of this seed."""
    fn = session.fn.fn
    wanted = session.contract.noise == "generator"
    name = generator_argument(session.evidence.given(fn), wanted)
    if not name and not wanted:
        return session.fn
    library = session.fn.library
    # where noise comes in by an argument, nothing else changes from call to call
    fn = library.quick(fn) if name else fn
    return dataclasses.replace(session.fn, fn=with_generator(fn, name, library.generator(seed)))


def arrays_with_noise(session: Session, case: Case, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Return the arguments; a noise argument gets fresh normal numbers."""
    arrays = dict(case.arrays)
    if "eps" in arrays:
        draws = (session.contract.draws,) if session.contract.draws > 1 else ()
        arrays["eps"] = rng.standard_normal(draws + arrays["eps"].shape)
    return arrays


def undrivable(session: Session, case: Case, found: Affine) -> bool:
    """Whether a map was not identified because of how its noise is made, and not because of a mistake."""
    if found.problem and not found.mistake:
        return True
    if found.mistake not in ("raises", "never_returns") or not found.asked:
        return False
    # noise that does not vary is never accepted by a rejection, and may leave the domain of a logarithm
    with kept_random_state():
        seed_all(session.fn.backend, 0)
        return not plain(session, 0)(arrays_with_noise(session, case, np.random.default_rng(0))).problem


def collected(
    session: Session, case: Case, repeats: int, rng: np.random.Generator, seconds: float = 1.5
) -> tuple[np.ndarray | None, Outcome]:
    """Call the sampler again and again at one case.

    Returns
    -------
    samples : ndarray (calls, draws, samples, coordinates) or None
        None where a call fails, or one result has another shape.
    outcome : Outcome
        Of all calls together.
    """
    caller = dataclasses.replace(plain(session, int(rng.integers(2**31))), seconds=seconds)

    def call() -> list[Any]:
        found = []
        for _ in range(repeats):
            # fresh arguments each time: a function may write into them
            arguments = caller.tensors(arrays_with_noise(session, case, rng))
            found.append(as_array(caller.fn(*(arguments[role] for role in caller.order))))
        return found

    outcome = caller.guarded(call)
    if outcome.problem:
        return None, outcome
    arrays = [None if raw is None else shaped(session, case, raw) for raw in outcome.result]
    good = [array for array in arrays if array is not None]
    return (np.stack(good) if len(good) == repeats else None), outcome
