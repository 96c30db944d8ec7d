"""Floor 1: how each node is typeset: the project's own, and SymPy's matrix nodes in textbook form.

One short method a node. Arithmetic is in `latex_terms`, entries are in `latex_entries`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sympy import MatrixSymbol, Mul, Pow, S, Symbol
from sympy.matrices.expressions import HadamardPower, HadamardProduct, Identity, Inverse, MatMul, MatrixExpr, Transpose

from mvn_symbolic.notation import laws, nodes, operators, vectorised
from mvn_symbolic.notation.latex_entries import FIRST, EntriesPrinter, Index, with_index
from mvn_symbolic.notation.latex_from_entries import running
from mvn_symbolic.notation.latex_text import Level, Tex, at_least, bracket, function_call, multiply, superscript
from mvn_symbolic.notation.latex_width import width
from mvn_symbolic.notation.roots import SquareRoot
from mvn_symbolic.notation.structure import is_symmetric
from mvn_symbolic.notation.symbols import Noise, Tangent
from mvn_symbolic.notation.table import TABLE, latex_name

__all__ = ["NodesPrinter"]

#: A diagonal matrix shows its entries if one of them is no wider than this.
_SHORT_ENTRY = 16
_LATEX_OF_NAME = {row.name: row.latex for row in TABLE}


class NodesPrinter(EntriesPrinter):
    """The nodes. `full_laws` writes the law of the noise under each expectation over noise."""

    def __init__(self, *, full_laws: bool = False) -> None:
        super().__init__()
        self._full_laws = full_laws

    # ---------------------------------------------------------------- SymPy's matrices

    def _print_Identity(self, expr: Any) -> Tex:
        return Tex("I")

    def _print_ZeroMatrix(self, expr: Any) -> Tex:
        return Tex("0")

    def _print_OneMatrix(self, expr: Any) -> Tex:
        ones = Tex(r"\mathbf{1}")
        sides = [ones] if expr.shape[0] != 1 or expr.shape[1] == 1 else []
        return multiply(sides if expr.shape[1] == 1 else [*sides, superscript(ones, r"\top")])

    def _print_Transpose(self, expr: Transpose) -> Tex:
        if isinstance(expr.arg, Inverse):
            return superscript(self.tex(expr.arg.arg), r"-\top")
        if isinstance(expr.arg, Tangent):
            return Tex(rf"{self.tex(expr.arg)}^{{\top}}", Level.POWER)
        return superscript(self.tex(expr.arg), r"\top")

    def _print_Inverse(self, expr: Inverse) -> Tex:
        if isinstance(expr.arg, Transpose):
            return superscript(self.tex(expr.arg.arg), r"-\top")
        if isinstance(expr.arg, SquareRoot):
            return superscript(self.tex(expr.arg.args[0]), "-1/2")
        return superscript(self.tex(expr.arg), "-1")

    def _print_MatPow(self, expr: Any) -> Tex:
        return superscript(self.tex(expr.base), self._exponent(expr.exp))

    def _print_Trace(self, expr: Any) -> Tex:
        return function_call("tr", self.tex(expr.arg))

    def _print_Determinant(self, expr: Any) -> Tex:
        return self._prefixed(r"\det", expr.arg)

    def _print_KroneckerProduct(self, expr: Any) -> Tex:
        return multiply([self.tex(factor) for factor in expr.args], r" \otimes ")

    def _prefixed(self, command: str, argument: Any) -> Tex:
        piece = self.tex(argument)
        gap = " " if piece[:1].isalnum() else ""
        text = f"{gap}{piece}" if piece.level >= Level.POWER else bracket(piece)
        return Tex(f"{command}{text}", Level.PREFIX)

    # ---------------------------------------------------------------- entry-by-entry products of SymPy

    def _print_HadamardProduct(self, expr: HadamardProduct) -> Tex:
        return multiply([self.tex(factor) for factor in expr.args], r" \odot ")

    def _print_HadamardPower(self, expr: HadamardPower) -> Tex:
        return superscript(self.tex(expr.base), rf"\odot {self.tex(expr.exp)}")

    # ---------------------------------------------------------------- algebra

    def _print_LogDet(self, expr: nodes.LogDet) -> Tex:
        return self._prefixed(r"\log\det", expr.args[0])

    def _print_Inner(self, expr: nodes.Inner) -> Tex:
        left, right = expr.args
        is_vector = left.shape[1] == 1
        if left == right:
            return self._norm_power(left, 2)
        if is_vector:
            return self._transposed_times(left, right)
        if isinstance(left, Identity):
            return function_call("tr", self.tex(right))
        return function_call("tr", self._transposed_times(left, right))

    def _norm_power(self, argument: MatrixExpr, exponent: int) -> Tex:
        norm = _norm(self.tex(argument))
        return Tex(
            f"{norm}{'' if argument.shape[1] == 1 else '_F'}^{exponent if exponent < 10 else f'{{{exponent}}}'}",
            Level.POWER,
        )

    def _print_Pow(self, expr: Pow) -> Tex:
        """The square of a squared norm is its fourth power."""
        base, exponent = expr.args
        is_norm = isinstance(base, nodes.Inner) and base.args[0] == base.args[1]
        if is_norm and exponent.is_Integer and exponent > 1:
            return self._norm_power(base.args[0], 2 * int(exponent))
        return super()._print_Pow(expr)

    def _transposed_times(self, left: MatrixExpr, right: MatrixExpr) -> Tex:
        number_left, left_factors = _factors(left)
        number_right, right_factors = _factors(right)
        if isinstance(right, Tangent) and len(left_factors) > 1:  # the gradient, seen as one: G' dX
            whole = superscript(self._product([], [self.tex(factor) for factor in left_factors]), r"\top")
            return self._product([*Mul.make_args(number_left)], [whole, self.tex(right)])
        pieces = [self._transposed(factor) for factor in reversed(left_factors)]
        pieces += [self.tex(factor) for factor in right_factors]
        return self._product([*Mul.make_args(number_left * number_right)], pieces)

    def _transposed(self, factor: MatrixExpr) -> Tex:
        if isinstance(factor, Transpose):
            return self.tex(factor.arg)
        if isinstance(factor, Inverse) and isinstance(factor.arg, Transpose):
            return self._print_Inverse(Inverse(factor.arg.arg))
        return self.tex(factor) if is_symmetric(factor) else self._print_Transpose(Transpose(factor))

    def _print_Total(self, expr: nodes.Total) -> Tex:
        (vector,) = expr.args
        taken = {symbol.name for symbol in vector.free_symbols if isinstance(symbol, Symbol)}
        index = next(letter for letter in "ijlmn" if letter not in taken)
        return _sum_over(f"{index}=1", self._print(vector.shape[0]), self.column_entry(vector, index))

    def _print_Tril(self, expr: nodes.Tril) -> Tex:
        return function_call("tril", self.tex(expr.args[0]))

    def _print_Cholesky(self, expr: nodes.Cholesky) -> Tex:
        return function_call("chol", self.tex(expr.args[0]))

    def _print_DiagPart(self, expr: nodes.DiagPart) -> Tex:
        return function_call("diag", self.tex(expr.args[0]))

    def _print_DiagMat(self, expr: nodes.DiagMat) -> Tex:
        (vector,) = expr.args
        if isinstance(vector, nodes.Elementwise):
            base, exponent = vector.function.expr.as_base_exp()
            if base == vector.function.variables[0] and isinstance(vector.vectors[0], MatrixSymbol):
                return superscript(function_call("diag", self.tex(vector.vectors[0])), self._exponent(exponent))
            first, last = self.entry(vector, FIRST), self.entry(vector, Index(self._print(vector.shape[0])))
            if first and last and max(width(first), width(last)) <= _SHORT_ENTRY:
                return function_call("diag", first, r"\dots", last)
        return function_call("diag", self.tex(vector))

    def _print_Elementwise(self, expr: nodes.Elementwise) -> Tex:
        if expr.shape[1] != 1:
            return self._map_of_matrices(expr)
        with self.binding({}, entrywise=False):
            pieces = [(self.tex(vector), vector) for vector in expr.vectors]
        with self.binding(dict(zip(expr.function.variables, pieces, strict=True)), entrywise=True):
            return self.tex(expr.function.expr)

    def _map_of_matrices(self, expr: nodes.Elementwise) -> Tex:
        """By what stands at a running place: the exponential of a matrix is something else."""
        row, column = Index("i"), Index("j")
        pieces = [
            (self.entry if _has_short_entries(one) else self._entry_of_anything)(one, row, column) or Tex("0")
            for one in expr.vectors
        ]
        pairs = zip(pieces, expr.vectors, strict=True)
        with self.binding(dict(zip(expr.function.variables, pairs, strict=True)), entrywise=False):
            entry = self.tex(expr.function.expr)
        return running(entry, [row.text, column.text], [*map(self._print, expr.shape)])

    def _print_Vec(self, expr: vectorised.Vec) -> Tex:
        return function_call("vec", self.tex(expr.args[0]))

    def _print_Unvec(self, expr: vectorised.Unvec) -> Tex:
        return function_call("vec", self.tex(expr.args[0]), exponent="-1")

    def _print_Vech(self, expr: vectorised.Vech) -> Tex:
        return function_call("vech", self.tex(expr.args[0]))

    def _print_TriangleDuplication(self, expr: vectorised.TriangleDuplication) -> Tex:
        return with_index("T", self._print(expr.args[0]))

    def _print_SymmetricDuplication(self, expr: vectorised.SymmetricDuplication) -> Tex:
        return with_index("D", self._print(expr.args[0]))

    def _print_DiagonalDuplication(self, expr: vectorised.DiagonalDuplication) -> Tex:
        return with_index("E", self._print(expr.args[0]))

    def _print_Commutation(self, expr: vectorised.Commutation) -> Tex:
        return with_index("K", *(self._print(size) for size in expr.args))

    # ---------------------------------------------------------------- laws

    def _print_Law(self, expr: laws.Law) -> Tex:
        return Tex(latex_name(expr))

    def _print_ScalarExpectation(self, expr: Any) -> Tex:
        integrand, variable, *law = expr.args
        under = str(self.tex(variable))
        if law:
            under += rf" \sim {self.tex(law[0])}"
        elif self._full_laws and isinstance(variable, Noise):
            under += r" \sim \mathcal{N}(0, I)"
        return Tex(rf"\mathbb{{E}}_{{{under}}}{bracket(self.tex(integrand), '[]')}")

    _print_MatrixExpectation = _print_ScalarExpectation

    def _print_Covariance(self, expr: laws.Covariance) -> Tex:
        return Tex(rf"\mathrm{{Cov}}{bracket(self.tex(expr.args[0]), '[]')}")

    def _print_Variance(self, expr: laws.Variance) -> Tex:
        return Tex(rf"\mathrm{{Var}}{bracket(self.tex(expr.args[0]), '[]')}")

    def _print_LogDensity(self, expr: laws.LogDensity) -> Tex:
        density = self._density(expr)
        gap = "" if density.startswith("\\") else " "
        return Tex(rf"\log{gap}{density}", Level.PREFIX)

    def _density(self, expr: laws.LogDensity) -> Tex:
        law, point = expr.args
        given = rf" \mid {', '.join(map(self.tex, law.given))}" if law.given else ""
        return Tex(rf"{self.tex(law)}{bracket(self.tex(point) + given)}", Level.POWER)

    def _print_exp(self, expr: Any, exp: Any = None) -> Tex:
        (exponent,) = expr.args
        return self._density(exponent) if isinstance(exponent, laws.LogDensity) else self._print_ExpBase(expr, exp)

    def _print_Entropy(self, expr: laws.Entropy) -> Tex:
        return Tex(rf"\mathrm{{H}}[{self.tex(expr.args[0])}]")

    def _print_KL(self, expr: laws.KL) -> Tex:
        p, q = expr.args
        return Tex(rf"\mathrm{{KL}}({self.tex(p)} \,\|\, {self.tex(q)})")

    # ---------------------------------------------------------------- questions

    def _print_FunctionValue(self, expr: operators.FunctionValue) -> Tex:
        return Tex(f"{expr.args[0]}{bracket(self.tex(expr.args[1]))}")

    def _print_FunctionGradient(self, expr: operators.FunctionGradient) -> Tex:
        name, point = expr.args
        if isinstance(point, MatrixSymbol):
            return Tex(rf"\frac{{\partial {name}}}{{\partial {self.tex(point)}}}", Level.POWER)
        return Tex(rf"\nabla {name}{bracket(self.tex(point))}", Level.PRODUCT)

    def _print_FunctionHessian(self, expr: operators.FunctionHessian) -> Tex:
        name, point = expr.args
        if isinstance(point, MatrixSymbol):
            below = self.tex(point)
            return Tex(rf"\frac{{\partial^2 {name}}}{{\partial {below}\,\partial {below}^\top}}", Level.POWER)
        return Tex(rf"\nabla^2 {name}{bracket(self.tex(point))}", Level.PRODUCT)

    def _print_Hessian(self, expr: operators.Hessian) -> Tex:
        scalar, rows, columns = expr.args
        by = self.tex(rows) if rows == columns else f"{self.tex(rows)},{self.tex(columns)}"
        piece = self.tex(scalar)
        gap = r"\, " if piece.startswith((r"\mathrm", r"\mathbb")) else " "
        return Tex(rf"\nabla^2_{{{by}}}{gap}{piece if piece.level >= Level.POWER else bracket(piece)}", Level.PREFIX)

    def _print_Gradient(self, expr: operators.Gradient) -> Tex:
        scalar, symbol = expr.args
        by = self.tex(symbol)
        if isinstance(scalar, operators.FunctionValue) and isinstance(scalar.args[1], MatrixSymbol):
            return Tex(rf"\frac{{\partial {scalar.args[0]}}}{{\partial {by}}}", Level.POWER)
        piece = self.tex(scalar)
        unbracketed = piece.level >= Level.POWER or (piece.level == Level.PREFIX and r"\sum" not in piece)
        nabla = f"\\nabla_{by}" if len(by) == 1 else rf"\nabla_{{{by}}}"
        gap = r"\, " if piece.startswith((r"\mathrm", r"\mathbb")) else " "
        return Tex(f"{nabla}{gap}{piece if unbracketed else bracket(piece)}", Level.PREFIX)

    def _print_ScalarDerivative(self, expr: operators.ScalarDerivative) -> Tex:
        scalar, symbol = expr.args
        piece, below = self.tex(scalar), rf"\partial {self.tex(symbol)}"
        if width(piece) <= _SHORT_ENTRY and piece.level >= Level.POWER:
            return Tex(rf"\frac{{\partial {piece}}}{{{below}}}", Level.POWER)
        return Tex(rf"\frac{{\partial}}{{{below}}} {at_least(piece, Level.POWER)}", Level.PREFIX)

    def _print_Jacobian(self, expr: operators.Jacobian) -> Tex:
        vector, symbol = expr.args
        above = at_least(self.tex(vector), Level.POWER)
        below = self.tex(symbol) if symbol.shape[1] == 1 else function_call("vech", self.tex(symbol))
        return Tex(rf"\frac{{\partial {above}}}{{\partial {below}}}", Level.POWER)

    def _print_ScalarDifferential(self, expr: Any) -> Tex:
        function, *moving = expr.args
        power = ""
        if type(function) is type(expr) and list(function.args[1:]) == moving:
            function, power = function.args[0], "^2"
        by = "" if _all_moves(function, moving) else ",".join(self.tex(symbol) for symbol in moving)
        below = by and (f"_{by}" if len(by) == 1 else f"_{{{by}}}")
        piece = self.tex(function)
        inside = piece if piece.level == Level.PREFIX else at_least(piece, Level.POWER)
        gap = r"\," if inside.startswith((r"\mathrm", r"\mathbb")) else " " if below[-1:].isalpha() else ""
        return Tex(rf"\mathrm{{d}}{power}{below}{gap}{inside}", Level.PREFIX)

    _print_MatrixDifferential = _print_ScalarDifferential

    def _print_Tangent(self, expr: Tangent) -> Tex:
        return Tex(rf"\mathrm{{d}}{self.tex(expr.primal)}", Level.POWER)

    def _print_Component(self, expr: operators.Component) -> Tex:
        vector, index = expr.args
        place = Index(self.tex(index))
        if isinstance(vector, MatrixSymbol):
            return self.entry(vector, place) or Tex("0")
        return self._entry_of_anything(vector, place, FIRST)

    def _print_Partial(self, expr: operators.Partial) -> Tex:
        component, moved = expr, []
        while isinstance(component, operators.Partial):
            component, symbol, row, column = component.args
            indices = [self.tex(row)] if symbol.shape[1] == 1 else [self.tex(row), self.tex(column)]
            moved.append(rf"\partial {with_index(latex_name(symbol), *indices)}")
        above, below = self.tex(component), r"\,".join(moved)
        if len(moved) > 1:
            return Tex(rf"\frac{{\partial^{len(moved)}}}{{{below}}} {at_least(above, Level.POWER)}", Level.PREFIX)
        if width(above) <= _SHORT_ENTRY:
            return Tex(rf"\frac{{\partial {above}}}{{{below}}}", Level.POWER)
        return Tex(rf"\frac{{\partial}}{{{below}}} {at_least(above, Level.POWER)}", Level.PREFIX)

    def _print_ParameterCount(self, expr: operators.ParameterCount) -> Tex:
        return self._prefixed(r"\dim", expr.args[0])

    # ---------------------------------------------------------------- SymPy's indexed calculus

    def _print_Sum(self, expr: Any) -> Tex:
        piece = self.tex(expr.function)
        for variable, low, high in expr.limits:
            piece = _sum_over(f"{self.tex(variable)}={self.tex(low)}", self.tex(high), piece)
        return piece

    def _print_KroneckerDelta(self, expr: Any, exp: Any = None) -> Tex:
        return with_index(r"\delta", *(self.tex(index) for index in expr.args))

    def _print_Indexed(self, expr: Any) -> Tex:
        name = expr.base.label.name
        return with_index(_LATEX_OF_NAME.get(name) or self.tex(expr.base.label), *map(self.tex, expr.indices))


def _factors(expr: MatrixExpr) -> tuple[Any, list[Any]]:
    if isinstance(expr, MatMul):
        number, factors = expr.as_coeff_matrices()
        return number, list(factors)
    return S.One, [expr]


def _norm(piece: Tex) -> str:
    like = bracket(piece)
    left, right = like[: like.index("(")], like[like.rindex(str(piece)) + len(piece) : -1]
    return rf"{left}\lVert {piece} {right}\rVert"


def _all_moves(function: Any, moving: Sequence[Any]) -> bool:
    """Whether all that a function depends on moves; noise and sizes never do."""
    found = (symbol for symbol in function.free_symbols if not isinstance(symbol, Noise) and not symbol.is_integer)
    return set(found) <= set(moving)


def _sum_over(low: str, high: str, body: Tex) -> Tex:
    text = body if body.level >= Level.PREFIX else bracket(body)
    return Tex(rf"\sum_{{{low}}}^{high if len(high) == 1 else f'{{{high}}}'} {text}", Level.PREFIX)


def _has_short_entries(matrix: MatrixExpr) -> bool:
    """Whether an entry of a matrix is one symbol, or a product over no index: that of an outer product."""
    _, factors = _factors(matrix)
    return isinstance(matrix, MatrixSymbol) or any(factor.shape[1] == 1 for factor in factors[:-1])
