"""Floor 6: code for a result of one's own: an expression in, the source of a standalone module out."""

from __future__ import annotations

import keyword
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from sympy import MatrixSymbol, Symbol
from sympy.matrices.expressions import MatrixExpr

from mvn_symbolic.calculus.differential import check_expression
from mvn_symbolic.calculus.lets import lets_of
from mvn_symbolic.checks import check_known, check_type
from mvn_symbolic.codegen.backends import BACKENDS
from mvn_symbolic.codegen.module import module_source
from mvn_symbolic.derivation.arguments import Given, inputs_of
from mvn_symbolic.derivation.function import Function, names_in, taking
from mvn_symbolic.errors import ArgumentError
from mvn_symbolic.notation.latex import latex
from mvn_symbolic.notation.symbols import k
from mvn_symbolic.outputs import write_files

__all__ = ["Generated", "function", "generate"]

#: What the text of a generated module itself is called or calls.
_TAKEN = frozenset({"math", "batch", "k", "result", "needs", "ctx", "annotations"})


@dataclass(frozen=True)
class Generated:
    """Source code of a module with one function and its derivatives.

    Attributes
    ----------
    function : Function
        What the code computes.
    backend : str
    source : str
        A module that needs its array library only.
    """

    function: Function
    backend: str
    source: str

    def load(self) -> ModuleType:
        """Run the source and return it as a module: `code.load().grad_second_moment(loc, scale_tril)`."""
        module = ModuleType(f"{self.function.name}_{self.backend}")
        exec(compile(self.source, f"<generated {module.__name__}>", "exec"), module.__dict__)  # noqa: S102
        return module

    def write(self, path: str | Path) -> Path:
        """Write the source to a file; never leaves half a file."""
        write_files({Path(path): self.source})
        return Path(path)

    def __repr__(self) -> str:
        names = ", ".join(item.name for item in self.function.inputs)
        return f"<Generated {self.backend} code: {self.function.name}({names}), {len(self.source.splitlines())} lines>"


def generate(
    name: str, value: Any, arguments: Sequence[Any], *, backend: str = "numpy", summary: str = "A derived function."
) -> Generated:
    """Generate a standalone module for an expression: the function, its gradients, vjp and jvp.

    Parameters
    ----------
    name : str
        The function's name; its derivatives are called ``grad_<name>``, ``vjp_<name>`` and so on.
    value : Expr or MatrixExpr
        A scalar, a vector, or a matrix; their sizes are those of arguments.
    arguments : sequence of symbols, or of Given
        In the order of the signature. Symbols of the notation table get their argument names; what is a part of the
        expression, such as the gradient of a loss, is :class:`Given` under a name.
    backend : {"numpy", "torch", "jax"}
        The library that the code needs.
    summary : str, optional
        The first line of the docstring.

    Returns
    -------
    Generated
        Its `source`, and `load` and `write`.

    Raises
    ------
    ArgumentError
        When the expression holds a symbol that is not an argument, or the name is no identifier.
    UnsupportedExpressionError
        When a part of the expression has no operation, such as the inverse of a dense matrix.

    Examples
    --------
    >>> from mvn_symbolic import generate, squared_norm, symbol
    >>> code = generate("energy", squared_norm(symbol("loc")) / 2, [symbol("loc")])
    >>> float(code.load().energy([3.0, 4.0]))
    12.5
    """
    check_known("backend", backend, BACKENDS)
    made = function(name, value, arguments, summary=summary)
    return Generated(made, backend, module_source(summary, [made], BACKENDS[backend]))


def function(
    name: str, value: Any, arguments: Sequence[Any], *, summary: str = "A derived function.", derivation: str = ""
) -> Function:
    """Say which function code is to be generated for, where many of them go into one module.

    Parameters
    ----------
    name, value, arguments, summary
        As :func:`generate` takes them.
    derivation : str, optional
        The name of the derivation that the expression is a result of; `mvn-symbolic build` holds it to that. Code of
        a function that names none claims none.

    Returns
    -------
    Function
        For a list of functions that a file of one's own is built from.

    Raises
    ------
    ArgumentError
        As :func:`generate` does.

    Examples
    --------
    >>> from mvn_symbolic import function, squared_norm, symbol
    >>> function("energy", squared_norm(symbol("loc")) / 2, [symbol("loc")]).is_scalar
    True
    """
    check_type("name", name, str)
    _check_identifier("name", name)
    value = check_expression(value, "value")
    if isinstance(value, MatrixExpr) and value.shape[0] == 1:
        raise ArgumentError(
            f"`value` must be a scalar, a column vector or a matrix, not a row; got shape {value.shape}. "
            "Inner(u, v) is the number u' v."
        )
    arguments = tuple(arguments)
    for argument in arguments:
        if not isinstance(argument, (MatrixSymbol, Symbol, Given)):
            raise ArgumentError(f"`arguments` must be symbols, or what is `Given`; got {argument!r}.")
    inputs = inputs_of(arguments, value)
    names = [item.name for item in inputs]
    for one in names:
        _check_identifier("arguments", one)
    twice = sorted({one for one in names if names.count(one) > 1})
    if twice:
        raise ArgumentError(f"`arguments` must have different names; got {', '.join(twice)} more than once.")
    if name in names:
        raise ArgumentError(f"`name` must differ from the arguments' names; got {name!r} for both.")
    _check_lets(value)
    words = {"summary": summary, "latex": latex(value), "derivation": derivation, "names": names_in(value)}
    made = taking(inputs, value, name=name, **words)
    symbols, inside = {item.symbol for item in inputs}, made.value.free_symbols
    missing = {s for s in inside if s != k and not getattr(s, "is_integer", False)} - symbols
    if missing:
        listed = ", ".join(sorted(map(str, missing)))
        raise ArgumentError(f"`arguments` must hold every symbol of the expression; missing: {listed}.")
    sized = set().union(*(size.free_symbols for one in symbols for size in getattr(one, "shape", ())))
    unsized = {s for s in inside if getattr(s, "is_integer", False)} - sized
    if unsized:
        listed = ", ".join(sorted(map(str, unsized)))
        raise ArgumentError(
            f"`arguments` must have a vector or matrix of each size of the expression; none has {listed}."
        )
    for size in sized:
        _check_identifier("arguments", str(size), size=True)
        if str(size) in names:
            raise ArgumentError(f"`arguments` must differ from the names of their sizes; got {size} for both.")
    return made


def _check_identifier(argument: str, name: str, *, size: bool = False) -> None:
    """Names become Python names beside the generated code's own."""
    if not name.isidentifier() or keyword.iskeyword(name):
        raise ArgumentError(f"`{argument}` must be Python identifiers; got {name!r}.")
    taken = _TAKEN.union(*(backend.taken for backend in BACKENDS.values()))
    if size and name == k.name:
        return
    if name in taken or re.fullmatch(r"(t|kept_)\d+", name) or name.startswith(("grad_", "tangent_", "_")):
        raise ArgumentError(f"`{argument}` must differ from names that generated code uses itself; got {name!r}.")


def _check_lets(value: Any) -> None:
    """One name, one definition: a page or a file could not tell two apart."""
    definitions: dict[str, Any] = {}
    for let in lets_of(value):
        if definitions.setdefault(let.name, let.definition) != let.definition:
            raise ArgumentError(
                f"`value` must not use the name {let.name} for two things; "
                "give one of them another name, as in kl_divergence(q, p, names=('B', 'w'))."
            )
