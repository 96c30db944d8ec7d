"""The Sphinx extension: every builder shows the derivation, and a wrong name is a warning that helps."""

from __future__ import annotations

import sys
import warnings
from textwrap import dedent

import pytest

pytest.importorskip("sphinx")

from sphinx.testing.util import SphinxTestApp

from mvn_symbolic.surfaces.sphinxext.sources import function_source

OWN = """
from sympy import Rational
from mvn_symbolic import KL, Line, Law, Premise, Rule, Derivation, symbol
from mvn_symbolic import squared_norm

mu, eps = symbol("loc"), symbol("eps")
question = KL(Law("q", mu + eps), Law("p", eps))
rule = Rule("guess", lambda _: squared_norm(mu) * Rational(1, 2), "By L_q and `loc`.", "no need", "Nobody 1999")

def mine():
    chain = Line("value", "The value", question).then(rule).chain
    return Derivation("mine", "Mine", "A summary.", (Premise("Given: nothing."),), (chain,), ("In nats.",))
"""


@pytest.fixture
def build(tmp_path, monkeypatch):
    """Build one page of reStructuredText; give back what came out and what was warned of."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "own_module.py").write_text(OWN, encoding="utf-8")
    (source / "conf.py").write_text(
        'extensions = ["mvn_symbolic.surfaces.sphinxext"]\nmvn_derivations = ["own_module:mine"]\n',
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(str(source))

    def run(text: str, builder: str = "html") -> tuple[str, str, SphinxTestApp]:
        (source / "index.rst").write_text("Title\n=====\n\n" + dedent(text), encoding="utf-8")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what other packages' builders deprecate is not tested here
            app = SphinxTestApp(builder, srcdir=source, builddir=tmp_path / "build")
            app.build(force_all=True)
            app.cleanup()
        suffix = {"html": "index.html", "text": "index.txt", "latex": "*.tex"}[builder]
        (result,) = app.outdir.glob(suffix)
        return result.read_text(encoding="utf-8"), app.warning.getvalue(), app

    yield run
    sys.modules.pop("own_module", None)


DERIVATION = """
    .. mvn-derivation:: mine
