"""Gaussians given by `loc` and `scale_diag`, with derived derivatives. Generated: the code is in `mvn_symbolic.generated.torch.diag`."""

from mvn_symbolic.generated.torch.diag import *
from mvn_symbolic.generated.torch.diag import __all__  # noqa: F401
