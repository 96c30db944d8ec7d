"""Lives here: the parameters of one normal law as a named tuple for each parameterization, for use as annotations.
May not live here: numbers, or an import of an array library: Hypothesis loads this module when it is imported."""

from __future__ import annotations

from collections import namedtuple
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from mvn_symbolic.verify.signatures import PARAMETERS

if TYPE_CHECKING:
    import numpy as np

__all__ = [
    "LAWS",
    "CovarianceLaw",
    "DiagLaw",
    "LogCholeskyLaw",
    "LogvarLaw",
    "LowRankLaw",
    "PrecisionLaw",
    "SoftplusLaw",
    "TrilLaw",
    "register",
]


class DiagLaw(NamedTuple):
    """Independent coordinates with standard deviations: ``loc`` (k,) and ``scale_diag`` (k,)."""

    loc: np.ndarray
    scale_diag: np.ndarray


class LogvarLaw(NamedTuple):
    """Independent coordinates with logarithms of variances: ``loc`` (k,) and ``logvar`` (k,)."""

    loc: np.ndarray
    logvar: np.ndarray


class SoftplusLaw(NamedTuple):
    """Independent coordinates whose standard deviations are the softplus of ``rho``: ``loc`` (k,) and ``rho`` (k,)."""

    loc: np.ndarray
    rho: np.ndarray


class TrilLaw(NamedTuple):
    """A lower-triangular factor of the covariance: ``loc`` (k,) and ``scale_tril`` (k, k)."""

    loc: np.ndarray
    scale_tril: np.ndarray


class LogCholeskyLaw(NamedTuple):
    """A factor with the logarithm of its diagonal, packed: ``loc`` (k,) and ``raw_tril`` (k (k + 1) / 2,)."""

    loc: np.ndarray
    raw_tril: np.ndarray


class CovarianceLaw(NamedTuple):
    """``loc`` (k,) and ``covariance_matrix`` (k, k)."""

    loc: np.ndarray
    covariance_matrix: np.ndarray


class PrecisionLaw(NamedTuple):
    """``loc`` (k,) and the inverse of the covariance, ``precision_matrix`` (k, k)."""

    loc: np.ndarray
    precision_matrix: np.ndarray


class LowRankLaw(NamedTuple):
    """A covariance of a factor and a diagonal: ``loc`` (k,), ``cov_factor`` (k, r) and ``cov_diag`` (k,)."""

    loc: np.ndarray
    cov_factor: np.ndarray
    cov_diag: np.ndarray


_WRITTEN: Final[dict[str, type[tuple]]] = {
    "diag": DiagLaw,
    "logvar": LogvarLaw,
    "softplus": SoftplusLaw,
    "tril": TrilLaw,
    "log_cholesky": LogCholeskyLaw,
    "covariance": CovarianceLaw,
    "precision": PrecisionLaw,
    "low_rank": LowRankLaw,
}
"""Those with a docstring of their own."""


def _made(name: str) -> type[tuple]:
    """A class for a parameterization that has none written, which is found here by its name as well."""
    title = f"{name.title().replace('_', '')}Law"
    law = namedtuple(title, PARAMETERS[name], module=__name__)  # type: ignore[misc]
    globals()[title] = law
    return law


LAWS: Final[dict[str, type[tuple]]] = {name: _WRITTEN.get(name) or _made(name) for name in PARAMETERS}
"""Parameterization, as the generated modules are called, -> the class of its parameters."""


def register() -> None:
    """Tell Hypothesis how to draw a law where one is an annotation; it calls this by the entry point ``hypothesis``.

    Nothing is loaded here but Hypothesis, which is loading already; NumPy comes when a law is drawn.
    """
    from hypothesis.strategies import register_type_strategy

    for name, law in LAWS.items():
        register_type_strategy(law, _drawn(name))


def _drawn(name: str) -> Any:
    def strategy(_law: type) -> Any:
        from mvn_symbolic.verify.strategies import mvn_parameters

        return mvn_parameters(name)

    return strategy
