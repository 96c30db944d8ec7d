"""Lives here: formulas whose terms are taken at arguments of other samples: the first one's, a mean's, or of all.
May not live here: terms that are changed after they are right (`families`), the search (`families`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from mvn_symbolic.verify.contracts import textbook
from mvn_symbolic.verify.contracts.contract import Contract

Arrays = dict[str, np.ndarray]
Terms = dict[str, np.ndarray]


def _groups(contract: Contract) -> dict[str, tuple[str, ...]]:
    """Return sets of arguments that may be taken elsewhere together, by what they are called."""
    own = [role for role in contract.roles if role not in ("mask", *contract.shared)]
    found: dict[str, tuple[str, ...]] = {role: (role,) for role in own}
    for prefix in contract.laws:
        law = tuple(role for role in own if role != "value" and role.startswith(prefix))
        if 1 < len(law) < len(own):
            found[f"law_{prefix[0]}" if prefix else "law"] = law
    return found


def moves(contract: Contract) -> Iterator[tuple[str, str, Callable[[Arrays], Terms]]]:
    """Yield label, words, and the terms of the formula where arguments are moved along the first axis of the batch."""
    if not contract.batch_ndim:
        return
    for name, roles in _groups(contract).items():
        said = name.replace("_", " ")

        def at(change: Callable[[np.ndarray], np.ndarray], roles: tuple[str, ...] = roles) -> Callable[[Arrays], Terms]:
            return lambda a: textbook.terms(contract, {**a, **{role: change(a[role]) for role in roles}})

        def over(how: str, roles: tuple[str, ...] = roles) -> Callable[[Arrays], Terms]:
            def taken(arrays: Arrays) -> Terms:
                count = len(arrays[roles[0]])
                shifted = [at(partial(np.roll, shift=s, axis=0), roles)(arrays) for s in range(count)]
                return {n: getattr(np, how)([one[n] for one in shifted], axis=0) for n in shifted[0]}

            return taken

        yield f"{name}_of_the_first_sample", f"takes the {said} of the first sample", at(lambda x: x[:1] + 0 * x)
        yield f"{name}_of_another_sample", f"takes the {said} of another sample", at(lambda x: x[::-1])
        mean = at(lambda x: x.mean(axis=0, keepdims=True) + 0 * x)
        yield f"{name}_averaged_over_batch", f"takes the mean of the {said} over the batch", mean
        yield f"{name}_of_all_samples", f"is averaged over the {said} of all samples (a broadcast)", over("mean")
        yield f"{name}_of_all_samples", f"is summed over the {said} of all samples (a broadcast)", over("sum")
