"""Floor 5: how volumes change where a factor becomes a covariance: the log determinant between their triangles."""

from __future__ import annotations

from mvn_symbolic.calculus import jacobian
from mvn_symbolic.calculus.indexed import entry, index, partial_by_entry
from mvn_symbolic.calculus.volumes import over_triangle, sum_rows, triangular_log_det
from mvn_symbolic.catalogue.setting import Setting
from mvn_symbolic.derivation import rules
from mvn_symbolic.derivation.gradients import gradients_of
from mvn_symbolic.derivation.line import Line, Rule
from mvn_symbolic.derivation.model import Derivation, Premise
from mvn_symbolic.notation.entries import Cell
from mvn_symbolic.notation.nodes import LogDet
from mvn_symbolic.notation.operators import Jacobian, Partial
from mvn_symbolic.notation.table import symbol
from mvn_symbolic.notation.vectorised import Vech

__all__ = ["log_volume"]


def log_volume(setting: Setting) -> Derivation:
    """d vech LL' / d vech L, its entries, and its log determinant."""
    factor = symbol("scale_tril")
    product = factor * factor.T
    i, j, a, b = map(index, "ijab")
    question = Jacobian(Vech(product), factor)
    whole = (
        Line("jacobian", "The Jacobian of the covariance by the factor", question)
        .then(rules.answer(Jacobian, jacobian, "vec", _VEC, source="Magnus & Neudecker"))
        .chain
    )
    cells = (
        Line("entry", "One entry by another", Partial(Cell(product, i, j), factor, a, b))
        .then(rules.answer(Cell, entry, "row times column", "Entries of $L$ right of the diagonal are 0."))
        .then(
            rules.answer(
                Partial,
                partial_by_entry,
                "Kronecker deltas",
                r"$\partial L_{im}/\partial L_{ab}=\delta_{ia}\delta_{mb}$, and the sum over $m$ meets $b$ once.",
                condition=r"$1\le b\le a\le k$: only the free entries of $L$ may move",
            )
        )
        .chain
    )
    volume = (
        Line("log_volume", "The log volume factor", LogDet(question))
        .then(
            rules.answer(
                LogDet,
                lambda inner: triangular_log_det(LogDet(inner)),
                "triangular in the order of rows",
                r"Row by row, no entry $i,j$ of the product holds a later entry of $L$: both deltas are 0 for $a>i$, "
                r"and for $a=i$, $b>j$ what they multiply is right of the diagonal. The determinant is the "
                "product of the diagonal, at $a=i$ and $b=j$.",
                condition=r"$j\le i$, and rows and columns are reordered alike",
            )
        )
        .then(Rule("sum the rows", sum_rows, "The delta is met once in a column of $k-j+1$ rows."))
    )
    by_vectors = Line("log_volume_vectors", "The same without an index", volume.current).then(
        Rule(
            "gather the columns",
            lambda expr: over_triangle(expr, factor),
            r"Each column counts as often as it has rows on and below the diagonal: $w$ counts them.",
        )
    )
    return Derivation(
        name="log_volume",
        title="The volume between factors and covariances",
        summary=(
            "A density of covariances and a density of their factors differ by the determinant of the map between "
            "them: priors by Cholesky factors need its logarithm."
        ),
        premise=(
            *setting.premises,
            Premise("The covariance is the product of a lower-triangular factor and its transpose."),
        ),
        chains=(
            volume.chain,
            by_vectors.chain,
            *gradients_of(by_vectors.current, factor),
            whole,
            cells,
        ),
        remarks=(
            "By the diagonal of the factor: each logarithm as often as its column has rows on and below the diagonal.",
        ),
        conventions=("Both sides of the map have the entries of the lower triangle.",),
        references=("Muirhead 1982, Aspects of Multivariate Statistical Theory",),
    )


_VEC = (
    r"$\mathrm{vec}(A\,\mathrm{d}X\,B)=(B^\top\otimes A)\,\mathrm{vec}\,\mathrm{d}X$; $K$ transposes, $T$ takes the "
    "free entries of a triangle to its vec, and its transpose picks them."
)
