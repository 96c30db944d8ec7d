"""Floor 5: a page for each parameterization: its sample, and every quantity by its raw parameters, with gradients.

Each page is an attribute of this module, by the name of the parameterization: to register one is to have its page.
Lives here: what is on such a page. May not live here: how a special case follows from the general result.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from mvn_symbolic.calculus import unfold
from mvn_symbolic.catalogue.elbo import DECODER, one_sample_bound
from mvn_symbolic.catalogue.parameterizations import PARAMETERIZATIONS, Parameterization
from mvn_symbolic.catalogue.quantities import QUANTITIES
from mvn_symbolic.catalogue.registry import build
from mvn_symbolic.catalogue.reparameterization import sample_by
from mvn_symbolic.catalogue.setting import Setting
from mvn_symbolic.catalogue.special import special_case
from mvn_symbolic.derivation.model import Chain, Derivation, Equation, Premise
from mvn_symbolic.notation.table import symbol

__all__: list[str] = []


def __getattr__(name: str) -> Callable[[Setting], Derivation]:
    if name not in PARAMETERIZATIONS:
        raise AttributeError(f"there is no parameterization {name!r} with a page.")
    return partial(_page, PARAMETERIZATIONS[name])


def _page(to: Parameterization, setting: Setting) -> Derivation:
    """The sample, the log density, the entropy and both divergences, from the general results with this factor."""
    general = {name: build(name, setting) for name in QUANTITIES}
    sample = sample_by(setting, to)
    chains: list[Chain] = [sample] if sample.steps else []
    for name, derivation in general.items():
        chains += special_case(name, derivation.result, to)
    values = {chain.name: chain.result for chain in chains}
    chains += one_sample_bound(setting, to, values[to.chain("kl_standard_normal")])
    return Derivation(
        name=to.name,
        title=to.title,
        summary=(
            "The sample, the log density, the entropy, both divergences and the bound by these parameters, with all "
            "gradients: each general result, with this factor."
        ),
        premise=(*setting.two_premises, _factor(to), DECODER),
        chains=tuple(chains),
        conventions=tuple(dict.fromkeys(text for one in general.values() for text in one.conventions)),
        references=tuple(dict.fromkeys(text for one in general.values() for text in one.references)),
    )


def _factor(to: Parameterization) -> Premise:
    return Premise("The factor, by the raw parameters.", Equation(symbol("scale_tril"), unfold(to.scale(""))))
