"""The command: results on stdout, progress on stderr, one line for every error, and the exit code that fits."""

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from mvn_symbolic.derivation import rules
from mvn_symbolic.derivation.line import Rule
from mvn_symbolic.errors import MissingRuleError, OutputError
from mvn_symbolic.outputs import differences, write_files
from mvn_symbolic.surfaces import build as stages
from mvn_symbolic.surfaces import module_verdicts
from mvn_symbolic.surfaces.cli import main

ROOT = Path(__file__).parents[2]
COMMANDS = ("list", "derive", "generate", "verify", "docs", "build", "doctor")


def run(*arguments, status=0):
    """Run in this process; on an error, stderr has one line for it and never a traceback."""
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == status, f"{result.exit_code}\n{result.output}\n{result.exception!r}"
    assert isinstance(result.exception, (SystemExit, type(None))), result.exception
    assert "Traceback" not in result.output
    errors = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
    assert len(errors) == (status in (1, 2))
    return result


@pytest.fixture
def small(monkeypatch, tmp_path):
    """A repository with one derivation and one generated file, brought up to date."""
    monkeypatch.setattr(stages, "list_derivations", lambda: ("entropy",))
    monkeypatch.setattr(stages, "generate", lambda backends: {"generated/numpy/diag.py": "x = 1\ny = 2\n"})
    (tmp_path / "mvn_symbolic").mkdir()
    folder = tmp_path / "repository"
    (folder / "mvn_symbolic").mkdir(parents=True)

    class Silent:
        def expect(self, count):
            pass

        def done(self, text="", steps=1):
            pass

    stages.build_outputs(folder, Silent(), jobs=1).write()
    return folder


def check(folder, *options, status=0):
    return run("build", "--check", "--jobs", 1, "--root", folder, *options, status=status)


