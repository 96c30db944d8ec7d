"""Floor 4: which chains belong together: a result, with what is asked about it afterwards (differentials, gradients).

It also puts the name back for the value: the gradient of KL(p || q), not of its closed form spelled out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sympy import MatrixSymbol, Symbol, preorder_traversal
from sympy.matrices.expressions import MatrixExpr

from mvn_symbolic.derivation.model import Chain, Equation
from mvn_symbolic.notation.operators import (
    Gradient,
    Hessian,
    MatrixDifferential,
    ScalarDerivative,
    ScalarDifferential,
)
from mvn_symbolic.notation.parts import parts_of
from mvn_symbolic.notation.symbols import Let

__all__ = ["Group", "groups_of", "is_differential", "is_question"]


@dataclass
class Group:
    """A chain, and the chains that go on from its result."""

    head: Chain
    members: list[Chain] = field(default_factory=list)
    names: dict[Any, Any] = field(default_factory=dict)
    #: Shorter names from groups before, which no group gives another meaning.
    known: Mapping[Any, Any] = field(default_factory=dict)

    @property
    def chains(self) -> list[Chain]:
        """All chains of the group, in order."""
        return [self.head, *self.members]

    @property
    def results(self) -> list[Chain]:
        """The chains but the differentials on the way to another one; where all are differentials, all of them."""
        return [chain for chain in self.chains if not self._is_on_the_way(chain)] or self.chains

    def _is_on_the_way(self, chain: Chain) -> bool:
        """Whether what was differentiated there is asked about in another way too."""
        return is_differential(chain) and any(
            is_question(other) and not is_differential(other) and _asked(other.start) == _asked(chain.start)
            for other in self.chains
        )

    @property
    def title(self) -> str:
        """What the group is about."""
        results = self.results
        is_result = not is_question(self.head) or (is_differential(self.head) and self.head in results)
        if is_result or not self.head.title.startswith(("Differential", "Gradient")):
            return self.head.title
        return results[0].title if len(results) == 1 else "Gradients"

    def goes_on_with(self, chain: Chain) -> bool:
        """Whether a chain asks about a value of this group, with every name meaning what it means here."""
        named = {name: let for own in self.chains for name, let in _lets_by_name(own).items()}
        if any(named.get(name, let) != let for name, let in _lets_by_name(chain).items()):
            return False
        if is_question(chain):
            asked = _opened(_asked(chain.start))
            return any(_concerns(asked, _opened(side)) for own in self.chains for side in _values(own))
        return chain.start.xreplace(self.names) != chain.start

    def start_of(self, chain: Chain) -> Any:
        """Where a chain starts, with values replaced by what they are the value of."""
        start = chain.start if chain is self.head else chain.start.xreplace(self.names)
        return start.xreplace(self.known)

    def result_of(self, chain: Chain) -> Equation:
        """What a chain shows, in the same words."""
        return Equation(self.start_of(chain), chain.result.right)

    @property
    def lasting(self) -> dict[Any, Any]:
        """Names for values in later groups: shorter than the value, and of no letter that may be named anew."""
        named = {**{_opened(value): name for value, name in self.names.items()}, **self.names}
        short = {value: name for value, name in named.items() if not parts_of(name, Let) and _size(name) < _size(value)}
        return {**self.known, **short}

    def names_value_of(self, chain: Chain) -> None:
        """Let later chains call the value of this one by its name."""
        right = chain.result.right
        if not isinstance(right, MatrixExpr) and not right.is_Atom and not is_question(chain):
            self.names.setdefault(right, self.start_of(chain))


def groups_of(chains: Iterable[Chain]) -> list[Group]:
    """The chains in groups: a new one where a chain does not go on from what came before it."""
    groups: list[Group] = []
    for chain in chains:
        if groups and groups[-1].goes_on_with(chain):
            groups[-1].members.append(chain)
        else:
            groups.append(Group(chain, known=groups[-1].lasting if groups else {}))
        groups[-1].names_value_of(chain)
    return groups


def _opened(value: Any) -> Any:
    return value.xreplace({let: let.definition for let in parts_of(value, Let)})


def _size(expr: Any) -> int:
    return sum(1 for _ in preorder_traversal(expr))


def _lets_by_name(chain: Chain) -> dict[str, Let]:
    return {let.name: let for side in chain.result for let in parts_of(side, Let)}


def is_differential(chain: Chain) -> bool:
    """Whether the chain is on the way to a gradient or to a block of the Hessian, not a result of its own."""
    start = chain.start
    to_gradient = isinstance(start, ScalarDifferential) and not isinstance(start.args[0], ScalarDifferential)
    return to_gradient or (_moves_gradient(start) and len(start.args) == 2)


def is_question(chain: Chain) -> bool:
    """Whether the chain answers a question about another value."""
    questions = (Gradient, Hessian, ScalarDerivative, ScalarDifferential)
    return _moves_gradient(chain.start) or isinstance(chain.start, questions)


def _asked(start: Any) -> Any:
    """What a question is about in the end: of a Hessian's block, the value that was differentiated first."""
    while isinstance(start, (Gradient, Hessian, ScalarDerivative, ScalarDifferential, MatrixDifferential)):
        start = start.args[0]
    return start


def _concerns(asked: Any, value: Any) -> bool:
    """Whether a question is about a value, about a part of it such as what is averaged, or about more than it."""
    return asked == value or value.has(asked) or (not isinstance(value, MatrixSymbol | Symbol) and asked.has(value))


def _values(chain: Chain) -> Iterator[Any]:
    """What may be asked about after a chain: its two sides, or what it asks about itself."""
    yield from (_asked(chain.start), chain.result.right)


def _moves_gradient(start: Any) -> bool:
    return isinstance(start, MatrixDifferential) and isinstance(start.args[0], Gradient)
