"""A line of reasoning: rules compute, idle ones are refused, wrong ones refuted by name, step, sides and point."""

import dataclasses

import pytest
from sympy import Trace, cos, exp, log

import mvn_symbolic as mvn
from mvn_symbolic import k
from mvn_symbolic.derivation import definitions, rules, stable
from mvn_symbolic.derivation.gradients import gradients_of
from mvn_symbolic.derivation.line import Line, Rule, judged, verdict_of
from mvn_symbolic.derivation.model import Chain, Derivation, Equation, Premise, Step
from mvn_symbolic.errors import ArgumentError, DerivationError, MVNSymbolicError
from mvn_symbolic.notation.laws import KL, Covariance, Entropy, LogDensity, expectation_of
from mvn_symbolic.notation.places import value_at
from mvn_symbolic.notation.symbols import tangent_of

A, B = mvn.GeneralMatrix("A"), mvn.GeneralMatrix("B")
L, mu, x, eps = mvn.LowerTriangular("L"), mvn.Vector("mu"), mvn.Vector("x"), mvn.Noise("eps")
z = mu + L * eps
START = expectation_of(mvn.squared_norm(z), eps)
right = Rule("take the mean", lambda _: mvn.expectation(mvn.squared_norm(z), eps), "Moments.")
idle = Rule("look again", lambda expr: expr, "Nothing.")
wrong = Rule("forget the spread", lambda _: mvn.squared_norm(mu), "The mean of a square is the square of the mean.")


def derivation(*chains, name="own"):
    return Derivation(name, "A title", "A summary.", (Premise("given"),), chains)


def test_rule_computes_the_next_expression():
    line = Line("moment", "The second moment", START).then(right)
    assert line.current == mvn.squared_norm(L) + mvn.squared_norm(mu)
    (step,) = line.steps
    assert (step.before, step.after, step.rule, step.reason) == (START, line.current, "take the mean", "Moments.")
    assert step.verdict is None


def test_line_is_not_changed_by_what_is_appended():
    line = Line("moment", "The second moment", START)
    line.then(right)
    assert line.steps == ()
    assert line.current == START


def test_each_step_begins_where_the_one_before_ended():
    split = Rule("split", lambda expr: expr.replace(START, mvn.expectation(mvn.squared_norm(z), eps)), "Moments.")
    line = (
        Line("moment", "The second moment", START + k)
        .then(split)
        .then(Rule("turn", lambda expr: expr.xreplace({mvn.squared_norm(L): Trace(L.T * L)}), "A norm is a trace."))
    )
    first, second = line.steps
    assert first.before == line.start
    assert second.before == first.after
    assert line.chain.result == Equation(START + k, second.after)


def test_rule_that_changes_nothing_is_refused():
    with pytest.raises(
        DerivationError, match=r"the rule 'look again' changes nothing in 'moment', at: ScalarExpectation"
    ):
        Line("moment", "The second moment", START).then(idle)


def test_rule_that_may_change_nothing_is_left_out_then():
    line = Line("moment", "The second moment", START)
    assert line.then_if(idle) == line
    assert len(line.then_if(right).steps) == 1


def test_chain_without_steps_shows_that_a_thing_is_itself():
    assert Line("moment", "The second moment", START).chain.result == Equation(START, START)


def test_judged_puts_a_verdict_on_every_step():
    line = Line("moment", "The second moment", START).then(right)
    plain = derivation(line.chain)
    found = judged(plain)
    assert all(step.verdict is None for step in plain.steps)
    assert [step.verdict.status for step in found.steps] == ["proved"]
    assert found.result == plain.result
    assert (found.name, found.premise) == (plain.name, plain.premise)


def test_wrong_rule_is_refuted_with_step_chain_sides_and_point():
    good = Line("moment", "The second moment", START).then(right).chain
    bad = (
        Line("forgetful", "A mistake", START)
        .then(Rule("linearity", lambda _: mvn.squared_norm(mu) + expectation_of(mvn.squared_norm(L * eps), eps), "."))
        .then(Rule("drop", lambda expr: mvn.squared_norm(mu), "A mistake."))
        .chain
    )
    with pytest.raises(DerivationError) as caught:
        judged(derivation(good, bad))
    message = str(caught.value)
    assert "step 2 of 'forgetful' in 'own' is wrong: drop" in message
    assert f"before: {bad.steps[1].before}" in message
    assert f"after:  {bad.steps[1].after}" in message
    assert "at k = 1: entry 0 is" in message
    assert "point: {'L': [['" in message
    assert "'mu': [['" in message
    assert isinstance(caught.value, MVNSymbolicError)
    assert isinstance(caught.value, AssertionError)


