"""The table of results promises nothing that is not there: pages, equations on them, functions in every library."""

import ast
import re
from pathlib import Path

import pytest

import mvn_symbolic as mvn
from mvn_symbolic.catalogue.registry import build
from mvn_symbolic.discovery import backend_names

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "reference" / "results.md").read_text(encoding="utf-8")


def rows(text):
    """The cells of each numbered row."""
    lines = [line.strip("|").split("|") for line in text.splitlines() if re.match(r"\| \d+ \|", line)]
    return {int(cells[0]): [cell.strip() for cell in cells[1:]] for cells in lines}


def functions_of(library, module):
    """What the door of a module has; of its files, each is read."""
    package = ROOT / "mvn_symbolic"
    door = package / library / f"{module}.py"
    text = door.read_text(encoding="utf-8") if door.is_file() else ""
    files = re.findall(r"^from mvn_symbolic\.(\S+) import \*", text, re.MULTILINE)
    trees = [ast.parse((package / f"{file.replace('.', '/')}.py").read_text(encoding="utf-8")) for file in files]
    return {node.name for tree in trees for node in tree.body if isinstance(node, ast.FunctionDef)}


def wrong(text):
    """Every promise of the table that does not hold."""
    for number, (_, where, functions) in rows(text).items():
        names = re.findall(r"\[\]\(derivations/(\w+)\.md\)", where)
        if not names:
            if where != "missing" or functions:
                yield f"row {number} has no page"
            continue
        known = set(mvn.list_derivations())
        yield from (f"row {number}: no derivation {name}" for name in names if name not in known)
        results = {name: build(name).results for name in names if name in known}
        there = set().union(*results.values())
        named = re.findall(r"`(\w+)`", where)
        yield from (f"row {number}: no equation {name}" for name in named if name not in there)
        yield from (f"row {number}: nothing of {name}" for name, own in results.items() if not own.keys() & set(named))
        for module, function in re.findall(r"`(\w+)\.(\w+)`", functions):
            for library in backend_names():
                if function not in functions_of(library, module):
                    yield f"row {number}: no function {library}.{module}.{function}"


def test_there_are_all_rows_in_order():
    assert list(rows(TEXT)) == list(range(1, 53))


@pytest.mark.slow
def test_every_page_equation_and_function_exists():
    assert not list(wrong(TEXT))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("there", "instead", "says"),
    [
        ("derivations/kl_sign.md", "derivations/kl_sings.md", "row 30: no derivation kl_sings"),
        ("`equal_laws`", "`equal_law`", "row 30: no equation equal_law"),
        ("`tril.entropy`", "`tril.entropi`", "row 22: no function numpy.tril.entropi"),
        ("`tril.entropy`", "`trill.entropy`", "row 22: no function torch.trill.entropy"),
        ("`renyi`, ", "", "row 31: nothing of renyi"),
        ("[](derivations/log_prob.md): `grad_value`", "`grad_value`", "row 17 has no page"),
    ],
)
def test_a_wrong_promise_is_noticed(there, instead, says):
    assert there in TEXT
    assert says in list(wrong(TEXT.replace(there, instead)))


def test_no_formula_is_typed():
    assert not re.findall(r"\$|\\[a-zA-Z]", TEXT)
