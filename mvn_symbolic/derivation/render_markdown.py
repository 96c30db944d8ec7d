"""Floor 4: a derivation as Markdown, for GitHub and for notebooks. Only how blocks look in Markdown lives here."""

from __future__ import annotations

import re
from collections.abc import Collection

from mvn_symbolic.derivation.model import Derivation
from mvn_symbolic.derivation.page import (
    PARTS,
    Block,
    Caption,
    Formula,
    Heading,
    Items,
    Paragraph,
    StepBlock,
    Where,
    page,
)
from mvn_symbolic.derivation.prose import capitalised, set_prose

__all__ = ["to_markdown", "to_notebook"]

_MARKS = {"proved": "✓", "refuted": "✗", "unknown": "≈", "unchecked": "·"}


def to_markdown(derivation: Derivation, *, parts: Collection[str] = PARTS) -> str:
    """Markdown that GitHub renders: fenced mathematics, no macro that GitHub forbids."""
    return _document(derivation, parts, _GitHub())


def to_notebook(derivation: Derivation, *, parts: Collection[str] = PARTS) -> str:
    """Markdown with mathematics between dollars, as notebooks render it."""
    return _document(derivation, parts, _Dollars())


class _GitHub:
    """Backticks inside the dollars keep Markdown's hands off the formula."""

    def display(self, text: str) -> str:
        return f"```math\n{text}\n```"

    def inline(self, text: str) -> str:
        return f"$`{text}`$"

    def prose(self, text: str) -> str:
        return set_prose(text, _escaped, lambda code: f"`{code}`", self.inline)


class _Dollars(_GitHub):
    def display(self, text: str) -> str:
        return f"$$\n{text}\n$$"

    def inline(self, text: str) -> str:
        return f"${text}$"


def _document(derivation: Derivation, parts: Collection[str], style: _GitHub) -> str:
    head = [f"# {style.prose(derivation.title)}", style.prose(derivation.summary)]
    blocks = [_shown(block, style) for block in page(derivation, parts=parts)]
    return "\n\n".join(part for part in [*head, *blocks] if part) + "\n"


def _shown(block: Block, style: _GitHub) -> str:
    match block:
        case Heading(text, level):
            return f"{'#' * (level + 1)} {style.prose(text)}"
        case Paragraph(text):
            return style.prose(capitalised(text))
        case Caption(text):
            return f"**{style.prose(capitalised(text))}.**"
        case Items(texts):
            return "\n".join(f"- {style.prose(text)}" for text in texts)
        case Formula():
            return style.display(_aligned(block))
        case Where():
            return block.sentence(style.inline)
        case StepBlock():
            return _step(block, style)


def _step(block: StepBlock, style: _GitHub) -> str:
    head = f"**{block.number}.** {style.prose(capitalised(block.reason))}"
    notes = [f"{_MARKS[block.status]} {block.badge}", f"rule: {style.prose(block.rule)}"]
    if block.condition:
        notes.append(f"needs: {style.prose(block.condition)}")
    if block.source:
        notes.append(f"source: {style.prose(block.source)}")
    parts = [
        head,
        style.display(_aligned(block.formula)),
        _shown(block.where, style),
        " · ".join(notes),
    ]
    return "\n\n".join(part for part in parts if part)


def _aligned(formula: Formula) -> str:
    if len(formula.lines) == 1 and "&" not in formula.lines[0].replace("&", "", 1):
        return formula.lines[0].replace("&", "", 1).strip()
    return f"\\begin{{aligned}}\n{formula.rows}\n\\end{{aligned}}"


def _escaped(text: str) -> str:
    return re.sub(r"([\\*_<>$|])", r"\\\1", text)
