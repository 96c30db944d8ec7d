"""Lives here: what judges are given and what they give back, and the registry that says which judge hears what.
May not live here: any judge."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from mvn_symbolic.verify.contracts.clock import Watch

if TYPE_CHECKING:
    from mvn_symbolic.verify.contracts.calls.running import Caller, Outcome
    from mvn_symbolic.verify.contracts.contract import Contract
    from mvn_symbolic.verify.contracts.truths.limits import Expected

BUDGETS: Final = {"ci": 4.0, "dev": 15.0, "campaign": 120.0}
"""Seconds that one check may take."""
NEEDS_SCIPY: Final = "statistics need SciPy: install mvn_symbolic[verify]"
Severity = Literal["fail", "unknown", "note"]


@dataclass(frozen=True)
class Case:
    """One point: float64 arrays by role, with the shapes of batch and event."""

    name: str
    batch: tuple[int, ...]
    event: tuple[int, ...]
    arrays: dict[str, np.ndarray]
    ordinary: bool = True

    @property
    def size(self) -> int:
        """How many numbers it takes to write the case down."""
        return sum(array.size for array in self.arrays.values())


@dataclass(frozen=True)
class Finding:
    """What a judge noticed: ``fail`` refutes the contract, ``note`` is only reported, ``unknown`` bars a pass."""

    judge: str
    severity: Severity
    message: str
    case: Case | None = None
    got: Any = None
    expected: Any = None
    mistakes: tuple[str, ...] = ()
    worst: float = 0.0
    gradient_of: str | None = None
    shows: str = ""
    """What ``got`` and ``expected`` are, where they are not what the function returns."""
    also: tuple[str, ...] = ()
    """What a person may try by hand at the case, in lines of a report."""


@dataclass
class Evidence:
    """What is found out in a session: what one judge leaves for the next, for the diagnosis and for the verdict."""

    expected: dict[str, Expected] = field(default_factory=dict)
    """Truths by case, each computed once."""
    twins: dict[str, Case] = field(default_factory=dict)
    """The other case of each case, for what is promised up to a constant."""
    single: bool = False
    """Whether the function computes in single precision."""
    first: Outcome | None = None
    """The first call, until it is judged."""
    values: dict[str, tuple[np.ndarray | None, np.ndarray | None]] = field(default_factory=dict)
    """By case: the value in the expected shape, and as it came."""
    differences: dict[str, np.ndarray] = field(default_factory=dict)
    """By case: the value less that of its twin."""
    rough: set[str] = field(default_factory=set)
    """Cases at which the value is off by more than rounding, and not wrong."""
    gradients: dict[str, dict[str, np.ndarray]] = field(default_factory=dict)
    """By case and role."""

    original: Callable[..., Any] | None = None
    """The sampler as it was given, where another function is called in its place."""
    distort: Callable[..., Any] | None = None
    """What is done to driven noise on purpose."""
    draws_at: int | None = 0
    """The axis of the draws, as `calls.affine.place_of_draws` finds it."""
    squeezed: bool = False
    """Whether a sampler takes axes of size one away."""
    endless: bool = False
    """Whether the first call of a sampler did not return."""
    undriven: str = ""
    """Why its noise cannot be driven, in words; empty where it can."""
    sampler_failed: bool = False
    """Whether a judge has refuted the sampler: those after it have nothing to add."""

    power: dict[str, float] = field(default_factory=dict)
    """Lower bounds on the probability that stated mistakes are rejected."""
    false_alarm_bound: float = 0.0
    canaries: tuple[int, int] = (0, 0)
    """How many planted mistakes were noticed, and of how many."""

    def given(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function as it was given, where ``fn`` is called."""
        return fn if self.original is None else self.original

    def for_trial(self, **changes: Any) -> Evidence:
        """Return the evidence for a trial with a changed function: what is known of the cases, and of no result.

        Truths and twins are shared, so that what a trial computes nobody computes again.
        """
        known = {name: getattr(self, name) for name in ("expected", "twins", "single", "original", "draws_at")}
        return Evidence(**{**known, **changes})


@dataclass
class Session:
    """One function under test with all that a judge may use."""

    contract: Contract
    fn: Caller
    cases: list[Case]
    rng: np.random.Generator
    budget: str = "ci"
    started: Watch = field(default_factory=Watch)
    evidence: Evidence = field(default_factory=Evidence)

    @property
    def seconds_left(self) -> float:
        """How much of the budget is left."""
        return self.seconds - self.started.seconds(self.fn.compiles)

    @property
    def seconds(self) -> float:
        """How much there is at first."""
        return BUDGETS[self.budget] * self.fn.patience

    @property
    def spent(self) -> float:
        """How many seconds were used, for a report."""
        return round(self.seconds - self.seconds_left, 3)

    @property
    def pressed(self) -> bool:
        """Whether so much of the budget is gone that only the cases drawn on purpose are still asked."""
        return self.seconds_left < 0.5 * self.seconds

    def in_time(self) -> Iterator[Case]:
        """Yield the cases; once time presses, only those that were drawn on purpose."""
        return (case for case in self.cases if not (case.name.startswith("random") and self.pressed))


Judge = Callable[[Session], Iterator[Finding]]
_REGISTRY: Final[dict[str, list[Judge]]] = {}


def judge_of(*kinds: str) -> Callable[[Judge], Judge]:
    """Enter a judge for kinds of contracts (`Contract.kind`); it is run in the order of entry."""

    def enter(judge: Judge) -> Judge:
        for kind in kinds:
            _REGISTRY.setdefault(kind, []).append(judge)
        return judge

    return enter


def judges_for(kind: str) -> tuple[Judge, ...]:
    """Return the judges of a kind."""
    return tuple(_REGISTRY.get(kind, ()))
