"""Lives here: the checks of what JAX users rely on: grad, jit, vmap, derivatives of derivatives.
May not live here: imports of generated code, or checks that make sense for another array library."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import jax
import numpy as np

from mvn_symbolic.verify import signatures
from mvn_symbolic.verify.function_checks import THOROUGH, Entry
from mvn_symbolic.verify.subject import Subject, close, in_double, of_value, scalar_in_double


def _tensors(arrays: Sequence[Any]) -> list[Any]:
    import torch  # the reference is torch's autograd, but JAX code can be judged by the other checks without it

    return [torch.from_numpy(np.asarray(a, np.float64).copy()) for a in arrays]


def _compare(s: Subject, label: str, found: Any, expected: Any) -> Iterator[str]:
    found, expected = np.asarray(found), np.asarray(expected)
    if found.shape != expected.shape:
        yield f"{label}: expected shape {expected.shape}; got {found.shape}"
    elif not close(found, expected, s.loose):
        yield f"{label}: expected {expected.tolist()}; got {found.tolist()}"


def check_grad(s: Subject) -> Iterator[str]:
    """``jax.vjp`` agrees with the reference, over broadcast axes too, whatever stands above a diagonal."""
    from mvn_symbolic.verify.oracles import autograd

    function = signatures.parse(s.name).function
    lower = [signatures.bare(name) in signatures.LOWER for name in s.arguments]
    for batches in (((),), THOROUGH) if s.dtype == np.float64 else (THOROUGH,):
        clean = [a.astype(s.dtype) for a in s.random(*batches)]
        dirty = [a + np.triu(np.full(a.shape, np.nan), 1) if low else a for a, low in zip(clean, lower, strict=True)]
        shape = jax.eval_shape(s.fn, *dirty).shape
        (upstream,) = s.native([s.rng.uniform(0.5, 2, shape)])
        found = jax.jit(lambda up, *args: jax.vjp(s.fn, *args)[1](up))(upstream, *s.native(dirty))
        expected = autograd.vjp(s.parameterization, function, _tensors(clean), _tensors([upstream])[0])
        for name, one, true in zip(s.arguments, found, expected, strict=True):
            yield from _compare(s, f"batch shapes {batches}, backward by {name}", one, true)
            if one.dtype != s.dtype:
                yield f"backward by {name}: expected {s.dtype}; got {one.dtype}"


def check_jit_and_vmap(s: Subject) -> Iterator[str]:
    """``jax.jit`` of ``jax.vmap``, over all arguments and over the first alone, agrees with one call after another."""
    first, *rest = s.native(s.random((3,)))
    others = [a[0] for a in rest]

    def both(first: Any, *rest: Any) -> Any:
        alone = jax.vmap(s.fn, in_axes=(0, *(None for _ in rest)))
        return jax.vmap(s.fn)(first, *rest), alone(first, *others)

    calls = ([s.fn(*row) for row in zip(first, *rest, strict=True)], [s.fn(row, *others) for row in first])
    for label, mapped, rows in zip(("all", "the first"), jax.jit(both)(first, *rest), calls, strict=True):
        pieces = zip(*(s.flat(row) for row in rows), strict=True)
        for index, (one, true) in enumerate(zip(s.flat(mapped), pieces, strict=True)):
            yield from _compare(s, f"jit of vmap over {label}, output {index}", one, np.stack(true))


def check_second_derivatives(s: Subject) -> Iterator[str]:
    """The gradient of the gradient along a direction, reverse and forward over reverse, agrees with the reference."""
    import torch

    from mvn_symbolic.verify.oracles import autograd

    function = signatures.parse(s.name).function
    arguments = s.random(())
    ways = [s.rng.uniform(-1, 1, a.shape) for a in arguments]
    ways = [np.tril(w) if signatures.bare(n) in signatures.LOWER else w for n, w in zip(s.arguments, ways, strict=True)]
    symmetric = [signatures.bare(name) in signatures.SYMMETRIC for name in s.arguments]
    ways = [w + w.T if mirrored else w for w, mirrored in zip(ways, symmetric, strict=True)]
    everything = tuple(range(len(arguments)))

    def along(*args: Any) -> Any:
        slopes = jax.grad(s.fn, everything)(*args)
        return sum((slope * way).sum() for slope, way in zip(slopes, ways, strict=True))

    def both(*args: Any) -> Any:
        return jax.grad(along, everything)(*args), jax.jvp(jax.grad(s.fn, everything), args, tuple(ways))[1]

    leaves = [tensor.requires_grad_() for tensor in _tensors(arguments)]
    value = autograd.value(s.parameterization, function, *leaves)
    slopes = torch.autograd.grad(value, leaves, create_graph=True)
    total = sum((slope * way).sum() for slope, way in zip(slopes, _tensors(ways), strict=True))
    expected = torch.autograd.grad(total, leaves, materialize_grads=True)
    for label, found in zip(("reverse", "forward"), jax.jit(both)(*s.native(arguments)), strict=True):
        for name, one, true in zip(s.arguments, found, expected, strict=True):
            yield from _compare(s, f"{label} over reverse by {name}", one, true)


CHECKS: Final[dict[str, Entry]] = {
    "grad": Entry(check_grad, of_value),
    "jit_and_vmap": Entry(check_jit_and_vmap, in_double),
    "second_derivatives": Entry(check_second_derivatives, scalar_in_double),
}
"""Name -> check, in the order in which they run. What depends on no rounding is judged in float64 alone."""
