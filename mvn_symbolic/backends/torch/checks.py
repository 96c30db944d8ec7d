"""Lives here: the checks of what torch users rely on: autograd, double backward, torch.func, compile, export.
May not live here: imports of generated code, or checks that make sense for another array library."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import torch
from torch import Tensor

from mvn_symbolic.verify import signatures
from mvn_symbolic.verify.function_checks import Entry
from mvn_symbolic.verify.oracles import autograd
from mvn_symbolic.verify.subject import Subject, close, in_double, of_value, scalar_in_double

BROADCAST = ((2, 1), (3,))


def _leaves(s: Subject, *batches: tuple[int, ...], k: int = 3) -> list[Tensor]:
    return [tensor.requires_grad_() for tensor in s.native(s.random(*batches, k=k))]


def _double(tensors: list[Tensor]) -> list[Tensor]:
    return [tensor.detach().double() for tensor in tensors]


def _lower(s: Subject) -> list[int]:
    return [i for i, name in enumerate(s.arguments) if signatures.bare(name) in signatures.LOWER]


def _symmetric(s: Subject) -> list[int]:
    return [i for i, name in enumerate(s.arguments) if signatures.bare(name) in signatures.SYMMETRIC]


def _compare(s: Subject, label: str, found: Tensor, expected: Tensor) -> Iterator[str]:
    if found.shape != expected.shape:
        yield f"{label}: expected shape {tuple(expected.shape)}; got {tuple(found.shape)}"
    elif not close(found.detach().double().numpy(), expected.detach().double().numpy(), s.loose):
        yield f"{label}: expected {expected.tolist()}; got {found.tolist()}"


@contextmanager
def _quiet() -> Iterator[None]:
    """Let torch's own tracing machinery warn about itself: it says nothing about the function."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch._dynamo.reset()  # a limit on recompilations counts over all functions judged so far
        yield


def check_autograd(s: Subject) -> Iterator[str]:
    """Backward agrees with autograd of the reference, over broadcast axes too, whatever stands above a diagonal."""
    function = signatures.parse(s.name).function
    for batches in (((),), ((2,),), BROADCAST, BROADCAST[::-1], ((0,),)):
        leaves = _leaves(s, *batches)
        with torch.no_grad():
            for i in _lower(s):
                leaves[i] += torch.full_like(leaves[i], torch.nan).triu(1)
        output = s.fn(*leaves)
        upstream = torch.from_numpy(s.rng.uniform(0.5, 2, output.shape).astype(s.dtype))
        # an argument that an output does not use has gradient zero: the reference says whether that is true
        found = torch.autograd.grad(output, leaves, upstream, allow_unused=True, materialize_grads=True)
        clean = [a.tril() if i in _lower(s) else a for i, a in enumerate(_double(leaves))]
        expected = autograd.vjp(s.parameterization, function, clean, upstream.double())
        for name, one, true in zip(s.arguments, found, expected, strict=True):
            yield from _compare(s, f"batch shapes {batches}, backward by {name}", one, true)
            if one.dtype != leaves[0].dtype:
                yield f"backward by {name}: expected {leaves[0].dtype}; got {one.dtype}"


def check_gradcheck(s: Subject) -> Iterator[str]:
    """``torch.autograd.gradcheck``: backward against differences, reproducible, undefined and batched gradients too."""
    for batches in (((),), ((2,), (1,))):
        torch.autograd.gradcheck(_symmetrized(s), _leaves(s, *batches, k=2), check_batched_grad=True)
    yield from ()


def check_gradgradcheck(s: Subject) -> Iterator[str]:
    """``torch.autograd.gradgradcheck``: backward is differentiable, by inputs and by the upstream gradient."""
    torch.autograd.gradgradcheck(_symmetrized(s), _leaves(s, (2,), (1,), k=2))
    yield from ()


def _symmetrized(s: Subject) -> Callable[..., Any]:
    """Let differences move symmetric arguments symmetrically, as the convention of their gradients says."""
    symmetric = _symmetric(s)

    def call(*args: Tensor) -> Any:
        return s.fn(*[(a + a.mT) / 2 if i in symmetric else a for i, a in enumerate(args)])

    return call


def check_jacrev(s: Subject) -> Iterator[str]:
    """``torch.func.jacrev`` by all arguments at once agrees with that of the reference."""
    arguments = [a.detach() for a in _leaves(s, ())]
    everywhere = tuple(range(len(arguments)))
    found = torch.func.jacrev(s.fn, argnums=everywhere)(*arguments)
    (refer, doubles) = _reference(s), _double(arguments)
    expected = torch.func.jacrev(refer, argnums=everywhere)(*doubles)
    for name, one, true in zip(s.arguments, found, expected, strict=True):
        yield from _compare(s, f"jacrev by {name}", one, true)


def _reference(s: Subject) -> Callable[..., Tensor]:
    function = signatures.parse(s.name).function
    return lambda *args: autograd.value(s.parameterization, function, *args)


