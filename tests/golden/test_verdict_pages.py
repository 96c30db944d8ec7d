"""The reports of the five-minute page are what its commands print now; its pages use the words that contracts take."""

import re
import shutil
import sys
from dataclasses import fields
from functools import partial
from pathlib import Path
from types import ModuleType, SimpleNamespace
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from mvn_symbolic.outputs import differences
from mvn_symbolic.surfaces import build
from mvn_symbolic.surfaces.cli import main
from mvn_symbolic.surfaces.worked_example import COMMANDS, arguments_of, mended, worked_example
from mvn_symbolic.verify import check
from mvn_symbolic.verify.contracts import contract as vocabulary
from mvn_symbolic.verify.contracts.contract import Contract
from mvn_symbolic.verify.contracts.layout import GENERATED
from mvn_symbolic.verify.contracts.session import BUDGETS
from mvn_symbolic.verify.promises import from_line

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "tutorial" / "verify-your-vae.md"
HOW_TO = ROOT / "docs" / "how-to" / "verify-your-code.md"
REPORTS = PAGE.parent / "verdicts"
PICTURE = ROOT / "docs" / "_static" / "verdicts.svg"


@pytest.fixture(scope="module")
def made():
    pytest.importorskip("torch")
    return worked_example(ROOT)


@pytest.mark.slow
def test_reports_on_the_page_are_what_is_judged_now(made):
    found = differences(made, obsolete=[path for path in REPORTS.iterdir() if path not in made])
    if found:
        pytest.fail("\n".join([*map(str, found), "Run `mvn-symbolic build` and commit what it wrote."]), pytrace=False)


@pytest.mark.slow
def test_the_build_makes_and_compares_them(made, monkeypatch, tmp_path):
    class Silent:
        def expect(self, count): ...

        def done(self, text="", steps=1): ...

    (tmp_path / "examples").mkdir()
    shutil.copy(ROOT / "examples" / "my_vae.py", tmp_path / "examples")
    monkeypatch.setattr(build, "list_derivations", lambda: ())
    monkeypatch.setattr(build, "generate", lambda backends: {})
    outputs = build.build_outputs(tmp_path, Silent(), jobs=1)
    assert {path.relative_to(ROOT) for path in made} <= {path.relative_to(tmp_path) for path in outputs.files}
    assert {one.kind for one in outputs.differences()} == {"missing"}
    assert worked_example(tmp_path / "elsewhere") == {}


@pytest.mark.slow
def test_the_command_line_says_what_the_picture_shows(monkeypatch):
    """Line for line, but for the accuracy, whose last digits are those of the machine."""
    monkeypatch.chdir(ROOT / "examples")
    monkeypatch.setattr(sys, "path", list(sys.path))
    shown = []
    for command in COMMANDS.values():
        result = CliRunner().invoke(main, arguments_of(command))
        assert result.exit_code == 1
        said = [line for line in result.stdout.splitlines() if not line.startswith("  accuracy: ")]
        shown += [*f"$ {command}".splitlines(), *said]
    image = ElementTree.parse(PICTURE).iter("{http://www.w3.org/2000/svg}text")
    _title, *drawn = ["".join(line.itertext()) for line in image]
    assert "".join("".join(drawn).split()) == "".join("".join(shown).split())


def test_the_page_shows_two_mistakes_and_two_passes():
    assert PICTURE.read_text(encoding="utf-8").count(">FAIL: <") == len(COMMANDS)
    assert (REPORTS / "mended.txt").read_text(encoding="utf-8").count("\nPASS: ") == len(COMMANDS)
    shown = re.findall(r"verdicts/(\S+)", PAGE.read_text(encoding="utf-8"))
    assert sorted(shown) == sorted(path.name for path in REPORTS.iterdir())


def python_blocks(page):
    return re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def kept(promised, *words, **fields):
    promised.append((words, fields))
    return lambda function: function


