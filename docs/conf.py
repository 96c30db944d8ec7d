"""Sphinx settings of this project's own documentation. Run: sphinx-build -W docs build/docs."""

import sys
from pathlib import Path
from typing import Any

import click
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from mvn_symbolic import __version__
from mvn_symbolic.surfaces.cli import main

_ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(_ROOT / folder) for folder in ("docs", "docs/tutorial", "docs/how-to", "examples")]

from public_names import PublicNames, bare_names  # noqa: E402 - a file beside this one

project = "mvn_symbolic"
author = "the mvn_symbolic contributors"
copyright = author
version = release = __version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx-mathjax-offline",
    "mvn_symbolic.surfaces.sphinxext",
]
myst_enable_extensions = ["colon_fence", "deflist"]
exclude_patterns = ["_build", "changelog.d"]

mvn_derivations = [
    "own_derivation:expected_length",
    "own_derivation:symmetrised_divergence",
    "built_results:ppca",
    "built_results:learned_prior",
    "built_results:scaled_shape",
]
# A page for each derivation of the catalogue, made at every build.
mvn_pages = "reference/derivations"

autodoc_typehints = "none"  # what an argument may be is said in words below it
autodoc_preserve_defaults = True
autodoc_member_order = "bysource"
add_module_names = False
toc_object_entries_show_parents = "hide"
default_role = "code"
napoleon_google_docstring = False
napoleon_use_rtype = False

html_theme = "furo"
html_title = "mvn_symbolic"
html_static_path = ["_static"]
html_css_files = ["page.css"]
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#3451b2", "color-brand-content": "#3451b2"},
    "dark_css_variables": {"color-brand-primary": "#8da4ef", "color-brand-content": "#8da4ef"},
}

latex_elements = {"papersize": "a4paper"}


class CommandHelp(SphinxDirective):
    """What every command prints when asked for help."""

    def run(self) -> list[nodes.Node]:
        """One section per command."""
        context = click.Context(main, info_name="mvn-symbolic", max_content_width=100)
        made: list[nodes.Node] = [nodes.literal_block("", main.get_help(context), language="text")]
        for name in main.list_commands(context):
            command = main.get_command(context, name)
            assert command is not None
            text = command.get_help(click.Context(command, info_name=name, parent=context, max_content_width=100))
            title = nodes.title(name, name)
            block = nodes.literal_block(text, text, language="text")
            made.append(nodes.section("", title, block, ids=[f"command-{name}"], names=[]))
        return made


def setup(app: Sphinx) -> dict[str, Any]:
    """Register what only this documentation needs."""
    app.add_directive("command-help", CommandHelp)
    app.add_directive("public-names", PublicNames)
    app.connect("autodoc-process-signature", bare_names)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
