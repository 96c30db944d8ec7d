"""Velocities of samples that carry a Gaussian along when its parameters move. Generated: the code is in files of `mvn_symbolic.generated.torch`."""

from mvn_symbolic.generated.torch import (
    velocities_continuity_equation,
    velocities_transport_gradient,
)
from mvn_symbolic.generated.torch.velocities_continuity_equation import *
from mvn_symbolic.generated.torch.velocities_transport_gradient import *

__all__: list[str] = []
__all__ += velocities_continuity_equation.__all__
__all__ += velocities_transport_gradient.__all__
