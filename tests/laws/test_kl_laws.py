"""Lives here: laws that every KL divergence of normal distributions obeys, on random pairs.
May not live here: the value of a KL divergence."""

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mvn_symbolic.verify import strategies

few = settings(max_examples=25)  # each law on six modules and more: the whole stays within seconds


def _size(kl, *laws):
    """A KL divergence is half a sum of squares plus logarithms: that sum is bounded by twice it and the logarithms."""
    return 2 * abs(float(kl)) + sum(np.abs(np.log(np.diag(law.factor))).sum() for law in laws) * 4


def _kl(case, p, q):
    return float(case.call("kl_divergence", *p.parameters, *q.parameters))


@few
@given(data=st.data())
def test_kl_is_not_negative(module_case, arithmetic, data):
    family = arithmetic.family(module_case)
    p, q = family.draw(data, 2)
    kl = _kl(module_case, p, q)
    assert kl >= -arithmetic.allowance(p.k, family.loss(q, p), size=_size(kl, p, q))


@few
@given(data=st.data())
def test_kl_to_itself_is_zero(module_case, arithmetic, data):
    family = arithmetic.family(module_case)
    p = family.draw(data)
    assert abs(_kl(module_case, p, p)) <= arithmetic.allowance(p.k, family.loss(p, p), size=_size(0, p))


@few
@given(data=st.data())
def test_kl_to_itself_has_no_gradient(module_case, arithmetic, data):
    family = arithmetic.family(module_case)
    p = family.draw(data, max_condition=30)
    allowed = arithmetic.allowance(p.k, family.loss(p), size=p.k) * family.slope(p)
    for gradient in module_case.call("grad_kl_divergence", *p.parameters, *p.parameters):
        assert np.abs(gradient).max(initial=0.0) <= allowed


@few
@given(data=st.data())
def test_kl_is_invariant_under_affine_maps(module_case, arithmetic, data):
    """A common invertible map of both variables changes nothing; some families keep to diagonal maps."""
    family, bounds = arithmetic.family(module_case), {"max_condition": 30.0}
    p, q = family.draw(data, 2, **bounds)
    shift = data.draw(strategies.locs(p.k))
    if family.keeps_diagonal_maps_alone:
        linear = np.diag(data.draw(strategies.scale_diags(p.k, **bounds)))
    else:
        linear = data.draw(strategies.covariance_matrices(p.k, **bounds))
    moved = [family.mapped(law, linear, shift) for law in (p, q)]
    before, after = _kl(module_case, p, q), _kl(module_case, *moved)
    size = _size(before, p, q, *moved)
    # the means are rounded at the size they have, which may be far above their distance
    means = max(np.abs(law.parameters[0]).max() for law in (p, q, *moved))
    stretch = means * max(np.linalg.norm(np.linalg.inv(law.factor), 2) for law in (q, moved[1]))
    size += stretch * np.sqrt(size + p.k)
    loss = family.loss(moved[1], moved[0])
    assert abs(after - before) <= arithmetic.allowance(p.k, loss, size=size) * np.linalg.cond(linear)


@few
@given(data=st.data())
def test_kl_obeys_the_chain_rule(module_case, arithmetic, data):
    """Joint = marginal of the first block + expected conditional of the second; the expectation is exact cubature."""
    family = arithmetic.family(module_case)
    p, q = family.draw(data, 2, min_dim=2, max_condition=30.0)
    cut = data.draw(st.integers(1, p.k - 1))
    joint = _kl(module_case, p, q)
    first = p.parameters[0][:cut] + arithmetic.cubature(cut) @ p.factor[:cut, :cut].T
    marginals = [family.marginal(law, cut) for law in (p, q)]
    conditionals = [family.conditional(law, cut, first) for law in (p, q)]
    expected = module_case.call("kl_divergence", *conditionals[0].parameters, *conditionals[1].parameters)
    total = _kl(module_case, *marginals) + float(np.mean(expected))
    size = _size(joint, p, q) + _size(np.abs(expected).max(), p, q)
    means = sum(np.abs(each).max() for each in (p.parameters[0], q.parameters[0], first))
    size += means / np.diag(q.factor).min() * np.sqrt(size + p.k) * np.linalg.cond(p.factor)
    losses = [family.loss(of_q, of_p) for of_p, of_q in ((p, q), marginals, conditionals)]
    assert abs(total - joint) <= arithmetic.allowance(p.k, *losses, size=size) * np.linalg.cond(p.factor)


@few
@given(data=st.data())
def test_kl_is_the_expected_log_ratio(module_case, arithmetic, data):
    """KL(p || q) = E_p[log p - log q], a quadratic of the noise: cubature is exact."""
    family = arithmetic.family(module_case)
    p, q = family.draw(data, 2, max_condition=30.0)
    draws = family.sample(p, arithmetic.cubature(p.k))
    ratios = np.subtract(*(module_case.call("log_prob", *law.parameters, draws) for law in (p, q)))
    kl = _kl(module_case, p, q)
    size = _size(np.abs(ratios).max() + kl, p, q)
    distance = np.abs(draws).max() * max(np.linalg.norm(np.linalg.inv(law.factor), 2) for law in (p, q))
    size += distance * np.sqrt(size + p.k)  # a draw is rounded at its own size
    losses = family.loss(p), family.loss(q, p)
    assert abs(np.mean(ratios) - kl) <= arithmetic.allowance(p.k, *losses, size=size)


@few
@given(data=st.data())
def test_kl_to_the_standard_normal_is_the_general_one(module_case, arithmetic, data):
    family = arithmetic.family(module_case)
    p = family.draw(data)
    standard = family.law(np.zeros(p.k), *module_case.raw(np.eye(p.k)))
    special = float(module_case.call("kl_standard_normal", *p.parameters))
    general = _kl(module_case, p, standard)
    assert abs(special - general) <= arithmetic.allowance(p.k, family.loss(standard, p), size=_size(general, p))


@few
@given(data=st.data())
def test_kl_adds_over_independent_coordinates(module_case, arithmetic, data):
    (p_loc, p_sd), (q_loc, q_sd) = data.draw(strategies.mvn_pairs("diag"))
    family = arithmetic.family(module_case)
    p, q = (family.law(loc, *module_case.raw(np.diag(sd))) for loc, sd in ((p_loc, p_sd), (q_loc, q_sd)))
    joint = _kl(module_case, p, q)
    assume(np.isfinite(joint))
    p_one, q_one = (
        [np.stack(part) for part in zip(*(module_case.raw(np.array([[one]])) for one in sd), strict=True)]
        for sd in (p_sd, q_sd)
    )
    parts = module_case.call("kl_divergence", p_loc[:, None], *p_one, q_loc[:, None], *q_one)
    assert abs(parts.sum() - joint) <= arithmetic.allowance(p.k, 1.0, size=_size(joint, p, q))
