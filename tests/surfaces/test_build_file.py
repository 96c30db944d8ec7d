"""A file of one's own: what is taken from it, what is written where, and one line for everything that can be wrong."""

import importlib
import json
import sys

import numpy as np
import pytest
from click.testing import CliRunner

from mvn_symbolic.surfaces import own
from mvn_symbolic.surfaces.cli import main

HEAD = "import mvn_symbolic as mvn\nloc, eps = mvn.symbol('loc'), mvn.symbol('eps')\n"
DERIVATION = """
def _of(right):
    question = mvn.expectation_of(mvn.squared_norm(loc + eps), eps)
    rule = mvn.Rule("moments", lambda expr: right, "The noise has mean zero.")
    return mvn.Derivation("length", "How long", "", (), (mvn.Line("length", "The length", question).then(rule).chain,))
"""
RIGHT = HEAD + DERIVATION + "answer = mvn.squared_norm(loc) + mvn.k\nlength = _of(answer)\n"
CODE = "expected_length = mvn.function('expected_length', answer, [loc], derivation='length')\n"


@pytest.fixture
def write(tmp_path, monkeypatch, request):
    """Write a file under a name of its own, for a module is imported once."""
    monkeypatch.chdir(tmp_path)
    name = "own_" + "".join(letter if letter.isalnum() else "_" for letter in request.node.name)

    def written(text):
        path = tmp_path / f"{name}.py"
        path.write_text(text, encoding="utf-8")
        return path

    yield written
    sys.modules.pop(name, None)
    own.collected.cache_clear()
    sys.path[:] = [entry for entry in sys.path if entry != str(tmp_path)]


def build(path, *options, status=0):
    arguments = ["build", str(path), "--jobs", "1", "--backend", "numpy", *map(str, options)]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == status, f"{result.exit_code}\n{result.output}\n{result.exception!r}"
    errors = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
    assert len(errors) == (status != 0)
    assert "Traceback" not in result.output
    return result


def files(folder):
    """The text of every file but those that Python keeps for itself when it imports one."""
    paths = [path for path in folder.rglob("*.*") if path.is_file() and "__pycache__" not in path.parts]
    return {str(path.relative_to(folder)): path.read_text("utf-8") for path in paths}


def test_pages_and_code_are_written_and_the_code_runs(write, tmp_path, monkeypatch):
    path = write(RIGHT + CODE)
    result = build(path, "--out", "pages", "--code", "package")
    assert "derived length: 1 steps, 1 proved" in result.stderr
    pages = files(tmp_path / "pages")
    assert set(pages) == {"README.md", "made-by-mvn-symbolic.txt"} | {
        f"length/{name}" for name in ("derivation.md", "derivation.tex", "steps.json", "verdict.json")
    }
    assert "(length/derivation.md)" in pages["README.md"]
    assert json.loads(pages["length/verdict.json"])
    monkeypatch.syspath_prepend(tmp_path)
    module = importlib.import_module(f"package.numpy.{path.stem}")
    assert module.expected_length(np.array([1.0, 2.0])) == 7.0
    assert module.grad_expected_length(np.array([1.0, 2.0]))[0].tolist() == [2.0, 4.0]
    assert "mvn_symbolic" not in {line.split()[1] for line in files(tmp_path / "package") if line.startswith("import ")}


def test_second_run_changes_nothing_and_check_finds_one_changed_character(write, tmp_path):
    path = write(RIGHT + CODE)
    folders = ("--out", "pages", "--code", "package")
    build(path, *folders)
    assert "Everything is up to date." in build(path, *folders).stdout
    assert "Everything is up to date." in build(path, *folders, "--check").stdout
    page = tmp_path / "pages" / "length" / "derivation.md"
    page.write_text(page.read_text("utf-8").replace("How", "Who", 1), encoding="utf-8")
    before = files(tmp_path)
    stale = build(path, *folders, "--check", status=1)
    assert "+# How long" in stale.stdout
    assert "Run the same command without --check" in stale.stderr
    assert files(tmp_path) == before


def test_what_nothing_makes_any_more_goes_and_what_others_made_stays(write, tmp_path):
    path = write(RIGHT + CODE)
    build(path, "--out", "pages", "--code", "package")
    (tmp_path / "pages" / "length" / "mine.txt").write_text("mine", encoding="utf-8")
    own.collected.cache_clear()
    sys.modules.pop(path.stem)
    path.write_text(RIGHT.replace('"length", "How', '"width", "How'), encoding="utf-8")
    build(path, "--out", "pages", "--code", "package")
    left = set(files(tmp_path / "pages"))
    assert "width/derivation.md" in left
    assert {name for name in left if name.startswith("length/")} == {"length/mine.txt"}


def test_files_that_somebody_else_made_are_not_written_over(write, tmp_path):
    path = write(RIGHT)
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "README.md").write_text("mine", encoding="utf-8")
    result = build(path, "--out", "pages", status=2)
    assert "this command did not make it" in result.stderr
    assert files(tmp_path / "pages") == {"README.md": "mine"}


