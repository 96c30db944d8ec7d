"""Floor 1: numbers between 0 and 1, such as a correlation or the order of a divergence.

Lives here: their symbol. May not live here: how a judge draws them.
"""

from __future__ import annotations

from sympy import Symbol

__all__ = ["Share", "share"]


class Share(Symbol):
    """A number between 0 and 1, both excluded."""

    __slots__ = ()
    #: The structure of a sum reads it: what is weighted by one less a share has a positive weight.
    is_share = True


def share(name: str) -> Share:
    """Make a scalar symbol for a number between 0 and 1, such as a correlation or the order of a Rényi divergence.

    Parameters
    ----------
    name : str
        How it is written.

    Returns
    -------
    Share
        A positive SymPy symbol; judges draw it between 0 and 1, and one less it counts as positive.

    Examples
    --------
    >>> from mvn_symbolic import share
    >>> share("alpha")
    alpha
    """
    return Share(name, positive=True)
