"""Floor 4: a function somebody may call: its arguments, the expression it computes, the words of its documentation.

Plain data, the seam between what was derived and what code is made of it. No array library is known here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sympy.matrices.expressions import MatrixExpr

from mvn_symbolic.derivation.model import Equation
from mvn_symbolic.notation.latex import latex_equation
from mvn_symbolic.notation.table import argument_name

__all__ = ["Function", "Input", "function_of", "inputs_of"]


@dataclass(frozen=True)
class Input:
    """One argument of a function.

    Attributes
    ----------
    name
        The argument name in code, such as ``scale_tril``.
    symbol
        The symbol that stands for it in the expression.
    meaning
        What it is, in words, where the notation table does not say.
    """

    name: str
    symbol: Any
    meaning: str = ""


@dataclass(frozen=True)
class Function:
    """What is to be generated.

    Attributes
    ----------
    name
        The name in code, such as ``kl_divergence``.
    inputs
        The arguments, in order.
    value
        A scalar, vector or matrix expression of their symbols; named intermediates (`Let`) become named variables.
    summary
        One line in words, ending with a full stop.
    latex
        The formula.
    derivation
        The name of the derivation the expression is a result of; empty where there is none.
    source
        Where the formula is known from, if it is.
    differentiated
        An equal expression with shorter derivatives, where there is one.
    second
        Whether products with its Hessian are generated, of a scalar: they are several times as long as gradients.
    """

    name: str
    inputs: tuple[Input, ...]
    value: Any
    summary: str
    latex: str
    derivation: str
    source: str = ""
    differentiated: Any = None
    second: bool = False

    @property
    def smooth(self) -> Any:
        """The expression derivatives are taken of."""
        return self.value if self.differentiated is None else self.differentiated

    @property
    def is_scalar(self) -> bool:
        """Whether the value is a number for each element of the batch, neither a vector nor a matrix."""
        return not isinstance(self.value, MatrixExpr)


def inputs_of(arguments: Sequence[Any]) -> tuple[Input, ...]:
    """Each symbol as an argument by its name in the notation table; an `Input` as it is."""
    return tuple(one if isinstance(one, Input) else Input(argument_name(one), one) for one in arguments)


def function_of(
    equation: Equation,
    name: str,
    arguments: Sequence[Any],
    summary: str,
    derivation: str,
    *,
    sources: Sequence[str] = (),
    careful: Equation | None = None,
    smooth: Equation | None = None,
    second: bool = False,
) -> Function:
    """Make an equation a function that computes its right side.

    Parameters
    ----------
    equation : Equation
        What was derived; its formula stands in the documentation.
    name, summary, derivation, second
        As `Function` has them.
    arguments : sequence of symbols or Input
        In the order of the signature.
    sources : sequence of str, optional
        Where the formula is known from.
    careful : Equation, optional
        One with the same value that keeps its digits; it is computed instead.
    smooth : Equation, optional
        One with the same value and shorter derivatives.

    Returns
    -------
    Function
    """
    return Function(
        name=name,
        inputs=inputs_of(arguments),
        value=(careful or equation).right,
        summary=summary,
        latex=latex_equation(*equation),
        derivation=derivation,
        source="; ".join(sources),
        differentiated=None if smooth is None else smooth.right,
        second=second,
    )
