"""Floor 5: what every derivation stands on: how a sample is made from noise. Change it here and everything changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sympy.matrices.expressions import MatrixExpr

from mvn_symbolic.catalogue.conventions import conventions
from mvn_symbolic.derivation.model import Derivation, Equation, Premise
from mvn_symbolic.notation.laws import Law
from mvn_symbolic.notation.symbols import Let
from mvn_symbolic.notation.table import symbol

__all__ = ["STANDARD", "Setting", "standard_sample"]


def standard_sample(loc: MatrixExpr, scale: MatrixExpr, eps: MatrixExpr) -> MatrixExpr:
    """z = mu + L eps."""
    return loc + scale * eps


@dataclass
class Setting:
    """The premise, and the derivations built on it so far.

    Parameters
    ----------
    sample : callable, optional
        From the mean, the factor and the noise, `(k, 1)`, `(k, k)` and `(k, 1)`, to the sample: the one definition that
        all results follow from.

    Examples
    --------
    >>> from mvn_symbolic import Setting, derive
    >>> twice = Setting(lambda mu, L, eps: mu + 2 * L * eps)
    >>> derive("entropy", setting=twice).result.right
    k/2 + k*log(2) + k*log(2*pi)/2 + Total(Elementwise(Lambda(x0, log(x0)), DiagPart(L)))
    """

    sample: Callable[[Any, Any, Any], MatrixExpr] = standard_sample
    _built: dict[str, Derivation] = field(default_factory=dict, init=False, repr=False)

    def draw(self, prefix: str = "", scale: MatrixExpr | None = None) -> MatrixExpr:
        """The sample with parameters mu, L of the given prefix; `scale` stands in for L."""
        factor = symbol("scale_tril", prefix) if scale is None else scale
        return self.sample(symbol("loc", prefix), factor, symbol("eps"))

    def law(self, prefix: str = "", scale: MatrixExpr | None = None) -> Law:
        """The law of that sample, called q when it has no prefix."""
        return Law(prefix or "q", self.draw(prefix, scale))

    def named_draw(self, scale: MatrixExpr | None = None) -> Let:
        """The sample under its name z."""
        return Let("z", self.draw("", scale))

    def once(self, name: str, make: Callable[[Setting], Derivation]) -> Derivation:
        """The derivation of that name under this premise, made once."""
        if name not in self._built:
            self._built[name] = conventions(make(self))
        return self._built[name]

    @property
    def premises(self) -> tuple[Premise, ...]:
        """The premise in words and symbols."""
        return (
            Premise(r"Noise: $\varepsilon\sim\mathcal N(0, I)$, a vector of $k$ independent standard normal numbers."),
            Premise(
                "The sample: a mean, and a lower-triangular factor with positive diagonal applied to the noise.",
                Equation(symbol("value"), self.draw()),
            ),
        )

    @property
    def two_premises(self) -> tuple[Premise, ...]:
        """The premise of what compares two laws."""
        text = "Two such samples with parameters of their own; $p$ is the law of the one, $q$ of the other."
        return (*self.premises, Premise(text))


#: z = mu + L eps.
STANDARD = Setting()
