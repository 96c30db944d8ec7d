"""Floor 4: what a derivation's page shows and in which order, as plain blocks. How a block looks is not known here.

Every renderer (Markdown, LaTeX, the documentation) walks over the same blocks, so none can leave something out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from mvn_symbolic.derivation.grouping import groups_of, is_question
from mvn_symbolic.derivation.model import Chain, Derivation, Equation, Premise, Step
from mvn_symbolic.derivation.words import badge, summary
from mvn_symbolic.notation.latex import latex
from mvn_symbolic.notation.latex_lines import broken
from mvn_symbolic.notation.latex_width import width
from mvn_symbolic.notation.laws import Law
from mvn_symbolic.notation.parts import parts_of
from mvn_symbolic.notation.symbols import Let

__all__ = [
    "PARTS",
    "Block",
    "Caption",
    "Definition",
    "Formula",
    "Heading",
    "Items",
    "Paragraph",
    "StepBlock",
    "Where",
    "page",
]

#: The parts of a page, in order.
PARTS = ("result", "premise", "steps", "remarks", "conventions", "references")

_NOT_JUDGED = "What follows from the results, as arguments in words: no step shows it, so it is not checked."


@dataclass(frozen=True)
class Heading:
    """A heading within the page; level 1 is below the title."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Caption:
    """What the next formulas are about."""

    text: str


@dataclass(frozen=True)
class Paragraph:
    """Words."""

    text: str


@dataclass(frozen=True)
class Items:
    """A list of sentences."""

    texts: tuple[str, ...]


@dataclass(frozen=True)
class Formula:
    """A displayed formula; `&` marks where its lines are aligned."""

    lines: tuple[str, ...]

    @property
    def rows(self) -> str:
        """The lines with line breaks between them, with some room where fractions would touch."""
        stacked = any(part in line for line in self.lines for part in (r"\frac", r"\sum", r"\begin"))
        return (" \\\\[4pt]\n" if stacked else " \\\\\n").join(self.lines)


class Definition(NamedTuple):
    """A name and what it stands for: `left = right`, or "left is the law of right"."""

    left: str
    words: str
    right: str


@dataclass(frozen=True)
class Where:
    """The definitions of the names in the formula above."""

    definitions: tuple[Definition, ...]

    def sentence(self, inline: Callable[[str], str]) -> str:
        """The definitions in a sentence, each formula made an inline one; empty when there are none."""
        parts = [
            inline(f"{left} = {right}") if words == "=" else f"{inline(left)} {words} {inline(right)}"
            for left, words, right in self.definitions
        ]
        return f"where {', '.join(parts)}." if parts else ""


@dataclass(frozen=True)
class StepBlock:
    """One step: what was done and why, what came out, what was checked."""

    number: int
    reason: str
    rule: str
    condition: str
    source: str
    badge: str
    status: str
    formula: Formula
    where: Where


Block = Heading | Caption | Paragraph | Items | Formula | Where | StepBlock


def page(
    derivation: Derivation,
    *,
    parts: Collection[str] = PARTS,
    chains: Collection[str] | None = None,
    limit: float = 80,
) -> list[Block]:
    """The blocks of a page.

    Parameters
    ----------
    derivation
        What is shown.
    parts
        Which of `PARTS` are shown.
    chains
        The names of the chains to show; all of them when left out.
    limit
        How many letters wide a line of a formula may be.
    """
    shown = [chain for chain in derivation.chains if chains is None or chain.name in chains]
    blocks: list[Block] = []
    if "result" in parts:
        blocks += [Heading("Result" if len(shown) == 1 else "Results"), *_results(shown, limit)]
    if "premise" in parts and derivation.premise:
        blocks += [Heading("Given"), *_premise(derivation.premise, limit)]
    if "steps" in parts and any(chain.steps for chain in shown):
        blocks += [Heading("Steps"), Paragraph(summary(step.verdict for chain in shown for step in chain.steps))]
        blocks += _steps(shown, known=_lets_of_premise(derivation.premise), limit=limit)
    if "remarks" in parts and derivation.remarks:
        blocks += [Heading("In words"), Paragraph(_NOT_JUDGED), Items(derivation.remarks)]
    if "conventions" in parts and derivation.conventions:
        blocks += [Heading("Conventions"), Items(derivation.conventions)]
    if "references" in parts and derivation.references:
        blocks += [Heading("References"), Items(derivation.references)]
    return blocks


def _results(chains: Sequence[Chain], limit: float) -> Iterable[Block]:
    """For each group its value and gradients in one alignment, then its other forms, then what the names mean."""
    groups = groups_of(chains)
    for group in groups:
        shown = group.results
        if len(groups) > 1:
            yield Caption(group.title)
        first = [chain for chain in shown if chain is group.head or is_question(chain)]
        yield _equations([group.result_of(chain) for chain in first], limit)
        for chain in shown:
            if chain not in first:
                yield Paragraph(f"{chain.title}:")
                yield _equations([group.result_of(chain)], limit)
        results = [group.result_of(chain) for chain in shown]
        lets = dict.fromkeys(let for result in results for let in _lets(result))
        definitions = (*_let_definitions(lets), *_law_definitions(results))
        if definitions:
            yield Where(definitions)


