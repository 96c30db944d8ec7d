"""Floor 4: words of a derivation split into text, code and symbols: "L_q" in a reason is set as the symbol it names.

Which words are symbols is asked of the notation table. How a piece looks is the renderers' business.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from sympy import Symbol

from mvn_symbolic.notation.table import TABLE, latex_name

__all__ = ["Piece", "capitalised", "pieces", "set_prose"]

_LATEX = {row.name: row.latex for row in TABLE} | {"delta": r"\delta", "Sigma": r"\Sigma"}
#: Names that are also ordinary words or signs of something else.
_NOT_IN_PROSE = {"d"}
_NAMES = "|".join(sorted((name for name in _LATEX if name not in _NOT_IN_PROSE), key=len, reverse=True))
_PIECE = re.compile(
    rf"`(?P<code>[^`]+)`"
    rf"|\$(?P<formula>[^$]+)\$"
    rf"|(?P<sizes>\bk = \d+(?:, \d+)*)"
    rf"|(?<![\w'/.-])(?P<name>{_NAMES}|k|[A-Zvu](?=_[pq]\b))(?:_(?P<sub>[A-Za-z0-9]+))?(?![\w/-])"
)


class Piece(NamedTuple):
    """A stretch of prose: `kind` is "text", "code" or "math"."""

    kind: str
    text: str


def pieces(prose: str) -> Iterator[Piece]:
    """The stretches of a text, in order."""
    end = 0
    for match in _PIECE.finditer(prose):
        if match.start() > end:
            yield Piece("text", prose[end : match.start()])
        end = match.end()
        if match["code"]:
            yield Piece("code", match["code"])
        elif match["formula"]:
            yield Piece("math", _formula(match["formula"]))
        elif match["sizes"]:
            yield Piece("math", match["sizes"].replace(", ", r",\, "))
        else:
            name = _LATEX.get(match["name"], match["name"])
            yield Piece("math", f"{name}_{{{match['sub']}}}" if match["sub"] else name)
    if end < len(prose):
        yield Piece("text", prose[end:])


def _formula(text: str) -> str:
    """A formula in a text: a bare name is a symbol, and GitHub allows no `operatorname`."""
    if re.fullmatch(r"[A-Za-z]+(_[A-Za-z0-9]+)?", text):
        return latex_name(Symbol(text))
    text = re.sub(r"\\operatorname\{(\w+)\}\s*(?=[A-Za-z\\])", r"\\mathrm{\1}\\,", text)
    return text.replace(r"\operatorname", r"\mathrm")


def set_prose(prose: str, text: Callable[[str], str], code: Callable[[str], str], math: Callable[[str], str]) -> str:
    """The text with each kind of piece set by its function."""
    setters = {"text": text, "code": code, "math": math}
    return "".join(setters[piece.kind](piece.text) for piece in pieces(prose))


def capitalised(text: str) -> str:
    """The text with a capital letter in front, if it starts with an ordinary word."""
    first = re.match(r"[a-z]+(?=[ ,.;:]|$)", text)
    return text[:1].upper() + text[1:] if first and first[0] not in _LATEX and first[0] != "k" else text
