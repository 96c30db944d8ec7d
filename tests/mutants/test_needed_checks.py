"""Lives here: for every check a function that passes all checks before it and fails that one, so no check is idle.
May not live here: common mistakes; those are in the other files and may be found by several checks."""

import numpy as np
import pytest
import torch

from mvn_symbolic.verify.function_checks import all_checks, applicable, check_function


def numpy_entropy(loc, scale_diag):
    constant = 0.5 * (1 + float(np.log(2 * np.pi)))
    if loc.shape[-1:] != scale_diag.shape[-1:] or not loc.ndim or not scale_diag.ndim:
        raise ValueError(f"expected loc and scale_diag of one event size; got {loc.shape}, {scale_diag.shape}")
    try:
        return np.sum(np.log(scale_diag) + constant + 0 * loc, -1)
    except ValueError as error:
        raise ValueError(f"expected loc and scale_diag to broadcast; got {loc.shape}, {scale_diag.shape}") from error


def other_names(mean, sd):
    return numpy_entropy(mean, sd)


def off_by_a_billionth(loc, scale_diag):
    return numpy_entropy(loc, scale_diag) + 1e-9


def sum_over_a_batch_of_three(loc, scale_diag):
    value = numpy_entropy(loc, scale_diag)
    return value + value.sum() - value if value.shape == (3,) else value


def reads_above_the_diagonal(loc, scale_tril, eps):
    return loc + (scale_tril @ eps[..., None])[..., 0]


def always_double(loc, scale_diag):
    return np.asarray(numpy_entropy(loc, scale_diag), dtype=np.float64)


def moves_its_argument(loc, scale_tril, eps):
    value = loc + (scale_tril.tril() @ eps.unsqueeze(-1)).squeeze(-1)
    loc += 1
    return value


def reads_raw_memory(loc, scale_diag):
    rows = np.frombuffer(np.asarray(scale_diag).tobytes(order="A"), scale_diag.dtype)
    return numpy_entropy(loc, rows.reshape(scale_diag.shape))


def checks_no_shapes(loc, scale_diag):
    return np.sum(np.log(scale_diag) + 0.5 * (1 + float(np.log(2 * np.pi))) + 0 * loc, -1)


def torch_entropy(loc, scale_diag):
    if loc.ndim == 0 or scale_diag.ndim == 0 or loc.shape[-1] != scale_diag.shape[-1]:
        raise ValueError(f"expected loc and scale_diag of one event size; got {loc.shape}, {scale_diag.shape}")
    try:
        torch.broadcast_shapes(loc.shape, scale_diag.shape)
    except RuntimeError as error:
        raise ValueError(f"expected loc and scale_diag to broadcast; got {loc.shape}, {scale_diag.shape}") from error
    return (scale_diag.log() + 0.5 * (1 + float(np.log(2 * np.pi))) + 0 * loc).sum(-1)


class LogBase(torch.autograd.Function):
    """log(x), by plain operations in every direction; the flaws are in the subclasses."""

    generate_vmap_rule = True

    @staticmethod
    def forward(x):
        return x.log()

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)
        ctx.save_for_forward(*inputs)

    @staticmethod
    def backward(ctx, grad_output):
        return grad_output / ctx.saved_tensors[0]

    @staticmethod
    def jvp(ctx, tangent):
        return tangent / ctx.saved_tensors[0]


def entropy_by(log):
    """Build the entropy around a logarithm; torch.compile, which knows no custom forward mode, sees the plain one."""

    def entropy(loc, scale_diag):
        plain = torch_entropy(loc, scale_diag)
        if torch.compiler.is_compiling():
            return plain
        return (log(scale_diag) + 0.5 * (1 + float(np.log(2 * np.pi))) + 0 * loc).sum(-1)

    return entropy


class LogDetached(LogBase):
    @staticmethod
    def backward(ctx, grad_output):
        return torch.zeros_like(grad_output)


class LogTrembling(LogBase):
    @staticmethod
    def backward(ctx, grad_output):
        noise = 1e-12 * torch.randn(grad_output.shape, dtype=grad_output.dtype)
        return (grad_output + noise) / ctx.saved_tensors[0]


