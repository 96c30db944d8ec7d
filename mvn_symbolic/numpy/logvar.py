"""Gaussians given by `loc` and `logvar`, with derived derivatives. Generated: the code is in `mvn_symbolic.generated.numpy.logvar`."""

from mvn_symbolic.generated.numpy.logvar import *
from mvn_symbolic.generated.numpy.logvar import __all__  # noqa: F401
