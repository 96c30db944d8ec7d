"""Floor 4: a function somebody may call: its arguments, the expression it computes, the words of its documentation.

Plain data, the seam between what was derived and what code is made of it. No array library is known here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sympy.matrices.expressions import MatrixExpr

from mvn_symbolic.calculus.lets import lets_of
from mvn_symbolic.derivation.arguments import Input, inputs_of
from mvn_symbolic.derivation.model import Equation
from mvn_symbolic.notation.latex import latex_equation

__all__ = ["Function", "function_of", "names_in", "taking"]


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
    unit
        What the value is measured in, such as "nats"; empty where it depends on the arguments' units.
    names
        What the formula has names for, each as an equation in LaTeX.
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
    unit: str = ""
    names: tuple[str, ...] = ()

    @property
    def smooth(self) -> Any:
        """The expression derivatives are taken of."""
        return self.value if self.differentiated is None else self.differentiated

    @property
    def derived(self) -> Any:
        """The value as its derivation has it: directions and parts of a loss in place of the symbols put for them."""
        return self.value.xreplace({item.symbol: item.part for item in self.inputs if item.part is not None})

    @property
    def is_scalar(self) -> bool:
        """Whether the value is a number for each element of the batch, neither a vector nor a matrix."""
        return not isinstance(self.value, MatrixExpr)


def taking(arguments: Sequence[Any], value: Any, *, differentiated: Any = None, **words: Any) -> Function:
    """A function of arguments, symbols put for what is given of the value; the rest as `Function` has it."""
    inputs = inputs_of(arguments, value)
    put = {item.part: item.symbol for item in inputs if item.part is not None}
    smooth = None if differentiated is None else differentiated.xreplace(put)
    return Function(inputs=inputs, value=value.xreplace(put), differentiated=smooth, **words)


def names_in(*shown: Any) -> tuple[str, ...]:
    """What a formula has names for, each with its definition, in LaTeX."""
    found = dict.fromkeys(let for expr in shown for let in lets_of(expr) if let not in shown)
    return tuple(latex_equation(let, let.definition) for let in found)


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
    unit: str = "",
) -> Function:
    """Make an equation a function that computes its right side.

    Parameters
    ----------
    equation : Equation
        What was derived; its formula stands in the documentation.
    name, summary, derivation, second, unit
        As `Function` has them.
    arguments : sequence of symbols, Input or Given
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
    return taking(
        arguments,
        (careful or equation).right,
        name=name,
        summary=summary,
        latex=latex_equation(*equation),
        derivation=derivation,
        source="; ".join(sources),
        differentiated=None if smooth is None else smooth.right,
        second=second,
        unit=unit,
        names=names_in(*equation),
    )
