"""Lives here: which laws and arguments a quantity has, which arguments a parameterization has, what moves in each.
May not live here: numbers, names of public code, formulas."""

from __future__ import annotations

from typing import Final, NamedTuple

LAYOUT: Final[dict[str, dict[str, str]]] = {
    "var": {"scale": ""}, "std": {"scale": ""}, "logstd": {"scale": ""}, "logvar": {"scale": ""}, "rho": {"scale": ""},
    "packed": {"packed": ""},
    "scale_tril": {"scale": "lower"}, "scale_unit_tril": {"scale": "", "unit_tril": "strictly_lower"},
    "log_cholesky": {"raw_tril": ""},
    "covariance": {"scale": "symmetric"}, "precision": {"scale": "symmetric"}, "low_rank": {"factor": "", "diag": ""},
}  # fmt: skip
"""Parameterization -> its raw parameters beside the mean, and what may move in each: an empty string is everything."""
GENERATED: Final = {
    "diag": "std", "logvar": "logvar", "softplus": "rho", "tril": "scale_tril", "log_cholesky": "log_cholesky",
    "covariance": "covariance", "precision": "precision", "low_rank": "low_rank",
}  # fmt: skip
"""Generated module, and parameterization of an oracle -> what its laws are called here."""
DENSE: Final = ("scale_tril", "scale_unit_tril", "log_cholesky", "covariance", "precision", "low_rank")
DIAGONAL: Final = tuple(name for name in LAYOUT if name not in DENSE)
"""Coordinates are independent: one raw number each (of ``packed``, two: mean and log-variance in one tensor)."""
MATRICES: Final = tuple(name for name in DENSE if tuple(LAYOUT[name]) == ("scale",))
"""Parameterizations by one matrix: its ``scale`` has a row and a column for every event."""
SYMMETRIC: Final = tuple(name for name in MATRICES if LAYOUT[name]["scale"] == "symmetric")
LOGARITHMIC: Final = ("logvar", "logstd", "rho", "packed", "log_cholesky")
"""Parameterizations whose raw numbers enter by an exponential: a small change is one of 1, not one of themselves."""


class Quantity(NamedTuple):
    """What a named quantity is a function of."""

    laws: tuple[str, ...] = ("",)
    """The prefix of the roles of each of its laws."""
    extra: tuple[str, ...] = ()
    """Its arguments beside those of laws."""
    mean: bool = True
    """Whether a mean is among its arguments."""


QUANTITIES: Final = {
    "kl_standard_normal": Quantity(),
    "kl_divergence": Quantity(laws=("p_", "q_")),
    "log_prob": Quantity(extra=("value",)),
    "entropy": Quantity(),
    "log_det": Quantity(mean=False),
    "std": Quantity(mean=False),
}


def quantity_of(base: str) -> Quantity:
    """Return what a quantity is a function of; one law, where it has no row: samples and their products."""
    return QUANTITIES.get(base, Quantity())


def parts(name: str) -> tuple[str, ...]:
    """Return the raw parameters of a parameterization, by their roles without the law's prefix."""
    return tuple(LAYOUT[name])


def raw_as(name: str) -> str:
    """Return the parameterization that its raw scales are of: beside means stand log-variances."""
    return "logvar" if name == "packed" else name


def is_matrix(name: str, part: str) -> bool:
    """Whether a raw parameter has a row and a column for every event, and not one number for each coordinate."""
    return part in ("factor", "unit_tril") or (part == "scale" and name in MATRICES)


def roles_of(name: str, prefix: str = "") -> tuple[str, ...]:
    """Return the roles of all arguments of a law: its mean, unless it is packed with the rest, and its parts."""
    means = () if name == "packed" else ("mean",)
    return tuple(prefix + part for part in (*means, *parts(name)))
