"""Floor 8: whether a function is a result of the derivation that it names, so that its documentation may say so.

Lives here: the comparison of a function's expression with what its derivation shows. May not live here: judging steps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mvn_symbolic.calculus.lets import unfold
from mvn_symbolic.catalogue.registry import build, list_derivations
from mvn_symbolic.derivation.function import Function
from mvn_symbolic.derivation.model import Derivation
from mvn_symbolic.errors import ArgumentError
from mvn_symbolic.meaning.judge import judge

__all__ = ["check_claim"]


def check_claim(function: Function, derivations: Mapping[str, Derivation], file: Path) -> None:
    """Refuse a function that is no result of the derivation it names.

    Parameters
    ----------
    function : Function
        One that names no derivation claims nothing.
    derivations : mapping
        Those of the file, by name; the catalogue's are known.
    file : Path
        Where the function stands, for the message.

    Raises
    ------
    ArgumentError
        When there is no derivation of that name, or its expression differs from all that the derivation shows, at
        some point or in shape.
    """
    name = function.derivation
    if not name:
        return
    if name not in derivations and name not in list_derivations():
        raise ArgumentError(
            f"the function {function.name!r} of {file} must name a derivation of that file or of the catalogue; "
            f"got {name!r}. Leave `derivation` out where there is none."
        )
    shown = tuple(_shown(derivations.get(name) or build(name)))
    value = unfold(function.derived)
    if value not in shown and not any(_agree(value, one) for one in shown):
        raise ArgumentError(
            f"the function {function.name!r} of {file} must be a result of the derivation {name!r} that it names; "
            f"got another value than all of its results. Use the result of a chain, or leave `derivation` out."
        )


def _shown(derivation: Derivation) -> Iterator[Any]:
    """What the derivation shows and what it is given, names written out."""
    for chain in derivation.chains:
        for side in (chain.start, *(step.after for step in chain.steps)):
            yield unfold(side)
    for premise in derivation.premise:
        if premise.equation is not None:
            yield unfold(premise.equation.right)


def _agree(left: Any, right: Any) -> bool:
    """Whether the two are equal at all points tried, and some could be."""
    if getattr(left, "shape", ()) != getattr(right, "shape", ()) or left.free_symbols != right.free_symbols:
        return False
    verdict = judge(left, right, proof_sizes=())
    return verdict.status != "refuted" and bool(verdict.tested_at)
