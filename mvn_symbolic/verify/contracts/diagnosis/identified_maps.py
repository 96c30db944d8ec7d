"""Lives here: from what a sampler does at all cases to findings with the name of the mistake.
May not live here: how a sampler's map is found (`affine`), what wrong samplers do (`sampler_mistakes`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from mvn_symbolic.verify.contracts import textbook
from mvn_symbolic.verify.contracts.contract import Contract
from mvn_symbolic.verify.contracts.diagnosis import sampler_mistakes
from mvn_symbolic.verify.contracts.diagnosis.sampler_mistakes import sentence
from mvn_symbolic.verify.contracts.diagnosis.tamers import MEAN_SAID, Tamer, mistake_of, tamed
from mvn_symbolic.verify.contracts.plan import REACH
from mvn_symbolic.verify.contracts.session import Finding
from mvn_symbolic.verify.contracts.truths.arguments import widened
from mvn_symbolic.verify.contracts.truths.sampled import Seen, near

_PLAIN = {"mean": "the mean of the samples is wrong", "covariance": "the covariance of the samples is wrong"}


def explained(contract: Contract, seen: Sequence[Seen]) -> list[Finding]:
    """Return a finding for every case that is not as promised, with the mistake that explains all of them."""
    found = []
    for one in seen:
        if "finite" in one.wrong:
            name = "not_finite" if one.case.ordinary else "not_finite_at_extreme_scales"
            text = "the sample is not finite"
            found.append(Finding("sampler", "fail", text, one.case, one.mean, one.true_mean, (name,)))
    usable = [one for one in seen if one.case.ordinary and "finite" not in one.wrong]
    for kind, where in (("batch", "batch"), ("draws", "draws")):
        name = f"noise_shared_across_{where}"
        found += [
            Finding("sampler", "fail", sentence(name), one.case, one.blocks, one.true_blocks, (name,))
            for one in usable
            if kind in one.wrong
        ]
    if any({"batch", "draws"} & set(one.wrong) for one in usable):
        return found
    names = {kind: named(contract, usable, kind) for kind in ("mean", "covariance")}
    # one word for a mask that is not used at all
    if all(name == "mask_ignored" for name in names.values()):
        names["mean"] = "mask_ignored"
    elif names["mean"] == "mask_ignored":
        names["mean"] = "mask_only_on_noise"
    finite = [one for one in seen if "finite" not in one.wrong and one.case.name not in REACH]
    for kind, words in _PLAIN.items():
        name = names[kind]
        # extreme cases tell two bounds from one, and may be off for another reason
        bounds = _bounds(contract, finite, kind, harsh=True) or _bounds(contract, usable, kind, harsh=True)
        if kind == "mean" and bounds and not name:
            name = mistake_of(bounds)
        for one in usable:
            if kind in one.wrong:
                text, label = (words, (name,)) if name else (words, ())
                if name:
                    text = bounds if bounds and name in ("scale_altered", mistake_of(bounds)) else sentence(name)
                found.append(_shown(contract, one, kind, text, label))
    excused = {kind: _bounds(contract, finite, kind) for kind in _PLAIN}
    for one in seen:
        if one.case.ordinary or not one.wrong or "finite" in one.wrong:
            continue
        reach = one.case.name in REACH
        if contract.diagonal and "covariance" in one.wrong and not reach and not _bounded(one):
            text = "the scale of the samples is wrong at small or large scales only"
            extreme = () if found else ("wrong_at_extreme_scales",)
            found.append(Finding("sampler", "fail", text, one.case, one.blocks, one.true_blocks, extreme))
            continue
        text = f"at an extreme case ({one.case.name}) the {' and '.join(one.wrong)} of the samples deviates"
        said = "; ".join(excused[kind] for kind in _PLAIN if kind in one.wrong and excused[kind])
        text += f": {said}" if said else ""
        found.append(Finding("sampler", "note", text, one.case))
    return found


def _shown(contract: Contract, one: Seen, kind: str, text: str, label: tuple[str, ...]) -> Finding:
    """Set what was found beside what is promised, in one shape, with noise that a person can put in by hand."""
    got, want = (one.mean, one.true_mean) if kind == "mean" else (one.blocks, one.true_blocks)
    # one draw needs no axis of its own
    got, want = (got[0], want) if len(got) == 1 else (got, np.broadcast_to(want, got.shape))
    also = []
    if one.ones is not None:
        sample = one.ones[0].tolist()
        also = [f"with every number of noise set to 1 the first draw is {_rounded(sample)}"]
        if contract.diagonal:
            std = np.sqrt(np.diagonal(one.true_blocks, axis1=-2, axis2=-1))
            also[0] += f", expected {_rounded((one.true_mean + std).tolist())}"
    shows = "mean" if kind == "mean" else "covariance"
    return Finding("sampler", "fail", text, one.case, got, want, label, shows=shows, also=tuple(also))


def _rounded(numbers: list[list[float]]) -> str:
    return str([[float(f"{number:.5g}") for number in row] for row in numbers])


def _bounds(contract: Contract, seen: Sequence[Seen], kind: str, harsh: bool = False) -> str:
    """Say which bounds on the scale, or the mean, or what is added to it, give what is wrong at all these cases."""
    of_mean = kind == "mean"
    if not (contract.diagonal or of_mean) or contract.mask or not any(kind in one.wrong for one in seen):
        return ""
    # the cases that deviate refute most options at once
    order = sorted(seen, key=lambda one: kind not in one.wrong)

    def gives(one: Seen, tame: Tamer) -> bool:
        mean, raws = textbook.parts(contract, "", tame(widened(contract, one.case)))
        if of_mean:
            return _mean_fits(one, mean.reshape(one.true_mean.shape))
        size = one.true_mean.shape[1]
        want = textbook.spread(contract, "", raws).reshape(-1, size)[..., None] * np.eye(size)
        return near(one.blocks, np.broadcast_to(want, one.blocks.shape), 2e-3)

    options = {words: tame for words, tame in tamed(contract, harsh).items() if words.startswith(MEAN_SAID) == of_mean}
    with np.errstate(all="ignore"):
        return next((words for words, tame in options.items() if all(gives(one, tame) for one in order)), "")


def _bounded(one: Seen) -> bool:
    """Whether scales deviate as those with a bound or a little jitter do: to one value, or up by a little."""
    got, want = (np.sqrt(np.diagonal(b, axis1=-2, axis2=-1)) for b in (one.blocks[0], one.true_blocks))
    off = (np.abs(got - want) > 1e-2 * want) & ~((got > want) & (got - want <= 3e-2))
    bound = got[off]
    return bool(bound.size == 0 or np.ptp(bound) <= 1e-3 * bound.max())


def named(contract: Contract, seen: Sequence[Seen], kind: str) -> str:
    """Return the first known mistake that gives the means, or the covariances, of all cases; empty if none does."""
    if not any(kind in one.wrong for one in seen):
        return ""
    options: Callable[[Contract, Seen], Mapping[str, np.ndarray]]
    fits: Callable[[Seen, np.ndarray], bool]
    if kind == "mean":
        options, fits = sampler_mistakes.means, _mean_fits
    else:
        if sampler_mistakes.shares_coordinates(contract, seen):
            return "noise_shared_across_coordinates"
        options, fits = sampler_mistakes.covariances, _covariance_fits
    left: dict[str, None] | None = None
    for one in seen:
        with np.errstate(all="ignore"):
            agreeing = {name: None for name, wrong in options(contract, one).items() if fits(one, wrong)}
        left = agreeing if left is None else {name: None for name in left if name in agreeing}
        if not left:
            break
    constant = sampler_mistakes.by_constant(seen) if kind == "covariance" else ""
    if left and not (constant and next(iter(left)) == "scale_altered"):
        return next(iter(left)).removesuffix("_by_svd")
    return constant if kind == "covariance" else sampler_mistakes.by_mixing(seen)


def _mean_fits(one: Seen, wrong: np.ndarray) -> bool:
    std = np.sqrt(np.diagonal(one.true_blocks, axis1=-2, axis2=-1))
    return bool(np.all(np.abs(one.mean - wrong) <= 1e-4 * (np.abs(wrong) + std) + 1e-12))


def _covariance_fits(one: Seen, wrong: np.ndarray) -> bool:
    return near(one.blocks, np.broadcast_to(wrong, one.blocks.shape), 2e-3)