def test_step_that_leaves_the_shape_is_refuted():
    turn = Rule("transpose", lambda expr: expr.T, "A mistake.")
    with pytest.raises(DerivationError, match="the shape is"):
        judged(derivation(Line("turned", "Turned", A * x).then(turn).chain))


def test_step_that_cannot_be_judged_is_unknown_and_not_proved():
    known = Rule("Fourier transform", lambda _: exp(-mvn.squared_norm(x) / 2), "Known.")
    chain = Line("wave", "The mean of a wave", expectation_of(cos(mvn.Inner(x, eps)), eps)).then(known).chain
    (step,) = judged(derivation(chain)).steps
    assert step.verdict.status == "unknown"
    assert verdict_of(derivation(chain)).status == "unknown"
    assert "1 of 1 steps without a proof" in str(verdict_of(derivation(chain)))


def test_one_verdict_for_all_steps():
    good = Line("moment", "The second moment", START).then(right).chain
    bad = Line("moment", "The second moment", START).then(wrong).chain
    assert verdict_of(derivation(good)).status == "proved"
    refuted = verdict_of(derivation(good, bad))
    assert refuted.status == "refuted"
    assert "forget the spread" in refuted.detail


def test_what_derives_nothing_is_no_derivation():
    """Else a formula that somebody typed would be a result, and its verdict the empty one: proved."""
    with pytest.raises(ArgumentError, match="show nothing"):
        derivation()
    with pytest.raises(ArgumentError, match="none in 'typed'"):
        derivation(Line("moment", "The second moment", START).then(right).chain, Line("typed", "Typed", START).chain)


def test_results_are_found_by_the_names_of_chains():
    good = Line("moment", "The second moment", START).then(right).chain
    gradients = gradients_of(mvn.squared_norm(mu), mu)
    own = derivation(good, *gradients)
    assert own.result == good.result
    assert set(own.results) == {"moment", "differential_loc", "grad_loc"}
    assert own.results["grad_loc"].right == 2 * mu
    assert len(own.steps) == sum(len(chain.steps) for chain in own.chains)


def test_names_are_listed_in_the_order_they_appear():
    first, second = mvn.Let("b", A * x), mvn.Let("a", B * mvn.Let("b", A * x))
    chain = (
        Line("named", "Named", mvn.squared_norm(B * A * x))
        .then(Rule("name", lambda _: mvn.squared_norm(B * first), "Call it b."))
        .then(Rule("name", lambda _: mvn.squared_norm(second), "Call it a."))
        .chain
    )
    assert [let.name for let in chain.lets] == ["b", "a"]
    assert all(step.verdict.status == "proved" for step in judged(derivation(chain)).steps)


def test_derivation_is_plain_data():
    own = derivation(Line("moment", "The second moment", START).then(right).chain)
    assert dataclasses.replace(own, name="other").name == "other"
    assert isinstance(own.chains[0], Chain)
    assert isinstance(own.steps[0], Step)
    with pytest.raises(dataclasses.FrozenInstanceError):
        own.name = "other"


@pytest.mark.parametrize(
    ("function", "symbol"),
    [
        (mvn.squared_norm(L.inv() * (x - mu)) / 2 + mvn.LogDet(L), L),
        (mvn.Inner(x, mvn.SymmetricMatrix("Y") * mu), mvn.SymmetricMatrix("Y")),
        (Trace(A * mvn.DiagonalMatrix("D")), mvn.DiagonalMatrix("D")),
        (mvn.squared_norm(mvn.Let("v", A * x)), x),
        (mvn.positive_scalar("s") ** 2 * mvn.Total(x), mvn.positive_scalar("s")),
        (mvn.squared_norm(mvn.Let("v", A * x)), B),
        *((mvn.differential(mvn.LogDet(M), M), M) for M in (L, mvn.PositiveDefinite("S"))),  # a direction stands still
        (mvn.differential(mvn.squared_norm(A * x) ** 2, x), x),
    ],
    ids=["lower", "symmetric", "diagonal", "named", "scalar", "absent", "along", "along_symmetric", "along_vector"],
)
def test_both_chains_of_a_gradient_are_proved(function, symbol):
    differential, gradient = gradients_of(function, symbol)
    assert differential.name == gradient.name.replace("grad_", "differential_", 1)
    steps = judged(derivation(differential, gradient)).steps
    assert {step.verdict.status for step in steps} == {"proved"}
    assert mvn.equal(gradient.result.right, mvn.grad(function, symbol)) == "yes"


