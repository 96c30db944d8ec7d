"""Floor 0: output files. Written beside and then replaced, or compared with what is there. Knows no mathematics."""

from __future__ import annotations

import difflib
import os
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mvn_symbolic.errors import OutputError

__all__ = ["Difference", "differences", "write_files"]


@dataclass(frozen=True)
class Difference:
    """A file that is not what it should be.

    Attributes
    ----------
    path
    kind : {"stale", "missing", "made by nothing"}
    diff : a unified diff from what is there to what should be, for a stale file
    """

    path: Path
    kind: str
    diff: str = ""

    def __str__(self) -> str:
        return f"{self.path}: {self.kind}\n{self.diff}".rstrip("\n")


def write_files(files: Mapping[Path, str], *, obsolete: Iterable[Path] = ()) -> list[Path]:
    """Write each file whose text differs, and remove obsolete ones; return the paths that changed.

    All paths are read before the first is written, so something in the way of one leaves the others as they were.

    Parameters
    ----------
    files : mapping of path to text
    obsolete : paths to remove

    Raises
    ------
    OutputError
        When a folder or file cannot be written. No file is ever left half-written.
    """
    changed = [path for path, text in files.items() if _read(path) != text]
    for path in changed:
        _replace(path, files[path])
    for path in obsolete:
        try:
            path.unlink()
        except OSError as error:
            raise OutputError(f"expected to remove {path}, which nothing makes any more; {_why(error)}.") from error
        changed.append(path)
    return changed


def differences(files: Mapping[Path, str], *, obsolete: Iterable[Path] = ()) -> list[Difference]:
    """What :func:`write_files` would change, as unified diffs; nothing is written."""
    found = []
    for path, text in files.items():
        there = _read(path)
        if there is None:
            found.append(Difference(path, "missing"))
        elif there != text:
            found.append(Difference(path, "stale", _diff(path, there, text)))
    return [*found, *(Difference(path, "made by nothing") for path in obsolete)]


def _diff(path: Path, there: str, text: str) -> str:
    lines = difflib.unified_diff(_lines(there), _lines(text), f"{path} (on disk)", f"{path} (as derived)", lineterm="")
    return "\n".join(lines)


def _lines(text: str) -> list[str]:
    """Lines as a diff shows them: a carriage return and a missing last line end can be seen."""
    *lines, rest = text.replace("\r", "\\r").split("\n")
    return [*lines, f"{rest}\n\\ No newline at end of file"] if rest else lines


def _read(path: Path) -> str | None:
    try:
        return path.read_bytes().decode()
    except FileNotFoundError:
        return None
    except IsADirectoryError as error:
        raise OutputError(f"expected a file or nothing at {path}, got a folder. Move it away.") from error
    except NotADirectoryError as error:
        raise OutputError(f"expected {path.parent} to be a folder, got a file in its way. Move it away.") from error
    except UnicodeDecodeError as error:
        raise OutputError(f"expected text at {path}, got bytes that are not UTF-8. Remove the file.") from error
    except OSError as error:
        raise OutputError(f"cannot read {path}: {_why(error)}. Free the path, or choose another folder.") from error


def _replace(path: Path, text: str) -> None:
    """Write a temporary file beside the target, then move it there in one step."""
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as stream:
            stream.write(text.encode())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
        temporary = None
    except OSError as error:
        raise OutputError(
            f"cannot write {path}: {_why(error)}. Free the path, or choose a folder you may write to."
        ) from error
    finally:
        # Also after an interrupt: nothing of an attempt that failed stays.
        if temporary is not None:
            with suppress(OSError):
                Path(temporary).unlink()


def _why(error: OSError) -> str:
    return error.strerror or str(error)
