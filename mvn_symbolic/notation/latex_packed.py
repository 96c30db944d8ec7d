"""Floor 1: how the parts of packed triangles are typeset, and entries that are placed in a matrix or read from one.

Lives here: one short function a node of `packed` and `placed`. May not live here: the typesetting of any other node.
"""

from __future__ import annotations

from typing import Any

from mvn_symbolic.notation.latex_entries import with_index
from mvn_symbolic.notation.latex_printing import printing
from mvn_symbolic.notation.latex_text import Tex, bracket, function_call
from mvn_symbolic.notation.packed import Head, Pack, Unpack
from mvn_symbolic.notation.placed import Picked, Placed, Placement, index

__all__: list[str] = []


@printing(Head)
def _head(printer: Any, expr: Head) -> Tex:
    return function_call("head", printer.tex(expr.args[0]))


@printing(Unpack)
def _unpack(printer: Any, expr: Unpack) -> Tex:
    return function_call("unpack", printer.tex(expr.args[0]))


@printing(Pack)
def _pack(printer: Any, expr: Pack) -> Tex:
    return function_call("pack", printer.tex(expr.args[0]), printer.tex(expr.args[1]))


@printing(Placed)
def _placed(printer: Any, expr: Placed) -> Tex:
    return _at_places(printer, "place", expr)


@printing(Picked)
def _picked(printer: Any, expr: Picked) -> Tex:
    return _at_places(printer, "pick", expr)


@printing(Placement)
def _placement(printer: Any, expr: Placement) -> Tex:
    return with_index("P", _places(printer, expr))


def _places(printer: Any, expr: Any) -> str:
    """The place of entry i, counted from 1 as pages count."""
    places = ",".join(str(printer.tex(place.subs(index, index - 1) + 1)) for place in expr.rows_and_columns)
    return places.replace(" ", "")


def _at_places(printer: Any, name: str, expr: Any) -> Tex:
    """A function with the place of entry i below its name."""
    inside = bracket(printer.tex(expr.args[0]))
    gap = r"\!" if inside.startswith(r"\left") else ""  # brackets that grow bring a gap of their own
    return Tex(rf"\mathrm{{{name}}}_{{{_places(printer, expr)}}}{gap}{inside}")
