"""Floor 2: what every node means at numbers, and the judge of single steps. Imports notation, never the calculus."""

from mvn_symbolic.meaning import indexed, packed, placed, powers, roots  # noqa: F401 - they register their readings
from mvn_symbolic.meaning.judge import Memory, Verdict, judge

__all__ = ["Memory", "Verdict", "judge"]
