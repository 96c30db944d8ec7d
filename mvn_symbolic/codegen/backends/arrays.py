"""Floor 6: what array libraries spell alike: operators and indexing everywhere, and the helpers of NumPy's interface.

A backend starts from these and adds what it spells in its own way. An operation that is listed nowhere is named by
`tests/codegen/test_backends.py`. No mathematics, and no array library is imported.
"""

from __future__ import annotations

from collections.abc import Mapping
from string import Template
from typing import Any

from mvn_symbolic.codegen.backends.base import Spelling
from mvn_symbolic.codegen.backends.packing import PACKED_SPELLINGS
from mvn_symbolic.codegen.backends.softplus import SOFTPLUS_HELPERS
from mvn_symbolic.codegen.constants import ATOM, NEGATION, PRODUCT, SUM
from mvn_symbolic.codegen.layout import bracketed
from mvn_symbolic.codegen.special import (
    EXPM1M_FORMULA,
    EXPM1M_RANGE,
    LOG_EXCESS_FORMULA,
    LOG_EXCESS_RANGE,
    expm1m_terms,
    log_excess_terms,
)

__all__ = [
    "array_helpers",
    "array_spellings",
    "checks_first",
    "function_helpers",
    "prepared",
    "prepared_like",
    "prepared_sizes",
    "size_triples",
]

#: Written alike wherever arrays have operators, `sum`, and NumPy's indexing; solves and shapes are helpers.
_ARRAYS: dict[str, Spelling] = {
    "neg": Spelling("-{0}", PRODUCT, (PRODUCT,)),
    "add": Spelling("{0} + {1}", SUM, (SUM, PRODUCT)),
    "sub": Spelling("{0} - {1}", SUM, (SUM, PRODUCT)),
    "mul": Spelling("{0} * {1}", PRODUCT, (PRODUCT, NEGATION)),
    "div": Spelling("{0} / {1}", PRODUCT, (PRODUCT, NEGATION)),
    "power": Spelling("{0} ** {number}", PRODUCT, (ATOM,)),
    "sum": Spelling("{0}.sum(-1)"),
    "dot": Spelling("({0} * {1}).sum(-1)", ATOM, (PRODUCT, ATOM)),
    "inner": Spelling("({0} * {1}).sum((-2, -1))", ATOM, (PRODUCT, ATOM)),
    "row_sums": Spelling("{0}.sum(-1)"),
    "scalar_to_vector": Spelling("{0}[..., None]"),
    "scalar_to_matrix": Spelling("{0}[..., None, None]"),
    "as_rows": Spelling("{0}[..., None, :]"),
    "as_columns": Spelling("{0}[..., :, None]"),
    "outer": Spelling("{0}[..., :, None] * {1}[..., None, :]", PRODUCT, (ATOM, ATOM)),
    "zeros_of_scalar": Spelling("{0}[..., None][..., :0].sum(-1)"),
    "zeros_of_vector": Spelling("{0}[..., :0].sum(-1)"),
    "zeros_of_matrix": Spelling("{0}[..., :0].sum((-2, -1))"),
    "matvec": Spelling("({0} @ {1}[..., None])[..., 0]", ATOM, (ATOM, ATOM)),
    "matmul": Spelling("{0} @ {1}", PRODUCT, (ATOM, ATOM)),
    "solve_vector": Spelling("_solve({0}, {1}[..., None])[..., 0]"),
    "solve_vector_t": Spelling("_solve_t({0}, {1}[..., None])[..., 0]"),
    "solve_matrix": Spelling("_solve({0}, {1})"),
    "solve_matrix_t": Spelling("_solve_t({0}, {1})"),
    "gram_root": Spelling("_gram_root({0})"),
    "lyapunov": Spelling("_lyapunov({0}, {1})"),
    "expm1m": Spelling("_expm1m({0})"),
    "log_softplus": Spelling("_log_softplus({0})"),
    "softplus_rate": Spelling("_softplus_rate({0})"),
    "softplus_excess": Spelling("_softplus_excess({0})"),
    "expm1_difference": Spelling("_expm1_difference({0}, {1})"),
    "expm1m_difference": Spelling("_expm1m_difference({0}, {1})"),
    "exp_in_range": Spelling("_exp_in_range({0})"),
    "exp_beyond": Spelling("_exp_beyond({0}, {1})"),
    "log_excess": Spelling("_log_unit_excess({0})"),
    "log_ratio_excess": Spelling("_log_ratio_excess({0}, {1})"),
    "log_softplus_ratio_excess": Spelling("_log_softplus_ratio_excess({0}, {1})"),
    "softplus_ratio_excess": Spelling("_softplus_ratio_excess({0}, {1})"),
    "broadcast": Spelling("_broadcast({0}, {shape})"),
    "sum_to": Spelling("_sum_to({0}, {1}.shape)"),
}

