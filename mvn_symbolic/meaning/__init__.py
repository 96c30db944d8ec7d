"""Floor 2: what every node means at numbers, and the judge of single steps. Imports notation, never the calculus."""

from mvn_symbolic.meaning import (  # noqa: F401 - they register their readings
    entries,
    from_entries,
    indexed,
    packed,
    placed,
    places,
    powers,
    roots,
)
from mvn_symbolic.meaning.judge import Memory, Verdict, judge

__all__ = ["Memory", "Verdict", "judge"]
