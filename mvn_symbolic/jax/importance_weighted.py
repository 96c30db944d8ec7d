"""Doubly reparameterized gradients of the importance-weighted bound, draw by draw. Generated: the code is in `mvn_symbolic.generated.jax.importance_weighted`."""

from mvn_symbolic.generated.jax.importance_weighted import *
from mvn_symbolic.generated.jax.importance_weighted import __all__  # noqa: F401
