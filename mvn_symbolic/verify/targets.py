"""Lives here: functions found by the names that people write: `package.module:function`, `folder/file.py:Class.method`.
May not live here: contracts, calls of the function, anything that loads an array library by itself."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import inspect
import sys
import sysconfig
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from types import ModuleType
from typing import Any

from mvn_symbolic.errors import ArgumentError, UnknownNameError

#: Where libraries are: an error is reported at the line that asked one of them, not at the one where it ended.
_LIBRARIES = {Path(__file__).parents[1], *(Path(sysconfig.get_path(name)) for name in ("stdlib", "purelib", "platlib"))}
_FORM = "`package.module:function` or `path/to/file.py:function`"


def find(target: str, *, folder: Path | None = None) -> Any:
    """Return the function that a text names.

    Parameters
    ----------
    target : str
        ``package.module:function`` or ``path/to/file.py:function``. A method is written ``module:Class.method``: the
        class is then called without arguments. Two functions of a pair are written ``module:sample,kl``.
    folder : Path, optional
        Where paths start, and where modules are looked for first. The current one unless given.

    Returns
    -------
    callable, or a tuple of callables for a pair

    Raises
    ------
    ArgumentError
        For a text of another form, a module whose import raises, or an object that cannot be called.
    UnknownNameError
        When there is no such module, file or name.

    Examples
    --------
    >>> find("math:hypot")
    <built-in function hypot>
    """
    place = (folder or Path()).resolve()
    parts = target.split(",")
    where, found = "", []
    for part in parts:
        before, colon, name = part.strip().rpartition(":")
        where = before if colon else where
        if not where or not name or not all(name.split(".")):
            raise ArgumentError(f"`target` must be {_FORM}; got {target!r}. Put a colon between module and function.")
        found.append(_function(_module(where, place), where, name))
    return found[0] if len(found) == 1 else tuple(found)


def look_up(target: str, *, folder: Path | None = None) -> Any:
    """Return whatever stands under ``package.module:name`` or ``path/to/file.py:name``, an expression for instance.

    Raises
    ------
    ArgumentError, UnknownNameError
        As :func:`find` does; the object need not be a function.

    Examples
    --------
    >>> round(look_up("math:pi"), 2)
    3.14
    """
    where, colon, name = target.strip().rpartition(":")
    if not colon or not where or not all(name.split(".")):
        raise ArgumentError(f"`target` must be {_FORM}; got {target!r}. Put a colon between module and name.")
    return _walked(_module(where, (folder or Path()).resolve()), where, name)[-1]


def load(file: Path) -> ModuleType:
    """Import a file, whatever its folder; what it prints meanwhile goes to stderr.

    Raises
    ------
    ArgumentError, UnknownNameError
        As :func:`find` does.
    """
    if file.suffix != ".py":
        raise ArgumentError(f"`file` must be a Python file; got {file}. Give one that ends in .py.")
    return _module(str(file), Path.cwd())


def _module(where: str, place: Path) -> ModuleType:
    """Import a module by name or file; what it prints while it is imported goes to stderr."""
    is_file = where.endswith(".py") or "/" in where or "\\" in where
    try:
        with redirect_stdout(sys.stderr):
            return _from_file(where, place) if is_file else _from_name(where, place)
    except (ArgumentError, UnknownNameError, KeyboardInterrupt):
        raise
    except ModuleNotFoundError as error:
        if error.name is not None and (where == error.name or where.startswith(f"{error.name}.")):
            raise UnknownNameError(
                f"no module {where!r} can be imported from {place} ({error}). Run from the folder that holds it, "
                "or give the file."
            ) from error
        raise ArgumentError(_raised(where, error, "Install what it needs.")) from error
    except BaseException as error:  # a script that exits at its import is no reason to exit here
        raise ArgumentError(_raised(where, error, "Mend the import, or move the function.")) from error


def _raised(where: str, error: BaseException, advice: str) -> str:
    frames = inspect.getinnerframes(error.__traceback__) if error.__traceback__ else []
    own = [f for f in frames if f.filename != __file__ and "importlib" not in f.filename]
    own = [f for f in own if _LIBRARIES.isdisjoint(Path(f.filename).parents)] or own
    place = f" at {Path(own[-1].filename).name}:{own[-1].lineno}" if own else ""
    text = " ".join(str(error).split()).removesuffix(".")
    return f"importing {where} raised {type(error).__name__}{place}: {text or 'no message'}. {advice}"


def _first_on_path(folder: Path) -> None:
    """Modules may be imported later, while the function runs, so the folder stays."""
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


def _from_name(name: str, place: Path) -> ModuleType:
    if not all(part.isidentifier() for part in name.split(".")):
        raise ArgumentError(f"`target` must be {_FORM}; got {name!r} for the module. Give a module's name or a file.")
    _first_on_path(place)
    return importlib.import_module(name)


def _from_file(where: str, place: Path) -> ModuleType:
    path = (place / Path(where).expanduser()).resolve()
    if not path.is_file():
        raise UnknownNameError(f"no file {where} in {place}. Check the path.")
    # a file of a package is imported as part of it, so that its relative imports work
    root, name = path.parent, path.stem
    while (root / "__init__.py").is_file():
        root, name = root.parent, f"{root.name}.{name}"
    _first_on_path(root)
    if root != path.parent:
        return importlib.import_module(name.removesuffix(".__init__"))
    known = sys.modules.get(name)
    if known is not None:
        if getattr(known, "__file__", None) and Path(str(known.__file__)).resolve() == path:
            return known
        name = f"file_{path.stem}"  # a file called like a library, say random.py, is not that library
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ArgumentError(f"`target` must name a Python file; got {where}. Give one that ends in .py.")
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _function(module: ModuleType, where: str, name: str) -> Callable[..., Any]:
    *_, owner, found = _walked(module, where, name)
    if isinstance(owner, type) and inspect.isfunction(inspect.getattr_static(owner, name.rpartition(".")[2])):
        return getattr(_made(owner, name), name.rpartition(".")[2])
    if isinstance(found, type) and any("__call__" in vars(base) for base in found.__mro__):
        return _made(found, name)  # objects of it are functions: a torch module, for instance
    if not callable(found):
        raise ArgumentError(f"`{where}:{name}` must be a function; got {_shortly(found)}. Name what computes it.")
    return found


def _walked(module: ModuleType, where: str, name: str) -> list[Any]:
    """Return the module and every object on the way to a dotted name, the last one at the end."""
    way: list[Any] = [module]
    for part in name.split("."):
        try:
            way.append(getattr(way[-1], part))
        except AttributeError:
            raise UnknownNameError(_not_there(way[-1], where, part)) from None
    return way


def _made(kind: type, name: str) -> Any:
    try:
        with redirect_stdout(sys.stderr):
            return kind()
    except Exception as error:
        raise ArgumentError(
            f"`{name}` needs an object of {kind.__name__}, and {kind.__name__}() raised {type(error).__name__}: "
            f"{' '.join(str(error).split())} Write a function that makes one and calls it."
        ) from error


def _not_there(owner: Any, where: str, part: str) -> str:
    every = [name for name in dir(owner) if not name.startswith("_")]
    known = [name for name in every if callable(getattr(owner, name, None))]
    close = difflib.get_close_matches(part, every, 1)
    here = f"; did you mean {close[0]!r}?" if close else f". It has {', '.join(known[:8]) or 'no functions'}."
    return f"{where} has no {part!r}{here}"


def _shortly(value: Any) -> str:
    text = repr(value).replace("\n", " ")
    return text if len(text) <= 60 else f"{text[:57]}..."
