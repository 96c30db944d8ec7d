"""Floor 4: a function somebody may call: its arguments, the expression it computes, the words of its documentation.

Plain data, the seam between what was derived and what code is made of it. No array library is known here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sympy import Symbol
from sympy.matrices.expressions import MatrixExpr

from mvn_symbolic.calculus.directions import standing
from mvn_symbolic.calculus.lets import lets_of
from mvn_symbolic.derivation.model import Equation
from mvn_symbolic.errors import ArgumentError
from mvn_symbolic.notation.latex import latex_equation
from mvn_symbolic.notation.structure import is_symmetric
from mvn_symbolic.notation.symbols import (
    GeneralMatrix,
    StructuredSymbol,
    SymmetricMatrix,
    Tangent,
    TangentNumber,
    Vector,
    scalar,
    tangent_of,
)
from mvn_symbolic.notation.table import argument_name

__all__ = ["Function", "Input", "direction_of", "function_of", "inputs_of", "names_in"]


@dataclass(frozen=True)
class Input:
    """One argument of a function.

    Attributes
    ----------
    name
        The argument name in code, such as ``scale_tril``.
    symbol
        The symbol that stands for it in the expression. Or a part of it that is given, for which `Function` puts a
        symbol: a direction dX; or the class of a node, such as the Hessian of any loss, of which there is one.
    meaning
        What it is, in words, where the notation table does not say.
    part
        What `Function` has put the symbol for; None where that was a symbol of its own.
    """

    name: str
    symbol: Any
    meaning: str = ""
    part: Any = None


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

    def __post_init__(self) -> None:
        inputs = tuple(_with_symbol(item, self.value) for item in self.inputs)
        swapped = {new.part: new.symbol for old, new in zip(self.inputs, inputs, strict=True) if old != new}
        if swapped:
            object.__setattr__(self, "inputs", inputs)
            object.__setattr__(self, "value", self.value.xreplace(swapped))
            if self.differentiated is not None:
                object.__setattr__(self, "differentiated", self.differentiated.xreplace(swapped))

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


def _with_symbol(item: Input, value: Any) -> Input:
    """The argument with a symbol, and what that stands for."""
    if item.part is not None:
        return item
    part = _part_of(value, item.symbol)
    symbol = _symbol_for(item.name, part)
    return item if symbol == part else replace(item, symbol=symbol, part=part)


def _part_of(value: Any, given: Any) -> Any:
    """The one node of a class; anything else as it is."""
    if not isinstance(given, type):
        return given
    nodes = value.atoms(given)
    if len(nodes) != 1:
        raise ArgumentError(
            f"`symbol` must be a symbol, or a class that the value holds one node of; got {given.__name__}, "
            f"of which it holds {len(nodes)}. Give the node itself."
        )
    return nodes.pop()


def _symbol_for(name: str, part: Any) -> Any:
    """A symbol of the structure of what is given: derivatives by the arguments leave a direction alone."""
    if isinstance(part, (Tangent, TangentNumber)):
        return standing(part)
    if isinstance(part, (StructuredSymbol, Symbol)):
        return part
    if not isinstance(part, MatrixExpr):
        return scalar(name)
    if part.shape[1] == 1:
        return Vector(name, part.shape[0])
    return (SymmetricMatrix if is_symmetric(part) else GeneralMatrix)(name, *part.shape)


def inputs_of(arguments: Sequence[Any]) -> tuple[Input, ...]:
    """Each symbol as an argument by its name in the notation table; an `Input` as it is."""
    return tuple(one if isinstance(one, Input) else Input(argument_name(one), one) for one in arguments)


def direction_of(argument: Any) -> Input:
    """The direction in which an argument of the notation table moves, as an argument beside it."""
    name = argument_name(argument)
    return Input(f"{name}_direction", tangent_of(argument), f"direction in which `{name}` moves")


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
        unit=unit,
        names=names_in(*equation),
    )
