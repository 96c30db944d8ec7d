"""Linear maps of a Gaussian sample, such as blocks of its coordinates: their laws, alone and given another one. Generated: the code is in `mvn_symbolic.generated.torch.conditional`."""

from mvn_symbolic.generated.torch.conditional import *
from mvn_symbolic.generated.torch.conditional import __all__  # noqa: F401
