"""Floor 4: rules for forms that keep their digits where a textbook form subtracts what is nearly equal.

Lives here: those rules, with their reasons. May not live here: which difference cancels; the calculus knows that.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mvn_symbolic.calculus import careful, careful_logarithms, complete_squares, gather, split_diagonal
from mvn_symbolic.calculus.inverse_pairs import complete_inverse_pair as paired
from mvn_symbolic.calculus.norms import complete_norms as completed
from mvn_symbolic.derivation.line import Rule

__all__ = [
    "complete_inverse_pair",
    "complete_norms",
    "complete_square",
    "split_then_gather",
    "stable_form",
    "stable_logarithm",
]


def complete_square(reshape: Callable[[Any], Any] = lambda expr: expr) -> Rule:
    """The square of a difference, in place of a square that its neighbours cancel."""
    return Rule(
        "complete the square",
        lambda expr: complete_squares(reshape(expr)),
        "Complete the square: $m^2-1-\\log m^2=(m-1)^2+2(m-1-\\log m)$, and a ratio less one is a difference "
        "over what it is relative to. A difference of what is given is rounded once.",
    )


def complete_norms(
    name: str, reason: str = "Squares and the products between them are the square of a difference."
) -> Rule:
    """Write squared norms and the products between them as the norm of a sum or difference, which gets a name.

    Parameters
    ----------
    name : str
        What the difference is called; matrices that multiply all of it stay in front.
    reason : str, optional
        What the step says on a page.

    Returns
    -------
    Rule
        It changes nothing where no such norm is found.

    Examples
    --------
    >>> from mvn_symbolic import Inner, Vector, complete_norms, squared_norm
    >>> a, b = Vector("a"), Vector("b")
    >>> complete_norms("d").apply(squared_norm(a) + squared_norm(b) - 2 * Inner(a, b))
    Inner(d, d)
    """
    return Rule("complete the norm", lambda expr: completed(expr, name), reason)


def complete_inverse_pair(name: str) -> Rule:
    """The norms of a matrix and of its inverse as the norm of one difference, which gets a name."""
    return Rule(
        "complete the square",
        lambda expr: paired(expr, name),
        r"Where $AB=I$: $\lVert A\rVert^2+\lVert B\rVert^2-2k=\lVert A-B^\top\rVert^2$. The difference is taken as "
        r"$(A-I)-(B-I)^\top$, each part a product with a difference of what is given, which is rounded once.",
    )


def stable_form() -> Rule:
    """The form that does not cancel near q = p."""
    return Rule(
        "stable form",
        careful,
        "Group what cancels near equality: $m-1-\\log m$ is one function, computed without that subtraction; of an "
        "exponential it is $e^{t}-1-t$ with $t=\\log m$.",
    )


def stable_logarithm() -> Rule:
    """Logarithms, exponentials and differences of what would be rounded before, as one function of what is given."""
    return Rule(
        "one function of what is given",
        careful_logarithms,
        "Taken as one function: the exponential of a difference has what rounding leaves of the difference, softplus "
        "is accurate where it is close to another and its logarithm where it is too small for a float.",
    )


def split_then_gather(expr: Any) -> Any:
    """The reshaping full factors need before :func:`complete_square`: diagonal and strict triangle apart."""
    return gather(split_diagonal(expr))
