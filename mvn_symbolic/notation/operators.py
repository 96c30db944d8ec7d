"""Floor 1: questions not yet answered, as nodes: gradient, Jacobian, differential, and the abstract function J.

They give a derivation something to start from. Their meaning is stated in `mvn_symbolic.meaning` by
differences, the way to answer them in `mvn_symbolic.calculus`.
"""

from __future__ import annotations

from typing import Any

from sympy import Expr, MatrixSymbol, Symbol, sympify
from sympy.core.symbol import Str
from sympy.matrices.expressions import MatrixExpr

from mvn_symbolic.errors import ArgumentError
from mvn_symbolic.notation.nodes import ScalarNode
from mvn_symbolic.notation.structure import tags_of

__all__ = [
    "Component",
    "FunctionGradient",
    "FunctionHessian",
    "FunctionValue",
    "Gradient",
    "Hessian",
    "Jacobian",
    "MatrixDifferential",
    "ParameterCount",
    "Partial",
    "ScalarDerivative",
    "ScalarDifferential",
    "ScalarFunction",
    "WrittenOut",
    "differential_of",
    "free_count",
    "gradient_of",
]


class FunctionValue(ScalarNode):
    """J(z): the value of an abstract smooth scalar function at a vector."""

    def __new__(cls, name: Any, point: Any) -> FunctionValue:
        return Expr.__new__(cls, Str(str(name)), sympify(point))


class FunctionGradient(MatrixExpr):
    """dJ/dz: the gradient of an abstract scalar function at a vector, itself a vector."""

    def __new__(cls, name: Any, point: Any) -> FunctionGradient:
        return Expr.__new__(cls, Str(str(name)), sympify(point))

    @property
    def shape(self) -> tuple[Any, Any]:
        return self.args[1].shape


class FunctionHessian(MatrixExpr):
    """d2J/dz dz': the Hessian of an abstract scalar function at a vector, a symmetric matrix."""

    tags = frozenset({"symmetric"})

    def __new__(cls, name: Any, point: Any) -> FunctionHessian:
        return Expr.__new__(cls, Str(str(name)), sympify(point))

    @property
    def shape(self) -> tuple[Any, Any]:
        return (self.args[1].shape[0], self.args[1].shape[0])


