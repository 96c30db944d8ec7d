"""Lives here: the symmetric square root as an operation: its derivatives where eigenvalues are equal, its digits.
May not live here: the distance that is made of it; `tests/contract/test_topics.py` judges that."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch

from mvn_symbolic.codegen.backends import BACKENDS
from mvn_symbolic.codegen.standalone import generate
from mvn_symbolic.errors import UnsupportedExpressionError
from mvn_symbolic.generated.jax import divergences_wasserstein as in_jax
from mvn_symbolic.generated.numpy import divergences_wasserstein as in_numpy
from mvn_symbolic.generated.torch import divergences_wasserstein as in_torch
from mvn_symbolic.notation.nodes import Inner
from mvn_symbolic.notation.roots import SquareRoot
from mvn_symbolic.notation.symbols import GeneralMatrix, PositiveDefinite, SymmetricMatrix

# torch.func's forward mode compiles rules of its own when it is first asked
pytestmark = pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated:DeprecationWarning")

K = 3
ZERO, ONE = np.zeros(K), np.eye(K)

# Between N(0, LL') and N(0, I) the squared distance is |R - I|^2 with the root R of LL'. Where L = I + tE, R is
# I + t (E + E') / 2 to first order, so that the second derivative along E is |E + E'|^2 / 2: 2 E_ii^2, and E_ij^2.
BEND = 2 * ONE + np.tril(np.ones((K, K)), -1)


def in_directions(hessian):
    """The second derivative along each entry of the triangle, and the largest of two different ones."""
    free = [(i, j) for i in range(K) for j in range(i + 1)]
    own = np.array([[hessian[i, j, i, j] if j <= i else 0.0 for j in range(K)] for i in range(K)])
    return own, max(abs(hessian[(*one, *other)]) for one in free for other in free if one != other)


def torch_distance(factor):
    zero, one = torch.zeros(K, dtype=torch.float64), torch.eye(K, dtype=torch.float64)
    return in_torch.squared_wasserstein(zero, factor, zero, one)


@pytest.mark.parametrize(
    "hessian",
    [
        torch.autograd.functional.hessian,
        lambda f, x: torch.func.hessian(f)(x),
        lambda f, x: torch.func.jacrev(torch.func.jacrev(f))(x),
    ],
    ids=["autograd", "forward over reverse", "reverse twice"],
)
def test_torch_bends_right_where_all_eigenvalues_are_equal(hessian):
    found, mixed = in_directions(np.asarray(hessian(torch_distance, torch.eye(K, dtype=torch.float64))))
    np.testing.assert_allclose(found, BEND, atol=1e-14)
    assert mixed <= 1e-14


def test_jax_bends_right_where_all_eigenvalues_are_equal():
    with jax.enable_x64(True):
        distance = lambda factor: in_jax.squared_wasserstein(jnp.zeros(K), factor, jnp.zeros(K), jnp.eye(K))  # noqa: E731
        found, mixed = in_directions(np.asarray(jax.jacrev(jax.grad(distance))(jnp.eye(K))))
    np.testing.assert_allclose(found, BEND, atol=1e-14)
    assert mixed <= 1e-14


def test_torch_differentiates_the_root_itself_to_second_order(rng):
    """Against differences of the function, by torch's own checker; S = 2I has equal eigenvalues, S + 0.1 E not."""
    root = in_torch._gram_root
    for matrix in (2 * np.eye(K), rng.uniform(-1, 1, (K, K)) + 3 * np.eye(K)):
        argument = torch.tensor(matrix, requires_grad=True)
        assert torch.autograd.gradcheck(root, argument, check_forward_ad=True, check_batched_grad=True)
        assert torch.autograd.gradgradcheck(root, argument)


@pytest.mark.parametrize("size", [1e-3, 1e-6, 1e-9])
def test_distance_of_close_laws_keeps_its_digits(size):
    """Of scales that differ by `size`: three times its square, as exact as the difference 1 + size - 1 is."""
    exact = 3 * ((1 + size) - 1) ** 2
    # each entry of what is left between the factors is off by a few roundings of 1
    assert in_numpy.squared_wasserstein(ZERO, (1 + size) * ONE, ZERO, ONE) == pytest.approx(exact, rel=1e-14 / size)
    assert in_numpy.squared_wasserstein(ZERO, ONE, ZERO, ONE) == 0


def test_singular_values_are_not_squared(rng):
    """The root of a matrix of condition 1e10, whose square a float64 could not tell from a singular one."""
    values = np.array([1.0, 1e-5, 1e-10])
    turn = np.linalg.qr(rng.standard_normal((K, K)))[0]
    found = in_numpy._gram_root(np.diag(values) @ turn)
    np.testing.assert_allclose(np.linalg.eigvalsh(found), np.sort(values), atol=1e-15)


def test_root_of_an_argument_and_of_a_product():
    """SquareRoot(S) of a positive-definite argument, and of A'A of any A: both from one factor."""
    S, A = PositiveDefinite("S"), GeneralMatrix("A")
    spread = np.diag([4.0, 9.0])
    code = generate("size", Inner(A, SquareRoot(S)), [A, S])
    assert code.load().size(np.eye(2), spread) == pytest.approx(5.0)
    code = generate("nuclear", Inner(SquareRoot(A.T * A), A), [A])
    assert code.load().nuclear(np.diag([-2.0, 3.0])) == pytest.approx(-4.0 + 9.0)


def test_root_of_what_may_be_indefinite_is_refused():
    S, A = SymmetricMatrix("S"), GeneralMatrix("A")
    with pytest.raises(UnsupportedExpressionError, match="square root is taken of a product"):
        generate("size", Inner(A, SquareRoot(S)), [A, S])


@pytest.mark.parametrize("backend", BACKENDS)
def test_every_backend_has_the_root(backend):
    S, A = PositiveDefinite("S"), GeneralMatrix("A")
    assert "_gram_root(" in generate("size", Inner(A, SquareRoot(S)), [A, S], backend=backend).source
