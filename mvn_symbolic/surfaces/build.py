"""Floor 8: the main job: derive and judge, render, generate; and all stages in a row, with the work in two processes.

Every stage takes plain arguments, reports what is done, and returns data or raises. Nothing is printed here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from math import inf
from pathlib import Path

from mvn_symbolic.catalogue.registry import GROUPS, build, list_derivations
from mvn_symbolic.checks import check_known
from mvn_symbolic.codegen.backends import BACKENDS
from mvn_symbolic.codegen.tree import generate, module_files, modules_from
from mvn_symbolic.surfaces.lanes import Report, all_done, submit, workers
from mvn_symbolic.surfaces.module_verdicts import Objection, available, verified
from mvn_symbolic.surfaces.outcome import Outputs, Page, index_text, rendered
from mvn_symbolic.surfaces.site import check_docs, site_built
from mvn_symbolic.surfaces.worked_example import worked_example

__all__ = ["build_all", "build_one", "build_outputs", "index_page", "module_outputs"]


def build_outputs(root: Path, report: Report, *, jobs: int = 2) -> Outputs:
    """Derive, judge, render and generate; nothing is written.

    Raises
    ------
    DerivationError
        When a step is refuted.
    """
    names = list_derivations()
    report.expect(len(names) + 2)
    with workers(jobs, shared=True) as (lane,):
        modules = submit(lane, report, _generated_text, tuple(BACKENDS))
        example = submit(lane, report, _judged_example, str(root))
        pages = {name: submit(lane, report, _rendered, name) for name in _longest_first(root, names)}
        all_done([modules, *pages.values(), example])
    return (
        _pages(root, [pages[name] for name in names])
        + _modules(root, modules.result()[0], BACKENDS)
        + Outputs(example.result()[0])
    )


def build_one(root: Path, name: str, report: Report, *, jobs: int = 2) -> Outputs:
    """Derive, judge and render one result, and generate the files that hold its code; nothing is written.

    Results that build on it, and the list of all, are left to the whole build. It is derived once, here: pages and code
    are made of that in processes that know it.

    Raises
    ------
    UnknownNameError
        When there is no derivation of that name.
    DerivationError
        When a step is refuted.
    """
    check_known("derivation", name, list_derivations())
    modules = modules_from(name)
    report.expect(1 + len(modules))
    build(name)
    with workers(min(jobs, 1 + len(modules)), shared=True, knowing=True) as (lane,):
        page = submit(lane, report, _rendered, name)
        texts = [submit(lane, report, _text_of, module, name) for module in modules]
        all_done([page, *texts])
    folder = root / "derivations" / name
    files = {folder / file: content for file, content in page.result()[0].files.items()}
    made = {root / "mvn_symbolic" / path: text for one in texts for path, text in one.result()[0].items()}
    return Outputs({**files, **made}, tuple(_others(folder, files)))


def _longest_first(root: Path, names: Iterable[str]) -> list[str]:
    """By the length of what was written last, and what is new before all: no process waits for long in the end."""

    def length(name: str) -> float:
        file = root / "derivations" / name / "steps.json"
        return file.stat().st_size if file.is_file() else inf

    return sorted(names, key=length, reverse=True)


def module_outputs(root: Path, backends: Iterable[str], report: Report) -> Outputs:
    """Generate the modules of every parameterization for the named backends; nothing is written."""
    backends = [check_known("backend", name, BACKENDS) for name in backends]
    report.expect(1)
    files, text = _generated_text(tuple(backends))
    report.done(text)
    return _modules(root, files, backends)


def _pages(root: Path, rendered: Iterable[Future[tuple[Page, str]]]) -> Outputs:
    folder = root / "derivations"
    pages = [future.result()[0] for future in rendered]
    files = {folder / "README.md": index_text("the catalogue", pages, GROUPS)}
    for page in pages:
        files.update({folder / page.name / file: text for file, text in page.files.items()})
    return Outputs(files, tuple(_others(folder, files)))


def _modules(root: Path, texts: dict[str, str], backends: Iterable[str]) -> Outputs:
    package = root / "mvn_symbolic"
    files = {package / path: text for path, text in texts.items()}
    places = [package / place / backend for backend in backends for place in ("generated", "")]
    return Outputs(files, tuple(other for place in places for other in _others(place, files)))


def _rendered(name: str) -> tuple[Page, str]:
    return rendered(build(name))


def _text_of(module: str, derivation: str) -> tuple[dict[str, str], str]:
    return module_files(module, BACKENDS, derivation=derivation), f"generated {module} for {' and '.join(BACKENDS)}"


def _generated_text(backends: tuple[str, ...]) -> tuple[dict[str, str], str]:
    files = generate(backends=backends)
    return files, f"generated {len(files)} files for {' and '.join(backends)}"


def _judged_example(root: str) -> tuple[dict[Path, str], str]:
    files = worked_example(Path(root))
    return files, "judged the example of the tutorial" if files else ""


def index_page() -> str:
    """The text of derivations/README.md."""
    return index_text("the catalogue", map(build, list_derivations()), GROUPS)


def _others(folder: Path, files: Iterable[Path]) -> Iterator[Path]:
    """Files in an output folder that nothing makes any more."""
    known = set(files)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path not in known and "__pycache__" not in path.parts:
            yield path


def build_all(root: Path, report: Report, *, jobs: int = 2) -> tuple[list[Path], list[Objection], Path | None]:
    """Derive and generate, verify what was generated, write all of it if it passed, and build the docs.

    One process derives and then builds the docs from what it has derived; the other generates and verifies.

    Returns
    -------
    changed : paths that were written or removed
    objections : what the checks have against generated functions; if there is anything, nothing was written
    page : the first page of the documentation
    """
    check_docs(root / "docs")
    names = list_derivations()
    report.expect(len(names) + 3)
    with workers(min(jobs, 2)) as lanes:
        pages = [submit(lanes[0], report, _rendered, name) for name in names]
        example = submit(lanes[0], report, _judged_example, str(root))
        modules = submit(lanes[-1], report, _generated_text, tuple(BACKENDS))
        all_done([modules])
        texts = modules.result()[0]
        _, found = verified(lanes[-1:], available(()), texts, report)
        if found:  # before pages are asked for: one that cannot be written must not hide what is wrong with the code
            return [], found, None
        all_done([*pages, example])
        changed = (_pages(root, pages) + _modules(root, texts, BACKENDS) + Outputs(example.result()[0])).write()
        source, target = (str((root / place).resolve()) for place in ("docs", "build/docs"))
        site = submit(lanes[0], report, site_built, source, target)
        all_done([site])
        return changed, [], Path(site.result()[0])
