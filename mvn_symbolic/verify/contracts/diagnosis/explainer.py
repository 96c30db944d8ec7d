"""Lives here: the search for the known mistakes that a function agrees with at every ordinary case.
May not live here: the decision whether a function is right (the judges)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from mvn_symbolic.verify.contracts import textbook
from mvn_symbolic.verify.contracts.contract import Contract
from mvn_symbolic.verify.contracts.diagnosis.hypotheses import (
    EXCHANGED,
    INTERLEAVED,
    PLAIN,
    Hypothesis,
    exchanged,
    hypotheses,
    readings_of,
)
from mvn_symbolic.verify.contracts.diagnosis.mistakes import (
    READINGS,
    REDUCED,
    REDUCED_WORDS,
    Mistake,
    coefficient,
    sentence,
    variants,
)
from mvn_symbolic.verify.contracts.session import Case, Session
from mvn_symbolic.verify.contracts.truths.arguments import masked, widened

_NICE = (0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5, 4.0, 0.25)


def balanced(matrix: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return the coefficients of least squares, with rows and columns brought to one size.

    A misread scale is exponentiated twice: without this the largest row would drown all others.
    """
    rows = 1 / np.maximum(np.abs(matrix).max(axis=1) + np.abs(target), 1e-30)
    norms = np.maximum(np.abs(matrix * rows[:, None]).max(axis=0), 1e-30)
    return np.linalg.lstsq(matrix * rows[:, None] / norms, target * rows, rcond=1e-9)[0] / norms


