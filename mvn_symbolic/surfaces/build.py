"""Floor 8: the main job. Derive and judge, render, generate, verify, build the docs; with the work in two processes.

Every stage takes plain arguments, reports what is done, and returns data or raises. Nothing is printed here.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from functools import cache
from importlib import import_module, util
from math import inf
from pathlib import Path
from types import ModuleType
from typing import Any

from mvn_symbolic.catalogue.parameterizations import PARAMETERIZATIONS
from mvn_symbolic.catalogue.registry import GROUPS, build, list_derivations
from mvn_symbolic.catalogue.topics import TOPICS
from mvn_symbolic.checks import check_known
from mvn_symbolic.codegen.backends import BACKENDS
from mvn_symbolic.codegen.tree import generate, module_files, modules_from
from mvn_symbolic.errors import MVNSymbolicError, OutputError
from mvn_symbolic.surfaces.lanes import BuildError, Report, all_done, submit, workers
from mvn_symbolic.surfaces.outcome import Outputs, Page, index_text, rendered, summary_of
from mvn_symbolic.surfaces.worked_example import worked_example

__all__ = [
    "BuildError",
    "MissingPackageError",
    "Objection",
    "Outputs",
    "Report",
    "build_all",
    "build_docs",
    "build_one",
    "build_outputs",
    "index_page",
    "module_outputs",
    "summary_of",
    "verify_modules",
]

#: Enough to accept or reject a function; compilation, export and second derivatives are for the test suite.
_QUICK = ("argument_names", "truth", "batches", "upper_triangle", "dtype")


class MissingPackageError(MVNSymbolicError, ImportError):
    """A stage needs a package that is not installed."""


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


# ---------------------------------------------------------------- verification


@dataclass(frozen=True)
class Objection:
    """What a check has against a generated function."""

    function: str
    check: str
    message: str

    def __str__(self) -> str:
        return f"{self.function}: {self.check}: {self.message}"


def verify_modules(backends: Iterable[str], report: Report, *, jobs: int = 2) -> tuple[int, list[Objection]]:
    """Judge every function of the installed modules, in both precisions; return how many and what is wrong.

    Raises
    ------
    MissingPackageError
        When the library of a named backend is not installed.
    """
    wanted = _available(backends)
    with workers(jobs) as lanes:
        return _verified(lanes, wanted, {}, report)


def _available(backends: Iterable[str]) -> tuple[str, ...]:
    named = tuple(check_known("backend", name, BACKENDS) for name in backends)
    for name in named:
        if util.find_spec(name) is None:
            raise MissingPackageError(f"verifying {name} code needs {name}: pip install 'mvn_symbolic[{name}]'.")
    return named or tuple(name for name in BACKENDS if util.find_spec(name) is not None)


def _verified(
    lanes: list[Executor], backends: tuple[str, ...], texts: dict[str, str], report: Report
) -> tuple[int, list[Objection]]:
    """One task a function, for all backends at once: they share the truths in ball arithmetic."""
    from mvn_symbolic.verify.signatures import FUNCTIONS

    checks = _QUICK if util.find_spec("torch") is not None else tuple(c for c in _QUICK if c != "batches")
    named = [(topic, result) for topic in TOPICS.values() for result in topic.results]
    report.expect(len(PARAMETERIZATIONS) * len(FUNCTIONS) + len(named))
    futures: dict[str, list[Future[Any]]] = {module: [] for module in (*TOPICS, *PARAMETERIZATIONS)}
    for i, (topic, result) in enumerate(named):
        sources = _sources(topic.file(result.derivation), backends, texts)
        own = topic.name, result.name, result.derivation
        task = submit(lanes[i % len(lanes)], report, _judged_result, *own, sources)
        futures[topic.name].append(task)
    for kind in PARAMETERIZATIONS:
        sources = _sources(kind, backends, texts)
        futures[kind] = [
            submit(lanes[i % len(lanes)], report, _judged, kind, name, sources, checks)
            for i, name in enumerate(FUNCTIONS)
        ]
    found: list[Objection] = []
    for module, results in futures.items():
        all_done(results)
        objections = [objection for future in results for objection in future.result()[0]]
        precisions = "float64" if module in TOPICS else "float64 and float32"
        for backend in backends:
            wrong = sum(objection.function.startswith(f"{backend}.{module}.") for objection in objections)
            verdict = f"{wrong} objections" if wrong else f"{len(results)} functions in {precisions}"
            report.done(f"{'REJECTED' if wrong else 'verified'} {backend}.{module}: {verdict}", steps=0)
        found += objections
    return (len(PARAMETERIZATIONS) * len(FUNCTIONS) * 2 + len(named)) * len(backends), found


def _sources(module: str, backends: tuple[str, ...], texts: dict[str, str]) -> dict[str, str | None]:
    return {backend: texts.get(f"generated/{backend}/{module}.py") for backend in backends}


def _judged_result(
    topic: str, name: str, derivation: str, sources: dict[str, str | None]
) -> tuple[list[Objection], str]:
    """A function of a topic, with its derivatives, against its expression in ball arithmetic."""
    from mvn_symbolic.catalogue.topics import topic_functions
    from mvn_symbolic.codegen.standalone import Generated
    from mvn_symbolic.verify.own import verify_code

    function = next(one for one in topic_functions(topic, derivation=derivation) if one.name == name)
    found = []
    for backend, source in sources.items():
        text = source or _installed(backend, TOPICS[topic].file(derivation))
        verdict = verify_code(Generated(function, backend, text))
        found += [Objection(f"{backend}.{topic}.{name}", "truth", failure) for failure in verdict.failures]
    return found, ""


def _installed(backend: str, module: str) -> str:
    """The text of a generated module."""
    file = Path(__file__).parents[1] / "generated" / backend / f"{module}.py"
    if not file.is_file():
        raise OutputError(f"expected the generated module {file}; run `mvn-symbolic generate`.")
    return file.read_text(encoding="utf-8")


def _judged(
    kind: str, name: str, sources: dict[str, str | None], checks: tuple[str, ...]
) -> tuple[list[Objection], str]:
    import numpy as np

    from mvn_symbolic.verify.function_checks import applicable, check_function

    found = []
    for backend, source in sources.items():
        for dtype in (np.float64, np.float32):
            label = f"{backend}.{kind}.{name} {np.dtype(dtype).name}"
            try:
                function = getattr(_module(backend, kind, source), name)
            except (ImportError, AttributeError, SyntaxError) as error:
                found.append(Objection(label, "is there", f"{error}; run `mvn-symbolic generate`."))
                continue
            wanted = [check for check in applicable(backend, kind, name, dtype) if check in checks]
            failures = check_function(function, backend, kind, name, dtype=dtype, checks=wanted)
            found += [Objection(label, failure.check, failure.message) for failure in failures]
    return found, ""


@cache
def _module(backend: str, kind: str, source: str | None) -> ModuleType:
    """The installed module, or one that was generated a moment ago and is not written yet."""
    if source is None:
        return import_module(f"mvn_symbolic.{backend}.{kind}")
    module = ModuleType(f"generated_{backend}_{kind}")
    exec(compile(source, f"<generated {backend}.{kind}>", "exec"), module.__dict__)  # noqa: S102 - our own text
    return module


# ---------------------------------------------------------------- documentation


def build_docs(root: Path) -> Path:
    """Build the site with warnings as errors; return its first page.

    Raises
    ------
    MissingPackageError
        When the documentation tools are not installed.
    OutputError
        When the folder has no documentation.
    BuildError
        When a page has a warning.
    """
    source, target = (root / "docs").resolve(), (root / "build" / "docs").resolve()
    _check_docs(source)
    return Path(_site(str(source), str(target))[0])


def _check_docs(source: Path) -> None:
    for package in ("sphinx", "myst_parser", "furo"):
        if util.find_spec(package) is None:
            raise MissingPackageError(f"the docs need {package}: pip install 'mvn_symbolic[docs]'.")
    if not (source / "conf.py").is_file():
        raise OutputError(f"expected the documentation's conf.py in {source}; run from the repository's folder.")


def _site(source: str, target: str) -> tuple[str, str]:
    from sphinx.application import Sphinx
    from sphinx.errors import SphinxError
    from sphinx.util.docutils import docutils_namespace, patch_docutils

    trees = Path(target) / ".doctrees"
    why = "the documentation has warnings; they are printed above."
    try:
        with patch_docutils(source), docutils_namespace():
            app = Sphinx(source, source, target, trees, "html", status=None, warning=sys.stderr, warningiserror=True)
            app.build()
        passed = app.statuscode == 0
    except SphinxError as error:
        passed, why = False, f"the documentation does not build: {error}"
    except OSError as error:
        raise OutputError(f"cannot write the documentation to {target}: {error}") from error
    if not passed:
        # Pages that were read are not read again, and would not warn again: the next run must start afresh.
        (trees / "environment.pickle").unlink(missing_ok=True)
        raise BuildError(why)
    return str(Path(target) / "index.html"), f"built the docs in {target}"


# ---------------------------------------------------------------- all of it


def build_all(root: Path, report: Report, *, jobs: int = 2) -> tuple[list[Path], list[Objection], Path | None]:
    """Derive and generate, verify what was generated, write all of it if it passed, and build the docs.

    One process derives and then builds the docs from what it has derived; the other generates and verifies.

    Returns
    -------
    changed : paths that were written or removed
    objections : what the checks have against generated functions; if there is anything, nothing was written
    page : the first page of the documentation
    """
    _check_docs(root / "docs")
    names = list_derivations()
    report.expect(len(names) + 3)
    with workers(min(jobs, 2)) as lanes:
        pages = [submit(lanes[0], report, _rendered, name) for name in names]
        example = submit(lanes[0], report, _judged_example, str(root))
        modules = submit(lanes[-1], report, _generated_text, tuple(BACKENDS))
        all_done([modules])
        texts = modules.result()[0]
        _, found = _verified(lanes[-1:], _available(()), texts, report)
        if found:  # before pages are asked for: one that cannot be written must not hide what is wrong with the code
            return [], found, None
        all_done([*pages, example])
        changed = (_pages(root, pages) + _modules(root, texts, BACKENDS) + Outputs(example.result()[0])).write()
        source, target = (str((root / place).resolve()) for place in ("docs", "build/docs"))
        site = submit(lanes[0], report, _site, source, target)
        all_done([site])
        return changed, [], Path(site.result()[0])
