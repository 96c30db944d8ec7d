"""Floor 6: how NumPy spells the operations. Only NumPy's names and helpers live here; no mathematics."""

from __future__ import annotations

from typing import Any

from mvn_symbolic.codegen.backends.base import ARITHMETIC, Backend, Spelling
from mvn_symbolic.codegen.constants import ATOM, PRODUCT
from mvn_symbolic.codegen.layout import bracketed
from mvn_symbolic.codegen.special import EXPM1M_FORMULA, expm1m_terms

__all__ = ["NUMPY"]

#: Called in NumPy as here.
_SAME_NAME = ("sqrt", "exp", "log", "log1p", "expm1", "tanh", "tril")

_SPELLINGS = ARITHMETIC | {
    "copy": Spelling("{0}.copy()"),
    **{name: Spelling(f"np.{name}({{0}})") for name in _SAME_NAME},
    "expm1m": Spelling("_expm1m({0})"),
    "sigmoid": Spelling("0.5 * (1.0 + np.tanh(0.5 * {0}))", PRODUCT, (PRODUCT,)),
    "softplus": Spelling("np.logaddexp({0}, 0.0)"),
    "sum": Spelling("{0}.sum(-1)"),
    "dot": Spelling("({0} * {1}).sum(-1)", ATOM, (PRODUCT, ATOM)),
    "inner": Spelling("({0} * {1}).sum((-2, -1))", ATOM, (PRODUCT, ATOM)),
    "row_sums": Spelling("{0}.sum(-1)"),
    "scalar_to_vector": Spelling("{0}[..., None]"),
    "scalar_to_matrix": Spelling("{0}[..., None, None]"),
    "as_rows": Spelling("{0}[..., None, :]"),
    "as_columns": Spelling("{0}[..., :, None]"),
    "outer": Spelling("{0}[..., :, None] * {1}[..., None, :]", PRODUCT, (ATOM, ATOM)),
    "diag": Spelling("{0}.diagonal(axis1=-2, axis2=-1)"),
    "diag_embed": Spelling("_diag_embed({0})"),
    "transpose": Spelling("{0}.swapaxes(-1, -2)"),
    "strict_tril": Spelling("np.tril({0}, -1)"),
    "matvec": Spelling("({0} @ {1}[..., None])[..., 0]", ATOM, (ATOM, ATOM)),
    "matvec_t": Spelling("({0}.swapaxes(-1, -2) @ {1}[..., None])[..., 0]", ATOM, (ATOM, ATOM)),
    "matmul": Spelling("{0} @ {1}", PRODUCT, (ATOM, ATOM)),
    "solve_vector": Spelling("_solve({0}, {1}[..., None])[..., 0]"),
    "solve_vector_t": Spelling("_solve_t({0}, {1}[..., None])[..., 0]"),
    "solve_matrix": Spelling("_solve({0}, {1})"),
    "solve_matrix_t": Spelling("_solve_t({0}, {1})"),
    "eye": Spelling("np.eye({0}.shape[-1], dtype={0}.dtype)"),
    "fill": Spelling("np.full({event}, {number}, {0}.dtype)"),
    "fill_batch": Spelling("np.full({shape}, {number}, {0}.dtype)"),
    "zeros_like": Spelling("np.zeros_like({0})"),
    "zeros_of_scalar": Spelling("{0}[..., None][..., :0].sum(-1)"),
    "zeros_of_vector": Spelling("{0}[..., :0].sum(-1)"),
    "zeros_of_matrix": Spelling("{0}[..., :0].sum((-2, -1))"),
    "broadcast": Spelling("_broadcast({0}, {shape})"),
    "sum_to": Spelling("_sum_to({0}, {1}.shape)"),
}

_PREPARE = '''
def _prepare(*arguments: tuple[str, ArrayLike, int]) -> list[np.ndarray]:
    """Arrays of one floating dtype, lists and integers as float64; event shapes agree and batch shapes broadcast."""
    names = [name for name, _, _ in arguments]
    arrays = [_floating(name, value) for name, value, _ in arguments]
    batches = []
    pairs = zip(arguments, arrays, strict=True)
    events = [(name, array.shape[-1]) for (name, _, axes), array in pairs if axes and array.ndim]
    like, size = events[0] if events else ("", 0)
    for (name, _, axes), array in zip(arguments, arrays, strict=True):
        if array.dtype != arrays[0].dtype:
            raise TypeError(
                f"`{name}` must have dtype {arrays[0].dtype} like `{names[0]}`; got {array.dtype}. "
                f"Convert one of them with `.astype(...)`."
            )
        if array.ndim < axes:
            raise ValueError(f"`{name}` must have shape (...{', k' * axes}); got {array.shape}.")
        if array.shape[array.ndim - axes :] != (size,) * axes:
            raise ValueError(
                f"`{name}` must have shape (...{f', {size}' * axes}) to match `{like}` "
                f"with event size {size}; got {array.shape}."
            )
        batches.append(array.shape[: array.ndim - axes])
    try:
        np.broadcast_shapes(*batches)
    except ValueError:
        shapes = ", ".join(f"{batch} of `{name}`" for name, batch in zip(names, batches, strict=True))
        raise ValueError(f"the batch shapes must broadcast; got {shapes}.") from None
    return arrays
'''

