"""Second derivatives of a loss of the reparameterized sample by the parameters, from those at the sample. Generated: the code is in `mvn_symbolic.generated.torch.second_order`."""

from mvn_symbolic.generated.torch.second_order import *
from mvn_symbolic.generated.torch.second_order import __all__  # noqa: F401
