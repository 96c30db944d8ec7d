"""Floor 4: the rules derivations are made of. Each is a function of an expression, with its reason and its condition.

Rules that state a definition stand in `definitions`, those that keep digits in `stable`; here are those that compute.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sympy import Add, S, Symbol
from sympy.matrices.expressions import MatAdd, MatMul, MatrixExpr

from mvn_symbolic.calculus import (
    expectation,
    fold,
    gather,
    normalize,
    resolve_diagonals,
)
from mvn_symbolic.calculus.affine import name_affine
from mvn_symbolic.calculus.gradient import named_differential
from mvn_symbolic.calculus.stages import in_stages
from mvn_symbolic.derivation.line import Rule
from mvn_symbolic.derivation.model import Equation
from mvn_symbolic.notation.functions import written_out
from mvn_symbolic.notation.laws import Law, MatrixExpectation, ScalarExpectation, expectation_of, mean_over
from mvn_symbolic.notation.nodes import Inner
from mvn_symbolic.notation.operators import MatrixDifferential, ScalarDifferential
from mvn_symbolic.notation.places import MatrixAt, ScalarAt
from mvn_symbolic.notation.symbols import Let, Noise, tangent_of

__all__ = [
    "answer",
    "by_definition",
    "collect",
    "differentiate",
    "evaluate",
    "gather_sum",
    "give_names",
    "insert",
    "linearity",
    "moments",
    "name_noise_part",
    "reparameterize",
    "resolve_diagonal",
    "simplify_norms",
    "solve_in_stages",
]


def answer(
    questions: type | tuple[type, ...], function: Callable[..., Any], name: str, reason: str, **more: str
) -> Rule:
    """Answer each question of a kind, a node such as a Jacobian, by a function of what is asked."""
    kinds = questions if isinstance(questions, tuple) else (questions,)

    def apply(expr: Any) -> Any:
        for kind in kinds:
            expr = expr.replace(kind, function)
        return expr

    return Rule(name, apply, reason, **more)


def differentiate(reason: str) -> Rule:
    """Take a differential, and write names for their definitions in it."""
    return answer(
        (ScalarDifferential, MatrixDifferential),
        named_differential,
        "differential",
        reason,
        source="Magnus & Neudecker",
    )


def collect(reason: str = "Multiply out, cancel inverse pairs and collect.") -> Rule:
    """Bring an expression to its normal form.

    Parameters
    ----------
    reason : str, optional
        What the step says on a page.

    Returns
    -------
    Rule
        It applies :func:`normalize`.

    Examples
    --------
    >>> from mvn_symbolic import GeneralMatrix, LogDet, collect
    >>> collect().apply(LogDet(GeneralMatrix("A") * GeneralMatrix("B")))
    LogDet(A) + LogDet(B)
    """
    return Rule("collect", normalize, reason)


def insert(equation: Equation, reason: str, *, name: str = "insert a known result", source: str = "") -> Rule:
    """Replace the left side of an equation by its right side, wherever it stands.

    Parameters
    ----------
    equation : Equation
        Such as the result of another chain.
    reason : str
        What the step says on a page.
    name : str, optional
        What the rule is called.
    source : str, optional
        Where the equation is known from.

    Returns
    -------
    Rule
        It changes nothing where the left side is not met.

    Examples
    --------
    >>> from mvn_symbolic import Entropy, Equation, Law, Noise, entropy, insert
    >>> p = Law("p", Noise("eps"))
    >>> rule = insert(Equation(Entropy(p), entropy(p)), "The entropy, from above.")
    >>> rule.apply(2 * Entropy(p))
    k + k*log(2*pi)
    """
    return Rule(name, lambda expr: _replaced(expr, equation), reason, source=source)


def _replaced(expr: Any, equation: Equation) -> Any:
    return equation.right if expr == equation.left else expr.xreplace({equation.left: equation.right})


def evaluate(symbol: Symbol | MatrixExpr) -> Rule:
    """Put the value of a symbol in its place; a direction in which it moves stands as it is."""
    direction = tangent_of(symbol)

    def apply(expr: Any) -> Any:
        return expr.replace(
            lambda node: isinstance(node, (ScalarAt, MatrixAt)) and node.args[1] == symbol,
            lambda node: normalize(node.args[0].xreplace({symbol: node.args[2], direction: direction})),
        )

    return Rule("evaluate", apply, "Put the value in its place.")


def reparameterize(law: Law) -> Rule:
    """Average over the noise that makes the sample."""

    def apply(expr: Any) -> Any:
        return expr.replace(
            lambda node: isinstance(node, (ScalarExpectation, MatrixExpectation)) and node.args[2:] == (law,),
            lambda node: mean_over(node.args[0].xreplace({node.args[1]: law.sample}), *law.noises),
        )

    return Rule(
        "reparameterize",
        apply,
        rf"A sample of ${law.latex}$ is made from noise, so averaging over the sample is averaging over $\varepsilon$.",
        "the expectation exists",
        "Kingma & Welling 2014; Rezende, Mohamed & Wierstra 2014",
    )


def linearity(noise: Noise) -> Rule:
    """E[a f + b g] = a E[f] + b E[g]."""

    def split(node: Any) -> Any:
        integrand, variable = node.args
        if variable != noise:
            return node
        if isinstance(integrand, MatrixExpr):
            parts = [_matrix_outside(part, noise) for part in _matrix_parts(integrand)]
            return parts[0] if len(parts) == 1 else MatAdd(*parts)
        return Add(*(_scalar_outside(part, noise) for part in Add.make_args(integrand)))

    def apply(expr: Any) -> Any:
        return expr.replace(lambda node: isinstance(node, (ScalarExpectation, MatrixExpectation)), split)

    return Rule("linearity of expectation", apply, "Expectation is linear; what does not hold the noise moves out.")


def _matrix_parts(expr: MatrixExpr) -> tuple[Any, ...]:
    return expr.args if isinstance(expr, MatAdd) else (expr,)


def _scalar_outside(part: Any, noise: Noise) -> Any:
    constant, rest = part.as_independent(noise, as_Add=False) if part.has(noise) else (part, S.One)
    return constant if rest == 1 else constant * expectation_of(rest, noise)


def _matrix_outside(part: MatrixExpr, noise: Noise) -> Any:
    if not part.has(noise):
        return part
    factors = part.args if isinstance(part, MatMul) else (part,)
    holding = [i for i, factor in enumerate(factors) if factor.has(noise)]
    inside = factors[holding[0] : holding[-1] + 1]
    middle = expectation_of(inside[0] if len(inside) == 1 else MatMul(*inside), noise)
    outer = [*factors[: holding[0]], middle, *factors[holding[-1] + 1 :]]
    return outer[0] if len(outer) == 1 else MatMul(*outer)


def moments(noise: Noise, reason: str) -> Rule:
    """Take the means over noise that have a closed form.

    Parameters
    ----------
    noise : Noise
        Means over other noise stay as they are.
    reason : str
        What the step says on a page.

    Returns
    -------
    Rule
        It answers each :func:`expectation_of` by :func:`expectation`, and brings what comes out to its normal form.

    Examples
    --------
    >>> from mvn_symbolic import Noise, expectation_of, moments, squared_norm
    >>> eps = Noise("eps")
    >>> rule = moments(eps, "The noise has covariance $I$.")
    >>> rule.apply(expectation_of(squared_norm(eps), eps))
    k
    """

    def apply(expr: Any) -> Any:
        return normalize(
            expr.replace(
                lambda node: isinstance(node, (ScalarExpectation, MatrixExpectation)) and node.args[1] == noise,
                lambda node: expectation(node.args[0], noise),
            )
        )

    return Rule("moments of the noise", apply, reason, source="Isserlis 1918")


def simplify_norms(reason: str) -> Rule:
    """Simplify what stands inside squared norms, without multiplying the norms out."""

    def apply(expr: Any) -> Any:
        def simplified(node: Inner) -> Any:
            return Inner(*(normalize(argument) for argument in node.args))

        return expr.replace(lambda node: isinstance(node, Inner), simplified)

    return Rule("cancel", apply, reason)


def name_noise_part(noise: Noise, matrix: str, vector: str, reason: str, *, difference: str = "") -> Rule:
    """Inside norms, name the matrix in front of the noise and the vector that remains."""
    return Rule("name the parts", lambda expr: name_affine(expr, noise, matrix, vector, difference), reason)


def solve_in_stages() -> Rule:
    """Name what is between, where a named vector is solved for by a product."""
    return Rule(
        "solve in stages",
        lambda expr: in_stages(expr, "w"),
        "What a product solves, its factors solve one after the other; what is between gets a name.",
    )


def give_names(*lets: Let, reason: str) -> Rule:
    """Write names for their definitions.

    Parameters
    ----------
    *lets : Let
        The names; later ones may use earlier ones.
    reason : str
        What the step says on a page.

    Returns
    -------
    Rule
        It applies :func:`fold`.

    Examples
    --------
    >>> from mvn_symbolic import GeneralMatrix, Let, Vector, give_names, squared_norm
    >>> A, x = GeneralMatrix("A"), Vector("x")
    >>> give_names(Let("u", A * x), reason="Name the image.").apply(squared_norm(A * x))
    Inner(u, u)
    """
    return Rule("name", lambda expr: fold(expr, *lets), reason)


def resolve_diagonal() -> Rule:
    """Let matrices that are diagonal act coordinate by coordinate.

    Returns
    -------
    Rule
        Products, inverses and determinants of diagonal matrices become those of their diagonals.

    Examples
    --------
    >>> from mvn_symbolic import DiagMat, Vector, resolve_diagonal
    >>> resolve_diagonal().apply(DiagMat(Vector("d")) * Vector("x"))
    Elementwise(Lambda((x0, x1), x0*x1), d, x)
    """
    return Rule(
        "diagonal matrices act coordinate by coordinate",
        lambda expr: normalize(resolve_diagonals(expr)),
        "Products, inverses and determinants of diagonal matrices are those of their diagonals.",
    )


def gather_sum() -> Rule:
    """One sum over the coordinates."""
    return Rule("gather", gather, "Write norms, traces and $k$ as one sum over the coordinates.")


def by_definition() -> Rule:
    """Functions with names of their own, in elementary ones."""
    return Rule("by definition", written_out, "Functions with a name, written in exponentials and logarithms.")
