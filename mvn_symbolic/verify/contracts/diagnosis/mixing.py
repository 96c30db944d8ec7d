"""Lives here: whether a function mixes samples, or coordinates, shown by points that differ in others of them alone.
May not live here: which formula does so (`moved`, `altered`), what the cases have in common (`diagnose`)."""

from __future__ import annotations

import numpy as np

from mvn_symbolic.verify.contracts.calls.results import as_array
from mvn_symbolic.verify.contracts.diagnosis.mistakes import Mistake
from mvn_symbolic.verify.contracts.session import Case, Session
from mvn_symbolic.verify.contracts.truths.expected import expected

_SAMPLES = Mistake("mixes_samples", "the number of a sample changes when other samples do")
_COORDINATES = Mistake("mixes_coordinates", "what a coordinate adds changes when other coordinates do")


def mixed(session: Session, cases: list[Case]) -> list[Mistake]:
    """Name what is mixed at one of these cases, where values of samples, and of coordinates, say so."""
    contract = session.contract
    if contract.promise is not None or contract.up_to_constant or contract.mask or contract.shared:
        return []
    apart = contract.reduction in ("none", "per_sample")
    batches = [case for case in cases if apart and case.batch[:1] > (1,)]
    if any(_samples(session, case) for case in batches):
        return [_SAMPLES]
    plain = contract.diagonal and contract.event_ndim == 1 and "packed" not in contract.roles
    # in a number of the whole batch an interplay may be that of samples
    events = [case for case in cases if plain and case.event[0] > 1 and (apart or np.prod(case.batch) == 1)]
    if contract.base != "std" and any(_coordinates(session, case) for case in events):
        return [_COORDINATES]
    return []


def _value(session: Session, arrays: dict[str, np.ndarray]) -> np.ndarray | None:
    array = as_array(session.fn(arrays).result)
    return None if array is None or not np.all(np.isfinite(array)) else array


def _samples(session: Session, case: Case) -> bool:
    """Whether the first sample's number is another one where all samples are the first."""
    first = {role: np.broadcast_to(array[:1], array.shape).copy() for role, array in case.arrays.items()}
    one, two = _value(session, case.arrays), _value(session, first)
    limit = expected(session, case).wrong
    if one is None or two is None or not one.shape == two.shape == limit.shape:
        return False
    return bool(np.any(np.abs(one[0] - two[0]) > limit[0]))


def _coordinates(session: Session, case: Case) -> bool:
    """Whether a step of the first coordinate changes the value by something else where the others have stepped too.

    What all coordinates add together has no such interplay; a step is to the same coordinate of the next sample, or to
    half the mean where there is none.
    """

    def stepped(here: bool, others: bool) -> np.ndarray | None:
        arrays = {}
        for role, array in case.arrays.items():
            to = array[::-1] if case.batch and case.batch[0] > 1 else array * (0.5 if role.endswith("mean") else 1.0)
            arrays[role] = np.where(np.arange(array.shape[-1]) == 0, *((to, array) if here else (array, array)))
            if others:
                arrays[role][..., 1:] = to[..., 1:]
        return _value(session, arrays)

    values = [stepped(here, others) for here in (False, True) for others in (False, True)]
    limit = expected(session, case).wrong
    if any(value is None or value.shape != limit.shape for value in values):
        return False
    plain, rest, first, both = (value for value in values if value is not None)
    wrong = 4 * np.maximum(limit, np.flip(limit, 0) if limit.ndim and case.batch else limit)
    return bool(np.any(np.abs(both - rest - first + plain) > wrong))
