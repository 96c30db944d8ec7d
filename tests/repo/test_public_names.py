"""What the public face promises about every name in it: a docstring with all sections, and an example that is true."""

import doctest
import inspect
import re

import pytest

import mvn_symbolic
from mvn_symbolic import errors, verify

SECTION = re.compile(r"^(\w+)\n-{4,}\n(.*?)(?=^\w+\n-{4,}\n|\Z)", re.MULTILINE | re.DOTALL)


def public():
    """Return every public callable by the name that it is imported by."""
    from mvn_symbolic.verify.own import verify as judge

    found = {name: getattr(mvn_symbolic, name) for name in mvn_symbolic._PUBLIC}
    found |= {f"verify.{name}": getattr(verify, name) for name in verify._PUBLIC}
    return {"verify": judge, **{name: one for name, one in found.items() if callable(one)}}


PUBLIC = public()


@pytest.fixture(params=PUBLIC)
def name(request):
    """The name of a public callable."""
    return request.param


def own_docstring(name):
    """Return what stands below the callable itself: a class may not pass that of its parent for its own."""
    return (
        inspect.cleandoc(vars(PUBLIC[name]).get("__doc__") or "")
        if isinstance(PUBLIC[name], type)
        else (inspect.getdoc(PUBLIC[name]) or "")
    )


def sections(text):
    """Return the parts below a heading."""
    return {head: body.strip() for head, body in SECTION.findall(text)}


def described(body):
    """Return the names that a section describes, `a, b : type` being two."""
    heads = [line.split(" : ")[0] for line in body.splitlines() if line and not line.startswith(" ")]
    return [one.strip().lstrip("*") for head in heads for one in head.split(",")]


def parameters(made):
    """Return the names that a caller may pass. What only SymPy passes, to build an object again, begins with `_`."""
    if isinstance(made, type) and issubclass(made, Exception):
        return []
    return [one for one in inspect.signature(made).parameters if not one.startswith("_")]


def test_summary_is_one_line(name):
    summary, blank, *_ = [*own_docstring(name).splitlines(), "", ""]
    assert summary.endswith((".", ":")), "no summary"
    assert not blank, "a summary is one line, with a blank one below"


def test_every_parameter_is_described(name):
    wanted = parameters(PUBLIC[name])
    found = described(sections(own_docstring(name)).get("Parameters", ""))
    if wanted == ["args"]:  # a function of SymPy, which takes what it is given
        assert len(found) == 1
    else:
        assert found == wanted


def test_what_comes_back_is_described(name):
    if not isinstance(PUBLIC[name], type):
        assert sections(own_docstring(name)).get("Returns")


def test_errors_are_ours(name):
    raised = described(sections(own_docstring(name)).get("Raises", ""))
    assert set(raised) <= set(errors.__all__)


def test_example_is_true_and_says_what_it_imports(name):
    examples = sections(own_docstring(name)).get("Examples", "")
    test = doctest.DocTestParser().get_doctest(examples, {}, name, None, None)
    assert any(example.want for example in test.examples), "no example shows a result"
    assert name.rpartition(".")[2] in examples
    assert "SKIP" not in examples
    assert max(map(len, examples.splitlines())) <= 88, "the page of public names shows no more without scrolling"
    told = []
    doctest.DocTestRunner().run(test, out=told.append)
    assert not told, "".join(told)


def test_value_has_a_line_about_it():
    from sphinx.pycode import ModuleAnalyzer

    for name in set(mvn_symbolic._PUBLIC) - set(PUBLIC):
        module, attribute = mvn_symbolic._PUBLIC[name]
        assert ModuleAnalyzer.for_module(f"mvn_symbolic.{module}").find_attr_docs()["", attribute]