STANDARD = definitions.noise_law(eps)
LAW = mvn.Law("q", z)


@pytest.mark.parametrize(
    ("start", "rule"),
    [
        (KL(LAW, STANDARD), definitions.divergence()),
        (Entropy(LAW), definitions.entropy()),
        (Covariance(z, eps), definitions.covariance()),
        (LogDensity(LAW, x), definitions.change_of_variables(LAW)),
        (LogDensity(STANDARD, x), definitions.noise_density(STANDARD)),
        (expectation_of(mvn.squared_norm(x), x, LAW), rules.reparameterize(LAW)),
        (expectation_of(3 * mvn.squared_norm(z) + mvn.Inner(mu, eps) + k, eps), rules.linearity(eps)),
        (expectation_of(A * eps * eps.T * B + A, eps), rules.linearity(eps)),
        (expectation_of(mvn.squared_norm(eps), eps) * 2 + k, rules.moments(eps, "Moments.")),
        (mvn.squared_norm(A * (x + eps) - A * x), rules.simplify_norms("Cancel.")),
        (mvn.squared_norm(A * (mu + L * eps)), rules.name_noise_part(eps, "F", "m", "Name.")),
        (mvn.Inner(A * x, mu), rules.give_names(mvn.Let("w", A * x), reason="Name.")),
        (mvn.LogDet(mvn.DiagMat(mvn.PositiveVector("s")) * L), rules.collect()),
        (mvn.squared_norm(mvn.DiagMat(x) * mu), rules.resolve_diagonal()),
        (mvn.squared_norm(x) - k + mvn.Total(mu), rules.gather_sum()),
        (mvn.squared_norm(L) / 2 - mvn.LogDet(L) - k / 2, rules.collect()),
        (mvn.Total(mvn.elementwise(lambda s: s**2 - 1 - 2 * log(s), mvn.PositiveVector("s"))), stable.stable_form()),
    ],
)
def test_every_rule_keeps_the_value(start, rule):
    (step,) = judged(derivation(Line("one", "One step", start).then(rule).chain)).steps
    assert step.verdict.status == "proved", step.verdict


def test_insert_replaces_the_left_side_by_the_right_one():
    known = Equation(START, mvn.squared_norm(mu) + mvn.squared_norm(L))
    line = Line("inserted", "Inserted", START / 2 - k).then(rules.insert(known, "From above."))
    assert line.current == (mvn.squared_norm(mu) + mvn.squared_norm(L)) / 2 - k
    assert Line("whole", "Whole", START).then(rules.insert(known, "From above.")).current == known.right


def test_insert_of_a_wrong_result_is_refuted():
    known = Equation(START, mvn.squared_norm(mu))
    line = Line("inserted", "Inserted", START / 2 - k).then(rules.insert(known, "From above."))
    with pytest.raises(DerivationError, match="insert a known result"):
        judged(derivation(line.chain))


def test_substitution_that_is_no_identity_is_refuted():
    line = Line("special", "Special", mvn.squared_norm(mu + x)).then(
        Rule("substitute", lambda expr: expr.xreplace({x: mu}), "At x = mu.")
    )
    with pytest.raises(DerivationError, match="substitute"):
        judged(derivation(line.chain))


def test_a_direction_stands_where_its_symbol_is_evaluated():
    """Only the place is put in: what the direction of mu is, is another question."""
    line = Line("change", "A change", value_at(mvn.Inner(mu, tangent_of(mu)), mu, x)).then(rules.evaluate(mu))
    assert line.current == mvn.Inner(tangent_of(mu), x)
    assert judged(derivation(line.chain)).steps[0].verdict.status == "proved"