def snapshot(folder):
    return {path: path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


# ---------------------------------------------------------------- what each command does


def test_help_names_every_command_and_the_exit_codes():
    text = run("-h").stdout
    assert all(name in text for name in COMMANDS)
    assert "0 done, 1 a check failed, 2 wrong use" in " ".join(text.split())


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_and_json(command):
    assert "--json" in run(command, "-h").stdout
    assert main.commands[command].get_short_help_str(), "no line for it in the list of commands"


def test_list_names_the_derivations():
    rows = json.loads(run("list", "--json").stdout)
    assert [row["name"] for row in rows][:2] == ["reparameterization", "jacobians"]
    assert all(row["title"] in run("list").stdout for row in rows[:1])


def test_derive_prints_the_page_and_nothing_else():
    result = run("derive", "entropy")
    assert result.stdout.startswith("# The entropy\n")
    assert result.stderr.startswith("derived entropy: ")
    assert run("derive", "entropy", "--format", "latex").stdout.startswith(r"\documentclass")
    assert json.loads(run("derive", "entropy", "--json").stdout)


def test_derive_prints_every_path_it_writes(tmp_path):
    lines = run("derive", "entropy", "--out", tmp_path / "new").stdout.splitlines()
    assert {Path(line.removeprefix("wrote ")) for line in lines} == set((tmp_path / "new").iterdir())
    assert run("derive", "entropy", "--out", tmp_path / "new").stdout == "Everything is up to date.\n"


def test_verify_of_a_derivation_prints_a_verdict_for_every_step():
    report = json.loads(run("verify", "entropy", "--json").stdout)
    assert {step["status"] for step in report["steps"]} == {"proved"}
    text = run("verify", "entropy").stdout.splitlines()
    assert len(text) == len(report["steps"]) + 1
    assert text[-1].endswith("0 refuted")


def test_verify_of_the_code_names_what_is_wrong(monkeypatch):
    import mvn_symbolic.numpy.diag as module

    right = module.entropy
    monkeypatch.setattr(module_verdicts, "PARAMETERIZATIONS", {"diag": None})
    monkeypatch.setattr(module_verdicts, "TOPICS", {})
    monkeypatch.setattr("mvn_symbolic.verify.signatures.FUNCTIONS", ("entropy", "grad_entropy"))
    monkeypatch.setattr(module, "entropy", lambda loc, scale_diag: right(loc, scale_diag) + 1)
    result = CliRunner().invoke(main, ["verify", "--jobs", "1", "--backend", "numpy"])
    assert result.exit_code == 1
    assert "numpy.diag.entropy float64: truth: " in result.stdout
    assert "grad_entropy" not in result.stdout
    assert result.stderr.startswith("REJECTED numpy.diag: ")


def test_doctor_says_what_is_there_and_fails_without_what_is_needed(monkeypatch):
    rows = {row["name"]: row for row in json.loads(run("doctor", "--json").stdout)}
    assert rows["sympy"]["state"] == "ok"
    versions = {"sympy": "1.15.0", "torch": ""}
    monkeypatch.setattr("mvn_symbolic.surfaces.doctor._version", lambda name: versions.get(name, "99.0"))
    result = run("doctor", status=1)
    assert "sympy" in result.stderr
    assert "torch" not in result.stderr
    assert "missing  torch" in result.stdout


# ---------------------------------------------------------------- freshness


def test_check_passes_on_what_was_just_written_and_writes_nothing(small):
    before = snapshot(small)
    assert check(small).stdout == "Everything is up to date.\n"
    assert snapshot(small) == before


@pytest.mark.parametrize(
    "place", ["derivations/entropy/derivation.md", "derivations/README.md", "mvn_symbolic/generated/numpy/diag.py"]
)
@pytest.mark.parametrize("at", [0, -1])
def test_check_fails_with_a_diff_after_one_character_is_changed(small, place, at):
    path = small / place
    text = path.read_text()
    path.write_text(f"X{text[1:]}" if at == 0 else f"{text[:-1]}")
    before = snapshot(small)
    result = check(small, status=1)
    lines = result.stdout.splitlines()
    assert lines[0] == f"{path}: stale"
    assert {line[0] for line in lines[3:] if line[0] in "+-"} == {"+", "-"}
    assert sum(line[0] in "+-" for line in lines[3:]) == 2
    assert "mvn-symbolic build" in result.stderr
    assert snapshot(small) == before
    [stale] = json.loads(check(small, "--json", status=1).stdout)["stale"]
    assert (stale["path"], stale["kind"]) == (str(path), "stale")


def test_check_shows_a_changed_line_end(small):
    path = small / "mvn_symbolic" / "generated" / "numpy" / "diag.py"
    path.write_bytes(b"x = 1\r\ny = 2\n")
    assert "-x = 1\\r\n+x = 1\n" in check(small, status=1).stdout


def test_check_reports_missing_files_and_files_that_nothing_makes(small):
    (small / "derivations" / "entropy" / "derivation.tex").unlink()
    old = small / "derivations" / "withdrawn" / "derivation.md"
    write_files({old: "old", small / "mvn_symbolic" / "generated" / "numpy" / "gone.py": "old"})
    stale = json.loads(check(small, "--json", status=1).stdout)["stale"]
    found = {Path(one["path"]).name: one["kind"] for one in stale}
    assert found == {"derivation.tex": "missing", "derivation.md": "made by nothing", "gone.py": "made by nothing"}


def test_generate_writes_what_is_missing_removes_what_is_old_and_says_so(small):
    path = small / "mvn_symbolic" / "generated" / "numpy" / "diag.py"
    path.unlink()
    old = path.with_name("gone.py")
    old.write_text("old")
    run("generate", "--check", "--root", small, status=1)
    lines = run("generate", "--root", small).stdout.splitlines()
    assert lines == [f"wrote {path}", f"removed {old}"]
    assert run("generate", "--root", small).stdout == "Everything is up to date.\n"


# ---------------------------------------------------------------- wrong use


@pytest.mark.parametrize("command", [["derive"], ["verify"]])
def test_an_unknown_name_gets_the_closest_one(command):
    assert "did you mean 'entropy'?" in run(*command, "entropie", status=2).stderr
    assert "did you mean 'entropy'?" in json.loads(run(*command, "entropie", "--json", status=2).stdout)["error"]


def test_an_unknown_backend_gets_the_known_ones():
    assert "numpy, torch" in run("generate", "--backend", "nunpy", "--root", ROOT, status=2).stderr
    assert "numpy, torch" in run("verify", "--backend", "nunpy", status=2).stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["derive"],
        ["derive", "a", "b"],
        ["build", "--jobs", "0"],
        ["list", "--colour"],
        ["derive", "entropy", "--format", "pdf"],
    ],
)
def test_wrong_use_gets_the_usage(arguments):
    assert run(*arguments, status=2).stderr.startswith("Usage: ")


