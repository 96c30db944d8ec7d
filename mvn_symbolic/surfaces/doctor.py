"""Floor 6: what is installed, in which version, and what it is for. Imports nothing heavy: it asks for metadata only."""

from __future__ import annotations

import platform
import shutil
from importlib import metadata

__all__ = ["diagnose"]

_PACKAGES = {
    "sympy": "expressions; needed",
    "numpy": "NumPy code; needed",
    "python-flint": "ball arithmetic, the judge; needed",
    "torch": "torch code and its verification",
    "hypothesis": "property tests",
    "pytest": "tests",
    "scipy": "Monte Carlo decisions",
    "sphinx": "documentation site",
    "furo": "its theme",
    "myst-parser": "its Markdown",
    "sphinx-mathjax-offline": "its mathematics, without a network",
    "matplotlib": "the example's figure",
    "scikit-learn": "the example's data",
}
_PROGRAMS = {"latexmk": "PDF from the LaTeX files", "git": "development", "make": "the two commands of the README"}


def diagnose() -> list[dict[str, str]]:
    """Rows of name, what was found, and what it is for."""
    rows = [{"name": "python", "found": platform.python_version(), "use": "3.11 or newer; needed"}]
    rows += [{"name": name, "found": _version(name), "use": use} for name, use in _PACKAGES.items()]
    rows += [{"name": name, "found": "found" if shutil.which(name) else "", "use": use} for name, use in _PROGRAMS.items()]
    return rows


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""
