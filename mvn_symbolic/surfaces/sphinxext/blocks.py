"""How the blocks of a derivation's page become document nodes, the same for HTML, LaTeX and plain text.

Which blocks there are is decided in `mvn_symbolic.derivation.page`; colours and boxes are in the style sheet.
"""

from __future__ import annotations

from collections.abc import Iterable

from docutils import nodes  # type: ignore[import-untyped]

from mvn_symbolic.derivation.page import (
    Block,
    Caption,
    Formula,
    Heading,
    Items,
    Paragraph,
    StepBlock,
    Where,
)
from mvn_symbolic.derivation.prose import capitalised, pieces
from mvn_symbolic.notation.latex_text import inline

__all__ = ["display", "inline_math", "prose", "to_nodes"]

_PART_CLASSES = {"Result": "mvn-results", "Results": "mvn-results", "Steps": "mvn-steps", "Given": "mvn-given"}


def inline_math(formula: str) -> nodes.math:
    """A formula in a line of prose."""
    formula = inline(formula)
    return nodes.math(formula, formula)


def display(formula: Formula, docname: str) -> nodes.math_block:
    """A displayed formula of one or more aligned lines."""
    text = formula.rows
    if "\\\\" not in text:  # alone on its line, and then Sphinx makes no alignment around it
        text = text.replace("&", "", 1)
    return nodes.math_block(text, text, docname=docname, label=None, number=None, nowrap=False, **{"no-wrap": False})


def prose(text: str) -> list[nodes.Node]:
    """Words with the symbols and code in them."""
    made: list[nodes.Node] = []
    for kind, piece in pieces(text):
        if kind == "math":
            made.append(inline_math(piece))
        else:
            made.append(nodes.literal(piece, piece) if kind == "code" else nodes.Text(piece))
    return made


def to_nodes(
    blocks: Iterable[Block], name: str, docname: str, *, sections: bool, headings: bool = True
) -> list[nodes.Node]:
    """The nodes of a page.

    Parameters
    ----------
    blocks
        What the page shows.
    name
        The derivation's name, from which link targets are made.
    docname
        The document the nodes are for.
    sections
        Whether headings open sections, as on a page of its own, or are mere captions.
    headings
        Whether the parts are headed at all.
    """
    builder = _Builder(name, docname, sections=sections, headings=headings)
    for block in blocks:
        builder.add(block)
    return builder.made


class _Builder:
    def __init__(self, name: str, docname: str, *, sections: bool, headings: bool) -> None:
        self.made: list[nodes.Node] = []
        self._name, self._docname, self._sections, self._headings = name, docname, sections, headings
        self._open: list[tuple[int, nodes.section]] = []
        self._class = ""
        self._container: nodes.container | None = None
        self._ids: set[str] = set()

    def add(self, block: Block) -> None:
        """Put a block where it belongs."""
        if isinstance(block, Heading):
            self._heading(block)
            return
        if isinstance(block, Caption):  # a result with its gradients has a card of its own
            self._container = None
        if self._container is None:
            self._container = nodes.container(classes=["mvn-derivation", *([self._class] if self._class else [])])
            self._append(self._container)
        shown = self._shown(block)
        last = self._container.children[-1] if self._container.children else None
        if isinstance(block, Where) and isinstance(last, nodes.container) and "mvn-start" in last["classes"]:
            last += shown
        else:
            self._container += shown

    def _append(self, node: nodes.Node) -> None:
        if self._open:
            self._open[-1][1].append(node)
        else:
            self.made.append(node)

    def _heading(self, block: Heading) -> None:
        self._container = None
        if block.level == 1:
            self._class = _PART_CLASSES.get(block.text, "")
            if not self._headings:
                return
        identifier = self._unique(nodes.make_id(f"{self._name}-{block.text}"))
        if not self._sections:
            rubric = nodes.rubric("", "", *prose(block.text), ids=[identifier], classes=["mvn-heading"])
            rubric["heading-level"] = block.level + 2
            self._append(rubric)
            return
        while self._open and self._open[-1][0] >= block.level:
            self._open.pop()
        section = nodes.section("", nodes.title("", "", *prose(block.text)), ids=[identifier], names=[])
        self._append(section)
        self._open.append((block.level, section))

    def _unique(self, identifier: str) -> str:
        candidates = (identifier if not count else f"{identifier}-{count + 1}" for count in range(len(self._ids) + 1))
        found = next(candidate for candidate in candidates if candidate not in self._ids)
        self._ids.add(found)
        return found

    def _shown(self, block: Block) -> list[nodes.Node]:
        match block:
            case Caption(text):
                return [nodes.paragraph("", "", nodes.strong("", "", *prose(capitalised(text))))]
            case Paragraph(text):
                return [nodes.paragraph("", "", *prose(capitalised(text)))]
            case Items(texts):
                items = [nodes.list_item("", nodes.paragraph("", "", *prose(text))) for text in texts]
                return [nodes.bullet_list("", *items)]
            case Formula():
                formula = display(block, self._docname)
                return [nodes.container("", formula, classes=["mvn-start"]) if self._class == "mvn-steps" else formula]
            case Where():
                return self._where(block)
            case StepBlock():
                return [self._step(block)]
            case _:
                raise AssertionError(block)

    def _where(self, block: Where) -> list[nodes.Node]:
        if not block.definitions:
            return []
        parts: list[nodes.Node] = [nodes.Text("where ")]
        for number, (left, words, right) in enumerate(block.definitions):
            parts += [nodes.Text(", ")] if number else []
            if words == "=":
                parts.append(inline_math(f"{left} = {right}"))
            else:
                parts += [inline_math(left), nodes.Text(f" {words} "), inline_math(right)]
        return [nodes.paragraph("", "", *parts, nodes.Text("."), classes=["mvn-where"])]

    def _step(self, block: StepBlock) -> nodes.container:
        number = nodes.inline("", str(block.number), classes=["mvn-number"])
        reason = nodes.paragraph("", "", number, nodes.Text(" "), *prose(capitalised(block.reason)))
        badge = nodes.inline("", block.badge, classes=["mvn-badge", f"mvn-{block.status}"])
        notes: list[nodes.Node] = [badge, nodes.Text(f" {block.rule}")]
        for label, text in (("needs", block.condition), ("source", block.source)):
            if text:
                notes += [nodes.Text(f" · {label}: "), *prose(text)]
        return nodes.container(
            "",
            reason,
            display(block.formula, self._docname),
            *self._where(block.where),
            nodes.paragraph("", "", *notes, classes=["mvn-notes"]),
            classes=["mvn-step", f"mvn-{block.status}"],
        )
