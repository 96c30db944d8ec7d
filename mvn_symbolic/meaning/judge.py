"""Floor 2: verdicts (stub)."""
from dataclasses import dataclass
@dataclass(frozen=True)
class Verdict:
    status: str
    sizes: tuple[int, ...] = ()
    detail: str = ""
