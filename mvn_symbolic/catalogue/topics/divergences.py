"""Floor 5, functions: how far one Gaussian is from another.

Lives here: names. May not live here: a formula; it comes from a derivation.
"""

from __future__ import annotations

from typing import Any

from mvn_symbolic.catalogue.topic import Result, Topic
from mvn_symbolic.notation.shares import share
from mvn_symbolic.notation.table import symbol

__all__ = ["TOPIC"]


def _two(name: str) -> tuple[Any, ...]:
    """Mean and spread of both laws."""
    return tuple(symbol(argument, prefix) for prefix in "pq" for argument in ("loc", name))


_TWO = _two("scale_tril")

TOPIC = Topic(
    "divergences",
    "Divergences of two Gaussians, with derived first and second derivatives.",
    (
        Result(
            "kl_divergence",
            "kl_divergence",
            "kl_divergence_stable",
            _TWO,
            "Kullback-Leibler divergence KL(p || q), by means and factors.",
            second=True,
            unit="nats",
        ),
        Result(
            "kl_divergence_covariance",
            "covariance",
            "kl_divergence_covariance_stable",
            _two("covariance_matrix"),
            "Kullback-Leibler divergence KL(p || q), by means and covariances.",
            smooth="kl_divergence_covariance",
            second=True,
            unit="nats",
        ),
        Result(
            "kl_divergence_diag",
            "kl_divergence",
            "kl_divergence_diag_stable",
            _two("scale_diag"),
            "Kullback-Leibler divergence KL(p || q), by means and standard deviations.",
            second=True,
            unit="nats",
        ),
        Result(
            "kl_divergence_logvar",
            "kl_divergence",
            "kl_divergence_logvar_stable",
            _two("logvar"),
            "Kullback-Leibler divergence KL(p || q), by means and log-variances.",
            second=True,
            unit="nats",
        ),
        Result(
            "cross_entropy",
            "cross_entropy",
            "cross_entropy",
            _TWO,
            "Cross entropy -E_p[log q].",
            second=True,
            unit="nats",
        ),
        Result(
            "jeffreys",
            "jeffreys",
            "jeffreys_stable",
            _TWO,
            "Symmetric divergence KL(p || q) + KL(q || p).",
            second=True,
            unit="nats",
        ),
        Result(
            "renyi",
            "renyi",
            "renyi",
            (*_TWO, share("alpha")),
            "Rényi divergence of an order alpha with 0 < alpha < 1; digits are lost near order 1 and near p = q.",
            unit="nats",
        ),
        Result(
            "bhattacharyya",
            "bhattacharyya",
            "bhattacharyya",
            _TWO,
            "Bhattacharyya distance: minus the log of the integral of sqrt(p q).",
            unit="nats",
        ),
        Result(
            "squared_hellinger",
            "bhattacharyya",
            "hellinger",
            _TWO,
            "Squared Hellinger distance: 1 less the integral of sqrt(p q).",
        ),
        Result(
            "squared_wasserstein",
            "wasserstein",
            "wasserstein_stable",
            _TWO,
            "Squared 2-Wasserstein distance: the least mean squared distance of coupled samples.",
            smooth="wasserstein",
            second=True,
        ),
    ),
)
