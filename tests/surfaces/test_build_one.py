"""`mvn-symbolic build NAME`: what it writes, what it leaves alone, and what is refused."""

import pytest
from click.testing import CliRunner

from mvn_symbolic.surfaces import build as stages
from mvn_symbolic.surfaces.cli import main


def _one_file(name, backends, *, derivation):
    return {f"generated/numpy/{name}.py": "x = 3\n"}


@pytest.fixture
def folder(monkeypatch, tmp_path):
    """A repository whose one module holds code of `entropy`, with pages that are not up to date."""
    monkeypatch.setattr(stages, "modules_from", lambda name: {"entropy": ("diag",)}[name])
    monkeypatch.setattr(stages, "module_files", _one_file)
    (tmp_path / "mvn_symbolic" / "generated" / "numpy").mkdir(parents=True)
    for place in ("entropy/derivation.md", "entropy/stray.md", "log_prob/derivation.md", "README.md"):
        path = tmp_path / "derivations" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("old", encoding="utf-8")
    return tmp_path


def build(name, folder, *options, status=0):
    result = CliRunner().invoke(main, ["build", name, "--root", str(folder), "--jobs", "1", *options])
    assert result.exit_code == status, f"{result.exit_code}\n{result.output}\n{result.exception!r}"
    assert "Traceback" not in result.output
    return result


def files(folder):
    return {str(path.relative_to(folder)): path.read_text("utf-8") for path in folder.rglob("*.*") if path.is_file()}


def test_its_pages_and_modules_are_written_and_nothing_else(folder):
    result = build("entropy", folder)
    assert "derived entropy" in result.stderr
    assert "generated diag" in result.stderr
    made = files(folder)
    assert made.pop("mvn_symbolic/generated/numpy/diag.py") == "x = 3\n"
    assert made.pop("derivations/log_prob/derivation.md") == made.pop("derivations/README.md") == "old"
    names = ("derivation.md", "derivation.tex", "steps.json", "verdict.json")
    assert set(made) == {f"derivations/entropy/{name}" for name in names}
    assert "Everything is up to date." in build("entropy", folder).stdout


def test_check_writes_nothing_and_says_what_is_stale(folder):
    before = files(folder)
    stale = build("entropy", folder, "--check", status=1).stdout
    assert "entropy/derivation.md: stale" in stale
    assert "entropy/stray.md: made by nothing" in stale
    assert "diag.py: missing" in stale
    assert "log_prob" not in stale
    assert files(folder) == before


def test_it_is_named_as_it_is_registered(folder):
    error = build("entrop", folder, status=2).stderr
    assert "did you mean 'entropy'" in error
    assert "low_rank" in error


@pytest.mark.parametrize("option", ["--out", "--code", "--backend"])
def test_options_of_a_file_of_ones_own_are_refused(folder, option):
    assert "got the derivation 'entropy'" in build("entropy", folder, option, "numpy", status=2).stderr
