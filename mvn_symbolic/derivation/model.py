"""Floor 4: what a derivation is made of: equations, steps, chains. Plain data; judging and showing are elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from mvn_symbolic.calculus.lets import lets_of
from mvn_symbolic.meaning.judge import Verdict
from mvn_symbolic.notation.symbols import Let

__all__ = ["Chain", "Derivation", "Equation", "Premise", "Step"]


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

    def _repr_latex_(self) -> str:
        from mvn_symbolic.notation.latex import latex_equation

        return f"${latex_equation(self.before, self.after)}$"

    def __repr__(self) -> str:
        return f"<Step {self.rule!r}: {self.verdict or 'not checked'}>"


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
            for let in lets_of(step.after):
                found.setdefault(let)
        return tuple(found)

    def __repr__(self) -> str:
        return f"<Chain {self.name!r}: {len(self.steps)} steps>"


@dataclass(frozen=True)
class Premise:
    """One thing that is given: words, and the equation they are about, if there is one."""

    text: str
    equation: Equation | None = None


@dataclass(frozen=True)
class Derivation:
    """A premise and the chains that follow from it; the first chain is the main one.

    Attributes
    ----------
    name
        How it is asked for: ``derive(name)``.
    title
        How it is headed.
    summary
        One or two sentences on what is derived and what for.
    premise
        What is given.
    chains
        The lines of reasoning, the main one first.
    remarks
        What the results mean, or what follows from them, in words that no step shows and nothing judges.
    conventions
        The layout and the convention of every gradient, in words.
    references
        Where the results are known from.
    """

    name: str
    title: str
    summary: str
    premise: tuple[Premise, ...]
    chains: tuple[Chain, ...]
    remarks: tuple[str, ...] = ()
    conventions: tuple[str, ...] = ()
    references: tuple[str, ...] = ()

    @property
    def result(self) -> Equation:
        """What the main chain shows."""
        return self.chains[0].result

    @property
    def results(self) -> dict[str, Equation]:
        """What each chain shows, by the chain's name."""
        return {chain.name: chain.result for chain in self.chains}

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps of all chains, in order."""
        return tuple(step for chain in self.chains for step in chain.steps)

    @property
    def lets(self) -> tuple[Let, ...]:
        """The named intermediates of all chains, in the order they appear."""
        return tuple(dict.fromkeys(let for chain in self.chains for let in chain.lets))

    def verify(self) -> Verdict:
        """Judge every step: proved at the sizes where all are, refuted at the first that is wrong, else unknown."""
        from mvn_symbolic.derivation.line import verdict_of

        return verdict_of(self)

    def latex(self) -> str:
        """A LaTeX document that compiles on its own."""
        from mvn_symbolic.derivation.render import to_latex

        return to_latex(self)

    def markdown(self) -> str:
        """Markdown with mathematics, as GitHub and notebooks show it."""
        from mvn_symbolic.derivation.render import to_markdown

        return to_markdown(self)

    def _repr_latex_(self) -> str:
        from mvn_symbolic.derivation.render import results_latex

        return f"$${results_latex(self)}$$"

    def _repr_markdown_(self) -> str:
        from mvn_symbolic.derivation.render import to_notebook

        return to_notebook(self)

    def __repr__(self) -> str:
        return f"<Derivation {self.name!r}: {len(self.chains)} chains, {len(self.steps)} steps>"
