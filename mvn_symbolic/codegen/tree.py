"""Floor 6: which generated files there are: modules of parameterizations and topics, and the doors people import."""

from __future__ import annotations

from collections.abc import Iterable

from mvn_symbolic.catalogue.functions import derivations_of, functions
from mvn_symbolic.catalogue.parameterizations import PARAMETERIZATIONS
from mvn_symbolic.catalogue.setting import STANDARD, Setting
from mvn_symbolic.catalogue.topics import TOPICS, topic_functions
from mvn_symbolic.checks import check_known
from mvn_symbolic.codegen.backends import BACKENDS
from mvn_symbolic.codegen.module import module_source
from mvn_symbolic.derivation.function import Function

__all__ = ["PACKAGE", "generate", "module_files", "modules_from"]

PACKAGE = "mvn_symbolic"


def generate(
    parameterizations: Iterable[str] | None = None,
    backends: Iterable[str] | None = None,
    *,
    setting: Setting = STANDARD,
) -> dict[str, str]:
    """Return every generated file: its path inside the package's folder, and its text. Nothing is written.

    Parameters
    ----------
    parameterizations : iterable of str, optional
        Names such as ``"tril"``; all that the catalogue has when left out, and the modules of topics with them.
    backends : iterable of str, optional
        Names such as ``"numpy"``; all when left out.
    setting : Setting, optional
        The premise everything follows from.

    Returns
    -------
    dict of str to str
        The same on every machine and for every hash seed.

    Raises
    ------
    UnknownNameError
        For a parameterization or backend that does not exist.
    """
    kinds = [check_known("parameterization", p, PARAMETERIZATIONS) for p in parameterizations or PARAMETERIZATIONS]
    libraries = [check_known("backend", b, BACKENDS) for b in backends or BACKENDS]
    files = {"generated/__init__.py": '"""Generated code, one folder a backend; edit the derivations instead."""\n'}
    for library in libraries:
        named = f"`mvn_symbolic.{library}.<parameterization>`"
        files[f"generated/{library}/__init__.py"] = f'"""Generated code for {library}; import it as {named}."""\n'
        files[f"{library}/__init__.py"] = f'"""Gaussians in {library}: {named}, generated."""\n'
    for name in (*kinds, *(() if parameterizations else TOPICS)):
        files |= module_files(name, libraries, setting=setting)
    return files


def modules_from(derivation: str) -> tuple[str, ...]:
    """The names of the modules that hold a function of a derivation; nothing is derived to find them."""
    kinds = [kind for kind in PARAMETERIZATIONS if derivation in derivations_of(kind)]
    return (
        *kinds,
        *(name for name, topic in TOPICS.items() if derivation in topic.derivations),
    )


def module_files(
    name: str, backends: Iterable[str], *, derivation: str = "", setting: Setting = STANDARD
) -> dict[str, str]:
    """Return the files of a parameterization's or a topic's module: paths inside the package's folder, and texts.

    With a `derivation`, of a topic's files the one that is from it alone.
    """
    libraries = tuple(backends)
    if name not in TOPICS:
        title = f"Gaussians given by {_listed(PARAMETERIZATIONS[name].arguments)}, with derived derivatives."
        return _files(name, title, (name,), {name: functions(name, setting)}, libraries)
    topic = TOPICS[name]
    chosen = (derivation,) if derivation else topic.derivations
    made = {topic.file(one): topic_functions(name, setting, derivation=one) for one in chosen}
    return _files(name, topic.title, tuple(map(topic.file, topic.derivations)), made, libraries)


def _files(
    door: str, title: str, parts: tuple[str, ...], made: dict[str, tuple[Function, ...]], libraries: tuple[str, ...]
) -> dict[str, str]:
    """The generated files, and for each library the door to all parts."""
    files = {}
    for library in libraries:
        for part, wanted in made.items():
            files[f"generated/{library}/{part}.py"] = module_source(title, wanted, BACKENDS[library])
        files[f"{library}/{door}.py"] = _door(f"{PACKAGE}.generated.{library}", parts, title)
    return files


def _door(package: str, parts: tuple[str, ...], title: str) -> str:
    if len(parts) == 1:
        whole = f"{package}.{parts[0]}"
        lines = [f"from {whole} import *", f"from {whole} import __all__  # noqa: F401"]
        return "\n".join([f'"""{title} Generated: the code is in `{whole}`."""', "", *lines, ""])
    lines = [f"from {package} import (", *(f"    {part}," for part in sorted(parts)), ")"]
    lines += [f"from {package}.{part} import *" for part in sorted(parts)]
    lines += ["", "__all__: list[str] = []", *(f"__all__ += {part}.__all__" for part in parts)]
    return "\n".join([f'"""{title} Generated: the code is in files of `{package}`."""', "", *lines, ""])


def _listed(names: tuple[str, ...]) -> str:
    *before, last = [f"`{name}`" for name in names]
    return f"{', '.join(before)} and {last}" if before else last
