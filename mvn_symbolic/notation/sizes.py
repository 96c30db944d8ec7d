"""Floor 1: sizes such as k, k-1 or k(k+1)/2: what a person reads, what generated code computes, and numbers.

Lives here: the one place that knows how a size is written. May not live here: SymPy at import, for judges ask as well;
which argument has which size.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from mvn_symbolic.errors import ArgumentError

__all__ = ["Size", "shape_text"]

_PART = re.compile(r"\d+|[^\W\d]\w*|\*\*|[-+*/()]")


@dataclass(frozen=True)
class Size:
    """A size by the name that people read.

    Attributes
    ----------
    name : str
        Such as ``"k"``, ``"k-1"``, ``"k(k+1)/2"``: products without a sign, one division at the end.

    Examples
    --------
    >>> size = Size("k(k+1)/2")
    >>> size.code, size.at(k=4), size.variables
    ('k * (k + 1) // 2', 10, ('k',))
    """

    name: str

    @classmethod
    def of(cls, expr: Any) -> Size:
        """The size that an expression in dimensions is.

        Raises
        ------
        ArgumentError
            If the expression is no product of sums of dimensions over a whole number.

        Examples
        --------
        >>> from sympy import Symbol
        >>> k = Symbol("k", integer=True, positive=True)
        >>> [Size.of(one).name for one in (k, k - 1, 2 * k, k * (k + 1) / 2, k * (k - 1) / 2 + k)]
        ['k', 'k-1', '2k', 'k(k+1)/2', 'k(k+1)/2']
        """
        return cls(_name_of(expr))

    @property
    def variables(self) -> tuple[str, ...]:
        """The dimensions it is made from, in the order in which they are read."""
        return tuple(dict.fromkeys(part for part in _PART.findall(self.name) if part.isidentifier()))

    @property
    def is_dimension(self) -> bool:
        """Whether it is a dimension itself, which an array can be asked for."""
        return self.name.isidentifier()

    @property
    def code(self) -> str:
        """The text that computes it from its dimensions."""
        return self.code_of({})

    def code_of(self, texts: dict[str, str]) -> str:
        """The text that computes it, with other texts for its dimensions."""
        written, last = "", "("
        for part in _PART.findall(self.name):
            if (last == ")" or last.isalnum()) and (part == "(" or part.isidentifier()):
                written += " * "
            is_sign = part == "-" and last == "("
            spaced = {"/": " // ", "*": " * "}.get(part, f" {part} " if part in {"+", "-"} and not is_sign else part)
            written += texts.get(part, spaced)
            last = part
        return written if self._is_counted_from_zero else f"max({written}, 0)"

    @property
    def _is_counted_from_zero(self) -> bool:
        """Whether it is a number of entries for dimensions of 0 too; of k-1 entries there are none then."""
        signed = re.search(r"-\d+(?![\w(*])", self.name)
        return signed is None or "(" in self.name

    def at(self, **dimensions: int) -> int:
        """The number it is, by numbers of its dimensions."""
        return int(eval(self.code, {"__builtins__": {"max": max}}, dimensions))  # noqa: S307 - text that was just written


@cache
def _name_of(expr: Any) -> str:
    from sympy import factor, fraction, sympify  # judges ask by name, and need no SymPy for that

    top, bottom = fraction(factor(sympify(expr)))
    if not (bottom.is_Integer and top.is_polynomial()):
        raise ArgumentError(f"a size must be a product of sums of dimensions over a whole number; got `{expr}`.")
    text = _text(top, inside=bottom != 1)
    return text if bottom == 1 else f"{text}/{bottom}"


def _text(expr: Any, *, inside: bool) -> str:
    """A polynomial as people write it; a sum that stands `inside` a product or a fraction is bracketed."""
    if expr.is_Add:
        parts = [_text(part, inside=False) for part in expr.as_ordered_terms()]
        text = "".join(part if i == 0 or part.startswith("-") else f"+{part}" for i, part in enumerate(parts))
        return f"({text})" if inside else text
    if expr.is_Mul:
        coefficient, rest = expr.as_coeff_Mul()
        sign = {1: "", -1: "-"}.get(coefficient, str(coefficient))
        factors = [_text(part, inside=True) for part in rest.as_ordered_factors()]
        return sign + "".join(f"*{one}" if i and one[0] != "(" else one for i, one in enumerate(factors))
    return f"{expr.base}**{expr.exp}" if expr.is_Pow else str(expr)


def shape_text(sizes: tuple[Size, ...]) -> str:
    """The shape of an array, with leading batch dimensions.

    Examples
    --------
    >>> shape_text((Size("k"), Size("r")))
    '(..., k, r)'
    """
    return f"({', '.join(['...', *(size.name for size in sizes)])})"
