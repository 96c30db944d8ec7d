"""Expectations under a Gaussian: of quadratic forms, of a quadratic loss, of exponentials. Generated: the code is in files of `mvn_symbolic.generated.torch`."""

from mvn_symbolic.generated.torch import (
    expectations_generating_function,
    expectations_lognormal,
    expectations_moments,
    expectations_quadratic_loss,
)
from mvn_symbolic.generated.torch.expectations_generating_function import *
from mvn_symbolic.generated.torch.expectations_lognormal import *
from mvn_symbolic.generated.torch.expectations_moments import *
from mvn_symbolic.generated.torch.expectations_quadratic_loss import *

__all__: list[str] = []
__all__ += expectations_moments.__all__
__all__ += expectations_quadratic_loss.__all__
__all__ += expectations_generating_function.__all__
__all__ += expectations_lognormal.__all__
