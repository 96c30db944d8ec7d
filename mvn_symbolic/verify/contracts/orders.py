"""Lives here: which positional argument of a function plays which role of a contract.
May not live here: what single names mean (`names`), calls of the function, whole contracts (`proposals`)."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

from mvn_symbolic.verify.contracts.contract import DENSE, DIAGONAL, Contract
from mvn_symbolic.verify.contracts.layout import MATRICES
from mvn_symbolic.verify.contracts.names import Reading, generator_argument, positional, readings


def _fits(part: str, name: str, contract: Contract) -> bool:
    """Whether what a name says can stand under a contract; one letter says little, and gives way."""
    if part not in (*DIAGONAL, *DENSE) or len(name.rstrip("0123456789_")) > 1:
        return True
    return (part in DIAGONAL) == contract.diagonal


def order_of(fn: Callable[..., Any], contract: Contract) -> tuple[str, ...]:
    """Return the role of each positional argument: as the contract says, as the names say, or the usual order."""
    return next(orders_of(fn, contract))


def orders_of(fn: Callable[..., Any], contract: Contract) -> Iterator[tuple[str, ...]]:
    """Yield the orders of roles that the names allow, the likeliest first: more than one where names say nothing.

    The two laws of a divergence are never exchanged, nor a mean with a scale: these are mistakes, not spellings.
    """
    if contract.promise is not None:
        from mvn_symbolic.verify.contracts.symbolic import matching

        yield matching.order(fn, contract)
        return
    if contract.arguments:
        yield contract.arguments
        return
    drawn = generator_argument(fn, contract.noise == "generator")
    names, roles = [name for name in positional(fn) if name != drawn], contract.roles
    if len(names) < len(roles):
        # an argument with a default may be promised too: f(x, mean=0, std=1)
        every = [name for name in positional(fn, defaults=True) if name != drawn]
        names = (
            every if len(every) >= len(roles) and "" not in [r.holds for r in readings(every[: len(roles)])] else names
        )
    read_ = readings(names)
    if contract.base == "entropy" and "mean" in roles and not any(r.holds == "mean" for r in read_):
        fewer = tuple(role for role in roles if role != "mean")
        if len(names) == len(fewer):
            roles = fewer
    if len(names) < len(roles):
        yield roles
        return
    names, read_ = names[: len(roles)], read_[: len(roles)]
    found = _roles_of(names, read_, roles, contract)
    open_roles = [role for role in roles if role not in found]
    seen = set()
    for filling in _fillings(open_roles):
        rest = list(filling)
        order = tuple(role or rest.pop(0) for role in found)
        if order not in seen:
            seen.add(order)
            yield order


def _roles_of(names: list[str], read_: list[Reading], roles: tuple[str, ...], contract: Contract) -> list[str]:
    """Return the role that each name tells, or an empty string."""
    two = "p_" in contract.laws
    marks: list[str] = []
    lawless = ("value", "eps", "mask", "upstream")
    for mark, part in read_:
        if two and part and mark not in marks and part not in lawless:
            marks.append(mark)
    if two and len(marks) != 2:
        return [""] * len(names)
    found: list[str] = []
    for name, (mark, part) in zip(names, read_, strict=True):
        if not _fits(part, name, contract):
            part = ""
        scales = (*DIAGONAL, *MATRICES)
        bare = "scale" if part in scales and part != "packed" else part
        prefix = ("p_", "q_")[marks.index(mark)] if two and bare not in lawless and part else ""
        role = prefix + bare
        found.append(role if role in roles and role not in found else "")
    return found


def _fillings(open_roles: list[str]) -> Iterator[tuple[str, ...]]:
    """Yield the open roles in the usual order, and where a value or noise is among them, with it at other places."""
    yield tuple(open_roles)
    means_first = sorted(open_roles, key=lambda role: not role.endswith("mean"))
    yield tuple(means_first)
    movable = [role for role in open_roles if role in ("value", "eps", "mask", "upstream")]
    fixed = [role for role in open_roles if role not in movable]
    if movable and len(open_roles) <= 4:
        for places in itertools.permutations(range(len(open_roles)), len(movable)):
            rest = iter(fixed)
            yield tuple(movable[places.index(p)] if p in places else next(rest) for p in range(len(open_roles)))
