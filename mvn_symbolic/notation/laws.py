"""Floor 1: random vectors by their definition, and what is asked of them: expectation, covariance, density, KL.

A law is nothing but the way its sample is made from standard normal noise; moments and densities are
derived from that, never stored here.
"""

from __future__ import annotations

from typing import Any

from sympy import Basic, Expr, expand, sympify
from sympy.core.symbol import Str
from sympy.matrices.expressions import MatrixExpr
from sympy.printing.latex import translate

from mvn_symbolic.checks import check_type
from mvn_symbolic.errors import ArgumentError
from mvn_symbolic.notation.nodes import ScalarNode
from mvn_symbolic.notation.parts import parts_of
from mvn_symbolic.notation.random_numbers import RandomNumber
from mvn_symbolic.notation.structure import tags_of
from mvn_symbolic.notation.symbols import Noise, Vector

__all__ = [
    "KL",
    "Covariance",
    "Entropy",
    "Law",
    "LogDensity",
    "MatrixExpectation",
    "ScalarExpectation",
    "Variance",
    "check_law",
    "check_one_space",
    "expectation_of",
    "mean_over",
]


class Law(Basic):
    """The distribution of a sample that is made from standard normal noise.

    Several noise vectors are independent. Those listed behind the sample are given: the law is the one that the
    sample has while they stand still.

    Parameters
    ----------
    name : str
        How it is written.
    sample : MatrixExpr
        A column, an expression of noise.
    *given : Noise
        The noise that stands still.

    Raises
    ------
    ArgumentError
        If `sample` is no vector, or holds no noise that moves.

    Examples
    --------
    >>> from mvn_symbolic import Law, LowerTriangular, Noise, Vector, expectation
    >>> q = Law("q", Vector("m") + LowerTriangular("L") * Noise("eps"))
    >>> expectation(q.sample, q.noise)
    m
    """

    def __new__(cls, name: Any, sample: Any, *given: Any) -> Law:
        sample = sympify(sample)
        noises = parts_of(sample, Noise) if isinstance(sample, MatrixExpr) else frozenset()
        if not noises.difference(given):
            raise ArgumentError(
                f"`sample` must be a vector made from Noise symbols that are not given; got {sample!r}."
            )
        return Basic.__new__(cls, Str(str(name)), sample, *given)

    @property
    def name(self) -> str:
        return str(self.args[0])

    @property
    def latex(self) -> str:
        """The name, typeset."""
        return translate(self.name)

    @property
    def sample(self) -> MatrixExpr:
        """The sample as an expression of the noise."""
        return self.args[1]

    @property
    def point(self) -> Vector:
        """The letter z, which its density is written with."""
        return Vector("z", self.sample.shape[0])

    @property
    def given(self) -> tuple[Noise, ...]:
        """The noise that stands still."""
        return self.args[2:]

    @property
    def noises(self) -> tuple[Noise, ...]:
        """The independent standard normal vectors the sample is made from, in the order of their names."""
        return tuple(sorted(parts_of(self.sample, Noise).difference(self.given), key=lambda noise: noise.name))

    @property
    def noise(self) -> Noise:
        """The standard normal noise the sample is made from, where that is one vector."""
        first, *others = self.noises
        if others:
            raise ArgumentError(
                f"expected a law made from one noise vector; got one of {list(self.noises)}. Give all but one."
            )
        return first


def check_law(argument: str, value: Any) -> Law:
    """Return the value if it is a law, or raise ArgumentError."""
    law: Law = check_type(argument, value, Law, "Make one from a sample: Law('p', mu + L * eps).")
    return law


def check_one_space(p: Law, q: Law) -> None:
    """Raise ArgumentError unless two laws have samples of one length."""
    for argument, law in (("p", p), ("q", q)):
        check_law(argument, law)
    one, other = p.sample.shape, q.sample.shape
    if one != other and expand(one[0] - other[0]) != 0:
        raise ArgumentError(f"`p` and `q` must be laws of vectors of one length; got {one[0]} and {other[0]}.")


def _law_or_none(variable: Any, law: Any) -> tuple[Any, ...]:
    if law is None:
        if not isinstance(variable, (Noise, RandomNumber)):
            raise ArgumentError(f"`variable` must be Noise when no law is given; got {variable!r}.")
        return ()
    return (law,)


class ScalarExpectation(ScalarNode):
    """E[f] over a noise vector, or over a vector distributed by a law."""


class MatrixExpectation(MatrixExpr):
    """E[F] of a vector or matrix, entry by entry."""

    @property
    def shape(self) -> tuple[Any, Any]:
        return self.args[0].shape

    @property
    def tags(self) -> frozenset[str]:
        """The structure of the integrand, where that is a linear space."""
        return tags_of(self.args[0]) & {"lower", "upper", "diagonal", "symmetric", "vector"}


