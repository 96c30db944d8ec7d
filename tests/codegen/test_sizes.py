"""Matrices that are not square, vectors of other lengths: each size has its name in code, checks and documentation."""

import numpy as np
import pytest
import torch
from sympy import Symbol, log, pi

import mvn_symbolic as mvn

n = Symbol("n", integer=True, positive=True)
W, A, x, z = mvn.GeneralMatrix("W", n, mvn.k), mvn.GeneralMatrix("A", n, n), mvn.Vector("x", n), mvn.Vector("z")
s = mvn.positive_scalar("s")
misfit = mvn.squared_norm(x - W * z) / (2 * s) + n * log(2 * pi * s) / 2

#: What has a number, a vector of ones or an identity in it: each must be made in its own size.
VALUES = {
    "misfit": (misfit, [x, W, z, s]),
    "sum of a vector": (mvn.Total(x) + mvn.k * mvn.Total(z), [z, x]),
    "both norms": (mvn.squared_norm(x) + mvn.squared_norm(z) + mvn.squared_norm(W), [z, x, W]),
    "an identity": (mvn.Inner(A, A * A) + mvn.Inner(A, W * W.T), [W, A]),
    "elementwise": (mvn.Total(mvn.elementwise(lambda a: log(1 + a**2), x)) * mvn.squared_norm(z), [z, x]),
    "one size, not k": (mvn.Inner(x, A * x) + n, [A, x]),
    "a vector": (x + W * z, [z, W, x]),
    "a constant vector beside": (s * x, [z, x, s]),
}


@pytest.mark.parametrize("backend", ["numpy", "torch"])
@pytest.mark.parametrize("name", VALUES)
def test_code_and_its_derivatives_agree_with_balls_where_sizes_differ(name, backend):
    value, arguments = VALUES[name]
    verdict = mvn.verify(mvn.generate("f", value, arguments, backend=backend))
    assert verdict.status == "pass", verdict
    assert verdict.compared > 20


def test_batches_broadcast_and_agree_with_torch(rng):
    module = mvn.generate("f", misfit, [x, W, z, s], backend="torch").load()
    arguments = [torch.tensor(rng.normal(size=shape)) for shape in ((5, 1, 4), (4, 2), (3, 2))] + [torch.tensor(0.7)]
    arguments[-1] = arguments[-1].double()
    found = module.f(*arguments)
    law = torch.distributions.Normal((arguments[1] @ arguments[2][..., None])[..., 0], 0.7**0.5)
    expected = -law.log_prob(arguments[0]).sum(-1)
    assert found.shape == (5, 3)
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=0)  # 0.7 came as float32
    for part, argument in zip(module.grad_f(*arguments), (x, W, z, s), strict=True):
        assert part.shape[:2] == (5, 3), argument


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_arguments_of_wrong_sizes_are_named(backend):
    code = mvn.generate("f", misfit, [x, W, z, s], backend=backend)
    make = torch.zeros if backend == "torch" else np.zeros
    right = [make(3), make((3, 2)), make(2), make(())]
    module = code.load()
    for at, wrong, message in [
        (1, make((2, 2)), r"`W` must have shape \(..., n, k\) with n = 3"),
        (2, make(3), r"`value` must have shape \(..., k\) with k = 2"),
        (1, make(3), r"`W` must have shape \(..., n, k\); got"),
    ]:
        with pytest.raises(ValueError, match=message):
            module.f(*right[:at], wrong, *right[at + 1 :])
    single = np.zeros(2, np.float32) if backend == "numpy" else torch.zeros(2, dtype=torch.float64)
    with pytest.raises(TypeError, match="`value` must have dtype"):
        module.f(*right[:2], single, right[3])
    with pytest.raises(ValueError, match="batch shapes must broadcast"):
        module.f(make((4, 3)), make((5, 3, 2)), *right[2:])


def test_docstring_says_which_axis_has_which_size():
    source = mvn.generate("f", misfit, [x, W, z, s]).source
    assert "W : array_like, shape (..., n, k)" in source
    assert "x : array_like, shape (..., n)" in source


longer = mvn.Vector("y", mvn.k - 1)


@pytest.mark.parametrize("backend", ["numpy", "torch"])
@pytest.mark.parametrize("arguments", [[longer, z], [z, longer]], ids=["the size that follows first", "or last"])
def test_a_size_that_follows_from_another_is_checked(backend, arguments):
    value = mvn.squared_norm(longer) + mvn.Total(z)
    code = mvn.generate("f", value, arguments, backend=backend)
    assert mvn.verify(code).status == "pass"
    assert "y : array_like, shape (..., k-1)" in code.source or backend == "torch"
    make = torch.zeros if backend == "torch" else np.zeros
    wrong = [make(3) for _ in arguments]
    with pytest.raises(ValueError, match=r"`y` must have shape \(..., k-1\) with k-1 = 2 to match `value`"):
        code.load().f(*wrong)


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_a_value_may_have_a_size_that_follows(backend):
    code = mvn.generate("f", mvn.Total(z) * longer, [longer, z], backend=backend)
    assert mvn.verify(code).status == "pass"


@pytest.mark.parametrize(
    ("value", "arguments", "message"),
    [
        (n * mvn.squared_norm(z), [z], "none has n"),
        (mvn.squared_norm(mvn.Vector("n", n)), [mvn.Vector("n", n)], "n for both"),
        (mvn.squared_norm(mvn.Vector("x", 2 * mvn.k)), [mvn.Vector("x", 2 * mvn.k)], "an argument of size k"),
    ],
)
def test_sizes_that_no_argument_tells_are_refused(value, arguments, message):
    with pytest.raises(mvn.MVNSymbolicError, match=message):
        mvn.generate("f", value, arguments)
