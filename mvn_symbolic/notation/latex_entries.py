"""Floor 1: how one entry of an expression is typeset, and a whole matrix entry by entry at general k.

Structure decides which entries are zero. How a node is typeset as a whole is in `latex_nodes`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sympy import MatrixSymbol
from sympy.matrices.expressions import Identity, MatAdd, MatMul, MatrixExpr, OneMatrix, Transpose, ZeroMatrix

from mvn_symbolic.notation.latex_terms import TermsPrinter
from mvn_symbolic.notation.latex_text import Level, Tex, add_up, bracket, multiply, superscript
from mvn_symbolic.notation.nodes import DiagMat, DiagPart, Elementwise, Tril
from mvn_symbolic.notation.operators import FunctionGradient, WrittenOut
from mvn_symbolic.notation.packed import Head
from mvn_symbolic.notation.structure import is_diagonal, is_lower, is_upper
from mvn_symbolic.notation.symbols import Tangent
from mvn_symbolic.notation.table import latex_name

__all__ = ["EntriesPrinter", "Index", "with_index"]

_LAST = 1_000_000


class Index(NamedTuple):
    """A place in a row or column, counted from 1; `place` is None for a running index."""

    text: str
    place: int | None = None

    def is_before(self, other: Index) -> bool:
        """Whether it is known to come before the other."""
        return self.place is not None and other.place is not None and self.place < other.place

    def is_other_than(self, other: Index) -> bool:
        """Whether it is known to be another place."""
        return self.is_before(other) or other.is_before(self)


FIRST, SECOND = Index("1", 1), Index("2", 2)


def with_index(name: str, *indices: str) -> Tex:
    """The name with indices after the subscript it may have: L_{p,ij}."""
    base, _, sub = name.partition("_")
    sub = sub[1:-1] if sub.startswith("{") else sub
    return _lowered(base, f"{sub},{_together(indices)}" if sub else _together(indices))


def _together(indices: Sequence[str]) -> str:
    return ("" if all(len(index) == 1 for index in indices) else ",").join(indices)


def _lowered(base: str, text: str) -> Tex:
    return Tex(f"{base}_{text}" if len(text) == 1 else f"{base}_{{{text}}}")


class EntriesPrinter(TermsPrinter):
    """One entry at a time; an entry that the structure makes zero is None."""

    def entry(self, matrix: MatrixExpr, row: Index, column: Index = FIRST) -> Tex | None:
        """The typeset entry of a matrix, or None for a zero."""
        if matrix.shape[1] != 1 and matrix.shape[0] != 1 and _is_zero(matrix, row, column):
            return None
        for kind, method in _BY_KIND.items():
            if isinstance(matrix, kind):
                return method(self, matrix, row, column)
        return self._entry_of_anything(matrix, row, column)

    def column_entry(self, vector: MatrixExpr, index: str) -> Tex:
        """The entry of a vector at a running index."""
        return self.entry(vector, Index(index)) or Tex("0")

    # ---------------------------------------------------------------- kinds

    def _entry_of_symbol(self, matrix: Any, row: Index, column: Index) -> Tex:
        if isinstance(matrix, Tangent):
            return Tex(rf"\mathrm{{d}}{self._entry_of_symbol(matrix.primal, row, column)}", Level.POWER)
        if matrix.shape[1] == 1:
            return with_index(latex_name(matrix), row.text)
        return with_index(latex_name(matrix), row.text, column.text)

    def _entry_of_identity(self, matrix: Any, row: Index, column: Index) -> Tex | None:
        if row == column:
            return Tex("1")
        return None if row.is_other_than(column) else with_index(r"\delta", row.text, column.text)

    def _entry_of_ones(self, matrix: Any, row: Index, column: Index) -> Tex:
        return Tex("1")

    def _entry_of_zero(self, matrix: Any, row: Index, column: Index) -> None:
        return None

    def _entry_of_transpose(self, matrix: Transpose, row: Index, column: Index) -> Tex | None:
        return self.entry(matrix.arg, column, row)

    def _entry_of_written_out(self, matrix: WrittenOut, row: Index, column: Index) -> Tex | None:
        return self.entry(matrix.args[0], row, column)

    def _entry_of_tril(self, matrix: Tril, row: Index, column: Index) -> Tex | None:
        known = row == column or row.is_other_than(column)
        return self.entry(matrix.args[0], row, column) if known else self._entry_of_anything(matrix, row, column)

    def _entry_of_diag_part(self, matrix: DiagPart, row: Index, column: Index) -> Tex | None:
        return self.entry(matrix.args[0], row, row)

    def _entry_of_diag_mat(self, matrix: DiagMat, row: Index, column: Index) -> Tex | None:
        if row == column:
            return self.entry(matrix.args[0], row)
        return None if row.is_other_than(column) else self._entry_of_anything(matrix, row, column)

    def _entry_of_elementwise(self, matrix: Elementwise, row: Index, column: Index) -> Tex:
        entries = [self.entry(vector, row, column) or Tex("0") for vector in matrix.vectors]
        pairs = zip(entries, matrix.vectors, strict=True)
        bound = dict(zip(matrix.function.variables, pairs, strict=True))
        with self.binding(bound, entrywise=False):
            return self.tex(matrix.function.expr)

    def _entry_of_head(self, matrix: Head, row: Index, column: Index) -> Tex | None:
        return self.entry(matrix.args[0], row)

    def _entry_of_gradient(self, matrix: FunctionGradient, row: Index, column: Index) -> Tex | None:
        name, point = matrix.args
        if not isinstance(point, MatrixSymbol):
            return self._entry_of_anything(matrix, row, column)
        below = with_index(latex_name(point), row.text)
        return Tex(rf"\frac{{\partial {name}}}{{\partial {below}}}", Level.POWER)

    def _entry_of_sum(self, matrix: MatAdd, row: Index, column: Index) -> Tex | None:
        pieces = [(self._key(term), self.entry(term, row, column)) for term in matrix.args]
        found = [(key, piece) for key, piece in pieces if piece is not None]
        return self.in_order(found) if found else None

    def _entry_of_product(self, matrix: MatMul, row: Index, column: Index) -> Tex | None:
        scalar, factors = matrix.as_coeff_matrices()
        piece = self._entry_of_factors(list(factors), row, column)
        return None if piece is None else self._product([*scalar.as_ordered_factors()], [piece])

    def _entry_of_factors(self, factors: list[Any], row: Index, column: Index) -> Tex | None:
        if len(factors) == 1:
            return self.entry(factors[0], row, column)
        for cut in range(1, len(factors)):
            if factors[cut].shape[0] == 1:  # an outer product: one term
                left = self._entry_of_factors(factors[:cut], row, FIRST)
                right = self._entry_of_factors(factors[cut:], FIRST, column)
                if left is None or right is None:
                    return None
                factors_beside_one = [piece for piece in (left, right) if piece != "1"]
                return multiply(factors_beside_one) if factors_beside_one else left
        if len(factors) == 2:
            return self._entry_of_pair(factors[0], factors[1], row, column)
        return self._entry_of_anything(MatMul(*factors), row, column)

    def _entry_of_pair(self, left: Any, right: Any, row: Index, column: Index) -> Tex | None:
        def term(index: Index) -> Tex | None:
            a, b = self.entry(left, row, index), self.entry(right, index, column)
            if a is None or b is None:
                return None
            return superscript(a, "2") if a == b else multiply([a, b])

        if is_diagonal(left):
            return term(row)
        if is_diagonal(right):
            return term(column)
        last = Index(self._print(left.shape[1]), _LAST)
        if row.place is None or column.place is None:
            return self._running_sum(left, right, row, column, last)
        lowest = max(row.place if is_upper(left) else 1, column.place if is_lower(right) else 1)
        highest = min(row.place if is_lower(left) else _LAST, column.place if is_upper(right) else _LAST)
        if highest == _LAST == lowest:
            return term(last)
        if lowest == _LAST:
            return None
        start = [Index(str(place), place) for place in range(lowest, min(highest, lowest + 1) + 1)]
        pieces = [piece for piece in map(term, start) if piece is not None]
        if highest == _LAST:
            pieces += [Tex(r"\cdots"), term(last) or Tex("0")]
        return add_up(pieces) if pieces else None

    def _running_sum(self, left: Any, right: Any, row: Index, column: Index, last: Index) -> Tex | None:
        running = Index(next(letter for letter in "jlmn" if letter not in {row.text, column.text}))
        a, b = self.entry(left, row, running), self.entry(right, running, column)
        if a is None or b is None:
            return None
        upper = row.text if is_lower(left) else last.text
        return Tex(rf"\sum_{{{running.text}=1}}^{{{upper}}} {multiply([a, b])}", Level.PREFIX)

    def _entry_of_anything(self, matrix: MatrixExpr, row: Index, column: Index) -> Tex:
        whole = self.tex(matrix)
        indices = (row.text,) if matrix.shape[1] == 1 else (row.text, column.text)
        return _lowered(whole if whole.level == Level.ATOM and "_" not in whole else bracket(whole), _together(indices))

    # ---------------------------------------------------------------- written out

    def _print_WrittenOut(self, expr: WrittenOut) -> Tex:
        matrix = expr.args[0]
        rows, columns = (self._places(size) for size in matrix.shape)
        cells = [[self._cell(matrix, row, column) for column in columns] for row in rows]
        if len(rows) == len(columns) == 4 and None in (rows[2], columns[2]):
            _draw_triangles(cells, *self._zero_corners(matrix, rows, columns))
        lines = r" \\ ".join(" & ".join(line) for line in cells)
        return Tex(rf"\begin{{bmatrix}} {lines} \end{{bmatrix}}")

    def _places(self, size: Any) -> list[Index | None]:
        """The places shown along one side; None stands for dots."""
        if size.is_Integer and size <= 4:
            return [Index(str(place), place) for place in range(1, int(size) + 1)]
        return [FIRST, SECOND, None, Index(self._print(size), _LAST)]

    def _cell(self, matrix: Any, row: Index | None, column: Index | None) -> str:
        if row is None or column is None:
            return r"\ddots" if row is column else r"\vdots" if row is None else r"\cdots"
        return self.entry(matrix, row, column) or "0"

    def _zero_corners(self, matrix: Any, rows: list[Any], columns: list[Any]) -> tuple[bool, bool]:
        above = self.entry(matrix, rows[0], columns[3]) is None and self.entry(matrix, rows[0], columns[1]) is None
        below = self.entry(matrix, rows[3], columns[0]) is None and self.entry(matrix, rows[1], columns[0]) is None
        return above, below

    def _print_MatrixBase(self, expr: Any) -> Tex:
        lines = r" \\ ".join(" & ".join(self.tex(cell) for cell in row) for row in expr.tolist())
        return Tex(rf"\begin{{bmatrix}} {lines} \end{{bmatrix}}")

    def _print_MatrixElement(self, expr: Any) -> Tex:
        indices = [
            Index(str(place + 1), int(place) + 1) if place.is_Integer else Index(self.tex(place))
            for place in expr.indices
        ]
        return self.entry(expr.parent, *indices) or Tex("0")


def _is_zero(matrix: Any, row: Index, column: Index) -> bool:
    above, below = row.is_before(column), column.is_before(row)
    return (above and is_lower(matrix)) or (below and is_upper(matrix)) or ((above or below) and is_diagonal(matrix))


def _draw_triangles(cells: list[list[str]], above: bool, below: bool) -> None:
    """Dots along the edges of triangles of zeros."""
    if above:
        cells[1][2], cells[1][3], cells[2][3] = r"\ddots", r"\vdots", "0"
    if below:
        cells[2][1], cells[3][1], cells[3][2] = r"\ddots", r"\cdots", "0"


_BY_KIND: dict[Any, Any] = {
    MatrixSymbol: EntriesPrinter._entry_of_symbol,
    Identity: EntriesPrinter._entry_of_identity,
    OneMatrix: EntriesPrinter._entry_of_ones,
    ZeroMatrix: EntriesPrinter._entry_of_zero,
    Transpose: EntriesPrinter._entry_of_transpose,
    WrittenOut: EntriesPrinter._entry_of_written_out,
    Tril: EntriesPrinter._entry_of_tril,
    DiagPart: EntriesPrinter._entry_of_diag_part,
    DiagMat: EntriesPrinter._entry_of_diag_mat,
    Elementwise: EntriesPrinter._entry_of_elementwise,
    FunctionGradient: EntriesPrinter._entry_of_gradient,
    Head: EntriesPrinter._entry_of_head,
    MatAdd: EntriesPrinter._entry_of_sum,
    MatMul: EntriesPrinter._entry_of_product,
}
