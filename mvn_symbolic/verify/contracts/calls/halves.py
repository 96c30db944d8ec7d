"""Lives here: from what somebody passes as a pair to its two halves, each called in one way whatever its signature is.
May not live here: what the halves compute."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mvn_symbolic.errors import ArgumentError
from mvn_symbolic.verify.contracts.calls.libraries import library, library_of
from mvn_symbolic.verify.contracts.contract import DENSE, Contract
from mvn_symbolic.verify.contracts.joint import LAST
from mvn_symbolic.verify.contracts.names import GENERATORS, positional, read
from mvn_symbolic.verify.contracts.orders import order_of

_DRAWS: Final = ("reparameterize", "reparametrize", "reparameterise", "reparametrise", "reparam", "rsample", "sample_z",
                 "sample_latent", "sampling", "sample", "draw")  # fmt: skip
_KLS: Final = ("kl", "kld", "kl_loss", "kl_divergence", "kl_div", "kl_term", "kl_standard_normal", "kld_loss",
               "compute_kl", "calc_kl", "latent_loss", "kl_normal", "get_kl", "kl_to_prior")  # fmt: skip


@dataclass(frozen=True)
class Half:
    """One half, its arguments in the order of the roles; ``told`` says whether argument names gave that order."""

    fn: Callable[..., Any]
    order: tuple[str, ...]
    told: bool = True

    def exchanged(self) -> Half:
        """Return the half with mean and scale in the other order, where no name says which is which."""
        if self.told:
            return self
        other = {"mean": "scale", "scale": "mean"}
        return Half(self.fn, tuple(other.get(role, role) for role in self.order))


def halves(pair: Any) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Return the sampler and the KL term: of two functions, an object or mapping with both, a function returning both.

    Raises
    ------
    ArgumentError
        Where it is none of these.
    """
    draw, kl = _given(pair)
    return _entry(draw, ("z", "sample")), _entry(kl, ("kl",))


def _entry(fn: Callable[..., Any], words: Sequence[str]) -> Callable[..., Any]:
    """Return a half that gives one array: of a mapping the entry that is called so, of several arrays the first."""

    @functools.wraps(fn)
    def one(*arguments: Any, **options: Any) -> Any:
        result = fn(*arguments, **options)
        if isinstance(result, Mapping):
            return next((v for word in words for k, v in result.items() if word in str(k).lower()), result)
        return result[0] if isinstance(result, tuple | list) and result else result

    return one


def _given(pair: Any) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Return the two functions that a pair is, or holds."""
    if isinstance(pair, tuple | list):
        if len(pair) == 2 and all(callable(half) for half in pair):
            first, second = pair
            names = [getattr(half, "__name__", "").lower() for half in pair]
            return (second, first) if "kl" in names[0] and "kl" not in names[1] else (first, second)
    elif not isinstance(pair, type):
        found = _called(pair, _DRAWS, ("reparam", "sampl")), _called(pair, _KLS, ("kl",))
        if found[0] and found[1]:
            return found[0], found[1]
        if callable(pair):
            return _part(pair, 0), _part(pair, 1)
    raise ArgumentError(
        f"`fn` must be a sampler and a KL term, or an object that has both; got {pair!r}. Pass (reparameterize, kl)."
    )


def _called(owner: Any, names: Sequence[str], parts: Sequence[str]) -> Callable[..., Any] | None:
    """Return what an object, or a mapping, has under one of some names, or under one that holds one of some words."""
    known = list(owner) if isinstance(owner, Mapping) else [n for n in dir(owner) if not n.startswith("__")]
    like = [n for n in known if any(part in str(n).lower() for part in parts)]
    for name in (*(n for n in names if n in known), *like):
        value = owner[name] if isinstance(owner, Mapping) else getattr(owner, name, None)
        if callable(value):
            return value
    return None


def _part(fn: Callable[..., Any], place: int) -> Callable[..., Any]:
    @functools.wraps(fn)
    def part(*arguments: Any, **options: Any) -> Any:
        result = fn(*arguments, **options)
        return result if isinstance(result, Mapping) else result[place]

    return part


def matrix_law(pair: tuple[Callable[..., Any], ...], law: str) -> str:
    """Return the parameterization by a matrix that argument names tell, where none was promised; else the promised."""
    if law != "logvar":
        return law
    for name in (name for half in pair for name in positional(half)):
        holds = read(name).holds
        if holds in DENSE and len(name) > 1:
            return holds
    return law


def half_of(fn: Callable[..., Any], contract: Contract, packed: bool, axis: int = LAST) -> Half:
    """Bring one half to the roles of a contract; a head in one tensor is put together for it."""
    names = [name for name in positional(fn) if name.lower() not in GENERATORS]
    needed = len(contract.roles)
    if contract.diagonal and (packed or (0 < len(names) < needed and len(names) == needed - 1)):

        @functools.wraps(fn)
        def joined(mean: Any, scale: Any, *rest: Any, **options: Any) -> Any:
            return fn(_joined(mean, scale, axis), *rest, **options)

        return Half(joined, contract.roles, told=False)
    order = contract.arguments or order_of(fn, contract)
    told = any(read(name).holds not in ("", "value") for name in names)
    return Half(fn, tuple(order), told)


def _joined(mean: Any, scale: Any, axis: int) -> Any:
    return library(library_of(mean)).joined(mean, scale, axis)
