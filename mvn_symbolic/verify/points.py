"""Lives here: the arguments at which functions are judged: events chosen on purpose, and random batches.
May not live here: expected values, tolerances, or calls of the functions under test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Final, NamedTuple

import numpy as np

from mvn_symbolic.verify import signatures

Array = np.ndarray


class Point(NamedTuple):
    """One event: every argument of a contract function in order, each entry a float32, stored as float64."""

    label: str
    arrays: tuple[Array, ...]


class _Design(NamedTuple):
    """Two distributions by mean and lower factor, before they are put into a parameterization."""

    p: tuple[Array, Array]
    q: tuple[Array, Array]


def _packed(factor: Array) -> Array:
    k = len(factor)
    columns, rows = np.triu_indices(k, 1)  # the strict lower triangle column by column
    return np.concatenate([np.log(np.diag(factor)), factor[rows, columns]])


FROM_FACTOR: Final[dict[str, Callable[[Array], tuple[Array, ...]]]] = {
    "diag": lambda factor: (np.diag(factor).copy(),),
    "logvar": lambda factor: (2 * np.log(np.diag(factor)),),
    "softplus": lambda factor: (np.diag(factor) + np.log(-np.expm1(-np.diag(factor))),),
    "tril": lambda factor: (factor,),
    "log_cholesky": lambda factor: (_packed(factor),),
    "covariance": lambda factor: (factor @ factor.T,),
    "precision": lambda factor: (np.linalg.inv(factor @ factor.T),),
    "low_rank": lambda factor: (np.tril(factor, -1)[:, :2], np.diag(factor) ** 2),
}
"""Parameterization -> its parameters after ``loc`` from a lower factor; a new one joins by one line."""

DIAGONAL: Final = frozenset(
    name
    for name, raw in FROM_FACTOR.items()
    if all(map(np.array_equal, raw(np.array([[2.0, 0.0], [1.0, 3.0]])), raw(np.diag([2.0, 3.0]))))
)
"""Parameterizations that take no more than the diagonal of it."""


def random_factor(k: int, rng: np.random.Generator) -> Array:
    """Return a well-conditioned lower factor: diagonal within 0.7 to 1.4, entries below it within 0.5 in size."""
    return np.tril(rng.uniform(-0.5, 0.5, (k, k)), -1) + np.diag(rng.uniform(0.7, 1.4, k))


@cache
def _designs(nearly: float) -> dict[str, _Design]:
    """The designs, with a factor that is singular but for ``nearly``."""
    rng = np.random.default_rng(2014)  # the points are a fixed design; fresh randomness is `random_arguments`

    def generic(k: int) -> tuple[Array, Array]:
        return rng.uniform(-1.5, 1.5, k), random_factor(k, rng)

    def scaled(size: float) -> _Design:
        (p_loc, p), (q_loc, q) = generic(3), generic(3)
        return _Design((size * p_loc, size * p), (size * q_loc, size * q))

    standard = (np.zeros(3), np.eye(3))
    one = (np.zeros(1), np.eye(1))
    same = generic(3)
    small = 1e-3 * rng.uniform(-1, 1, 3), np.eye(3) + 1e-3 * np.tril(rng.uniform(-1, 1, (3, 3)))
    # last row nearly the sum of the others
    singular = np.array([[1.0, 0, 0], [0.5, 1, 0], [1.5, 1, nearly]])
    steep = np.diag([1e-3, 1.0, 1e3]) @ random_factor(3, rng)
    far = generic(2)
    return {
        "generic k=3": _Design(generic(3), generic(3)),
        "standard normal": _Design(standard, standard),
        "k=1, standard normal": _Design(one, one),
        "k=1, generic": _Design(generic(1), generic(1)),
        "p equals q": _Design(same, same),
        "almost standard normal": _Design(small, standard),
        "no correlations": _Design((generic(3)[0], np.diag([0.5, 1.5, 2.5])), (generic(3)[0], np.diag([2.0, 0.75, 1]))),
        "repeated eigenvalues": _Design((generic(3)[0], 2 * np.eye(3)), (generic(3)[0], 0.5 * np.eye(3))),
        "near-singular p": _Design((generic(3)[0], singular), generic(3)),
        "near-singular q": _Design(generic(3), (generic(3)[0], singular)),
        "tiny scales": scaled(1e-7),
        "huge scales": scaled(1e7),
        "steep scales": _Design((generic(3)[0], steep), (generic(3)[0], steep * np.array([2.0, 1, 0.5]))),
        "means far apart": _Design(far, (far[0] + 300, generic(2)[1])),
        "generic k=5": _Design(generic(5), generic(5)),
    }


@cache
def points(parameterization: str, name: str) -> tuple[Point, ...]:
    """Return the designed events for one contract function.

    Parameters
    ----------
    parameterization, name : str
        As in the contract, for instance ``"tril"``, ``"vjp_log_prob"``.

    Returns
    -------
    tuple of Point
        Arrays of event shapes; a sample is placed two standard deviations from the mean, upstream gradients and
        tangents are of the size of what they belong to.
    """
    found = []
    for number, (label, design) in enumerate(_designs(_nearly_singular(parameterization)).items()):
        rng = np.random.default_rng(number)
        arrays: dict[str, Array] = {}
        for side, (loc, factor) in zip("pq", design, strict=True):
            raw = (loc, *FROM_FACTOR[parameterization](factor))
            arrays |= {f"{side}_{n}": a for n, a in zip(signatures.PARAMETERS[parameterization], raw, strict=True)}
        loc, factor = design.p
        if parameterization in DIAGONAL:
            factor = np.diag(np.diag(factor))
        arrays |= {f"p_{n}": arrays[f"p_{n}"] for n in signatures.PARAMETERS[parameterization]}
        for noise in signatures.NOISES.get(parameterization, ("eps",)):
            arrays[f"p_{noise}"] = rng.uniform(-2, 2, signatures.event_shape(noise, len(loc)))
        arrays["p_value"] = loc + factor @ rng.uniform(-2, 2, len(loc))
        ordered: list[Array] = []
        for argument in signatures.all_arguments(parameterization, name):
            if argument.startswith("grad_"):
                ordered.append(rng.uniform(0.5, 2, signatures.event_shape(argument, len(loc))))
            elif argument.startswith("tangent_"):
                primal = _named(arrays, argument.removeprefix("tangent_"))
                ordered.append(_tangent(argument, primal, rng))
            else:
                ordered.append(_named(arrays, argument))
        found.append(Point(label, tuple(np.asarray(np.float32(a), dtype=np.float64) for a in ordered)))
    return tuple(found)


def _nearly_singular(parameterization: str) -> float:
    """Return the smallest singular value of a factor as a share of the largest."""
    if parameterization == "low_rank":
        # without a k x k matrix there is one of the rank, and a gradient by the diagonal subtracts squares that are
        # W^2 / d times as large as what is left: the ratio is of order one here. Values keep their digits anywhere.
        return 1.0
    # about 1e-4; of a covariance 1e-4 too, or its entries, rounded to float32, belong to no distribution
    return 2.0**-6 if not signatures.SYMMETRIC.isdisjoint(signatures.PARAMETERS[parameterization]) else 2.0**-13


def _named(arrays: dict[str, Array], argument: str) -> Array:
    return arrays[argument if argument[:2] in ("p_", "q_") else f"p_{argument}"]


def _tangent(argument: str, primal: Array, rng: np.random.Generator) -> Array:
    size = np.max(np.abs(primal), initial=0.0) or 1.0
    tangent = size * rng.uniform(-1, 1, primal.shape)
    if signatures.bare(argument) in signatures.LOWER:
        return np.tril(tangent)
    if signatures.bare(argument) in signatures.SYMMETRIC:
        return (tangent + np.swapaxes(tangent, -1, -2)) / 2
    return tangent


def random_arguments(
    parameterization: str, name: str, k: int, batches: Sequence[tuple[int, ...]], rng: np.random.Generator
) -> list[Array]:
    """Return fresh, well-conditioned, bounded arguments with given batch shapes.

    Parameters
    ----------
    parameterization, name : str
        As in the contract.
    k : int
        Event size.
    batches : sequence of tuple of int
        Batch shapes for the differentiable arguments, used in turn; an upstream gradient gets their broadcast shape,
        a tangent the shape of its argument.
    rng : numpy Generator

    Returns
    -------
    list of ndarray of float64
    """
    kind, function = signatures.parse(name)
    names = signatures.arguments(parameterization, function)
    shapes = [tuple(batches[i % len(batches)]) for i in range(len(names))]
    arrays = [_random(n, parameterization, k, shape, rng) for n, shape in zip(names, shapes, strict=True)]
    if kind == "jvp":
        arrays += [_tangent(n, a, rng) for n, a in zip(names, arrays, strict=True)]
    if kind == "vjp":
        (upstream,) = set(signatures.all_arguments(parameterization, name)) - set(names)
        shape = np.broadcast_shapes(*shapes) + signatures.event_shape(upstream, k)
        arrays.append(rng.uniform(0.5, 2, shape))
    return arrays


def _random(argument: str, parameterization: str, k: int, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    name = signatures.bare(argument)
    params = signatures.PARAMETERS[parameterization]
    if name == "loc" or name not in params:
        return rng.uniform(-1.5, 1.5, (*shape, *signatures.event_shape(name, k)))
    place = params.index(name) - 1
    count = int(np.prod(shape))
    events = [FROM_FACTOR[parameterization](random_factor(k, rng))[place] for _ in range(count)]
    event = FROM_FACTOR[parameterization](np.eye(k))[place].shape
    return np.array(events).reshape(*shape, *event)
