"""How NumPy spells the operations. Only NumPy's names and helpers live here; no mathematics."""

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
from mvn_symbolic.codegen.constants import ATOM, PRODUCT

__all__ = ["BACKEND"]

#: What NumPy computes several at a time is off by so many ulp in float32, which a square doubles; in float64 by 0.7.
_OFF = {"exp": 2.2, "log": 3.5, "expm1": 2.2, "log1p": 1.7}

_ROUNDED = {
    f"_{name}": f'''
def _{name}(x: np.ndarray) -> np.ndarray:
    """As `np.{name}`, to the last place: by way of float64 in float32, where that is off by {ulps} ulp."""
    dtype = np.asarray(x).dtype
    return np.{name}(x, dtype=np.promote_types(dtype, np.float64)).astype(dtype, copy=False)
'''
    for name, ulps in _OFF.items()
}

_SPELLINGS = array_spellings("np") | {
    **{name: Spelling(f"_{name}({{0}})") for name in _OFF},
    "copy": Spelling("{0}.copy()"),
    "sigmoid": Spelling("_exp(np.minimum({0}, 0.0)) / (1.0 + _exp(-np.abs({0})))", PRODUCT),
    "softplus": Spelling("np.logaddexp({0}, 0.0)"),
    "diag": Spelling("{0}.diagonal(axis1=-2, axis2=-1)"),
    "diag_embed": Spelling("_diag_embed({0})"),
    "transpose": Spelling("{0}.swapaxes(-1, -2)"),
    "matvec_t": Spelling("({0}.swapaxes(-1, -2) @ {1}[..., None])[..., 0]", ATOM, (ATOM, ATOM)),
    "eye": Spelling("np.eye({0}.shape[-1], dtype={0}.dtype)"),
    "fill": Spelling("np.full({event}, {number}, {0}.dtype)"),
    "fill_batch": Spelling("np.full({shape}, {number}, {0}.dtype)"),
}

_FLOATING = '''
def _floating(name: str, value: ArrayLike) -> np.ndarray:
    """An array of floats; whole numbers and lists become float64."""
    array = np.asarray(value)
    if array.dtype.kind in "biu" or (array.dtype.kind == "f" and not isinstance(value, (np.ndarray, np.generic))):
        array = array.astype(np.float64)
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

_GRAM_ROOT = '''
def _gram_root(matrix: np.ndarray) -> np.ndarray:
    """The symmetric root of `matrix.T @ matrix`, by singular values: a product would lose half of the digits."""
    _, values, rows = np.linalg.svd(matrix)
    return (rows.swapaxes(-1, -2) * values[..., None, :]) @ rows
'''

_LYAPUNOV = '''
def _lyapunov(matrix: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Solve `matrix @ x + x @ matrix = right` for a symmetric positive-definite `matrix`."""
    values, columns = np.linalg.eigh(matrix)
    rows = columns.swapaxes(-1, -2)
    return columns @ ((rows @ right @ columns) / (values[..., :, None] + values[..., None, :])) @ rows
'''

_OWN = {
    "_floating": _FLOATING,
    "_solve_t": _SOLVE_T,
    "_solve": _SOLVE,
    "_diag_embed": _DIAG_EMBED,
    "_gram_root": _GRAM_ROOT,
    "_lyapunov": _LYAPUNOV,
} | _ROUNDED
_SHARED = array_helpers(
    "np",
    array="np.ndarray",
    accepted="ArrayLike",
    made="lists and integers as float64",
    careful={name: f"_{name}" for name in _OFF},
)


def _literal(value: Any) -> str:
    return f"np.array({value!r})"


_PACKED = packed_helpers(
    "np",
    array="np.ndarray",
    arange="np.arange(k)",
    triangle="np.triu_indices(k, 1)",
    zeros="np.zeros(k * (k - 1) // 2, head.dtype)",
    places="np.arange(n)",
    placed="flat = np.zeros((*values.shape[:-1], k * k), values.dtype)\n    flat[..., places] = values",
)

BACKEND = Backend(
    name="numpy",
    imports=("import numpy as np", "from numpy.typing import ArrayLike"),
    accepts="ArrayLike",
    returns="np.ndarray",
    array="array_like",
    broadcast_shapes="np.broadcast_shapes",
    spellings=_SPELLINGS,
    helpers=checks_first(_OWN, _SHARED, _PACKED),
    checked=prepared,
    checked_sizes=prepared_sizes,
    checked_like=prepared_like,
    literal=_literal,
)
