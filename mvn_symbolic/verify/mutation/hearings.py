"""Lives here: hearing a subject: which judges object to it, each asked on its own.
May not live here: the subjects, what is made of the answers."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import numpy as np

from mvn_symbolic.verify.contracts import judges
from mvn_symbolic.verify.contracts.calls.running import Caller, Outcome
from mvn_symbolic.verify.contracts.check import check
from mvn_symbolic.verify.contracts.contract import Contract
from mvn_symbolic.verify.contracts.session import Case, Evidence, Judge, Session, judges_for
from mvn_symbolic.verify.function_checks import all_checks, applicable, check_function

__all__ = [
    "BLIND_TO_FORMULAS", "CANARIES", "STEPS", "all_judges", "contract_objections", "hearers", "name_of",
    "own_objections", "ready",
]  # fmt: skip

STEPS: Final = ("steps: balls", "steps: entries")
"""The judge of the steps of a derivation: points in balls, then a proof on entries where the balls agree."""
CANARIES: Final = "contract: canaries"
"""The judge of the judges: mistakes planted into the function under test."""
KINDS: Final = ("value", "gradient", "sampler", "pair")
WHOLE: Final = {"pair": "contract: pair", "estimate": "contract: estimate"}
"""What is judged as a whole, by a check of its own: its judges are not asked one by one."""
BLIND_TO_FORMULAS: Final = (
    *(f"own: {check}" for check in (
        "argument_names", "upper_triangle", "dtype", "inputs_untouched", "memory_layouts", "shape_errors", "gradcheck",
        "gradgradcheck", "vmap", "compile", "export",
    )),
    "contract: conduct",
)  # fmt: skip
"""They compare a function with itself: a mistake in its formula is none to them."""
_SEED: Final = 11
_SECONDS: Final = 8.0
"""Of one call: a busy machine shall not look like a function that never returns."""


def ready() -> None:
    """Load what torch loads late: an alarm that rings inside such an import leaves torch broken for good."""
    for module in ("torch._dynamo", "torch.func", "torch.export", "torch.distributions"):
        importlib.import_module(module)
    judges.load()


def name_of(judge: Judge) -> str:
    """The name of a judge of contracts, `contract: gradient`."""
    return "contract: " + judge.__name__.removeprefix("judge_").replace("_", " ")


def all_judges() -> tuple[str, ...]:
    """Return the names of all judges, family by family, in the order in which they are heard."""
    judges.load()
    own = [f"own: {check}" for check in all_checks("torch")]
    contracts = dict.fromkeys(name_of(judge) for kind in KINDS for judge in judges_for(kind))
    return (*STEPS, *own, *contracts, *WHOLE.values(), CANARIES)


def hearers(contract: Contract | None, own: tuple[str, str] | None) -> tuple[str, ...]:
    """Return the names of the judges that hear a formula: as steps, as a contract, as (module, function)."""
    judges.load()
    found = [] if contract is None else [name_of(judge) for judge in judges_for(contract.kind)]
    found += [] if own is None else [f"own: {check}" for check in applicable("torch", *own, "float64")]
    return (*STEPS, *(name for name in found if name not in BLIND_TO_FORMULAS))


class FormulaCaller(Caller):
    """Calls a formula that was read by `tensors`: it prints nothing and comes to an end, so nobody has to watch it."""

    def guarded(self, call: Callable[[], Any]) -> Outcome:
        """Run a call; what it raises becomes words."""
        with self.settings, np.errstate(all="ignore"):
            try:
                return Outcome(call())
            except Exception as error:  # noqa: BLE001 - what a mutant raises
                return Outcome(problem=f"raises {type(error).__name__}: {error}")


def _objects(judge: Judge, session: Session) -> bool:
    # a judge of the judges can only say that nothing is known
    bars = ("fail", "unknown") if judge.__name__ == "judge_plants" else ("fail",)
    return any(finding.severity in bars for finding in judge(session))


def contract_objections(
    fn: Callable[..., Any],
    contract: Contract,
    cases: Sequence[Case],
    known: Evidence,
    *,
    formula: bool = False,
    but: Sequence[str] = (),
) -> Iterator[tuple[str, bool]]:
    """Yield each judge of a contract and whether it objects to a function.

    Parameters
    ----------
    fn : callable
    contract : Contract
    cases : sequence of Case
    known : Evidence
        What was found out about the cases before, such as the truth; it is filled, and belongs to contract and cases.
    formula : bool
        Whether the function is a formula and not somebody's: its calls need no guard, and judges of samplers are not
        asked where one before them has objected, as in a check.
    but : sequence of str
        Names of judges that are not asked.
    """
    judges.load()
    if whole := WHOLE.get(contract.form):
        yield whole, check(fn, contract, budget="dev").status == "fail"
        return
    evidence = known.for_trial()
    sampler = contract.kind == "sampler"
    kind_of_caller = FormulaCaller if formula else Caller
    for judge in (one for one in judges_for(contract.kind) if name_of(one) not in but):
        caller = kind_of_caller(fn, contract.arguments or contract.roles, contract.backend, seconds=_SECONDS)
        # what one found out the next may use, as in a check; but nobody is told that somebody has objected
        session = Session(contract, caller, list(cases), np.random.default_rng(_SEED), "campaign", evidence=evidence)
        found = _objects(judge, session)
        evidence.sampler_failed = False
        yield name_of(judge), found
        if found and sampler and formula:
            return


def own_objections(
    fn: Callable[..., Any],
    backend: str,
    parameterization: str,
    name: str,
    dtype: str = "float64",
    but: Sequence[str] = (),
) -> Iterator[tuple[str, bool]]:
    """Yield each check of generated code and whether it objects to a function that claims a name of a module."""
    for name_of_check in applicable(backend, parameterization, name, dtype):
        if f"own: {name_of_check}" not in but:
            found = check_function(fn, backend, parameterization, name, dtype=dtype, checks=[name_of_check], seed=_SEED)
            yield f"own: {name_of_check}", bool(found)
