"""Floor 5: sticking the landing: the path gradient of a divergence from a Gaussian target, without its score term."""

from __future__ import annotations

from mvn_symbolic.calculus import gradient
from mvn_symbolic.catalogue.kl import divergence_line
from mvn_symbolic.catalogue.path_gradients import (
    along_draw,
    at_sample,
    covariance_of,
    factor_variance,
    held,
    mean_of,
    names_written_out,
    square_of,
)
from mvn_symbolic.catalogue.setting import Setting
from mvn_symbolic.derivation import rules
from mvn_symbolic.derivation.line import Line
from mvn_symbolic.derivation.model import Chain, Derivation, Premise
from mvn_symbolic.notation.laws import KL, LogDensity
from mvn_symbolic.notation.operators import Gradient
from mvn_symbolic.notation.places import value_at
from mvn_symbolic.notation.table import argument_name, latex_name, symbol

__all__ = ["sticking_the_landing"]


def sticking_the_landing(setting: Setting) -> Derivation:
    """The path gradients of log p(z) - log q(z), whole and without the score: bias, covariance, and both at q = p."""
    chains: list[Chain] = []
    spreads: list[Chain] = []
    for parameter in (symbol("loc"), symbol("scale_tril")):
        whole, stuck = _estimates(setting, parameter)
        chains += _compared(setting, parameter, whole, stuck)
        if argument_name(parameter) == "loc":
            lines = [
                covariance_of(f"covariance_{kind}", f"Its covariance, {words}", one.current)
                for kind, words, one in (("whole", "with the score", whole), ("stuck", "without the score", stuck))
            ]
            square = square_of("covariance_stuck_stable", "A form that is accurate near q = p", stuck.current)
            spreads = [*(line.chain for line in lines), _at_equality("covariance_at_equality", lines[1]), square]
    return Derivation(
        name="sticking_the_landing",
        title="Sticking the landing: a path gradient that is exact at the optimum",
        summary=(
            "Along one draw the log density of the sample moves because the sample moves, and because its own "
            "parameters do. The second part has mean zero; without it the estimate has no variance at all where the "
            "law is the target."
        ),
        premise=(
            *setting.premises,
            Premise(r"The target is $p$, a Gaussian law with parameters of its own; $q$ is the law of the sample."),
            Premise(
                r"$s$ is $q$ with its parameters held: it has letters of its own while the gradient is taken, and the "
                r"values of $q$ afterwards."
            ),
        ),
        chains=(*chains, *spreads, factor_variance()),
        conventions=(
            r"Gradients of $\log p(z)-\log q(z)$, whose mean is minus the divergence: to be maximized.",
            "Gradients by $L$ are lower-triangular.",
            (
                r"By $L$ each is $\mathrm{tril}(g\varepsilon^\top)$ and a constant; $g=c+H\varepsilon$ is the gradient "
                r"by $\mu$. With $1$ at place $i$ of $u$ and at place $j\le i$ of $w$, the last variance is that of "
                "the entry $i,j$."
            ),
        ),
        references=(
            "Roeder, Wu & Duvenaud 2017, Sticking the Landing, arXiv 1703.09194",
            "Mohamed, Rosca, Figurnov & Mnih 2020, Monte Carlo Gradient Estimation, arXiv 1906.10652",
        ),
    )


def _estimates(setting: Setting, parameter: object) -> tuple[Line, Line]:
    """Along one draw: everything that the parameter moves, and the same with the parameters inside log q held."""
    p, q, s = setting.law("p"), setting.law(), setting.law("s")
    z, name, by = setting.draw(), argument_name(parameter), f"by ${latex_name(parameter)}$"
    target = at_sample(p, z)
    question = Gradient(target.left - LogDensity(q, z), parameter)
    return (
        along_draw(f"whole_{name}", f"The path gradient {by}, with the score", question, target, at_sample(q, z)),
        held(
            f"stuck_{name}",
            f"The path gradient {by}, without the score",
            target.left - LogDensity(s, z),
            parameter,
            target,
            at_sample(s, z),
        ),
    )


def _compared(setting: Setting, parameter: object, whole: Line, stuck: Line) -> tuple[Chain, ...]:
    """Both, what was left out, that both have the gradient of minus the divergence as their mean, and both at q = p."""
    name, by = argument_name(parameter), f"by ${latex_name(parameter)}$"
    left_out = Line(f"left_out_{name}", f"What was left out {by}", whole.start - stuck.start)
    for known in (whole, stuck):
        left_out = left_out.then(rules.insert(known.chain.result, "From above."))
    left_out = left_out.then(rules.collect(f"What remains is minus the score {by}."))
    p, q = setting.law("p"), setting.law()
    divergence = divergence_line(q, p)
    exact = (
        Line(f"exact_{name}", f"What is estimated {by}", Gradient(-KL(q, p), parameter))
        .then(rules.insert(divergence.chain.result, "The divergence in closed form."))
        .then(rules.answer(Gradient, gradient, "read off and project", "The gradient of the closed form."))
        .then_if(names_written_out())
    )
    return (
        whole.chain,
        stuck.chain,
        left_out.chain,
        exact.chain,
        mean_of(f"mean_whole_{name}", f"The mean {by}, with the score", whole.current),
        mean_of(f"mean_stuck_{name}", f"The mean {by}, without the score", stuck.current),
        _at_equality(f"whole_{name}_at_equality", whole),
        _at_equality(f"stuck_{name}_at_equality", stuck),
    )


def _at_equality(name: str, line: Line) -> Chain:
    """What a line ends with, where p is q."""
    mean, factor = (symbol(argument, "p") for argument in ("loc", "scale_tril"))
    question = value_at(value_at(line.current, mean, symbol("loc")), factor, symbol("scale_tril"))
    return (
        Line(name, f"{line.title}, at $q=p$", question).then_if(rules.evaluate(mean)).then(rules.evaluate(factor)).chain
    )
