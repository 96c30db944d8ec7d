"""Surface: the Sphinx extension: derivations, symbols and generated code in anybody's documentation, by name.

Add ``"mvn_symbolic.surfaces.sphinxext"`` to ``extensions``. Directives and roles are in `directives`, how blocks
become document nodes is in `blocks`, where derivations come from is in `sources`,
and a page for each of them is written by `pages`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from mvn_symbolic import __version__
from mvn_symbolic.surfaces.sphinxext.directives import (
    CodeDirective,
    DerivationDirective,
    ModulesDirective,
    NotationDirective,
    ResultRole,
    SymbolRole,
)
from mvn_symbolic.surfaces.sphinxext.pages import write_pages

__all__ = ["setup"]

_STATIC = Path(__file__).parent / "static"


def _add_static(app: Sphinx) -> None:
    app.config.html_static_path.append(str(_STATIC))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directives, the roles, the style sheet and the settings."""
    app.add_config_value("mvn_derivations", [], "env", types=[list, tuple])
    app.add_config_value("mvn_pages", "", "env", types=[str])
    app.add_directive("mvn-derivation", DerivationDirective)
    app.add_directive("mvn-code", CodeDirective)
    app.add_directive("mvn-modules", ModulesDirective)
    app.add_directive("mvn-notation", NotationDirective)
    app.add_role("mvn", SymbolRole())
    app.add_role("mvn-result", ResultRole())
    app.add_css_file("mvn.css")
    app.connect("builder-inited", _add_static)
    app.connect("builder-inited", write_pages)
    return {"version": __version__, "parallel_read_safe": True, "parallel_write_safe": True}
