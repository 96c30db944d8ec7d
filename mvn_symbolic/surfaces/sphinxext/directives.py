"""The directives and roles a page is written with. A wrong name is a warning of the build, with the closest names.

They fetch from `sources` and hand over to `blocks`; no formula and no derivation lives here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from docutils import nodes  # type: ignore[import-untyped]
from docutils.parsers.rst import directives  # type: ignore[import-untyped]
from sphinx.util.docutils import SphinxDirective, SphinxRole

from mvn_symbolic.checks import check_known
from mvn_symbolic.derivation.grouping import groups_of
from mvn_symbolic.derivation.page import PARTS, StepBlock, page
from mvn_symbolic.errors import ArgumentError, MVNSymbolicError
from mvn_symbolic.notation.latex import latex, latex_equation
from mvn_symbolic.notation.symbols import k
from mvn_symbolic.notation.table import TABLE, argument_name, latex_name, symbol
from mvn_symbolic.surfaces.sphinxext.blocks import inline_math, prose, to_nodes
from mvn_symbolic.surfaces.sphinxext.sources import (
    derivation,
    derivation_files,
    function_source,
    generated_file,
    generated_modules,
)

__all__ = ["CodeDirective", "DerivationDirective", "ModulesDirective", "NotationDirective", "ResultRole", "SymbolRole"]

#: Letters a displayed line may be wide, so that it fits the text column of common themes.
_LINE = 68


def _words(argument: str | None) -> list[str]:
    return (argument or "").replace(",", " ").split()


def _range(argument: str) -> tuple[int, int]:
    """`3` or `2-5`."""
    first, _, last = argument.strip().partition("-")
    return int(first), int(last or first)


class _Directive(SphinxDirective):
    """A directive whose mistakes are warnings at the line where it stands."""

    def run(self) -> list[nodes.Node]:
        """Make the nodes, or warn."""
        try:
            return self.make()
        except MVNSymbolicError as error:
            return [self.state.document.reporter.warning(f"{self.name}: {error}", line=self.lineno)]

    def make(self) -> list[nodes.Node]:
        """The nodes."""
        raise NotImplementedError

    def note_derivations(self) -> None:
        """Make the page again when the source of a derivation changes."""
        for path in derivation_files(self.config.mvn_derivations):
            self.env.note_dependency(str(path))


class DerivationDirective(_Directive):
    """A derivation, or parts of it.

    Options: ``only`` (some of result, premise, steps, remarks, conventions, references), ``chains`` (names),
    ``steps`` (a number or a range) and ``sections`` (headings open sections of the page).
    """

    required_arguments = 1
    option_spec: ClassVar[dict[str, Callable[[str], Any]]] = {
        "only": _words,
        "chains": _words,
        "steps": _range,
        "sections": directives.flag,
    }

    def make(self) -> list[nodes.Node]:
        found = derivation(self.arguments[0], self.config.mvn_derivations)
        self.note_derivations()
        parts = self.options.get("only") or PARTS
        for part in parts:
            check_known("part of a derivation", part, PARTS)
        chains = self.options.get("chains")
        for chain in chains or ():
            check_known(f"chain of {found.name}", chain, found.results)
        blocks = page(found, parts=parts, chains=chains, limit=_LINE)
        if "steps" in self.options:
            first, last = self.options["steps"]
            blocks = [block for block in blocks if isinstance(block, StepBlock) and first <= block.number <= last]
            if not blocks:
                raise ArgumentError(f"`steps` must lie within the steps of {found.name}; got {first}-{last}.")
        sections = "sections" in self.options
        made = to_nodes(
            blocks,
            found.name,
            self.env.docname,
            sections=sections,
            headings=len(parts) > 1 or sections,  # a part shown by itself is headed by the page around it
        )
        summary = nodes.paragraph("", "", *prose(found.summary))
        return [summary, *made] if len(parts) == len(PARTS) and "steps" not in self.options else made


class CodeDirective(_Directive):
    """A generated function. Options: ``backend`` (torch), ``parameterization`` (tril), ``short`` (no docstring)."""

    required_arguments = 1
    option_spec: ClassVar[dict[str, Callable[[str], Any]]] = {
        "backend": directives.unchanged_required,
        "parameterization": directives.unchanged_required,
        "short": directives.flag,
    }

    def make(self) -> list[nodes.Node]:
        backend = self.options.get("backend", "torch")
        parameterization = self.options.get("parameterization", "tril")
        path = generated_file(backend, parameterization)
        self.env.note_dependency(str(path))
        source = function_source(path, self.arguments[0], docstring="short" not in self.options)
        return [nodes.literal_block(source, source, language="python")]


class NotationDirective(_Directive):
    """The notation table."""

    option_spec: ClassVar[dict[str, Callable[[str], Any]]] = {}

    def make(self) -> list[nodes.Node]:
        self.note_derivations()
        head = ["Symbol", "Argument", "Shape", "Structure", "Meaning"]
        rows = [
            [
                [inline_math(row.latex)],
                [nodes.literal(row.argument, row.argument)],
                [nodes.literal(row.shape, row.shape)],
                [nodes.literal(row.kind.__name__, row.kind.__name__)],
                prose(row.meaning),
            ]
            for row in TABLE
        ]
        return [_table(head, rows, (8, 20, 16, 18, 38))]


class ModulesDirective(_Directive):
    """The generated modules there are."""

    option_spec: ClassVar[dict[str, Callable[[str], Any]]] = {}

    def make(self) -> list[nodes.Node]:
        rows = [
            [[nodes.literal(name, name)], _literals(parameters), _literals(backends)]
            for name, (parameters, backends) in generated_modules().items()
        ]
        return [_table(["Parameterization", "Parameters", "Backends"], rows, (20, 40, 20))]


def _literals(words: list[str]) -> list[nodes.Node]:
    made: list[nodes.Node] = []
    for word in words:
        made += [nodes.Text(", ")] if made else []
        made.append(nodes.literal(word, word))
    return made


def _table(head: list[str], rows: list[list[list[nodes.Node]]], widths: tuple[int, ...]) -> nodes.table:
    group = nodes.tgroup("", *(nodes.colspec(colwidth=width) for width in widths), cols=len(head))
    group += nodes.thead("", _row([[nodes.Text(text)] for text in head]))
    group += nodes.tbody("", *map(_row, rows))
    return nodes.table("", group, classes=["mvn-table"])


def _row(cells: list[list[nodes.Node]]) -> nodes.row:
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", *cell)) for cell in cells))


class _Role(SphinxRole):
    """A role whose mistakes are warnings at the place where it stands."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Make the formula, or warn."""
        try:
            return [inline_math(self.formula())], []
        except MVNSymbolicError as error:
            message = self.inliner.reporter.warning(f"{self.name}: {error}", line=self.lineno)
            return [self.inliner.problematic(self.rawtext, self.rawtext, message)], [message]

    def formula(self) -> str:
        """The LaTeX."""
        raise NotImplementedError


class SymbolRole(_Role):
    """A symbol by its argument name, with or without the prefix of a distribution: ``loc``, ``p_scale_tril``."""

    def formula(self) -> str:
        if self.text == "k":
            return latex(k)
        names = {row.argument for row in TABLE}
        prefix, _, rest = self.text.partition("_")
        made = symbol(rest, prefix) if rest in names and self.text not in names else symbol(self.text)
        assert argument_name(made) == self.text
        return latex_name(made)


class ResultRole(_Role):
    """The main result of a derivation, ``name``, or that of one of its chains, ``name:chain``."""

    def formula(self) -> str:
        name, _, chain_name = self.text.partition(":")
        found = derivation(name, self.config.mvn_derivations)
        for path in derivation_files(self.config.mvn_derivations):
            self.env.note_dependency(str(path))
        wanted = check_known(f"chain of {name}", chain_name, found.results) if chain_name else found.chains[0].name
        shown = {chain.name: group for group in groups_of(found.chains) for chain in group.chains}
        (chain,) = (chain for chain in found.chains if chain.name == wanted)
        return latex_equation(*shown[wanted].result_of(chain))
