"""Floor 5: a family of Gaussians of one's own, by how its sample is made: every result and function of the catalogue.

Nothing is specialised here: each chain starts from the definition, for the sample that was given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sympy import MatrixSymbol, Symbol
from sympy.matrices.expressions import MatAdd, MatMul, MatrixExpr

from mvn_symbolic.calculus import resolve_diagonals
from mvn_symbolic.calculus.affine import affine_parts
from mvn_symbolic.calculus.lets import free_name, lets_of
from mvn_symbolic.catalogue.density import entropy_line, log_density_line
from mvn_symbolic.catalogue.kl import divergence_line
from mvn_symbolic.checks import check_type
from mvn_symbolic.derivation.arguments import Input, inputs_of
from mvn_symbolic.derivation.definitions import noise_law
from mvn_symbolic.derivation.function import Function, function_of
from mvn_symbolic.derivation.gradients import gradients_of
from mvn_symbolic.derivation.line import Line
from mvn_symbolic.derivation.model import Chain, Derivation, Equation, Premise
from mvn_symbolic.errors import ArgumentError
from mvn_symbolic.notation.laws import Law
from mvn_symbolic.notation.parts import parts_of
from mvn_symbolic.notation.symbols import Let, Noise
from mvn_symbolic.notation.table import argument_name

__all__ = ["Family", "gaussian_family"]


@dataclass(frozen=True)
class Family:
    """A parameterization of one's own, with what follows from it.

    Attributes
    ----------
    derivation : log density, entropy, both divergences, and their gradients by every argument
    functions : rsample, log_prob, entropy, kl_standard_normal and kl_divergence
    """

    derivation: Derivation
    functions: tuple[Function, ...]

    @property
    def name(self) -> str:
        """What its pages and its modules are called."""
        return self.derivation.name


def gaussian_family(
    name: str, sample: MatrixExpr, arguments: Sequence[Any], *, title: str, summary: str = "", references: Any = ()
) -> Family:
    """Derive all results for Gaussians whose sample is made in a way of one's own.

    Parameters
    ----------
    name : str
        What its pages and modules are called.
    sample : MatrixExpr
        A vector, affine in one standard normal noise vector: ``mu + scale * eps``.
    arguments : sequence of symbols
        What the sample is made from, in the order of the signatures; not the noise.
    title : str
        The heading of the page.
    summary : str, optional
        What stands below it.
    references : sequence of str, optional
        Where the parameterization is known from.

    Returns
    -------
    Family
        Its derivation, and the functions that code is generated for.

    Raises
    ------
    ArgumentError
        When the sample holds another symbol than these, or one of them is no symbol.
    UnsupportedExpressionError
        When the sample is not affine in the noise, or a part of a result has no rule.

    Examples
    --------
    >>> from mvn_symbolic import gaussian_family, symbol
    >>> loc, eps = symbol("loc"), symbol("eps")
    >>> family = gaussian_family("unit", loc + eps, [loc], title="Unit")
    >>> [one.name for one in family.functions]
    ['rsample', 'log_prob', 'entropy', 'kl_standard_normal', 'kl_divergence']
    """
    sample = _with_named_factor(check_type("sample", sample, MatrixExpr))
    law = Law("q", sample)
    arguments = tuple(check_type("arguments", one, (MatrixSymbol, Symbol), "Give symbols.") for one in arguments)
    missing = {s for s in sample.free_symbols if not getattr(s, "is_integer", False)} - {law.noise, *arguments}
    if missing:
        listed = ", ".join(sorted(map(str, missing)))
        raise ArgumentError(f"`arguments` must hold every symbol of the sample but its noise; missing: {listed}.")
    alone, p, q = inputs_of(arguments, sample), _of_law(arguments, "p"), _of_law(arguments, "q")
    one, other = (Law(prefix, _made_from(sample, arguments, inputs, prefix)) for prefix, inputs in (("p", p), ("q", q)))
    standard = "The divergence from the standard normal"
    lines = [
        (log_density_line(law), alone, (law.point,), "Log density at a point."),
        (entropy_line(law), alone, (), "Differential entropy."),
        (
            divergence_line(law, noise_law(law.noise), "kl_standard_normal", standard),
            alone,
            (),
            "Kullback-Leibler divergence KL(q || N(0, I)).",
        ),
        (divergence_line(one, other), (*p, *q), (), "Kullback-Leibler divergence KL(p || q) of two of them."),
    ]
    derivation = Derivation(
        name,
        title,
        summary,
        (Premise("The sample is made from noise", Equation(law.point, sample)),),
        tuple(chain for line, inputs, _, _ in lines for chain in _with_gradients(line, inputs)),
        references=tuple(references),
    )
    drawn = function_of(
        Equation(law.point, resolve_diagonals(sample)),
        "rsample",
        (*alone, law.noise),
        "Reparameterized sample, made from given standard normal noise.",
        name,
    )
    functions = (
        function_of(line.chain.result, line.name, (*inputs, *points), text, name)
        for line, inputs, points, text in lines
    )
    return Family(derivation, (drawn, *functions))


def _with_named_factor(sample: MatrixExpr) -> MatrixExpr:
    """The sample with a name for a factor that is a sum: entries of sums do not cancel, only names do."""
    noises = parts_of(sample, Noise)
    if len(noises) != 1:
        return sample
    (noise,) = noises
    matrix, rest = affine_parts(sample, noise)
    if not isinstance(matrix, MatAdd):
        return sample
    return rest + MatMul(Let(free_name(sample, "L"), matrix), noise)


def _of_law(arguments: Sequence[Any], prefix: str) -> tuple[Input, ...]:
    """Each argument with a symbol of its kind that belongs to the law of that name."""
    return tuple(Input(f"{prefix}_{argument_name(one)}", _renamed(one, f"{one.name}_{prefix}")) for one in arguments)


def _made_from(sample: MatrixExpr, arguments: Sequence[Any], inputs: Sequence[Input], prefix: str) -> MatrixExpr:
    """The sample made from a law's own symbols; a name for what is made from them belongs to the law as well."""
    own = {one: its.symbol for one, its in zip(arguments, inputs, strict=True)}

    def named(expr: MatrixExpr) -> MatrixExpr:
        names = {let: Let(f"{let.name}_{prefix}", named(let.definition)) for let in lets_of(expr) if let.has(*own)}
        return expr.xreplace(names)

    return named(sample).xreplace(own)


def _renamed(symbol: Any, name: str) -> Any:
    return (
        type(symbol)(name, *symbol.shape)
        if isinstance(symbol, MatrixSymbol)
        else type(symbol)(name, **symbol.assumptions0)
    )


def _with_gradients(line: Line, inputs: Sequence[Input]) -> tuple[Chain, ...]:
    value = line.current
    symbols = [item.symbol for item in inputs if value.has(item.symbol)]
    return (line.chain, *gradients_of(value, *symbols, prefix=f"{line.name}_"))