#: Functions that a library may compute to more than a place or two: what is called instead is said by the library.
_ROUNDED = ("exp", "log", "expm1", "log1p")

#: Functions that every array library calls as here.
_FUNCTIONS = ("sqrt", "exp", "log", "log1p", "expm1", "tanh", "tril", "zeros_like")


def array_spellings(namespace: str) -> dict[str, Spelling]:
    """What is spelled alike in every array library, with the library's functions called by `namespace`.

    Examples
    --------
    >>> array_spellings("np")["exp"].template
    'np.exp({0})'
    """
    named = {name: Spelling(f"{namespace}.{name}({{0}})") for name in _FUNCTIONS}
    more = {"strict_tril": f"{namespace}.tril({{0}}, -1)", "cholesky": f"{namespace}.linalg.cholesky({{0}})"}
    return _ARRAYS | PACKED_SPELLINGS | named | {name: Spelling(template) for name, template in more.items()}


_PREPARE = '''
def _prepare(*arguments: tuple[str, $accepted, int]) -> list[$array]:
    """Arrays of one floating dtype, $made; event shapes agree and batch shapes broadcast."""
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
        $np.broadcast_shapes(*batches)
    except ValueError:
        shapes = ", ".join(f"{batch} of `{name}`" for name, batch in zip(names, batches, strict=True))
        raise ValueError(f"the batch shapes must broadcast; got {shapes}.") from None
    return arrays
'''

_PREPARE_SIZES = '''
def _prepare_sizes(*arguments: tuple[str, $accepted, tuple[str, ...]]) -> list[$array]:
    """Arrays of one floating dtype, $made; each named size is one number, and batch shapes broadcast."""
    arrays = [_floating(name, value) for name, value, _ in arguments]
    known: dict[str, tuple[int, str]] = {}
    batches = []
    for (name, _, event), array in zip(arguments, arrays, strict=True):
        if array.dtype != arrays[0].dtype:
            raise TypeError(
                f"`{name}` must have dtype {arrays[0].dtype} like `{arguments[0][0]}`; got {array.dtype}. "
                f"Convert one of them with `.astype(...)`."
            )
        batch = array.ndim - len(event)
        shape = "".join(f", {size}" for size in event)
        if batch < 0:
            raise ValueError(f"`{name}` must have shape (...{shape}); got {array.shape}.")
        for size, number in zip(event, array.shape[batch:], strict=True):
            wanted, whose = known.setdefault(size, (number, name))
            if wanted != number:
                given = f"{size} = {wanted} to match `{whose}`"
                raise ValueError(f"`{name}` must have shape (...{shape}) with {given}; got {array.shape}.")
            $$derived
        batches.append(array.shape[:batch])
    try:
        $np.broadcast_shapes(*batches)
    except ValueError:
        shapes = ", ".join(f"{batch} of `{name}`" for (name, _, _), batch in zip(arguments, batches, strict=True))
        raise ValueError(f"the batch shapes must broadcast; got {shapes}.") from None
    return arrays
'''

_PREPARE_LIKE = '''
def _prepare_like(name: str, value: $accepted, shape: tuple[int, ...], dtype: $np.dtype) -> $array:
    """An array of exactly this shape and dtype; $made."""
    array = _floating(name, value)
    if array.dtype != dtype:
        raise TypeError(f"`{name}` must have dtype {dtype} like the arguments; got {array.dtype}.")
    if array.shape != shape:
        raise ValueError(f"`{name}` must have shape {shape}; got {array.shape}.")
    return array
'''

_SUM_TO = '''
def _sum_to(array: $array, shape: tuple[int, ...]) -> $array:
    """Sum over the axes along which an argument of this shape was broadcast."""
    extra = array.ndim - len(shape)
    kept = [extra + i for i, n in enumerate(shape) if n == 1 and array.shape[extra + i] != 1]
    return array.sum((*range(extra), *kept), keepdims=True).reshape(shape) if extra or kept else array
'''

