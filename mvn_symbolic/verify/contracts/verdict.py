"""Lives here: what `check` hands back, for a person and for a machine.
May not live here: decisions."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np


def _plain(value: Any) -> Any:
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    if isinstance(value, np.ndarray):
        return [_plain(v) for v in value.tolist()] if value.ndim else _plain(value.item())
    if isinstance(value, float) and not np.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return value if isinstance(value, int | float | str | bool) or value is None else str(value)


def _short(value: Any, digits: int = 6) -> str:
    if isinstance(value, np.ndarray):
        return np.array2string(value, precision=digits, separator=", ", threshold=12).replace("\n", "\n" + " " * 14)
    return f"{value:.{digits}g}" if isinstance(value, float) else str(value)


@dataclass(frozen=True)
class CheckVerdict:
    """The verdict about one function; it counts as true where the function passed.

    Parameters
    ----------
    status : str
        ``pass``, ``fail`` or ``unknown``.
    diagnosis : str
        The mistake found, or why it is unknown.
    mistakes : tuple of str
        Names of the known mistakes that the function agrees with.
    counterexample : dict or None
        The smallest case that fails: ``arguments``, ``got``, ``expected``, ``case``; of samplers also ``shows``
        (whether those are means or covariances) and ``also`` (noise to try by hand, in words).
    accuracy : dict
        Errors in units of the last place, graded apart.
    power : dict
        Of statistical judges: how large a mistake they would have seen.
    false_alarm_bound : float
        Of statistical judges; deterministic judges never raise a false alarm by chance.
    canaries : tuple of int
        How many planted mistakes were caught, of how many.
    notes : tuple of str
        What was seen and is not a failure.
    contract : Contract
        What was judged.
    seconds : float
        How long that took.

    Examples
    --------
    >>> from mvn_symbolic.verify import CheckVerdict
    >>> print(CheckVerdict("fail", "the result has the opposite sign").report())
    FAIL: the result has the opposite sign
    """

    status: Literal["pass", "fail", "unknown"]
    diagnosis: str
    mistakes: tuple[str, ...] = ()
    counterexample: dict[str, Any] | None = None
    accuracy: dict[str, Any] = field(default_factory=dict)
    power: dict[str, Any] = field(default_factory=dict)
    false_alarm_bound: float = 0.0
    canaries: tuple[int, int] = (0, 0)
    notes: tuple[str, ...] = ()
    contract: Any = None
    seconds: float = 0.0

    def __bool__(self) -> bool:
        return self.status == "pass"

    def report(self) -> str:
        """Return what a person reads."""
        lines = [f"{self.status.upper()}: {self.diagnosis}"]
        if self.contract is not None:
            # draws are not reduced
            reduced = "" if self.contract.quantity in ("sample", "rsample") else f", {self.contract.reduction}"
            who = "read from names, promised by nobody" if self.contract.inferred else "promised"
            lines.append(f"  {who}: {self.contract.title}{reduced}")
        if self.mistakes:
            lines.append(f"  mistakes: {', '.join(self.mistakes)}")
        if self.counterexample:
            lines.append(f"  smallest counterexample ({self.counterexample['case']}):")
            lines += [
                f"    {self._holds(role)} = {_short(array)}" for role, array in self.counterexample["arguments"].items()
            ]
            got, expected = self.counterexample["got"], self.counterexample["expected"]
            # two numbers that differ must not look the same
            digits = 6 if _short(got) != _short(expected) else 17
            # what raises gave nothing
            shows = f"{self.counterexample.get('shows', '')} ".lstrip()
            lines += [f"    got {shows}     {_short(got, digits)}"] * (got is not None)
            lines += [f"    expected {shows}{_short(expected, digits)}"] * (expected is not None)
            lines += [f"    {line}" for line in self.counterexample.get("also", ())]
        lines += [f"  note: {note}" for note in self.notes]
        if self.accuracy:
            lines.append("  accuracy: " + "; ".join(f"{name} {value}" for name, value in self.accuracy.items()))
        if self.canaries[1]:
            lines.append(f"  planted mistakes caught: {self.canaries[0]} of {self.canaries[1]}")
        if self.power:
            lines.append("  power: " + "; ".join(f"{name} {_short(value)}" for name, value in self.power.items()))
        if self.false_alarm_bound:
            lines.append(f"  false alarms: at most {self.false_alarm_bound:.1e}")
        return "\n".join(lines)

    def _holds(self, role: str) -> str:
        """Say of a scale what it holds, in the words of the contract."""
        prefix = role.removesuffix("scale")
        law = self.contract.laws.get(prefix) if self.contract is not None and role.endswith("scale") else None
        return f"{role} ({law})" if law else role

    def to_json(self) -> str:
        """Return the verdict as JSON."""
        names = ("status", "diagnosis", "mistakes", "counterexample", "accuracy", "power", "false_alarm_bound",
                 "canaries", "notes", "contract", "seconds")  # fmt: skip
        return json.dumps({name: _plain(getattr(self, name)) for name in names}, indent=2)
