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

    Parameters
    ----------
    name : str
        What the rule is called.
    apply : callable
        From an expression to the next one.
    reason : str
        Why the two are equal, in words; `$...$` holds mathematics.
    condition : str, optional
        What must hold beside.
    source : str, optional
        Where the rule is known from.

    Examples
    --------
    >>> from mvn_symbolic import Rule, Vector, normalize, squared_norm
    >>> rule = Rule("multiply out", normalize, "A norm of a sum is a sum of products.")
    >>> rule.apply(squared_norm(2 * Vector("x")))
    4*Inner(x, x)
    """

    name: str
    apply: Callable[[Any], Any]
    reason: str
    condition: str = ""
    source: str = ""


@dataclass(frozen=True)
class Line:
    """A chain of steps that grows: each rule computes the next expression from where the line stands.

    Parameters
    ----------
    name : str
        What the chain is called in its derivation.
    title : str
        How it is headed on a page.
    start : Expr
        Where it begins, most often a question.
    steps : tuple of Step, optional
        Those it has already; nobody writes them.

    Examples
    --------
    >>> from mvn_symbolic import Line, Noise, Vector, expectation_of, moments
    >>> x, eps = Vector("x"), Noise("eps")
    >>> line = Line("mean", "The mean", expectation_of(x + eps, eps))
    >>> line.then(moments(eps, "The noise has mean 0.")).current
    x
    """

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

    Parameters
    ----------
    derivation : Derivation
        Its steps may have been judged before, or not.

    Returns
    -------
    Derivation
        A new one; each of its steps has a `verdict`.

    Raises
    ------
    DerivationError
        When a step is refuted, naming the step and the point that refutes it.

    Examples
    --------
    >>> from mvn_symbolic import Derivation, Line, LogDet, PositiveDefinite, collect, judged
    >>> S = PositiveDefinite("S")
    >>> chain = Line("volume", "Volume", LogDet(S * S)).then(collect()).chain
    >>> made = judged(Derivation("volume", "Volume", "Of a product.", (), (chain,)))
    >>> made.result.right, made.steps[0].verdict.status
    (2*LogDet(S), 'proved')
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
