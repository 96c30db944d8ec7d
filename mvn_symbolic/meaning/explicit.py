"""Floor 2: any expression written out at a given k: SymPy scalars and matrices of entry symbols."""

from __future__ import annotations

from typing import Any

from sympy import ImmutableMatrix, sympify

from mvn_symbolic.errors import ArgumentError
from mvn_symbolic.meaning.entry_reader import EntryReader
from mvn_symbolic.meaning.numbers import Entries
from mvn_symbolic.meaning.scene import scene_for

__all__ = ["explicit"]


def explicit(expr: Any, size: int) -> Any:
    """Return an expression at a given event dimension, entry by entry, with a SymPy symbol for each free entry.

    Parameters
    ----------
    expr : scalar or matrix expression
        Structure decides the entries: zeros above the diagonal of a lower-triangular symbol, one symbol for
        mirror images of a symmetric one, positive symbols where the structure says so.
    size : int
        The event dimension; at least 1.

    Returns
    -------
    Expr or ImmutableMatrix
        Of numbers and scalar symbols alone.

    Raises
    ------
    ArgumentError
        If `size` is no integer of at least 1.

    Examples
    --------
    >>> from mvn_symbolic import LowerTriangular, Noise, Vector, explicit
    >>> explicit(Vector("mu") + LowerTriangular("L") * Noise("epsilon"), 2)
    Matrix([
    [                  L_1_1*epsilon_1 + mu_1],
    [L_2_1*epsilon_1 + L_2_2*epsilon_2 + mu_2]])
    """
    if not isinstance(size, int) or isinstance(size, bool) or size < 1:
        raise ArgumentError(f"`size` must be an integer of at least 1; got {size!r}.")
    expr = sympify(expr)
    value = EntryReader().read(expr, scene_for([expr], Entries(), size))
    return ImmutableMatrix(value) if isinstance(value, list) else value
