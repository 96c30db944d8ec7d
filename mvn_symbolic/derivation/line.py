"""Floor 4: a line of reasoning under construction. A rule computes the next expression; nobody writes it down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from mvn_symbolic.derivation.model import Chain, Derivation, Step
from mvn_symbolic.errors import DerivationError
from mvn_symbolic.meaning import Memory, Verdict, judge

__all__ = ["Line", "Rule", "judged", "verdict_of"]


@dataclass(frozen=True)
class Rule:
    """What turns one expression into an equal one, and why that is allowed.

    Attributes
    ----------
    name : what the rule is called
    apply : computes the next expression
    reason : why the two are equal, in words; `$...$` holds mathematics
    condition : what must hold beside, if anything
    source : where the rule is known from
    """

    name: str
    apply: Callable[[Any], Any]
    reason: str
    condition: str = ""
    source: str = ""


@dataclass(frozen=True)
class Line:
    """A chain that grows: `Line("mean", "The mean", E(z)).then(linearity).then(moments).chain`."""

    name: str
    title: str
    start: Any
    steps: tuple[Step, ...] = ()

    @property
    def current(self) -> Any:
        """Where the line stands."""
        return self.steps[-1].after if self.steps else self.start

    def then(self, rule: Rule) -> Line:
        """Apply a rule.

        Raises
        ------
        DerivationError
            When the rule changes nothing: a step that does not move is a mistake in the derivation.
        """
        moved = self.then_if(rule)
        if moved is self:
            raise DerivationError(f"the rule {rule.name!r} changes nothing in {self.name!r}, at: {self.current}")
        return moved

    def then_if(self, rule: Rule) -> Line:
        """Apply a rule if it changes anything; for tidying that some premises need and others do not."""
        after = rule.apply(self.current)
        if after == self.current:
            return self
        step = Step(self.current, after, rule.name, rule.reason, rule.condition, rule.source)
        return replace(self, steps=(*self.steps, step))

    @property
    def chain(self) -> Chain:
        """The finished chain."""
        return Chain(self.name, self.title, self.start, self.steps)


_VERDICTS: dict[tuple[Any, Any, Any], Verdict] = {}


def judged(derivation: Derivation) -> Derivation:
    """Return the derivation with a verdict on every step.

    Raises
    ------
    DerivationError
        When a step is refuted, naming the step and the point that refutes it.
    """
    chains, memory = [], Memory()
    for chain in derivation.chains:
        steps = []
        for number, step in enumerate(chain.steps, start=1):
            verdict = _verdict(step, chain.start, memory)
            if verdict.status == "refuted":
                raise DerivationError(
                    f"step {number} of {chain.name!r} in {derivation.name!r} is wrong: {step.rule}\n"
                    f"  before: {step.before}\n  after:  {step.after}\n  {verdict.detail}\n  point: {verdict.point}"
                )
            steps.append(replace(step, verdict=verdict))
        chains.append(replace(chain, steps=tuple(steps)))
    return replace(derivation, chains=tuple(chains))


def verdict_of(derivation: Derivation) -> Verdict:
    """One verdict for all steps; a refuted step is reported, not raised."""
    try:
        verdicts = [step.verdict for step in judged(derivation).steps if step.verdict is not None]
    except DerivationError as error:
        return Verdict("refuted", detail=str(error))
    proved = set.intersection(*(set(one.proved_at) for one in verdicts)) if verdicts else set()
    tested = set.intersection(*(set(one.tested_at) for one in verdicts)) if verdicts else set()
    open_steps = sum(one.status != "proved" for one in verdicts)
    status = "proved" if verdicts and not open_steps else "unknown"
    detail = f"{open_steps} of {len(verdicts)} steps without a proof" if open_steps else ""
    return Verdict(status, tuple(sorted(proved)), tuple(sorted(tested)), detail)


def _verdict(step: Step, start: Any, memory: Memory) -> Verdict:
    key = (step.before, step.after, start)
    if key not in _VERDICTS:
        _VERDICTS[key] = judge(step.before, step.after, context=[start], memory=memory)
    return _VERDICTS[key]
