"""Gradients of expressions as The Matrix Cookbook and Magnus & Neudecker have them, against torch's spelling of them.

The other side is written in torch beside each expression and differentiated by autograd: no node of the package is read
for it. The value is compared too, so that an expression SymPy rewrote while it was built is seen.
"""

import inspect

import pytest
import torch

import mvn_symbolic as mvn
from mvn_symbolic.notation.structure import tags_of
from tests.calculus.conftest import arranged
from tests.calculus.cookbook import combined, edges, entrywise, factors, kronecker, likelihoods, norms, powers
from tests.calculus.cookbook.words import SYMBOLS

CASES = {}
for table in (kronecker, entrywise, powers, norms, likelihoods, factors, edges, combined):
    assert not CASES.keys() & table.CASES.keys()
    CASES |= table.CASES


def in_torch(point, spelled):
    """The value of a function of tensors at the point, by the names of its arguments."""
    values = [point.at(SYMBOLS[name]) for name in inspect.signature(spelled).parameters]
    return torch.as_tensor(spelled(*values), dtype=torch.float64)


def slope(point, value, symbol):
    """The gradient of a value by a symbol, arranged as the symbol is."""
    point.at(symbol)
    leaf, where = point.parameters[symbol]
    (found,) = torch.autograd.grad(value, leaf, allow_unused=True) if value.requires_grad else (None,)
    slopes = torch.zeros_like(leaf) if found is None else found
    if not hasattr(symbol, "shape"):
        return slopes[0].numpy()
    return arranged(slopes.tolist(), where, point.shape(symbol), "symmetric", "symmetric" in tags_of(symbol))


@pytest.mark.parametrize("name", CASES)
def test_gradient_is_that_of_the_function_in_torch(name, readings, rng):
    function, symbol, spelled = CASES[name]
    gradient, normal = mvn.grad(function, symbol), mvn.normalize(function)
    for size in (1, 2, 3):
        point = readings.torch(size, rng)
        value = in_torch(point, spelled)
        readings.agree(point.value(function).reshape(()), value.detach().numpy())
        readings.agree(point.value(normal).reshape(()), value.detach().numpy())
        readings.agree(point.value(gradient), slope(point, value, symbol))
