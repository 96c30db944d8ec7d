"""How JAX spells the operations. Only JAX's names and helpers live here; no mathematics, no JAX."""

from __future__ import annotations

from typing import Any

from mvn_symbolic.codegen.backends.arrays import (
    array_helpers,
    array_spellings,
    checks_first,
    prepared,
    prepared_like,
    prepared_sizes,
)
from mvn_symbolic.codegen.backends.base import Backend, Spelling
from mvn_symbolic.codegen.backends.packing import packed_helpers
from mvn_symbolic.codegen.constants import ATOM
from mvn_symbolic.codegen.special import EXPM1M_RANGE

__all__ = ["BACKEND"]

_SPELLINGS = array_spellings("jnp") | {
    "copy": Spelling("{0}.copy()"),  # a caller may give an argument's memory away: jax.jit has donate_argnums
    "expm1": Spelling("_expm1({0})"),
    "log1p": Spelling("_log1p({0})"),
    "sigmoid": Spelling("jax.nn.sigmoid({0})"),
    "softplus": Spelling("jnp.logaddexp({0}, 0.0)"),
    "diag": Spelling("{0}.diagonal(axis1=-2, axis2=-1)"),
    "diag_embed": Spelling("_diag_embed({0})"),
    "transpose": Spelling("{0}.mT"),
    "matvec": Spelling("_matmul({0}, {1}[..., None])[..., 0]"),
    "matvec_t": Spelling("_matmul({0}.mT, {1}[..., None])[..., 0]", ATOM, (ATOM, ATOM)),
    "matmul": Spelling("_matmul({0}, {1})"),
    "eye": Spelling("jnp.eye({0}.shape[-1], dtype={0}.dtype)"),
    "fill": Spelling("jnp.full({event}, {number}, {0}.dtype)"),
    "fill_batch": Spelling("jnp.full({shape}, {number}, {0}.dtype)"),
}

_FLOATING = '''
def _floating(name: str, value: Array) -> Array:
    """An array of floats; one of NumPy's becomes what JAX makes of it: float32 where `jax_enable_x64` is off."""
    if not hasattr(value, "dtype"):
        raise TypeError(f"`{name}` must be an array; got {type(value).__name__}. Pass `jnp.asarray(...)`.")
    array = jnp.asarray(value)
    if not jnp.issubdtype(array.dtype, jnp.floating):
        raise TypeError(f"`{name}` must be floating point; got {array.dtype}. Convert it: `.astype(...)`.")
    return array
'''

_WITH_DERIVATIVES = '''
def _with_derivatives(forward: Callable, backward: Callable) -> Callable:
    """Bind a function to its derived backward pass: plain operations, so that it can be differentiated again."""

    @jax.custom_vjp
    def derived(*arguments):
        return forward(*arguments)[0]

    def forward_keeping(*arguments):
        result, kept = forward(*arguments)
        return result, (*arguments, *kept)

    derived.defvjp(forward_keeping, lambda kept, grad_output: backward(*kept, grad_output))
    return derived
'''

_MATMUL = '''
def _matmul(left: Array, right: Array) -> Array:
    """Product of matrices with all bits of their dtype; by default some devices multiply float32 in fewer."""
    return jnp.matmul(left, right, precision="highest")
'''

_SOLVE_T = '''
def _solve_t(factor: Array, right: Array) -> Array:
    """Solve `factor.mT @ x = right` for lower-triangular `factor`; its upper triangle is not read."""
    return _triangular_solve(factor, right, transpose_a=True)
'''

_SOLVE = '''
def _solve(factor: Array, right: Array) -> Array:
    """Solve `factor @ x = right` for lower-triangular `factor`; its upper triangle is not read."""
    return _triangular_solve(factor, right, transpose_a=False)
'''

_TRIANGULAR_SOLVE = '''
def _triangular_solve(factor: Array, right: Array, *, transpose_a: bool) -> Array:
    """Solve for each element of the broadcast batch."""
    batch = jnp.broadcast_shapes(factor.shape[:-2], right.shape[:-2])
    factor, right = (jnp.broadcast_to(x, (*batch, *x.shape[-2:])) for x in (factor, right))
    return jax.lax.linalg.triangular_solve(factor, right, left_side=True, lower=True, transpose_a=transpose_a)
'''

_DIAG_EMBED = '''
def _diag_embed(vector: Array) -> Array:
    """Diagonal matrices with these diagonals."""
    return jnp.where(jnp.eye(vector.shape[-1], dtype=bool), vector[..., None], 0.0)
'''

