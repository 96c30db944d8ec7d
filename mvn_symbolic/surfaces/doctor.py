"""Floor 8: what is installed, in which version, and what it is for. Imports nothing heavy: asks for metadata only."""

from __future__ import annotations

import platform
import re
import shutil
from importlib import metadata
from typing import NamedTuple

__all__ = ["PACKAGES", "diagnose"]


class _Wish(NamedTuple):
    """A package: what it is for, whether nothing works without it, and the versions that do: from, and before."""

    use: str
    needed: bool = False
    oldest: tuple[int, ...] = ()
    before: tuple[int, ...] = ()


#: What is asked for here is what `pyproject.toml` asks for, which is not there to be read where nothing is installed.
PACKAGES = {
    "sympy": _Wish("expressions", needed=True, oldest=(1, 14), before=(1, 15)),
    "numpy": _Wish("NumPy code", needed=True, oldest=(2, 0)),
    "python-flint": _Wish("ball arithmetic, the judge", needed=True, oldest=(0, 7)),
    "click": _Wish("this command", needed=True, oldest=(8, 1)),
    "rich": _Wish("its progress bar", needed=True, oldest=(13,)),
    "torch": _Wish(
        "torch code, its verification, and the comparison with autograd: mvn_symbolic[torch]", oldest=(2, 6)
    ),
    "jax": _Wish("JAX code and its verification: mvn_symbolic[jax]", oldest=(0, 8)),
    "hypothesis": _Wish("property tests: mvn_symbolic[verify]", oldest=(6, 130)),
    "pytest": _Wish("tests: mvn_symbolic[verify]", oldest=(8, 3)),
    "scipy": _Wish("Monte Carlo decisions: mvn_symbolic[verify]", oldest=(1, 15)),
    "sphinx": _Wish("the documentation site: mvn_symbolic[docs]", oldest=(9,), before=(9, 1)),
    "myst-parser": _Wish("its Markdown: mvn_symbolic[docs]", oldest=(5,)),
    "furo": _Wish("its theme: mvn_symbolic[docs]"),
    "sphinx-mathjax-offline": _Wish("its mathematics, without a network: mvn_symbolic[docs]"),
    "matplotlib": _Wish("the example's figure: mvn_symbolic[demo]", oldest=(3, 9)),
    "scikit-learn": _Wish("the example's data: mvn_symbolic[demo]", oldest=(1, 5)),
}
_PROGRAMS = {
    "latexmk": "a PDF from derivations/*/derivation.tex, with pdflatex",
    "pdflatex": "the same",
    "git": "development",
    "make": "the two commands of the README",
}


def diagnose() -> list[dict[str, str]]:
    """Rows of name, what was found, what it is for, and a state: "ok", "missing", "old" or, if needed, "WRONG"."""
    python = platform.python_version()
    rows = [
        {"name": "python", "found": python, "use": "3.11 or newer", "state": _state(python, _Wish("", True, (3, 11)))}
    ]
    for name, wish in PACKAGES.items():
        found = _version(name)
        rows.append({"name": name, "found": found, "use": wish.use, "state": _state(found, wish)})
    for name, use in _PROGRAMS.items():
        there = shutil.which(name) is not None
        rows.append({"name": name, "found": "found" * there, "use": use, "state": "ok" if there else "missing"})
    return rows


def _state(found: str, wish: _Wish) -> str:
    version = tuple(int(part) for part in re.findall(r"\d+", found)[:3])
    fits = bool(found) and version >= wish.oldest and (not wish.before or version < wish.before)
    if fits:
        return "ok"
    if wish.needed:
        return "WRONG"
    return "old" if found else "missing"


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""
