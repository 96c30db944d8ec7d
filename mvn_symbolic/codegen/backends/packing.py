"""Floor 6: how packed triangles and placed entries are spelled: alike everywhere, but for how an index is made.

A packed triangle has its k diagonal entries first, then the strict lower triangle column by column. Entries are placed
at a stride through all entries of a matrix, row by row.
"""

from __future__ import annotations

from string import Template

from mvn_symbolic.codegen.backends.base import Spelling

__all__ = ["PACKED_SPELLINGS", "packed_helpers"]

PACKED_SPELLINGS = {
    "head": Spelling("{0}[..., :k]"),
    "unpack": Spelling("_unpack({0}, k)"),
    "pack": Spelling("_join({0}, _below({1}))"),
    "pack_head": Spelling("_pack_head({0})"),
    "pack_tail": Spelling("_join({0}, {1}[..., k:])"),
    "tail_dot": Spelling("({0}[..., k:] * {1}[..., k:]).sum(-1)"),
    "place": Spelling("_place({0}, {places})"),
    "pick": Spelling("_pick({0}, {places})"),
}

_HELPERS = {
    "_unpack": '''
def _unpack(packed: $array, k: int) -> $array:
    """The strict lower triangle that is packed column by column behind the first k entries."""
    i = $arange
    places = $np.tril(k - 1 + i[:, None] + i * (2 * k - 3 - i) // 2, -1)
    return $np.tril(packed[..., places], -1)
''',
    "_below": '''
def _below(matrix: $array) -> $array:
    """The strict lower triangle of a matrix, column by column."""
    k = matrix.shape[-1]
    columns, rows = $triangle
    return matrix[..., rows, columns]
''',
    "_pack_head": '''
def _pack_head(head: $array) -> $array:
    """A packed triangle with nothing below its diagonal."""
    k = head.shape[-1]
    return _join(head, $zeros)
''',
    "_join": '''
def _join(head: $array, tail: $array) -> $array:
    """One packed triangle of its head and its tail, for each element of the broadcast batch."""
    batch = $np.broadcast_shapes(head.shape[:-1], tail.shape[:-1])
    return $np.concatenate([$np.broadcast_to(part, (*batch, part.shape[-1])) for part in (head, tail)], -1)
''',
    "_place": '''
def _place(values: $array, k: int, start: int, step: int) -> $array:
    """A k x k matrix with these values, row by row, at every `step`-th place from `start`; zeros elsewhere."""
    n = values.shape[-1]
    places = start + step * $places
    $placed
    return flat.reshape(*values.shape[:-1], k, k)
''',
    "_pick": '''
def _pick(values: $array, n: int, start: int, step: int) -> $array:
    """The n entries of a matrix, row by row, at every `step`-th place from `start`."""
    places = start + step * $places
    return values.reshape(*values.shape[:-2], values.shape[-1] ** 2)[..., places]
''',
}


def packed_helpers(
    namespace: str, *, array: str, arange: str, triangle: str, zeros: str, places: str, placed: str
) -> dict[str, str]:
    """The helpers for packed triangles, and for entries at places.

    Parameters
    ----------
    namespace : str
        What the library's functions are called by.
    array : str
        The annotation of an array.
    arange : str
        The numbers below k, where the array is called ``packed``.
    triangle : str
        Rows and columns of the strict upper triangle of a k x k matrix that is called ``matrix``, row by row.
    zeros : str
        As many zeros as there are entries below the diagonal, like an array that is called ``head``.
    places : str
        The numbers below n, like an array that is called ``values``.
    placed : str
        ``k * k`` zeros like a vector that is called ``values``, with it at ``places``.
    """
    words = {
        "np": namespace,
        "array": array,
        "arange": arange,
        "triangle": triangle,
        "zeros": zeros,
        "places": places,
        "placed": placed,
    }
    return {name: Template(source).substitute(words) for name, source in _HELPERS.items()}
