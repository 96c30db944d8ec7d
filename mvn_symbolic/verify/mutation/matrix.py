"""Lives here: the matrix of mutants and judges as plain data: counts by formula and operator, and who kills alone.
May not live here: judges, pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from mvn_symbolic.errors import ArgumentError, UnsupportedExpressionError
from mvn_symbolic.meaning.judge import judge
from mvn_symbolic.notation.laws import Covariance, expectation_of
from mvn_symbolic.notation.table import symbol
from mvn_symbolic.verify.contracts.diagnosis.mutants import Mutant, mutants
from mvn_symbolic.verify.contracts.session import Evidence
from mvn_symbolic.verify.mutation.behaviour import Behaviour, behaviours
from mvn_symbolic.verify.mutation.crippled import blind_checks
from mvn_symbolic.verify.mutation.decide import Decision, Readings, decide
from mvn_symbolic.verify.mutation.digest import digest
from mvn_symbolic.verify.mutation.formulas import Formula, formula
from mvn_symbolic.verify.mutation.hearings import (
    BLIND_TO_FORMULAS,
    STEPS,
    all_judges,
    contract_objections,
    own_objections,
    ready,
)
from mvn_symbolic.verify.mutation.reading import SIZES
from mvn_symbolic.verify.mutation.subjects import as_generated, as_promised, cases_at, contract_of, usual_cases

__all__ = ["assembled", "behaviour_rows", "compact", "formula_row", "one_behaviour"]

_STEP_SEED = 0
_ON_ENTRIES = (1, 2, 3, 4)
"""Where the judge of steps tries points before it asks for a proof."""
_OF_OWN_SIZES = ("contract: laws", "contract: reach")
"""Judges that draw points of other sizes than those they are given."""
_ONCE = ("contract: reach",)
"""Judges that draw the same points whatever they are given."""
_NO_SLOPE = ("norm_for_square",)
"""The same numbers where the square is 0, and no derivative there: whoever judges gradients objects rightly."""


@dataclass
class Hearing:
    """One mutant and what was said about it."""

    mutant: Mutant
    decision: Decision
    heard: dict[str, set[int]] = field(default_factory=dict)
    """Judge -> the sizes at which it objects; a judge that was asked and is silent has the empty set."""
    same_law: bool = False

    def note(self, judge_name: str, objects: bool, size: int = 0) -> None:
        """Write down what a judge said; size 0 is for judges that choose the sizes themselves."""
        self.heard.setdefault(judge_name, set()).update({size} if objects else ())

    @property
    def label(self) -> str:
        """The mistake and where it is."""
        return f"{self.mutant.name}: {self.mutant.sentence}"


def formula_row(name: str) -> dict[str, Any]:
    """Mutate one formula and ask all its judges; the row of the matrix, which depends on nothing else.

    Parameters
    ----------
    name : str
        As in `all_formulas`.

    Returns
    -------
    dict
        Plain data: counts by operator, names of mutants that one judge alone kills, survivors and accusations.
    """
    _start()
    one = formula(name)
    answer, question = Readings(one, one.answer), Readings(one, one.question)
    hearings = [Hearing(mutant, decide(answer, mutant.expression)) for mutant in mutants(one.answer)]
    refused = 0
    known = {size: Evidence() for size in SIZES}
    for hearing in hearings:
        _hear_steps(hearing, question)
        if one.promise is not None:
            _hear_contract(hearing, one, known)
        if one.function is not None:
            refused += not _hear_own(hearing, one)
    counted = _counted(hearings)
    counted["accused though equal"] += _accused(one, known)
    return {"name": name, "digest": digest(one), "refused": refused, **counted}


def _accused(one: Formula, known: dict[int, Evidence]) -> list[str]:
    """Ask the judges about the formula itself: nobody may object, or kills of its mutants would say nothing."""
    found = []
    if one.promise is not None:
        contract, fn = contract_of(one.promise), as_promised(one.promise, one.answer)
        for size in SIZES[:3]:
            heard = contract_objections(fn, contract, cases_at(contract, size), known[size])
            found += [f"the formula itself [{name}, k = {size}]" for name, objects in heard if objects]
    if one.function is not None:
        module, _, name = one.name.partition(".")
        heard = own_objections(as_generated(one, one.answer), "torch", module, name, but=BLIND_TO_FORMULAS)
        found += [f"the formula itself [{check}]" for check, objects in heard if objects]
    return found


def _hear_steps(hearing: Hearing, question: Readings) -> None:
    agreed = True
    for size in SIZES:
        try:
            outcome = question.compare(hearing.mutant.expression, size, _STEP_SEED)
        except UnsupportedExpressionError:
            outcome = None
        hearing.note(STEPS[0], outcome is False, size)
        agreed = agreed and (outcome is not False or size not in _ON_ENTRIES)
    if agreed:
        right = question.formula
        verdict = judge(hearing.mutant.expression, right.answer, sizes=(), context=[right.question])
        hearing.note(STEPS[1], verdict.status != "proved")


def _hear_contract(hearing: Hearing, one: Formula, known: dict[int, Evidence]) -> None:
    assert one.promise is not None
    contract = contract_of(one.promise)
    fn = as_promised(one.promise, hearing.mutant.expression)
    if contract.kind == "sampler":
        hearing.same_law = not hearing.decision.equivalent and _same_law(one.answer, hearing.mutant.expression)
    for size in SIZES:
        but = (*BLIND_TO_FORMULAS, *(_ONCE if size > SIZES[0] else ()))
        heard = contract_objections(fn, contract, cases_at(contract, size), known[size], formula=True, but=but)
        for name, objects in heard:
            hearing.note(name, objects, 0 if name in _OF_OWN_SIZES else size)


def _same_law(right: Any, other: Any) -> bool:
    """Whether two samples have one mean and one covariance: a contract promises the law, not the map."""
    eps = symbol("eps")
    try:
        return all(
            judge(ask(other), ask(right), sizes=(1, 2, 3)).status == "proved"
            for ask in (lambda z: expectation_of(z, eps), lambda z: Covariance(z, eps))
        )
    except (IndexError, ValueError):
        return False


def _hear_own(hearing: Hearing, one: Formula) -> bool:
    module, _, name = one.name.partition(".")
    try:
        fn = as_generated(one, hearing.mutant.expression)
    except (ArgumentError, UnsupportedExpressionError, AssertionError):
        # refused: it gives one name two meanings, or fits no shape; or too degenerate to be lowered, a factor of 0
        return False
    for check, objects in own_objections(fn, "torch", module, name, but=BLIND_TO_FORMULAS):
        hearing.note(check, objects)
    return True


def _counted(hearings: Sequence[Hearing]) -> dict[str, Any]:
    operators: dict[str, dict[str, Any]] = {}
    alone: dict[str, list[str]] = {}
    survivors, missed, accused, open_ = [], [], [], []
    for hearing in hearings:
        decision = hearing.decision
        row = operators.setdefault(hearing.mutant.name, {"mutants": 0, "equivalent": 0, "judges": {}})
        row["mutants"] += 1
        if decision.open:
            open_.append(f"{hearing.label} ({decision.open})")
            continue
        wrongly = {name for name, sizes in hearing.heard.items() if sizes & set(decision.equal)}
        if hearing.mutant.name in _NO_SLOPE:
            wrongly = {name for name in wrongly if not name.endswith("gradient")}
        if decision.equivalent:
            row["equivalent"] += 1
            # the proof judge says that it has no proof, which accuses nobody
            wrongly |= {name for name, sizes in hearing.heard.items() if sizes and name != STEPS[1]}
        accused += [f"{hearing.label} [{name}]" for name in sorted(wrongly)]
        if decision.equivalent:
            continue
        killers = [name for name, sizes in hearing.heard.items() if sizes]
        for name in hearing.heard:
            asked, killed = row["judges"].get(name, (0, 0))
            row["judges"][name] = (asked + 1, killed + (name in killers))
        if len(killers) == 1:
            alone.setdefault(killers[0], []).append(hearing.label)
        everywhere = set().union(*hearing.heard.values())
        if not set(decision.differs) <= everywhere:
            survivors.append(f"{hearing.label} (at k = {sorted(set(decision.differs) - everywhere)})")
        contracts = [sizes for name, sizes in hearing.heard.items() if name.startswith("contract: ")]
        if contracts and not hearing.same_law and not set(decision.differs) <= set().union(*contracts):
            missed.append(f"{hearing.label} (at k = {sorted(set(decision.differs) - set().union(*contracts))})")
    return {
        "operators": operators,
        "alone": alone,
        "survivors": survivors,
        "missed by the contract": missed,
        "accused though equal": accused,
        "undecided": open_,
        "same law": sum(hearing.same_law for hearing in hearings),
        "equal at some k": sum(bool(h.decision.equal) and not h.decision.equivalent for h in hearings),
    }


def behaviour_rows() -> list[dict[str, Any]]:
    """Ask all judges about the functions that misbehave, and the judges of judges about checks made blind."""
    known: dict[Any, Evidence] = {}
    rows = [{"name": one.name, "sentence": one.sentence, "heard": _about(one, known)} for one in behaviours()]
    rows += [{"name": blind.name, "sentence": blind.sentence, "heard": blind.hear()} for blind in blind_checks()]
    return rows


def _start() -> None:
    ready()
    torch.manual_seed(0)
    torch.set_num_threads(1)


def one_behaviour(name: str) -> dict[str, bool]:
    """Ask all judges about the misbehaving function of that name."""
    return _about(next(one for one in behaviours() if one.name == name), {})


def _about(one: Behaviour, known: dict[Any, Evidence]) -> dict[str, bool]:
    _start()
    heard: dict[str, bool] = {}
    if one.contract is not None:
        cases = () if one.contract.kind == "pair" else usual_cases(one.contract)
        cases = cases[:6] if one.contract.kind == "sampler" else cases
        heard |= dict(contract_objections(one.fn, one.contract, cases, known.setdefault(one.contract, Evidence())))
    if one.own is not None:
        heard |= dict(own_objections(one.fn, *one.own))
    return heard


def compact(row: dict[str, Any]) -> dict[str, Any]:
    """A row as it is stored: lists that are empty left out, of each judge's lone kills a count and an example."""
    alone = {judge: [len(labels), labels[0]] for judge, labels in sorted(row["alone"].items())}
    counts = {
        name: [one["mutants"], one["equivalent"], {judge: list(pair) for judge, pair in sorted(one["judges"].items())}]
        for name, one in sorted(row["operators"].items())
    }
    rest = {key: value for key, value in row.items() if key not in ("name", "operators", "alone") and value}
    return {**rest, "alone": alone, "operators": counts}


