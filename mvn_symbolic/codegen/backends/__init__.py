"""Floor 6: the array libraries code is generated for, by name. Adding one: a file beside these, and its line here."""

from mvn_symbolic.codegen.backends.base import Backend
from mvn_symbolic.codegen.backends.numpy import NUMPY
from mvn_symbolic.codegen.backends.torch import TORCH

__all__ = ["BACKENDS"]

BACKENDS: dict[str, Backend] = {backend.name: backend for backend in (NUMPY, TORCH)}
