"""Gaussians given by `loc` and `logvar`, with derived derivatives. Generated: the code is in `mvn_symbolic.generated.torch.logvar`."""

from mvn_symbolic.generated.torch.logvar import *
from mvn_symbolic.generated.torch.logvar import __all__  # noqa: F401
