"""Floor 5: second order through the sample: how the curvature of a loss reaches mean, factor and raw scales."""

from __future__ import annotations

from typing import Any

from sympy import Expr
from sympy.matrices.expressions import MatMul, Transpose

from mvn_symbolic.calculus import hessian, jacobian, normalize
from mvn_symbolic.calculus.gradient import free_gradient, named_differential
from mvn_symbolic.calculus.indexed import index
from mvn_symbolic.calculus.second import gradient_change
from mvn_symbolic.catalogue.parameterizations import SPECIAL, Parameterization
from mvn_symbolic.catalogue.registry import build
from mvn_symbolic.catalogue.setting import Setting
from mvn_symbolic.derivation import rules
from mvn_symbolic.derivation.hessians import blocks_of, second_differential_chain
from mvn_symbolic.derivation.line import Line, Rule
from mvn_symbolic.derivation.model import Chain, Derivation, Equation
from mvn_symbolic.notation.entries import Cell, UnitVector
from mvn_symbolic.notation.nodes import Inner
from mvn_symbolic.notation.operators import (
    Component,
    Hessian,
    Jacobian,
    MatrixDifferential,
    Partial,
    ScalarFunction,
    differential_of,
    gradient_of,
)
from mvn_symbolic.notation.symbols import Tangent
from mvn_symbolic.notation.table import argument_name, latex_name, symbol

__all__ = ["second_order"]

J = ScalarFunction("J")


def second_order(setting: Setting) -> Derivation:
    """The Hessian of a loss of the sample by mean, factor and the diagonal parameterizations' raw scales."""
    z, loc, scale_tril = setting.named_draw(), symbol("loc"), symbol("scale_tril")
    first = build("pathwise_gradient", setting).results
    slopes = (first["grad_loc"], first["grad_scale_tril"])
    raw = [to for to in SPECIAL if to.is_diagonal]
    return Derivation(
        name="second_order",
        title="Second order through the sample",
        summary=(
            "The sample is affine in mean and factor, so it does not bend itself: the Hessian of a loss by them is the "
            "Hessian of the loss at the sample, between the Jacobians of the sample. A raw scale that enters through a "
            "curved function adds one more term."
        ),
        premise=setting.premises,
        chains=(
            second_differential_chain(J(z), (loc, scale_tril), "second_differential", "The loss bends"),
            *blocks_of(J(z), slopes),
            *(_product(J(z), slope) for slope in slopes),
            _by_entries(J(z), scale_tril),
            *(chain for to in raw for chain in _raw(setting, to)),
        ),
        remarks=(
            (
                "Its product with a direction costs one Hessian-vector product of the loss at the sample, whatever the "
                "number of parameters: the direction of the sample goes in."
            ),
        ),
        conventions=(
            r"$\partial^2 J/\partial z\,\partial z^\top$ is the symmetric Hessian of the loss at the sample.",
            "By a factor the Hessian is a matrix by its lower triangle, column by column.",
            "The Gauss-Newton part is the Hessian of the loss between the Jacobians of the sample.",
        ),
        references=("Kingma & Welling 2014", "Magnus & Neudecker, Matrix Differential Calculus"),
    )


def _product(function: Expr, gradient: Equation) -> Chain:
    """The gradient when mean and factor move together: a Hessian-vector product."""
    of = gradient.left.args[1]
    both = (symbol("loc"), symbol("scale_tril"))
    return (
        Line(
            f"product_{argument_name(of)}",
            f"Product of the Hessian with a direction, by ${latex_name(of)}$",
            differential_of(gradient_of(function, of), *both),
        )
        .then(rules.insert(gradient, f"The gradient by ${latex_name(of)}$."))
        .then(
            rules.answer(
                MatrixDifferential, gradient_change, "differential", "Mean and factor move; the noise is fixed."
            )
        )
        .chain
    )


def _by_entries(function: Expr, factor: Any) -> Chain:
    """d2J / dL_ab dL_cd."""
    a, b, c, d = map(index, "abcd")

    def along(*_: Any) -> Any:
        tangent = Tangent(factor)
        moved = gradient_change(free_gradient(named_differential(function, factor), factor), factor)
        one, other = (MatMul(UnitVector(i), Transpose(UnitVector(j))) for i, j in ((a, b), (c, d)))
        return normalize(Inner(other, moved.xreplace({tangent: one})))

    return (
        Line("by_entries", "By two entries of $L$", Partial(Partial(function, factor, c, d), factor, a, b))
        .then(
            Rule(
                "directions of single entries",
                along,
                r"To move $L_{ab}$ alone is to move $L$ along $e_ae_b^\top$: the second differential along "
                r"$e_ae_b^\top$ and $e_ce_d^\top$.",
                r"$1\le b\le a\le k$ and $1\le d\le c\le k$: only the free entries of $L$ may move",
            )
        )
        .then(Rule("read entries off", _entries, "Unit vectors pick entries."))
        .chain
    )


def _entries(expr: Expr) -> Expr:
    """e_i' x is x_i, and e_i' M e_j is M_ij."""

    def picked(node: Inner) -> Any:
        left, right = node.args
        if not isinstance(left, UnitVector):
            left, right = right, left
        if not isinstance(left, UnitVector):
            return node
        if isinstance(right, MatMul) and isinstance(right.args[-1], UnitVector) and len(right.args) == 2:
            return Cell(right.args[0], left.args[0], right.args[-1].args[0])
        return Component(right, left.args[0])

    return expr.replace(lambda node: isinstance(node, Inner), picked)


def _raw(setting: Setting, to: Parameterization) -> tuple[Chain, ...]:
    """By the raw scale: the whole Hessian, and what it has beyond its Gauss-Newton part."""
    z = setting.named_draw(to.scale(""))
    (parameter,) = to.raw
    name = argument_name(parameter)
    whole = Hessian(J(z), parameter)
    slope = Jacobian(z, parameter)
    part = MatMul(Transpose(slope), J.hessian(z), slope)
    read = rules.answer(Hessian, hessian, "read off", "The matrix in front of the differential of the gradient.")
    beyond = (
        Line(f"beyond_gauss_newton_{name}", f"Beyond the Gauss-Newton part, by ${latex_name(parameter)}$", whole - part)
        .then(read)
        .then(rules.answer(Jacobian, jacobian, "read off", "The Jacobian of the sample."))
        .then_if(rules.collect("What the two share cancels."))
    )
    title = f"By ${latex_name(parameter)}$"
    return (Line(f"hessian_{name}", title, whole).then(read).chain, beyond.chain)
