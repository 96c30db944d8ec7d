"""Floor 1: pieces of LaTeX that know how tightly they bind, and the few ways to put them together.

Text only: brackets, superscripts, sums. How wide it is stands in `latex_width`. What a node means is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import IntEnum
from itertools import pairwise

__all__ = [
    "Level",
    "Tex",
    "add_up",
    "at_least",
    "bracket",
    "function_call",
    "in_front",
    "inline",
    "multiply",
    "negate",
    "small_fraction",
    "superscript",
]


class Level(IntEnum):
    """How tightly a piece binds, from loose to tight."""

    SUM = 1
    #: One term with a minus in front; a sum takes the minus over.
    NEGATIVE = 2
    #: Open to the right, such as `\\log x` or a summation sign: fine as the last factor, not before another.
    PREFIX = 3
    #: A product with a visible sign, such as a \\odot b: not a factor of a plain product.
    SIGNED_PRODUCT = 4
    PRODUCT = 5
    #: It carries a superscript, or is a fraction: another superscript needs brackets.
    POWER = 6
    ATOM = 7


class Tex(str):
    """LaTeX text and how tightly it binds."""

    __slots__ = ("level",)
    level: Level

    def __new__(cls, text: str, level: Level = Level.ATOM) -> Tex:
        self = super().__new__(cls, text)
        self.level = level
        return self


_UNSPLIT = re.compile(r"\\(?:begin|left)(?![A-Za-z])")
_TALL = re.compile(r"\\(?:sum|biggl)(?![A-Za-z])")
_STACKED = re.compile(r"\\(?:frac|Bigl)(?![A-Za-z])")
_RAISED = re.compile(r"\(|\\lVert|\\bigl|\^|\\tfrac")


def bracket(text: str, kind: str = "()") -> Tex:
    """Brackets no larger than what stands in them asks for."""
    opening, closing = (rf"\{part}" if part in "{}" else part for part in kind)
    if _UNSPLIT.search(text):
        return Tex(rf"\left{opening}{text}\right{closing}")
    # Sizes by hand, not \left and \right: a long formula may be broken inside these.
    for size, pattern in (("bigg", _TALL), ("Big", _STACKED), ("big", _RAISED)):
        if pattern.search(text):
            return Tex(rf"\{size}l{opening}{text}\{size}r{closing}")
    return Tex(f"{opening}{text}{closing}")


def at_least(text: Tex, level: Level) -> Tex:
    """The piece itself if it binds tightly enough, else in brackets."""
    return text if text.level >= level else bracket(text)


def superscript(base: Tex, exponent: str) -> Tex:
    """The base with a superscript."""
    return Tex(f"{at_least(base, Level.ATOM)}^{exponent if len(exponent) == 1 else f'{{{exponent}}}'}", Level.POWER)


def function_call(name: str, *arguments: str, exponent: str = "") -> Tex:
    r"""A named function of bracketed arguments; upright letters, since GitHub allows no `\operatorname`."""
    inside = bracket(", ".join(arguments))
    gap = r"\!" if inside.startswith(r"\left") else ""  # brackets that grow bring a gap of their own
    power = f"^{{{exponent}}}" if exponent else ""
    return Tex(rf"\mathrm{{{name}}}{power}{gap}{inside}")


def negate(text: Tex) -> Tex:
    """Minus the piece, without a double minus."""
    if text.level == Level.NEGATIVE:
        return Tex(text[1:].lstrip(), Level.PREFIX)
    return Tex(f"-{at_least(text, Level.PREFIX)}", Level.NEGATIVE)


def small_fraction(numerator: str, denominator: str) -> Tex:
    """A small fraction, for numbers in front."""
    if len(numerator) == len(denominator) == 1 and (numerator + denominator).isdigit():
        return Tex(rf"\tfrac{numerator}{denominator}", Level.POWER)
    return Tex(rf"\tfrac{{{numerator}}}{{{denominator}}}", Level.POWER)


def multiply(factors: Sequence[Tex], sign: str = "") -> Tex:
    """The product of the factors in the order given, joined by `sign`."""
    if len(factors) == 1:
        return factors[0]
    *front, last = factors
    parts = [at_least(factor, Level.POWER if sign else Level.PRODUCT) for factor in front]
    open_end = last.level == Level.PREFIX
    parts.append(last if open_end else at_least(last, Level.POWER if sign else Level.PRODUCT))
    text = str(parts[0])
    for before, part in pairwise(parts):
        gap = sign or (r"\," if _breathes(before, part) else "")
        text = _join(text, gap, part)
    return Tex(text, Level.PREFIX if open_end else Level.SIGNED_PRODUCT if sign else Level.PRODUCT)


def in_front(number: Tex, body: Tex) -> Tex:
    """The body with a number in front; a signed product needs no brackets for that."""
    if body.level == Level.SIGNED_PRODUCT:
        return Tex(_join(number, "", body), Level.SIGNED_PRODUCT)
    return multiply([number, body])


def _breathes(before: str, after: str) -> bool:
    """Whether two factors need a thin space between them: differentials and named functions do."""
    return (
        before.startswith(r"\mathrm{d}")
        or after.startswith((r"\mathrm{d}", r"\mathrm{KL}", r"\mathbb", r"\mathrm{tril}", r"\mathrm{diag}"))
        or (before.startswith(r"\frac") and after.startswith(r"\frac"))
    )


def _join(left: str, gap: str, right: str) -> str:
    text = f"{left}{gap}" if not gap or not gap[0].isalpha() else f"{left} {gap}"
    # A command eats the letters after it: \mu x, not \mux.
    needs_space = re.search(r"\\[A-Za-z]+$", text) and right[:1].isalpha()
    return f"{text} {right}" if needs_space else f"{text}{right}"


def add_up(terms: Sequence[Tex]) -> Tex:
    """The sum of the terms in the order given, each with its own sign."""
    if len(terms) == 1:
        return terms[0]
    text = ""
    for term in terms:
        if not text:
            text = str(term)
        elif term.startswith("-") and term.level in {Level.SUM, Level.NEGATIVE}:
            text += f" - {term[1:].lstrip()}"
        else:
            text += f" + {term}"
    return Tex(text, Level.SUM)


def inline(text: str) -> str:
    """The formula for a line of prose: brackets made for tall displays shrink."""
    return re.sub(r"\\(?:bigg|Big)([lr])", r"\\big\1", text)
