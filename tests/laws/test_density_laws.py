"""Lives here: laws of densities, entropies and samples, on random distributions.
May not live here: the value of a density."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mvn_symbolic.verify import strategies

few = settings(max_examples=25)  # each law on six modules and more: the whole stays within seconds


def _size(law, eps):
    """Squares of the noise and logarithms, and the noise recovered from a sample rounded at the size of its mean."""
    lost = (np.abs(law.parameters[0]).max() + np.abs(law.factor).max()) * np.linalg.norm(np.linalg.inv(law.factor), 2)
    return np.sum(eps**2) + 4 * np.abs(np.log(np.diag(law.factor))).sum() + lost * (np.linalg.norm(eps) + law.k)


@few
@given(data=st.data())
def test_log_prob_plus_entropy_depends_on_the_noise_alone(module_case, arithmetic, data):
    """log p(mu + L eps) + H(p) = (k - |eps|^2) / 2."""
    family = arithmetic.family(module_case)
    law = family.draw(data)
    eps = data.draw(strategies.locs(law.k)) / 3
    density = module_case.call("log_prob", *law.parameters, family.sample(law, eps))
    total = float(density + module_case.call("entropy", *law.parameters))
    allowed = arithmetic.allowance(law.k, family.loss(law), size=_size(law, eps))
    assert abs(total - (law.k - eps @ eps) / 2) <= allowed


@few
@given(data=st.data())
def test_entropy_of_an_affine_image_grows_by_its_log_volume(module_case, arithmetic, data):
    family = arithmetic.family(module_case)
    law = family.draw(data, max_condition=30.0)
    if family.keeps_diagonal_maps_alone:
        linear = np.diag(data.draw(strategies.scale_diags(law.k, max_condition=30.0)))
    else:
        linear = data.draw(strategies.covariance_matrices(law.k, max_condition=30.0))
    image = family.mapped(law, linear)
    before, after = (float(module_case.call("entropy", *each.parameters)) for each in (law, image))
    size = 4 * sum(np.abs(np.log(np.diag(each.factor))).sum() for each in (law, image)) + law.k
    volume = np.linalg.slogdet(linear).logabsdet
    # the image is rounded entry by entry: its diagonal is off by its condition, as is the determinant
    losses = np.linalg.cond(linear), family.loss(image)
    assert abs(after - before - volume) <= arithmetic.allowance(law.k, *losses, size=size)


@few
@given(data=st.data())
def test_entropy_is_the_expected_surprise(module_case, arithmetic, data):
    """H = E[-log p], a quadratic of the noise: cubature is exact."""
    family = arithmetic.family(module_case)
    law = family.draw(data)
    eps = arithmetic.cubature(law.k)
    surprise = -module_case.call("log_prob", *law.parameters, family.sample(law, eps))
    entropy = float(module_case.call("entropy", *law.parameters))
    allowed = arithmetic.allowance(law.k, family.loss(law), size=_size(law, eps))
    assert abs(np.mean(surprise) - entropy) <= allowed


@few
@given(data=st.data())
def test_score_has_mean_zero(module_case, arithmetic, data):
    """E[grad log p] = 0: quadratic in the noise, so cubature is exact."""
    family = arithmetic.family(module_case)
    law = family.draw(data, max_condition=30.0)
    eps = arithmetic.cubature(law.k)
    value = family.sample(law, eps)
    allowed = arithmetic.allowance(law.k, family.loss(law), size=_size(law, eps)) * family.slope(law)
    for gradient in module_case.call("grad_log_prob", *law.parameters, value):
        assert np.abs(gradient.mean(0)).max(initial=0.0) <= allowed


@few
@given(data=st.data())
def test_log_prob_depends_on_the_distance_to_the_mean(module_case, arithmetic, data):
    """The gradients by mean and value are opposite."""
    p = arithmetic.family(module_case).draw(data, max_condition=30.0).parameters
    value = data.draw(strategies.locs(len(p[0])))
    gradients = module_case.call("grad_log_prob", *p, value)
    size = max(1.0, np.abs(gradients[0]).max())
    assert np.abs(gradients[0] + gradients[-1]).max() <= arithmetic.allowance(len(p[0]), 1.0) * size


@few
@given(data=st.data())
def test_density_integrates_to_one(module_case, arithmetic, data):
    """Importance identity: the integral of p / q under q is 1, on a grid in the noise of q.

    With step h = 1/4 the trapezoid sum of a normal density of standard deviation s in these coordinates is off by
    2 exp(-2 pi^2 s^2 / h^2) <= 1e-33 for s >= 1/2, and 16 standard deviations of q hold p but for 1e-20.
    """
    k = data.draw(st.integers(1, 2))
    family = arithmetic.family(module_case)
    q_loc = data.draw(strategies.locs(k)) / 10
    q, _ = standard = family.law(q_loc, *module_case.raw(np.eye(k)))
    p_loc = q_loc + data.draw(strategies.locs(k)) / 10
    sd = np.clip(data.draw(strategies.scale_diags(k, max_condition=2)), 0.5, 1.5)
    p = p_loc, *module_case.raw(np.diag(sd))
    axis = np.arange(-64, 65) / 4
    eps = np.stack(np.meshgrid(*[axis] * k, indexing="ij"), -1).reshape(-1, k)
    value = family.sample(standard, eps)
    weight = np.exp(module_case.call("log_prob", *p, value) - module_case.call("log_prob", *q, value))
    normal = np.exp(-np.sum(eps**2, -1) / 2) / (2 * np.pi) ** (k / 2)
    # exp turns the absolute error of log p - log q, up to 16^2 k in size, into a relative one
    allowed = 16 * np.finfo(np.float64).eps * 16**2 * k**2
    assert abs(np.sum(weight * normal) * 0.25**k - 1) <= allowed


@few
@given(data=st.data())
def test_samples_are_affine_in_the_noise(module_case, arithmetic, data):
    """rsample(0) is the mean, and differences are linear."""
    family = arithmetic.family(module_case)
    law = family.draw(data)
    k, loc = law.k, law.parameters[0]
    one, other = data.draw(strategies.locs(k)), data.draw(strategies.locs(k))
    assert np.array_equal(family.sample(law, np.zeros(k)), loc)
    together = family.sample(law, one + other)
    parts = family.sample(law, one) + family.sample(law, other) - loc
    size = np.abs(loc).max() + k * np.abs(law.factor).max() * (np.abs(one) + np.abs(other)).max()
    assert np.abs(together - parts).max() <= arithmetic.allowance(k, 1.0, size=size)
