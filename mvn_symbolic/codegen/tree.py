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
        *(name for name, topic in TOPICS.items() if derivation in {one.derivation for one in topic.results}),
    )


def module_files(name: str, backends: Iterable[str], *, setting: Setting = STANDARD) -> dict[str, str]:
    """Return the files of a parameterization's or a topic's module: paths inside the package's folder, and texts."""
    if name in TOPICS:
        title, wanted = TOPICS[name].title, topic_functions(name, setting)
    else:
        title = f"Gaussians given by {_listed(PARAMETERIZATIONS[name].arguments)}, with derived derivatives."
        wanted = functions(name, setting)
    files = {}
    for library in backends:
        files[f"generated/{library}/{name}.py"] = module_source(title, wanted, BACKENDS[library])
        files[f"{library}/{name}.py"] = _door(f"{PACKAGE}.generated.{library}.{name}", title)
    return files


def _door(package: str, title: str) -> str:
    lines = [f'"""{title} Generated: the code is in `{package}`."""', ""]
    return "\n".join([*lines, f"from {package} import *", f"from {package} import __all__  # noqa: F401", ""])


def _listed(names: tuple[str, ...]) -> str:
    *before, last = [f"`{name}`" for name in names]
    return f"{', '.join(before)} and {last}" if before else last
