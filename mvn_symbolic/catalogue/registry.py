"""Floor 5: the register of derivations: name -> where it is made. Adding a result is one file and one line here."""

from __future__ import annotations

from importlib import import_module

from mvn_symbolic.catalogue.parameterizations import FACTORED
from mvn_symbolic.catalogue.setting import STANDARD, Setting
from mvn_symbolic.checks import check_known
from mvn_symbolic.derivation.line import judged
from mvn_symbolic.derivation.model import Derivation

__all__ = ["DERIVATIONS", "GROUPS", "build", "derive", "list_derivations"]

#: In reading order, under captions.
GROUPS = {
    "The sample": {
        "reparameterization": "mvn_symbolic.catalogue.reparameterization:reparameterization",
        "jacobians": "mvn_symbolic.catalogue.jacobians:jacobians",
        "pathwise_gradient": "mvn_symbolic.catalogue.pathwise:pathwise_gradient",
        "second_order": "mvn_symbolic.catalogue.second_order:second_order",
    },
    "Factors of a covariance": {
        "cholesky": "mvn_symbolic.catalogue.cholesky:cholesky",
        "square_root": "mvn_symbolic.catalogue.square_root:square_root",
        "symmetric_gradients": "mvn_symbolic.catalogue.symmetric:symmetric_gradients",
        "log_volume": "mvn_symbolic.catalogue.log_volume:log_volume",
    },
    "Density, entropy and KL divergence": {
        "log_prob": "mvn_symbolic.catalogue.density:log_prob",
        "entropy": "mvn_symbolic.catalogue.density:entropy",
        "kl_divergence": "mvn_symbolic.catalogue.kl:kl_divergence",
        "kl_standard_normal": "mvn_symbolic.catalogue.kl:kl_standard_normal",
        "kl_sign": "mvn_symbolic.catalogue.kl_sign:kl_sign",
    },
    "Other parameters": {
        **{to.name: f"mvn_symbolic.catalogue.by_parameters:{to.name}" for to in FACTORED if not to.beside},
        "low_rank": "mvn_symbolic.catalogue.low_rank:low_rank",
        "rank_one": "mvn_symbolic.catalogue.rank_one:rank_one",
        "precision_factor": "mvn_symbolic.catalogue.precision_factor:precision_factor",
        "correlation": "mvn_symbolic.catalogue.correlation:correlation",
    },
    "Other divergences and distances": {
        "cross_entropy": "mvn_symbolic.catalogue.cross_entropy:cross_entropy",
        "jeffreys": "mvn_symbolic.catalogue.divergences:jeffreys",
        "renyi": "mvn_symbolic.catalogue.divergences:renyi",
        "bhattacharyya": "mvn_symbolic.catalogue.divergences:bhattacharyya",
        "renyi_limit": "mvn_symbolic.catalogue.renyi_limit:renyi_limit",
        "wasserstein": "mvn_symbolic.catalogue.wasserstein:wasserstein",
    },
    "Moments": {
        "moments": "mvn_symbolic.catalogue.moments:moments",
        "quadratic_loss": "mvn_symbolic.catalogue.moments:quadratic_loss",
        "generating_function": "mvn_symbolic.catalogue.generating:generating_function",
        "lognormal": "mvn_symbolic.catalogue.generating:lognormal",
    },
    "Second derivatives and information": {
        "kl_hessian": "mvn_symbolic.catalogue.kl_hessian:kl_hessian",
        "kl_hessian_factor": "mvn_symbolic.catalogue.kl_hessian:kl_hessian_factor",
        "fisher_information": "mvn_symbolic.catalogue.fisher:fisher_information",
        "expectation_parameters": "mvn_symbolic.catalogue.natural:expectation_parameters",
    },
    "Conditioning": {
        "conditional": "mvn_symbolic.catalogue.conditional:conditional",
        "linear_gaussian": "mvn_symbolic.catalogue.linear_gaussian:linear_gaussian",
        "gaussian_product": "mvn_symbolic.catalogue.linear_gaussian:gaussian_product",
    },
    "Velocities and transport": {
        "continuity_equation": "mvn_symbolic.catalogue.continuity:continuity_equation",
        "transport_gradient": "mvn_symbolic.catalogue.transport:transport_gradient",
        "gauge": "mvn_symbolic.catalogue.gauge:gauge",
    },
    "Gradient estimators": {
        "gaussian_identities": "mvn_symbolic.catalogue.gaussian_identities:gaussian_identities",
        "score_function": "mvn_symbolic.catalogue.score_function:score_function",
        "measure_valued": "mvn_symbolic.catalogue.measure_valued:measure_valued",
        "implicit_reparameterization": "mvn_symbolic.catalogue.implicit:implicit_reparameterization",
    },
    "The evidence lower bound": {
        "elbo": "mvn_symbolic.catalogue.elbo:elbo",
        "sticking_the_landing": "mvn_symbolic.catalogue.sticking:sticking_the_landing",
        "elbo_estimators": "mvn_symbolic.catalogue.elbo_estimators:elbo_estimators",
        "importance_weighted": "mvn_symbolic.catalogue.importance:importance_weighted",
    },
}
DERIVATIONS = {name: where for group in GROUPS.values() for name, where in group.items()}


def list_derivations() -> tuple[str, ...]:
    """Return the names :func:`derive` knows, in reading order.

    Returns
    -------
    tuple of str
        Those of the catalogue.

    Examples
    --------
    >>> from mvn_symbolic import list_derivations
    >>> list_derivations()[0]
    'reparameterization'
    """
    return tuple(DERIVATIONS)


def build(name: str, setting: Setting = STANDARD) -> Derivation:
    """Build a derivation without judging its steps; the calculus alone."""
    module, _, function = DERIVATIONS[check_known("derivation", name, DERIVATIONS)].partition(":")
    return setting.once(name, getattr(import_module(module), function))


def derive(name: str, *, setting: Setting = STANDARD) -> Derivation:
    """Derive a result of the catalogue, every step judged.

    Parameters
    ----------
    name : str
        One of :func:`list_derivations`.
    setting : Setting, optional
        The premise; ``Setting(lambda mu, L, eps: mu + 2 * L * eps)`` derives everything from another one.

    Returns
    -------
    Derivation
        With a verdict on each of its steps.

    Raises
    ------
    UnknownNameError
        When there is no derivation of that name.
    DerivationError
        When a step is refuted.

    Examples
    --------
    >>> from mvn_symbolic import derive
    >>> derive("entropy").result.right
    k/2 + k*log(2*pi)/2 + Total(Elementwise(Lambda(x0, log(x0)), DiagPart(L)))
    """
    return judged(build(name, setting))
