"""Floor 6: the main job. Derive and judge everything, render pages, generate modules, verify them, build the docs.

Each stage is a function of the repository's folder; the command line prints what they return.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from importlib import util
from pathlib import Path

from mvn_symbolic.catalogue.registry import build, derive, list_derivations
from mvn_symbolic.checks import check_known
from mvn_symbolic.codegen.backends import BACKENDS
from mvn_symbolic.codegen.tree import generate
from mvn_symbolic.derivation.model import Derivation
from mvn_symbolic.derivation.render import files_of
from mvn_symbolic.errors import DerivationError, OutputError, UnsupportedExpressionError
from mvn_symbolic.outputs import Difference, differences, write_files

__all__ = ["Outputs", "build_docs", "build_outputs", "derivation_outputs", "module_outputs", "summary_of"]

Report = Callable[[str], None]


@dataclass(frozen=True)
class Outputs:
    """The text of every output file, and the files in the same places that nothing makes any more."""

    files: dict[Path, str]
    obsolete: tuple[Path, ...] = ()

    def write(self) -> list[Path]:
        """Bring the disk up to date; return what changed."""
        return write_files(self.files, obsolete=self.obsolete)

    def differences(self) -> list[Difference]:
        """What is not up to date."""
        return differences(self.files, obsolete=self.obsolete)


def build_outputs(root: Path, report: Report, *, jobs: int = 2) -> Outputs:
    """All outputs: derivations and modules."""
    pages = derivation_outputs(root / "derivations", list_derivations(), report, jobs=jobs)
    modules = module_outputs(root / "mvn_symbolic", tuple(BACKENDS), report)
    return Outputs({**pages.files, **modules.files}, (*pages.obsolete, *modules.obsolete))


def derivation_outputs(folder: Path, names: Iterable[str], report: Report, *, jobs: int = 2) -> Outputs:
    """Derive, judge and render the named derivations; refuted steps raise."""
    names = [check_known("derivation", name, list_derivations()) for name in names]
    files: dict[Path, str] = {}
    for name, texts, verdict in _each(_rendered, names, jobs):
        report(f"derived {name}: {verdict}")
        files.update({folder / name / file: text for file, text in texts.items()})
    whole = set(names) == set(list_derivations())
    if whole:
        files[folder / "README.md"] = _index(names)
    return Outputs(files, tuple(_others(folder, files)) if whole else ())


def _rendered(name: str) -> tuple[str, dict[str, str], str]:
    derivation = derive(name)
    return name, files_of(derivation), summary_of(derivation)


def summary_of(derivation: Derivation) -> str:
    """How many steps, and how many of them proved."""
    verdicts = [step.verdict.status for step in derivation.steps if step.verdict is not None]
    proved = verdicts.count("proved")
    rest = f", {len(verdicts) - proved} not decided by proof" if proved < len(verdicts) else ""
    return f"{len(verdicts)} steps, {proved} proved at the sizes tried{rest}"


def _each(work: Callable[[str], tuple], names: list[str], jobs: int) -> Iterator[tuple]:  # type: ignore[type-arg]
    """Results in the order of the names; in processes of their own when there is more than one."""
    workers = min(jobs, len(names), os.cpu_count() or 1)
    if workers < 2:
        yield from map(work, names)
        return
    with ProcessPoolExecutor(workers) as pool:
        yield from pool.map(work, names)


def _index(names: Iterable[str]) -> str:
    rows = [f"- [{build(name).title}]({name}/derivation.md)" for name in names]
    head = "# Derivations\n\nMade by `mvn-symbolic build` from the catalogue; do not edit. Each folder holds the same\n"
    return head + "derivation as Markdown, LaTeX, and JSON (steps and verdict).\n\n" + "\n".join(rows) + "\n"


def _others(folder: Path, files: Iterable[Path]) -> Iterator[Path]:
    """Files in an output folder that nothing makes any more."""
    known = set(files)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path not in known and "__pycache__" not in path.parts:
            yield path


def module_outputs(package: Path, backends: Iterable[str], report: Report) -> Outputs:
    """Generate the modules of every parameterization for the named backends."""
    backends = [check_known("backend", name, BACKENDS) for name in backends]
    files = {package / path: text for path, text in generate(backends=backends).items()}
    report(f"generated {len(files)} files for {' and '.join(backends)}")
    places = [package / place / backend for backend in backends for place in ("generated", "")]
    return Outputs(files, tuple(other for place in places for other in _others(place, files)))


def build_docs(root: Path) -> Path:
    """Build the site with warnings as errors; return its first page.

    Raises
    ------
    UnsupportedExpressionError
        When the documentation tools are not installed.
    DerivationError
        When a page is wrong.
    """
    if util.find_spec("sphinx") is None:
        raise UnsupportedExpressionError("the docs need Sphinx and its theme: pip install 'mvn_symbolic[docs]'.")
    source, target = root / "docs", root / "build" / "docs"
    if not (source / "conf.py").is_file():
        raise OutputError(f"expected the documentation's conf.py in {source}; run from the repository's folder.")
    command = [sys.executable, "-m", "sphinx", "-b", "html", "-W", "--keep-going", "-q", str(source), str(target)]
    if subprocess.run(command, check=False, stdout=sys.stderr).returncode:
        raise DerivationError("the documentation has warnings; they are printed above.")
    return target / "index.html"
