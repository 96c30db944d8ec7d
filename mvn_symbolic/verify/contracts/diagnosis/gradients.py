"""Lives here: the mistake in a wrong gradient: what is detached, which term, which factor, which convention.
May not live here: the decision whether a gradient is wrong (the judges)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from mvn_symbolic.verify.contracts import textbook
from mvn_symbolic.verify.contracts.diagnosis.backward import cholesky_backward, sampler_backward
from mvn_symbolic.verify.contracts.diagnosis.chain_rule import from_chain
from mvn_symbolic.verify.contracts.diagnosis.matrix_gradients import from_matrices
from mvn_symbolic.verify.contracts.diagnosis.mistakes import TERMS, Mistake, coefficient, variants
from mvn_symbolic.verify.contracts.joint import joined, parted
from mvn_symbolic.verify.contracts.layout import is_matrix
from mvn_symbolic.verify.contracts.session import Finding, Session
from mvn_symbolic.verify.contracts.truths.arguments import comparable, lifted, masked, structure_of, widened
from mvn_symbolic.verify.contracts.truths.expected import expected
from mvn_symbolic.verify.contracts.truths.products import written
from mvn_symbolic.verify.contracts.truths.truth import weight


def gradient_mistakes(session: Session, failed: list[Finding]) -> list[Mistake]:
    """Return the known mistakes that wrong gradients agree with, argument by argument."""
    roles = list(dict.fromkeys(f.gradient_of for f in failed if f.gradient_of))
    observed = session.evidence.gradients
    cases = [c for c in session.cases if c.ordinary and c.name in observed]
    found: list[Mistake] = []
    dead = [r for r in roles if cases and all(not np.any(observed[c.name].get(r, 1.0)) for c in cases)]
    plain = session.contract.base in textbook.COEFFICIENTS
    alive = [r for r in dict.fromkeys(r for c in cases for r in observed[c.name]) if r not in dead and r != "mask"]
    if dead and len(dead) > 1 and not any(np.any(observed[c.name][r]) for c in cases for r in alive):
        return [Mistake("detached", "no gradient flows at all: the result is detached from the arguments")]
    if session.contract.kind == "gradient":
        changed = _exchanged(session, observed)
        if changed:
            return changed
    for role in roles:
        if role in dead:
            found.append(Mistake(f"{role}_detached", f"no gradient flows to {role}: it is detached"))
        else:
            by_terms = _from_terms(session, role, observed) if plain else []
            by_terms = by_terms or _from_tables(session, role, observed) or _from_shape(session, role, observed)
            by_terms = by_terms or (_from_powers(session, role, observed) if plain else [])
            by_terms = by_terms or from_matrices(session, role, observed) or from_chain(session, role, observed)
            found += by_terms or (_from_variants(session, role, observed) if plain else [])
    return list(dict.fromkeys(found))


def _exchanged(session: Session, observed: dict[str, dict[str, np.ndarray]]) -> list[Mistake]:
    """Name gradients that are right and stand in another order."""
    pairs = []
    for case in session.cases:
        if case.ordinary and case.name in observed:
            want = written(session, case)[0]
            got = {r: g for r, g in observed[case.name].items() if r in want}
            pairs.append((got, want))

    def same(role: str, other: str) -> bool:
        return bool(pairs) and all(
            role in got and got[role].shape == want[other].shape
            and np.allclose(got[role], want[other], rtol=1e-4, atol=1e-6) for got, want in pairs
        )  # fmt: skip

    roles = list(pairs[0][0]) if pairs else []
    moved = {r: next((o for o in roles if o != r and not same(r, r) and same(r, o)), "") for r in roles}
    if sum(bool(o) for o in moved.values()) < 2:
        return []
    text = ", ".join(f"that by {o} where that by {r} is due" for r, o in moved.items() if o)
    return [Mistake("gradients_exchanged", f"the gradients stand in another order: {text}")]


def _columns(
    session: Session, role: str, observed: dict[str, dict[str, np.ndarray]]
) -> tuple[dict[str, list[np.ndarray]], list[np.ndarray]]:
    """Return for each case the gradient of every term, and what was observed."""
    contract = session.contract
    columns: dict[str, list[np.ndarray]] = {}
    target: list[np.ndarray] = []
    for case in session.cases:
        if not case.ordinary or case.name not in observed or role in contract.shared or role not in observed[case.name]:
            continue
        arrays, truth = widened(contract, case), expected(session, case)
        terms = textbook.term_gradients(contract, arrays, role)
        shape = textbook.terms(contract, arrays)
        unit = np.ones(next(iter(shape.values())).shape)
        per_unit = contract.factor * weight(contract, unit) * masked(contract, arrays, unit)
        if contract.kind == "value":
            per_unit = per_unit * truth.upstream.reshape(
                truth.upstream.shape + (1,) * (unit.ndim - truth.upstream.ndim)
            )
        mixed = contract.base == "std" and not contract.diagonal
        terms = textbook.term_gradients(contract, arrays, role, per_unit) if mixed else terms
        for name, slope in terms.items():
            scaled = slope if mixed else slope * lifted(contract, role, per_unit, slope.ndim)
            columns.setdefault(name, []).append(comparable(contract, role, scaled).ravel())
        target.append(comparable(contract, role, observed[case.name][role]).ravel())
    return columns, target


def _from_powers(session: Session, role: str, observed: dict[str, dict[str, np.ndarray]]) -> list[Mistake]:
    """Fit the terms, one of them or all of them with a wrong power of the scale or without the chain rule."""
    contract = session.contract
    prefix = role[:2] if role[:2] in contract.laws else ""
    # distances are weighed by the second law of a divergence
    prefix = "q_" if prefix and not role.endswith("scale") and contract.direction == "forward" else prefix
    name = contract.laws.get(prefix, "")
    if name not in textbook.VARIANCES or prefix + "scale" in contract.shared:
        return []
    columns, target = _columns(session, role, observed)
    cases = [c for c in session.cases if c.ordinary and role in observed.get(c.name, {})]
    if not target:
        return []
    raw, y = np.concatenate([c.arrays[prefix + "scale"].ravel() for c in cases]), np.concatenate(target)
    if raw.shape != y.shape:
        return []
    sigma = np.sqrt(textbook.VARIANCES[name](raw))
    slope = np.imag(np.sqrt(textbook.VARIANCES[name](raw + 1e-30j))) / 1e-30
    base = {n: np.concatenate(c) for n, c in columns.items() if np.any(np.concatenate(c))}
    true = textbook.COEFFICIENTS[contract.base]

    def agrees(parts: dict[str, np.ndarray]) -> bool:
        total = sum((true[n] * c for n, c in parts.items()), np.zeros(y.shape))
        room = sum((np.abs(true[n] * c) for n, c in parts.items()), np.zeros(y.shape))
        return bool(np.all(np.isfinite(total)) and np.max(np.abs(total - y)) < 1e-4 * (room.max(initial=0.0) + 1e-300))

    powers = {"sigma": sigma, "sigma_squared": sigma**2, "one_over_sigma": 1 / sigma,
              "one_over_variance": 1 / sigma**2, "sigma_to_the_fourth": sigma**4}  # fmt: skip
    with np.errstate(all="ignore"):
        if role.endswith("scale") and agrees({n: c / slope for n, c in base.items()}):
            text = f"the gradient by {role} lacks the chain rule: it is that by the standard deviation"
            return [Mistake(f"gradient_by_{role}_chain_rule_missing", text)]
        for n, (words, power) in ((n, p) for n in base for p in powers.items()):
            for times in (1.0, 0.5, 2.0, -1.0):
                if agrees({**base, n: times * base[n] * power}):
                    text = f"in the gradient by {role}, {TERMS[n]} has a wrong power: times {words.replace('_', ' ')}"
                    return [Mistake(f"gradient_by_{role}_wrong_power", text)]
        for words, power in powers.items():
            if agrees({n: c * power for n, c in base.items()}):
                text = f"the gradient by {role} has a wrong power: it is multiplied with {words.replace('_', ' ')}"
                return [Mistake(f"gradient_by_{role}_wrong_power", text)]
    return []


def _from_variants(session: Session, role: str, observed: dict[str, dict[str, np.ndarray]]) -> list[Mistake]:
    """Compare with the gradients, by differences, of formulas in which one term is a known slip."""
    contract = session.contract
    if not contract.diagonal or contract.base == "std" or role in contract.shared or "packed" in role:
        return []
    true, step = textbook.COEFFICIENTS[contract.base], 1e-5
    left: set[str] | None = None
    for case in [c for c in session.cases if c.ordinary and role in observed.get(c.name, {})][:6]:
        arrays, truth = widened(contract, case), expected(session, case)
        unit = np.ones(case.batch + case.event)
        weights = contract.factor * weight(contract, unit) * masked(contract, arrays, unit)
        if contract.kind == "value":
            weights = weights * truth.upstream.reshape(truth.upstream.shape + (1,) * (unit.ndim - truth.upstream.ndim))
        sides = [{**arrays, role: arrays[role] + sign * step} for sign in (1.0, -1.0)]
        with np.errstate(all="ignore"):
            terms = [textbook.terms(contract, side) for side in sides]
            wrong = [variants(contract, side, {}, False) for side in sides]
            slopes = {n: (terms[0][n] - terms[1][n]) / (2 * step) for n in true}
            whole = sum((true[n] * slope for n, slope in slopes.items()), np.zeros(()))
            got, fitting = observed[case.name][role], set()
            for term, options in wrong[0].items():
                for name in options if term in true else ():
                    slope = (wrong[0][term][name] - wrong[1][term][name]) / (2 * step)
                    want = weights * (whole + true[term] * (slope - slopes[term]))
                    room = 1e-5 * (np.abs(want).max(initial=0.0) + np.abs(got).max(initial=0.0))
                    if want.shape == got.shape and np.all(np.isfinite(want)) and np.all(np.abs(want - got) <= room):
                        fitting.add(name)
        left = fitting if left is None else left & fitting
        if not left:
            return []
    for name in sorted(left or ()):
        text = f"the gradient by {role} is that of a formula with {name.replace('_', ' ')}"
        return [Mistake(f"gradient_by_{role}_{name}", text)]
    return []


def _from_tables(session: Session, role: str, observed: dict[str, dict[str, np.ndarray]]) -> list[Mistake]:
    """Compare with the wrong backward passes of a factor or a sampler that people write."""
    contract = session.contract
    if contract.quantity not in ("vjp_cholesky", "vjp_rsample"):
        return []
    left: dict[str, str] | None = None
    for case in session.cases:
        if not case.ordinary or role not in observed.get(case.name, {}):
            continue
        with np.errstate(all="ignore"):
            known = (
                cholesky_backward(contract, case.arrays) if contract.quantity == "vjp_cholesky"
                else sampler_backward(contract, case.arrays).get(role, {})
            )  # fmt: skip
        got = observed[case.name][role]
        room = 1e-4 * (np.abs(got).max(initial=0.0) + 1e-300)
        near = {n for n, (_, a) in known.items() if a.shape == got.shape and np.abs(a - got).max(initial=0.0) < room}
        left = {n: known[n][0] for n in known if n in near and (left is None or n in left)}
    start = f"in the gradient by {role}: it" if contract.quantity == "vjp_rsample" else "the backward pass is wrong:"
    return [Mistake(f"gradient_by_{role}_{n}", f"{start} {words}") for n, words in (left or {}).items()][:1]


def _from_terms(session: Session, role: str, observed: dict[str, dict[str, np.ndarray]]) -> list[Mistake]:
    """Fit the coefficients of the terms to a wrong gradient."""
    contract = session.contract
    columns, target = _columns(session, role, observed)
    if not target:
        return []
    matrix = np.stack([np.concatenate(c) for c in columns.values()], axis=-1)
    names = list(columns)
    alive = [i for i in range(len(names)) if np.any(matrix[:, i])]
    matrix, names = matrix[:, alive], [names[i] for i in alive]
    y = np.concatenate(target)
    if not names or not np.all(np.isfinite(y)):
        return []
    solution = np.linalg.lstsq(matrix, y, rcond=1e-9)[0]
    if np.max(np.abs(matrix @ solution - y)) > 1e-4 * (np.abs(matrix * solution).sum(1).max() + 1e-300):
        return []
    true = textbook.COEFFICIENTS[contract.base]
    ratios = {n: float(np.round(s / true[n], 4)) for n, s in zip(names, solution, strict=True)}
    if len(set(ratios.values())) == 1:
        ratio = next(iter(ratios.values()))
        if ratio == 1:
            return []
        part = coefficient("x", ratio).name.removeprefix("x_")
        return [Mistake(f"gradient_by_{role}_{part}", f"the gradient by {role} is {ratio:g} times what it should be")]
    found = []
    for name, ratio in ratios.items():
        if ratio == 0 and contract.kind == "value":
            found.append(Mistake(f"{name}_detached_from_{role}", f"no gradient flows from the {name} term to {role}"))
        elif ratio != 1:
            one = coefficient(name, ratio)
            found.append(Mistake(f"gradient_by_{role}_{one.name}", f"in the gradient by {role}, {one.sentence}"))
    return found


def _times(factor: float, gradient: np.ndarray, _: np.ndarray) -> np.ndarray:
    return factor * gradient


def _from_shape(session: Session, role: str, observed: dict[str, dict[str, np.ndarray]]) -> list[Mistake]:
    """Compare a wrong gradient by a matrix, or by a raw scale, with what people leave out around a right one."""
    contract = session.contract
    pairs = [
        (case, observed[case.name][role], written(session, case)[0][role])
        for case in session.cases
        if case.ordinary and case.name in observed and role in observed[case.name]
    ]

    def fits(change: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> bool:
        with np.errstate(all="ignore"):
            return all(
                np.shape(got) == np.shape(want)
                and np.allclose(change(want, case.arrays[role]), got, rtol=1e-4, atol=1e-6)
                for case, got, want in pairs
            )

    factors: dict[str, float] = {"sign": -1.0, "doubled": 2.0, "halved": 0.5}
    changes: dict[str, tuple[str, Callable[[np.ndarray, np.ndarray], np.ndarray]]] = {
        "times_raw": ("is multiplied with the argument: the chain rule is applied once too often", lambda g, x: g * x),
        "over_raw": ("is divided by the argument: the chain rule is missing", lambda g, x: g / x),
        "for_log": ("lacks the chain rule of the exponential", lambda g, x: g * np.exp(-x)),
        "for_half_log": ("lacks the chain rule of the exponential", lambda g, x: g * np.exp(-x / 2)),
        "for_logstd": ("is that by another parameter", lambda g, x: g * np.exp(-x / 2) * 2),
        "for_sqrt": ("is that by the variance", lambda g, x: g / (2 * x)),
        "for_square": ("is that by the standard deviation", lambda g, x: g * 2 * np.sqrt(np.abs(x))),
    }
    if is_matrix(*contract.part_of(role)) or contract.quantity == "vjp_cholesky":
        t = lambda g: np.swapaxes(g, -1, -2)  # noqa: E731
        changes = {
            "symmetric_convention": ("counts each off-diagonal entry by half: it is that of the symmetric convention",
                             lambda g, _: g),
            "transposed": ("is transposed", lambda g, _: t(g)),
            "lower_convention": ("counts off-diagonals twice, in the lower part",
                             lambda g, _: 2 * np.tril(g, -1) + np.eye(g.shape[-1]) * g),
            "upper_convention": ("counts off-diagonals twice, in the upper part",
                             lambda g, _: 2 * np.triu(g, 1) + np.eye(g.shape[-1]) * g),
            "off_diagonals_doubled": ("counts off-diagonals twice", lambda g, _: 2 * g - np.eye(g.shape[-1]) * g),
            "only_lower": ("is cut to its lower part", lambda g, _: np.tril(g)),
            "only_diagonal": ("is cut to its diagonal", lambda g, _: np.eye(g.shape[-1]) * g),
            "diagonal_doubled": ("counts the diagonal twice as well as off-diagonals", lambda g, _: 2 * np.tril(g)),
            "diagonal_doubled_above": ("counts the diagonal twice as well as off-diagonals",
                                       lambda g, _: 2 * np.triu(g)),
        }  # fmt: skip
    if role.endswith("packed"):
        axis = contract.packed_axis
        changes = {"halves_exchanged": ("has the half by the mean where that by the scale is due, and the other way",
                                        lambda g, _: joined(*parted(g, axis)[::-1], axis))}  # fmt: skip
    if pairs and all(not np.any(want) for _, _, want in pairs):
        text = f"the gradient by {role} must be zero: what is promised does not depend on it"
        return [Mistake(f"gradient_by_{role}_not_zero", text)]
    for name, times in factors.items():
        changes[name] = f"is {times:g} times what it should be", partial(_times, times)
    found = [
        Mistake(f"gradient_by_{role}_{n}", f"the gradient by {role} {w}") for n, (w, c) in changes.items() if fits(c)
    ]
    sizes = (
        ("batch", lambda c: np.prod(c.batch)),
        ("event", lambda c: np.prod(c.event)),
        ("batch and the event", lambda c: np.prod(c.batch) * np.prod(c.event)),
    )
    for words, size in sizes:
        for phrase, power in (("not divided by", 1), ("divided by", -1)):
            same = all(
                got.shape == want.shape and np.allclose(got, want * float(size(case)) ** power, rtol=1e-4, atol=1e-6)
                for case, got, want in pairs
            )
            if same and not found:
                text = f"the gradient by {role} is {phrase} the size of the {words}: it belongs to another reduction"
                found = [Mistake(f"gradient_by_{role}_of_another_reduction", text)]
    if not found and structure_of(contract, role) in ("lower", "strictly_lower"):
        strictly = structure_of(contract, role) == "strictly_lower"
        cut = all(np.allclose(comparable(contract, role, got), want, rtol=1e-4, atol=1e-6) for _, got, want in pairs)
        words = "below its diagonal: the ones do not move" if strictly else "to the lower triangle"
        found = [Mistake("tril_missing", f"the gradient by {role} is not cut {words}")] if cut else []
    return found[:1]
