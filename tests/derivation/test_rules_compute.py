"""A rule computes the next expression from the one before it: a rule that ignores its argument would be typed in."""

import ast
from pathlib import Path

import pytest

import mvn_symbolic

PACKAGE = Path(mvn_symbolic.__file__).parent
FILES = [*sorted((PACKAGE / "derivation").glob("*.py")), *sorted((PACKAGE / "catalogue").glob("*.py"))]
TUTORIAL = PACKAGE.parent / "docs" / "tutorial" / "own_derivation.py"


def rules_that_ignore_their_argument(source: str) -> list[int]:
    """The lines of `Rule(name, lambda x: ...)` in which x is not used."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "Rule" and len(node.args) > 1):
            continue
        rule = node.args[1]
        if isinstance(rule, ast.Lambda):
            names = {name.id for name in ast.walk(rule.body) if isinstance(name, ast.Name)}
            if not {argument.arg for argument in rule.args.args} <= names:
                found.append(node.lineno)
    return found


@pytest.mark.parametrize("path", [*FILES, TUTORIAL], ids=lambda path: path.stem)
def test_no_rule_ignores_what_it_is_applied_to(path):
    assert rules_that_ignore_their_argument(path.read_text(encoding="utf-8")) == []


def test_a_rule_that_was_typed_in_is_found():
    assert rules_that_ignore_their_argument('Rule("x", lambda _: result, "because")') == [1]
