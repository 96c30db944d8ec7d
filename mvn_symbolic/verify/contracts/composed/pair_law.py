"""Lives here: the law that a sampler has, and the KL divergence that goes with it, whatever its head means.
May not live here: verdicts (`pair`), how a sampler's map is found (`affine`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from mvn_symbolic.verify.contracts import textbook
from mvn_symbolic.verify.contracts.calls.libraries import loaded
from mvn_symbolic.verify.contracts.calls.results import as_array
from mvn_symbolic.verify.contracts.calls.running import Caller
from mvn_symbolic.verify.contracts.contract import REDUCTIONS, Contract
from mvn_symbolic.verify.contracts.session import Case
from mvn_symbolic.verify.contracts.truths.truth import reduced

_ROOM: Final = 2e-3


READINGS: Final[dict[str, Callable[[np.ndarray], np.ndarray]]] = {
    **{name: textbook.VARIANCES[name] for name in ("logvar", "logstd", "std", "var", "rho")},
    "softplus_variance": textbook.VARIANCES["softplus_as_variance"],
    "logprecision": textbook.VARIANCES["logprecision"],
    "precision": textbook.VARIANCES["precision"],
    "half_logvar": textbook.VARIANCES["exp(logvar/4)"],
    "double_logstd": textbook.VARIANCES["exp(2 logvar)"],
    "elu": lambda raw: textbook.elu(raw) ** 2,
    "elu_variance": textbook.elu,
    "sigmoid": lambda raw: textbook.sigmoid(raw) ** 2,
    "sigmoid_variance": textbook.sigmoid,
    "unit": np.ones_like,
}
"""Head -> variance, by what it is read as; the first five are parameterizations of contracts."""
HEADS: Final = tuple(READINGS)[:5]
WORDS: Final = {
    "logvar": "log-variance", "logstd": "log-std", "std": "std", "var": "variance", "rho": "softplus of it is the std",
    "softplus_variance": "softplus of it is the variance", "logprecision": "log-precision", "precision": "precision",
    "half_logvar": "twice a log-variance", "double_logstd": "half a log-std", "elu": "elu + 1 of it is the std",
    "elu_variance": "elu + 1 of it is the variance", "sigmoid": "sigmoid of it is the std",
    "sigmoid_variance": "sigmoid of it is the variance", "unit": "nothing (unit variance)", "other": "something else",
    "scale_tril": "Cholesky factor", "covariance": "covariance", "diagonal_of_factor": "diagonal of a factor",
    "transposed_factor": "transposed factor", "factor_as_covariance": "covariance", "covariance_as_factor": "factor",
    "diagonal_of_covariance": "diagonal of a covariance", "full_factor": "factor that is no triangle",
    "low_rank": "low rank plus diagonal", "scale_unit_tril": "scale times unit triangle",
    "log_cholesky": "packed Cholesky factor",
}  # fmt: skip


@dataclass(frozen=True)
class Law:
    """Means (samples, coordinates) and covariances (samples, coordinates, coordinates) at one case."""

    case: Case
    mean: np.ndarray
    blocks: np.ndarray

    def terms(self, diagonal: bool) -> tuple[np.ndarray, np.ndarray]:
        """Return the divergence from N(0, I), and the size of its terms: per coordinate, or else per sample."""
        with np.errstate(all="ignore"):
            if diagonal:
                variance = np.diagonal(self.blocks, axis1=-2, axis2=-1)
                parts = (variance, self.mean**2, -np.log(variance), -np.ones_like(variance))
                shape = self.case.batch + self.case.event
            else:
                trace = np.trace(self.blocks, axis1=-2, axis2=-1)
                log_det = np.linalg.slogdet(self.blocks)[1]
                size = self.mean.shape[-1]
                parts = (trace, (self.mean**2).sum(-1), -log_det, np.full(trace.shape, -float(size)))
                shape = self.case.batch
            value = 0.5 * sum(parts, np.zeros(()))
            weight = 0.5 * sum((np.abs(p) for p in parts), np.zeros(()))
        return value.reshape(shape), weight.reshape(shape)


def read_as(reading: str, contract: Contract, case: Case) -> Law:
    """Return the law of a head that is read in some way; of matrices by the names of `textbook.COVARIANCES`."""
    samples, size = int(np.prod(case.batch)), int(np.prod(case.event))
    mean, raws = textbook.parts(contract, "", case.arrays)
    mean = np.broadcast_to(mean, case.batch + case.event).reshape(samples, size)
    with np.errstate(all="ignore"):
        if contract.diagonal:
            blocks = READINGS[reading](raws[0]).reshape(samples, size)[..., None] * np.eye(size)
        else:
            blocks = textbook.COVARIANCES[reading](*raws).reshape(samples, size, size)
    return Law(case, mean, blocks)


def answers(fn: Callable[..., Any], contract: Contract, cases: Sequence[Case]) -> tuple[dict[str, np.ndarray], str]:
    """Return what a function gives at cases, in the first array library and precision that it takes, or the problem."""
    order = contract.arguments or contract.roles
    problem = ""
    others = [name for name in loaded() if name != contract.backend]
    for backend, dtype in ((contract.backend, "float64"), (contract.backend, "float32"),
                           *((name, "float64") for name in others)):  # fmt: skip
        caller = Caller(fn, order, backend, dtype)
        outcomes = [caller(case.arrays) for case in cases]
        problem = problem or next((o.problem for o in outcomes if o.problem), "")
        arrays = [as_array(o.result) for o in outcomes]
        if not any(o.problem for o in outcomes) and all(a is not None for a in arrays):
            return {c.name: a for c, a in zip(cases, arrays, strict=True) if a is not None}, ""
        if any(o.timed_out for o in outcomes):
            break
    return {}, problem or "returns no array of real numbers"


def agrees(contract: Contract, reduction: str, laws: Sequence[Law], got: Mapping[str, np.ndarray]) -> bool:
    """Whether values are the divergences of these laws under a reduction."""
    if reduction == "none" and not contract.diagonal:
        return False
    for law in laws:
        value, weight = (np.asarray(reduced(contract, n, reduction)) for n in law.terms(contract.diagonal))
        there = got.get(law.case.name)
        if there is None or there.size != value.size or (there.shape != value.shape and value.size != 1):
            return False
        off = np.abs(there.reshape(value.shape) - contract.sign * contract.scale * value)
        if not np.all(off <= _ROOM * abs(contract.scale) * weight):
            return False
    return True


def fitting(contract: Contract, laws: Sequence[Law], got: Mapping[str, np.ndarray]) -> list[str]:
    """Return the reductions whose shape is that of the values at every case, the promised one alone if there is one."""
    if contract.reduction in REDUCTIONS:
        return [contract.reduction]
    found = []
    for reduction in ("per_sample", "batch_mean", "sum", "mean", "none"):
        if reduction == "none" and not contract.diagonal:
            continue
        shapes = [np.shape(reduced(contract, law.terms(contract.diagonal)[0], reduction)) for law in laws]
        same = [got[law.case.name].shape == shape for law, shape in zip(laws, shapes, strict=True)]
        if all(same):
            found.append(reduction)
    return found or ["per_sample"]
