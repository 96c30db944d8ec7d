"""How PyTorch spells the operations. Only torch's names and helpers live here; no mathematics, no torch."""

from __future__ import annotations

from typing import Any

from mvn_symbolic.backends.torch.roots import GRAM_ROOT, LYAPUNOV
from mvn_symbolic.codegen.backends.arrays import array_spellings, function_helpers, size_triples
from mvn_symbolic.codegen.backends.base import Backend, Spelling
from mvn_symbolic.codegen.backends.packing import packed_helpers
from mvn_symbolic.codegen.constants import ATOM
from mvn_symbolic.codegen.layout import bracketed
from mvn_symbolic.codegen.special import (
    EXPM1M_FORMULA,
    EXPM1M_RANGE,
    LOG_EXCESS_FORMULA,
    LOG_EXCESS_RANGE,
    expm1m_terms,
    log_excess_terms,
)

__all__ = ["BACKEND"]

_SPELLINGS = array_spellings("torch") | {
    "copy": Spelling("{0}.clone()"),
    "sigmoid": Spelling("torch.sigmoid({0})"),
    "softplus": Spelling("torch.logaddexp({0}, torch.zeros_like({0}))"),
    "diag": Spelling("{0}.diagonal(dim1=-2, dim2=-1)"),
    "diag_embed": Spelling("torch.diag_embed({0})"),
    "transpose": Spelling("{0}.mT"),
    "matvec_t": Spelling("({0}.mT @ {1}[..., None])[..., 0]", ATOM, (ATOM, ATOM)),
    "eye": Spelling("torch.eye({0}.shape[-1], dtype={0}.dtype, device={0}.device)"),
    "fill": Spelling("{0}.new_full({event}, {number})"),
    "fill_batch": Spelling("{0}.new_full({shape}, {number})"),
}

_CHECK = '''
def _check(*arguments: tuple[str, Tensor, int]) -> None:
    """Raise unless these are tensors of one floating dtype, event shapes agree and batch shapes broadcast."""
    first, dtype = arguments[0][0], None
    like, size = "", None
    batches = []
    for name, tensor, axes in arguments:
        if not isinstance(tensor, Tensor):
            got = type(tensor).__name__
            raise TypeError(f"`{name}` must be a tensor; got {got}. Pass `torch.as_tensor(...)`.")
        if tensor.dtype != dtype:
            if not tensor.is_floating_point():
                raise TypeError(f"`{name}` must be floating point; got {tensor.dtype}. Convert it: `.to(...)`.")
            if dtype is not None:
                raise TypeError(
                    f"`{name}` must have dtype {dtype} like `{first}`; got {tensor.dtype}. "
                    f"Convert one of them with `.to(...)`."
                )
            dtype = tensor.dtype
        batch = shape = tensor.shape
        if axes:
            if len(shape) < axes:
                raise ValueError(f"`{name}` must have shape (...{', k' * axes}); got {tuple(shape)}.")
            if size is None:
                like, size = name, shape[-1]
            if shape[-1] != size or shape[-axes] != size:
                raise ValueError(
                    f"`{name}` must have shape (...{f', {size}' * axes}) to match `{like}` "
                    f"with event size {size}; got {tuple(shape)}."
                )
            batch = shape[:-axes]
        batches.append(batch)
    if any(batch != batches[0] for batch in batches):
        _check_broadcast([name for name, _, _ in arguments], batches)
'''

_CHECK_SIZES = '''
def _check_sizes(*arguments: tuple[str, Tensor, tuple[str, ...]]) -> None:
    """Raise unless these are tensors of one floating dtype, each named size is one number, and batches broadcast."""
    dtype, batches = None, []
    known: dict[str, tuple[int, str]] = {}
    for name, tensor, event in arguments:
        if not isinstance(tensor, Tensor):
            got = type(tensor).__name__
            raise TypeError(f"`{name}` must be a tensor; got {got}. Pass `torch.as_tensor(...)`.")
        if not tensor.is_floating_point() or tensor.dtype != (dtype or tensor.dtype):
            wanted = f"dtype {dtype} like `{arguments[0][0]}`" if dtype else "a floating-point dtype"
            raise TypeError(f"`{name}` must have {wanted}; got {tensor.dtype}. Convert it: `.to(...)`.")
        dtype = tensor.dtype
        batch = tensor.ndim - len(event)
        shape = "".join(f", {size}" for size in event)
        if batch < 0:
            raise ValueError(f"`{name}` must have shape (...{shape}); got {tuple(tensor.shape)}.")
        for size, number in zip(event, tensor.shape[batch:], strict=True):
            wanted, whose = known.setdefault(size, (number, name))
            if wanted != number:
                given = f"{size} = {wanted} to match `{whose}`"
                raise ValueError(f"`{name}` must have shape (...{shape}) with {given}; got {tuple(tensor.shape)}.")
            $derived
        batches.append(tensor.shape[:batch])
    if any(batch != batches[0] for batch in batches):
        _check_broadcast([name for name, _, _ in arguments], batches)
'''

