"""Lives here: what people do to scales and means: a little added to scales, bounds on both; beyond what is ordinary it
is reported, and not a mistake.
May not live here: the decision what is excused (`diagnose`)."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final

import numpy as np

from mvn_symbolic.verify.contracts import textbook
from mvn_symbolic.verify.contracts.contract import Contract
from mvn_symbolic.verify.contracts.joint import joined, parted
from mvn_symbolic.verify.contracts.layout import DENSE, LOGARITHMIC, is_matrix, parts, raw_as
from mvn_symbolic.verify.contracts.written import WRITINGS, unpacked

EXCUSED: Final = (-4.0, 2.0)
"""Log-variances that a clamp or floor must let through: standard deviations from 0.14 to 2.7, where people train.

Ordinary cases lie within it (`plan.ORDINARY_LOGVARS`) and reach both of its ends, so whether a clamp is excused depends
on its bounds alone: an excused one shows at extreme cases only, any other at the ordinary case that reaches the ends.
"""
EXCUSED_MEAN: Final = 10.0
"""Means between this and its negative must be let through; ordinary cases keep within and reach both ends in the same
way (`plan.ORDINARY_MEANS`)."""
JITTERS: Final = (1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-10, 1e-12)
HARSH_JITTERS: Final = (2e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
BOUNDS: Final = (0.0, 0.1, 0.2, 0.5, 1.0, 1.5, 2.0, 2.5, *map(float, range(3, 16)))
"""Bounds of raw numbers that enter by an exponential, of either sign, up to where cases of extreme scales end."""
MEAN_BOUNDS: Final = (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 12.0, 15.0, 20.0, 30.0,
                      50.0, 100.0)  # fmt: skip
"""Bounds of means, of either sign."""
MEAN_SAID: Final = "its mean is "
"""How the words of everything begin that is done to a mean."""
FLOORS: Final = (*JITTERS, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
ROUGHLY: Final = "deviates by up to 1e-4 of its terms (a rough constant, a factor close to one)"
Change = Callable[[str, np.ndarray], np.ndarray]
Tamer = Callable[[Mapping[str, np.ndarray]], dict[str, np.ndarray]]
_CLAMPED: Final = tuple(name for name in LOGARITHMIC if name not in DENSE)
"""Parameterizations whose raw numbers people clamp, each for itself."""


def _clipped(name: str, raw: np.ndarray, low: float, high: float) -> np.ndarray:
    return np.clip(raw, low, high) if name in _CLAMPED else raw


def _floored(name: str, raw: np.ndarray, small: float) -> np.ndarray:
    return np.maximum(raw, small) if name in ("var", "std") else raw


def is_excused(name: str, low: float, high: float) -> bool:
    """Whether bounds of raw scales of a parameterization let through every log-variance of `EXCUSED`."""
    with np.errstate(all="ignore"):
        least, most = (np.log(textbook.VARIANCES[raw_as(name)](np.array([b]))) for b in
                       (low, high))  # fmt: skip
    return bool((least <= EXCUSED[0]).all() and (most >= EXCUSED[1]).all())


def _bounds(names: Sequence[str], harsh: bool) -> Iterator[tuple[str, partial[np.ndarray]]]:
    """Yield clamps and floors: those that all the laws they are for excuse, or else the others."""
    logarithmic = [name for name in names if name in _CLAMPED]
    plain = [name for name in names if name in ("var", "std")]
    ends = [(-np.inf, b) for b in BOUNDS] + [(-b, np.inf) for b in BOUNDS] + [(-np.inf, -b) for b in BOUNDS[1:6]]
    ends += [(b, np.inf) for b in BOUNDS[1:6]] + list(itertools.product([-b for b in BOUNDS], BOUNDS))
    for low, high in ends if logarithmic else ():
        if low < high and all(is_excused(name, low, high) for name in logarithmic) != harsh:
            words = f"clamped to [{low:g}, {high:g}]"
            words = words if np.isfinite(low) else f"at most {high:g}"
            words = words if np.isfinite(high) else f"at least {low + 0.0:g}"
            yield f"its raw scale is {words}", partial(_clipped, low=low, high=high)
    for small in FLOORS if plain else ():
        if all(is_excused(name, small, np.inf) for name in plain) != harsh:
            yield f"its scale is at least {small:g}", partial(_floored, small=small)


def _more(name: str, raw: np.ndarray, small: float) -> np.ndarray:
    if name in DENSE:
        if name == "log_cholesky":
            factor = unpacked(raw)
            return WRITINGS[name].parts(factor + small * np.eye(factor.shape[-1]))["raw_tril"]
        return raw + small * np.eye(raw.shape[-1]) if is_matrix(name, "scale") else raw + small
    return WRITINGS[name].scale(np.sqrt(textbook.VARIANCES[name](raw) + small))


def _wider(name: str, raw: np.ndarray, small: float) -> np.ndarray:
    if name in DENSE:
        return raw
    return WRITINGS[name].scale(np.sqrt(textbook.VARIANCES[name](raw)) + small)


def _jitters(sizes: Sequence[float]) -> Iterator[tuple[str, partial[np.ndarray]]]:
    for small in sizes:
        yield f"{small:g} is added to its variance", partial(_more, small=small)
        yield f"{small:g} is added to its standard deviation", partial(_wider, small=small)


def _on_raw(contract: Contract, change: Change, laws: Sequence[str]) -> Tamer:
    def changed(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        out = dict(arrays)
        for prefix in laws:
            name = contract.laws[prefix]
            if name == "packed":
                mean, raw = parted(out[prefix + "packed"], contract.packed_axis)
                out[prefix + "packed"] = joined(mean, change(raw_as(name), raw), contract.packed_axis)
            else:
                role = prefix + parts(name)[-1 if name == "low_rank" else 0]
                out[role] = change(name, out[role])
        return out

    return changed


def _mean_bounds(harsh: bool) -> Iterator[tuple[str, Callable[[np.ndarray], np.ndarray]]]:
    """Yield bounds of means: those that are excused, or else the others."""
    for bound in MEAN_BOUNDS:
        if (bound < EXCUSED_MEAN) == harsh:
            words = {
                f"clamped to [-{bound:g}, {bound:g}]": (-bound, bound),
                f"at most {bound:g}": (-np.inf, bound),
                f"at least {-bound + 0.0:g}": (-bound, np.inf),
            }
            for said, (low, high) in words.items():
                if low < high:
                    yield MEAN_SAID + said, partial(np.clip, a_min=low, a_max=high)
    if harsh:
        yield MEAN_SAID + "squashed by tanh", np.tanh


def _on_mean(contract: Contract, change: Callable[[np.ndarray], np.ndarray], laws: Sequence[str]) -> Tamer:
    def changed(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        out = dict(arrays)
        for prefix in laws:
            if contract.laws[prefix] == "packed":
                mean, raw = parted(out[prefix + "packed"], contract.packed_axis)
                out[prefix + "packed"] = joined(change(mean), raw, contract.packed_axis)
            elif prefix + "mean" in out:
                out[prefix + "mean"] = change(out[prefix + "mean"])
        return out

    return changed


def tamed(contract: Contract, harsh: bool = False) -> dict[str, Tamer]:
    """Return by its words each thing that may be done to scales and means; ``harsh`` is what nobody would excuse."""
    laws = list(contract.laws)
    found: dict[str, Tamer] = {}
    for chosen in [laws, *([law] for law in laws if len(laws) > 1)]:
        where = "" if chosen == laws else f" (of {chosen[0][0]} alone)"
        names = [contract.laws[prefix] for prefix in chosen]
        for words, change in (*_jitters(HARSH_JITTERS if harsh else JITTERS), *_bounds(names, harsh)):
            found[words + where] = _on_raw(contract, change, chosen)
        for words, move in (
            _mean_bounds(harsh) if "mean" in {r[-4:] for r in contract.roles} or "packed" in names else ()
        ):
            found[words + where] = _on_mean(contract, move, chosen)
    return found


def mistake_of(words: str) -> str:
    """Return the name of what is done, where it is too much to be excused."""
    if words.startswith(MEAN_SAID):
        rectified = words.startswith(MEAN_SAID + "at least 0")
        return "mean_rectified" if rectified else "mean_squashed" if "squashed" in words else "mean_clamped"
    return "scale_altered" if "is added" in words else "clamped"
