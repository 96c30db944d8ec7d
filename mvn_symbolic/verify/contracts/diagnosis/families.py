"""Lives here: mistakes around a right formula: floors, cut coordinates, other quantities and divergences.
May not live here: wrong terms and readings (`mistakes`), their search (`explainer`), mixed samples (`altered`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

import numpy as np

from mvn_symbolic.verify.contracts import textbook
from mvn_symbolic.verify.contracts.contract import Contract
from mvn_symbolic.verify.contracts.diagnosis.altered import Arrays, altered_terms, is_close, reduced_by
from mvn_symbolic.verify.contracts.diagnosis.explainer import Explainer
from mvn_symbolic.verify.contracts.diagnosis.hypotheses import PLAIN
from mvn_symbolic.verify.contracts.diagnosis.mistakes import REDUCED_WORDS, Mistake
from mvn_symbolic.verify.contracts.diagnosis.other_wholes import other_wholes
from mvn_symbolic.verify.contracts.diagnosis.probabilities import KL_DIV, probability_divergences
from mvn_symbolic.verify.contracts.diagnosis.sums import by_axes
from mvn_symbolic.verify.contracts.layout import is_matrix
from mvn_symbolic.verify.contracts.session import Session
from mvn_symbolic.verify.contracts.truths.arguments import masked

_FLOORS: Final = (0.01, 0.02, 0.05, 0.1, 0.125, 0.2, 0.25, 0.3, 0.5, 0.6, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0)
_BELOW: Final = (1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 30.0, 50.0, 100.0)
"""Log densities at which, negated, people cut them."""
_EPSILONS: Final = (1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 0.01, 0.1, 1.0)
"""Numbers that people add to a density, so that its log is finite."""


def _wholes(contract: Contract, arrays: Arrays) -> Iterator[tuple[str, str, np.ndarray]]:
    """Yield other quantities that are taken for the promised one: name, sentence, one number per unit."""
    true = textbook.value(contract, arrays)
    if contract.base == "kl_divergence":
        pieces = textbook.terms(contract, arrays, None, True)
        other = sum((c * pieces[n] for n, c in textbook.COEFFICIENTS["kl_divergence"].items()), np.zeros(()))
        yield "direction_reversed", "p and q are exchanged: the KL divergence of the other direction", other
        yield "symmetrized", "it is the symmetric divergence: both directions together", true + other
        yield "symmetrized", "it is the symmetric divergence: the mean of both directions", (true + other) / 2
    if contract.base == "kl_standard_normal":
        mean, raws = textbook.parts(contract, "", arrays)
        s = textbook.spread(contract, "", raws)
        if contract.diagonal:
            other = 0.5 * (np.log(s) + (1 + mean * mean) / s - 1)
        else:
            inverse = np.trace(np.linalg.inv(s), axis1=-2, axis2=-1)
            other = 0.5 * (textbook.log_det(s) + inverse + textbook.quadratic(s, mean) - mean.shape[-1])
        yield (
            "direction_reversed",
            "it is the divergence of the standard normal from the law: the other direction",
            other,
        )
        yield "symmetrized", "it is the symmetric divergence: both directions together", true + other
        yield "symmetrized", "it is the symmetric divergence: the mean of both directions", (true + other) / 2
    if contract.base.startswith("kl_") and contract.diagonal:
        for numbers in probability_divergences(contract, arrays):
            yield "kl_div_of_numbers", KL_DIV, numbers
    if not contract.diagonal and contract.base != "std":
        yield "coordinates_ignored", "the last coordinate is ignored", _without_last_coordinate(contract, arrays)
    if contract.base == "log_prob" and contract.diagonal:
        x = arrays["value"]
        steep = np.log1p(-(np.tanh(x) ** 2) + 1e-300)
        yield "tanh_correction", "the density of the tanh of the sample is taken", true - steep
        yield (
            "tanh_correction",
            "the density of the tanh of the sample is taken",
            true - np.log1p(1e-6 - np.tanh(x) ** 2),
        )
        yield "value_standardized_twice", "it is the density of a standard normal", -0.5 * (x * x + np.log(2 * np.pi))


def _without_last_coordinate(contract: Contract, arrays: Arrays) -> np.ndarray:
    """Return the quantity of matrices and vectors that are cut before their last coordinate."""
    cut = {}
    for role, array in arrays.items():
        rows = contract.part_of(role)[1]
        matrix = is_matrix(*contract.part_of(role))
        whole = role == "mask" or not array.ndim
        cut[role] = array if whole else array[..., :-1, :] if matrix else array[..., :-1]
        if matrix and rows != "factor":
            cut[role] = cut[role][..., :-1]
    return textbook.value(contract, cut)


def _elsewhere(contract: Contract, arrays: Arrays) -> Iterator[tuple[str, str, np.ndarray]]:
    """Yield the promised quantity at arguments that were changed before: name, sentence, one number per unit."""

    def at(**changed: np.ndarray) -> np.ndarray:
        return textbook.value(contract, {**arrays, **changed})

    if contract.base == "kl_standard_normal" and "mean" in arrays:
        for middle in (1.0, -1.0, 0.5, 2.0):
            yield "prior_mean_not_zero", f"the prior has mean {middle:g}, not 0", at(mean=arrays["mean"] - middle)
    if "mean" in arrays:
        yield "mean_rectified", "negative means are set to zero", at(mean=np.maximum(arrays["mean"], 0.0))
    if contract.laws.get("") == "rho":
        raw = arrays["scale"]
        for name, words, std in (
            ("sigmoid_for_softplus", "the sigmoid is taken where the softplus is meant", 1 / (1 + np.exp(-raw))),
            ("softplus_with_beta", "the softplus has beta 2", np.log1p(np.exp(2 * raw)) / 2),
        ):
            yield name, words, at(scale=std + np.log(-np.expm1(-std)))
    if contract.laws.get("") == "covariance":
        yield (
            "covariance_doubled",
            "twice the covariance is taken: C + C' without a half",
            at(scale=2 * arrays["scale"]),
        )


def _outer(contract: Contract, arrays: Arrays) -> Iterator[tuple[str, str, Callable[[str], np.ndarray]]]:
    """Yield what may be done to right numbers around the reduction."""
    true = contract.factor * masked(contract, arrays, textbook.value(contract, arrays))

    def after(change: Callable[[np.ndarray], np.ndarray]) -> Callable[[str], np.ndarray]:
        return lambda reduction: change(reduced_by(contract, reduction, true))

    def before(change: Callable[[np.ndarray], np.ndarray]) -> Callable[[str], np.ndarray]:
        return lambda reduction: reduced_by(contract, reduction, change(true))

    yield "exponential_of_the_value", "it is the exponential of what is promised: a density, not its log", after(np.exp)
    yield "exponential_of_the_value", "numbers are exponentiated before they are summed", before(np.exp)
    yield "log_of_the_value", "it is the log of what is promised", after(lambda v: np.log(np.abs(v)))
    yield "absolute_value", "its absolute value is taken", after(np.abs)
    yield "absolute_value", "absolute values are taken before the sum", before(np.abs)
    yield "root_of_the_value", "the root of it is taken", after(lambda v: np.sqrt(np.abs(v)))
    yield "square_of_the_value", "it is squared", after(np.square)
    yield "square_of_the_value", "numbers are squared before they are summed", before(np.square)
    if true.ndim > contract.batch_ndim:
        axes = tuple(range(contract.batch_ndim, true.ndim))

        def mixed(reduction: str) -> np.ndarray:
            return np.ravel(np.log(np.exp(true).sum(axis=axes)))

        yield "log_of_summed_densities", "densities are summed over coordinates before the log", mixed
    if contract.diagonal and contract.event_ndim:
        places = np.arange(true.shape[-1])
        for kept in range(1, 6):
            text = f"coordinates after number {kept} are ignored"
            yield "coordinates_ignored", text, before(partial(np.multiply, places < kept))
        yield "coordinates_ignored", "the first coordinate is ignored", before(partial(np.multiply, places > 0))
        for last in (places < places[-1], places < max(places[-1], 1)):
            # of one coordinate, where there is only that, somebody may have thought
            yield "coordinates_ignored", "the last coordinate is ignored", before(partial(np.multiply, last))
    if contract.batch_ndim and true.ndim > contract.batch_ndim and true.size:
        samples = tuple(range(contract.batch_ndim))
        for c in _FLOORS:
            yield (
                "floored",
                f"means over the batch below {c:g} are raised to it (free bits)",
                partial(_floored_means, true.mean(axis=samples), c),
            )
    if contract.base == "log_prob":
        for name, text, cut in _cut_densities(contract):
            yield name, text, after(cut)
            yield name, text, before(cut)
    yield "floored", "negative numbers are set to zero", before(lambda v: np.maximum(v, 0.0))
    for c in _FLOORS:
        rest = f"{c:g} is taken off, down to zero (free bits)"
        for name, words, change in (
            ("floored", f"numbers below {c:g} are raised to it (free bits)", partial(np.maximum, c)),
            ("floored", rest, partial(_less, c)),
            ("capacity", f"its distance from {c:g} is taken (a capacity)", partial(_distance, c)),
            ("capacity", f"its squared distance from {c:g} is taken (a capacity)", partial(_squared_distance, c)),
            ("capped", f"numbers above {c:g} are cut off", partial(np.minimum, c)),
        ):
            yield name, words, after(change)
            yield name, words, before(change)


def _floored_means(means: np.ndarray, least: float, reduction: str) -> np.ndarray:
    """Return sums, or the mean, of means over the batch; other reductions give one number for each sample."""
    floored = np.maximum(means, least)
    return np.ravel(floored.mean() if reduction == "mean" else floored.sum())


def _cut_densities(contract: Contract) -> Iterator[tuple[str, str, Callable[[np.ndarray], np.ndarray]]]:
    """Yield what people do to densities, or their logs, so that none of them is too small."""
    for c in _BELOW:
        text = f"log densities below {-c:g} are raised to it"
        yield "floored", text, partial(_signed_floor, -c, float(np.sign(contract.factor)))
    for c in _EPSILONS:
        text = f"{c:g} is added to the density before its log"
        yield "log_of_density_plus_constant", text, partial(_log_plus, c, contract.factor)


def _signed_floor(least: float, sign: float, values: np.ndarray) -> np.ndarray:
    """Return log densities, or their negatives, with a floor below the log densities."""
    return sign * np.maximum(sign * values, least)


def _log_plus(small: float, factor: float, values: np.ndarray) -> np.ndarray:
    return factor * np.log(np.exp(values / factor) + small)


def _distance(middle: float, values: np.ndarray) -> np.ndarray:
    return np.abs(values - middle)


def _squared_distance(middle: float, values: np.ndarray) -> np.ndarray:
    return (values - middle) ** 2


def _less(off: float, values: np.ndarray) -> np.ndarray:
    return np.maximum(values - off, 0.0)


def explain_around(session: Session, observed: dict[str, np.ndarray], tolerance: float) -> list[Mistake]:
    """Return the mistake around a right formula that agrees with the function at every ordinary case, or nothing."""
    explainer = Explainer(session, observed, tolerance)
    contract = session.contract
    if not explainer.cases:
        return []
    reductions = sorted((r for r in explainer.reductions() if r in PLAIN), key=bool)
    with np.errstate(all="ignore"):
        if found := by_axes(explainer):
            return found
        for reduction in reductions:
            extra = []
            if reduction:
                text = f"{REDUCED_WORDS[reduction]}, where {contract.reduction} is promised"
                extra = [Mistake(f"reduction_{reduction}_for_{contract.reduction}", text)]
            found = _around(explainer, reduction)
            if found:
                return found + extra
            if session.seconds_left < 0.5:
                break
    return []


def _around(explainer: Explainer, reduction: str) -> list[Mistake]:
    contract = explainer.contract
    target = np.concatenate([got.ravel() for _, _, got in explainer.cases])
    if not contract.up_to_constant:
        for listed in zip(
            *(
                [*_wholes(contract, arrays), *other_wholes(contract, arrays), *_elsewhere(contract, arrays)]
                for _, arrays, _ in explainer.cases
            ),
            strict=True,
        ):
            numbers = [masked(contract, a, whole[2]) for whole, (_, a, _) in zip(listed, explainer.cases, strict=True)]
            want = contract.factor * np.concatenate([reduced_by(contract, reduction, n) for n in numbers])
            if any(
                want.shape == target.shape and is_close(target, f * want, explainer.tolerance) for f in (1, -1, 2, 0.5)
            ):
                return [Mistake(*listed[0][:2])]
        for changes in zip(*(list(_outer(contract, arrays)) for _, arrays, _ in explainer.cases), strict=True):
            want = np.concatenate([change[2](reduction) for change in changes])
            if want.shape == target.shape and is_close(target, want, explainer.tolerance):
                return [Mistake(*changes[0][:2])]
    return altered_terms(explainer, reduction)
