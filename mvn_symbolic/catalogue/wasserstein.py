"""Floor 5: the 2-Wasserstein distance of two Gaussians: the map from one to the other, and why none is cheaper."""

from __future__ import annotations

from typing import Any

from sympy.matrices.expressions import Inverse, MatMul, MatrixExpr, Trace, Transpose

from mvn_symbolic.calculus import normalize
from mvn_symbolic.calculus.affine import affine_parts
from mvn_symbolic.catalogue.parameterizations import PARAMETERIZATIONS
from mvn_symbolic.catalogue.setting import Setting
from mvn_symbolic.catalogue.square_root import EQUATION
from mvn_symbolic.derivation import rules
from mvn_symbolic.derivation.gradients import gradients_of
from mvn_symbolic.derivation.line import Line, Rule
from mvn_symbolic.derivation.model import Chain, Derivation, Equation, Premise
from mvn_symbolic.notation.divergences import SquaredWasserstein
from mvn_symbolic.notation.laws import expectation_of
from mvn_symbolic.notation.nodes import Inner, squared_norm
from mvn_symbolic.notation.roots import SquareRoot
from mvn_symbolic.notation.symbols import Let, PositiveDefinite, Vector
from mvn_symbolic.notation.table import symbol

__all__ = ["wasserstein"]


def wasserstein(setting: Setting) -> Derivation:
    """The distance and its gradients, where the map carries the law, and why no coupling costs less."""
    cost = _cost(setting)
    factors = [symbol("scale_tril", prefix) for prefix in ("p", "q")]
    means = [symbol("loc", prefix) for prefix in ("p", "q")]
    return Derivation(
        name="wasserstein",
        title="The 2-Wasserstein distance of two Gaussians",
        summary=(
            "The least mean squared distance between a sample of one law and a sample of the other, however coupled. "
            "A linear map couples them best; what it costs is a closed form."
        ),
        premise=(
            *setting.two_premises,
            Premise(
                r"The map takes a sample of $p$ to $\mu_q+T(z_p-\mu_p)$, with a $T$ that is symmetric and positive "
                "definite, as the gradient of a convex function is."
            ),
        ),
        chains=(
            cost.chain,
            _squares(cost, setting),
            *gradients_of(cost.current, *means, *factors),
            *_diagonal(cost.chain.result),
            _carried(setting),
            *_certificate(setting),
        ),
        remarks=(
            "The distance is the root of what stands here. Where the laws are equal, only its square is smooth.",
            (
                r"For any $x$ and $y$ around the means, $\lVert x-y\rVert^2$ is at least "
                r"$x^\top(I-T)x+y^\top(I-T^{-1})y$: what remains is a square. The mean of that depends on the two laws "
                "alone, not on how they are coupled, and is what the map costs: no coupling costs less."
            ),
        ),
        conventions=(
            EQUATION,
            "Gradients by a factor are lower-triangular.",
        ),
        references=(
            "Dowson & Landau 1982, The Fréchet distance between multivariate normal distributions",
            "Bhatia, Jain & Lim 2019, On the Bures-Wasserstein distance between positive definite matrices",
        ),
    )


def _map(setting: Setting) -> MatrixExpr:
    """T = L_p^-T P L_p^-1, with P the root of W'W for W = L_q'L_p: symmetric, and T S_p T = S_q."""
    eps = symbol("eps")
    p, q = (affine_parts(setting.draw(prefix), eps)[0] for prefix in ("p", "q"))
    product = normalize(Transpose(q) * p)
    root = Let("P", SquareRoot(normalize(Transpose(product) * product)))
    return normalize(Inverse(Transpose(p)) * root * Inverse(p))


def _image(setting: Setting) -> MatrixExpr:
    """Where a sample of p goes, around the mean of q."""
    return normalize(_map(setting) * (setting.draw("p") - symbol("loc", "p")))


def _carried(setting: Setting) -> Chain:
    """Cov of the image is the covariance of q."""
    eps, image = symbol("eps"), _image(setting)
    start = expectation_of(MatMul(image, Transpose(image)), eps)
    return (
        Line("carried", "The map carries the covariance of one law to that of the other", start)
        .then(rules.moments(eps, r"$\mathbb{E}[\varepsilon\varepsilon^\top]=I$, and $PP$ is what $P$ is the root of."))
        .chain
    )


