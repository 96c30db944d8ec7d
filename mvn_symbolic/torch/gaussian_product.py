"""The product of two Gaussian densities: a Gaussian density, but for a constant. Generated: the code is in `mvn_symbolic.generated.torch.gaussian_product`."""

from mvn_symbolic.generated.torch.gaussian_product import *
from mvn_symbolic.generated.torch.gaussian_product import __all__  # noqa: F401