@pytest.mark.slow
def test_the_test_on_the_page_holds_for_the_mended_file_and_not_before(monkeypatch):
    pytest.importorskip("torch")
    [block] = python_blocks(PAGE)
    wrong = (ROOT / "examples" / "my_vae.py").read_text(encoding="utf-8")
    for source, status in ((wrong, "fail"), (mended(wrong), "pass")):
        module = ModuleType("my_vae")
        exec(source, module.__dict__)
        monkeypatch.setitem(sys.modules, "my_vae", module)
        test, promised = {}, []
        # the mark is known only where the plugin is installed
        keep = SimpleNamespace(mvn_contract=partial(kept, promised))
        with monkeypatch.context() as patch:
            patch.setattr(pytest, "mark", keep)
            exec(block, test)
        [(words, fields)] = promised
        assert check(test["test_kl_in_the_loss"](), *words, **fields).status == status


def test_code_in_the_how_to_is_python_and_its_strategies_draw():
    made = {}
    for block in python_blocks(HOW_TO):
        code = compile(block, "<how-to>", "exec")
        if "import mvn_symbolic as mvn" in block or "hypothesis" in block:
            exec(code, made)
    made["test_symmetric"]()
    assert made["verdict"].status == "pass"


@pytest.mark.parametrize("page", [PAGE, HOW_TO], ids=lambda page: page.stem)
def test_lines_for_settings_are_contracts(page):
    lines = re.findall(r'"([\w.]+:[\w.]+ \w[^"]*)"', page.read_text(encoding="utf-8"))
    assert lines
    for line in lines:
        from_line(line)


def table(title):
    """The rows of the first table under a heading: the names in code marks of each cell."""
    text = HOW_TO.read_text(encoding="utf-8").split(f"## {title}\n", 1)[1]
    rows = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)[0].splitlines()[2:]
    return [[re.findall(r"`(\w+)`", cell) for cell in row.strip("|").split("|")] for row in rows]


def listed(title):
    return [name for row in table(title) for name in row[0]]


def test_tables_hold_every_word_and_no_other():
    quantities = vocabulary.VALUES + vocabulary.SAMPLERS + vocabulary.PAIRS + vocabulary.VJPS
    assert sorted(listed("Quantities")) == sorted(quantities)
    assert sorted(listed("Parameterizations")) == sorted(vocabulary.DIAGONAL + vocabulary.DENSE)
    modules = {module: name for (name,), _, cell in table("Parameterizations") for module in cell}
    assert modules == GENERATED
    prefixes = HOW_TO.read_text(encoding="utf-8").split("The first six take prefixes:", 1)[1].split("##")[0]
    assert sorted(re.findall(r"^\| `(\w+)`", prefixes, re.MULTILINE)) == sorted(vocabulary.PREFIXES)
    assert listed("Budget, seed, threads") == list(BUDGETS)
    # the quantity is the table before it; `promise` has no words
    assert set(listed("Fields")) == {field.name for field in fields(Contract)} - {"quantity", "promise"}


@pytest.mark.parametrize("row", table("Fields"), ids=lambda row: row[0][0])
def test_every_value_in_the_table_is_taken_and_an_unknown_one_refused(row):
    [name], values, _ = row
    if name in ("parameterization", "direction"):
        values = values if name == "direction" else listed("Parameterizations")
    if not values or name in ("scale", "sign"):
        return
    for value in values:
        quantity = "pair" if value == "any" else "entropy" if name == "returns" else "rsample"
        # what says nothing about a sample is asked of a quantity that has it
        fitting = {"direction": {"quantity": "kl_divergence"}, "triangle": {"parameterization": "scale_tril"},
                   "convention": {"quantity": "vjp_cholesky"},
                   "masked_mean": {"quantity": "entropy", "mask": "event"}}  # fmt: skip
        more = fitting.get(name, fitting.get(value, {}))
        assert getattr(Contract(**{"quantity": quantity, **more, name: value}), name) == value
    with pytest.raises(ValueError, match=name):
        Contract("rsample", **{name: "no_such_word"})


def test_seconds_in_the_table_are_those_of_the_budgets():
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \|", HOW_TO.read_text(encoding="utf-8"), re.MULTILINE)
    assert {name: float(seconds) for name, seconds in rows} == BUDGETS
