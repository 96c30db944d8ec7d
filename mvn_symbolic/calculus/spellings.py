"""Floor 3: what to write instead of SymPy's nodes that have no rule here; a refusal says so.

Lives here: one line a node. May not live here: rules.
"""

from __future__ import annotations

__all__ = ["SPELLINGS"]

_PARTS = "Write the products of its parts instead."
_SUMS = "Write it with matrices: Inner(x, y), Total(x), Trace(X), or UnitVector for a single entry of a product."

#: name of SymPy's class: what to write instead
SPELLINGS = {
    "Adjoint": "Matrices are real here: write X.T.",
    "BlockMatrix": _PARTS,
    "DiagMatrix": "Write DiagMat(x).",
    "DiagonalMatrix": "Write DiagMat(DiagPart(X)).",
    "DiagonalOf": "Write DiagPart(X).",
    "DotProduct": "Write Inner(x, y).",
    "ElementwiseApplyFunction": "Write elementwise(f, x), of the entries of a vector or a matrix.",
    "MatrixSlice": _PARTS,
    "Derivative": "Take the derivative first: grad(f, s).",
    "Sum": _SUMS,
    "Product": _SUMS,
    "Integral": "Evaluate it first: expr.doit().",
}
