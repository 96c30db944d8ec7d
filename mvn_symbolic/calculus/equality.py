"""Floor 3: are two expressions equal? Yes by one normal form, no by a point that tells them apart, else unknown."""

from __future__ import annotations

from typing import Any

from sympy import sympify

from mvn_symbolic.calculus.lets import unfold
from mvn_symbolic.calculus.terms import normalize
from mvn_symbolic.errors import UnsupportedExpressionError
from mvn_symbolic.meaning.judge import judge
from mvn_symbolic.notation.functions import written_out

__all__ = ["equal"]


def equal(left: Any, right: Any) -> str:
    """Say whether two expressions are equal.

    Parameters
    ----------
    left, right : scalar, vector or matrix expression
        Of one shape.

    Returns
    -------
    str
        "yes": both have one normal form, which holds for every k. "no": a point was found, in ball arithmetic,
        at which they differ. "unknown": neither; agreement at points alone is never called a proof.

    Examples
    --------
    >>> from sympy import Trace
    >>> from mvn_symbolic import GeneralMatrix, equal
    >>> A, B = GeneralMatrix("A"), GeneralMatrix("B")
    >>> equal(Trace(A * B), Trace(B * A))
    'yes'
    """
    left, right = sympify(left), sympify(right)
    if getattr(left, "shape", ()) != getattr(right, "shape", ()):
        return "no"
    try:
        difference = normalize(_plain(left) - _plain(right))
    except UnsupportedExpressionError:
        difference = None
    if difference is not None and (difference == 0 or getattr(difference, "is_ZeroMatrix", False)):
        return "yes"
    return "no" if judge(left, right, proof_sizes=()).status == "refuted" else "unknown"


def _plain(expr: Any) -> Any:
    """Names written out, and the numerically careful functions as the exponentials they stand for."""
    return written_out(unfold(expr))