_PREPARE_LIKE = '''
def _prepare_like(name: str, value: ArrayLike, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """An array of exactly this shape and dtype; lists and integers as float64."""
    array = _floating(name, value)
    if array.dtype != dtype:
        raise TypeError(f"`{name}` must have dtype {dtype} like the arguments; got {array.dtype}.")
    if array.shape != shape:
        raise ValueError(f"`{name}` must have shape {shape}; got {array.shape}.")
    return array
'''

_FLOATING = '''
def _floating(name: str, value: ArrayLike) -> np.ndarray:
    """An array of floats; whole numbers and lists become float64."""
    array = np.asarray(value)
    if array.dtype.kind in "biu" or not isinstance(value, (np.ndarray, np.generic)):
        array = np.asarray(value, np.float64)
    if array.dtype.kind != "f":
        raise TypeError(f"`{name}` must be real floating-point numbers; got dtype {array.dtype}.")
    return array
'''

_SOLVE = '''
def _solve(factor: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Solve `factor @ x = right` for lower-triangular `factor` by substitution; its upper triangle is not read."""
    batch = np.broadcast_shapes(factor.shape[:-2], right.shape[:-2])
    x = np.empty((*batch, *right.shape[-2:]), right.dtype)
    for i in range(factor.shape[-1]):
        known = (factor[..., i : i + 1, :i] @ x[..., :i, :])[..., 0, :]
        x[..., i, :] = (right[..., i, :] - known) / factor[..., i, i, None]
    return x
'''

_SOLVE_T = '''
def _solve_t(factor: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Solve `factor.T @ x = right` for lower-triangular `factor`; its upper triangle is not read."""
    batch = np.broadcast_shapes(factor.shape[:-2], right.shape[:-2])
    x = np.empty((*batch, *right.shape[-2:]), right.dtype)
    for i in reversed(range(factor.shape[-1])):
        known = (factor[..., i + 1 :, i][..., None, :] @ x[..., i + 1 :, :])[..., 0, :]
        x[..., i, :] = (right[..., i, :] - known) / factor[..., i, i, None]
    return x
'''

_DIAG_EMBED = '''
def _diag_embed(vector: np.ndarray) -> np.ndarray:
    """Diagonal matrices with these diagonals."""
    k = vector.shape[-1]
    matrix = np.zeros((*vector.shape, k), vector.dtype)
    matrix[..., np.arange(k), np.arange(k)] = vector
    return matrix
'''

_BROADCAST = '''
def _broadcast(array: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Repeat an array that does not depend on all arguments along the batch axes of the others."""
    return array if array.shape == shape else np.broadcast_to(array, shape).copy()
'''

_SUM_TO = '''
def _sum_to(array: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Sum over the axes along which an argument of this shape was broadcast."""
    extra = array.ndim - len(shape)
    kept = [extra + i for i, n in enumerate(shape) if n == 1 and array.shape[extra + i] != 1]
    return array.sum((*range(extra), *kept), keepdims=True).reshape(shape) if extra or kept else array
'''

_EXPM1M = f'''
def _expm1m(x: np.ndarray) -> np.ndarray:
    """exp(x) - 1 - x, accurate near 0 too: {EXPM1M_FORMULA}."""
    near = np.abs(x) < 1.0
    z = 0.5 * np.where(near, x, 0.0)
    c = 0.0
    for odd in {expm1m_terms(53)}:
        c = z * z / (odd + c)
    return np.where(near, 2.0 * z * (z - c) / (1.0 + c - z), np.expm1(x) - np.minimum(x, 1000.0))
'''


def _checked(arguments: tuple[tuple[str, int], ...]) -> list[str]:
    names = ", ".join(name for name, _ in arguments)
    target = f"({names},)" if len(arguments) == 1 else names
    triples = [f'("{name}", {name}, {axes})' for name, axes in arguments]
    return bracketed(f"{target} = _prepare(", triples, ")", indent=4)


def _checked_like(name: str, shape: str, like: str) -> list[str]:
    return bracketed(f"{name} = _prepare_like(", [f'"{name}"', name, shape, f"{like}.dtype"], ")", indent=4)


def _literal(value: Any) -> str:
    return f"np.array({value!r})"


NUMPY = Backend(
    name="numpy",
    imports=("import numpy as np", "from numpy.typing import ArrayLike"),
    accepts="ArrayLike",
    returns="np.ndarray",
    array="array_like",
    broadcast_shapes="np.broadcast_shapes",
    spellings=_SPELLINGS,
    helpers={
        "_prepare": _PREPARE,
        "_prepare_like": _PREPARE_LIKE,
        "_floating": _FLOATING,
        "_solve_t": _SOLVE_T,
        "_solve": _SOLVE,
        "_diag_embed": _DIAG_EMBED,
        "_broadcast": _BROADCAST,
        "_sum_to": _SUM_TO,
        "_expm1m": _EXPM1M,
    },
    checked=_checked,
    checked_like=_checked_like,
    literal=_literal,
)
