"""Lives here: at which k a mutant is another function than the formula: a witness in balls, or a proof on entries.
May not live here: judges of functions; they never see this decision."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, Final

from flint import arb

from mvn_symbolic.calculus.equality import equal
from mvn_symbolic.errors import UnsupportedExpressionError
from mvn_symbolic.meaning.ball_reader import BallReader
from mvn_symbolic.meaning.judge import judge
from mvn_symbolic.meaning.lines import LineReader
from mvn_symbolic.meaning.scene import Scene
from mvn_symbolic.notation.laws import MatrixExpectation, ScalarExpectation
from mvn_symbolic.notation.random_numbers import DoubleMaxwell
from mvn_symbolic.notation.symbols import Noise
from mvn_symbolic.verify.mutation.formulas import Formula
from mvn_symbolic.verify.mutation.reading import SIZES, agree, points_of, read_all

__all__ = ["Decision", "Readings", "decide"]

_SEEDS: Final = (101, 102)
"""Of the points at which equivalence is decided; the judge of steps draws others."""
_PROVED_AT: Final = (1, 2)
_MEANS: Final = (ScalarExpectation, MatrixExpectation)


@dataclass(frozen=True)
class Decision:
    """What is known of a mutant.

    Attributes
    ----------
    differs : sizes k at which it was seen to be another number, or no number, where the formula is one
    equal : sizes k at which it agrees to 90 digits at all points tried, proved where `proof` says so
    proof : ``entries`` (at k = 1, 2), ``normal form`` (at every k), ``symmetry of the noise`` (the two after the noise
        is turned to its mirror image under the mean), or empty where nothing is equal
    open : why it is undecided; empty where it is decided
    """

    differs: tuple[int, ...]
    equal: tuple[int, ...] = ()
    proof: str = ""
    open: str = ""

    @property
    def equivalent(self) -> bool:
        """Whether it is the same function at every k."""
        return not self.differs and not self.open


@dataclass
class Readings:
    """The numbers of one expression at drawn points, read once; the points belong to a formula."""

    formula: Formula
    of: Any
    known: dict[tuple[int, int], tuple[BallReader, Scene, list[Any]]] = field(default_factory=dict)

    def at(self, size: int, seed: int) -> tuple[BallReader, Scene, list[Any]]:
        """Return the reader of a point, the point, and the reading there."""
        if (size, seed) not in self.known:
            pair = [self.formula.question, self.formula.answer]
            scene = points_of(pair, size, seed)
            reader = LineReader()
            self.known[size, seed] = reader, scene, read_all(reader, self.of, pair, scene)
        return self.known[size, seed]

    def compare(self, mutant: Any, size: int, seed: int) -> bool | None:
        """Whether a mutant gives these numbers, to 90 digits; None where the balls do not decide.

        Raises
        ------
        UnsupportedExpressionError
            When the mutant cannot be read.
        """
        reader, scene, right = self.at(size, seed)
        try:
            wrong = read_all(reader, mutant, [self.formula.question, self.formula.answer], scene)
        except UnsupportedExpressionError as error:
            if "singular" in str(error):
                return False  # no number where the formula is one
            raise
        except (IndexError, ValueError):
            return False  # the shapes do not fit: an entry that is not there, a vector of another length
        if agree(right, wrong):
            return True
        apart = len(right) != len(wrong) or any(_apart(a, b) for a, b in zip(right, wrong, strict=True))
        return False if apart else None


def _apart(one: arb, other: arb) -> bool:
    return not (one - other).is_finite() or bool(abs(one - other).abs_lower() > 0)


def decide(answer: Readings, mutant: Any) -> Decision:
    """Decide at each k = 1..8 whether a mutant is the same function as the answer of a formula.

    Parameters
    ----------
    answer : Readings
        Of the formula's answer.
    mutant : expression

    Returns
    -------
    Decision
    """
    differs: list[int] = []
    same: list[int] = []
    for size in SIZES:
        outcomes: list[bool | None] = []
        for seed in _SEEDS:
            try:
                outcomes.append(answer.compare(mutant, size, seed))
            except UnsupportedExpressionError as error:
                return Decision(tuple(differs), tuple(same), "", str(error))
            if outcomes[-1] is False:
                break
        if False in outcomes:
            differs.append(size)
        elif None in outcomes:
            return Decision(tuple(differs), tuple(same), "", f"the balls grew too wide at k = {size}")
        else:
            same.append(size)
    if not same:
        return Decision(tuple(differs))
    proof = _proof(answer.formula, mutant, tuple(same))
    return Decision(tuple(differs), tuple(same), proof, "" if proof else f"no proof of equality at k = {same}")


def _proof(formula: Formula, mutant: Any, same: tuple[int, ...]) -> str:
    sizes = tuple(k for k in _PROVED_AT if k in same)
    for words, candidate in (("", mutant), *(("symmetry of the noise", other) for other in _mirrored(mutant))):
        if (
            sizes
            and judge(candidate, formula.answer, sizes=(), proof_sizes=sizes, context=[formula.question]).status
            == "proved"
        ):
            return words or "entries"
        if same == SIZES and equal(candidate, formula.answer) == "yes":
            return words or "normal form"
    return ""


def _mirrored(expression: Any) -> Iterator[Any]:
    """The same expression with -eps for eps under some means: the noise has the law of its mirror image.

    So has a number of Maxwell's double-sided law. Every choice of means is made, since a slip may stand under one only.
    """
    means = [mean for mean in expression.atoms(*_MEANS) if len(mean.args) == 2]
    turning = sorted((mean for mean in means if isinstance(mean.args[1], (Noise, DoubleMaxwell))), key=str)
    for count in range(1, len(turning) + 1):
        for chosen in combinations(turning, count):
            yield _turned(expression, chosen)


def _turned(expression: Any, means: Sequence[Any]) -> Any:
    inside = {m: _turned(m.args[0], [other for other in means if other != m]) for m in means if expression.has(m)}
    return expression.xreplace(
        {m: m.func(part.xreplace({m.args[1]: -m.args[1]}), m.args[1]) for m, part in inside.items()}
    )