def assembled(
    formulas: dict[str, dict[str, Any]], others: Sequence[dict[str, Any]], waiting: Sequence[str] = ()
) -> dict[str, Any]:
    """Put compact rows together to the matrix: plain data in a fixed order, the same for the same rows.

    Parameters
    ----------
    formulas : dict
        Compact rows by name, in the order of the catalogue.
    others : sequence of dict
        As `behaviour_rows` returns them.
    waiting : sequence of str
        Formulas that nobody was asked about: of a run that was stopped.
    """
    alone: dict[str, list[Any]] = {name: [0, []] for name in all_judges()}
    for row in others:
        killers = [name for name, objects in row["heard"].items() if objects]
        if len(killers) == 1 and killers[0] in alone:
            alone[killers[0]][0] += 1
            alone[killers[0]][1].append(row["name"])
    for name, row in formulas.items():
        for judge_name, (count, label) in row["alone"].items():
            if judge_name in alone:
                alone[judge_name][0] += count
                alone[judge_name][1].append(f"{name}, {label}")
    judges = [{"name": name, "alone": count, "such as": labels[:3]} for name, (count, labels) in alone.items()]
    head = {"sizes": list(SIZES), "waiting": list(waiting)}
    return {**head, "judges": judges, "formulas": formulas, "others": list(others)}
