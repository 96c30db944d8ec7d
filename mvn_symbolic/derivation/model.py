"""Floor 4: what a derivation is made of: equations, steps, chains. Plain data; judging and showing are elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from mvn_symbolic.calculus.lets import lets_of
from mvn_symbolic.errors import ArgumentError
from mvn_symbolic.meaning.judge import Verdict
from mvn_symbolic.notation.symbols import Let

__all__ = ["Chain", "Derivation", "Equation", "Premise", "Step"]


class Equation(NamedTuple):
    """Two sides that are equal.

    Parameters
    ----------
    left, right : Expr
        Of one shape.

    Examples
    --------
    >>> from mvn_symbolic import Equation, symbol
    >>> Equation(symbol("value"), symbol("loc")).right
    mu
    """

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
    """A line of reasoning: steps each of which begins where the one before ended.

    Parameters
    ----------
    name : str
        What it is called in its derivation.
    title : str
        How it is headed on a page.
    start : Expr
        Where it begins.
    steps : tuple of Step, optional
        Made by :class:`Line`.

    Examples
    --------
    >>> from mvn_symbolic import Chain, Line, LogDet, PositiveDefinite, collect
    >>> S = PositiveDefinite("S")
    >>> made = Line("volume", "Volume", LogDet(S * S)).then(collect()).chain
    >>> isinstance(made, Chain), made.result.right
    (True, 2*LogDet(S))
    """

    name: str
    title: str
    start: Any
    steps: tuple[Step, ...] = field(default=())

    @property
    def result(self) -> Equation:
        """What the chain shows, that where it started equals where it ended."""
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
    """One thing that is given: words, and the equation they are about, if there is one.

    Parameters
    ----------
    text : str
        In words; `$...$` holds mathematics.
    equation : Equation, optional
        What is given, in symbols.

    Examples
    --------
    >>> from mvn_symbolic import Equation, Premise, symbol
    >>> made = Premise("There is no noise.", Equation(symbol("value"), symbol("loc")))
    >>> made.equation.right
    mu
    """

    text: str
    equation: Equation | None = None


@dataclass(frozen=True)
class Derivation:
    """A premise and the chains that follow from it; the first chain is the main one.

    Parameters
    ----------
    name : str
        How it is asked for: ``derive(name)``.
    title : str
        How it is headed.
    summary : str
        One or two sentences on what is derived and what for.
    premise : tuple of Premise
        What is given.
    chains : tuple of Chain
        The lines of reasoning, the main one first.
    remarks : tuple of str, optional
        What the results mean, or what follows from them, in words that no step shows and nothing judges.
    conventions : tuple of str, optional
        The layout and the convention of every gradient, in words.
    references : tuple of str, optional
        Where the results are known from.

    Examples
    --------
    >>> from mvn_symbolic import Derivation, Line, LogDet, PositiveDefinite, collect
    >>> S = PositiveDefinite("S")
    >>> chain = Line("volume", "Volume", LogDet(S * S)).then(collect()).chain
    >>> made = Derivation("volume", "Volume", "Of a product.", (), (chain,))
    >>> made.verify().status
    'proved'
    """

    name: str
    title: str
    summary: str
    premise: tuple[Premise, ...]
    chains: tuple[Chain, ...]
    remarks: tuple[str, ...] = ()
    conventions: tuple[str, ...] = ()
    references: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.chains:
            raise ArgumentError(f"`chains` of the derivation {self.name!r} must not be empty: it would show nothing.")
        for chain in self.chains:
            if not chain.steps:
                raise ArgumentError(
                    f"`chains` of the derivation {self.name!r} must have a step each; got none in {chain.name!r}, "
                    "which says where it starts and derives nothing. Add steps with `.then(rule)`, or leave it out."
                )

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