class LogConstantBackward(LogBase):
    @staticmethod
    def backward(ctx, grad_output):
        return grad_output / ctx.saved_tensors[0].data


class LogOldStyle(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.log()

    @staticmethod
    def backward(ctx, grad_output):
        return grad_output / ctx.saved_tensors[0]


class LogNotBatched(LogBase):
    generate_vmap_rule = False


class LogHalfTangent(LogBase):
    @staticmethod
    def jvp(ctx, tangent):
        return tangent / ctx.saved_tensors[0] / 2


class Reciprocal(torch.autograd.Function):
    """1 / x without a forward mode."""

    generate_vmap_rule = True

    @staticmethod
    def forward(x):
        return x.reciprocal()

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(output)

    @staticmethod
    def backward(ctx, grad_output):
        return -grad_output * ctx.saved_tensors[0].square()


class LogBackwardWithoutForwardMode(LogBase):
    @staticmethod
    def backward(ctx, grad_output):
        return grad_output * Reciprocal.apply(ctx.saved_tensors[0])


def other_when_compiled(loc, scale_diag):
    return torch_entropy(loc, scale_diag) + (1.0 if torch.compiler.is_dynamo_compiling() else 0.0)


def other_when_exported(loc, scale_diag):
    return torch_entropy(loc, scale_diag) + (1.0 if torch.compiler.is_exporting() else 0.0)


# check -> backend, parameterization, name, dtype, function
NEEDED = {
    "argument_names": ("numpy", "diag", "entropy", "float64", other_names),
    "truth": ("numpy", "diag", "entropy", "float64", off_by_a_billionth),
    "batches": ("numpy", "diag", "entropy", "float64", sum_over_a_batch_of_three),
    "upper_triangle": ("numpy", "tril", "rsample", "float64", reads_above_the_diagonal),
    "dtype": ("numpy", "diag", "entropy", "float32", always_double),
    "inputs_untouched": ("torch", "tril", "rsample", "float64", moves_its_argument),
    "memory_layouts": ("numpy", "diag", "entropy", "float64", reads_raw_memory),
    "shape_errors": ("numpy", "diag", "entropy", "float64", checks_no_shapes),
    "autograd": ("torch", "diag", "entropy", "float64", entropy_by(LogDetached.apply)),
    "gradcheck": ("torch", "diag", "entropy", "float64", entropy_by(LogTrembling.apply)),
    "gradgradcheck": ("torch", "diag", "entropy", "float64", entropy_by(LogConstantBackward.apply)),
    "jacrev": ("torch", "diag", "entropy", "float64", entropy_by(LogOldStyle.apply)),
    "vmap": ("torch", "diag", "entropy", "float64", entropy_by(LogNotBatched.apply)),
    "forward_mode": ("torch", "diag", "entropy", "float64", entropy_by(LogHalfTangent.apply)),
    "hessian": ("torch", "diag", "entropy", "float64", entropy_by(LogBackwardWithoutForwardMode.apply)),
    "compile": ("torch", "diag", "entropy", "float64", other_when_compiled),
    "export": ("torch", "diag", "entropy", "float64", other_when_exported),
}


@pytest.mark.parametrize("check", NEEDED)
def test_check_is_the_first_to_object(check):
    *promise, dtype, fn = NEEDED[check]
    failures = check_function(fn, *promise, dtype=dtype, stop_at_first=True)
    assert [failure.check for failure in failures[:1]] == [check], "\n".join(map(str, failures))


def test_every_check_is_needed():
    assert list(NEEDED) == list(all_checks("torch"))


@pytest.mark.parametrize("plain", [numpy_entropy, torch_entropy, entropy_by(LogBase.apply)])
def test_function_without_a_flaw_is_accepted(plain):
    backend = "numpy" if plain is numpy_entropy else "torch"
    assert set(applicable(backend, "diag", "entropy")) >= {"truth", "batches"}
    failures = check_function(plain, backend, "diag", "entropy")
    assert not failures, "\n".join(map(str, failures))
