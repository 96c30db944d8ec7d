"""What every derivation of the catalogue promises, for those of today and of tomorrow: the registry is the list."""

import pytest

import mvn_symbolic as mvn
from mvn_symbolic.catalogue import registry
from mvn_symbolic.derivation.model import Derivation
from mvn_symbolic.errors import MVNSymbolicError, UnknownNameError
from mvn_symbolic.meaning import judge
from mvn_symbolic.notation.laws import KL, Covariance, Entropy, LogDensity, MatrixExpectation, ScalarExpectation
from mvn_symbolic.notation.operators import (
    FunctionGradient,
    FunctionHessian,
    FunctionValue,
    Gradient,
    Hessian,
    Jacobian,
    MatrixDifferential,
    Partial,
    ScalarDerivative,
    ScalarDifferential,
)

NAMES = mvn.list_derivations()
QUESTIONS = (
    KL,
    Entropy,
    Covariance,
    LogDensity,
    Gradient,
    Hessian,
    Jacobian,
    Partial,
    ScalarDerivative,
    ScalarDifferential,
)
#: what entries and polynomials cannot prove; such a step agrees in numbers, and names its condition and its source
THEOREMS = {
    "exchange gradient and expectation",
    "integration by parts",
    "log-derivative trick",
    "split the density",
    "score to path",
}
#: of these, what holds means without a closed form, so that no number can be had either: it rests on its source
UNTESTED = {"score to path"}
every = pytest.mark.parametrize("name", NAMES)


@pytest.mark.slow
@every
def test_every_step_of_a_derivation_is_proved_or_a_named_theorem(name):
    derivation = mvn.derive(name)
    assert isinstance(derivation, Derivation)
    for step in derivation.steps:
        if step.rule in THEOREMS:
            assert step.verdict.status == "unknown"
            assert step.condition
            assert step.source
            assert bool(step.verdict.tested_at) == (step.rule not in UNTESTED)
            continue
        verdict = step.verdict
        if verdict.status == "unknown" and under_one_mean(step):
            verdict = judge(step.before.args[0], step.after.args[0])
        assert verdict.status == "proved", f"{step.rule}: {verdict}"
        assert verdict.proved_at
        assert verdict.tested_at


def under_one_mean(step):
    """Whether both sides are means over the same: then equal integrands have equal means, closed form or not."""
    both = step.before, step.after
    return all(isinstance(side, MatrixExpectation) for side in both) and both[0].args[1:] == both[1].args[1:]


def test_steps_that_are_theorems_of_analysis_are_few():
    open_rules = {step.rule for name in NAMES for step in registry.build(name).steps} & THEOREMS
    assert open_rules == THEOREMS


@every
def test_derivation_says_what_it_is(name):
    derivation = registry.build(name)
    assert derivation.name == name
    assert derivation.title[0].isupper()
    assert derivation.summary.endswith(".")
    assert derivation.references
    assert derivation.premise[0].text.startswith("Noise")
    assert derivation.chains
    for chain in derivation.chains:
        assert chain.title
        assert chain.steps, chain.name
    for step in derivation.steps:
        assert step.rule
        assert step.reason.endswith((".", "?")), step.reason


@every
def test_chains_hang_together(name):
    derivation = registry.build(name)
    names = [chain.name for chain in derivation.chains]
    assert len(set(names)) == len(names)
    assert derivation.result == derivation.chains[0].result
    for chain in derivation.chains:
        assert chain.steps[0].before == chain.start
        for before, after in zip(chain.steps, chain.steps[1:], strict=False):
            assert after.before == before.after
            assert after.after != after.before


@every
def test_result_leaves_no_question_open(name):
    """Only the mean of the abstract loss may stay: nothing is known of it."""
    for label, (_, right) in registry.build(name).results.items():
        assert not right.atoms(*QUESTIONS, MatrixDifferential), label
        for mean in right.atoms(ScalarExpectation, MatrixExpectation):
            assert mean.atoms(FunctionValue, FunctionGradient, FunctionHessian), label


@every
def test_gradients_come_with_their_differential(name):
    names = {chain.name for chain in registry.build(name).chains}
    gradients = {label for label in names if label.startswith("grad_")}
    assert {label.replace("grad_", "differential_", 1) for label in gradients} <= names


def test_derivations_are_listed_in_reading_order():
    assert NAMES[0] == "reparameterization"
    assert set(NAMES) >= {"jacobians", "pathwise_gradient", "log_prob", "entropy", "kl_divergence", "elbo"}
    assert tuple(registry.DERIVATIONS) == NAMES
    assert len(NAMES) == sum(map(len, registry.GROUPS.values()))


def test_unknown_derivation_is_refused_with_the_closest_name():
    with pytest.raises(UnknownNameError, match="did you mean 'entropy'") as caught:
        mvn.derive("entrpy")
    assert isinstance(caught.value, LookupError)
    assert isinstance(caught.value, MVNSymbolicError)


def test_derivation_is_made_once_for_one_premise():
    setting = mvn.Setting()
    assert registry.build("entropy", setting) is registry.build("entropy", setting)
    assert registry.build("entropy", mvn.Setting()) is not registry.build("entropy", setting)
    assert mvn.derive("entropy").result == mvn.derive("entropy", setting=setting).result
