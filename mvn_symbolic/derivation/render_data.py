"""Floor 4: a derivation as data for other programs: its steps and its verdicts as JSON. Same input, same bytes."""

from __future__ import annotations

import json
from typing import Any

from sympy import srepr

from mvn_symbolic.derivation.model import Derivation, Equation
from mvn_symbolic.derivation.words import sentence, summary
from mvn_symbolic.meaning.judge import Verdict
from mvn_symbolic.notation.latex import latex

__all__ = ["steps_json", "verdict_json"]


def steps_json(derivation: Derivation) -> str:
    """Premise, steps and results: each expression as LaTeX and as the SymPy call that makes it."""
    number = 0
    chains = []
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
                    "after": _expression(step.after),
                    "verdict": _verdict(step.verdict),
                }
            )
        chains.append(
            {"name": chain.name, "title": chain.title, "start": _expression(chain.start), "steps": steps}
            | {"result": _equation(chain.result)}
        )
    return _dump(
        {
            "name": derivation.name,
            "title": derivation.title,
            "summary": derivation.summary,
            "premise": [
                {"text": item.text, "equation": None if item.equation is None else _equation(item.equation)}
                for item in derivation.premise
            ],
            "intermediates": [
                {"name": let.name, "latex": latex(let), "definition": _expression(let.definition)}
                for let in derivation.lets
            ],
            "chains": chains,
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


def _expression(expr: Any) -> dict[str, str]:
    return {"latex": latex(expr), "sympy": srepr(expr)}


def _equation(equation: Equation) -> dict[str, Any]:
    return {"left": _expression(equation.left), "right": _expression(equation.right)}


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
