"""Floor 1: the one notation table: which symbol is which argument, how it is written, what shape and structure it has.

Every name a person meets, on a page or in a signature, comes from here. No formula and no rule lives here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sympy import MatrixSymbol, Symbol
from sympy.printing.conventions import split_super_sub
from sympy.printing.latex import translate

from mvn_symbolic.checks import check_known
from mvn_symbolic.errors import ArgumentError
from mvn_symbolic.notation.packed import packed_length
from mvn_symbolic.notation.sizes import Size, shape_text
from mvn_symbolic.notation.symbols import (
    GeneralMatrix,
    LowerTriangular,
    Noise,
    PositiveDefinite,
    PositiveVector,
    StructuredSymbol,
    Vector,
    k,
)

__all__ = ["TABLE", "Row", "argument_name", "latex_name", "rank", "row_of", "symbol"]

#: The rank of a low-rank factor.
rank = Symbol("r", integer=True, positive=True)


@dataclass(frozen=True)
class Row:
    """One quantity: its argument name in code, its symbol in mathematics, and what it is.

    Attributes
    ----------
    argument
        The name in every signature, such as ``scale_tril``.
    name
        The name of the SymPy symbol, such as ``L``.
    latex
        How the symbol is typeset.
    kind
        The symbol class, which is the structure.
    dimensions
        The symbolic shape of one event: rows, and columns of a matrix.
    meaning
        What it is, in words.
    """

    argument: str
    name: str
    latex: str
    kind: type[StructuredSymbol]
    dimensions: tuple[Any, ...]
    meaning: str

    def __post_init__(self) -> None:
        if not self.dimensions:
            raise ArgumentError(
                f"`dimensions` of the row {self.argument!r} must be those of a vector or matrix; got none. "
                "With a number for all coordinates, make a family of your own: `gaussian_family`."
            )

    @property
    def shape(self) -> str:
        """The array shape in code, with leading batch dimensions."""
        return shape_text(tuple(Size.of(size) for size in self.kind(self.name, *self.dimensions).shape if size != 1))


TABLE: tuple[Row, ...] = (
    Row("loc", "mu", r"\mu", Vector, (k,), "mean"),
    Row(
        "scale_tril",
        "L",
        "L",
        LowerTriangular,
        (k,),
        "lower-triangular factor of the covariance, positive diagonal; only the lower part is read",
    ),
    Row(
        "scale_diag",
        "sigma",
        r"\sigma",
        PositiveVector,
        (k,),
        "standard deviations, when the covariance is diagonal",
    ),
    Row("logvar", "lambda", r"\lambda", Vector, (k,), "logarithm of the variances"),
    Row("rho", "rho", r"\rho", Vector, (k,), "what softplus turns into standard deviations"),
    Row(
        "raw_tril",
        "ell",
        r"\ell",
        Vector,
        (packed_length(k),),
        "the factor, packed: the logarithms of its diagonal, then its strict lower triangle column by column",
    ),
    Row("covariance_matrix", "Sigma", r"\Sigma", PositiveDefinite, (k,), "covariance"),
    Row("precision_matrix", "Lambda", r"\Lambda", PositiveDefinite, (k,), "inverse of the covariance"),
    Row(
        "cov_factor",
        "W",
        "W",
        GeneralMatrix,
        (k, rank),
        "low-rank factor of a covariance that is low-rank plus diagonal",
    ),
    Row(
        "cov_diag",
        "d",
        "d",
        PositiveVector,
        (k,),
        "diagonal part of a covariance that is low-rank plus diagonal",
    ),
    Row("eps", "eps", r"\varepsilon", Noise, (k,), "standard normal noise, always an argument"),
    Row(
        "eps_factor",
        "xi",
        r"\xi",
        Noise,
        (rank,),
        "standard normal noise that the low-rank factor multiplies, always an argument",
    ),
    Row("value", "z", "z", Vector, (k,), "a sample, or the point where a density is taken"),
)

_BY_ARGUMENT = {row.argument: row for row in TABLE}
_BY_NAME = {row.name: row for row in TABLE}


def symbol(argument: str, prefix: str = "") -> Any:
    """Return the symbol of an argument.

    Parameters
    ----------
    argument : str
        A name of the table, such as ``"loc"``.
    prefix : str, optional
        The distribution it belongs to: ``symbol("loc", "p")`` is mu_p, the argument ``p_loc``.

    Returns
    -------
    StructuredSymbol
        A symbol of the class that carries the structure.

    Raises
    ------
    UnknownNameError
        If the table has no such argument.
    ArgumentError
        If the prefix is not made of letters.

    Examples
    --------
    >>> from mvn_symbolic import symbol
    >>> symbol("loc", "p")
    mu_p
    """
    row = _BY_ARGUMENT[check_known("symbol", argument, _BY_ARGUMENT)]
    if prefix and not prefix.isalpha():
        raise ArgumentError(f"`prefix` must be made of letters, such as 'p'; got {prefix!r}.")
    return row.kind(f"{row.name}_{prefix}" if prefix else row.name, *row.dimensions)


def row_of(symbol: Any) -> tuple[Row, str] | None:
    """The row of a symbol and its prefix; nothing for a symbol that the table does not know.

    A symbol of another class, or with another number of columns, is another symbol, whatever its name.
    """
    name, _, prefix = str(getattr(symbol, "name", "")).partition("_")
    row = _BY_NAME.get(name)
    if row is None or not isinstance(symbol, MatrixSymbol) or type(symbol) is not row.kind:
        return None
    columns = symbol.shape[1]
    if len(row.dimensions) > 1 and columns.is_Symbol and columns != row.dimensions[1]:
        return None
    return (row, prefix) if not prefix or prefix.isalpha() else None


def argument_name(symbol: Any) -> str:
    """The name of a symbol in signatures: `p_loc` for mu_p; a symbol not in the table keeps its own name."""
    found = row_of(symbol)
    if found is None:
        return str(symbol.name)
    row, prefix = found
    return f"{prefix}_{row.argument}" if prefix else row.argument


def latex_name(symbol: Any) -> str:
    r"""How a symbol is typeset: `\mu_p` for mu_p; a symbol not in the table is read as SymPy reads names."""
    found = row_of(symbol)
    if found is not None:
        row, prefix = found
        return row.latex + _subscript([prefix] if prefix else [])
    name, supers, subs = split_super_sub(str(symbol.name))
    written = translate(name) + (f"^{{{' '.join(map(translate, supers))}}}" if supers else "")
    return written + _subscript(subs)


def _subscript(parts: list[str]) -> str:
    text = " ".join(translate(part) for part in parts)
    return "" if not text else f"_{text}" if len(text) == 1 else f"_{{{text}}}"