_BROADCAST = '''
def _broadcast(array: $array, shape: tuple[int, ...]) -> $array:
    """Repeat an array that does not depend on all arguments along the batch axes of the others."""
    return array if array.shape == shape else $np.broadcast_to(array, shape).copy()
'''

_EXPM1M = f'''
def _expm1m(x: $array) -> $array:
    """exp(x) - 1 - x, accurate near 0 too: {EXPM1M_FORMULA}."""
    near = $np.where($np.abs(x) < {float(EXPM1M_RANGE)}, x, 0.0)
    z = 0.5 * near
    c = 0.0
    for odd in {expm1m_terms(24)} if x.dtype == $np.float32 else {expm1m_terms(53)}:
        c = z * z / (odd + c)
    w = z - c
    return $np.where(near == x, near * w / (1.0 - w), $np.expm1(x) - $np.minimum(x, 1000.0))
'''

_LEFT_OVER = '''
def _left_over(x: $array, y: $array, d: $array) -> $array:
    """What is missing from the rounded difference d of x and y; 0 where its exponential is 0 or infinite anyway."""
    moved = d - x
    return $np.where(abs(d) < 1e5, (x - (d - moved)) - (y + moved), 0.0)
'''

_EXPM1_DIFFERENCE = '''
def _expm1_difference(x: $array, y: $array) -> $array:
    """exp(x - y) - 1, where the exponential multiplies what is rounded off the difference too."""
    d = x - y
    rest = _left_over(x, y, d)
    return $expm1(d) * (1.0 + rest) + rest
'''

_EXPM1M_DIFFERENCE = '''
def _expm1m_difference(x: $array, y: $array) -> $array:
    """exp(x - y) - 1 - (x - y), where the exponential multiplies what is rounded off the difference too."""
    d = x - y
    m = _expm1m(d)
    return m + $np.where($np.isfinite(m), _left_over(x, y, d) * (m + d), 0.0)
'''

_EXP_IN_RANGE = '''
def _exp_in_range(t: $array) -> $array:
    """exp(-t) where that is a normal number; where it is not, the nearest one that is."""
    return $exp(_within(-t))
'''

_EXP_BEYOND = '''
def _exp_beyond(x: $array, t: $array) -> $array:
    """What `_exp_in_range` leaves of exp(-t): 1 where t is in range; 1 beside an x of 0, which stays 0."""
    return $exp($np.where(x == 0.0, 0.0, -t - _within(-t)))
'''

_WITHIN = '''
def _within(t: $array) -> $array:
    """The nearest number to t whose exponential is normal, and 1 over it too."""
    end = -1.0 - math.log($np.finfo(t.dtype).tiny)
    return t.clip(-end, end)
'''

_LOG_EXCESS = f'''
def _log_excess(r: $array, root: $array) -> $array:
    """r - log(root^2), where root^2 = 1 + r; near 0 it is {LOG_EXCESS_FORMULA}."""
    near = r.clip({LOG_EXCESS_RANGE})
    s = near / (2.0 + near)
    t = s * s
    c = 0.0
    for n in range({log_excess_terms(24)} if r.dtype == $np.float32 else {log_excess_terms(53)}, 0, -1):
        c = n * n * t / (2.0 * n + 1.0 - c)
    return $np.where(near == r, s * (near - 2.0 * c / (1.0 - c)), r - 2.0 * $log(root).clip(None, 500.0))
'''

_LOG_UNIT_EXCESS = '''
def _log_unit_excess(x: $array) -> $array:
    """x - 1 - log(x), accurate near 1 too."""
    return _log_excess(x - 1.0, $np.sqrt(x))
'''

_LOG_RATIO_EXCESS = '''
def _log_ratio_excess(x: $array, y: $array) -> $array:
    """x / y - 1 - log(x / y), from the difference where x is near y; roots, because a ratio may underflow."""
    return _log_excess((x - y) / y, $np.sqrt(x) / $np.sqrt(y))
'''

