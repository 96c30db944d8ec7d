"""Logarithms of the volumes that maps between noise, samples, factors and covariances multiply. Generated: the code is in files of `mvn_symbolic.generated.jax`."""

from mvn_symbolic.generated.jax import (
    log_volumes_jacobians,
    log_volumes_log_volume,
)
from mvn_symbolic.generated.jax.log_volumes_jacobians import *
from mvn_symbolic.generated.jax.log_volumes_log_volume import *

__all__: list[str] = []
__all__ += log_volumes_jacobians.__all__
__all__ += log_volumes_log_volume.__all__
