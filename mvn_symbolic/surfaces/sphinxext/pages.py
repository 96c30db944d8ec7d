"""A page for each derivation of the catalogue, written before Sphinx looks for pages: a title and one directive.

Beside them `toctree.inc` lists them in reading order, for a page to include.

The pages are build products: the folder named by `mvn_pages` should not be committed.
"""

from __future__ import annotations

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

_LIST = """```{{toctree}}
:caption: {caption}
:maxdepth: 1

{pages}
```
"""


def write_pages(app: Sphinx) -> None:
    """Write what is missing or has changed, and take away pages of derivations that are gone."""
    if not app.config.mvn_pages:
        return
    folder = Path(app.srcdir) / app.config.mvn_pages
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {folder / f"{name}.md": _page(name) for name in mvn_symbolic.list_derivations()}
    lists = [
        _LIST.format(caption=caption, pages="\n".join(f"/{app.config.mvn_pages}/{name}" for name in names))
        for caption, names in GROUPS.items()
    ]
    for path, text in {**wanted, folder / "toctree.inc": "\n".join(lists)}.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
    for path in set(folder.glob("*.md")) - set(wanted):
        path.unlink()


def _page(name: str) -> str:
    return _PAGE.format(title=build(name).title, name=name)
