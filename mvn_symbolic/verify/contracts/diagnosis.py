"""Lives here: from what the judges found to the name of the mistake, and what is excused: jitter and clamps.
May not live here: the decision whether a value is wrong (the judges)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from mvn_symbolic.verify.contracts import textbook
from mvn_symbolic.verify.contracts.contract import DIAGONAL, Contract
from mvn_symbolic.verify.contracts.expectation import expected, masked, widened
from mvn_symbolic.verify.contracts.gradient_mistakes import gradient_mistakes
from mvn_symbolic.verify.contracts.mistakes import Mistake
from mvn_symbolic.verify.contracts.mutants import explain_values
from mvn_symbolic.verify.contracts.session import Finding, Session
from mvn_symbolic.verify.contracts.truth import reduced

_JITTERS = (1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-10, 1e-12)
_CLAMPS = (4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0)


def _tamed(contract: Contract) -> dict[str, Callable[[Mapping[str, np.ndarray]], dict[str, np.ndarray]]]:
    """List what careful people do to scales: a little added to them, and bounds on them."""
    found: dict[str, Callable[[Mapping[str, np.ndarray]], dict[str, np.ndarray]]] = {}

    def on_raw(change: Callable[[str, np.ndarray], np.ndarray]) -> Callable[..., dict[str, np.ndarray]]:
        def changed(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
            out = dict(arrays)
            for prefix, name in contract.laws.items():
                if name == "packed":
                    mean, raw = np.split(out[prefix + "packed"], 2, axis=-1)
                    out[prefix + "packed"] = np.concatenate([mean, change("logvar", raw)], axis=-1)
                else:
                    role = prefix + ("diag" if name == "low_rank" else "scale")
                    out[role] = change(name, out[role])
            return out

        return changed

    for bound in _CLAMPS:

        def clamp(name: str, raw: np.ndarray, bound: float = bound) -> np.ndarray:
            return np.clip(raw, -bound, bound) if name in ("logvar", "logstd", "rho") else raw

        found[f"its scale is clamped to [-{bound:g}, {bound:g}]"] = on_raw(clamp)
    for small in _JITTERS:

        def more(name: str, raw: np.ndarray, small: float = small) -> np.ndarray:
            if name in ("logvar", "logstd"):
                power = 1.0 if name == "logvar" else 2.0
                return np.log(np.exp(power * raw) + small) / power
            return raw + small * np.eye(raw.shape[-1]) if name not in DIAGONAL and name != "low_rank" else raw + small

        def std(name: str, raw: np.ndarray, small: float = small) -> np.ndarray:
            if name == "var":
                return (np.sqrt(raw) + small) ** 2
            if name == "rho":
                inside = np.sqrt(textbook.VARIANCES["rho"](raw)) + small
                return inside + np.log(-np.expm1(-inside))
            if name in ("logvar", "logstd"):
                power = 0.5 if name == "logvar" else 1.0
                return np.log(np.exp(power * raw) + small) / power
            return raw

        def floor(name: str, raw: np.ndarray, small: float = small) -> np.ndarray:
            return np.maximum(raw, small) if name in ("var", "std") else raw

        found[f"{small:g} is added to its variance"] = on_raw(more)
        found[f"{small:g} is added to its standard deviation"] = on_raw(std)
        found[f"its scale is at least {small:g}"] = on_raw(floor)
    return found


def excused(session: Session, findings: list[Finding]) -> list[Finding]:
    """Turn failures of values that one jitter or clamp explains at every case into notes."""
    contract = session.contract
    wrong = [f for f in findings if f.severity == "fail"]
    if not wrong or contract.kind != "value" or contract.up_to_constant or contract.base == "std":
        return findings
    if any(f.judge == "conduct" or f.got is None for f in wrong) or not any(f.judge == "value" for f in wrong):
        return findings
    observed = session.evidence.get("values", {})
    for words, tame in _tamed(contract).items():
        fits = True
        for case in session.cases:
            got = observed.get(case.name, (None, None))[0]
            if got is None:
                fits = False
                break
            arrays = tame(widened(contract, case))
            numbers = masked(contract, arrays, textbook.value(contract, arrays))
            want = contract.factor * np.asarray(reduced(contract, numbers))
            pieces = textbook.terms(contract, arrays).items()
            size = sum((abs(textbook.COEFFICIENTS[contract.base][n] * t) for n, t in pieces), np.zeros(()))
            limit = np.maximum(expected(session, case).wrong, 1e-4 * abs(contract.factor) * reduced(contract, size))
            if not np.all(np.abs(got - want) <= limit):
                fits = False
                break
        if fits:
            kept = [f for f in findings if f not in wrong]
            return [*kept, Finding("value", "note", words)]
    return findings


def _pattern(session: Session, failed: list[Finding]) -> list[Mistake]:
    """Name a failure by the cases at which it shows, where no known formula agrees."""
    names = {f.case.name for f in failed if f.case}
    bad = [c for c in session.cases if c.name in names]
    good = [c for c in session.cases if c.name not in names]
    broken = any(f.got is not None and not np.all(np.isfinite(np.asarray(f.got, dtype=float))) for f in failed)
    if bad and not any(c.ordinary for c in bad):
        if broken:
            return [Mistake("not_finite_at_extreme_scales", "it overflows or underflows at small or large scales")]
        return [Mistake("wrong_at_extreme_scales", "it is wrong at small or large scales only")]
    if broken:
        return [Mistake("not_finite", "it returns NaN or infinity at an ordinary point")]
    sizes = [(int(np.prod(c.batch)), int(np.prod(c.event))) for c in bad]
    if bad and good and all(b == k for b, k in sizes):
        return [Mistake("batch_and_event_confused", "it is wrong where the batch is as large as the event")]
    if bad and good and all(b > 1 for b, _ in sizes) and any(int(np.prod(c.batch)) == 1 for c in good):
        return [Mistake("mixes_samples", "it is right for one sample and wrong for a batch")]
    if bad and good and all(k > 1 for _, k in sizes):
        return [Mistake("mixes_coordinates", "it is right for one coordinate and wrong for more")]
    return []


def diagnose(session: Session, failed: list[Finding]) -> tuple[str, tuple[str, ...]]:
    """Return the diagnosis in words and the names of the mistakes."""
    known = [Mistake(m, f.message) for f in failed for m in f.mistakes if m not in ("wrong_shape", "wrong_type")]
    mistakes = list({m.name: m for m in known}.values())
    contract = session.contract
    values = {n: raw for n, (_, raw) in session.evidence.get("values", {}).items() if raw is not None}
    odd = any(f.judge in ("value", "conduct") and f.case and f.case.ordinary for f in failed)
    if not mistakes and odd and values and contract.kind == "value" and contract.base in textbook.COEFFICIENTS:
        mistakes = explain_values(session, values, 2e-4 if session.evidence.get("single") else 3e-6)
    if not mistakes and any(f.gradient_of for f in failed) and not any(f.judge == "value" for f in failed):
        mistakes = gradient_mistakes(session, failed)
    if not mistakes:
        mistakes = _pattern(session, [f for f in failed if "wrong_shape" not in f.mistakes])
    mistakes += [Mistake(m, f.message) for f in failed for m in f.mistakes if m in ("wrong_shape", "wrong_type")][:1]
    text = "; ".join(dict.fromkeys(m.sentence for m in mistakes)) or failed[0].message
    return text, tuple(dict.fromkeys(m.name for m in mistakes))


__all__ = ["diagnose", "excused"]
