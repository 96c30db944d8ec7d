"""Floor 3: Wick's (Isserlis') theorem on words. Cut at the noise, pair the cut ends in every way, and walk.

Segments joined into a ring are traces, segments joined into a path are products u' M v.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sympy import Expr, S
from sympy.matrices.expressions import MatrixExpr, Transpose

from mvn_symbolic.calculus.closed import chain_scalar, closed_scalar
from mvn_symbolic.calculus.joins import append
from mvn_symbolic.calculus.letters import transpose_word
from mvn_symbolic.calculus.terms import Word
from mvn_symbolic.errors import MissingRuleError

__all__ = ["MAX_DEGREE", "Segment", "segment_of", "wick"]

#: Pairings grow as (2m-1)!!; 105 at degree eight is where patience ends.
MAX_DEGREE = 8

_Slot = tuple[int, int]  # (segment, 0 for its left end or 1 for its right end)


@dataclass(frozen=True)
class Segment:
    """A stretch of letters without noise; `noisy` says which of its two ends is a noise vector."""

    letters: Word
    noisy: tuple[bool, bool]


def segment_of(word: Word, noise: MatrixExpr) -> Segment:
    """A stretch of a word with at most one noise letter at each end."""
    noisy = (bool(word) and word[0] == Transpose(noise), bool(word) and word[-1] == noise)
    letters = word[noisy[0] : len(word) - noisy[1]]
    if any(letter.has(noise) for letter in letters):
        raise MissingRuleError("expectation", noise, f"The noise is not met as a polynomial in {word}.")
    return Segment(letters, noisy)


def wick(rings: list[Segment], ends: list[Segment], dimension: Expr) -> Iterator[tuple[Expr, Word]]:
    """Yield, for every pairing of the noise, the number the closed segments make and the word the open ends make.

    `ends` is empty for a scalar, one segment for a word that is not cut, two for the left and right part.
    """
    segments = [*rings, *ends]
    slots = [(i, side) for i, segment in enumerate(segments) for side in (0, 1) if segment.noisy[side]]
    if len(slots) % 2:
        return
    if len(slots) > MAX_DEGREE:
        raise MissingRuleError("expectation", len(slots), f"The degree {len(slots)} is above {MAX_DEGREE}.")
    for pairing in _pairings(slots):
        yield _contract(segments, len(rings), pairing, dimension)


def _pairings(slots: list[_Slot]) -> Iterator[dict[_Slot, _Slot]]:
    if not slots:
        yield {}
        return
    first, rest = slots[0], slots[1:]
    for i, partner in enumerate(rest):
        for others in _pairings(rest[:i] + rest[i + 1 :]):
            yield {first: partner, partner: first, **others}


def _contract(segments: list[Segment], rings: int, pairing: dict[_Slot, _Slot], dimension: Expr) -> tuple[Expr, Word]:
    visited: set[int] = set()

    def walk(start: _Slot) -> Word:
        """The word read from one end until an end that is not paired, or back at the start."""
        word: Word = ()
        index, enter = start
        while index not in visited:
            visited.add(index)
            letters = segments[index].letters
            for letter in letters if enter == 0 else transpose_word(letters):
                word = append(word, letter)
            index, enter = pairing.get((index, 1 - enter), (index, enter))
        return word

    def open_side(i: int) -> int | None:
        return next((side for side in (0, 1) if (i, side) not in pairing), None)

    ends: Word = ()
    if len(segments) > rings:
        side = open_side(rings) or 0
        ends = walk((rings, side))
        ends = ends if side == 0 else transpose_word(ends)
    if len(segments) > rings + 1 and rings + 1 not in visited:
        ends = (*ends, *transpose_word(walk((rings + 1, 1))))
    value: Expr = S.One
    for i in sorted(range(rings), key=lambda i: open_side(i) is None):  # a path is walked from one of its ends
        if i not in visited:
            start = open_side(i)
            word = walk((i, start or 0))
            value *= closed_scalar(word, dimension) if start is None else chain_scalar(word)
    return value, ends
