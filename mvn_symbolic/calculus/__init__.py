"""Floor 3: the calculus. Normal form and equality, differentials and structured gradients, expectations.

Importing the package registers every node's rules; nothing here knows a particular result.
"""

from mvn_symbolic.calculus import algebra, maps, triangles  # noqa: F401 - they register their rules
from mvn_symbolic.calculus.differential import differential
from mvn_symbolic.calculus.gradient import gradient, jacobian, vjp
from mvn_symbolic.calculus.lets import fold, unfold
from mvn_symbolic.calculus.terms import normalize

__all__ = ["differential", "fold", "gradient", "jacobian", "normalize", "unfold", "vjp"]
