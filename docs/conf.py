"""Sphinx settings of this project's own documentation. Run: sphinx-build -W docs build/docs."""

import sys
from pathlib import Path

from mvn_symbolic import __version__

sys.path.insert(0, str(Path(__file__).parent / "tutorial"))  # the tutorial's own derivations

project = "mvn_symbolic"
author = "the mvn_symbolic contributors"
copyright = author
version = release = __version__

extensions = ["myst_parser", "sphinx-mathjax-offline", "mvn_symbolic.surfaces.sphinxext"]
myst_enable_extensions = ["colon_fence", "deflist"]
exclude_patterns = ["_build"]

mvn_derivations = ["own_derivation:expected_length", "own_derivation:symmetrised_divergence"]
# A page for each derivation of the catalogue, made at every build.
mvn_pages = "reference/derivations"

html_theme = "furo"
html_title = "mvn_symbolic"
html_static_path = ["_static"]
html_css_files = ["page.css"]
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#3451b2", "color-brand-content": "#3451b2"},
    "dark_css_variables": {"color-brand-primary": "#8da4ef", "color-brand-content": "#8da4ef"},
}

latex_elements = {"papersize": "a4paper"}
