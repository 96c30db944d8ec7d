"""What is written in raw numbers is the law that it was written from: balls read it back."""

import numpy as np
import pytest

from mvn_symbolic.verify.contracts.contract import Contract
from mvn_symbolic.verify.contracts.layout import DENSE, DIAGONAL, parts
from mvn_symbolic.verify.contracts.truths.truth import covariance_of
from mvn_symbolic.verify.contracts.written import WRITINGS

NAMES = [name for name in (*DIAGONAL, *DENSE) if name != "packed"]
SMALLEST, LARGEST = 0.3, 2.5


@pytest.fixture
def factor(rng):
    lower = np.tril(0.5 * rng.standard_normal((3, 3)), -1)
    return lower + np.diag(rng.uniform(SMALLEST, LARGEST, size=3))


def read(name, given):
    return covariance_of(Contract("kl_standard_normal", name), "", [given[part] for part in parts(name)])


@pytest.mark.parametrize("name", [name for name in NAMES if WRITINGS[name].of])
def test_a_law_is_read_back_as_it_was_written(name, factor):
    spread = factor if name in DENSE else np.diagonal(factor)
    whole = factor @ factor.T if name in DENSE else np.diag(spread**2)
    # an inverse loses the condition of the matrix, below 1e4 here, times 1e-16
    np.testing.assert_allclose(read(name, WRITINGS[name].parts(spread)), whole, rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize("name", [name for name in NAMES if WRITINGS[name].scaled])
def test_what_is_scaled_is_read_back_with_deviations_so_much_larger(name, factor):
    if name == "low_rank":
        given = {"factor": factor[:, :1], "diag": np.diagonal(factor)}
    else:
        given = WRITINGS[name].parts(factor if name in DENSE else np.diagonal(factor))
    want = 1.5**2 * read(name, given)
    np.testing.assert_allclose(read(name, WRITINGS[name].scaled(given, 1.5)), want, rtol=1e-10, atol=1e-11)
