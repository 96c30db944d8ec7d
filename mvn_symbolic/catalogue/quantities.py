"""Floor 5: the quantities that every parameterization has, beside its sample: what each is about, and takes.

Lives here: the table that pages and modules of a parameterization are made from. May not live here: a derivation.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["QUANTITIES", "Quantity"]


@dataclass(frozen=True)
class Quantity:
    """A scalar result about one law or two.

    Attributes
    ----------
    title : how it is headed on a page of a parameterization
    summary : what it is, in one line
    prefixes : the laws it is about
    extra : arguments beside those of the laws, such as the point of a density
    by_mean : whether it depends on the mean
    gather : whether a sum over independent coordinates is to be written as one sum
    """

    title: str
    summary: str
    prefixes: tuple[str, ...] = ("",)
    extra: tuple[str, ...] = ()
    by_mean: bool = True
    gather: bool = False


#: By the name of the derivation with the general result, in the factors L; functions have the same names.
QUANTITIES = {
    "log_prob": Quantity("The log density", "Log density of a Gaussian at a point.", extra=("value",)),
    "entropy": Quantity("The entropy", "Differential entropy of a Gaussian.", by_mean=False),
    "kl_divergence": Quantity(
        "The KL divergence",
        "Kullback-Leibler divergence KL(p || q) between two Gaussians.",
        prefixes=("p", "q"),
        gather=True,
    ),
    "kl_standard_normal": Quantity(
        "The KL divergence from the standard normal",
        "Kullback-Leibler divergence KL(q || N(0, I)) from the standard normal.",
        gather=True,
    ),
}