def _cost(setting: Setting) -> Line:
    """W_2^2 is E|z - T z|^2."""
    eps, p, q = symbol("eps"), symbol("loc", "p"), symbol("loc", "q")
    difference = Let("delta", q - p)
    distance = SquaredWasserstein(setting.law("p"), setting.law("q"))
    mean = expectation_of(squared_norm(setting.draw("p") - (q + _image(setting))), eps)
    best = "The map is a coupling: it carries the one law to the other. None costs less. Both are shown below."
    return (
        Line("wasserstein", "The squared distance", distance)
        .then(rules.insert(Equation(distance, mean), best, name="the best coupling"))
        .then(rules.insert(Equation(q, p + difference), "Name the difference of the means.", name="name"))
        .then(rules.moments(eps, r"The noise has mean zero and the identity as its covariance; $PP$ is what it is of."))
    )


def _squares(cost: Line, setting: Setting) -> Chain:
    """What it costs as a sum of squares, which does not cancel near equality."""
    eps = symbol("eps")
    p, q = (affine_parts(setting.draw(prefix), eps)[0] for prefix in ("p", "q"))
    (root,) = (let for let in cost.current.atoms(Let) if isinstance(let.definition, SquareRoot))
    left_over = normalize(p - q * Transpose(q) * p * Inverse(root))
    apart = squared_norm(p) + squared_norm(q) - 2 * Trace(root)
    return (
        Line("wasserstein_stable", "The same as a sum of squares", cost.current)
        .then(
            Rule(
                "complete the square",
                lambda expr: expr - apart + squared_norm(left_over),
                "$WP^{-1}$ with $W=L_q^\\top L_p$ is orthogonal: it turns one factor towards the other, and what is "
                "left between them is squared. Nothing cancels near equality.",
            )
        )
        .chain
    )


def _diagonal(value: Equation) -> tuple[Chain, ...]:
    """The distance for independent coordinates, and its gradients by the standard deviations."""
    to = PARAMETERIZATIONS["diag"]
    question, found = (side.xreplace(to.factors(("p", "q"))) for side in (value.left, value.right))
    line = (
        Line(to.chain("wasserstein"), to.title, question)
        .then(rules.insert(Equation(question, found), "The general result, with this factor.", name="specialise"))
        .then(Rule("root of a diagonal matrix", _opened, "Its root is that of its entries, which are positive."))
        .then(rules.resolve_diagonal())
        .then(rules.gather_sum())
    )
    deviations = (symbol("scale_diag", prefix) for prefix in ("p", "q"))
    return (line.chain, *gradients_of(line.current, *deviations, prefix=f"{to.name}_"))


def _opened(expr: Any) -> Any:
    """The root written out."""
    roots = [let for let in expr.atoms(Let) if isinstance(let.definition, SquareRoot)]
    return expr.xreplace({let: normalize(let.definition) for let in roots})


def _certificate(setting: Setting) -> tuple[Chain, Chain]:
    """|x - y|^2 less what it is compared with is a square; the mean of what it is compared with is the cost."""
    carrier, x, y, eps = PositiveDefinite("T"), Vector("x"), Vector("y"), symbol("eps")
    root = SquareRoot(carrier)

    def compared(one: Any, other: Any, there: Any, back: Any) -> Any:
        return Inner(one, one - there) + Inner(other, other - back)

    gap = squared_norm(root * x - Inverse(root) * y)
    source = normalize(setting.draw("p") - symbol("loc", "p"))
    image = _image(setting)
    mean = expectation_of(compared(source, image, image, source), eps)
    return (
        Line(
            "square",
            "What any two points cost beyond what they are compared with is a square",
            squared_norm(x - y) - compared(x, y, carrier * x, Inverse(carrier) * y) - gap,
        )
        .then(rules.collect("Multiply out; $T^{1/2}T^{-1/2}=I$."))
        .chain,
        Line("bound", "The mean of what they are compared with, around the means", mean)
        .then(rules.moments(eps, "The noise has mean zero and the identity as its covariance."))
        .chain,
    )
