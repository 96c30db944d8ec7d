"""Floor 5: derivatives of the symmetric square root of a covariance: an equation to be solved, and its own adjoint."""

from __future__ import annotations

from typing import Any

from sympy.matrices.expressions import Trace

from mvn_symbolic.catalogue.setting import Setting
from mvn_symbolic.derivation import definitions, rules
from mvn_symbolic.derivation.gradients import gradients_of
from mvn_symbolic.derivation.line import Line
from mvn_symbolic.derivation.model import Chain, Derivation, Equation, Premise
from mvn_symbolic.notation.laws import Covariance
from mvn_symbolic.notation.nodes import Inner
from mvn_symbolic.notation.operators import ScalarFunction, differential_of
from mvn_symbolic.notation.roots import Lyapunov, SquareRoot
from mvn_symbolic.notation.symbols import GeneralMatrix, Let
from mvn_symbolic.notation.table import symbol

__all__ = ["EQUATION", "UPSTREAM", "square_root"]

UPSTREAM = GeneralMatrix("C")

#: What a reader must know of the solve, wherever it is met.
EQUATION = (
    r"$\mathrm{lyap}_S(C)$ is the $X$ with $SX+XS=C$; for a positive-definite $S$ there is one, and it is symmetric "
    r"when $C$ is. No difference of eigenvalues is divided by, only their sums."
)


def square_root(setting: Setting) -> Derivation:
    """dR for a moving covariance, the move of the solve itself, and gradients through both."""
    sigma = symbol("covariance_matrix")
    root = Let("R", SquareRoot(sigma))
    other = GeneralMatrix("B")
    solve = Let("X", Lyapunov(sigma, UPSTREAM))
    sample = Let("z", setting.draw("", root))
    forward = (
        Line("differential", "Forward", differential_of(root, sigma))
        .then(
            rules.differentiate(
                r"From $RR=\Sigma$: $R\,\mathrm{d}R+\mathrm{d}R\,R=\mathrm{d}\Sigma$, the Lyapunov equation."
            )
        )
        .chain
    )
    return Derivation(
        name="square_root",
        title="Derivatives of the symmetric square root",
        summary=(
            "A covariance has a symmetric root beside its triangular one. Its differential solves a Lyapunov equation, "
            "and so does the differential of the solution: nothing else is needed for derivatives of any order."
        ),
        premise=(
            *setting.premises,
            Premise("The root: symmetric and positive definite, with $RR=\\Sigma$.", Equation(root, root.definition)),
            Premise("The sample by the root, in place of the triangular factor.", Equation(sample, sample.definition)),
            Premise(
                r"$C$ is the gradient of a loss by the root, or any other matrix; so is $B$. The solve of it:",
                Equation(solve, solve.definition),
            ),
        ),
        chains=(
            forward,
            *gradients_of(Inner(UPSTREAM, root), sigma),
            _factor(setting, root),
            _again(solve, sigma),
            *gradients_of(Inner(other, solve), UPSTREAM, sigma, prefix="solve_"),
            *gradients_of(Trace(root), sigma, prefix="trace_"),
            *gradients_of(ScalarFunction("J")(sample), sigma, prefix="path_"),
        ),
        conventions=(
            EQUATION,
            r"The gradient by $\Sigma$ is the symmetric $G$ with $\mathrm{d}f=\langle G,\mathrm{d}\Sigma\rangle$.",
        ),
        references=("Magnus & Neudecker, Matrix Differential Calculus", "Higham 2008, Functions of Matrices"),
    )


def _factor(setting: Setting, root: Let) -> Chain:
    """Cov[mu + R eps] = Sigma."""
    eps = symbol("eps")
    return (
        Line("factor", "It is a factor of the covariance", Covariance(setting.draw("", root), eps))
        .then(definitions.covariance())
        .then(rules.linearity(eps))
        .then(rules.moments(eps, r"$\mathbb{E}[\varepsilon]=0$ and $\mathbb{E}[\varepsilon\varepsilon^\top]=I$."))
        .chain
    )


def _again(solve: Let, sigma: Any) -> Chain:
    """d lyap(C) is a lyap of its own."""
    return (
        Line("solve_differential", "The solution moves by the same equation", differential_of(solve, sigma))
        .then(
            rules.differentiate(
                r"From $\Sigma X+X\Sigma=C$, where $C$ stands still: "
                r"$\Sigma\,\mathrm{d}X+\mathrm{d}X\,\Sigma=-\mathrm{d}\Sigma\,X-X\,\mathrm{d}\Sigma$."
            )
        )
        .chain
    )
