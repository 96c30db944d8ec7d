"""Divergences of two Gaussians, with derived first and second derivatives. Generated: the code is in files of `mvn_symbolic.generated.jax`."""

from mvn_symbolic.generated.jax import (
    divergences_bhattacharyya,
    divergences_covariance,
    divergences_cross_entropy,
    divergences_jeffreys,
    divergences_kl_divergence,
    divergences_renyi,
    divergences_wasserstein,
)
from mvn_symbolic.generated.jax.divergences_bhattacharyya import *
from mvn_symbolic.generated.jax.divergences_covariance import *
from mvn_symbolic.generated.jax.divergences_cross_entropy import *
from mvn_symbolic.generated.jax.divergences_jeffreys import *
from mvn_symbolic.generated.jax.divergences_kl_divergence import *
from mvn_symbolic.generated.jax.divergences_renyi import *
from mvn_symbolic.generated.jax.divergences_wasserstein import *

__all__: list[str] = []
__all__ += divergences_kl_divergence.__all__
__all__ += divergences_covariance.__all__
__all__ += divergences_cross_entropy.__all__
__all__ += divergences_jeffreys.__all__
__all__ += divergences_renyi.__all__
__all__ += divergences_bhattacharyya.__all__
__all__ += divergences_wasserstein.__all__
