"""Floor 4: what a verdict says, in words. Never more than was shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from mvn_symbolic.meaning.judge import Verdict

__all__ = ["badge", "sentence", "summary"]


def _sizes(sizes: Iterable[int]) -> str:
    return "k = " + ", ".join(map(str, sizes))


def badge(verdict: Verdict | None) -> str:
    """The verdict in a few words."""
    if verdict is None:
        return "not checked"
    if verdict.status == "proved":
        return f"proved at {_sizes(verdict.proved_at)}"
    if verdict.status == "refuted":
        return "refuted"
    return f"agrees at {_sizes(verdict.tested_at)}" if verdict.tested_at else "unknown"


def sentence(verdict: Verdict | None) -> str:
    """The verdict in full."""
    return "not checked" if verdict is None else str(verdict)


def summary(verdicts: Iterable[Verdict | None]) -> str:
    """How the steps of a derivation fared, in one sentence."""
    counted = Counter(map(badge, verdicts))
    total = sum(counted.values())
    if len(counted) == 1:
        (words,) = counted
        return f"One step, {words}." if total == 1 else f"{total} steps, each checked on its own: all {words}."
    parts = "; ".join(
        f"{count} {words}" for words, count in sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    )
    return f"{total} steps, each checked on its own: {parts}."
