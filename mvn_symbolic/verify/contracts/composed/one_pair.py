"""Lives here: one pair under judgement: what is promised of its halves, and the verdicts about them.
May not live here: how the halves are brought together (`pair`, `pair_freely`)."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from mvn_symbolic.verify.contracts.calls.halves import Half
from mvn_symbolic.verify.contracts.contract import Contract
from mvn_symbolic.verify.contracts.hearing import heard
from mvn_symbolic.verify.contracts.opening import opened_in_order
from mvn_symbolic.verify.contracts.session import Session
from mvn_symbolic.verify.contracts.verdict import CheckVerdict


@dataclass
class Pair:
    """One pair under judgement."""

    contract: Contract
    law: str
    draw: Half
    kl: Half
    seed: int
    budget: str
    notes: list[str] = field(default_factory=list)
    caught: int = 0
    planted: int = 0
    seconds: float = 0.0

    def promise(self, quantity: str, law: str, half: Half, reduction: str = "per_sample") -> Contract:
        """Return the contract of one half, for a head that is read in one way."""
        c = self.contract
        noise = c.noise if quantity in ("sample", "rsample") else None
        extra = ("eps",) if noise == "argument" and "eps" not in half.order else ()
        return Contract(
            quantity, law, arguments=half.order + extra, reduction=reduction, event_ndim=c.event_ndim,
            batch_ndim=c.batch_ndim, sign=c.sign if not noise else 1, scale=c.scale, noise=noise, backend=c.backend,
            gradient=c.gradient, shared=c.shared, triangle=c.triangle,
        )  # fmt: skip

    def opened(self, promise: Contract) -> Session:
        """Open a check of the sampler under a promise about it."""
        order = promise.arguments or promise.roles
        return opened_in_order(self.draw.fn, promise, [order], self.seed, self.budget)[0]

    def half_verdict(self, quantity: str, law: str, reduction: str = "per_sample") -> CheckVerdict:
        """Judge one half by itself, as its head is read."""
        half = self.kl if quantity == "kl_standard_normal" else self.draw
        verdict = heard(half.fn, self.promise(quantity, law, half, reduction), self.seed, self.budget)
        self.seconds += verdict.seconds
        self.caught, self.planted = self.caught + verdict.canaries[0], self.planted + verdict.canaries[1]
        return verdict

    def says(
        self, status: Literal["pass", "fail", "unknown"], text: str, names: Sequence[str] = (), of: Any = None
    ) -> CheckVerdict:
        """Return the verdict about the pair; counterexample and the like are those of a half's verdict."""
        shown = CheckVerdict(status, text) if of is None else of
        notes = tuple(dict.fromkeys([*self.notes, *shown.notes]))
        return dataclasses.replace(
            shown, status=status, diagnosis=text, mistakes=tuple(dict.fromkeys(names)), notes=notes,
            contract=self.contract, canaries=(self.caught, self.planted), seconds=round(self.seconds, 3),
        )  # fmt: skip

    @property
    def quantity(self) -> str:
        """Which sampler is promised: without a promised gradient, any."""
        return "rsample" if self.contract.gradient else "sample"
