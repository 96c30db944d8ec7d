"""Floor 8: generated modules judged: every function of each, in every library that is installed.

Lives here: which functions are judged by what, and who objects. May not live here: a check; `verify` has them.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from functools import cache
from importlib import import_module, util
from pathlib import Path
from types import ModuleType
from typing import Any

from mvn_symbolic.catalogue.parameterizations import PARAMETERIZATIONS
from mvn_symbolic.catalogue.topics import TOPICS
from mvn_symbolic.checks import check_known
from mvn_symbolic.codegen.backends import BACKENDS
from mvn_symbolic.errors import OutputError
from mvn_symbolic.surfaces.lanes import MissingPackageError, Report, all_done, submit, workers

__all__ = ["Objection", "available", "verified", "verify_modules"]

#: Enough to accept or reject a function; compilation, export and second derivatives are for the test suite.
_QUICK = ("argument_names", "truth", "batches", "upper_triangle", "dtype")


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
    wanted = available(backends)
    with workers(jobs) as lanes:
        return verified(lanes, wanted, {}, report)


def available(backends: Iterable[str]) -> tuple[str, ...]:
    """The named backends, or all whose library is installed; a named one must be."""
    named = tuple(check_known("backend", name, BACKENDS) for name in backends)
    for name in named:
        if util.find_spec(name) is None:
            raise MissingPackageError(f"verifying {name} code needs {name}: pip install 'mvn_symbolic[{name}]'.")
    return named or tuple(name for name in BACKENDS if util.find_spec(name) is not None)


def verified(
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