_CHECK_BROADCAST = '''
def _check_broadcast(names: list[str], batches: list[torch.Size]) -> None:
    """Raise unless batch shapes broadcast."""
    for i in range(1, 1 + max(len(batch) for batch in batches)):
        sizes = [batch[-i] for batch in batches if len(batch) >= i and batch[-i] != 1]
        if any(size != sizes[0] for size in sizes):
            shapes = ", ".join(f"{tuple(b)} of `{name}`" for name, b in zip(names, batches, strict=True))
            raise ValueError(f"the batch shapes must broadcast; got {shapes}.")
'''

_CHECK_LIKE = '''
def _check_like(name: str, tensor: Tensor, shape: tuple[int, ...], like: Tensor) -> None:
    """Raise unless this is a tensor of exactly this shape, and of the dtype of the arguments."""
    if not isinstance(tensor, Tensor) or tensor.dtype != like.dtype:
        got = tensor.dtype if isinstance(tensor, Tensor) else type(tensor).__name__
        raise TypeError(f"`{name}` must be a tensor of dtype {like.dtype} like the arguments; got {got}.")
    if tensor.shape != shape:
        raise ValueError(f"`{name}` must have shape {tuple(shape)}; got {tuple(tensor.shape)}.")
'''

_WITH_DERIVATIVES = '''
def _with_derivatives(forward: Callable, backward: Callable, jvp: Callable) -> Callable:
    """Bind a function to its derived derivatives, which are plain operations: they can be differentiated again."""

    class Derived(torch.autograd.Function):
        @staticmethod
        def forward(ctx, *arguments):
            result, kept = forward(*arguments)
            ctx.save_for_backward(*arguments, *kept)
            ctx.save_for_forward(*arguments)
            ctx.count = len(arguments)
            return result

        @staticmethod
        def backward(ctx, grad_output):
            arguments, kept = ctx.saved_tensors[: ctx.count], ctx.saved_tensors[ctx.count :]
            if kept and (torch.is_grad_enabled() or any(unpack_dual(x).tangent is not None for x in arguments)):
                kept = forward(*arguments)[1]  # to be differentiated again, so as functions of the arguments
            return backward(*arguments, *kept, grad_output, ctx.needs_input_grad)

        @staticmethod
        def jvp(ctx, *tangents):
            arguments = ctx.saved_tensors
            moves = (torch.zeros_like(x) if t is None else t for x, t in zip(arguments, tangents, strict=True))
            return jvp(*arguments, *moves)

    return Derived.apply
'''

_PLAIN = '''
# Without this name in torch, torch differentiates the operations: right as well, a little slower.
_transforming = getattr(torch._C, "_are_functorch_transforms_active", lambda: True)


def _plain(*arguments: Tensor) -> bool:
    """Whether torch is to differentiate the operations: for compilers, for torch.func, and when there is nothing to."""
    if torch.compiler.is_compiling() or _transforming() or not torch.is_grad_enabled():
        return True
    return not any(x.requires_grad for x in arguments)
'''

_SOLVES = '''
def _solve(factor: Tensor, right: Tensor) -> Tensor:
    """Solve `factor @ x = right` for lower-triangular `factor`; its upper triangle is not read."""
    return torch.linalg.solve_triangular(factor, right, upper=False)
'''

_SOLVES_T = '''
def _solve_t(factor: Tensor, right: Tensor) -> Tensor:
    """Solve `factor.mT @ x = right` for lower-triangular `factor`; its upper triangle is not read."""
    return torch.linalg.solve_triangular(factor.mT, right, upper=True)
'''

_BROADCAST = '''
def _broadcast(tensor: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Repeat a tensor that does not depend on all arguments along the batch axes of the others."""
    return tensor if tensor.shape == shape else tensor.expand(shape).clone()
'''

_SUM_TO = '''
def _sum_to(tensor: Tensor, shape: torch.Size) -> Tensor:
    """Sum over the axes along which an argument of this shape was broadcast."""
    return tensor if tensor.shape == shape else tensor.sum_to_size(shape)
'''

_EXPM1M = f'''
def _expm1m(x: Tensor) -> Tensor:
    """exp(x) - 1 - x, accurate near 0 too: {EXPM1M_FORMULA}."""
    near = x.clamp({-float(EXPM1M_RANGE)}, {float(EXPM1M_RANGE)})
    z = 0.5 * near
    y = z * z
    one = x.new_ones(())
    d = one  # the continued fraction is 3 d
    for odd in {expm1m_terms(53)[1:]} if x.dtype == torch.float64 else {expm1m_terms(24)[1:]}:
        d = torch.addcdiv(one, y, d, value=1.0 / (odd * (odd + 2)))
    w = torch.addcdiv(z, y, d, value=-1.0 / 3.0)
    return near * w / (1.0 - w) + ((torch.expm1(x) - x.clamp(max=1000.0)) - (torch.expm1(near) - near))
'''

