"""Floor 8: what a build makes: a text for each path, whether from the catalogue or from a file of one's own.

Lives here: outputs as data, the files of one derivation, an index of them. May not live here: processes, verification.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from mvn_symbolic.derivation.line import judged
from mvn_symbolic.derivation.model import Derivation
from mvn_symbolic.derivation.render import files_of
from mvn_symbolic.outputs import Difference, differences, write_files

__all__ = ["Outputs", "Page", "index_text", "rendered", "summary_of"]


@dataclass(frozen=True)
class Outputs:
    """The text of every output file, and the files in the same places that nothing makes any more."""

    files: dict[Path, str]
    obsolete: tuple[Path, ...] = ()

    def __add__(self, other: Outputs) -> Outputs:
        return Outputs({**self.files, **other.files}, (*self.obsolete, *other.obsolete))

    def write(self) -> list[Path]:
        """Bring the disk up to date; return what changed."""
        return write_files(self.files, obsolete=self.obsolete)

    def differences(self) -> list[Difference]:
        """What is not up to date."""
        return differences(self.files, obsolete=self.obsolete)


class Page(NamedTuple):
    """A derivation as it is written: its name, its title, the text of each file of its folder."""

    name: str
    title: str
    files: dict[str, str]


def rendered(derivation: Derivation) -> tuple[Page, str]:
    """Judge every step and render; return the page, and what to say of it.

    Raises
    ------
    DerivationError
        When a step is refuted.
    """
    derivation = judged(derivation)
    page = Page(derivation.name, derivation.title, files_of(derivation))
    return page, f"derived {derivation.name}: {summary_of(derivation)}"


def summary_of(derivation: Derivation) -> str:
    """How many steps, and how many of them proved."""
    verdicts = [step.verdict.status for step in derivation.steps if step.verdict is not None]
    proved = verdicts.count("proved")
    rest = f", {len(verdicts) - proved} not decided by proof" if proved < len(verdicts) else ""
    return f"{len(verdicts)} steps, {proved} proved at the sizes tried{rest}"


def index_text(
    origin: str, derivations: Iterable[Derivation | Page], groups: Mapping[str, Collection[str]] | None = None
) -> str:
    """The page that links to the page of each derivation.

    Parameters
    ----------
    origin
        What all of them were made from.
    derivations
        What is listed.
    groups
        Captions, and the names below each; without them the list has none.
    """
    row = {one.name: f"- [{one.title}]({one.name}/derivation.md)" for one in derivations}
    rows = list(row.values())
    if groups:
        listed = {caption: [row[name] for name in names if name in row] for caption, names in groups.items()}
        rows = ["\n".join([f"## {caption}\n", *lines, ""]) for caption, lines in listed.items() if lines]
    head = f"# Derivations\n\nMade by `mvn-symbolic build` from {origin}; do not edit. Each folder holds the same\n"
    return head + "derivation as Markdown, LaTeX, and JSON (steps and verdict).\n\n" + "\n".join(rows).rstrip() + "\n"
