"""Exact variances of one-draw gradient estimators, on a quadratic loss. Generated: the code is in files of `mvn_symbolic.generated.jax`."""

from mvn_symbolic.generated.jax import (
    estimator_variances_elbo_estimators,
    estimator_variances_measure_valued,
    estimator_variances_quadratic_loss,
    estimator_variances_score_function,
    estimator_variances_sticking_the_landing,
    estimator_variances_transport_gradient,
)
from mvn_symbolic.generated.jax.estimator_variances_elbo_estimators import *
from mvn_symbolic.generated.jax.estimator_variances_measure_valued import *
from mvn_symbolic.generated.jax.estimator_variances_quadratic_loss import *
from mvn_symbolic.generated.jax.estimator_variances_score_function import *
from mvn_symbolic.generated.jax.estimator_variances_sticking_the_landing import *
from mvn_symbolic.generated.jax.estimator_variances_transport_gradient import *

__all__: list[str] = []
__all__ += estimator_variances_quadratic_loss.__all__
__all__ += estimator_variances_score_function.__all__
__all__ += estimator_variances_measure_valued.__all__
__all__ += estimator_variances_transport_gradient.__all__
__all__ += estimator_variances_elbo_estimators.__all__
__all__ += estimator_variances_sticking_the_landing.__all__
