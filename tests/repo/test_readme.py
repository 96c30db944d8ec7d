"""README and CONTRIBUTING promise nothing that is not there: code prints what it says, commands and links exist."""

import contextlib
import io
import re
import shlex
import warnings
from pathlib import Path

import click
import pytest

import mvn_symbolic as mvn
from mvn_symbolic.surfaces.cli import main
from mvn_symbolic.verify.targets import find

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", "CONTRIBUTING.md")
FENCE = re.compile(r"^(`{3,})(\w+)\n(.*?)^\1$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]+)|(?:src|srcset)=\"([^\"]+)\"")


def blocks(page, language):
    text = (ROOT / page).read_text(encoding="utf-8")
    return [body for _, kind, body in FENCE.findall(text) if kind == language]


def printed(code):
    """What the comments after print calls say that it prints."""
    return [line.split("  # ", 1)[1] for line in code.splitlines() if line.startswith("print(") and "  # " in line]


def outcome(code, folder, monkeypatch):
    monkeypatch.chdir(folder)
    out = io.StringIO()
    with contextlib.redirect_stdout(out), warnings.catch_warnings():
        warnings.simplefilter("error")
        exec(compile(code, "<README>", "exec"), {"__name__": "readme"})
    return out.getvalue().splitlines()


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(blocks("README.md", "python"))))
def test_python_block_runs_and_prints_what_it_says(number, tmp_path, monkeypatch):
    code = blocks("README.md", "python")[number]
    for library in ("torch", "jax"):
        if f"import {library}" in code:
            pytest.importorskip(library)
    assert printed(code), "a block that shows nothing"
    assert outcome(code, tmp_path, monkeypatch) == printed(code)


def test_there_are_blocks_of_both_kinds():
    assert len(blocks("README.md", "python")) >= 4
    assert len(blocks("README.md", "sh")) >= 3


@pytest.mark.parametrize("page", PAGES)
def test_commands_exist(page):
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for line in "".join(blocks(page, "sh")).splitlines():
        words = shlex.split(line, comments=True)
        words = [word for word in words if word != "&&"]
        if words[:1] == ["make"]:
            assert {word for word in words[1:] if "=" not in word} <= targets, line
        elif words[:1] == ["mvn-symbolic"]:
            command = main.commands[words[1]]
            arguments = command.make_context(words[1], words[2:]).params
            if ":" in (name := arguments.get("name") or ""):
                find(name, folder=ROOT)
            elif name:
                assert name in mvn.list_derivations(), line


def test_a_command_that_is_not_there_is_noticed():
    with pytest.raises(click.NoSuchOption):
        main.commands["build"].make_context("build", ["--everything"])


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    links = [first or second for first, second in LINK.findall((ROOT / page).read_text(encoding="utf-8"))]
    assert len(links) > 5
    assert not [link for link in links if "://" not in link and not (ROOT / link).exists()]


def test_the_list_of_all_derivations_is_linked_and_has_all():
    """The list is made, so that a new result is on it without a line typed by hand."""
    assert "(derivations/README.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
    text = (ROOT / "derivations/README.md").read_text(encoding="utf-8")
    assert not [name for name in mvn.list_derivations() if f"]({name}/derivation.md)" not in text]


def test_directives_name_derivations():
    names = re.findall(r"\{mvn-derivation\} (\w+)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert names
    assert set(names) <= set(mvn.list_derivations())


def test_the_recipe_shows_a_result_of_the_catalogue_and_its_line_in_the_register():
    """So every test that a new result leads to is passed by the one that is shown."""
    recipe = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    [code] = blocks("CONTRIBUTING.md", "python")
    [line, module] = re.search(r"Add the line `(\"\w+\": \"([\w.]+):\w+\",)` to the register", recipe).groups()
    assert code == (ROOT / module.replace(".", "/")).with_suffix(".py").read_text(encoding="utf-8")
    assert line in (ROOT / "mvn_symbolic/catalogue/registry.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES)
def test_no_formula_is_typed_as_a_result(page):
    text = FENCE.sub("", (ROOT / page).read_text(encoding="utf-8"))
    assert not re.findall(r"\$[^$\n]+\$|```math|\\(?:frac|nabla|sum|mathbb)", text)