_GRAM_ROOT = '''
@jax.custom_jvp
def _gram_root(matrix: Array) -> Array:
    """The symmetric root of `matrix.T @ matrix`, by singular values: a product would lose half of the digits."""
    _, values, rows = jnp.linalg.svd(matrix)
    return _matmul(rows.mT * values[..., None, :], rows)


@_gram_root.defjvp
def _gram_root_moves(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    (matrix,), (moves,) = primals, tangents
    root, half = _gram_root(matrix), _matmul(matrix.mT, moves)
    return root, _lyapunov(root, half + half.mT)
'''

_LYAPUNOV = '''
@jax.custom_jvp
def _lyapunov(matrix: Array, right: Array) -> Array:
    """Solve `matrix @ x + x @ matrix = right` for a positive-definite `matrix`; equal eigenvalues may be."""
    values, columns = jnp.linalg.eigh(matrix)
    inner = _matmul(_matmul(columns.mT, right), columns) / (values[..., :, None] + values[..., None, :])
    return _matmul(_matmul(columns, inner), columns.mT)


@_lyapunov.defjvp
def _lyapunov_moves(primals: tuple[Array, Array], tangents: tuple[Array, Array]) -> tuple[Array, Array]:
    (matrix, right), (moves, change) = primals, tangents
    solution = _lyapunov(matrix, right)
    return solution, _lyapunov(matrix, change - _matmul(moves, solution) - _matmul(solution, moves))
'''

#: XLA's log1p loses seven bits of float64 from -0.41 to -0.35, and 2.5 ulp up to 1; below -1/2 the sum 1 + x is exact.
_LOG1P = '''
def _log1p(x: Array) -> Array:
    """log(1 + x), to the last place: x less what it is above the logarithm, where that is the smaller part."""
    near = jnp.where((x > -0.5) & (x < 1.0), x, 0.0)
    far = jnp.where(x < 0.0, jnp.log(1.0 + x), jnp.log1p(x))
    return jnp.where(near == x, near - _log_excess(near, jnp.ones_like(near)), far)
'''

#: XLA's expm1 is off by 5.7 ulp near 0, and in float64 by 3.3 ulp up to 1.2.
_EXPM1 = f'''
def _expm1(x: Array) -> Array:
    """exp(x) - 1, to the last place near 0."""
    return jnp.where(jnp.abs(x) < {float(EXPM1M_RANGE)}, x + _expm1m(x), jnp.expm1(x))
'''


def _literal(value: Any) -> str:
    return f"jnp.array({value!r})"


_OWN = {
    "_floating": _FLOATING,
    "_with_derivatives": _WITH_DERIVATIVES,
    "_matmul": _MATMUL,
    "_solve_t": _SOLVE_T,
    "_solve": _SOLVE,
    "_triangular_solve": _TRIANGULAR_SOLVE,
    "_diag_embed": _DIAG_EMBED,
    "_gram_root": _GRAM_ROOT,
    "_lyapunov": _LYAPUNOV,
    "_log1p": _LOG1P,
    "_expm1": _EXPM1,
}
_SHARED = array_helpers(
    "jnp",
    array="Array",
    accepted="Array",
    made="those of NumPy as JAX takes them",
    careful={"log1p": "_log1p", "expm1": "_expm1"},
)

_PACKED = packed_helpers(
    "jnp",
    array="Array",
    arange="jnp.arange(k)",
    triangle="jnp.triu_indices(k, 1)",
    zeros="jnp.zeros(k * (k - 1) // 2, head.dtype)",
    places="jnp.arange(n)",
    placed="flat = jnp.zeros((*values.shape[:-1], k * k), values.dtype).at[..., places].set(values)",
)

BACKEND = Backend(
    name="jax",
    imports=(
        "from collections.abc import Callable",
        "",
        "import jax",
        "import jax.numpy as jnp",
        "from jax import Array",
    ),
    accepts="Array",
    returns="Array",
    array="Array",
    broadcast_shapes="jnp.broadcast_shapes",
    spellings=_SPELLINGS,
    helpers=checks_first(_OWN, _SHARED, _PACKED),
    checked=prepared,
    checked_sizes=prepared_sizes,
    checked_like=prepared_like,
    literal=_literal,
    bind="_with_derivatives",
    binds=("forward", "backward"),
    note="""
Pure functions for `jax.jit`, `jax.vmap` and `jax.grad`, to any order; shapes and dtypes are checked while JAX traces.
A scalar function is a `jax.custom_vjp` with the derived backward pass, which JAX refuses to run in forward mode:
push tangents forward with the `jvp_` functions. Of a matrix whose Cholesky factor is taken the mean of both triangles
is read, where NumPy and torch read the lower one. Without `jax_enable_x64` JAX makes float32 of float64.""",
)