def expectation_of(integrand: Any, variable: Any, law: Law | None = None) -> Any:
    """Ask for a mean, without answering.

    Parameters
    ----------
    integrand : scalar, vector or matrix expression
        What is averaged; of a vector or matrix entry by entry.
    variable : Noise or vector symbol
        What moves: standard normal noise, or a vector with a law.
    law : Law, optional
        The law of `variable`; left out for noise.

    Returns
    -------
    ScalarExpectation or MatrixExpectation
        A node of the shape of `integrand`. :func:`expectation` computes the answer for noise.

    Raises
    ------
    ArgumentError
        If `variable` is not noise and there is no law.

    Examples
    --------
    >>> from mvn_symbolic import Noise, expectation, expectation_of, squared_norm, verify
    >>> eps = Noise("eps")
    >>> length = squared_norm(eps)
    >>> verify(expectation_of(length, eps), expectation(length, eps)).status
    'proved'
    """
    integrand = sympify(integrand)
    node = MatrixExpectation if isinstance(integrand, MatrixExpr) else ScalarExpectation
    return Expr.__new__(node, integrand, variable, *_law_or_none(variable, law))


def mean_over(integrand: Any, *noises: Noise) -> Any:
    """The unevaluated mean over independent noise vectors, one after the other; the last one is averaged first."""
    for noise in reversed(noises):
        integrand = expectation_of(integrand, noise)
    return integrand


class Covariance(MatrixExpr):
    """The question what the covariance of a vector is, over independent standard normal noise.

    Parameters
    ----------
    vector : MatrixExpr
        A column of n entries; the result has shape (n, n).
    *noises : Noise
        What the mean is over.

    Examples
    --------
    >>> from mvn_symbolic import Covariance, LowerTriangular, Noise, verify
    >>> L, eps = LowerTriangular("L"), Noise("eps")
    >>> verify(Covariance(L * eps, eps), L * L.T).status
    'proved'
    """

    def __new__(cls, vector: Any, *noises: Noise) -> Covariance:
        return Expr.__new__(cls, sympify(vector), *noises)

    @property
    def shape(self) -> tuple[Any, Any]:
        return (self.args[0].shape[0], self.args[0].shape[0])


class Variance(ScalarNode):
    """Var[f] = E[f^2] - E[f]^2 of a scalar over standard normal noise."""

    def __new__(cls, scalar: Any, noise: Noise) -> Variance:
        return Expr.__new__(cls, sympify(scalar), noise)


class LogDensity(ScalarNode):
    """The question what the log density of a law is at a point, in nats.

    Parameters
    ----------
    law : Law
        The distribution of a sample.
    point : MatrixExpr
        A column, as long as the sample.

    Raises
    ------
    ArgumentError
        If `law` is no :class:`Law`.

    Examples
    --------
    >>> from mvn_symbolic import Law, LogDensity, LowerTriangular, Noise, log_prob, verify
    >>> q = Law("q", LowerTriangular("L") * Noise("eps"))
    >>> verify(LogDensity(q, q.point), log_prob(q)).status
    'proved'
    """

    def __new__(cls, law: Law, point: Any) -> LogDensity:
        return Expr.__new__(cls, check_law("law", law), sympify(point))


class Entropy(ScalarNode):
    """The question what the differential entropy of a law is, in nats.

    Parameters
    ----------
    law : Law
        The distribution of a sample.

    Raises
    ------
    ArgumentError
        If `law` is no :class:`Law`.

    Examples
    --------
    >>> from mvn_symbolic import Entropy, Law, LowerTriangular, Noise, entropy, verify
    >>> q = Law("q", LowerTriangular("L") * Noise("eps"))
    >>> verify(Entropy(q), entropy(q)).status
    'proved'
    """

    def __new__(cls, law: Law) -> Entropy:
        return Expr.__new__(cls, check_law("law", law))


class KL(ScalarNode):
    """The question what the Kullback-Leibler divergence of two laws is, in nats.

    Parameters
    ----------
    p, q : Law
        Of samples of one length; the mean is over `p`.

    Raises
    ------
    ArgumentError
        If one is no :class:`Law`, or their samples differ in length.

    Examples
    --------
    >>> from mvn_symbolic import KL, Law, Noise, Vector, kl_divergence, verify
    >>> m, eps = Vector("m"), Noise("eps")
    >>> p, q = Law("p", m + eps), Law("q", eps)
    >>> verify(KL(p, q), kl_divergence(p, q)).status
    'proved'
    """

    def __new__(cls, p: Law, q: Law) -> KL:
        check_one_space(p, q)
        return Expr.__new__(cls, p, q)
