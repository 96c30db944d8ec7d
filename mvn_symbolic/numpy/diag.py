"""Gaussians given by `loc` and `scale_diag`, with derived derivatives. Generated: the code is in `mvn_symbolic.generated.numpy.diag`."""

from mvn_symbolic.generated.numpy.diag import *
from mvn_symbolic.generated.numpy.diag import __all__  # noqa: F401
