"""Floor 4: the definitions of the divergences beside KL, as rules: by those that were there before, or by densities.

Lives here: what each is, with reasons. May not live here: a closed form, or KL; `definitions` has that.
"""

from __future__ import annotations

from typing import Any

from sympy import Rational, exp, log

from mvn_symbolic.derivation.line import Rule
from mvn_symbolic.notation.divergences import Bhattacharyya, CrossEntropy, Jeffreys, Renyi, SquaredHellinger
from mvn_symbolic.notation.laws import KL, Law, LogDensity, expectation_of

__all__ = ["by_others", "renyi"]


def _log_ratio(p: Law, q: Law) -> Any:
    return LogDensity(p, p.point) - LogDensity(q, q.point)


def renyi() -> Rule:
    """D_a(p || q) = log E_p[(p/q)^(a-1)] / (a - 1)."""

    def expand(p: Law, q: Law, order: Any) -> Any:
        return log(expectation_of(exp((order - 1) * _log_ratio(p, q)), p.point, p)) / (order - 1)

    return Rule(
        "definition of the divergence",
        lambda expr: expr.replace(Renyi, expand),
        r"$\int p^{\alpha}q^{1-\alpha}$ is the mean, under $p$, of the power $\alpha-1$ of the ratio of the densities.",
        "the mean is finite",
        "Rényi 1961",
    )


#: question -> (its answer in divergences known before, in words)
_BY_OTHERS: dict[type, tuple[Any, str]] = {
    CrossEntropy: (
        lambda p, q: expectation_of(-LogDensity(q, p.point), p.point, p),
        "Minus the mean, under the first law, of the log density of the second.",
    ),
    Jeffreys: (lambda p, q: KL(p, q) + KL(q, p), "The divergence there and back."),
    Bhattacharyya: (
        lambda p, q: Renyi(p, q, Rational(1, 2)) / 2,
        r"Minus the log of $\int\sqrt{pq}$, which is half the Rényi divergence of order $\tfrac12$.",
    ),
    SquaredHellinger: (
        lambda p, q: 1 - exp(-Bhattacharyya(p, q)),
        r"Half of $\int(\sqrt p-\sqrt q)^2$ is $1-\int\sqrt{pq}$.",
    ),
}


def by_others(question: type) -> Rule:
    """A divergence by its definition, in terms of those that were there before."""
    answer, reason = _BY_OTHERS[question]
    return Rule("definition", lambda expr: expr.replace(question, answer), reason)