def test_listing_reaches_nothing_outside_its_folder(write, tmp_path):
    path = write(RIGHT)
    (tmp_path / "precious.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / own.LISTING).write_text("# head\n../precious.txt\n", encoding="utf-8")
    build(path, "--out", "pages")
    assert (tmp_path / "precious.txt").read_text("utf-8") == "mine"


def test_a_step_that_does_not_hold_is_named_and_nothing_is_written(write, tmp_path):
    path = write(RIGHT.replace("_of(answer)", "_of(answer + 1)") + CODE)
    result = build(path, "--out", "pages", "--code", "package", status=1)
    assert "step 1 of 'length' in 'length' is wrong" in result.stderr
    assert not (tmp_path / "pages").exists()
    assert not (tmp_path / "package").exists()


def test_wrong_code_is_named_and_nothing_is_written(write, tmp_path, monkeypatch):
    real = own.module_source
    monkeypatch.setattr(own, "module_source", lambda *a, **o: real(*a, **o).replace("2.0 * loc", "2.5 * loc"))
    result = build(write(RIGHT + CODE), "--out", "pages", "--code", "package", status=1)
    assert "expected_length: gradient by loc at k = 1" in result.stderr
    assert not (tmp_path / "package").exists()


FUNCTION = "mvn.function('f', mvn.squared_norm(loc), [loc])\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("import nothing_of_this_name\n", "raised ModuleNotFoundError"),
        ("1 / 0\n", "raised ZeroDivisionError"),
        ("def (\n", "raised SyntaxError"),
        # the line of the file, not that of the engine or of a library that it called; and one full stop
        (HEAD + "x = mvn.Vector('x')\nmvn.grad(mvn.Total(x.applyfunc(abs)), x)\n", ".py:4: no differential rule"),
        ("import json\n\njson.loads('{')\n", ".py:3: Expecting"),
        ("x = 1\n", "must hold results at its top level"),
        (RIGHT + "_private = 1\nother = _of(answer)\n", "must have different names; got 'length' twice"),
        (HEAD + f"a = {FUNCTION}b = {FUNCTION}", "must have different names; got 'f' twice"),
        (RIGHT.replace('"length", "How', '"../length", "How'), "must be named like Python variables; got '../length'"),
        (
            HEAD + "f = mvn.function('f', mvn.ScalarFunction('J')(loc), [loc])\n",
            "must be within what the engine can do",
        ),
        (HEAD + "f = mvn.function('f', mvn.squared_norm(loc), [])\n", "missing: mu"),
        (HEAD + "f = mvn.gaussian_family('g', loc + eps, [], title='')\n", "missing: mu"),
    ],
)
def test_what_is_wrong_with_the_file_is_one_line(write, tmp_path, text, message):
    path = write(text)
    result = build(path, "--out", "pages", "--code", "package", status=2)
    assert message in result.stderr
    assert set(files(tmp_path)) <= {path.name}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "`--out` or `--code` must say where to write"),
        (("--out", "same", "--code", "same"), "another folder than `--out`"),
        (("--code", "no-package"), "must be a folder that can be imported"),
        (("--out", "pages", "--backend", "numpi"), "did you mean 'numpy'"),
        (("--out", "pages", "--root", "."), "`--root` belongs to this repository's own build"),
    ],
)
def test_what_is_wrong_with_the_options_is_one_line(write, options, message):
    assert message in build(write(RIGHT), *options, status=2).stderr


def test_a_file_that_is_not_there_and_options_without_a_file():
    assert "no file" in build("nowhere.py", "--out", "pages", status=2).stderr
    result = CliRunner().invoke(main, ["build", "--out", "pages"])
    assert result.exit_code == 2
    assert "belong to a file of yours" in result.stderr


@pytest.mark.parametrize(
    "code",
    [
        CODE.replace("answer", "answer + 1"),
        CODE.replace("answer", "loc"),
        CODE.replace("derivation='length'", "derivation='lenght'"),
        CODE.replace("derivation='length'", "derivation='entropy'"),
    ],
)
def test_a_function_is_a_result_of_the_derivation_that_it_names(write, tmp_path, code):
    result = build(write(RIGHT + code), "--code", "package", status=2)
    assert "expected_length" in result.stderr
    assert "leave `derivation` out" in result.stderr.lower()
    assert not (tmp_path / "package").exists()


def test_a_result_may_be_written_otherwise(write):
    otherwise = CODE.replace("answer", "Trace(loc * loc.T) + mvn.k")
    build(write("from sympy import Trace\n" + RIGHT + otherwise), "--code", "package")


CHANGE = """
from mvn_symbolic.derivation.arguments import Given
from mvn_symbolic.derivation.function import function_of
from mvn_symbolic.notation.operators import FunctionHessian
from mvn_symbolic.notation.symbols import tangent_of
J = mvn.ScalarFunction("J")
change = mvn.Equation(mvn.symbol("value"), mvn.differential(mvn.grad(J(loc), loc), loc))
chain = mvn.Line("change", "The change", mvn.gradient_of(mvn.Inner(change.right, eps), eps)).then(
    mvn.Rule("gradient", lambda expr: change.right, "It is linear.")
).chain
moved = mvn.Derivation("moved", "Moved", "", (), (chain,))
inputs = [Given("hessian", FunctionHessian, "Hessian"), Given("along", tangent_of(loc), "direction")]
"""


@pytest.mark.parametrize(("value", "status"), [("change", 0), ("mvn.Equation(change.left, 2 * change.right)", 2)])
def test_a_result_with_a_direction_and_the_hessian_of_a_loss_is_told_from_another(write, value, status):
    """Arguments that stand for a part of the result are that part when the two are compared."""
    code = CHANGE + f"f = function_of({value}, 'f', inputs, 'The change.', 'moved')\n"
    result = build(write(HEAD + code), "--code", "package", status=status)
    assert ("must be a result of the derivation 'moved'" in result.stderr) == (status == 2)


def test_code_of_an_expression_alone_claims_no_derivation(write, tmp_path):
    build(write(RIGHT + CODE.replace(", derivation='length'", "")), "--code", "package")
    text = "".join(files(tmp_path / "package").values())
    assert "def expected_length" in text
    assert "derivation `" not in text
    assert "From the derivations" not in text