#: The same in every library, torch too.
_FUNCTION_HELPERS = {
    "_log_softplus": SOFTPLUS_HELPERS["_log_softplus"],
    "_softplus_rate": SOFTPLUS_HELPERS["_softplus_rate"],
    "_softplus_excess": SOFTPLUS_HELPERS["_softplus_excess"],
    "_expm1_difference": _EXPM1_DIFFERENCE,
    "_expm1m_difference": _EXPM1M_DIFFERENCE,
    "_left_over": _LEFT_OVER,
    "_exp_in_range": _EXP_IN_RANGE,
    "_exp_beyond": _EXP_BEYOND,
    "_within": _WITHIN,
    "_log_softplus_ratio_excess": SOFTPLUS_HELPERS["_log_softplus_ratio_excess"],
    "_log_ratio_excess": _LOG_RATIO_EXCESS,
    "_log_unit_excess": _LOG_UNIT_EXCESS,
    "_log_excess": _LOG_EXCESS,
    "_softplus_ratio_excess": SOFTPLUS_HELPERS["_softplus_ratio_excess"],
    "_softplus_step": SOFTPLUS_HELPERS["_softplus_step"],
}

#: Name of a helper -> its source, for libraries with NumPy's interface; they add `_floating`, `_solve` and `_solve_t`.
_HELPERS = {
    "_prepare": _PREPARE,
    "_prepare_sizes": _PREPARE_SIZES,
    "_prepare_like": _PREPARE_LIKE,
    "_broadcast": _BROADCAST,
    "_sum_to": _SUM_TO,
    "_expm1m": _EXPM1M,
}


def size_triples(arguments: tuple[tuple[str, tuple[str, ...]], ...]) -> list[str]:
    """Name, array and named sizes of each argument, as text for a call that checks them."""
    made = []
    for name, event in arguments:
        sizes = ", ".join(f'"{size}"' for size in event)
        made.append(f'("{name}", {name}, ({sizes}{"," * (len(event) == 1)}))')
    return made


def prepared(arguments: tuple[tuple[str, int], ...]) -> list[str]:
    """The lines that convert and check arguments."""
    triples = [f'("{name}", {name}, {axes})' for name, axes in arguments]
    return bracketed(f"{_target(arguments)} = _prepare(", triples, ")", indent=4)


def prepared_sizes(arguments: tuple[tuple[str, tuple[str, ...]], ...]) -> list[str]:
    """The lines that convert and check arguments whose sizes have names of their own."""
    return bracketed(f"{_target(arguments)} = _prepare_sizes(", size_triples(arguments), ")", indent=4)


def prepared_like(name: str, shape: str, like: str) -> list[str]:
    """The lines that convert and check one argument by another."""
    return bracketed(f"{name} = _prepare_like(", [f'"{name}"', name, shape, f"{like}.dtype"], ")", indent=4)


def _target(arguments: tuple[tuple[str, Any], ...]) -> str:
    names = ", ".join(name for name, _ in arguments)
    return f"({names},)" if len(arguments) == 1 else names


def checks_first(own: dict[str, str], shared: dict[str, str], packed: dict[str, str]) -> dict[str, str]:
    """The helpers in the order in which they stand in a file: it opens with the checks of its arguments."""
    return {name: shared[name] for name in ("_prepare", "_prepare_sizes", "_prepare_like")} | own | shared | packed


def array_helpers(
    namespace: str, *, array: str, accepted: str, made: str, careful: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The helpers that are the same in libraries with NumPy's interface.

    Parameters
    ----------
    namespace : str
        What NumPy's functions are called by: ``np``.
    array, accepted : str
        The annotations of an array and of what an argument may be.
    made : str
        What becomes an array, in words.
    careful : mapping of str to str, optional
        What to call instead of the library's own ``exp``, ``log``, ``expm1`` or ``log1p``, where that is off by more
        than a place or two.
    """
    words = {"np": namespace, "array": array, "accepted": accepted, "made": made} | _called(namespace, careful)
    return {name: Template(source).substitute(words) for name, source in (_HELPERS | _FUNCTION_HELPERS).items()}


def function_helpers(namespace: str, *, array: str) -> dict[str, str]:
    """The helpers for functions of numbers that any library with NumPy's names for them and a method `clip` can use."""
    words = {"np": namespace, "array": array} | _called(namespace)
    return {name: Template(source).substitute(words) for name, source in _FUNCTION_HELPERS.items()}


def _called(namespace: str, careful: Mapping[str, str] | None = None) -> dict[str, str]:
    return {name: f"{namespace}.{name}" for name in _ROUNDED} | dict(careful or {})