class Explainer:
    """All the ordinary cases of one session beside what the function gave there."""

    def __init__(self, session: Session, observed: dict[str, np.ndarray], tolerance: float) -> None:
        self.session = session
        self.contract = session.contract
        self.tolerance = tolerance
        self.cases: list[tuple[Case, dict[str, np.ndarray], np.ndarray]] = [
            (case, widened(session.contract, case), observed[case.name])
            for case in session.cases
            if case.ordinary and case.name in observed and np.all(np.isfinite(observed[case.name]))
        ]
        self._terms: dict[tuple[object, ...], list[dict[str, np.ndarray]]] = {}
        self._variants: dict[tuple[object, ...], list[dict[str, dict[str, np.ndarray]]]] = {}

    def reductions(self) -> list[str]:
        """List the reductions whose shape is that of the function's results at every case."""
        fitting = []
        for name, reduce_ in REDUCED.items():
            if name == "masked_mean" != self.contract.reduction:
                continue
            shapes = [
                reduce_(np.zeros(self._shape(case)), self.contract.batch_ndim).shape == got.shape
                for case, _, got in self.cases
            ]
            if all(shapes) and shapes:
                fitting.append("" if name == self.contract.reduction else name)
        # what several of them do is called by the name that contracts have for it
        return sorted(fitting, key=lambda name: (name not in PLAIN, name))

    def _shape(self, case: Case) -> tuple[int, ...]:
        wide = self.contract.diagonal or self.contract.base == "std"
        return case.batch + case.event if wide else case.batch

    def _features(self, h: Hypothesis) -> tuple[list[str], np.ndarray, np.ndarray, list[Mistake]] | None:
        key = (h.readings, h.swapped)
        readings = {p: r for p, r in h.readings if r not in (EXCHANGED, INTERLEAVED)}
        if key not in self._terms:
            with np.errstate(all="ignore"):
                self._terms[key] = [
                    textbook.terms(self.contract, exchanged(self.contract, a, h), readings, h.swapped)
                    for _, a, _ in self.cases
                ]
        names: list[str] = []
        rows, targets, extra = [], [], []
        for number, (case, arrays, got) in enumerate(self.cases):
            found = dict(self._terms[key][number])
            for term, index in h.replaced:
                if key not in self._variants:
                    self._variants[key] = [self.options(h, a, readings) for _, a, _ in self.cases]
                options = list(self._variants[key][number].get(term, {}).items())
                if int(index) >= len(options) or term not in found:
                    return None
                name, numbers = options[int(index)]
                if number == 0:
                    extra.append(Mistake(name, sentence(name)))
                found[term] = np.broadcast_to(numbers, found[term].shape)
            once = np.ones(self._shape(case))
            if self.contract.diagonal and self.contract.base != "std":
                once = once / max(int(np.prod(case.event)), 1)
            found["once"] = once
            names = list(found)
            columns = []
            for numbers in found.values():
                if not h.unmasked:
                    numbers = masked(self.contract, arrays, numbers, h.reduction)
                columns.append(
                    REDUCED[h.reduction or self.contract.reduction](numbers, self.contract.batch_ndim).ravel()
                )
            rows.append(np.stack(columns, axis=-1))
            targets.append(got.ravel())
        return names, np.concatenate(rows), np.concatenate(targets), extra

    def options(
        self, h: Hypothesis, arrays: dict[str, np.ndarray], readings: dict[str, str]
    ) -> dict[str, dict[str, np.ndarray]]:
        """Collect what may stand in the place of each term: known slips, and the term with a scale misread."""
        given = exchanged(self.contract, arrays, h)
        with np.errstate(all="ignore"):
            found = variants(self.contract, given, readings, h.swapped)
            if h.readings:
                return found
            for misread in readings_of(self.contract)[1:]:
                if {EXCHANGED, INTERLEAVED} & set(dict(misread).values()):
                    continue
                label = "_and_".join(f"{p}scale_read_as_{r}" for p, r in misread)
                try:
                    terms = textbook.terms(self.contract, given, dict(misread), h.swapped)
                except np.linalg.LinAlgError:
                    # read like that a matrix may be singular, which is one thing the function did not do
                    terms = dict.fromkeys(textbook.COEFFICIENTS[self.contract.base], np.array(np.nan))
                for term, numbers in terms.items():
                    found.setdefault(term, {})[f"{term}_with_{label}"] = numbers
        return found

    def fit(self, h: Hypothesis) -> list[Mistake] | None:
        """Return the mistakes of a hypothesis that fits every case with some coefficients, or None."""
        try:
            made = self._features(h)
        except np.linalg.LinAlgError:
            return None
        if made is None:
            return None
        names, matrix, target, mistakes = made
        if not np.all(np.isfinite(matrix)) or len(target) < matrix.shape[1]:
            return None
        solution = balanced(matrix, target)
        scale = np.abs(matrix * solution).sum(axis=1) + np.abs(target)
        scale += 1e-3 * np.median(scale) + 1e-300
        if np.max(np.abs(matrix @ solution - target) / scale) > self.tolerance:
            return None
        return self._named(h, dict(zip(names, solution, strict=True)), mistakes)

    def _misread(self, h: Hypothesis) -> list[Mistake]:
        contract = self.contract
        found: list[Mistake] = []
        for prefix, reading in dict.fromkeys(h.readings):
            law = {"p_": " of p", "q_": " of q"}.get(prefix, "")
            name = contract.laws[prefix]
            if reading == EXCHANGED:
                both = len(contract.laws) == len(h.readings)
                text = f"the mean{'' if both else law} is read as the scale, and the scale as the mean"
                found.append(Mistake(EXCHANGED, text))
                continue
            if reading == INTERLEAVED:
                found.append(Mistake(INTERLEAVED, "means and scales are read in turn, not side by side"))
                continue
            words = READINGS.get(reading, f"{reading}")
            found.append(Mistake(f"{name}_read_as_{reading}", f"the {name}{law} is read as {words}"))
        return found

    @staticmethod
    def _overall(common: float) -> Mistake:
        label = {-1.0: "overall_sign", 2.0: "overall_factor_two", 0.5: "overall_factor_half"}.get(
            common, "overall_factor"
        )
        text = {
            -1.0: "everything has the wrong sign",
            2.0: "everything is doubled: a factor 1/2 is missing",
            0.5: "everything is halved: a factor 1/2 too many",
        }.get(common, f"everything is multiplied with {common:.4g}")
        return Mistake(label, text)

    def _common(self, ratios: dict[str, float]) -> float | None:
        """Return the factor with which all terms enter, if there is one that has no name of a single term."""
        counted = [r for n, r in ratios.items() if n != "const" or not self.contract.up_to_constant]
        first, room = counted[0], max(1e-4, 10 * self.tolerance)
        same = len(counted) > 1 and all(abs(r - first) < room * abs(first) for r in counted)
        nice = next((n for n in _NICE if n and abs(n - first) < room), first)
        return nice if same and abs(first - 1) > room and abs(first) > 1e-9 else None

    def _named(self, h: Hypothesis, found: dict[str, float], mistakes: list[Mistake]) -> list[Mistake]:
        contract, mistakes = self.contract, list(mistakes)
        true = {n: c * contract.factor for n, c in textbook.COEFFICIENTS[contract.base].items()}
        ratios = {}
        common = self._common({n: found[n] / c for n, c in true.items()})
        if common:
            # one factor before everything, however small or close to one it is
            mistakes.append(self._overall(common))
            found = {n: f / common for n, f in found.items()}
        for name, c in true.items():
            ratio = found[name] / c
            nice = min(_NICE, key=lambda n: abs(n - ratio))
            ratios[name] = nice if abs(nice - ratio) < 2e-3 else ratio
        prior = _other_prior(contract, ratios, found["once"])
        if prior:
            return [*mistakes, prior]
        once = found["once"]
        moved_constant = abs(once) > 1e-3 * max(abs(c) for c in true.values())
        weighty = [r for n, r in ratios.items() if n != "const"]
        common = max(set(weighty), key=weighty.count)
        overall = (
            self._overall(common) if common not in (0.0, 1.0) and weighty.count(common) * 2 > len(weighty) else None
        )
        if overall:
            divided = {n: r / common for n, r in ratios.items()}
            # the fewer slips explain it the better: one factor before all of it, or a factor before some terms
            if sum(abs(r - 1) > 2e-3 for r in divided.values()) + 1 <= sum(abs(r - 1) > 2e-3 for r in ratios.values()):
                mistakes.append(overall)
                ratios = divided
        for name, ratio in ratios.items():
            if name == "const" and moved_constant and ratio != 1.0:
                mistakes.append(Mistake("constant_not_times_k", "the constant is not taken once for each coordinate"))
            elif name == "const" and contract.up_to_constant:
                continue
            elif abs(ratio - 1.0) > 2e-3:
                mistakes.append(coefficient(name, ratio))
        each = "deviation" if contract.base == "std" else "sample"
        if moved_constant and abs(ratios.get("const", 1.0) - 1.0) <= 2e-3 and not contract.up_to_constant:
            mistakes.append(Mistake("constant_added", f"a constant {once:.4g} is added to each {each}"))
        mistakes += self._misread(h)
        if h.swapped:
            mistakes.append(
                Mistake("direction_reversed", "p and q are exchanged: the KL divergence of the other direction")
            )
        if h.reduction:
            text = f"{REDUCED_WORDS[h.reduction]}, where {contract.reduction} is promised"
            mistakes.append(Mistake(f"reduction_{h.reduction}_for_{contract.reduction}", text))
        if h.unmasked:
            mistakes.append(Mistake("mask_ignored", "the mask is not used"))
        return list(dict.fromkeys(mistakes))


