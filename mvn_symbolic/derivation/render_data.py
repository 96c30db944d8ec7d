"""Floor 4: a derivation as data for other programs: its steps and its verdicts as JSON. Same input, same bytes."""

from __future__ import annotations

import json
from typing import Any

from sympy import Basic
from sympy.printing.repr import ReprPrinter

from mvn_symbolic.derivation.model import Derivation, Equation
from mvn_symbolic.derivation.words import sentence, summary
from mvn_symbolic.meaning.judge import Verdict
from mvn_symbolic.notation.latex import latex

__all__ = ["steps_json", "verdict_json"]


def steps_json(derivation: Derivation) -> str:
    """Premise, steps and results: each expression as LaTeX and as the SymPy call that makes it."""
    number = 0
    chains = []
    expressions = _Expressions()
    for chain in derivation.chains:
        steps = []
        for step in chain.steps:
            number += 1
            steps.append(
                {
                    "number": number,
                    "rule": step.rule,
                    "reason": step.reason,
                    "condition": step.condition,
                    "source": step.source,
                    "after": expressions.both(step.after),
                    "verdict": _verdict(step.verdict),
                }
            )
        chains.append(
            {"name": chain.name, "title": chain.title, "start": expressions.both(chain.start), "steps": steps}
            | {"result": expressions.sides(chain.result)}
        )
    return _dump(
        {
            "name": derivation.name,
            "title": derivation.title,
            "summary": derivation.summary,
            "premise": [
                {"text": item.text, "equation": None if item.equation is None else expressions.sides(item.equation)}
                for item in derivation.premise
            ],
            "intermediates": [
                {"name": let.name, "latex": latex(let), "definition": expressions.both(let.definition)}
                for let in derivation.lets
            ],
            "chains": chains,
            "remarks": list(derivation.remarks),
            "conventions": list(derivation.conventions),
            "references": list(derivation.references),
        }
    )


def verdict_json(derivation: Derivation) -> str:
    """How every step fared, and all of them together."""
    steps = [(chain, step) for chain in derivation.chains for step in chain.steps]
    statuses = {"not checked" if step.verdict is None else step.verdict.status for _, step in steps}
    order = ("refuted", "not checked", "unknown", "proved")
    return _dump(
        {
            "name": derivation.name,
            "status": next((status for status in order if status in statuses), "proved"),
            "summary": summary(step.verdict for _, step in steps),
            "steps": [
                {"number": number, "chain": chain.name, "rule": step.rule, **_verdict(step.verdict)}
                for number, (chain, step) in enumerate(steps, start=1)
            ],
        }
    )


class _Expressions(ReprPrinter):
    """Expressions of one document, as LaTeX and by SymPy's `srepr`: a part that many steps share is written once."""

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[Any, str] = {}

    def _print(self, expr: Any, **settings: Any) -> str:
        if not isinstance(expr, Basic):
            return str(super()._print(expr, **settings))
        text = self._known.get(expr)
        if text is None:
            text = self._known[expr] = super()._print(expr, **settings)
        return text

    def both(self, expr: Any) -> dict[str, str]:
        return {"latex": latex(expr), "sympy": self.doprint(expr)}

    def sides(self, equation: Equation) -> dict[str, Any]:
        return {"left": self.both(equation.left), "right": self.both(equation.right)}


def _verdict(verdict: Verdict | None) -> dict[str, Any]:
    if verdict is None:
        return {"status": "not checked", "proved_at": [], "tested_at": [], "words": sentence(None)}
    return {
        "status": verdict.status,
        "proved_at": list(verdict.proved_at),
        "tested_at": list(verdict.tested_at),
        "words": sentence(verdict),
    }


def _dump(data: dict[str, Any]) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"
