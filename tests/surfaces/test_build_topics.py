"""Functions of topics stop a build as those of parameterizations do."""

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

import mvn_symbolic
from mvn_symbolic.catalogue.topics import TOPICS
from mvn_symbolic.surfaces import build as stages
from mvn_symbolic.surfaces import module_verdicts
from mvn_symbolic.surfaces.cli import main
from mvn_symbolic.surfaces.lanes import workers

TOPIC = TOPICS["divergences"]
CHOSEN = replace(TOPIC, results=tuple(one for one in TOPIC.results if one.name in {"cross_entropy", "jeffreys"}))
FILE = "generated/numpy/divergences_cross_entropy.py"
TEXT = (Path(mvn_symbolic.__file__).parent / FILE).read_text(encoding="utf-8")


class Silence:
    """Hears of progress and says nothing."""

    def expect(self, count):
        pass

    def done(self, text, steps=1):
        pass


def objections(monkeypatch, text):
    monkeypatch.setattr(module_verdicts, "PARAMETERIZATIONS", {})
    monkeypatch.setattr(module_verdicts, "TOPICS", {TOPIC.name: CHOSEN})
    with workers(1) as lanes:
        return module_verdicts.verified(lanes, ("numpy",), {FILE: text}, Silence())


def test_a_right_module_is_accepted(monkeypatch):
    assert objections(monkeypatch, TEXT) == (2, [])


def test_a_wrong_constant_is_named(monkeypatch):
    wrong = TEXT.replace("math.log(2.0 * math.pi)", "math.log(3.0 * math.pi)")
    assert wrong != TEXT
    _, found = objections(monkeypatch, wrong)
    assert {one.function for one in found} == {"numpy.divergences.cross_entropy"}


def test_verify_of_the_code_says_one_line_a_module(monkeypatch):
    monkeypatch.setattr("mvn_symbolic.verify.signatures.FUNCTIONS", ("entropy", "grad_kl_standard_normal"))
    monkeypatch.setattr(module_verdicts, "TOPICS", {TOPIC.name: CHOSEN})
    result = CliRunner().invoke(main, ["verify", "--jobs", "1", "--backend", "numpy"])
    assert result.exit_code == 0, result.output
    lines = result.stderr.splitlines()
    assert lines[0] == "verified numpy.divergences: 2 functions in float64"
    assert len(lines) == len(module_verdicts.PARAMETERIZATIONS) + 1
    assert result.stdout.endswith(" 0 failures\n")


def test_a_page_that_cannot_be_written_hides_no_objection(monkeypatch, tmp_path):
    def unwritten(name):
        raise IndexError(name)

    wrong = module_verdicts.Objection("numpy.tril.entropy", "truth", "a wrong constant")
    monkeypatch.setattr(stages, "check_docs", lambda source: None)
    monkeypatch.setattr(stages, "list_derivations", lambda: ("entropy",))
    monkeypatch.setattr(stages, "_rendered", unwritten)
    monkeypatch.setattr(stages, "_judged_example", lambda root: ({}, ""))
    monkeypatch.setattr(stages, "_generated_text", lambda backends: ({}, ""))
    monkeypatch.setattr(stages, "verified", lambda *arguments: (1, [wrong]))
    assert stages.build_all(tmp_path, Silence(), jobs=1) == ([], [wrong], None)
    monkeypatch.setattr(stages, "verified", lambda *arguments: (1, []))
    with pytest.raises(IndexError):
        stages.build_all(tmp_path, Silence(), jobs=1)
