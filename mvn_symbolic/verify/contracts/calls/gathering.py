"""Lives here: how many samples of which cases are drawn for statistics, within a time, before any of them is looked at.
May not live here: single calls (`sampling`), what the samples mean."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Final

import numpy as np

from mvn_symbolic.verify.contracts.calls.running import Outcome
from mvn_symbolic.verify.contracts.calls.sampling import collected
from mvn_symbolic.verify.contracts.cases import draw
from mvn_symbolic.verify.contracts.clock import Watch
from mvn_symbolic.verify.contracts.session import Case, Session

MOST: Final = 400_000
"""Numbers of one check."""
SHARE: Final = 0.2
"""Of the time that is left, for calls at small cases, and again for calls at one large batch."""
LAST: Final = 0.5
"""The same, for small cases of a sampler that is slow."""
_LEAST: Final = 2.0
"""Seconds taken as left when others on the machine have used up the clock."""
_PATIENCE: Final = 6.0
"""Seconds that planned calls at one case may take on a busy machine."""
REPEATS: Final = 200
AGAIN: Final = 10
"""Calls at each small case that are timed where two seem to take too long."""
WANTED: Final = 25_000
"""Numbers from which the power against all that is planted is high."""
FEW: Final = 50
"""Calls at each small case where there is time."""
TILES: Final = 512


@dataclass(frozen=True)
class Gathered:
    """Samples (calls, draws, samples, coordinates) of one case; of a case that was tiled, the case and how often."""

    case: Case
    samples: np.ndarray
    tiles: int = 1


def tiled(session: Session, case: Case, times: int) -> Case:
    """Return a case whose batch is repeated."""
    arrays = {
        role: array if role in session.contract.shared else np.concatenate([array] * times)
        for role, array in case.arrays.items()
    }
    return dataclasses.replace(case, batch=(case.batch[0] * times, *case.batch[1:]), arrays=arrays)


@dataclass(frozen=True)
class Trouble:
    """Why there are no samples: what calls at a case do, in words; the mistake, where it is one."""

    text: str
    case: Case
    mistake: str = ""


def _trouble(session: Session, case: Case, outcome: Outcome) -> Trouble:
    if outcome.problem:
        # it did return once: what it does now and then is not held against it
        return Trouble(f"called again and again it {outcome.problem}", case)
    shapes = {np.shape(result) for result in outcome.result}
    wanted = ((session.contract.draws,) if session.contract.draws > 1 else ()) + case.batch + case.event
    text = f"returns shape {' or '.join(map(str, sorted(shapes)))} where {wanted} is expected"
    return Trouble(f"{text} (batch {case.batch}, event {case.event})", case, "wrong_shape")


def _seconds(session: Session, case: Case, repeats: int) -> tuple[float, Outcome, bool]:
    """Time calls whose samples are not looked at, so that how many are drawn does not depend on what is judged."""
    # on a busy machine most of the time on the clock is spent by others
    watch = Watch()
    samples, outcome = collected(session, case, repeats, session.rng)
    return watch.seconds(session.fn.compiles), outcome, samples is not None


def _round_takes(session: Session, cases: list[Case], calls: int) -> tuple[float, Trouble | None]:
    """Return how many seconds one call at each of these cases takes."""
    spent = 0.0
    for case in cases:
        seconds, outcome, right = _seconds(session, case, calls)
        if outcome.problem or not right:
            return 0.0, _trouble(session, case, outcome)
        spent += seconds
    return max(spent / calls, 1e-6), None


def gathered(session: Session) -> tuple[list[Gathered], Trouble | None]:
    """Draw samples: of each ordinary case again and again, and of one case with a large batch.

    Returns
    -------
    samples : list of Gathered
    trouble : Trouble or None
    """
    cases = [case for case in session.cases if case.ordinary]
    left = max(session.seconds_left, _LEAST)
    allowed = SHARE * left
    each_round, trouble = _round_takes(session, cases, 2)
    if trouble:
        return [], trouble
    large = _large(session, allowed) if session.contract.batch_ndim else []
    round_of = session.contract.draws * sum(int(np.prod(case.batch + case.event)) for case in cases)
    # a large batch alone does not show what depends on the size of the event
    missing = max((WANTED - sum(each.samples.size for each in large)) / round_of, FEW)
    if left * LAST / each_round < missing:
        # two calls take longer than many do each: what is set up at first, and a thread that waits for its turn
        again, trouble = _round_takes(session, cases, AGAIN)
        if trouble:
            return [], trouble
        each_round = min(each_round, again)
    affordable = allowed / each_round
    # a slow sampler gets more of the time, rather than no verdict
    most = left * LAST / each_round
    repeats = int(max(min(affordable, REPEATS), min(missing, most), 8))
    found = []
    for case in cases:
        samples, outcome = collected(session, case, repeats, session.rng, _PATIENCE)
        if samples is None:
            return [], _trouble(session, case, outcome)
        found.append(Gathered(case, samples))
    return found + large, None


def _large(session: Session, allowed: float) -> list[Gathered]:
    """Draw one case with a large batch; a sampler that cannot take one is judged by the small cases alone."""
    single = session.evidence.single
    case = draw(session.contract, "large batch", 8, 4, "random", "random", session.rng, single=single)
    times, many = TILES, None
    while times >= 8:
        many = tiled(session, case, times)
        seconds, outcome, right = _seconds(session, many, 1)
        if right and not outcome.problem and seconds < allowed:
            break
        if not right and not outcome.problem:
            return []
        times //= 8
    if many is None or times < 8:
        return []
    numbers = session.contract.draws * int(np.prod(many.batch)) * int(np.prod(many.event))
    repeats = int(min(allowed / max(seconds, 1e-6), MOST / numbers + 1))
    samples, _ = collected(session, many, max(repeats, 2), session.rng, _PATIENCE)
    return [] if samples is None else [Gathered(case, samples, times)]