_LOG_EXCESS = f'''
def _log_excess(r: Tensor, root: Tensor) -> Tensor:
    """r - log(root^2), where root^2 = 1 + r; near 0 it is {LOG_EXCESS_FORMULA}."""
    near = r.clamp({LOG_EXCESS_RANGE})
    s = near / (near + 2.0)
    t = s * s
    one = r.new_ones(())
    d = one  # (2 n + 1) d is the denominator of level n of the continued fraction
    for n in range({log_excess_terms(53) - 1} if r.dtype == torch.float64 else {log_excess_terms(24) - 1}, 0, -1):
        d = torch.addcdiv(one, t, d, value=-((n + 1) ** 2) / ((2 * n + 1) * (2 * n + 3)))
    close = s * torch.addcdiv(near, t, 3.0 * d - t, value=-2.0)
    return torch.where(near == r, close, torch.sub(r, torch.log(root).clamp(max=500.0), alpha=2.0))
'''

_LEFT_OVER = '''
def _left_over(x: Tensor, y: Tensor, d: Tensor) -> Tensor:
    """What is missing from the rounded difference d of x and y; where that is 1/2, its exponential is 0 or infinite."""
    moved = d - x
    return ((x - (d - moved)) - (y + moved)).nan_to_num(0.0).clamp(-0.5, 0.5)
'''

_EXPM1M_DIFFERENCE = '''
def _expm1m_difference(x: Tensor, y: Tensor) -> Tensor:
    """exp(x - y) - 1 - (x - y), where the exponential multiplies what is rounded off the difference too."""
    d = x - y
    m = _expm1m(d)
    return m + (_left_over(x, y, d) * (m + d)).nan_to_num(0.0)
'''

_EXPM1_DIFFERENCE = '''
def _expm1_difference(x: Tensor, y: Tensor) -> Tensor:
    """exp(x - y) - 1, where the exponential multiplies what is rounded off the difference too."""
    d = x - y
    rest = _left_over(x, y, d)
    return torch.addcmul(rest, torch.expm1(d), 1.0 + rest)
'''


def _checked(arguments: tuple[tuple[str, int], ...]) -> list[str]:
    return bracketed("_check(", [f'("{name}", {name}, {axes})' for name, axes in arguments], ")", indent=4)


def _checked_sizes(arguments: tuple[tuple[str, tuple[str, ...]], ...]) -> list[str]:
    return bracketed("_check_sizes(", size_triples(arguments), ")", indent=4)


def _checked_like(name: str, shape: str, like: str) -> list[str]:
    return bracketed("_check_like(", [f'"{name}"', name, shape, like], ")", indent=4)


def _literal(value: Any) -> str:
    return f"torch.tensor({value!r}, dtype=torch.float64)"


BACKEND = Backend(
    name="torch",
    imports=(
        "from collections.abc import Callable, Sequence",
        "",
        "import torch",
        "from torch import Tensor",
        "from torch.autograd.forward_ad import unpack_dual",
    ),
    accepts="Tensor",
    returns="Tensor",
    array="Tensor",
    broadcast_shapes="torch.broadcast_shapes",
    spellings=_SPELLINGS,
    helpers={
        "_check": _CHECK,
        "_check_sizes": _CHECK_SIZES,
        "_check_broadcast": _CHECK_BROADCAST,
        "_check_like": _CHECK_LIKE,
        "_plain": _PLAIN,
        "_with_derivatives": _WITH_DERIVATIVES,
        "_solve": _SOLVES,
        "_solve_t": _SOLVES_T,
        "_gram_root": GRAM_ROOT,
        "_lyapunov": LYAPUNOV,
        "_broadcast": _BROADCAST,
        "_sum_to": _SUM_TO,
        "_expm1m": _EXPM1M,
        **function_helpers("torch", array="Tensor"),
        "_log_excess": _LOG_EXCESS,
        "_left_over": _LEFT_OVER,
        "_expm1_difference": _EXPM1_DIFFERENCE,
        "_expm1m_difference": _EXPM1M_DIFFERENCE,
        **packed_helpers(
            "torch",
            array="Tensor",
            arange="torch.arange(k, device=packed.device)",
            triangle="torch.triu_indices(k, k, 1, device=matrix.device)",
            zeros="head.new_zeros(k * (k - 1) // 2)",
            places="torch.arange(n, device=values.device)",
            placed="flat = values.new_zeros((*values.shape[:-1], k * k)).index_copy(-1, places, values)",
        ),
    },
    checked=_checked,
    checked_sizes=_checked_sizes,
    checked_like=_checked_like,
    literal=_literal,
    bind="_with_derivatives",
    binds=("forward", "backward", "jvp"),
    selective=True,
    plain="_plain",
)
