"""Lives here: generated functions of the topics, against NumPy's inverses and powers and torch's densities.
May not live here: a formula of the catalogue; what is expected is made another way."""

import numpy as np
import pytest
import torch
from torch.distributions import MultivariateNormal

from mvn_symbolic.numpy import conditional, gaussian_product, square_root

K = 5
#: Condition numbers below 1e4: double precision leaves more than ten digits.
CLOSE = {"rtol": 1e-10, "atol": 1e-10}


@pytest.fixture
def law(rng):
    def draw():
        return rng.normal(size=K), np.tril(rng.uniform(-0.5, 0.5, (K, K)), -1) + np.diag(rng.uniform(0.5, 1.5, K))

    return draw


def normal(mean, covariance):
    return MultivariateNormal(torch.tensor(mean), covariance_matrix=torch.tensor(covariance))


def test_blocks_of_coordinates_given_the_others_are_read_off_the_joint_precision(law, rng):
    mean, factor = law()
    wanted, known = [0, 3], [4, 1, 2]
    precision = np.linalg.inv(factor @ factor.T)
    here, there = precision[np.ix_(wanted, wanted)], precision[np.ix_(wanted, known)]
    data = rng.normal(size=3)
    rows = np.eye(K)
    found = conditional.covariance(factor, rows[wanted], rows[known])
    np.testing.assert_allclose(found, np.linalg.inv(here), **CLOSE)
    centre = mean[wanted] - np.linalg.solve(here, there @ (data - mean[known]))
    np.testing.assert_allclose(conditional.mean(mean, factor, rows[wanted], rows[known], data), centre, **CLOSE)


def test_density_of_both_is_that_of_one_times_that_of_the_other_given_it(law, rng):
    """For any maps, not rows of the identity alone."""
    mean, factor = law()
    wanted, known = rng.normal(size=(2, K)), rng.normal(size=(2, K))
    value = rng.normal(size=K)
    both = np.vstack([wanted, known])

    def density(rows):
        spread = conditional.marginal_covariance(factor, rows)
        return normal(conditional.marginal_mean(mean, rows), spread).log_prob(torch.tensor(rows @ value))

    rest = normal(
        conditional.mean(mean, factor, wanted, known, known @ value), conditional.covariance(factor, wanted, known)
    )
    expected = density(both) - density(known)
    assert rest.log_prob(torch.tensor(wanted @ value)).item() == pytest.approx(expected.item(), rel=1e-9)


def test_what_is_known_has_no_spread_left(law, rng):
    mean, factor = law()
    known, data = rng.normal(size=(3, K)), rng.normal(size=3)
    np.testing.assert_allclose(conditional.covariance(factor, known, known), np.zeros((3, 3)), atol=1e-9)
    np.testing.assert_allclose(conditional.mean(mean, factor, known, known, data), data, **CLOSE)


def test_product_of_densities_is_its_integral_times_the_density_of_its_mean_and_covariance(law, rng):
    (p, p_factor), (q, q_factor) = law(), law()
    first, second = normal(p, p_factor @ p_factor.T), normal(q, q_factor @ q_factor.T)
    spread = gaussian_product.covariance(p_factor, q_factor)
    whole = normal(gaussian_product.mean(p, p_factor, q, q_factor), (spread + spread.T) / 2)
    constant = gaussian_product.log_normalizer(p, p_factor, q, q_factor)
    for _ in range(3):
        z = torch.tensor(rng.normal(size=K))
        expected = first.log_prob(z) + second.log_prob(z)
        assert (whole.log_prob(z) + constant).item() == pytest.approx(expected.item(), rel=1e-9)


def test_covariance_of_a_product_keeps_its_digits_where_one_law_says_next_to_nothing():
    """1 / (1 + 1e-30) and 1e-30 less 1e-60: the difference of two numbers near 1e30 would have no digit of either."""
    broad, narrow = np.array([[1e15]]), np.array([[1.0]])
    for pair in ((broad, narrow), (narrow, broad)):
        assert gaussian_product.covariance(*pair).item() == pytest.approx(1, rel=1e-14)
        assert gaussian_product.covariance(*(1e-15 * one for one in pair)).item() == pytest.approx(1e-30, rel=1e-14)


def test_root_is_symmetric_squares_to_the_covariance_and_its_sample_has_that_covariance(law, rng):
    mean, factor = law()
    covariance = factor @ factor.T
    root = square_root.root(covariance)
    values, columns = np.linalg.eigh(covariance)
    np.testing.assert_allclose(root, columns @ np.diag(values**0.5) @ columns.T, **CLOSE)
    columns_of_noise = square_root.rsample(np.zeros(K), covariance, np.eye(K))
    np.testing.assert_allclose(columns_of_noise.T @ columns_of_noise, covariance, **CLOSE)
    np.testing.assert_array_equal(square_root.rsample(mean, covariance, np.zeros(K)), mean)


def test_solution_of_the_linear_equation_solves_it_for_any_right_side(law, rng):
    _, factor = law()
    covariance, right = factor @ factor.T, rng.normal(size=(K, K))
    found = square_root.lyapunov(covariance, right)
    np.testing.assert_allclose(covariance @ found + found @ covariance, right, **CLOSE)
    along = rng.normal(size=(K, K))
    along = along + along.T
    root, moved = square_root.root(covariance), square_root.jvp_root(covariance, along)
    np.testing.assert_allclose(root @ moved + moved @ root, along, **CLOSE)
