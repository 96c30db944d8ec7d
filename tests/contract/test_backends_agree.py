"""Lives here: every pair of backends of one parameterization computes the same numbers, to rounding.
May not live here: a preference for one of them."""

import itertools

import numpy as np
import pytest

from mvn_symbolic.verify import signatures
from mvn_symbolic.verify.points import random_arguments


def _flat(result):
    return [x for part in result for x in _flat(part)] if isinstance(result, tuple) else [result]


@pytest.mark.parametrize("k", [1, 3, 32])
@pytest.mark.parametrize("name", signatures.FUNCTIONS)
def test_backends_compute_the_same(registry, name, k, rng):
    """Both print one operation list, so they differ by the order of sums alone.

    At these well-conditioned arguments that is a few roundings for each of k terms, relative to the largest entry, or
    to k for sums in which terms of order one cancel.
    """
    for first, second in itertools.combinations(registry, 2):
        if first.parameterization != second.parameterization:
            continue
        arrays = random_arguments(first.parameterization, name, k, [(2, 1), (3,)], rng)
        for one, other in zip(_flat(first.call(name, *arrays)), _flat(second.call(name, *arrays)), strict=True):
            assert one.shape == other.shape
            allowed = 16 * k * np.finfo(np.float64).eps * max(k, np.abs(other).max(initial=0.0))
            assert np.abs(one - other).max(initial=0.0) <= allowed, (str(first), str(second))
