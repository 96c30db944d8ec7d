"""Lives here: the known mistakes: their names, what each is in a sentence, and the wrong terms they put into a formula.
May not live here: the search for the mistake a function agrees with (`explainer`)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from mvn_symbolic.verify.contracts import textbook
from mvn_symbolic.verify.contracts.contract import Contract
from mvn_symbolic.verify.contracts.diagnosis.low_rank import low_rank_variants
from mvn_symbolic.verify.contracts.diagnosis.outer_sums import WORDS_OF_SUMS, logs_of_sums, variances_of_sums
from mvn_symbolic.verify.contracts.truths import truth


@dataclass(frozen=True)
class Mistake:
    """A known mistake by name and in a sentence."""

    name: str
    sentence: str


TERMS: Final = {
    "logdet": "the log-determinant (sum of log variances)",
    "logdet_p": "the log-determinant of the first law",
    "logdet_q": "the log-determinant of the second law",
    "trace": "the trace term (sum of variances, or of their ratios)",
    "quad": "the quadratic term (squared mean, or squared distance)",
    "const": "the constant (one for each coordinate)",
    "std": "the standard deviation",
}

READINGS: Final = {
    "precision": "an inverse variance (precision)",
    "logprecision": "a log-precision (its sign is wrong)",
    "exp(2 logvar)": "twice a log standard deviation: exp(2 logvar) is squared once more",
    "exp(logvar/4)": "half a log-variance: exp(logvar/2) is taken for the variance",
    "softplus_as_variance": "the variance: its softplus is not squared",
    "exp(0.5 ** raw)": "a power of one half: 0.5 ** logvar is taken for 0.5 * logvar",
    "softplus of softplus": "a number that needs two softplus: it is applied twice",
    "exp of exp": "a number that needs two exponentials: exp is applied twice",
    "diagonal_of_precision": "a diagonal precision: the inverse is taken entry by entry",
    "full_factor": "a full factor: entries above the diagonal are used (tril is missing)",
    "transposed_factor": "the transposed factor: L'L where L L' is meant",
    "diagonal_of_factor": "a diagonal factor: entries below the diagonal are ignored",
    "product_as_factor": "a factor to be multiplied with its transpose: L L' is taken for the Cholesky factor",
    "factor_as_covariance": "the covariance itself (it is not squared)",
    "diagonal_of_covariance": "a diagonal covariance: correlations are ignored",
    "covariance_as_lower_factor": "a factor: its lower triangle is taken for the Cholesky factor",
    "covariance_as_factor": "a factor of the covariance (it is squared once more)",
    "low_rank_diag_as_std": "low rank plus squared diagonal",
    "low_rank_without_diag": "low rank without its diagonal",
    "low_rank_without_factor": "its diagonal part alone",
    "unit_tril_times_scale": "a factor whose columns are scaled",
    "filled_row_by_row": "a factor whose entries below the diagonal are filled row by row",
    "packed_row_by_row": "a triangle packed row by row, with its diagonal where it stands",
    "diagonal_without_exp": "a factor whose diagonal is given as it is: the exponential is missing",
    "diagonal_by_softplus": "a factor whose diagonal is a softplus, not an exponential",
    "diagonal_as_log_variances": "a factor whose diagonal is given by twice its logarithms",
    "unit_tril_alone": "the unit triangle alone: the scale is left out",
    "unit_tril_times_variance": "U diag(scale) U': the scale is not squared",
}


def _mean_of(numbers: np.ndarray, samples: int) -> np.ndarray:
    return np.asarray(numbers[:samples].sum() / max(samples, 1))


def _over_event(numbers: np.ndarray, samples: int, over: Callable[..., np.ndarray]) -> np.ndarray:
    """Return a mean or sum over the event in the place of each of its numbers."""
    axes = tuple(range(samples, numbers.ndim))
    return over(numbers, axis=axes, keepdims=True) + 0 * numbers if axes and numbers.size else numbers


_ADDED: Final = (0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2 * math.pi)
"""Numbers that people add inside a logarithm."""
SENTENCES: Final = {
    **WORDS_OF_SUMS,
    "integer_division_in_constant": "the number of coordinates is halved by an integer division: k // 2 for k / 2",
    "capacitance_without_inverse_diagonal": "the capacitance matrix lacks D^-1: it is I + W'W, not I + W' D^-1 W",
    "capacitance_without_identity": "the capacitance matrix lacks its identity: it is W' D^-1 W, not I + W' D^-1 W",
    "diagonal_multiplies_in_capacitance": "the capacitance matrix has D where D^-1 is meant",
    "correction_without_inverse_diagonal": "beside the capacitance matrix, W' lacks D^-1",
    "inverse_diagonal_missing_around_capacitance": "D^-1 is missing in the capacitance matrix and beside it",
    "capacitance_not_inverted": "the capacitance matrix is not inverted",
    "factor_of_precision_transposed_in_quadratic": "the factor of the precision is not transposed before the distance",
    "diagonal_of_factor_for_std": "the diagonal of the Cholesky factor is taken for the deviations",
    "eigenvalues_for_variances": "roots of eigenvalues are taken for the deviations",
    "eigenvalues_for_variances_falling": "roots of eigenvalues are taken for the deviations",
    "factor_multiplies_in_quadratic": "the factor multiplies the distance where it is to be solved with",
    "sigma_as_denominator_in_quadratic": "the squared distance is divided by the deviation, not by the variance",
    **{f"distance_clamped_to_{c}": f"the distance is clamped to {c} deviations" for c in (1, 2, 3, 4, 5, 10)},
    **{f"log_plus_{c:g}": f"{c:g} is added inside the log" for c in _ADDED},
    **{f"log_plus_{c:g}_to_sigma": f"{c:g} is added to sigma in the log" for c in _ADDED},
    **{f"taylor_{n}_in_{term}": f"the exponential in {words} is cut off after its power {n} (Taylor)"
       for n in (1, 2, 3, 4) for term, words in (("trace", "the trace term"), ("quadratic", "the quadratic term"))},
}  # fmt: skip
"""Of wrong terms whose names do not say it all."""


REDUCED: Final[dict[str, Callable[[np.ndarray, int], np.ndarray]]] = {
    **truth.REDUCED,
    "event_mean": lambda v, b: v.mean(axis=tuple(range(b, v.ndim))) if v.ndim > b else v,
    "event_mean_batch_sum": lambda v, b: np.asarray(v.sum() / max(int(np.prod(v.shape[b:])), 1)),
    "over_batch": lambda v, b: v.sum(axis=tuple(range(b))),
    "batch_mean_over_batch": lambda v, b: np.asarray(v.sum() / max(int(np.prod(v.shape[:b])), 1) ** 2),
    "mean_over_event": lambda v, b: np.asarray(v.sum() / max(v.size, 1) / max(int(np.prod(v.shape[b:])), 1)),
    "last_sample": lambda v, b: np.asarray(v[(-1,) * b].sum()) if b and v.size else v,
    "largest": lambda v, b: np.asarray(v.sum(axis=tuple(range(b, v.ndim))).max()) if v.size else v,
    "mean_over_batch": lambda v, b: v.mean(axis=tuple(range(b))),
    "over_last_axis": lambda v, _: v.sum(axis=-1) if v.ndim else v,
    "keepdim": lambda v, b: v.sum(axis=tuple(range(b, v.ndim)), keepdims=True),
    "mean_without_last_sample": lambda v, b: _mean_of(v, max(len(v) - 1, 1)) if b else v,
    "mean_of_even_samples": lambda v, b: _mean_of(v, len(v) // 2 * 2 or len(v)) if b else v,
    "sum_without_last_sample": lambda v, b: np.asarray(v[: max(len(v) - 1, 1)].sum()) if b else v,
    "sum_of_even_samples": lambda v, b: np.asarray(v[: len(v) // 2 * 2 or len(v)].sum()) if b else v,
    "event_mean_everywhere": lambda v, b: _over_event(v, b, np.mean),
    "event_sum_everywhere": lambda v, b: _over_event(v, b, np.sum),
    "mean_over_batch_less_one": lambda v, b: np.asarray(v.sum() / max(int(np.prod(v.shape[:b])) - 1, 1)),
    "first_sample_times_batch": lambda v, b: (
        np.asarray(v[(0,) * b].sum() * np.prod(v.shape[:b])) if b and v.size else v
    ),
    "first_sample": lambda v, b: np.asarray(v[(0,) * b].sum()) if b and v.size else v,
    "over_axis_one": lambda v, _: v.sum(axis=1) if v.ndim > 2 else v,
    "mean_over_last_axis_of_batch_sum": lambda v, b: v.sum(axis=0).mean(axis=-1) if b == 1 and v.ndim == 2 else v,
    "mean_over_first_axis": lambda v, _: np.asarray(v.sum() / max(v.shape[0], 1)) if v.ndim else v,
    "axis_one_summed_then_mean": lambda v, _: np.asarray(v.sum(axis=1).mean()) if v.ndim > 2 and v.size else v,
    "last_axis_summed_then_mean": lambda v, _: np.asarray(v.sum(axis=-1).mean()) if v.ndim > 2 and v.size else v,
}
"""What people do to the numbers: those of contracts, and those that are always wrong."""

REDUCED_WORDS: Final = {
    "none": "nothing is summed", "per_sample": "sums stop at each sample", "sum": "everything is summed",
    "batch_mean": "the mean over the batch of sums over the event", "mean": "the mean of all numbers",
    "masked_mean": "the mean of what is not masked",
    "event_mean": "the mean over the event where its sum is meant",
    "event_mean_batch_sum": "the mean over the event, summed over the batch",
    "over_batch": "the batch axis is summed instead of the event", "keepdim": "the event axis is kept, with one entry",
    "mean_over_batch": "the batch axis is averaged instead of the event summed",
    "batch_mean_over_batch": "it is divided by the batch size twice",
    "mean_over_event": "it is divided by the size of the event twice", "last_sample": "only the last sample counts",
    "largest": "the largest of the samples is taken",
    "mean_without_last_sample": "the mean over the batch without its last sample",
    "mean_of_even_samples": "the last sample of an odd batch is dropped, and the mean taken over the others",
    "sum_without_last_sample": "the sum over the batch without its last sample",
    "sum_of_even_samples": "the last sample of an odd batch is dropped, and the others summed",
    "event_mean_everywhere": "each number is replaced by the mean over its event",
    "event_sum_everywhere": "each number is replaced by the sum over its event",
    "mean_over_batch_less_one": "it is divided by the batch size less one",
    "first_sample_times_batch": "the first sample counts for all",
    "over_last_axis": "only the last axis is summed", "first_sample": "only the first sample counts",
    "over_axis_one": "only axis 1 is summed", "mean_over_first_axis": "the mean over the first batch axis alone",
    "axis_one_summed_then_mean": "axis 1 is summed and the mean taken over the others",
    "last_axis_summed_then_mean": "the last axis is summed and the mean taken over the others",
    "mean_over_last_axis_of_batch_sum": "sum over the batch, then mean over the event: sum and mean are exchanged",
}  # fmt: skip


def _diag(matrix: np.ndarray) -> np.ndarray:
    return np.diagonal(matrix, axis1=-2, axis2=-1)


def _distance(m: np.ndarray, n: np.ndarray | None, x: np.ndarray | None) -> np.ndarray:
    if x is not None:
        return x - m
    return m if n is None else m - n


def _taylor(x: np.ndarray, order: int) -> np.ndarray:
    """Return the exponential, cut off after a power."""
    return sum((x**n / math.factorial(n) for n in range(order + 1)), np.zeros(()))


def _ratio_of(s: np.ndarray, t: np.ndarray | None) -> np.ndarray:
    return s if t is None else s / t


def _diagonal_variants(
    contract: Contract, m: np.ndarray, s: np.ndarray, n: np.ndarray | None, t: np.ndarray | None, x: np.ndarray | None,
    raw: np.ndarray,
) -> dict[str, dict[str, np.ndarray]]:  # fmt: skip
    ratio = _ratio_of(s, t)
    wide = t if t is not None else (s if x is not None else None)
    d = _distance(m, n, x)
    found: dict[str, dict[str, np.ndarray]] = {"trace": {}, "quad": {}, "logdet": {}}
    if contract.base in ("kl_standard_normal", "kl_divergence"):
        found["trace"] = {
            "sigma_for_variance_in_trace": np.sqrt(ratio), "variance_squared_in_trace": ratio**2,
            "inverse_in_trace": 1 / ratio, "log_variance_in_trace": np.log(ratio),
        }  # fmt: skip
        if t is None and contract.parameterization in ("logvar", "logstd", "rho", "packed"):
            found["trace"] |= variances_of_sums(contract, raw)
        found["trace"] |= {f"taylor_{n}_in_trace": _taylor(np.log(ratio), n) for n in (2, 3, 4)}
        if t is not None:
            found["trace"] |= {"denominator_missing_in_trace": s + 0 * t,
                               "sigma_as_denominator_in_trace": s / np.sqrt(t),
                               "sigma_as_numerator_in_trace": np.sqrt(s) / t,
                               "times_variance_in_trace": s * t}  # fmt: skip
    power = 1.0 if wide is None else wide
    found["quad"] = {
        "square_of_mean_missing": d / power, "absolute_value_for_square": np.abs(d) / power,
        "square_of_the_sum": d * d.sum(axis=-1, keepdims=True) / power if d.ndim else d * d / power,
        "fourth_power_for_square": d**4 / power, "exponential_for_square": np.exp(d) / power,
    }  # fmt: skip
    if d.size:
        axes = tuple(range(contract.batch_ndim, d.ndim))
        size = max(int(np.prod([d.shape[a] for a in axes])), 1)
        each = np.sqrt((d * d / power).sum(axis=axes, keepdims=True)) / size
        samples = tuple(range(contract.batch_ndim))
        found["quad"]["mean_centred_over_batch"] = (d - d.mean(axis=samples, keepdims=True)) ** 2 / power
        everything = np.sqrt((d * d / power).sum()) / d.size
        found["quad"] |= {"norm_for_square": each + 0 * d, "norm_of_all_for_square": everything + 0 * d}
    if wide is not None:
        found["quad"] |= {
            "denominator_missing_in_quadratic": d * d, "sigma_as_denominator_in_quadratic": d * d / np.sqrt(wide),
            "variance_squared_in_quadratic": d * d / wide**2, "times_variance_in_quadratic": d * d * wide,
            "distance_not_squared": d / np.sqrt(wide), "distance_absolute": np.abs(d) / np.sqrt(wide),
            "mean_not_subtracted": (x if x is not None else m) ** 2 / wide,
            "sign_inside_the_square": (2 * m + d if x is not None else 2 * m - d) ** 2 / wide,
            "mean_left_out_of_one_factor": d * (x if x is not None else m) / wide,
        }  # fmt: skip
        if x is not None:
            found["quad"]["sign_inside_one_factor"] = d * (2 * m + d) / wide
        if t is not None:
            found["quad"] |= {"denominator_of_the_other_law": d * d / s, "difference_of_squares": d * (2 * m - d) / t,
                              "only_the_second_mean": (m - d) ** 2 / t}  # fmt: skip
        z = d / np.sqrt(wide)
        found["quad"] |= {f"distance_clamped_to_{c}": np.clip(z, -c, c) ** 2 for c in (1, 2, 3, 4, 5, 10)}
        found["quad"] |= {f"taylor_{n}_in_quadratic": d * d * _taylor(-np.log(wide), n) for n in (1, 2, 3)}
    elif contract.base == "kl_standard_normal":
        found["quad"] |= {"mean_divided_by_variance": m * m / s, "mean_times_variance": m * m * s,
                          "mean_divided_by_sigma": m * m / np.sqrt(s)}  # fmt: skip
    if t is not None:
        found["logdet_q"] = {
            "log_missing_of_ratio": np.sqrt(t / s), "log_missing_of_variance_ratio": t / s,
            "log1p_of_ratio": np.log1p(t / s), "inverse_ratio_without_log": np.sqrt(s / t),
        }  # fmt: skip
    if contract.base != "kl_divergence":
        found["logdet"] = logs_of_sums(contract, s)
        found["logdet"] |= {"log_missing": s + 0.0, "log_missing_of_sigma": np.sqrt(s), "log1p_for_log": np.log1p(s),
                           "log_squared": np.log(s) ** 2, "raw_for_log": raw + 0.0,
                           "raw_exponential": np.exp(raw)}  # fmt: skip
        for small in _ADDED:
            found["logdet"][f"log_plus_{small:g}"] = np.log(s + small)
            found["logdet"][f"log_plus_{small:g}_to_sigma"] = 2 * np.log(np.sqrt(s) + small)
    return found


def _form(covariance: np.ndarray, one: np.ndarray, two: np.ndarray) -> np.ndarray:
    return (one * np.linalg.solve(covariance, two[..., None])[..., 0]).sum(-1)


def _dense_variants(
    contract: Contract, m: np.ndarray, s: np.ndarray, n: np.ndarray | None, t: np.ndarray | None, x: np.ndarray | None
) -> dict[str, dict[str, np.ndarray]]:
    wide = t if t is not None else (s if x is not None else None)
    d = _distance(m, n, x)
    found: dict[str, dict[str, np.ndarray]] = {"trace": {}, "quad": {}, "logdet": {}}
    if contract.base in ("kl_standard_normal", "kl_divergence"):
        target = s if t is None else np.linalg.solve(t, s)
        found["trace"] = {"trace_of_factor": _diag(np.linalg.cholesky(s)).sum(-1),
                          "trace_of_inverse": _diag(np.linalg.inv(target)).sum(-1),
                          "sum_of_all_entries_for_trace": target.sum((-2, -1))}  # fmt: skip
        if t is not None:
            factor, other = np.linalg.cholesky(t), np.linalg.cholesky(s)
            found["trace"] |= {
                "factors_not_squared_in_trace": _diag(np.linalg.solve(factor, other)).sum(-1),
                "factor_transposed_in_trace": (np.linalg.solve(np.swapaxes(factor, -1, -2), other) ** 2).sum((-2, -1)),
                "solve_missing_in_trace": _diag(s).sum(-1) + 0 * _diag(t).sum(-1),
                "only_diagonals_in_trace": (_diag(s) / _diag(t)).sum(-1),
            }  # fmt: skip
    found["quad"] = {"square_of_mean_missing": d.sum(-1), "square_of_the_sum": d.sum(-1) ** 2}
    if wide is not None:
        factor = np.linalg.cholesky(wide)
        flipped = np.swapaxes(factor, -1, -2)
        found["quad"] |= {
            "factor_multiplies_in_quadratic": ((factor @ d[..., None])[..., 0] ** 2).sum(-1),
            "solve_missing_in_quadratic": (d * d).sum(-1) + 0 * wide[..., 0, 0],
            "factor_for_covariance_in_quadratic": (d * np.linalg.solve(factor, d[..., None])[..., 0]).sum(-1),
            "factor_transposed_in_quadratic": (np.linalg.solve(flipped, d[..., None])[..., 0] ** 2).sum(-1),
            "times_covariance_in_quadratic": (d * (wide @ d[..., None])[..., 0]).sum(-1),
            "square_missing_in_quadratic": np.sqrt(np.maximum(textbook.quadratic(wide, d), 0)),
            "only_diagonal_in_quadratic": (d * d / _diag(wide)).sum(-1),
            "only_diagonal_of_factor_in_quadratic": (d * d / _diag(factor) ** 2).sum(-1),
            "mean_not_subtracted": textbook.quadratic(wide, x if x is not None else m),
            "sign_inside_the_square": textbook.quadratic(wide, 2 * m + d if x is not None else 2 * m - d),
            "sign_inside_one_factor": _form(wide, d, 2 * m + d if x is not None else 2 * m - d),
            "mean_left_out_of_one_factor": _form(wide, d, x if x is not None else m),
            "factor_of_precision_transposed_in_quadratic":
                ((np.linalg.cholesky(np.linalg.inv(wide)) @ d[..., None])[..., 0] ** 2).sum(-1),
            "inverse_of_quadratic": 1 / np.maximum(textbook.quadratic(wide, d), 1e-300),
        }  # fmt: skip
        if t is not None:
            found["quad"] |= {"denominator_of_the_other_law": textbook.quadratic(s, d)}
    if contract.base != "kl_divergence":
        factor = np.linalg.cholesky(s)
        found["logdet"] = {"log_missing": np.linalg.det(s), "log_missing_of_factor": np.sqrt(np.linalg.det(s)),
                           "diagonal_of_covariance_for_determinant": np.log(_diag(s)).sum(-1),
                           "trace_for_determinant": np.log(_diag(s).sum(-1)),
                           "sum_outside_the_log": np.log(_diag(factor).sum(-1)),
                           "log_missing_on_diagonal": _diag(factor).sum(-1)}  # fmt: skip
    return found


def _constants(contract: Contract, like: np.ndarray, shape: tuple[int, ...]) -> dict[str, dict[str, np.ndarray]]:
    """Return constants in the place of the right one, at the shape of a term."""
    size = math.prod(shape[contract.batch_ndim :])
    if "const" not in textbook.COEFFICIENTS[contract.base] or not size:
        return {}
    once = 1 / size if contract.diagonal else 1.0
    return {"const": {"integer_division_in_constant": np.full(like.shape, once * (size // 2 * 2))}}


def variants(
    contract: Contract, arrays: Mapping[str, np.ndarray], readings: Mapping[str, str], swapped: bool
) -> dict[str, dict[str, np.ndarray]]:
    """Return, term by term, what people write by mistake in its place: name of the mistake -> numbers."""
    laws = {}
    for prefix in contract.laws:
        mean, raws = textbook.parts(contract, prefix, arrays)
        laws[prefix] = mean, textbook.spread(contract, prefix, raws, readings.get(prefix))
    prefixes = list(contract.laws)
    if len(prefixes) == 2 and (contract.direction == "reverse") != swapped:
        prefixes.reverse()
    (m, s), rest = laws[prefixes[0]], [laws[prefix] for prefix in prefixes[1:]]
    n, t = rest[0] if rest else (None, None)
    x = arrays.get("value") if contract.base == "log_prob" else None
    if contract.base == "std":
        own = {} if contract.diagonal else {"diagonal_of_factor_for_std": _diag(np.linalg.cholesky(s))}
        full, s = s, s if contract.diagonal else _diag(s)
        if not contract.diagonal:
            with np.errstate(all="ignore"):
                values = np.sqrt(np.abs(np.linalg.eigvalsh(full)))
            own |= {"eigenvalues_for_variances": values, "eigenvalues_for_variances_falling": values[..., ::-1]}
        return {"std": {**own, "variance_for_std": s + 0.0, "root_of_std": s**0.25, "inverse_of_std": 1 / np.sqrt(s),
                        "log_of_std": np.log(s)}}  # fmt: skip
    if contract.diagonal:
        raw = textbook.parts(contract, prefixes[0], arrays)[1][0]
        return _diagonal_variants(contract, m, s, n, t, x, raw) | _constants(contract, s + 0 * m, s.shape)
    found = _dense_variants(contract, m, s, n, t, x) | _constants(contract, (s[..., 0] + m)[..., 0], m.shape)
    if contract.laws[prefixes[0]] == "low_rank" and t is None and "diag" in arrays:
        for term, extra in low_rank_variants(arrays, s, _distance(m, n, x)).items():
            found.setdefault(term, {}).update(extra)
    return found


def sentence(name: str) -> str:
    """Return what a wrong term is, in words."""
    if name in SENTENCES:
        return SENTENCES[name]
    term, _, misread = name.partition("_with_")
    if misread and term in TERMS:
        parts = []
        for part in misread.split("_and_"):
            whose, _, reading = part.partition("scale_read_as_")
            law = {"p_": " of p", "q_": " of q"}.get(whose, "")
            parts.append(f"the scale{law} is read as {READINGS.get(reading, reading)}")
        return f"in {TERMS[term]}, {' and '.join(dict.fromkeys(parts))}"
    for end, words in ((" in trace", "in the trace term"), (" in quadratic", "in the quadratic term")):
        if (text := name.replace("_", " ")).endswith(end):
            return f"{words}: {text.removesuffix(end)}"
    return name.replace("_", " ")


def coefficient(term: str, ratio: float) -> Mistake:
    """Name the mistake of a term that enters with a wrong coefficient."""
    words = TERMS.get(term, term)
    for value, suffix, text in (
        (0, "missing", "is missing"), (-1, "sign", "has the wrong sign"), (2, "doubled", "enters twice"),
        (0.5, "halved", "enters by half"),
    ):  # fmt: skip
        if ratio == value:
            hint = ""
            if term.startswith("logdet") and suffix == "halved":
                hint = ": log sigma where log sigma^2 is meant, or a square root too many"
            if term.startswith("logdet") and suffix == "doubled":
                hint = ": log sigma^2 where log sigma is meant, or a factor 1/2 is missing"
            return Mistake(f"{term}_{suffix}", f"{words} {text}{hint}")
    return Mistake(f"{term}_scaled", f"{words} enters {ratio:.4g} times")
