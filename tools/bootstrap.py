"""Make `.venv` and install this project into it, from nothing but python3 and pip.

Lives here: what must run before anything is installed. Standard library only, and syntax that an older Python
can still read, so that a machine with the wrong version gets a sentence instead of a traceback.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed.stamp"
OLDEST_PYTHON, OLDEST_PIP, OLDEST_TORCH = (3, 11), (22, 3), (2, 7)
PROBE = "import torch, importlib.metadata as m; print(m.version('torch'))"


def version(text: str) -> tuple[int, ...]:
    """Return the leading numbers of a version: '2.13.0+cpu' gives (2, 13)."""
    return tuple(int(part) for part in re.findall(r"\d+", text)[:2])


def output(*command: object) -> str:
    """Return what a command prints, or '' if it fails."""
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, cwd="/", check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def refuse(why: str) -> int:
    """Print one clear line; return the exit status for it."""
    print("mvn_symbolic: " + why, file=sys.stderr)
    return 2


def make_environment() -> str:
    """Create `.venv` without pip in it; return the version of a torch that it can see already, or ''."""
    for see_system in (True, False):
        shutil.rmtree(VENV, ignore_errors=True)
        options = ["--without-pip"] + ["--system-site-packages"] * see_system
        subprocess.run([sys.executable, "-m", "venv", *options, str(VENV)], check=True)
        torch = output(PYTHON, "-c", PROBE) if see_system else ""
        if version(torch) >= OLDEST_TORCH:
            return torch
    return ""


def install(torch: str, *, first: bool) -> None:
    """Install the project with every extra into `.venv`; a torch that is there already stays as it is."""
    constraints = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    if torch:
        print(f"Using the torch {torch} that this Python already has.", flush=True)
        constraints = re.sub(r"(?m)^torch==.*$", "torch==" + torch, constraints)
    elif first:
        print("Fetching torch among others: about 0.2 GB as a CPU build, 2 to 4 GB as a CUDA build.", flush=True)
    chosen = VENV / "constraints.txt"
    chosen.write_text(constraints, encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "--python", str(PYTHON), "install", "--no-input", *["--quiet"] * (not first)]
    subprocess.run([*pip, "-c", str(chosen), "-e", ".[all]"], cwd=ROOT, check=True)


def main() -> int:
    """Do nothing if `.venv` matches pyproject.toml, constraints.txt and this Python; else make it match."""
    if sys.version_info < OLDEST_PYTHON:
        return refuse(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}. Try: make PYTHON=python3.12")
    base = " ".join([sys.version.split()[0], os.path.realpath(sys.executable), str(ROOT)])
    files = [ROOT / "pyproject.toml", ROOT / "constraints.txt", Path(__file__)]
    content = hashlib.sha256(b"\0".join(f.read_bytes() for f in files)).hexdigest()
    made, installed, torch = STAMP.read_text(encoding="utf-8").split("\n") if STAMP.exists() else ("", "", "")
    if (made, installed) == (base, content):
        return 0
    pip = output(sys.executable, "-m", "pip", "--version").replace("pip ", "", 1)
    if version(pip) < OLDEST_PIP:
        return refuse(f"pip 22.3 or newer is needed for {sys.executable}; found {pip or 'none'}.")
    if VENV.exists() and not made:
        return refuse(f"{VENV} is there but was not made here; move it away first.")
    if made != base:
        torch = make_environment()
        STAMP.write_text(f"{base}\n\n{torch}", encoding="utf-8")
    try:
        install(torch, first=made != base)
    except subprocess.CalledProcessError as error:
        return refuse(f"pip stopped with exit status {error.returncode}; see above.")
    STAMP.write_text(f"{base}\n{content}\n{torch}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
