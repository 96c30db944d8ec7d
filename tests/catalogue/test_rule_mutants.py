"""A rule of the engine made wrong, one at a time: the derivation that uses it stops, and says at which step.

The judge shares nothing with the rules, so a mistake in one of them cannot be a mistake in both.
"""

import sys
from dataclasses import replace

import pytest
from sympy import Rational
from sympy.matrices.expressions import Inverse, Transpose

import mvn_symbolic as mvn
from mvn_symbolic.calculus import careful, expectation, gather, jacobian, project, resolve_diagonals
from mvn_symbolic.calculus.adjoint import read_off
from mvn_symbolic.calculus.affine import invert_affine
from mvn_symbolic.calculus.closed import chain_scalar, closed_scalar
from mvn_symbolic.calculus.differential import _RULES as DIFFERENTIALS
from mvn_symbolic.calculus.indexed import component, partial_by_entry
from mvn_symbolic.calculus.letters import transpose_letter
from mvn_symbolic.calculus.terms import _MATRIX_RULES as NORMAL_FORMS
from mvn_symbolic.calculus.terms import _SCALAR_RULES as SCALAR_FORMS
from mvn_symbolic.calculus.vectorise import duplicate, vec_form
from mvn_symbolic.catalogue.kl import divergence_line
from mvn_symbolic.catalogue.registry import build
from mvn_symbolic.derivation import definitions
from mvn_symbolic.derivation.line import judged
from mvn_symbolic.errors import DerivationError, MVNSymbolicError
from mvn_symbolic.notation.laws import KL, Entropy, LogDensity, expectation_of
from mvn_symbolic.notation.memory import forget
from mvn_symbolic.notation.nodes import Elementwise, Inner, LogDet, Tril
from mvn_symbolic.notation.symbols import Vector


def twice(original):
    return lambda *arguments, **options: 2 * original(*arguments, **options)


def minus(original):
    return lambda *arguments, **options: -1 * original(*arguments, **options)


def without_projection(original):
    return lambda free, symbol, **options: free


def transposed_projection(original):
    return lambda free, symbol, **options: original(
        Transpose(free) if free.shape[0] == free.shape[1] else free, symbol, **options
    )


def untransposed(original):
    return lambda letter: letter if isinstance(letter, Inverse) else original(letter)


def divergence_with_a_minus(original):
    def rule():
        right = original()

        def expand(p, q):
            z = Vector("z", p.sample.shape[0])
            return expectation_of(LogDensity(q, z) - LogDensity(p, z), z, p)

        return type(right)(right.name, lambda expr: expr.replace(KL, expand), right.reason)

    return rule


def divergence_doubled(original):
    def rule():
        right = original()
        return type(right)(right.name, lambda expr: 2 * right.apply(expr), right.reason)

    return rule


def entropy_with_a_plus(original):
    def rule():
        right = original()

        def expand(law):
            z = Vector("z", law.sample.shape[0])
            return expectation_of(LogDensity(law, z), z, law)

        return type(right)(right.name, lambda expr: expr.replace(Entropy, expand), right.reason)

    return rule


def unnormalized_noise(original):
    def rule(law):
        right = original(law)
        return type(right)(right.name, lambda expr: right.apply(expr) + Rational(1, 2), right.reason)

    return rule


def off_by_the_mean(original):
    return lambda vector, noise, value: original(vector, noise, value + value)


#: mistake -> (a function of the engine, what it becomes, the derivation that has to notice)
FUNCTIONS = {
    "projection forgotten": (project, without_projection, "pathwise_gradient"),
    "projection of the transpose": (project, transposed_projection, "log_prob"),
    "gradient doubled": (read_off, twice, "entropy"),
    "gradient with the wrong sign": (read_off, minus, "entropy"),
    "moments doubled": (expectation, twice, "entropy"),
    "Jacobian with the wrong sign": (jacobian, minus, "jacobians"),
    "Jacobian doubled in the volume": (jacobian, twice, "log_prob"),
    "noise solved for wrongly": (invert_affine, off_by_the_mean, "log_prob"),
    "inverse not transposed": (transpose_letter, untransposed, "log_prob"),
    "component form doubled": (component, twice, "reparameterization"),
    "partial by an entry doubled": (partial_by_entry, twice, "jacobians"),
    "vec form doubled": (vec_form, twice, "jacobians"),
    "duplication doubled": (duplicate, twice, "jacobians"),
    "diagonals resolved wrongly": (resolve_diagonals, twice, "entropy"),
    "sums gathered wrongly": (gather, twice, "kl_standard_normal"),
    "stable form of something else": (careful, twice, "kl_standard_normal"),
    "traces doubled": (closed_scalar, twice, "entropy"),
    "bilinear forms with the wrong sign": (chain_scalar, minus, "log_prob"),
    "divergence doubled": (definitions.divergence, divergence_doubled, "kl_divergence"),
    "entropy with the wrong sign": (definitions.entropy, entropy_with_a_plus, "entropy"),
    "noise not normalized": (definitions.noise_density, unnormalized_noise, "log_prob"),
}

