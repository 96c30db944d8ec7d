"""Floor 0: output files. Written beside and then replaced, or compared with what is there. Knows no mathematics."""

from __future__ import annotations

import contextlib
import difflib
import os
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from mvn_symbolic.errors import OutputError

__all__ = ["Difference", "differences", "write_files"]


@dataclass(frozen=True)
class Difference:
    """A file that is not what it should be."""

    path: Path
    kind: str
    diff: str

    def __str__(self) -> str:
        return f"{self.path}: {self.kind}\n{self.diff}".rstrip()


def write_files(files: Mapping[Path, str], *, obsolete: Iterable[Path] = ()) -> list[Path]:
    """Write each file whose text differs, and remove obsolete ones; return the paths that changed.

    Parameters
    ----------
    files : mapping of path to text
    obsolete : paths to remove

    Raises
    ------
    OutputError
        When a folder or file cannot be written. No file is ever left half-written.
    """
    changed = []
    for path, text in files.items():
        if _read(path) != text:
            _replace(path, text)
            changed.append(path)
    for path in obsolete:
        try:
            path.unlink()
        except OSError as error:
            raise OutputError(f"expected to remove {path}, which nothing makes any more; {error.strerror}.") from error
        changed.append(path)
    return changed


def differences(files: Mapping[Path, str], *, obsolete: Iterable[Path] = ()) -> list[Difference]:
    """What :func:`write_files` would change, as unified diffs; nothing is written."""
    found = []
    for path, text in files.items():
        there = _read(path)
        if there != text:
            kind = "missing" if there is None else "stale"
            diff = difflib.unified_diff(
                (there or "").splitlines(keepends=True),
                text.splitlines(keepends=True),
                f"{path} (on disk)",
                f"{path} (as derived)",
            )
            found.append(Difference(path, kind, "".join(diff) if there is not None else ""))
    return [*found, *(Difference(path, "made by nothing", "") for path in obsolete)]


def _read(path: Path) -> str | None:
    try:
        return path.read_bytes().decode()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise OutputError(f"expected a text file or nothing at {path}, got something unreadable: {error}.") from error


def _replace(path: Path, text: str) -> None:
    """Write a temporary file beside the target, then move it there in one step."""
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as stream:
            stream.write(text.encode())
        Path(temporary).chmod(0o644)
        os.replace(temporary, path)
    except OSError as error:
        if temporary is not None:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
        raise OutputError(
            f"cannot write {path}: {error.strerror or error}. Free the path, or choose a folder you may write to."
        ) from error
