"""Floor 1: LaTeX of any expression, as a textbook would print it. The only door to the printer.

The same text serves pages, papers, notebooks and GitHub, which is why no command is used that one of them lacks.
"""

from __future__ import annotations

from typing import Any

from sympy import Basic

from mvn_symbolic.notation import (  # noqa: F401 - they register
    latex_divergences,
    latex_from_entries,
    latex_packed,
    latex_places,
    latex_roots,
)
from mvn_symbolic.notation.latex_nodes import NodesPrinter
from mvn_symbolic.notation.memory import remembered

__all__ = ["latex", "latex_equation"]


def latex(expr: Any, *, full_laws: bool = False) -> str:
    r"""Return the LaTeX of an expression, without delimiters.

    Parameters
    ----------
    expr : Expr
        A SymPy expression, with or without this package's nodes.
    full_laws : bool, optional
        Write the law of the noise under each expectation, instead of the noise alone.

    Returns
    -------
    str
        Mathematics that MathJax, KaTeX, GitHub and pdfLaTeX with amsmath typeset.

    Examples
    --------
    >>> from mvn_symbolic import latex, symbol
    >>> print(latex(symbol("loc") + symbol("scale_tril") * symbol("eps")))
    \mu + L\varepsilon
    """
    # an expression of SymPy never changes; pages, papers and data ask for the same one
    return (_kept if isinstance(expr, Basic) else _typeset)(expr, full_laws)


def _typeset(expr: Any, full_laws: bool) -> str:
    return str(NodesPrinter(full_laws=full_laws).tex(expr))


_kept = remembered(1 << 12)(_typeset)


def latex_equation(left: Any, right: Any, sign: str = "=", *, full_laws: bool = False) -> str:
    """The LaTeX of `left = right`."""
    return f"{latex(left, full_laws=full_laws)} {sign} {latex(right, full_laws=full_laws)}"
