"""Floor 5: closed forms for anybody's Gaussian laws: log density, entropy and divergence, from their samples."""

from __future__ import annotations

from typing import Any

from sympy import S

from mvn_symbolic.catalogue.density import entropy_line, log_density_line
from mvn_symbolic.catalogue.kl import divergence_line
from mvn_symbolic.notation.laws import Law, check_law, check_one_space

__all__ = ["entropy", "kl_divergence", "log_prob"]


def log_prob(law: Law) -> Any:
    """Return the log density of a law at the symbol `z`, derived from its sample.

    Parameters
    ----------
    law : Law
        The distribution of a sample that is affine in standard normal noise.

    Returns
    -------
    Expr
        A scalar expression, in nats; its parts may have names (:class:`Let`).

    Raises
    ------
    ArgumentError
        If `law` is no :class:`Law`, or is made from several noise vectors.
    UnsupportedExpressionError
        If its sample is not affine in the noise.

    Examples
    --------
    >>> from mvn_symbolic import Law, Noise, log_prob, unfold
    >>> unfold(log_prob(Law("q", Noise("eps"))))
    -k*log(2*pi)/2 - Inner(z, z)/2
    """
    return log_density_line(check_law("law", law)).current


def entropy(law: Law) -> Any:
    """Return the differential entropy of a law, derived from its sample.

    Parameters
    ----------
    law : Law
        The distribution of a sample that is affine in standard normal noise.

    Returns
    -------
    Expr
        A scalar expression, in nats.

    Raises
    ------
    ArgumentError
        If `law` is no :class:`Law`, or is made from several noise vectors.
    UnsupportedExpressionError
        If its sample is not affine in the noise.

    Examples
    --------
    >>> from mvn_symbolic import Law, Noise, entropy
    >>> entropy(Law("q", Noise("eps")))
    k/2 + k*log(2*pi)/2
    """
    return entropy_line(check_law("law", law)).current


def kl_divergence(p: Law, q: Law, *, names: tuple[str, str] = ("A", "v")) -> Any:
    """Return the Kullback-Leibler divergence of two laws, derived from their samples.

    Parameters
    ----------
    p, q : Law
        Distributions of samples that are affine in standard normal noise, of one dimension; the mean is over `p`.
    names : pair of str, optional
        What the whitened factor and the whitened distance are called. Two divergences in one expression
        need different names.

    Returns
    -------
    Expr
        A scalar expression, in nats.

    Raises
    ------
    ArgumentError
        If one is no :class:`Law`, their samples differ in length, or one is made from several noise vectors.
    UnsupportedExpressionError
        If a sample is not affine in the noise.

    Examples
    --------
    >>> from mvn_symbolic import Law, kl_divergence, symbol
    >>> mu, sigma, eps = symbol("loc"), symbol("scale_tril"), symbol("eps")
    >>> kl_divergence(Law("p", mu + eps), Law("q", eps))
    Inner(mu, mu)/2
    """
    check_one_space(p, q)
    if p.sample.xreplace({p.noise: q.noise}) == q.sample:
        return S.Zero
    return divergence_line(p, q, names=names).current
