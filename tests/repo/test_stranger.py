"""What the how-to page promises a stranger: its lines, and no others, make a parameterization and all that follows."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

_ROOT = Path(__file__).resolve().parents[2]
_PATCHES = {name: _ROOT / f"docs/how-to/{name}.patch" for name in ("scaled_correlation", "banded")}


@pytest.fixture(scope="module", params=_PATCHES)
def copy(request, tmp_path_factory):
    """The package and its tests, with the lines of the page in it, and what the build makes of them."""
    folder = tmp_path_factory.mktemp("stranger")
    for name in ("mvn_symbolic", "tests", "derivations"):
        shutil.copytree(_ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(_ROOT / "pyproject.toml", folder)
    subprocess.run(["git", "apply", "--whitespace=nowarn", str(_PATCHES[request.param])], cwd=folder, check=True)
    _run(folder, "-m", "mvn_symbolic", "build", request.param)
    return folder, request.param


def _run(folder, *command):
    """Run Python in the copy; a failure shows what it said."""
    done = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout


@pytest.mark.parametrize("patch", _PATCHES.values(), ids=_PATCHES)
def test_the_lines_are_few(patch):
    added = [line for line in patch.read_text().splitlines() if line.startswith("+") and not line.startswith("+++")]
    assert len(added) < 60


def test_every_step_of_its_page_holds(copy):
    folder, name = copy
    page = (folder / "derivations" / name / "derivation.md").read_text()
    assert "each checked on its own: all proved" in page


def test_tests_arrive_by_themselves_and_pass(copy):
    """On one library; the promises of the others are the same, and the seams too."""
    folder, name = copy
    chosen = ("tests/contract", "tests/laws", "tests/monte_carlo", "-k", f"{name} and numpy")
    said = _run(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider", *chosen)
    passed = int(said.rsplit(" passed", 1)[0].rsplit(maxsplit=1)[-1])
    assert passed > 400, said[-400:]
