"""Lives here: the argument names, shapes and structures that every function under test promises, as plain tables.
May not live here: formulas, arrays, or any import of the floors that derive or generate those functions."""

from __future__ import annotations

from typing import Final, NamedTuple

from mvn_symbolic.notation.sizes import Size

PARAMETERS: Final[dict[str, tuple[str, ...]]] = {
    "diag": ("loc", "scale_diag"),
    "logvar": ("loc", "logvar"),
    "softplus": ("loc", "rho"),
    "tril": ("loc", "scale_tril"),
    "log_cholesky": ("loc", "raw_tril"),
    "covariance": ("loc", "covariance_matrix"),
    "precision": ("loc", "precision_matrix"),
    "low_rank": ("loc", "cov_factor", "cov_diag"),
}
"""Parameterization -> its arguments in order."""

SHAPES: Final[dict[str, tuple[str, ...]]] = {
    "loc": ("k",),
    "scale_diag": ("k",),
    "logvar": ("k",),
    "rho": ("k",),
    "scale_tril": ("k", "k"),
    "raw_tril": ("k(k+1)/2",),
    "covariance_matrix": ("k", "k"),
    "precision_matrix": ("k", "k"),
    "cov_factor": ("k", "r"),
    "cov_diag": ("k",),
    "eps": ("k",),
    "eps_factor": ("r",),
    "value": ("k",),
}
"""Argument -> event shape, in the names of the sizes."""

NOISES: Final = {"low_rank": ("eps_factor", "eps")}
"""Parameterization -> the arguments of ``rsample`` that are noise, where that is not ``eps`` alone."""

LOWER: Final = frozenset({"scale_tril"})
"""Arguments of which only the lower triangle is read."""

SYMMETRIC: Final = frozenset({"covariance_matrix", "precision_matrix"})
"""Arguments whose gradients are stated in the symmetric convention."""

LOGARITHMIC: Final = frozenset({"logvar", "rho", "raw_tril"})
"""Arguments that enter through an exponential: an absolute change of one ulp of 1 matters at any size."""

SCALAR_FUNCTIONS: Final = ("log_prob", "entropy", "kl_divergence", "kl_standard_normal")
VALUE_FUNCTIONS: Final = ("rsample", *SCALAR_FUNCTIONS)

FUNCTIONS: Final = (
    *VALUE_FUNCTIONS,
    *(f"{kind}_{function}" for function in SCALAR_FUNCTIONS for kind in ("grad", "value_and_grad", "vjp", "jvp")),
    "vjp_rsample",
    "jvp_rsample",
)
"""Every function that a generated module must have."""


class Name(NamedTuple):
    """A function name taken apart: what is returned (``value``, ``grad``, ...) and of which quantity."""

    kind: str
    function: str


def parse(name: str) -> Name:
    """Take a contract name apart: ``"vjp_log_prob"`` is the ``vjp`` of ``log_prob``."""
    for kind in ("value_and_grad", "grad", "vjp", "jvp"):
        if name.startswith(kind + "_") and name.removeprefix(kind + "_") in VALUE_FUNCTIONS:
            return Name(kind, name.removeprefix(kind + "_"))
    if name in VALUE_FUNCTIONS:
        return Name("value", name)
    raise LookupError(f"expected one of the contract's functions {FUNCTIONS}; got {name!r}")


def arguments(parameterization: str, function: str) -> tuple[str, ...]:
    """Return the differentiable arguments of a value function, in order, with the prefixes of two distributions."""
    names = PARAMETERS[parameterization]
    if function == "kl_divergence":
        return tuple(f"{side}_{name}" for side in "pq" for name in names)
    extra = {"rsample": NOISES.get(parameterization, ("eps",)), "log_prob": ("value",)}
    return names + extra.get(function, ())


def all_arguments(parameterization: str, name: str) -> tuple[str, ...]:
    """Return the arguments of any contract function; the tangents of a jvp are named ``tangent_<argument>``."""
    kind, function = parse(name)
    own = arguments(parameterization, function)
    if kind == "vjp":
        return (*own, "grad_value" if function == "rsample" else "grad_output")
    if kind == "jvp":
        return own + tuple(f"tangent_{argument}" for argument in own)
    return own


def bare(argument: str) -> str:
    """Strip the prefixes: ``p_scale_tril`` and ``tangent_q_scale_tril`` are both a ``scale_tril``."""
    argument = argument.removeprefix("tangent_")
    return argument[2:] if argument[:2] in ("p_", "q_") else argument


def event_shape(argument: str, k: int, rank: int | None = None) -> tuple[int, ...]:
    """Return the shape of one event of an argument: event size ``k``, and a factor of ``rank``, else of 2 at most."""
    if argument == "grad_output":
        return ()
    if argument == "grad_value":
        return (k,)
    rank = min(2, k) if rank is None else rank
    return tuple(Size(size).at(k=k, r=rank) for size in SHAPES[bare(argument)])
