"""Floor 5: parameterizations. Each is one map from raw parameters to the factor L; all results follow by substitution.

One whose sample is made from several noises has no such factor: it says how it is made, and which page derives it.
The tuple `REGISTERED` is the one list of them. No formula of a result lives here, and no derivative.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sympy import exp, sqrt
from sympy.matrices.expressions import Inverse, MatrixExpr, Transpose

from mvn_symbolic.derivation.model import Derivation
from mvn_symbolic.notation.functions import softplus
from mvn_symbolic.notation.nodes import Cholesky, DiagMat, elementwise
from mvn_symbolic.notation.packed import Head, Unpack
from mvn_symbolic.notation.placed import Placed
from mvn_symbolic.notation.structure import is_diagonal
from mvn_symbolic.notation.symbols import Let
from mvn_symbolic.notation.table import row_of, symbol

__all__ = ["FACTORED", "PARAMETERIZATIONS", "REGISTERED", "SPECIAL", "Parameterization", "conventions"]

Sample = Callable[[Any, Any, Any], MatrixExpr]


@dataclass(frozen=True)
class Parameterization:
    """How a law is given by its raw parameters.

    Attributes
    ----------
    name : the name of its modules and of the chains that specialise to it
    arguments : the argument names of the notation table, the mean first
    scale : what the noise is multiplied by, from the prefix of the law ("p", "q" or "")
    title : how its special case is headed
    convention : what a reader of its special cases must know beside
    noises : the arguments that hold its noise
    beside : whether its results are shown beside the general ones, as the simplest are, and not on a page of its own
    made : how its sample is made, from the premise and the prefix, where that takes more than one noise
    """

    name: str
    arguments: tuple[str, ...]
    scale: Callable[[str], MatrixExpr]
    title: str
    convention: str = ""
    noises: tuple[str, ...] = ("eps",)
    beside: bool = False
    made: Callable[[Sample, str], MatrixExpr] | None = None

    def draw(self, sample: Sample, prefix: str = "") -> MatrixExpr:
        """The sample, under a premise that says how one is made from a mean, a factor and noise."""
        if self.made is not None:
            return self.made(sample, prefix)
        return sample(symbol("loc", prefix), self.scale(prefix), symbol("eps"))

    @property
    def raw(self) -> tuple[Any, ...]:
        """The symbols the factor is made from: all arguments but the mean."""
        return tuple(map(symbol, self.arguments[1:]))

    def page(self, name: str) -> str:
        """The derivation that has a result for it: the general one of that name, or the page with all of its own."""
        return name if self.beside else self.name

    @property
    def is_general(self) -> bool:
        """Whether the factor is the symbol L itself, in which the general results are stated."""
        return self.scale("") == symbol("scale_tril")

    @property
    def is_diagonal(self) -> bool:
        """Whether coordinates are independent; read off the structure of the factor."""
        return self.made is None and is_diagonal(self.scale(""))

    @property
    def is_decomposed(self) -> bool:
        """Whether the factor is found by a Cholesky decomposition of what is given."""
        return self.scale("").has(Cholesky)

    @property
    def differentiates_textbook(self) -> bool:
        """Whether the gradient of the textbook form is as good as that of the stable one, and shorter.

        Near equality a given matrix says no more than the textbook form keeps. Where a noise is averaged out, the
        stable form is the least value of something: what it names there moves, but the value does not with it.
        """
        return self.is_decomposed or self.made is not None

    def chain(self, name: str) -> str:
        """The name of the chain that says this for a result: `entropy_diag`; the general one is the result itself."""
        return name if self.is_general else f"{name}_{self.name}"

    def gradients(self, name: str) -> str:
        """How the names of a result's gradients begin, behind `grad_`: a page with several results says of which."""
        return "" if self.is_general else f"{self.name if self.beside else self.chain(name)}_"

    def factors(self, prefixes: Sequence[str] = ("",)) -> dict[Any, Any]:
        """L of each law: the symbol it has in the general results, and what stands for it here."""
        return {symbol("scale_tril", prefix): self.scale(prefix) for prefix in prefixes}


def _cholesky(name: str, argument: str, prefix: str) -> Let:
    """A named factor of a matrix that is given: code computes it once, pages show the name."""
    return Let(f"{name}_{prefix}" if prefix else name, Cholesky(symbol(argument, prefix)))


