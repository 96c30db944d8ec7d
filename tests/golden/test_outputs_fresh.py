"""Committed derivations and modules are what is derived now, byte for byte. `mvn-symbolic build` is the update."""

from pathlib import Path

import pytest

import mvn_symbolic as mvn
from mvn_symbolic.codegen.backends import BACKENDS
from mvn_symbolic.derivation.render import FILES, files_of
from mvn_symbolic.outputs import differences
from mvn_symbolic.surfaces.build import index_page, module_outputs

ROOT = Path(__file__).parents[2]
DERIVATIONS = ROOT / "derivations"


class Silent:
    def expect(self, count):
        pass

    def done(self, text="", steps=1):
        pass


def expect_none(found):
    if found:
        pytest.fail("\n".join([*map(str, found), "Run `mvn-symbolic build` and commit what it wrote."]), pytrace=False)


@pytest.mark.slow
@pytest.mark.parametrize("name", mvn.list_derivations())
def test_derivation_is_what_is_derived_now(name):
    made = files_of(mvn.derive(name))
    expect_none(differences({DERIVATIONS / name / file: text for file, text in made.items()}))


def test_index_of_the_derivations_is_what_is_derived_now():
    expect_none(differences({DERIVATIONS / "README.md": index_page()}))


def test_derivations_hold_nothing_that_nothing_makes():
    expected = {DERIVATIONS / name / file for name in mvn.list_derivations() for file in FILES}
    found = {path for path in DERIVATIONS.rglob("*") if path.is_file()}
    assert found == expected | {DERIVATIONS / "README.md"}


@pytest.mark.slow
def test_modules_are_what_is_generated_now():
    outputs = module_outputs(ROOT, BACKENDS, Silent())
    assert outputs.files
    expect_none(outputs.differences())
