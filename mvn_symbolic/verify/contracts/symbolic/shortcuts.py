"""Lives here: every named contract as an expression in the public language, with a symbol for each of its roles.
May not live here: numbers, judges, the truth of named quantities (`truths`), which is tested against these expressions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import sympy
from sympy import ImmutableMatrix, exp, log
from sympy.matrices.expressions import Identity, ZeroMatrix

from mvn_symbolic.errors import UnsupportedExpressionError
from mvn_symbolic.notation import laws, nodes
from mvn_symbolic.notation.packed import Head, Unpack, packed_length
from mvn_symbolic.notation.symbols import (
    GeneralMatrix,
    LowerTriangular,
    Noise,
    PositiveDefinite,
    PositiveVector,
    Vector,
    k,
)  # fmt: skip
from mvn_symbolic.notation.table import rank
from mvn_symbolic.verify.contracts.symbolic import forms
from mvn_symbolic.verify.contracts.symbolic.promise import Promise

if TYPE_CHECKING:
    from mvn_symbolic.verify.contracts.contract import Contract

_EPS: Final = Noise("eps")


def _diagonal(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda raw: nodes.DiagMat(nodes.elementwise(function, raw))


#: parameterization -> symbol classes of its raw parts, and the factor of the noise made of them
_FACTORS: Final[dict[str, tuple[dict[str, Any], Callable[..., Any]]]] = {
    "std": ({"scale": PositiveVector}, nodes.DiagMat),
    "var": ({"scale": PositiveVector}, _diagonal(sympy.sqrt)),
    "logstd": ({"scale": Vector}, _diagonal(exp)),
    "logvar": ({"scale": Vector}, _diagonal(lambda r: exp(r / 2))),
    "rho": ({"scale": Vector}, _diagonal(lambda r: log(1 + exp(r)))),
    "scale_tril": ({"scale": LowerTriangular}, lambda factor: factor),
    "scale_unit_tril": (
        {"scale": PositiveVector, "unit_tril": LowerTriangular},
        lambda scale, unit: nodes.DiagMat(scale) * unit,
    ),
    "log_cholesky": (
        {"raw_tril": lambda name: Vector(name, packed_length(k))},
        lambda raw: nodes.DiagMat(nodes.elementwise(exp, Head(raw))) + Unpack(raw),
    ),
}
#: parameterization -> symbol classes, and the covariance made of them, where no factor is given
_COVARIANCES: Final[dict[str, tuple[dict[str, Any], Callable[..., Any]]]] = {
    "covariance": ({"scale": PositiveDefinite}, lambda matrix: matrix),
    "precision": ({"scale": PositiveDefinite}, lambda matrix: matrix.inv()),
    "low_rank": (
        {"factor": lambda name: GeneralMatrix(name, k, rank), "diag": PositiveVector},
        lambda factor, diag: factor * factor.T + nodes.DiagMat(diag),
    ),
}


def _law(name: str, prefix: str) -> tuple[forms.Moments, dict[str, Any]]:
    """Return the moments of a law in the symbols of its roles; a packed tensor is a matrix of two rows."""
    if name == "packed":
        rows = GeneralMatrix(f"{prefix}packed", 2, k)
        first, second = ImmutableMatrix([1, 0]), ImmutableMatrix([0, 1])
        factor = _FACTORS["logvar"][1](rows.T * second)
        return forms.Moments(rows.T * first, factor * factor.T, factor), {f"{prefix}packed": rows}
    mean = Vector(f"{prefix}mean")
    kinds, build = _FACTORS[name] if name in _FACTORS else _COVARIANCES[name]
    raw = {prefix + part: kind(prefix + part) for part, kind in kinds.items()}
    made = build(*raw.values())
    symbols = {f"{prefix}mean": mean, **raw}
    if name in _FACTORS:
        return forms.Moments(mean, made * made.T, made), symbols
    return forms.Moments(mean, made), symbols


def _asked(law: forms.Moments, name: str) -> laws.Law | None:
    """Return a law to ask questions of, where its sample is known."""
    return None if law.factor is None else laws.Law(name, law.mean + law.factor * _EPS)


def _divergence(p: forms.Moments, q: forms.Moments) -> Any:
    first, second = _asked(p, "p"), _asked(q, "q")
    return forms.divergence(p, q) if first is None or second is None else laws.KL(first, second)


def _value(contract: Contract, law: forms.Moments, rest: list[forms.Moments], point: Vector) -> Any:
    asked = _asked(law, "p")
    match contract.base:
        case "kl_standard_normal":
            return _divergence(law, forms.Moments(ZeroMatrix(k, 1), Identity(k), Identity(k)))
        case "kl_divergence":
            pair = (law, *rest)
            return _divergence(*(pair[::-1] if contract.direction == "reverse" else pair))
        case "log_prob":
            return forms.log_density(law, point) if asked is None else laws.LogDensity(asked, point)
        case "entropy":
            return forms.entropy(law) if asked is None else laws.Entropy(asked)
        case "log_det":
            return nodes.LogDet(law.covariance)
        case "std":
            return nodes.elementwise(sympy.sqrt, nodes.DiagPart(law.covariance))
    return None


def promise_for(contract: Contract) -> Promise:
    """Return what a named contract promises of one event, as an expression in the symbols of its roles.

    Parameters
    ----------
    contract : Contract
        Of a named quantity.

    Returns
    -------
    Promise
        A divergence, an entropy and a density are asked as questions wherever the parameterization makes a sample, and
        are closed forms in mean and covariance for covariances, precisions and low rank.

    Raises
    ------
    UnsupportedExpressionError
        For a pair, an estimate, the product with the derivative of Cholesky, and samples of laws without a factor.
    """
    symbols: dict[str, Any] = {}
    moments: list[forms.Moments] = []
    for prefix, name in contract.laws.items():
        law, own = _law(name, prefix)
        moments.append(law)
        symbols |= own
    point, upstream = Vector("value"), Vector("upstream")
    symbols |= {"value": point, "eps": _EPS, "upstream": upstream}
    value = _value(contract, moments[0], moments[1:], point)
    if contract.quantity in ("sample", "rsample", "vjp_rsample") and moments[0].factor is not None:
        value = moments[0].mean + moments[0].factor * _EPS
        if contract.quantity == "vjp_rsample":
            value = nodes.Inner(upstream, value)
    if value is None:
        law_words = ", ".join(contract.laws.values())
        raise UnsupportedExpressionError(
            f"the public language has no expression for {contract.quantity} of {law_words}"
        )
    free = value.free_symbols
    needed = [r for r in (*contract.roles, "eps") if r in symbols and (symbols[r] in free or r in contract.roles)]
    asked = value.atoms(laws.Law)
    kept = {r: symbols[r] for r in dict.fromkeys(needed) if not (r == "eps" and asked)}
    return times(contract.factor, Promise(value, kept))


def times(factor: float, promise: Promise) -> Promise:
    """Return a promise with a factor in front."""
    exact = sympy.Rational(factor)
    return promise if exact == 1 else Promise(exact * promise.expression, promise.symbols, promise.trusted)
