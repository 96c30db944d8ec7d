"""Where pages take derivations and generated code from: the catalogue, the package's files, and the user's own modules.

Nothing is formatted here; a name that is not known is an error with the closest names in it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import cache
from importlib import import_module
from pathlib import Path

import mvn_symbolic
from mvn_symbolic.catalogue.families import Family
from mvn_symbolic.catalogue.parameterizations import PARAMETERIZATIONS
from mvn_symbolic.checks import check_known, check_type
from mvn_symbolic.derivation.model import Derivation

__all__ = ["derivation", "derivation_files", "function_source", "generated_file", "generated_modules"]

_ROOT = Path(mvn_symbolic.__file__).parent


@cache
def _own(entry: str) -> Derivation:
    """A derivation of the user's: "module:name", a derivation, a family, or a function that makes a derivation."""
    module, _, name = entry.partition(":")
    found = getattr(import_module(module), name)
    if isinstance(found, Family):
        found = found.derivation
    made = found if isinstance(found, Derivation) else found()
    checked: Derivation = check_type(f"mvn_derivations entry {entry!r}", made, Derivation)
    return checked


@cache
def _catalogued(name: str) -> Derivation:
    made: Derivation = mvn_symbolic.derive(name)
    return made


def derivation(name: str, own: Iterable[str] = ()) -> Derivation:
    """The derivation of that name, from the entries of one's own or from the catalogue."""
    known = {made.name: made for made in map(_own, own)}
    if name in known:
        return known[name]
    check_known("derivation", name, [*known, *mvn_symbolic.list_derivations()])
    return _catalogued(name)


def derivation_files(own: Iterable[str] = ()) -> list[Path]:
    """The files a derivation may depend on: a page is made again when one of them changes."""
    folders = ("catalogue", "calculus", "notation", "derivation", "meaning")
    ours = [path for folder in folders for path in sorted((_ROOT / folder).glob("**/*.py"))]
    theirs = [getattr(import_module(entry.partition(":")[0]), "__file__", None) for entry in own]
    return [*ours, *(Path(path) for path in theirs if path)]


def generated_file(backend: str, parameterization: str) -> Path:
    """The generated module of a backend and parameterization."""
    folder = _ROOT / "generated"
    check_known("backend", backend, [path.name for path in folder.iterdir() if (path / "__init__.py").is_file()])
    modules = {path.stem: path for path in (folder / backend).glob("*.py") if path.stem != "__init__"}
    return modules[check_known(f"parameterization in {backend}", parameterization, modules)]


def generated_modules() -> dict[str, tuple[list[str], list[str]]]:
    """For each parameterization its parameters and the backends that have it."""
    folder = _ROOT / "generated"
    return {
        name: (list(to.arguments), sorted(path.parent.name for path in folder.glob(f"*/{name}.py")))
        for name, to in PARAMETERIZATIONS.items()
    }


def function_source(path: Path, function: str, *, docstring: bool = True) -> str:
    """The source of one function, decorators included."""
    text = path.read_text(encoding="utf-8")
    functions = {node.name: node for node in ast.parse(text).body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    node = functions[check_known(f"function in {path.parent.name}/{path.name}", function, functions)]
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    lines = text.splitlines()
    if docstring or ast.get_docstring(node) is None:
        return "\n".join(lines[first - 1 : node.end_lineno])
    return "\n".join(lines[first - 1 : node.body[0].lineno - 1] + lines[node.body[0].end_lineno : node.end_lineno])
