"""A page for each derivation of the catalogue, written before Sphinx looks for pages: a title and one directive.

Each group of them has a page with its list; `toctree.inc` lists the groups in reading order, for a page to include.

The pages are build products: the folder named by `mvn_pages` should not be committed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from sphinx.application import Sphinx

import mvn_symbolic
from mvn_symbolic.catalogue.registry import GROUPS, build

__all__ = ["write_pages"]

_PAGE = """# {title}

```{{mvn-derivation}} {name}
:sections:
```
"""

_GROUP = """# {caption}

{pages}
"""

_LIST = """```{{toctree}}
:maxdepth: {depth}

{pages}
```
"""


def write_pages(app: Sphinx) -> None:
    """Write what is missing or has changed, and take away pages of derivations that are gone."""
    if not app.config.mvn_pages:
        return
    folder = Path(app.srcdir) / app.config.mvn_pages
    folder.mkdir(parents=True, exist_ok=True)
    pages = {name: _page(name) for name in mvn_symbolic.list_derivations()}
    groups = {
        "-".join(["group", *re.findall(r"\w+", caption.lower())]): _GROUP.format(
            caption=caption, pages=_list(app, names, depth=1)
        )
        for caption, names in GROUPS.items()
    }
    wanted = {folder / f"{name}.md": text for name, text in {**pages, **groups}.items()}
    for path, text in {**wanted, folder / "toctree.inc": _list(app, groups, depth=2)}.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
    for path in set(folder.glob("*.md")) - set(wanted):
        path.unlink()


def _list(app: Sphinx, names: Iterable[str], depth: int) -> str:
    return _LIST.format(depth=depth, pages="\n".join(f"/{app.config.mvn_pages}/{name}" for name in names))


def _page(name: str) -> str:
    return _PAGE.format(title=build(name).title, name=name)
