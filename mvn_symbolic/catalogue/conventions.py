"""Floor 5: what a page says of its conventions by itself, from the symbols and nodes that stand on it.

Lives here: sentences about the 0/1 matrices around vec, and who adds them. May not live here: those of one result.
"""

from __future__ import annotations

from dataclasses import replace

from mvn_symbolic.catalogue import parameterizations
from mvn_symbolic.derivation.model import Derivation
from mvn_symbolic.notation.parts import nodes_of
from mvn_symbolic.notation.vectorised import (
    Commutation,
    DiagonalDuplication,
    SymmetricDuplication,
    TriangleDuplication,
    Vec,
)

__all__ = ["conventions"]

_NODES = {
    Vec: "vec stacks columns; vech stacks the columns of the lower triangle.",
    SymmetricDuplication: r"$D_k$ is the duplication matrix: $\mathrm{vec}X=D_k\,\mathrm{vech}X$ for symmetric $X$.",
    TriangleDuplication: (
        r"$T_k$ is that of triangles: $\mathrm{vec}X=T_k\,\mathrm{vech}X$ for lower-triangular $X$. Its transpose, "
        "which picks the lower triangle out, is the elimination matrix."
    ),
    DiagonalDuplication: r"$E_k$ takes a diagonal to the vec of its matrix; its transpose picks the diagonal out.",
    Commutation: r"$K$ is the commutation matrix: $\mathrm{vec}X^\top=K\,\mathrm{vec}X$.",
}


def conventions(derivation: Derivation) -> Derivation:
    """The same derivation, with the conventions of the parameterizations and of the nodes that are on its page."""
    derivation = parameterizations.conventions(derivation)
    kinds = set(map(type, nodes_of(*(side for chain in derivation.chains for side in chain.result))))
    if not kinds & {*_NODES} - {Vec}:
        return derivation
    texts = [text for kind, text in _NODES.items() if kind in kinds or kind is Vec]
    return replace(derivation, conventions=(*derivation.conventions, *texts))