def check_vmap(s: Subject) -> Iterator[str]:
    """``torch.func.vmap`` over all arguments, and over the first alone, agrees with the batched call."""
    batched = [a.detach() for a in _leaves(s, (3,))]
    expected = s.flat(s.fn(*batched))
    found = s.flat(torch.func.vmap(s.fn)(*batched))
    for index, (one, true) in enumerate(zip(found, expected, strict=True)):
        yield from _compare(s, f"vmap, output {index}", one, true)
    single = [batched[0], *(a[0] for a in batched[1:])]
    axes = (0, *(None for _ in single[1:]))
    found = s.flat(torch.func.vmap(s.fn, in_dims=axes)(*single))
    rows = [s.flat(s.fn(single[0][i], *single[1:])) for i in range(3)]
    for index, one in enumerate(found):
        yield from _compare(s, f"vmap over the first, output {index}", one, torch.stack([row[index] for row in rows]))


def check_forward_mode(s: Subject) -> Iterator[str]:
    """``torch.func.jvp`` agrees with the reference: a custom backward does not silently drop or change a tangent."""
    primals = [a.detach() for a in _leaves(s, *BROADCAST)]
    tangents = [torch.from_numpy(s.rng.uniform(-1, 1, a.shape).astype(s.dtype)) for a in primals]
    tangents = [t.tril() if i in _lower(s) else t for i, t in enumerate(tangents)]
    tangents = [t + t.mT if i in _symmetric(s) else t for i, t in enumerate(tangents)]
    with _quiet():  # torch's forward mode warns of its own use of torch.jit
        found = torch.func.jvp(s.fn, tuple(primals), tuple(tangents))[1]
    function = signatures.parse(s.name).function
    expected = autograd.jvp(s.parameterization, function, _double(primals), _double(tangents))
    yield from _compare(s, "forward mode", found, expected)


def check_hessian(s: Subject) -> Iterator[str]:
    """``torch.func.hessian`` (forward over reverse) by each argument agrees with that of the reference."""
    arguments = [a.detach() for a in _leaves(s, ())]
    doubles, refer = _double(arguments), _reference(s)
    for number, name in enumerate(s.arguments):
        with _quiet():  # torch's forward mode warns of its own use of torch.jit
            found = torch.func.hessian(_symmetrized(s), argnums=number)(*arguments)
            expected = torch.func.hessian(refer, argnums=number)(*doubles)
        yield from _compare(s, f"hessian by {name}", found, expected)


def check_compile(s: Subject) -> Iterator[str]:
    """``torch.compile(fullgraph=True)`` changes neither outputs nor, where it is differentiable, backward."""
    leaves = _leaves(s, *BROADCAST)
    plain = s.flat(s.fn(*leaves))
    with _quiet():
        compiled = s.flat(torch.compile(s.fn, fullgraph=True, backend="eager")(*leaves))
        for index, (one, true) in enumerate(zip(compiled, plain, strict=True)):
            yield from _compare(s, f"compiled, output {index}", one, true)
        if s.kind == "value":
            pairs = [
                torch.autograd.grad(x.sum(), leaves, allow_unused=True, materialize_grads=True)
                for x in (compiled[0], plain[0])
            ]
            for name, one, true in zip(s.arguments, *pairs, strict=True):
                yield from _compare(s, f"compiled, backward by {name}", one, true)


class _Program(torch.nn.Module):
    def __init__(self, fn: Callable[..., Any]) -> None:
        super().__init__()
        self.fn = fn

    def forward(self, *args: Tensor) -> Any:
        """Call the function."""
        return self.fn(*args)


def check_export(s: Subject) -> Iterator[str]:
    """``torch.export`` gives a program with the same outputs."""
    arguments = tuple(a.detach() for a in _leaves(s, (2,)))
    plain = s.flat(s.fn(*arguments))
    with _quiet():
        exported = torch.export.export(_Program(s.fn), arguments).module()
        found = s.flat(exported(*arguments))
    for index, (one, true) in enumerate(zip(found, plain, strict=True)):
        yield from _compare(s, f"exported, output {index}", one, true)


def _value_in_double(s: Subject) -> bool:
    return of_value(s) and in_double(s)


def _value_or_pair(s: Subject) -> bool:
    return s.kind in ("value", "value_and_grad") and in_double(s)


CHECKS: Final[dict[str, Entry]] = {
    "autograd": Entry(check_autograd, of_value),
    "gradcheck": Entry(check_gradcheck, _value_in_double),
    "gradgradcheck": Entry(check_gradgradcheck, _value_in_double),
    "jacrev": Entry(check_jacrev, _value_in_double),
    "vmap": Entry(check_vmap, in_double),
    "forward_mode": Entry(check_forward_mode, _value_in_double),
    "hessian": Entry(check_hessian, scalar_in_double),
    "compile": Entry(check_compile, in_double),
    "export": Entry(check_export, _value_or_pair),
}
"""Name -> check, in the order in which they run. What depends on no rounding is judged in float64 alone."""
