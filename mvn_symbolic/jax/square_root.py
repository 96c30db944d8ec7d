"""The symmetric square root of a covariance, and the linear equation that its derivatives solve. Generated: the code is in `mvn_symbolic.generated.jax.square_root`."""

from mvn_symbolic.generated.jax.square_root import *
from mvn_symbolic.generated.jax.square_root import __all__  # noqa: F401