def _premise(premise: Sequence[Premise], limit: float) -> Iterable[Block]:
    for item in premise:
        ends = item.text.endswith((".", ":", "!", "?"))
        yield Paragraph(item.text + ("" if ends else "." if item.equation is None else ":"))
        if item.equation is not None:
            yield _equations([item.equation], limit, full_laws=True)


def _steps(chains: Sequence[Chain], known: set[Let], limit: float) -> Iterable[Block]:
    number = 0
    grouped = [(group, chain) for group in groups_of(chains) for chain in group.chains if chain.steps]
    for group, chain in grouped:
        start = group.start_of(chain)
        yield Heading(chain.title, 2 if chain is group.head else 3)
        lets = [let for let in _lets(start) if let not in known]
        yield Formula(_aligned(latex(start), "", limit))
        if lets:
            yield Where(_let_definitions(lets))
            known |= set(lets)
        for step in chain.steps:
            number += 1
            lets = [let for let in _lets(step.after) if let not in known]
            known |= set(lets)
            yield _step(number, step, lets, limit)


def _step(number: int, step: Step, lets: Sequence[Let], limit: float) -> StepBlock:
    return StepBlock(
        number=number,
        reason=step.reason,
        rule=step.rule,
        condition=step.condition,
        source=step.source,
        badge=badge(step.verdict),
        status="unchecked" if step.verdict is None else step.verdict.status,
        formula=Formula(_aligned(latex(step.after), "= ", limit)),
        where=Where(_let_definitions(lets)),
    )


#: Letters of the sign that a line starts with, or of what it is indented by.
_ROOM = 3


def _aligned(text: str, relation: str, limit: float) -> tuple[str, ...]:
    first, *rest = broken(text, limit - _ROOM)
    return (f"&{relation}{first}", *map(_continued, rest))


def _equations(equations: Sequence[Equation], limit: float, *, full_laws: bool = False) -> Formula:
    """Equations below each other, aligned at their signs unless a left side is too long for that."""
    sides = [(latex(left, full_laws=full_laws), latex(right, full_laws=full_laws)) for left, right in equations]
    widest = max(width(left) for left, _ in sides)
    if widest <= limit / 3:
        return Formula(tuple(line for side in sides for line in _aligned_at_sign(*side, limit - widest)))
    return Formula(tuple(line for side in sides for line in _ragged(*side, limit)))


def _aligned_at_sign(left: str, right: str, room: float) -> Iterable[str]:
    first, *rest = broken(right, room - _ROOM)
    return (f"{left} &= {first}", *(_continued(line) for line in rest))


def _ragged(left: str, right: str, limit: float) -> Iterable[str]:
    if width(left) + width(right) + _ROOM <= limit:
        return (f"&{left} = {right}",)
    first, *rest = broken(right, limit - 2 * _ROOM)
    above = _aligned(left, "", limit)
    return (*above, rf"&\quad = {first}", *(_continued(rf"\quad {line}") for line in rest))


def _continued(line: str) -> str:
    """A line that starts with a sign; the empty group before the sign gives it the room of a binary one."""
    indent, sign, rest = re.fullmatch(r"((?:\\q?quad )*)([+-]|\\cdot|)(.*)", line, re.DOTALL).groups()  # type: ignore[union-attr]
    return rf"&\quad {indent}{{}}{sign}{rest}" if sign else rf"&\quad {line}"


def _lets(expr: Any) -> list[Let]:
    """The names in an expression, or an equation, each after those its definition needs."""
    sides = expr if isinstance(expr, Equation) else (expr,)
    found = {let for side in sides for let in parts_of(side, Let)}
    found -= {side for side in sides if isinstance(side, Let)} if isinstance(expr, Equation) else set()
    return sorted(found, key=lambda let: (len(parts_of(let.definition, Let)), let.name))


def _lets_of_premise(premise: Sequence[Premise]) -> set[Let]:
    sides = [side for item in premise if item.equation is not None for side in item.equation]
    return {let for side in sides for let in parts_of(side, Let)}


def _let_definitions(lets: Iterable[Let]) -> tuple[Definition, ...]:
    return tuple(Definition(latex(let), "=", latex(let.definition)) for let in lets)


def _law_definitions(equations: Iterable[Equation]) -> tuple[Definition, ...]:
    laws = {law for equation in equations for side in equation for law in parts_of(side, Law)}
    ordered = sorted(laws, key=lambda law: law.name)
    return tuple(Definition(latex(law), "is the law of", latex(law.sample)) for law in ordered)
