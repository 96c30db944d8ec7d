"""The autograd function in generated torch code: fast where nothing else is going on, and out of the way elsewhere."""

import importlib

import pytest

torch = pytest.importorskip("torch")

# torch's own forward rules still use torch.jit.
pytestmark = pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated:DeprecationWarning")

SCALAR = ("log_prob", "entropy", "kl_divergence", "kl_standard_normal")
CASES = [(kind, name) for kind in ("diag", "logvar", "tril") for name in SCALAR]


@pytest.fixture(params=CASES, ids="-".join)
def case(request):
    """The public function, the plain operations of its forward pass, and float64 arguments."""
    kind, name = request.param
    module = importlib.import_module(f"mvn_symbolic.generated.torch.{kind}")
    generator = torch.Generator().manual_seed(7)

    def vector(positive=False):
        entries = torch.randn(2, 3, generator=generator, dtype=torch.float64)
        return entries.exp() if positive else entries

    def parameters():
        if kind == "tril":
            strict = torch.randn(2, 3, 3, generator=generator, dtype=torch.float64).tril(-1)
            return [vector(), strict + torch.diag_embed(vector(positive=True))]
        return [vector(), vector(positive=kind == "diag")]

    arguments = parameters()
    if name == "kl_divergence":
        arguments += parameters()
    elif name == "log_prob":
        arguments.append(vector())
    plain = getattr(module, f"_forward_{name}")
    return getattr(module, name), lambda *args: plain(*args)[0], arguments


def leaves(arguments):
    return [argument.clone().requires_grad_() for argument in arguments]


def test_the_derived_backward_pass_is_used(case):
    function, _, arguments = case
    assert "Derived" in type(function(*leaves(arguments)).grad_fn).__name__
    assert function(*arguments).grad_fn is None
    with torch.no_grad():
        assert function(*leaves(arguments)).grad_fn is None


@pytest.mark.parametrize("outer", ["jacfwd", "jacrev"])
@pytest.mark.parametrize("inner", ["jacfwd", "jacrev"])
def test_every_nesting_of_transforms_is_right(case, outer, inner):
    # torch's own binding of a jvp gives a silent zero for forward over forward: the reason to stand aside.
    function, plain, arguments = case

    def second(f):
        def of_last(x):
            return f(*arguments[:-1], x).sum()

        return getattr(torch.func, outer)(getattr(torch.func, inner)(of_last))(arguments[-1])

    torch.testing.assert_close(second(function), second(plain))


@pytest.mark.parametrize("create_graph", [False, True])
def test_forward_over_reverse_is_right(case, create_graph):
    # What the forward pass kept has no tangent: it must be computed again from the arguments that have.
    function, plain, arguments = case

    def tangents(f):
        with torch.autograd.forward_ad.dual_level():
            moved = [torch.autograd.forward_ad.make_dual(x, torch.ones_like(x)) for x in leaves(arguments)]
            gradients = torch.autograd.grad(f(*moved).sum(), moved, create_graph=create_graph)
            return [torch.autograd.forward_ad.unpack_dual(gradient).tangent for gradient in gradients]

    for found, expected in zip(tangents(function), tangents(plain), strict=True):
        if expected is None:
            assert found is None or not found.any()
        else:
            torch.testing.assert_close(torch.zeros_like(expected) if found is None else found, expected)


def test_only_what_needs_a_gradient_gets_one(case):
    function, plain, arguments = case
    for wanted in range(len(arguments)):
        mixed = [x.clone().requires_grad_(i == wanted) for i, x in enumerate(arguments)]
        (found,) = torch.autograd.grad(function(*mixed).sum(), [mixed[wanted]])
        again = leaves(arguments)
        (expected,) = torch.autograd.grad(plain(*again).sum(), [again[wanted]])
        torch.testing.assert_close(found, expected)


def test_a_torch_without_the_private_name_is_served_by_plain_operations(case, monkeypatch):
    function, plain, arguments = case
    module = importlib.import_module(function.__module__)
    monkeypatch.setattr(module, "_transforming", lambda: True)
    result = function(*leaves(arguments))
    assert "Derived" not in type(result.grad_fn).__name__
    torch.testing.assert_close(result, plain(*arguments), rtol=0, atol=0, check_device=False)


def test_memory_of_kept_intermediates_is_returned_after_backward(case):
    function, _, arguments = case
    result = function(*leaves(arguments)).sum()
    result.backward()
    with pytest.raises(RuntimeError, match="second time"):
        result.backward()