def test_a_backend_is_no_part_of_a_derivation():
    run("verify", "entropy", "--backend", "numpy", status=2)


def test_a_folder_that_is_no_repository_is_refused(tmp_path):
    for command in (["build"], ["build", "--check"], ["generate"]):
        assert str(tmp_path) in run(*command, "--root", tmp_path, status=2).stderr
    assert not list(tmp_path.iterdir())


def test_a_file_where_a_folder_must_be(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("mine")
    for out in (blocked, blocked / "below"):
        assert str(blocked) in run("derive", "entropy", "--out", out, status=2).stderr
    assert snapshot(tmp_path) == {blocked: b"mine"}


def test_a_folder_where_a_file_must_be_leaves_the_others_as_they_were(tmp_path):
    (tmp_path / "verdict.json").mkdir()
    assert "got a folder" in run("derive", "entropy", "--out", tmp_path, status=2).stderr
    assert [path.name for path in tmp_path.iterdir()] == ["verdict.json"]


def test_bytes_that_are_no_text_are_refused(tmp_path):
    (tmp_path / "verdict.json").write_bytes(b"\xff\xfe")
    assert "UTF-8" in run("derive", "entropy", "--out", tmp_path, status=2).stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_to(tmp_path):
    tmp_path.chmod(0o500)
    assert str(tmp_path) in run("derive", "entropy", "--out", tmp_path, status=2).stderr
    tmp_path.chmod(0o700)
    assert not list(tmp_path.iterdir())


def refuse(*arguments, **options):
    raise PermissionError(13, "Permission denied")


@pytest.mark.parametrize("call", ["tempfile.mkstemp", "os.replace", "pathlib.Path.replace", "pathlib.Path.mkdir"])
def test_a_refusal_by_the_system_leaves_what_was_there(call, monkeypatch, tmp_path):
    target = tmp_path / "verdict.json"
    target.write_text("before")
    monkeypatch.setattr(call, refuse)
    assert "Permission denied" in run("derive", "entropy", "--out", tmp_path, status=2).stderr
    assert snapshot(tmp_path) == {target: b"before"}


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt(), MemoryError()])
def test_a_write_that_stops_in_the_middle_leaves_the_old_file_and_nothing_else(error, monkeypatch, tmp_path):
    target = tmp_path / "page.md"
    target.write_text("before")
    real = os.fdopen

    class Stopped:
        def __init__(self, handle, mode):
            self._stream = real(handle, mode)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self._stream.close()

        def write(self, data):
            self._stream.write(data[: len(data) // 2])
            self._stream.flush()
            raise error

    monkeypatch.setattr(os, "fdopen", Stopped)
    with pytest.raises(OutputError if isinstance(error, OSError) else type(error)):
        write_files({target: "after, and longer"})
    assert snapshot(tmp_path) == {target: b"before"}


def test_differences_of_what_is_the_same_are_none(tmp_path):
    write_files({tmp_path / "a": "ü\n"})
    assert differences({tmp_path / "a": "ü\n"}) == []


# ---------------------------------------------------------------- what does not hold


def test_a_step_that_does_not_hold_is_named(monkeypatch):
    from mvn_symbolic.catalogue import setting

    lie = Rule("moments of the noise", lambda expr: 2 * rules.collect().apply(expr), "Because I say so.")
    monkeypatch.setattr(rules, "moments", lambda *_: lie)
    monkeypatch.setattr(setting.STANDARD, "_built", {})
    result = run("derive", "entropy", status=1)
    assert "'entropy' is wrong: moments of the noise" in result.stderr
    assert not result.stdout
    text = CliRunner().invoke(main, ["verify", "entropy"])
    assert text.exit_code == 1
    assert "refuted  entropy 6: moments of the noise" in text.stdout


def test_nothing_is_written_when_a_step_does_not_hold(small, monkeypatch):
    from mvn_symbolic.catalogue import setting

    lie = Rule("moments of the noise", lambda expr: 2 * rules.collect().apply(expr), "Because I say so.")
    monkeypatch.setattr(rules, "moments", lambda *_: lie)
    monkeypatch.setattr(setting.STANDARD, "_built", {})
    monkeypatch.setattr(stages, "check_docs", lambda source: None)
    monkeypatch.setattr(stages, "verified", lambda *_: (0, []))
    before = snapshot(small)
    run("build", "--jobs", 1, "--root", small, status=1)
    assert snapshot(small) == before


def test_nothing_is_written_when_a_function_is_wrong(small, monkeypatch):
    monkeypatch.setattr(stages, "check_docs", lambda source: None)
    monkeypatch.setattr(module_verdicts, "PARAMETERIZATIONS", {"diag": None})
    monkeypatch.setattr(module_verdicts, "TOPICS", {})
    monkeypatch.setattr("mvn_symbolic.verify.signatures.FUNCTIONS", ("entropy",))
    monkeypatch.setattr(stages, "available", lambda backends: ("numpy",))
    source = "def entropy(loc, scale_diag):\n    return scale_diag.sum(-1)\n"
    monkeypatch.setattr(stages, "generate", lambda backends: {"generated/numpy/diag.py": source})
    before = snapshot(small)
    result = run("build", "--jobs", 1, "--root", small, status=1)
    assert "numpy.diag.entropy float64: truth: " in result.stdout
    assert "nothing was written" in result.stderr
    assert snapshot(small) == before


def test_an_expression_without_a_rule_is_named(monkeypatch):
    def refuse(*_):
        raise MissingRuleError("gradient", 1 + 1)

    monkeypatch.setattr(rules, "moments", refuse)
    monkeypatch.setattr("mvn_symbolic.catalogue.setting.STANDARD._built", {})
    assert "no gradient rule" in run("derive", "entropy", status=1).stderr


@pytest.mark.parametrize("package", ["sphinx", "furo"])
def test_docs_without_sphinx_say_what_to_install(package, monkeypatch, small):
    monkeypatch.setattr(module_verdicts.util, "find_spec", lambda name: None if name == package else object())
    before = snapshot(small)
    for command in (["docs"], ["build", "--jobs", 1]):
        assert "mvn_symbolic[docs]" in run(*command, "--root", small, status=2).stderr
    assert snapshot(small) == before


def test_docs_where_there_are_none(tmp_path):
    assert "conf.py" in run("docs", "--root", tmp_path, status=2).stderr


@pytest.mark.slow
def test_docs_with_a_warning_fail_every_time(tmp_path):
    write_files({tmp_path / "docs" / "conf.py": "", tmp_path / "docs" / "index.rst": "Title\n=\n\n:ref:`nowhere`\n"})
    for _ in range(2):
        result = run("docs", "--root", tmp_path, status=1)
        assert "warnings" in result.stderr
        assert not result.stdout
    write_files({tmp_path / "docs" / "index.rst": "Title\n=====\n"})
    page = tmp_path / "build" / "docs" / "index.html"
    assert json.loads(run("docs", "--root", tmp_path, "--json").stdout) == {"page": str(page.resolve())}
    assert page.is_file()


def test_verifying_code_without_its_library_says_what_to_install(monkeypatch):
    monkeypatch.setattr(module_verdicts.util, "find_spec", lambda name: None if name in {"torch", "jax"} else object())
    assert "mvn_symbolic[torch]" in run("verify", "--backend", "torch", status=2).stderr
    assert "mvn_symbolic[jax]" in run("verify", "--backend", "jax", status=2).stderr
    assert module_verdicts.available(()) == ("numpy",)


def test_a_mistake_of_ours_gets_one_line_and_a_way_to_see_more(monkeypatch):
    monkeypatch.setattr("mvn_symbolic.catalogue.registry.derive", lambda name: 1 / 0)
    assert "--traceback" in run("derive", "entropy", status=1).stderr
    result = CliRunner().invoke(main, ["--traceback", "derive", "entropy"])
    assert isinstance(result.exception, ZeroDivisionError)


def test_an_interrupt_gets_one_line(monkeypatch):
    def interrupt(name):
        raise KeyboardInterrupt

    monkeypatch.setattr("mvn_symbolic.catalogue.registry.derive", interrupt)
    assert run("derive", "entropy", status=130).stderr == "Interrupted.\n"
