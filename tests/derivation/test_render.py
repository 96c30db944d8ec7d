"""The written forms of a derivation: nothing is left out, nothing breaks the format, verdicts say what was shown."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import replace

import pytest
import sympy
from sympy.core.symbol import Str
from sympy.matrices.expressions import MatAdd

from mvn_symbolic.catalogue.registry import build, list_derivations
from mvn_symbolic.derivation import rules
from mvn_symbolic.derivation.gradients import gradients_of
from mvn_symbolic.derivation.grouping import groups_of
from mvn_symbolic.derivation.line import Line
from mvn_symbolic.derivation.model import Derivation
from mvn_symbolic.derivation.page import PARTS, Formula, Heading, StepBlock, Where, page
from mvn_symbolic.derivation.prose import capitalised, pieces
from mvn_symbolic.derivation.render import FILES, files_of, to_latex, to_markdown, to_notebook
from mvn_symbolic.derivation.words import badge, summary
from mvn_symbolic.notation import nodes, symbols
from mvn_symbolic.notation.latex import latex
from mvn_symbolic.notation.latex_width import width
from mvn_symbolic.notation.nodes import squared_norm
from mvn_symbolic.notation.operators import Gradient, differential_of
from mvn_symbolic.notation.symbols import Let
from mvn_symbolic.notation.table import symbol


def test_page_has_its_parts_in_order(small):
    assert [block.text for block in page(small) if isinstance(block, Heading) and block.level == 1] == [
        "Results",
        "Given",
        "Steps",
        "In words",
        "Conventions",
        "References",
    ]


@pytest.mark.parametrize("part", PARTS)
def test_page_shows_a_part_alone(small, part):
    blocks = page(small, parts=(part,))
    assert isinstance(blocks[0], Heading)
    assert sum(isinstance(block, Heading) and block.level == 1 for block in blocks) == 1


def test_remarks_are_said_not_to_be_checked(small):
    _, note, remarks = page(small, parts=("remarks",))
    assert note.text.endswith("it is not checked.")
    assert remarks.texts == ("It is never zero.",)


def test_page_numbers_the_steps_through_all_chains(small):
    assert [block.number for block in page(small) if isinstance(block, StepBlock)] == [1, 2, 3, 4]


def test_name_is_defined_where_it_first_appears_and_only_there(small):
    steps = [block for block in page(small, parts=("steps",)) if isinstance(block, StepBlock)]
    assert [bool(step.where.definitions) for step in steps] == [True, False, False, False]
    assert steps[0].where.definitions[0].left == "u"


def test_results_call_a_value_by_its_name_and_leave_differentials_out(small):
    blocks = page(small, parts=("result",))
    (formula,) = (block for block in blocks if isinstance(block, Formula))
    assert [line.split(" &= ")[0] for line in formula.lines] == [r"\log q(z)", r"\nabla_{\mu} \log q(z)"]


@pytest.mark.parametrize("name", list_derivations())
def test_two_questions_of_a_group_never_look_alike(name):
    """Else one left side stands before several right sides: dG by one symbol, and dG by another."""
    for group in groups_of(build(name).chains):
        starts = {group.start_of(chain) for chain in group.chains}
        assert [text for text, times in Counter(map(latex, starts)).items() if times > 1] == []


def test_results_show_blocks_of_the_hessian_without_the_differentials_they_are_read_off():
    (formula,) = (b for b in page(build("kl_hessian_factor"), parts=("result",)) if isinstance(b, Formula))
    assert sum(r"\nabla^2_" in line for line in formula.lines) == 10
    assert not any(r"\mathrm{d}_" in line for line in formula.lines)


def test_results_show_a_differential_that_nothing_is_read_off():
    """A change that is the question itself, though the gradients of the change are asked for after it."""
    S, x = symbols.PositiveDefinite("S"), symbols.Vector("x")
    question = differential_of(nodes.Inner(x, S * x), S)
    change = Line("change", "How the form changes", question).then(rules.differentiate("The form is linear."))
    made = Derivation("change", "Change", "", (), (change.chain, *gradients_of(change.current, x)))
    (formula,) = (block for block in page(made, parts=("result",)) if isinstance(block, Formula))
    assert formula.lines[0].startswith(r"\mathrm{d}_S")
    assert [r"\nabla_x" in line for line in formula.lines] == [False, True]


def test_results_say_what_their_names_mean(small):
    (where,) = (block for block in page(small, parts=("result",)) if isinstance(block, Where))
    assert [definition.left for definition in where.definitions] == ["u", "q"]
    assert where.definitions[1].words == "is the law of"


def test_group_ends_where_a_name_changes_its_meaning(small):
    value, _, gradient = small.chains
    z, mu = symbol("value"), symbol("loc")
    other = replace(gradient, start=Gradient(squared_norm(Let("u", z - mu)), mu), steps=())
    assert [len(group.chains) for group in groups_of((value, gradient))] == [2]
    assert [len(group.chains) for group in groups_of((value, other))] == [1, 1]


def test_later_group_calls_a_value_by_the_shorter_name_of_a_group_before(small):
    value, _, _ = small.chains
    opened = value.result.right.xreplace({let: let.definition for let in value.result.right.atoms(Let)})
    later = replace(value, start=sympy.exp(opened) + 1, steps=())
    groups = groups_of((value, later))
    assert [len(group.chains) for group in groups] == [1, 1]
    assert latex(groups[1].start_of(later)) == "1 + q(z)"


def test_name_stays_itself_when_sympy_tidies_what_holds_it():
    p, q = symbols.Vector("mu_p"), symbols.Vector("mu_q")
    name = Let("d", MatAdd(p, -1 * q))
    assert (name + symbols.Vector("x")).doit().atoms(Let) == {name}


def written_out(expr):
    while lets := expr.atoms(Let):
        expr = expr.xreplace({let: let.definition for let in lets})
    return expr


@pytest.mark.parametrize("name", list_derivations())
def test_no_name_is_defined_twice_alike(name):
    """Two objects of one name and one meaning would be computed twice, and end the group they stand in."""
    chains = build(name).chains
    together = [step.after.atoms(Let) for chain in chains for step in chain.steps]
    together.append({let for chain in chains for let in chain.result.right.atoms(Let)})
    for lets in together:
        alike = Counter((let.name, latex(written_out(let))) for let in lets)
        assert [one for one, times in alike.items() if times > 1] == []


@pytest.mark.parametrize("name", list_derivations())
def test_lines_keep_to_the_limit(name):
    """68 letters are what the documentation asks for: a wider line would be cut at the right."""
    formulas = [getattr(block, "formula", block) for block in page(build(name), limit=68)]
    for formula in (one for one in formulas if isinstance(one, Formula)):
        sides = [line.partition("&") for line in formula.lines]
        widest = max(width(left) for left, _, _ in sides)
        assert [right for _, _, right in sides if widest + width(right) > 68] == []


def test_badge_never_claims_more_than_was_shown(small):
    verdicts = [step.verdict for step in small.steps]
    assert [badge(verdict) for verdict in verdicts] == [
        "agrees at k = 1, 2, 3",
        "proved at k = 1, 2",
        "unknown",
        "not checked",
    ]
    assert summary(verdicts[1:2]) == "One step, proved at k = 1, 2."
    assert summary(verdicts).startswith("4 steps, each checked on its own: ")


def test_prose_sets_symbols_and_leaves_words():
    found = list(pieces("L_q is `loc`, $\\operatorname{tr} L$; a law A at k = 1, 2, hello rho-like"))
    assert [piece for piece in found if piece.kind != "text"] == [
        ("math", "L_{q}"),
        ("code", "loc"),
        ("math", r"\mathrm{tr}\,L"),
        ("math", r"k = 1,\, 2"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"), [("by rule", "By rule"), ("mu moves", "mu moves"), ("KL", "KL"), ("", "")]
)
def test_capitalised_leaves_symbols_alone(text, expected):
    assert capitalised(text) == expected


def test_markdown_fences_every_formula_and_escapes_words(small):
    text = to_markdown(small)
    assert text.count("```math") == text.count("```") / 2
    assert r"derivation\_of \<mine\>" in text
    assert "operatorname" not in text
    assert re.search(r"\$`L_\{q\}`\$ is invertible", text)


def test_notebook_form_uses_dollars(small):
    text = to_notebook(small)
    assert "```" not in text
    assert "$$\nz = " in text
    assert small._repr_markdown_() == text
    assert small._repr_latex_().startswith("$$\\begin{aligned}")


def test_latex_escapes_what_latex_would_read(small):
    text = to_latex(small)
    assert r"derivation\_of" in text
    assert r"A \& B 1999" in text
    assert r"100\%" in text
    assert text.count(r"\begin{align*}") == text.count(r"\end{align*}")


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
@pytest.mark.slow
def test_latex_compiles(small, tmp_path):
    (tmp_path / "small.tex").write_text(to_latex(small), encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "small.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]


def test_steps_json_holds_expressions_that_sympy_reads_back(small):
    data = json.loads(files_of(small)["steps.json"])
    assert [len(chain["steps"]) for chain in data["chains"]] == [2, 1, 1]
    step = data["chains"][0]["steps"][1]
    assert step["after"]["latex"] == latex(small.steps[1].after)
    assert step["verdict"]["proved_at"] == [1, 2]
    assert [name["name"] for name in data["intermediates"]] == ["u"]
    names = {**vars(sympy), **vars(symbols), **vars(nodes), "Str": Str}
    assert eval(step["after"]["sympy"], names) == small.steps[1].after


def test_verdict_json_is_as_good_as_the_worst_step(small):
    data = json.loads(files_of(small)["verdict.json"])
    assert data["status"] == "not checked"
    proved = replace(small, chains=(replace(small.chains[0], steps=small.chains[0].steps[1:]),))
    assert json.loads(files_of(proved)["verdict.json"])["status"] == "proved"


def test_files_are_the_same_on_every_hash_seed(tmp_path):
    script = (
        "import hashlib, sys; from mvn_symbolic.catalogue.registry import build;"
        "from mvn_symbolic.derivation.render import files_of;"
        "sys.stdout.write(hashlib.sha256(repr(files_of(build('kl_standard_normal'))).encode()).hexdigest())"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path), "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(seen) == 1


def test_every_file_has_one_writer(small):
    assert set(files_of(small)) == set(FILES) == {"derivation.md", "derivation.tex", "steps.json", "verdict.json"}


def test_repr_is_one_line(small):
    assert repr(small) == "<Derivation 'small': 3 chains, 4 steps>"
    assert repr(small.chains[0]) == "<Chain 'value': 2 steps>"
    assert repr(small.steps[3]) == "<Step 'read off': not checked>"


def test_step_typesets_itself(small):
    assert small.steps[3]._repr_latex_() == rf"${latex(small.steps[3].before)} = {latex(small.steps[3].after)}$"
