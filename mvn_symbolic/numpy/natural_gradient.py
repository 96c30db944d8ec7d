"""Natural gradients of functions of a Gaussian's mean and covariance: no system is solved for them. Generated: the code is in files of `mvn_symbolic.generated.numpy`."""

from mvn_symbolic.generated.numpy import (
    natural_gradient_expectation_parameters,
    natural_gradient_fisher_information,
)
from mvn_symbolic.generated.numpy.natural_gradient_expectation_parameters import *
from mvn_symbolic.generated.numpy.natural_gradient_fisher_information import *

__all__: list[str] = []
__all__ += natural_gradient_fisher_information.__all__
__all__ += natural_gradient_expectation_parameters.__all__
