"""Floor 8: the documentation's site, built with warnings as errors.

Lives here: how Sphinx is run, and what it must find. May not live here: what stands on a page.
"""

from __future__ import annotations

import sys
from importlib import util
from pathlib import Path

from mvn_symbolic.errors import OutputError
from mvn_symbolic.surfaces.lanes import BuildError, MissingPackageError

__all__ = ["build_docs", "check_docs", "site_built"]


def build_docs(root: Path) -> Path:
    """Build the site with warnings as errors; return its first page.

    Raises
    ------
    MissingPackageError
        When the documentation tools are not installed.
    OutputError
        When the folder has no documentation.
    BuildError
        When a page has a warning.
    """
    source, target = (root / "docs").resolve(), (root / "build" / "docs").resolve()
    check_docs(source)
    return Path(site_built(str(source), str(target))[0])


def check_docs(source: Path) -> None:
    """Raise what :func:`build_docs` raises for what is missing, before any work is done."""
    for package in ("sphinx", "myst_parser", "furo"):
        if util.find_spec(package) is None:
            raise MissingPackageError(f"the docs need {package}: pip install 'mvn_symbolic[docs]'.")
    if not (source / "conf.py").is_file():
        raise OutputError(f"expected the documentation's conf.py in {source}; run from the repository's folder.")


def site_built(source: str, target: str) -> tuple[str, str]:
    """Build the site; return its first page, and what to say of it."""
    from sphinx.application import Sphinx
    from sphinx.errors import SphinxError
    from sphinx.util.docutils import docutils_namespace, patch_docutils

    trees = Path(target) / ".doctrees"
    why = "the documentation has warnings; they are printed above."
    try:
        with patch_docutils(source), docutils_namespace():
            app = Sphinx(source, source, target, trees, "html", status=None, warning=sys.stderr, warningiserror=True)
            app.build()
        passed = app.statuscode == 0
    except SphinxError as error:
        passed, why = False, f"the documentation does not build: {error}"
    except OSError as error:
        raise OutputError(f"cannot write the documentation to {target}: {error}") from error
    if not passed:
        # Pages that were read are not read again, and would not warn again: the next run must start afresh.
        (trees / "environment.pickle").unlink(missing_ok=True)
        raise BuildError(why)
    return str(Path(target) / "index.html"), f"built the docs in {target}"
