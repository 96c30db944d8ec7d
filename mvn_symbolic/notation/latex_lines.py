"""Floor 1: where a long formula may be broken into lines: before a plus, a minus or a factor, in what can be split.

Text only; it knows the LaTeX that `latex_text` writes.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from mvn_symbolic.notation.latex_width import width

__all__ = ["broken"]

_TOKEN = re.compile(r"\\left(?![a-z])|\\right(?![a-z])|\\begin|\\end|\\[A-Za-z]+|\\.| [+-] |.")
#: What a line may start with: it is no place to break it again.
_START = re.compile(r"(?:\\qquad ?)*(?: ?[+-] )?")
_UNSPLIT_OPEN, _UNSPLIT_CLOSE = {"{", r"\left", r"\begin"}, {"}", r"\right", r"\end"}


#: How often brackets within brackets are opened for a line that is still too long.
_DEEPEST = 6


class _Break(NamedTuple):
    place: int
    depth: int


def broken(text: str, limit: float) -> list[str]:
    """The formula in lines of about `limit` letters at most, as far as its sums allow.

    Lines after the first start with their sign; one that stands inside brackets is indented.
    """
    if width(text) <= limit:
        return [text]
    breaks = _breaks(text)
    if not breaks:
        return _factors(text, limit)
    outer = min(found.depth for found in breaks)
    places = [found.place for found in breaks if found.depth == outer]
    pieces = [text[a:b].strip() for a, b in zip([0, *places], [*places, len(text)], strict=True)]
    indent = r"\qquad " * min(outer, 2)
    lines = pieces[:1]
    for piece in pieces[1:]:
        joined = f"{lines[-1]} {piece}"
        if width(joined) <= limit:
            lines[-1] = joined
        else:
            lines.append(indent + piece)
    return [part for line in lines for part in _deeper(line, limit, outer)]


def _deeper(line: str, limit: float, depth: int) -> list[str]:
    """Break a line that is still too long at sums inside its brackets."""
    if width(line) <= limit:
        return [line]
    start = _START.match(line).end()  # type: ignore[union-attr]  # it may be empty
    inner = [found for found in _breaks(line) if found.place >= start]
    if not inner or depth > _DEEPEST:
        return _factors(line, limit)
    levels = sorted({found.depth for found in inner})
    fitting = [
        (level, [b.place for b in inner if b.depth == level and width(line[: b.place]) <= limit]) for level in levels
    ]
    # the outermost sum that has a place within the line; if none has, the first place of the outermost
    cut = next((max(places) for _, places in fitting if places), None)
    cut = next(b.place for b in inner if b.depth == levels[0]) if cut is None else cut
    return [line[:cut].strip(), *_deeper(r"\qquad " + line[cut:].strip(), limit, depth + 1)]


def _factors(line: str, limit: float) -> list[str]:
    """Break a product without sums where two factors stand apart; the second line starts with a dot."""
    places = [b.place for b in _breaks(line, r"\,") if b.depth <= 0 and width(line[: b.place]) <= limit]
    if not places or width(line) <= limit:
        return [line]
    rest = line[max(places) :].removeprefix(r"\,")
    return [line[: max(places)], *_factors(rf"\qquad \cdot {rest}", limit)]


def _breaks(text: str, *before: str) -> list[_Break]:
    """The places before a plus or minus, or before the given, that stand in no group that must stay whole."""
    wanted = before or (" + ", " - ")
    found: list[_Break] = []
    whole = depth = 0
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token in _UNSPLIT_OPEN:
            whole += 1
        elif token in _UNSPLIT_CLOSE:
            whole -= 1
        elif token in {"(", "["}:
            depth += 1
        elif token in {")", "]"}:
            depth -= 1
        elif token in wanted and not whole and match.start():
            found.append(_Break(match.start(), depth))
    return found
