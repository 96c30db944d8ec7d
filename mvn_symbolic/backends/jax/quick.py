"""Lives here: functions of JAX compiled for many calls: once for each shape, and with little care.
May not live here: noise (`keys`, `staged`), judges."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from typing import Any, Final

import jax

_HASTY: Final = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True,
                 "xla_cpu_parallel_codegen_split_count": 1, "xla_cpu_use_fusion_emitters": False}  # fmt: skip


def quick(fn: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that is compiled once for each shape; one that cannot be compiled is called as it is."""
    forms: list[Callable[..., Any]] = [fn, compiled(fn)]
    backward: list[Callable[..., Any]] = [functools.partial(pulled, fn), compiled(functools.partial(pulled, fn))]

    @functools.wraps(fn)
    def called(*arguments: Any, **options: Any) -> Any:
        return _first(forms, *arguments, **options)

    # gradients and result of given arguments, with weights of the result
    called.pulled = lambda given, upstream: _first(backward, given, upstream)  # type: ignore[attr-defined]
    return called


def compiled(fn: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that is compiled when it is called with arguments of another shape."""
    options = _hasty()
    return jax.jit(fn, compiler_options=options) if options else jax.jit(fn)


@functools.cache
def _hasty() -> dict[str, Any]:
    """Return the options with which this JAX compiles fastest: what it makes is run a few times, on a few numbers.

    Without them compiling takes five times as long. The compiler renames its options now and then: those that it does
    not know are left out.
    """
    known = {}
    for name, value in _HASTY.items():
        with contextlib.suppress(Exception):
            jax.jit(lambda: 0.0, compiler_options={name: value})()
            known[name] = value
    return known


def _first(forms: list[Callable[..., Any]], *arguments: Any, **options: Any) -> Any:
    """Call the last form that works; what raises there and works plainly is not tried again."""
    if len(forms) > 1:
        try:
            return forms[-1](*arguments, **options)
        except Exception:  # noqa: BLE001 - whatever a stranger's code raises while it is traced
            result = forms[0](*arguments, **options)
            forms.pop()
            return result
    return forms[0](*arguments, **options)


def pulled(fn: Callable[..., Any], given: tuple[Any, ...], upstream: Any) -> Any:
    """Return the gradients by given arguments, for weights of the result, and the result."""
    out, pull = jax.vjp(fn, *given)
    return pull(upstream.reshape(out.shape).astype(out.dtype)), out