def _log_cholesky(prefix: str) -> Let:
    """A factor without constraints: the exponentials of the head on its diagonal, the tail below it."""
    raw = symbol("raw_tril", prefix)
    return Let(f"L_{prefix}" if prefix else "L", DiagMat(elementwise(exp, Head(raw))) + Unpack(raw))


def _root_of_diagonal(prefix: str) -> DiagMat:
    """The factor of the noise that is as long as the sample: standard deviations from variances."""
    return DiagMat(elementwise(sqrt, symbol("cov_diag", prefix)))


def _low_rank(sample: Sample, prefix: str) -> MatrixExpr:
    """The premise twice: a sample of rank r is the mean of one with independent coordinates."""
    mean = sample(symbol("loc", prefix), symbol("cov_factor", prefix), symbol("eps_factor"))
    return sample(mean, _root_of_diagonal(prefix), symbol("eps"))


#: Every parameterization. To add one is to add an entry here; the page on adding one says where its truth is stated.
REGISTERED = (
    Parameterization(
        "tril", ("loc", "scale_tril"), lambda prefix: symbol("scale_tril", prefix), "Full covariance", beside=True
    ),
    Parameterization(
        "diag",
        ("loc", "scale_diag"),
        lambda prefix: DiagMat(symbol("scale_diag", prefix)),
        "Independent coordinates, by the standard deviations",
        beside=True,
    ),
    Parameterization(
        "logvar",
        ("loc", "logvar"),
        lambda prefix: DiagMat(elementwise(lambda value: exp(value / 2), symbol("logvar", prefix))),
        "Independent coordinates, by the log-variance",
        beside=True,
    ),
    Parameterization(
        "softplus",
        ("loc", "rho"),
        lambda prefix: DiagMat(elementwise(softplus, symbol("rho", prefix))),
        "Independent coordinates, by softplus",
    ),
    Parameterization(
        "log_cholesky",
        ("loc", "raw_tril"),
        _log_cholesky,
        "Full covariance, by its log-Cholesky factor",
        r"$\ell$ packs a triangle: its head has the $k$ numbers of the diagonal, and behind them stands the strict "
        r"lower triangle, column by column, which unpack puts into a matrix. A gradient by $\ell$ is packed as well: "
        r"$\mathrm{pack}(v,M)$ has the head $v$, then the strict lower triangle of $M$.",
    ),
    Parameterization(
        "covariance",
        ("loc", "covariance_matrix"),
        lambda prefix: _cholesky("L", "covariance_matrix", prefix),
        "Full covariance, by the covariance itself",
    ),
    Parameterization(
        "precision",
        ("loc", "precision_matrix"),
        lambda prefix: Inverse(Transpose(_cholesky("P", "precision_matrix", prefix))),
        "Full covariance, by the precision",
    ),
    Parameterization(
        "low_rank",
        ("loc", "cov_factor", "cov_diag"),
        _root_of_diagonal,
        "Low rank plus diagonal",
        noises=("eps_factor", "eps"),
        made=_low_rank,
    ),
)


_PLACES = (
    r"$\mathrm{place}_{r,c}(b)$ is the matrix with $b_i$ in row $r$ and column $c$, and zeros elsewhere; "
    r"$\mathrm{pick}_{r,c}(M)$ is the vector of these entries of $M$."
)


def conventions(derivation: Derivation) -> Derivation:
    """The same derivation, with the conventions of the parameterizations that its chains are stated in."""
    met = {row[0].argument for chain in derivation.chains for s in chain.start.free_symbols if (row := row_of(s))}
    used = [to for to in REGISTERED if met.intersection(to.arguments[1:])]
    texts = [text for to in used for text in (to.convention, _PLACES * to.scale("").has(Placed)) if text]
    return replace(derivation, conventions=(*derivation.conventions, *texts)) if texts else derivation


PARAMETERIZATIONS = {one.name: one for one in REGISTERED}

#: With a factor L: all but the general one, which is stated in L itself, follow from it.
FACTORED = tuple(one for one in REGISTERED if one.made is None)
SPECIAL = tuple(one for one in FACTORED if not one.is_general)
