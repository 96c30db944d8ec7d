"""Gaussians whose precision is a diagonal plus a product of one vector with itself. Generated: the code is in `mvn_symbolic.generated.jax.rank_one`."""

from mvn_symbolic.generated.jax.rank_one import *
from mvn_symbolic.generated.jax.rank_one import __all__  # noqa: F401
