"""Lives here: how a mistake is planted: one text of a right function is replaced by a wrong one, and nothing else.
May not live here: functions or mistakes; each test file holds its own, as FORMS and MISTAKES."""

import inspect
import textwrap
from typing import NamedTuple

import pytest


class Form(NamedTuple):
    """A right function and the name in the contract that it has."""

    backend: str
    parameterization: str
    name: str
    make: object

    def function(self):
        """Return the function itself; torch forms make theirs, to have classes of their own."""
        return self.make() if self.backend == "torch" else self.make


class Mutant(NamedTuple):
    """A form with one planted mistake, to be found in one dtype."""

    label: str
    form: Form
    old: str
    new: str

    def function(self):
        """Compile the form's source with the mistake in it."""
        source = textwrap.dedent(inspect.getsource(self.form.make))
        assert source.count(self.old) == 1, f"{self.label}: {self.old!r} must occur once in {self.form.make.__name__}"
        namespace = dict(self.form.make.__globals__)
        exec(compile(source.replace(self.old, self.new), f"<{self.label}>", "exec"), namespace)
        return self.form._replace(make=namespace[self.form.make.__name__]).function()


def pytest_generate_tests(metafunc):
    forms = {
        make.__name__: Form(backend, p, name, make) for backend, p, name, make in getattr(metafunc.module, "FORMS", ())
    }
    if "form" in metafunc.fixturenames:
        metafunc.parametrize("form", list(forms.values()), ids=list(forms))
    if "mutant" in metafunc.fixturenames:
        mistakes = [Mutant(label, forms[form], old, new) for label, form, old, new in metafunc.module.MISTAKES]
        assert len({m.label for m in mistakes}) == len(mistakes), "two mistakes have one name"
        metafunc.parametrize("mutant", mistakes, ids=[m.label for m in mistakes])


@pytest.fixture
def judge():
    """Run the checks of the contract: ``judge(fn, form) -> list of failures``, of the first check that objects.

    Hand-written forms are formulas and no more: they do not validate shapes, so that check is left out for them.
    """
    from mvn_symbolic.verify.function_checks import applicable, check_function

    def run(fn, form, *, dtype="float64", but=("shape_errors",)):
        promise = form.backend, form.parameterization, form.name
        checks = [check for check in applicable(*promise, dtype) if check not in but]
        return check_function(fn, *promise, dtype=dtype, checks=checks, stop_at_first=True)

    return run
