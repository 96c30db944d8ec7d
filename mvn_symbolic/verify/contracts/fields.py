"""Lives here: what the fields of a contract may hold, each by itself, and where a field says nothing about a quantity.
May not live here: the vocabulary (`layout`, `aliases`), what names and expressions ask for (`contract`)."""

from __future__ import annotations

import math
from numbers import Real
from typing import Any, Final

from mvn_symbolic.errors import ArgumentError
from mvn_symbolic.verify.contracts.layout import SYMMETRIC, quantity_of

MOST_AXES: Final = 5
"""Of an event or a batch: cases are drawn for no more."""
_COUNTS: Final = (("event_ndim", 0, MOST_AXES), ("batch_ndim", 0, MOST_AXES), ("draws", 1, None))


def words_of(argument: str, value: Any) -> tuple[str, ...]:
    """Return several names as a tuple; a text holds them with commas between."""
    given = value.split(",") if isinstance(value, str) else value
    if not isinstance(given, tuple | list) or not all(isinstance(name, str) and name.strip() for name in given):
        raise ArgumentError(
            f"`{argument}` must be names of arguments; got {value!r}. Give a tuple, or a text with commas."
        )
    return tuple(name.strip() for name in given)


def check_numbers(contract: Any) -> None:
    """Refuse counts, factors and truth values that are none."""
    for name, least, most in _COUNTS:
        number = getattr(contract, name)
        if not isinstance(number, int) or isinstance(number, bool) or number < least:
            raise ArgumentError(f"`{name}` must be an integer of at least {least}; got {number!r}. Count them.")
        if most is not None and number > most:
            raise ArgumentError(f"`{name}` must be at most {most}; got {number}. Flatten axes of the same meaning.")
    for name in ("up_to_constant", "gradient"):
        if not isinstance(getattr(contract, name), bool):
            raise ArgumentError(f"`{name}` must be True or False; got {getattr(contract, name)!r}. Write one of them.")
    if isinstance(contract.sign, bool) or contract.sign not in (1, -1):
        raise ArgumentError(f"`sign` must be 1 or -1; got {contract.sign!r}. Put other factors into `scale`.")
    factor = contract.scale
    if not isinstance(factor, Real) or isinstance(factor, bool) or not math.isfinite(factor) or factor == 0:
        raise ArgumentError(f"`scale` must be a finite number other than 0; got {factor!r}. Give the factor.")


def check_roles(contract: Any) -> None:
    """Refuse shared arguments that the contract does not have."""
    unknown = [role for role in contract.shared if role not in contract.roles]
    if unknown:
        known = ", ".join(contract.roles)
        raise ArgumentError(f"`shared` must be among {known}; got {', '.join(unknown)}. Name arguments by their roles.")


def check_use(contract: Any, draws_noise: bool) -> None:
    """Refuse fields that say nothing about the quantity of a contract: silence would look like consent."""
    what = contract.quantity
    if not draws_noise:
        if contract.noise is not None and contract.promise is None:
            _useless("noise", contract.noise, f"{what} draws none", "Leave it out, or name a sampler or an estimate.")
        if contract.draws != 1:
            _useless("draws", contract.draws, f"{what} draws nothing", "Leave it out, or name a sampler.")
    if contract.direction != "forward" and (contract.promise or len(quantity_of(contract.base).laws) < 2):
        _useless("direction", contract.direction, f"{what} has one law", "Leave it out, or name kl_divergence.")
    if contract.triangle != "strict" and contract.promise is None and "scale_tril" not in contract.laws.values():
        _useless("triangle", contract.triangle, "no argument is a factor", "Leave it out, or say scale_tril.")
    if contract.reduction == "masked_mean" and (not contract.mask or draws_noise):
        why = f"{what} has no mask" if not contract.mask else f"{what} is not reduced"
        _useless("reduction", "masked_mean", why, "Say `mask`, or another reduction.")
    if contract.mask == "batch" and contract.batch_ndim == 0:
        _useless("mask", "batch", "there is no batch with `batch_ndim` 0", "Leave it out.")
    _check_loose(contract)
    _check_shared(contract)


def _check_loose(contract: Any) -> None:
    """Refuse what loosens the promise of a value, or of a gradient, where none is promised."""
    what, estimate = contract.quantity, contract.quantity.startswith("estimate_")
    if contract.up_to_constant and not estimate:
        if contract.kind != "value" or contract.returns != "value":
            # a constant has no gradient, and moves a sample
            _useless("up_to_constant", True, f"{what} promises no value of a quantity", "Leave it out.")
        if contract.base == "std":
            _useless("up_to_constant", True, "a deviation is no sum with a constant", "Leave it out.")
    if contract.convention != "symmetric":
        if contract.kind != "gradient":
            advice = "Leave it out; autograd's gradient is compared in every convention."
            _useless("convention", contract.convention, f"{what} is no gradient written by hand", advice)
        if contract.promise is not None:
            matrices = any(contract.promise.structure(role) == "symmetric" for role in contract.promise.symbols)
        else:
            matrices = what.startswith("vjp_cholesky") or bool({*SYMMETRIC} & {*contract.laws.values()})
        if not matrices:
            _useless("convention", contract.convention, "no argument is a symmetric matrix", "Leave it out.")


def _check_shared(contract: Any) -> None:
    """Refuse arguments that cannot be shared by a batch."""
    own = {"eps": "samples that share their noise depend on each other", "upstream": "each sample has its own"}
    if contract.mask == "batch":
        own["mask"] = "it says of each sample whether it counts"
    for role in contract.shared:
        if role in own and contract.promise is None:
            _useless("shared", role, own[role], "Leave it out; shared are parameters of a law.")


def _useless(name: str, value: Any, why: str, advice: str) -> None:
    raise ArgumentError(f"`{name}` must be left out where it does not apply; got {value!r}, but {why}. {advice}")
