"""Floor 5: every Jacobian of the sample: by mean, noise, factor (entries and vec form), raw parameters."""

from __future__ import annotations

from typing import Any

from mvn_symbolic.calculus import jacobian
from mvn_symbolic.calculus.indexed import component, index, partial_by_entry
from mvn_symbolic.calculus.vectorise import duplicate, vec_form
from mvn_symbolic.catalogue.parameterizations import SPECIAL, Parameterization
from mvn_symbolic.catalogue.setting import Setting
from mvn_symbolic.derivation import rules
from mvn_symbolic.derivation.line import Line, Rule
from mvn_symbolic.derivation.model import Chain, Derivation
from mvn_symbolic.notation.nodes import LogDet
from mvn_symbolic.notation.operators import Component, Jacobian, Partial, differential_of
from mvn_symbolic.notation.symbols import Tangent
from mvn_symbolic.notation.table import argument_name, latex_name, symbol

__all__ = ["jacobians"]


def jacobians(setting: Setting) -> Derivation:
    """dz/dmu, dz/deps, dz_i/dL_ab, by every raw parameter, and log |det dz/deps|."""
    sample, eps = setting.draw(), symbol("eps")
    by_noise = _by_vector(sample, eps, "eps")
    volume = (
        Line("log_volume", "The log volume factor", LogDet(Jacobian(sample, eps)))
        .then(rules.insert(by_noise.result, "The Jacobian by the noise, from above."))
        .then(rules.collect("The determinant of a triangular matrix is the product of its diagonal."))
    )
    return Derivation(
        name="jacobians",
        title="The Jacobians of the sample",
        summary="How the sample moves when its mean, its factor or the noise moves.",
        premise=setting.premises,
        chains=(
            _by_vector(sample, symbol("loc"), "loc"),
            by_noise,
            _by_entry(sample),
            _vectorised(sample),
            *(chain for to in SPECIAL for chain in _by_raw(setting, to)),
            volume.chain,
        ),
        conventions=("A Jacobian has a row for each output and a column for each input, as torch.func.jacrev.",),
        references=("Magnus & Neudecker 1980, The elimination matrix", "Kingma & Welling 2014"),
    )


def _by_vector(sample: Any, parameter: Any, name: str) -> Chain:
    """Jacobian by a vector: the matrix in front of its differential."""
    reason = f"The differential is linear in $\\mathrm{{d}}{latex_name(parameter)}$; the Jacobian stands in front."
    line = Line(name, f"By ${latex_name(parameter)}$", Jacobian(sample, parameter))
    return line.then(rules.answer(Jacobian, jacobian, "read off", reason)).chain


def _by_raw(setting: Setting, to: Parameterization) -> tuple[Chain, ...]:
    """By the raw parameters of a parameterization."""
    sample = setting.draw("", to.scale(""))
    chains = []
    for parameter in to.raw:
        name = argument_name(parameter)
        if parameter.shape == sample.shape:
            chains.append(_by_vector(sample, parameter, name))
        else:  # the Jacobian has three axes, or those of a packed triangle: its differential says as much
            moves = rules.differentiate(f"Let ${latex_name(parameter)}$ move and nothing else.")
            start = differential_of(sample, parameter)
            chains.append(Line(name, f"By ${latex_name(parameter)}$, as a differential", start).then(moves).chain)
    return tuple(chains)


def _by_entry(sample: Any) -> Chain:
    """dz_i / dL_ab through sums and Kronecker deltas."""
    factor, i, a, b = symbol("scale_tril"), index("i"), index("a"), index("b")
    return (
        Line("scale_tril", "By one entry of $L$", Partial(Component(sample, i), factor, a, b))
        .then(
            rules.answer(
                Component,
                component,
                "component form",
                "Write the coordinate as a sum; the sum ends at $i$ because $L$ is lower-triangular.",
            )
        )
        .then(
            rules.answer(
                Partial,
                partial_by_entry,
                "Kronecker deltas",
                r"$\partial L_{ij}/\partial L_{ab}=\delta_{ia}\delta_{jb}$, and the sum over $j$ meets $b$ once.",
                condition=r"$1\le b\le a\le k$: only the free entries of $L$ may move",
            )
        )
        .chain
    )


def _vectorised(sample: Any) -> Chain:
    """d z = (eps' (x) I) D vech dL."""
    factor = symbol("scale_tril")
    tangent = Tangent(factor)
    vec = Rule("vec", lambda expr: vec_form(expr, tangent), r"$\mathrm{vec}(AXb)=(b^\top\otimes A)\,\mathrm{vec}X$.")
    triangle = Rule(
        "duplication",
        lambda expr: duplicate(expr, tangent),
        "The differential is lower-triangular: its vec is the duplication matrix times its vech.",
    )
    return (
        Line("scale_tril_vec", "By $L$, in vec form", differential_of(sample, factor))
        .then(rules.differentiate("Let $L$ move and nothing else."))
        .then(vec)
        .then(triangle)
        .chain
    )
