"""Lives here: `check`, which binds a function and a contract, and sends them the way that the contract goes.
May not live here: how a function is heard (`hearing`), what consists of several (`composed`)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from mvn_symbolic.errors import ArgumentError
from mvn_symbolic.verify.contracts import judges
from mvn_symbolic.verify.contracts.arity import MISTAKE, miscounted
from mvn_symbolic.verify.contracts.axes import along_axes
from mvn_symbolic.verify.contracts.calls.kept import kept_generators, kept_random_state
from mvn_symbolic.verify.contracts.calls.sampling import seed_all
from mvn_symbolic.verify.contracts.composed.estimates import judged_estimate
from mvn_symbolic.verify.contracts.composed.pair import judged_pair
from mvn_symbolic.verify.contracts.contract import Contract
from mvn_symbolic.verify.contracts.hearing import heard
from mvn_symbolic.verify.contracts.orders import order_of
from mvn_symbolic.verify.contracts.session import BUDGETS
from mvn_symbolic.verify.contracts.verdict import CheckVerdict

_WAYS: Final[dict[str, Callable[[Any, Contract, int, str], CheckVerdict]]] = {
    "pair": judged_pair,
    "estimate": judged_estimate,
}
"""Form of a contract -> how what it promises is judged, where that is by way of other functions."""


def check(
    fn: Callable[..., Any] | tuple[Callable[..., Any], Callable[..., Any]],
    contract: Contract | str,
    *,
    seed: int = 0,
    budget: str = "ci",
    **options: Any,
) -> CheckVerdict:
    """Judge whether a function keeps a contract.

    Parameters
    ----------
    fn : callable
        Anybody's code; nothing that it does gets out of this call. For the quantity ``pair`` a tuple of a sampler and
        a KL term, an object with methods such as ``reparameterize`` and ``kl_loss``, or a function that returns both.
    contract : Contract or str
        What it promises, or the name of a quantity; the other fields of `Contract` then come as ``options``.
    seed : int
        Of the random cases.
    budget : str
        ``ci`` (about 4 s at most), ``dev`` or ``campaign``.
    **options
        Fields of `Contract`, where ``contract`` is a name.

    Returns
    -------
    CheckVerdict
        It never raises for what ``fn`` does.

    Raises
    ------
    ArgumentError
        For a malformed contract, an unknown budget, or something that cannot be called.

    Examples
    --------
    >>> import numpy as np
    >>> from mvn_symbolic.verify import check
    >>> def half_of_it(mu, logvar):
    ...     return 0.25 * np.sum(mu**2 + np.exp(logvar) - 1 - logvar, axis=-1)
    >>> told = {"parameterization": "logvar", "backend": "numpy"}
    >>> check(half_of_it, "kl_standard_normal", **told).mistakes
    ('overall_factor_half',)
    """
    if isinstance(contract, str):
        try:
            contract = Contract(contract, **options)
        except TypeError as error:
            raise ArgumentError(f"options must be fields of `Contract`; got {sorted(options)} ({error}).") from error
    elif options:
        raise ArgumentError(f"options go into the contract where one is given; got {sorted(options)}. Move them there.")
    if not isinstance(contract, Contract):
        raise ArgumentError(f"`contract` must be a Contract or a quantity's name; got {contract!r}. Write a Contract.")
    if contract.kind != "pair" and (not callable(fn) or isinstance(fn, tuple)):
        raise ArgumentError(f"`fn` must be a function; got {fn!r}. Pass the function itself, not its result.")
    if budget not in BUDGETS:
        raise ArgumentError(f"`budget` must be one of {', '.join(BUDGETS)}; got {budget!r}. Name one.")
    if not isinstance(seed, int | np.integer) or isinstance(seed, bool) or seed < 0:
        raise ArgumentError(f"`seed` must be an integer of at least 0; got {seed!r}. Leave it out, or count.")
    judges.load()
    with kept_random_state(), kept_generators(contract.backend), np.errstate(all="ignore"):
        # what cannot be driven is drawn from global generators: the same each time for a seed
        seed_all(contract.backend, int(seed))
        way = _WAYS.get(contract.form, heard)
        verdict = along_axes(contract, lambda asked: way(fn, asked, seed, budget))
        return verdict if isinstance(fn, tuple) or contract.form == "pair" else _counted(verdict, fn)


def _counted(verdict: CheckVerdict, fn: Callable[..., Any]) -> CheckVerdict:
    """Say of a function that could not be called, or of a class, what is wrong with its arguments."""
    unfit = isinstance(fn, type) and bool({"raises", "wrong_type"} & set(verdict.mistakes))
    if verdict.status == "pass" or not (unfit or "raises TypeError" in verdict.diagnosis):
        return verdict
    text = miscounted(fn, verdict.contract, order_of(fn, verdict.contract))
    if not text:
        return verdict
    return dataclasses.replace(verdict, status="fail", diagnosis=text, mistakes=(MISTAKE,), counterexample=None)
