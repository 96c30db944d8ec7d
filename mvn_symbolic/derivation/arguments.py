"""Floor 4: what a function takes: symbols, and parts of its expression that are given, for which symbols are put.

Lives here: names of arguments and what they stand for. May not live here: what is computed of them (`function`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sympy import Symbol
from sympy.matrices.expressions import MatrixExpr

from mvn_symbolic.calculus.directions import standing
from mvn_symbolic.errors import ArgumentError
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

__all__ = ["Given", "Input", "direction_of", "inputs_of"]


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
    part
        What of a derived expression the symbol was put for; None where that has the symbol itself.
    """

    name: str
    symbol: Any
    meaning: str = ""
    part: Any = None


@dataclass(frozen=True)
class Given:
    """An argument of generated code that is a part of the derived expression, such as the gradient of any loss.

    Parameters
    ----------
    name : str
        The argument name in code.
    part : Expr or type
        What is given: a direction, as `tangent_of` writes it, or another part of the expression; or the class of a
        node of which the expression holds one.
    meaning : str, optional
        What it is, in words, for the docstring.

    Raises
    ------
    ArgumentError
        By what makes code of it, if `part` is a class that the expression does not hold exactly one node of.

    Examples
    --------
    >>> from mvn_symbolic import Given, Noise, ScalarFunction, Tril, Vector, generate
    >>> J, z, eps = ScalarFunction("J"), Vector("z"), Noise("eps")
    >>> slope = Given("slope", J.gradient(z), "gradient of the loss at the sample")
    >>> code = generate("pulled", Tril(J.gradient(z) * eps.T), [slope, eps])
    >>> code.load().pulled([1.0, 2.0], [3.0, 4.0]).tolist()
    [[3.0, 0.0], [6.0, 8.0]]
    """

    name: str
    part: Any
    meaning: str = ""

    def within(self, value: Any) -> Input:
        """The argument, with a symbol for what is given of a value."""
        part = _the_one(self.part, value) if isinstance(self.part, type) else self.part
        return Input(self.name, _symbol_for(self.name, part), self.meaning, part)


def inputs_of(arguments: Sequence[Any], value: Any) -> tuple[Input, ...]:
    """The arguments of a function of a value: symbols have their names in the notation table, and directions stand."""
    return tuple(one.within(value) if isinstance(one, Given) else one for one in map(_input, arguments))


def _input(argument: Any) -> Any:
    if isinstance(argument, (Input, Given)):
        return argument
    kind = Given if isinstance(argument, (Tangent, TangentNumber)) else Input
    return kind(argument_name(argument), argument)


def direction_of(argument: Any) -> Given:
    """The direction in which an argument of the notation table moves, as an argument beside it."""
    name = argument_name(argument)
    return Given(f"{name}_direction", tangent_of(argument), f"direction in which `{name}` moves")


def _the_one(kind: type, value: Any) -> Any:
    nodes = value.atoms(kind)
    if len(nodes) != 1:
        raise ArgumentError(
            f"`part` must be an expression, or a class that the value holds one node of; got {kind.__name__}, "
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
