"""The page of public names, made from the table that they are loaded by: a name that is public is on the page."""

from __future__ import annotations

import inspect
import re
from importlib import import_module
from typing import Any

from docutils import nodes
from sphinx.pycode import ModuleAnalyzer
from sphinx.util.docutils import SphinxDirective
from sympy import Expr

import mvn_symbolic
from mvn_symbolic import verify

__all__ = ["PublicNames", "bare_names", "groups"]


def groups() -> dict[str, list[str]]:
    """Under each caption, in reading order: where a public name is imported from, and the name."""
    made = {caption: [f"mvn_symbolic.{name}" for name in names] for caption, names in mvn_symbolic._GROUPS.items()}
    judges = [f"mvn_symbolic.verify.{name}" for name in verify._PUBLIC]
    # the function that the module can be called as
    return {**made, "Verification": ["mvn_symbolic.verify.own.verify", *judges]}


class PublicNames(SphinxDirective):
    """A section for each group: a table of its names, and what is to be said about each."""

    def run(self) -> list[nodes.Node]:
        """The sections."""
        self.env.note_dependency(str(mvn_symbolic.__file__))
        made: list[nodes.Node] = []
        for caption, names in groups().items():
            title = nodes.title(caption, caption)
            section = nodes.section("", title, ids=[nodes.make_id(f"names-{caption}")], names=[])
            section += self.parse_text_to_nodes(f"```{{eval-rst}}\n{_group(names)}\n```")
            made.append(section)
        return made


def _group(names: list[str]) -> str:
    table = [".. list-table::", "   :class: mvn-names", "   :widths: 25 75", ""]
    entries = []
    for path in names:
        summary, entry = _entry(path)
        table += [f"   * - :py:obj:`~{path}`", f"     - {summary}"]
        entries += ["", *entry]
    return "\n".join([*table, *entries])


def _entry(path: str) -> tuple[str, list[str]]:
    """What is said about a name in a line, and the directive that says the rest."""
    module, _, name = path.rpartition(".")
    found: Any = getattr(import_module(module), name)
    if not callable(found):  # its class says nothing about it; the comment in the source does
        source, attribute = mvn_symbolic._PUBLIC[name]
        lines = ModuleAnalyzer.for_module(f"mvn_symbolic.{source}").find_attr_docs()["", attribute]
        return lines[0], [f".. py:data:: {path}", "", *(f"   {line}" for line in lines)]
    summary = (inspect.getdoc(found) or "").partition("\n")[0]
    if not isinstance(found, type):
        return summary, [f".. autofunction:: {path}"]
    members = ", ".join(_members(found))
    return summary, [f".. autoclass:: {path}", *([f"   :members: {members}"] if members else [])]


def _members(made: type) -> list[str]:
    """What is told of a class beside itself; an expression is asked by functions, and its methods are for SymPy."""
    if issubclass(made, Expr):
        return []
    told = {name: one for name, one in vars(made).items() if isinstance(one, property) or inspect.isfunction(one)}
    return [name for name in told if not name.startswith("_") and name not in inspect.get_annotations(made)]


def bare_names(*about: Any) -> tuple[str, str] | None:
    """A default that is a function, by its name; what Sphinx asks about every signature."""
    signature, returned = about[-2:]
    return (re.sub(r"<function (\w+)>", r"\1", signature), returned) if signature else None
