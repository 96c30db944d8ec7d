"""Floor 4: what a derivation is made of: equations, steps, chains. Plain data; how it is judged and shown is elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from mvn_symbolic.meaning.judge import Verdict
from mvn_symbolic.notation.symbols import Let

__all__ = ["Chain", "Equation", "Step"]


class Equation(NamedTuple):
    """left = right."""

    left: Any
    right: Any


@dataclass(frozen=True)
class Step:
    """One application of one rule: what stood before, what it computed, why that is allowed."""

    before: Any
    after: Any
    rule: str
    reason: str
    condition: str = ""
    source: str = ""
    verdict: Verdict | None = None


@dataclass(frozen=True)
class Chain:
    """A line of reasoning: `start`, and steps each of which begins where the one before ended."""

    name: str
    title: str
    start: Any
    steps: tuple[Step, ...] = field(default=())

    @property
    def result(self) -> Equation:
        """What the chain shows: where it started equals where it ended."""
        return Equation(self.start, self.steps[-1].after if self.steps else self.start)

    @property
    def lets(self) -> tuple[Let, ...]:
        """The named intermediates in the order they appear."""
        found: dict[Let, None] = {}
        for step in self.steps:
            for let in sorted(step.after.atoms(Let), key=lambda item: item.name):
                found.setdefault(let)
        return tuple(found)
