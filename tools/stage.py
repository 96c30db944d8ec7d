"""Run one stage of the build only if something it reads or writes has changed since it last succeeded.

Usage: stage.py NAME PATH... -- COMMAND...
The key is the content of the paths, not their dates, so a touched file changes nothing and a deleted page does.
It is taken after the command: a page edited by hand later makes the stage run again. Standard library only.
"""

import hashlib
import subprocess
import sys
from pathlib import Path

STAMPS = Path("build") / "stages"
PASSED_OVER = {"__pycache__", "_build"}


def key(paths: list[str], command: list[str]) -> str:
    """Return a hash of the command and of every file at or under the paths."""
    digest = hashlib.sha256("\0".join(command).encode())
    for top in map(Path, paths):
        for path in [top] if top.is_file() else sorted(top.rglob("*")):
            if path.is_file() and not PASSED_OVER.intersection(path.parts):
                digest.update(f"\0{path.as_posix()}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def main(arguments: list[str]) -> int:
    """Run the command unless its key is the recorded one; record the key when it succeeds."""
    split = arguments.index("--")
    name, paths, command = arguments[0], arguments[1:split], arguments[split + 1 :]
    stamp = STAMPS / name
    if stamp.exists() and stamp.read_text(encoding="utf-8") == key(paths, command):
        print(f"{name}: up to date", file=sys.stderr)
        return 0
    stamp.unlink(missing_ok=True)
    status = subprocess.run(command, check=False).returncode
    if status == 0:
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.write_text(key(paths, command), encoding="utf-8")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
