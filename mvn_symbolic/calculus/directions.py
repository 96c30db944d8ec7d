"""Floor 3: directions that stand still: a differential that is there before anything moves is a symbol like others.

Lives here: telling the dX in a function from the dX that its derivative by X brings. May not live here: derivatives.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from sympy import MatrixSymbol, Symbol

from mvn_symbolic.calculus.differential import check_expression
from mvn_symbolic.notation.symbols import tangent_of

__all__ = ["leaves_directions", "standing"]


def standing(direction: Any) -> Any:
    """The differential of a symbol that nothing else is called: of the shape and structure of a given one."""
    if isinstance(direction, MatrixSymbol):
        primal: Any = direction.args[-1]
        return tangent_of(primal.func(f"{primal.name}_standing", *primal.args[1:]))
    return direction.func(f"{direction.name}_standing", real=True)


def leaves_directions(compute: Callable[..., Any]) -> Callable[..., Any]:
    """A derivative of a function by symbols, which leaves alone what the function holds of their differentials."""

    @wraps(compute)
    def computed(function: Any, *symbols: Any, **options: Any) -> Any:
        function = check_expression(function, "function")
        moving = (one for one in (*symbols, *options.values()) if isinstance(one, (MatrixSymbol, Symbol)))
        held = {one: standing(one) for one in map(tangent_of, moving) if one in function.free_symbols}
        if not held:
            return compute(function, *symbols, **options)
        found = compute(function.xreplace(held), *symbols, **options)
        return found.xreplace({twin: one for one, twin in held.items()})

    return computed