def _other_prior(contract: Contract, ratios: dict[str, float], once: float) -> Mistake | None:
    """Recognize the divergence from a centred normal of another variance by its coefficients."""
    if contract.base != "kl_standard_normal" or abs(once) > 1e-3:
        return None
    trace = ratios["trace"]
    same = abs(ratios["quad"] - trace) < 2e-3 and abs(ratios["logdet"] - 1) < 2e-3
    if not same or trace <= 0 or abs(trace - 1) < 1e-2 or abs(ratios["const"] - 1 - np.log(trace)) > 1e-2:
        return None
    return Mistake("prior_not_standard", f"the prior has variance {1 / trace:.4g}, not 1")


def _pairs(explainer: Explainer, reductions: list[str]) -> Iterator[Hypothesis]:
    """Yield two terms replaced by the same slip, such as a sigma for a variance below both."""
    plain = Hypothesis()
    arrays = explainer.cases[0][1]
    names = {t: list(o) for t, o in explainer.options(plain, arrays, {}).items()}

    def kind(label: str, term: str) -> str:
        return label.replace("trace", "").replace("quadratic", "").replace(f"{term}_with", "with")

    for one, two in itertools.combinations(names, 2):
        for (i, a), (j, b) in itertools.product(enumerate(names[one]), enumerate(names[two])):
            if kind(a, one) == kind(b, two):
                for reduction in reductions:
                    yield Hypothesis((), False, reduction, ((one, str(i)), (two, str(j))))


def explain_values(
    session: Session,
    observed: dict[str, np.ndarray],
    tolerance: float,
    levels: tuple[int, ...] = (1, 2, 3),
    replaced: bool = True,
) -> list[Mistake]:
    """Return the smallest set of known mistakes that agrees with the function at every ordinary case; may be empty.

    ``levels`` says how many things may be other than promised, beside the coefficients of terms; ``replaced`` whether
    wrong terms are tried too, and not only readings, directions and reductions: they are many.
    """
    explainer = Explainer(session, observed, tolerance)
    if not explainer.cases:
        return []
    reductions = explainer.reductions()
    best: list[Mistake] = []
    for most in levels:
        all_ = hypotheses(session.contract, reductions, most)
        ties = _fitting(explainer, (h for h in all_ if h.changes >= most - 1 and (replaced or not h.replaced)))
        if most == 2 and replaced and not ties:
            ties = _fitting(explainer, _pairs(explainer, [r for r in reductions if r in PLAIN][:3]))
        if ties:
            least = min(ties, key=lambda m: (len(m), any("_with_" in one.name for one in m)))
            if not best or len(least) < len(best):
                best = least
            if len(best) <= most:
                return best
    return best


def _fitting(explainer: Explainer, tried: Iterator[Hypothesis]) -> list[list[Mistake]]:
    """Return the mistakes of each hypothesis that fits, while there is time."""
    found = []
    try:
        for number, h in enumerate(tried):
            # to ask the clock takes as long as a fit
            if number % 8 == 0 and explainer.session.seconds_left < 0.3:
                break
            mistakes = explainer.fit(h)
            if mistakes:
                found.append(mistakes)
    except np.linalg.LinAlgError:
        pass
    return found