#: mistake -> (a table of rules, the node, what its rule becomes, the derivation that has to notice)
RULES = {
    "half of the product rule": (DIFFERENTIALS, Inner, lambda rule: lambda e, v: rule(e, v) / 2, "kl_standard_normal"),
    "differential of a map with the wrong sign": (DIFFERENTIALS, Elementwise, minus, "entropy"),
    "differential of an inverse with the wrong sign": (DIFFERENTIALS, Inverse, minus, "log_prob"),
    "diagonal dropped from tril": (
        NORMAL_FORMS,
        Tril,
        lambda rule: lambda expr: {},
        "pathwise_gradient",
    ),
    "log determinant halved": (SCALAR_FORMS, LogDet, lambda rule: lambda e: rule(e) / 2, "log_prob"),
    "maps doubled": (
        NORMAL_FORMS,
        Elementwise,
        lambda rule: lambda expr: {word: 2 * coefficient for word, coefficient in rule(expr).items()},
        "entropy",
    ),
}


def plant(monkeypatch, original, wrong):
    """Put `wrong` wherever a module of the package holds `original`."""
    places = [
        (module, name)
        for label, module in list(sys.modules.items())
        if label.startswith("mvn_symbolic.")
        for name, value in vars(module).items()
        if value is original
    ]
    assert places
    for module, name in places:
        monkeypatch.setattr(module, name, wrong)


@pytest.fixture
def everything_loaded():
    """All derivations built once, so that every module that holds a rule is there to be searched; none remembered."""
    for name in mvn.list_derivations():
        build(name)
    forget()
    yield
    forget()


def stopped(name):
    """The error with which a derivation from a premise of its own stops; the registry keeps what was built before."""
    with pytest.raises(MVNSymbolicError) as caught:
        mvn.derive(name, setting=mvn.Setting(lambda mu, L, eps: mu + L * eps))
    return caught.value


@pytest.mark.parametrize(("original", "mistake", "name"), FUNCTIONS.values(), ids=list(FUNCTIONS))
def test_wrong_rule_stops_the_derivation(original, mistake, name, monkeypatch, everything_loaded):
    plant(monkeypatch, original, mistake(original))
    error = stopped(name)
    assert isinstance(error, DerivationError)
    assert "is wrong" in str(error)
    assert "point: {" in str(error)


@pytest.mark.parametrize(("table", "node", "mistake", "name"), RULES.values(), ids=list(RULES))
def test_wrong_rule_of_a_node_stops_the_derivation(table, node, mistake, name, monkeypatch, everything_loaded):
    monkeypatch.setitem(table, node, mistake(table[node]))
    error = stopped(name)
    assert isinstance(error, DerivationError)
    assert "is wrong" in str(error)


def test_divergence_with_the_wrong_sign_stops_its_chain(monkeypatch, everything_loaded):
    """Its negative has no stable form, so the derivation stops before it is judged; the chain by itself is judged."""
    plant(monkeypatch, definitions.divergence, divergence_with_a_minus(definitions.divergence))
    assert "stable form" in str(stopped("kl_divergence"))
    setting = mvn.Setting(lambda mu, L, eps: mu + L * eps)
    chain = divergence_line(setting.law("p"), setting.law("q")).chain
    with pytest.raises(DerivationError, match=r"step 1 of 'kl_divergence' .* is wrong: definition of the divergence"):
        judged(replace(build("kl_divergence"), chains=(chain,)))


def test_nothing_is_left_of_a_mistake(everything_loaded):
    assert mvn.derive("entropy", setting=mvn.Setting()).steps[0].verdict.status == "proved"
