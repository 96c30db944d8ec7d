"""Floor 6: the two passes of automatic differentiation: forward keeps what backward would have to compute again.

Both come out of one builder, so that what they share is known; how a library binds them to each other is not.
"""

from __future__ import annotations

from collections.abc import Iterator

from mvn_symbolic.codegen.operations import Builder
from mvn_symbolic.codegen.program import Program, batched, cotangents

__all__ = ["passes"]

#: Dearer to compute again than to store.
_DEAR = frozenset(
    {
        "solve_vector",
        "solve_vector_t",
        "solve_matrix",
        "solve_matrix_t",
        "matmul",
        "matvec",
        "matvec_t",
        "cholesky",
        "gram_root",
        "lyapunov",
    }
    | {
        "exp",
        "expm1",
        "expm1m",
        "log",
        "log1p",
        "tanh",
        "sigmoid",
        "softplus",
        "log_softplus",
        "softplus_rate",
        "softplus_excess",
        "expm1_difference",
        "expm1m_difference",
        "exp_in_range",
        "exp_beyond",
        "log_excess",
        "log_ratio_excess",
        "log_softplus_ratio_excess",
        "softplus_ratio_excess",
        "power",
        "sqrt",
        "div",
    }
)


def passes(value: Program) -> tuple[Program, Program]:
    """Split value and vector-Jacobian product of a scalar function into a forward and a backward pass.

    Parameters
    ----------
    value : Program
        The value program of the function.

    Returns
    -------
    Program, Program
        Forward takes the arguments, and returns the value and what is kept. Backward takes the arguments, what was
        kept and the cotangent, and returns one cotangent an argument.
    """
    function = value.function
    low, outputs, extra = cotangents(function)
    b = low.builder
    result = batched(low, function, low.lower(function.value), function.value)
    kept = _kept(b, result, outputs)
    names = tuple(_names(b, kept))
    taken = dict(zip(kept, names, strict=True))
    forward = Program(function, "forward", b.finish([result, *kept]), value.arguments, results=("result", *names))
    backward = Program(
        function,
        "backward",
        b.finish(outputs, given=taken),
        value.arguments,
        (*((name, b.kind(i)) for i, name in taken.items()), extra),
        tuple(f"grad_{item.name}" for item in function.inputs),
    )
    return forward, backward


def _names(b: Builder, kept: list[int]) -> Iterator[str]:
    """What is kept under its own name; where two values have one name, the second is numbered."""
    taken: set[str] = set()
    for n, i in enumerate(kept, start=1):
        name = b.names.get(i, f"kept_{n}")
        name = f"{name}_{n}" if name in taken else name
        taken.add(name)
        yield name


def _kept(b: Builder, result: int, outputs: list[int]) -> list[int]:
    """What the value goes through, is met first on the way back from the cotangents, and is dear to compute again."""
    forward = b.reached([result])
    kept: set[int] = set()
    waiting, seen = list(outputs), set(outputs)
    while waiting:
        i = waiting.pop()
        operands = [j for j in b.steps[i].operands if b.number(j) is None]
        if i in forward and (b.steps[i].opcode in _DEAR or (len(set(operands)) > 1 and _is_dear(b, i))):
            kept.add(i)
            continue
        waiting += [j for j in operands if j not in seen]
        seen.update(operands)
    return sorted(kept)


def _is_dear(b: Builder, i: int) -> bool:
    return any(b.steps[j].opcode in _DEAR for j in b.reached([i]))
