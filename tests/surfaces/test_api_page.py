"""The page of public names, as Sphinx makes it: whatever is public is on it, under the name that it is imported by."""

import sys
import warnings
from pathlib import Path

import pytest

import mvn_symbolic
from mvn_symbolic import verify

pytest.importorskip("sphinx")
pytest.importorskip("myst_parser")

from sphinx.testing.util import SphinxTestApp

DOCS = Path(__file__).resolve().parents[2] / "docs"
SOME = ("derive", "Vector", "k")

CONF = f"""
import sys
sys.path.insert(0, {str(DOCS)!r})
from public_names import PublicNames

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
default_role = "code"

def setup(app):
    app.add_directive("public-names", PublicNames)
"""


def page(folder):
    """Build a page with the directive alone; give back the page and the warnings."""
    folder.mkdir()
    (folder / "conf.py").write_text(CONF, encoding="utf-8")
    (folder / "index.md").write_text("# Title\n\n```{public-names}\n```\n", encoding="utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what other packages deprecate is not tested here
        app = SphinxTestApp("html", srcdir=folder, builddir=folder / "build")
        app.build(force_all=True)
        app.cleanup()
    return (app.outdir / "index.html").read_text(encoding="utf-8"), app.warning.getvalue()


def missing(html):
    """Return the public names that have no entry, or are not in the table above the entries."""
    paths = {name: f"mvn_symbolic.{name}" for name in mvn_symbolic.__all__ if name != "__version__"}
    paths |= {f"verify.{name}": f"mvn_symbolic.verify.{name}" for name in verify._PUBLIC}
    paths["verify"] = "mvn_symbolic.verify.own.verify"  # the function that the module can be called as
    return {name for name, path in paths.items() if f'id="{path}"' not in html or f'href="#{path}"' not in html}


@pytest.fixture(autouse=True)
def forget(monkeypatch):
    """Leave no trace of the documentation's own modules."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield
    sys.modules.pop("public_names", None)


@pytest.mark.slow
def test_every_public_name_is_on_the_page(tmp_path):
    html, warned = page(tmp_path / "page")
    assert not missing(html)
    assert ">Type<" not in html, "of a property, Sphinx takes what stands before a colon for its type"
    assert not warned


@pytest.mark.slow
def test_a_name_that_the_page_leaves_out_is_found(tmp_path, monkeypatch):
    few = {name: mvn_symbolic._PUBLIC[name] for name in SOME}
    monkeypatch.setattr(mvn_symbolic, "_GROUPS", {"Some": few})
    html, _ = page(tmp_path / "page")
    assert missing(html) == set(mvn_symbolic._PUBLIC) - set(SOME)
    assert "The event dimension" in html
    assert "class sympy" not in html
