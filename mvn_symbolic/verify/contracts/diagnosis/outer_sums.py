"""Lives here: terms in which a sum over the event is taken before the log or the exponential that stands inside it.
May not live here: other wrong terms (`mistakes`), wrong reductions of right terms (`sums`)."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from mvn_symbolic.verify.contracts import textbook
from mvn_symbolic.verify.contracts.contract import Contract

WORDS_OF_SUMS: Final = {
    "log_of_summed_variances": "the log of the sum of variances is taken for the sum of their logs",
    "log_of_summed_sigmas": "the log of the sum of deviations is taken for the sum of their logs",
    "log_of_mean_variance": "the log of the mean variance is taken for the mean of the logs",
    "log_of_mean_sigma": "the log of the mean deviation is taken for the mean of the logs",
    "log_of_mean_variance_once": "the log of the mean variance is taken, once, for the sum of the logs",
    "log_of_mean_sigma_once": "the log of the mean deviation is taken, once, for the sum of the logs",
    "variance_of_summed_raw": "raw numbers are summed before they are exponentiated",
    "variance_of_mean_raw": "raw numbers are averaged before they are exponentiated",
}


def variances_of_sums(contract: Contract, raw: np.ndarray) -> dict[str, np.ndarray]:
    """Return variances of sums and means of raw numbers, each shared out over the coordinates."""
    axes = tuple(range(contract.batch_ndim, raw.ndim))
    if not axes or not raw.size:
        return {}
    read = textbook.VARIANCES["logvar" if contract.parameterization == "packed" else str(contract.parameterization)]
    size = max(math.prod(raw.shape[a] for a in axes), 1)
    total = raw.sum(axis=axes, keepdims=True) + 0 * raw
    return {"variance_of_summed_raw": read(total) / size, "variance_of_mean_raw": read(total / size)}


def logs_of_sums(contract: Contract, s: np.ndarray) -> dict[str, np.ndarray]:
    """Return logs of sums and means over the event for sums of logs, each shared out over the coordinates."""
    axes = tuple(range(contract.batch_ndim, s.ndim))
    size = max(math.prod(s.shape[a] for a in axes), 1)
    if not axes or not s.size:
        return {}
    total, roots = (a.sum(axis=axes, keepdims=True) + 0 * s for a in (s, np.sqrt(s)))
    return {
        "log_of_summed_variances": np.log(total) / size,
        "log_of_summed_sigmas": 2 * np.log(roots) / size,
        "log_of_mean_variance": np.log(total / size),
        "log_of_mean_sigma": 2 * np.log(roots / size),
        "log_of_mean_variance_once": np.log(total / size) / size,
        "log_of_mean_sigma_once": 2 * np.log(roots / size) / size,
    }
