"""Floor 5: what an entry in the table of topics is: a module of functions, and the results that they are.

Lives here: names, and where they lead. May not live here: an entry.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["Result", "Topic"]


@dataclass(frozen=True)
class Result:
    """One equation of a derivation as a function.

    Attributes
    ----------
    name : what the function is called
    derivation, equation : where its value stands: the right side of what that chain shows, or of what a premise says
        of that symbol
    arguments : symbols, in the order of the signature; an `Input` where the table has no name or no words for one
    summary : one line in words
    smooth : where there is one, an equation with the same value and shorter derivatives that are as good
    second : whether products with its Hessian are generated
    unit : what the value is measured in
    """

    name: str
    derivation: str
    equation: str
    arguments: tuple[Any, ...]
    summary: str
    smooth: str = ""
    second: bool = False
    unit: str = ""


@dataclass(frozen=True)
class Topic:
    """A module of functions: its name, how it is headed, and the results in it."""

    name: str
    title: str
    results: tuple[Result, ...]

    @property
    def derivations(self) -> tuple[str, ...]:
        """The derivations that its results are from, in order."""
        return tuple(dict.fromkeys(one.derivation for one in self.results))

    def file(self, derivation: str) -> str:
        """The generated file with what is from a derivation: one each, so that a new result leaves the others alone."""
        return self.name if self.derivations == (derivation,) else f"{self.name}_{derivation}"
