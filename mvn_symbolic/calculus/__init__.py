"""Floor 3: the calculus. Normal form and equality, differentials and structured gradients, expectations.

Importing the package registers every node's rules; nothing here knows a particular result.
"""

from mvn_symbolic.calculus import (  # noqa: F401 - they register their rules
    algebra,
    maps,
    packed,
    placed,
    powers,
    roots,
    triangles,
)
from mvn_symbolic.calculus.coordinates import gather, resolve_diagonals
from mvn_symbolic.calculus.differential import differential
from mvn_symbolic.calculus.equality import equal
from mvn_symbolic.calculus.expectation import expectation
from mvn_symbolic.calculus.gradient import gradient, jacobian, project, vjp
from mvn_symbolic.calculus.lets import fold, unfold
from mvn_symbolic.calculus.second import hessian, hvp, second_differential
from mvn_symbolic.calculus.stable import careful, careful_logarithms, complete_squares, split_diagonal
from mvn_symbolic.calculus.terms import normalize

__all__ = [
    "careful",
    "careful_logarithms",
    "complete_squares",
    "differential",
    "equal",
    "expectation",
    "fold",
    "gather",
    "gradient",
    "hessian",
    "hvp",
    "jacobian",
    "normalize",
    "project",
    "resolve_diagonals",
    "second_differential",
    "split_diagonal",
    "unfold",
    "vjp",
]