class ScalarFunction:
    """An abstract smooth function of a vector, such as a loss that nobody wrote down.

    `J(z)` is its value, `J.gradient(z)` and `J.hessian(z)` are its derivatives, all of them symbols.

    Parameters
    ----------
    name : str
        How it is written.

    Examples
    --------
    >>> from mvn_symbolic import GeneralMatrix, ScalarFunction, Vector, grad
    >>> J, A, x = ScalarFunction("J"), GeneralMatrix("A"), Vector("x")
    >>> grad(J(A * x), x)
    A.T*FunctionGradient(J, A*x)
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, point: MatrixExpr) -> FunctionValue:
        return FunctionValue(self.name, point)

    def gradient(self, point: MatrixExpr) -> FunctionGradient:
        """The symbol dJ/dz at a point."""
        return FunctionGradient(self.name, point)

    def hessian(self, point: MatrixExpr) -> FunctionHessian:
        """The symbol of the second derivatives at a point."""
        return FunctionHessian(self.name, point)

    def __repr__(self) -> str:
        return f"ScalarFunction({self.name!r})"


def _symbol(argument: str, value: Any) -> Any:
    if not isinstance(value, (MatrixSymbol, Symbol)):
        raise ArgumentError(f"`{argument}` must be a symbol to differentiate by; got {value!r}.")
    return value


class Gradient(MatrixExpr):
    """The gradient of a scalar by a vector or matrix symbol X, in the layout and structure of X."""

    def __new__(cls, scalar: Any, symbol: Any) -> Gradient:
        return Expr.__new__(cls, sympify(scalar), _symbol("symbol", symbol))

    @property
    def shape(self) -> tuple[Any, Any]:
        return self.args[1].shape


class Jacobian(MatrixExpr):
    """The question what the Jacobian of a vector is: rows are outputs, columns the free entries of a symbol.

    Parameters
    ----------
    vector : MatrixExpr
        A column of n entries.
    symbol : scalar, vector or matrix symbol
        With m free entries: all of a general matrix, the lower triangle of a triangular or symmetric one.

    Raises
    ------
    ArgumentError
        If `symbol` is no symbol.

    Examples
    --------
    >>> from mvn_symbolic import Jacobian, LowerTriangular, Vector
    >>> L, x = LowerTriangular("L"), Vector("x")
    >>> Jacobian(L * x, x).shape, Jacobian(L * x, L).shape
    ((k, k), (k, k*(k + 1)/2))
    """

    def __new__(cls, vector: Any, symbol: Any) -> Jacobian:
        return Expr.__new__(cls, sympify(vector), _symbol("symbol", symbol))

    @property
    def shape(self) -> tuple[Any, Any]:
        return (self.args[0].shape[0], free_count(self.args[1]))


class Hessian(MatrixExpr):
    """The question what the second derivatives of a scalar are, by the free entries of one symbol or of two.

    The free entries of a matrix stand column by column: all of a general one, the lower triangle of a lower-triangular
    or a symmetric one, the diagonal of a diagonal one. An entry of a symmetric matrix moves its mirror image along.

    Parameters
    ----------
    scalar : Expr
        What is differentiated.
    rows : scalar, vector or matrix symbol
        Its free entries are the rows.
    columns : scalar, vector or matrix symbol, optional
        Its free entries are the columns; those of `rows` unless given.

    Raises
    ------
    ArgumentError
        If `rows` or `columns` is no symbol.

    Examples
    --------
    >>> from mvn_symbolic import Hessian, LogDet, PositiveDefinite
    >>> S = PositiveDefinite("S")
    >>> Hessian(LogDet(S), S).shape
    (k*(k + 1)/2, k*(k + 1)/2)
    """

    def __new__(cls, scalar: Any, rows: Any, columns: Any = None) -> Hessian:
        columns = rows if columns is None else columns
        return Expr.__new__(cls, sympify(scalar), _symbol("rows", rows), _symbol("columns", columns))

    @property
    def shape(self) -> tuple[Any, Any]:
        return (free_count(self.args[1]), free_count(self.args[2]))


def free_count(symbol: Any) -> Any:
    """How many entries of a symbol may move on their own."""
    if not isinstance(symbol, MatrixSymbol):
        return sympify(1)
    rows, columns = symbol.shape
    tags = tags_of(symbol)
    if "diagonal" in tags or columns == 1:
        return rows
    return rows * (rows + 1) / 2 if tags & {"lower", "symmetric"} else rows * columns


class ScalarDifferential(ScalarNode):
    """df along the tangents of the given symbols."""


class MatrixDifferential(MatrixExpr):
    """dF along the tangents of the given symbols."""

    @property
    def shape(self) -> tuple[Any, Any]:
        return self.args[0].shape


def differential_of(expr: Any, *symbols: Any) -> Any:
    """The unevaluated differential of a scalar or matrix by the given symbols."""
    expr = sympify(expr)
    node = MatrixDifferential if isinstance(expr, MatrixExpr) else ScalarDifferential
    return Expr.__new__(node, expr, *(_symbol("symbols", symbol) for symbol in symbols))


class Component(ScalarNode):
    """The i-th entry of a vector, counted from 1, with i a symbol."""

    def __new__(cls, vector: Any, index: Any) -> Component:
        return Expr.__new__(cls, sympify(vector), sympify(index))


class Partial(ScalarNode):
    """The partial derivative of a component by one entry X_ab of a symbol, counted from 1."""

    def __new__(cls, component: Any, symbol: Any, row: Any, column: Any) -> Partial:
        return Expr.__new__(cls, sympify(component), _symbol("symbol", symbol), sympify(row), sympify(column))


class WrittenOut(MatrixExpr):
    """The same matrix, to be printed entry by entry with dots at general k."""

    def __new__(cls, matrix: Any) -> WrittenOut:
        return Expr.__new__(cls, sympify(matrix))

    @property
    def shape(self) -> tuple[Any, Any]:
        return self.args[0].shape


class ParameterCount(ScalarNode):
    """The number of free entries a symbol has by its structure."""

    def __new__(cls, symbol: Any) -> ParameterCount:
        return Expr.__new__(cls, _symbol("symbol", symbol))


class ScalarDerivative(ScalarNode):
    """df/ds: the derivative of a scalar by a scalar symbol."""

    def __new__(cls, scalar: Any, symbol: Any) -> ScalarDerivative:
        return Expr.__new__(cls, sympify(scalar), _symbol("symbol", symbol))


def gradient_of(scalar: Any, symbol: Any) -> Any:
    """Ask for the gradient of a scalar by a symbol, without answering.

    Parameters
    ----------
    scalar : Expr
        What is differentiated.
    symbol : scalar, vector or matrix symbol
        By what.

    Returns
    -------
    Gradient or ScalarDerivative
        A node of the shape of `symbol`. :func:`grad` computes the answer.

    Raises
    ------
    ArgumentError
        If `symbol` is no symbol.

    Examples
    --------
    >>> from mvn_symbolic import LogDet, PositiveDefinite, grad, gradient_of, verify
    >>> S = PositiveDefinite("S")
    >>> verify(gradient_of(LogDet(S), S), grad(LogDet(S), S)).status
    'proved'
    """
    return Gradient(scalar, symbol) if isinstance(symbol, MatrixSymbol) else ScalarDerivative(scalar, symbol)