"""


def test_html_shows_results_steps_and_verdicts(build):
    text, warned, _ = build(DERIVATION)
    assert not warned
    assert r"\mathrm{KL}(q \,\|\, p) &amp;= \tfrac12" in text or r"\mathrm{KL}(q \,\|\, p) = \tfrac12" in text
    assert "mvn-badge mvn-unchecked" in text
    assert '<span class="pre">loc</span>' in text
    assert "Nobody 1999" in text
    assert "mvn.css" in text


def test_text_builder_shows_formulas(build):
    text, warned, _ = build(DERIVATION, "text")
    assert not warned
    assert r"\lVert \mu \rVert^2" in text
    assert "not checked" in text


def test_latex_builder_shows_formulas(build):
    text, warned, _ = build(DERIVATION, "latex")
    assert not warned
    assert r"\tfrac12\lVert \mu \rVert^2" in text


def test_part_alone_has_no_heading(build):
    text, _, _ = build(DERIVATION + "       :only: result\n")
    assert "rubric" not in text
    assert "mvn-results" in text
    assert "mvn-steps" not in text


def test_steps_can_be_picked(build):
    text, warned, _ = build(DERIVATION + "       :steps: 1\n")
    assert not warned
    assert text.count("mvn-step ") == 1
    assert "mvn-results" not in text


def test_sections_enter_the_table_of_contents(build):
    text, _, _ = build(DERIVATION + "       :sections:\n")
    assert '<section id="mine-result">' in text


@pytest.mark.parametrize(
    ("page", "helps"),
    [
        (".. mvn-derivation:: kl_divergenc", "kl_divergence"),
        (".. mvn-derivation:: mine\n   :chains: valu", "'value'"),
        (".. mvn-derivation:: mine\n   :only: results", "'result'"),
        (".. mvn-derivation:: mine\n   :steps: 7-9", "`steps`"),
        (".. mvn-code:: rsampl", "'rsample'"),
        (".. mvn-code:: rsample\n   :backend: torche", "'torch'"),
        (":mvn:`locc`", "'loc'"),
        (":mvn-result:`mine:valu`", "'value'"),
    ],
)
def test_wrong_name_is_a_warning_with_the_closest_one(build, page, helps):
    _, warned, _ = build(page)
    assert helps in warned
    assert "index.rst:4" in warned


def test_roles_set_symbols_and_results(build):
    text, warned, _ = build("Of :mvn:`p_scale_tril`, :mvn:`k` and :mvn-result:`mine`.")
    assert not warned
    assert r"\(L_p\)" in text
    assert r"\(k\)" in text
    assert r"\(\mathrm{KL}(q \,\|\, p) = \tfrac12\lVert \mu \rVert^2\)" in text


def test_code_is_the_source_of_the_generated_function(build):
    text, warned, app = build(".. mvn-code:: entropy\n   :backend: numpy\n   :parameterization: diag", "text")
    assert not warned
    assert "def entropy(" in text
    assert any(str(path).endswith("diag.py") for path in app.env.dependencies["index"])


def test_notation_table_lists_every_argument(build):
    text, warned, _ = build(".. mvn-notation::", "text")
    assert not warned
    assert all(name in text for name in ("scale_tril", "raw_tril", "PositiveDefinite"))


def test_modules_are_listed_with_their_parameters(build):
    text, warned, _ = build(".. mvn-modules::", "text")
    assert not warned
    assert all(name in text for name in ("scale_diag", "tril", "numpy"))


def test_page_depends_on_the_files_its_derivation_is_made_from(build):
    _, _, app = build(DERIVATION)
    names = {str(path).rpartition("/")[2] for path in app.env.dependencies["index"]}
    assert {"own_module.py", "table.py", "kl.py"} <= names


def test_extension_may_read_in_parallel(build):
    _, _, app = build("Nothing.")
    assert app.is_parallel_allowed("read")
    assert app.is_parallel_allowed("write")


def test_pages_are_written_for_the_whole_catalogue(tmp_path, monkeypatch):
    import mvn_symbolic
    from mvn_symbolic.surfaces.sphinxext import pages

    monkeypatch.setattr(mvn_symbolic, "list_derivations", lambda: ("entropy",))

    class App:
        srcdir = tmp_path

        class config:  # noqa: N801 - Sphinx calls it so
            mvn_pages = "reference"

    (tmp_path / "reference").mkdir()
    (tmp_path / "reference" / "gone.md").write_text("", encoding="utf-8")
    pages.write_pages(App)
    written = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "reference").iterdir()}
    groups = {name for name in written if name.startswith("group-")}
    assert set(written) == {"entropy.md", "toctree.inc", *groups}
    listed = written["toctree.inc"]
    places = [
        listed.index(f"/reference/group-{one}\n") for one in ("the-sample", "moments", "the-evidence-lower-bound")
    ]
    assert places == sorted(places)
    assert "# Moments\n" in written["group-moments.md"]
    assert "/reference/lognormal\n" in written["group-moments.md"]
    assert "{mvn-derivation} entropy" in (tmp_path / "reference" / "entropy.md").read_text(encoding="utf-8")


def test_function_source_takes_decorators_along(tmp_path):
    path = tmp_path / "module.py"
    path.write_text("import functools\n\n\n@functools.cache\ndef f():\n    return 1\n\n\nx = 2\n", encoding="utf-8")
    assert function_source(path, "f") == "@functools.cache\ndef f():\n    return 1"


def test_function_source_can_leave_the_docstring_out(tmp_path):
    path = tmp_path / "module.py"
    path.write_text('def f():\n    """Long."""\n    return 1\n', encoding="utf-8")
    assert function_source(path, "f", docstring=False) == "def f():\n    return 1"
