"""Floor 4: the one door to a derivation's written forms. The forms themselves are in `render_*`."""

from __future__ import annotations

from collections.abc import Callable

from mvn_symbolic.derivation.model import Derivation
from mvn_symbolic.derivation.render_data import steps_json, verdict_json
from mvn_symbolic.derivation.render_latex import results_latex, to_latex
from mvn_symbolic.derivation.render_markdown import to_markdown, to_notebook

__all__ = [
    "FILES",
    "files_of",
    "results_latex",
    "steps_json",
    "to_latex",
    "to_markdown",
    "to_notebook",
    "verdict_json",
]

#: What a folder under `derivations/` holds, and what writes it.
FILES: dict[str, Callable[[Derivation], str]] = {
    "derivation.md": to_markdown,
    "derivation.tex": to_latex,
    "steps.json": steps_json,
    "verdict.json": verdict_json,
}


def files_of(derivation: Derivation) -> dict[str, str]:
    """The text of every file of a derivation's folder, by file name."""
    return {name: write(derivation) for name, write in FILES.items()}
