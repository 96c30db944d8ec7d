"""Floor 1: how wide a formula is on the page, from the widths of TeX's letters. Where to break it is in `latex_lines`.

Text only, and only the LaTeX that `latex_text` writes.
"""

from __future__ import annotations

import re

__all__ = ["width"]

#: Widths in em of Computer Modern, rounded; a letter that is not listed has `_LETTER`.
_WIDTHS = {
    **dict.fromkeys("fijlrt", 0.4),
    **dict.fromkeys("ABCDEFGHKLNOPQRSTUVXYZmw", 0.75),
    **dict.fromkeys("MW", 0.97),
    **dict.fromkeys("0123456789", 0.5),
    **dict.fromkeys("()", 0.42),
    **dict.fromkeys("[].!:;/|", 0.3),
    ",": 0.44,
    **dict.fromkeys(("Sigma", "Lambda", "Delta", "Phi", "Omega", "nabla", "top"), 0.78),
    **dict.fromkeys(("mu", "alpha", "lambda", "sigma", "phi", "psi", "varphi"), 0.6),
    **dict.fromkeys(("log", "det", "exp", "dim"), 1.45),
    **dict.fromkeys(("dots", "cdots", "sum"), 1.4),
    **dict.fromkeys(("left", "right", "end", "bigl", "bigr", "mathrm", "mathbb", "mathcal", "mathbf"), 0.0),
    **dict.fromkeys(("Bigl", "Bigr"), 0.15),  # what a large bracket has more than a small one
    **dict.fromkeys(("biggl", "biggr"), 0.3),
    "sqrt": 0.83,
    "quad": 1.0,
    "qquad": 2.0,
}
_LETTER = 0.5
_THIN_SPACE = 0.17
_SIDES_OF_FRACTION = 0.24
#: Signs that stand with room on both sides, and how much; raised and lowered they have none.
_SIGNS = {
    **dict.fromkeys(("+", "-", "odot", "otimes", "cdot"), 0.44),
    **dict.fromkeys(("=", "<", ">", "sim", "ge", "le", "ne", "in", "to", "mid"), 0.56),
}
_SIGN = 0.78
#: Raised and lowered letters, and those of a small fraction, are so much smaller.
_SMALL = 0.71
#: One letter of the answer is so many em: a line of 68 letters fills the text column of common themes.
_EM = 0.49

_PART = re.compile(r"\\(?:[A-Za-z]+|.)|\S")
_ROW = re.compile(r"\\\\(?:\[\w+\])?")
_MATRIX = re.compile(r"\\begin\{bmatrix\}(.*?)\\end\{bmatrix\}", re.DOTALL)


def width(text: str) -> float:
    """How many letters wide the formula is on the page."""
    return _Reader(_MATRIX.sub(lambda found: _widest_row(found[1]), text)).rest() / _EM


def _widest_row(cells: str) -> str:
    return "[" + max(_ROW.split(cells.replace("&", r"\quad ")), key=width) + "]"


class _Reader:
    """Reads LaTeX from left to right and adds widths up, in em."""

    def __init__(self, text: str) -> None:
        self._parts = _PART.findall(text)
        self._place = 0
        self._depth = 0

    def rest(self) -> float:
        """The width of what follows, up to the brace that closes it."""
        total = 0.0
        while self._place < len(self._parts):
            if self._parts[self._place] == "}":
                self._place += 1
                break
            total += self._next()
        return total

    def _next(self) -> float:
        part = self._parts[self._place] if self._place < len(self._parts) else ""
        self._place += 1
        if part in ("{", ""):
            return self.rest() if part else 0.0
        if part in ("_", "^"):
            return self._stacked(part)
        if part in (r"\frac", r"\tfrac"):
            return _SIDES_OF_FRACTION + max(self._next(), self._next()) * (_SMALL if part == r"\tfrac" else 1.0)
        name = part.lstrip("\\")
        if name in _SIGNS:
            return _SIGN + (0.0 if self._depth else _SIGNS[name])
        if part.startswith("\\") and not name.isalpha():
            return _THIN_SPACE if name == "," else 0.0 if name == "!" else _LETTER
        return 0.0 if part == "&" else _WIDTHS.get(name, _LETTER)

    def _stacked(self, first: str) -> float:
        """An index, and the exponent that may stand above it."""
        self._depth += 1
        widest = self._next()
        if self._parts[self._place : self._place + 1] == ["^" if first == "_" else "_"]:
            self._place += 1
            widest = max(widest, self._next())
        self._depth -= 1
        return widest * _SMALL
