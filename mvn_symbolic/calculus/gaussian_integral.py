"""Floor 3: the Gaussian integral. The mean of an exponential of a quadratic in the noise, by completing the square.

Lives here: that integral, and the two identities that tidy what it leaves: push-through, and moving factors inside.
May not live here: polynomials in the noise, which are Wick's.
"""

from __future__ import annotations

from sympy import Add, Expr, Mul, Rational, exp
from sympy.matrices.expressions import Identity, Inverse, MatMul, MatrixExpr, ZeroMatrix

from mvn_symbolic.calculus.affine import affine_parts
from mvn_symbolic.calculus.gradient import gradient
from mvn_symbolic.calculus.lets import unfold
from mvn_symbolic.calculus.terms import normalize, rebuild, terms
from mvn_symbolic.errors import MissingRuleError, UnsupportedExpressionError
from mvn_symbolic.notation.nodes import Inner, LogDet
from mvn_symbolic.notation.parts import parts_of
from mvn_symbolic.notation.symbols import Let, Noise

__all__ = ["gaussian_integral", "quadratic_parts"]


def quadratic_parts(exponent: Expr, noise: Noise) -> tuple[MatrixExpr, MatrixExpr, Expr]:
    """Return (M, b, c) with exponent = c + b' eps - eps' M eps / 2, for symmetric M.

    Raises
    ------
    UnsupportedExpressionError
        When the exponent is not quadratic in the noise.
    """
    names = {let: unfold(let) for let in parts_of(exponent, Let) if let.has(noise)}
    exponent = exponent.xreplace(names)
    slope, b = affine_parts(gradient(exponent, noise), noise)
    c = normalize(exponent.xreplace({noise: ZeroMatrix(*noise.shape)}))
    return normalize(-slope), b, c


def gaussian_integral(integrand: Expr, noise: Noise, *, linear: bool = False) -> Expr:
    """Return E[w exp(c + b' eps - eps' M eps / 2)] = w exp(c + b' (I + M)^-1 b / 2) / sqrt(det(I + M)).

    The mean is finite where I + M is positive definite; to say that this holds is the caller's part.

    Parameters
    ----------
    integrand : a product of exponentials of quadratics in the noise, and of what does not hold it
    noise : Noise
    linear : bool
        Refuse exponents that are not linear; for these the mean is always finite.

    Raises
    ------
    MissingRuleError
        When the integrand is something else.

    Examples
    --------
    >>> from mvn_symbolic.notation.symbols import Vector
    >>> a, eps = Vector("a"), Noise("epsilon")
    >>> gaussian_integral(exp(Inner(a, eps)), eps)
    exp(Inner(a, a)/2)
    """
    weight, powers = integrand.as_independent(noise, as_Add=False)
    factors = Mul.make_args(powers)
    if not all(isinstance(factor, exp) for factor in factors):
        raise MissingRuleError("expectation", integrand, "Only exponentials of quadratics in the noise are known.")
    exponent = Add(*(factor.args[0] for factor in factors))
    try:
        matrix, b, c = quadratic_parts(exponent, noise)
    except UnsupportedExpressionError as error:
        raise MissingRuleError("expectation", integrand, "The exponent is not quadratic in the noise.") from error
    half = Rational(1, 2)
    if isinstance(matrix, ZeroMatrix):
        total = c + half * Inner(b, b)
    elif linear:
        raise MissingRuleError(
            "expectation",
            integrand,
            "The exponent is quadratic in the noise: use gaussian_integral, under its condition.",
        )
    else:
        whole = rebuild(terms(Identity(noise.shape[0]) + matrix), matrix.shape)
        total = c + half * Inner(b, MatMul(Inverse(whole), b)) - half * LogDet(whole)
    return weight * exp(normalize(total))
