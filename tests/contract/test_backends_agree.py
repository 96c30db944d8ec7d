"""Lives here: every pair of backends of one parameterization computes the same numbers, to rounding.
May not live here: a preference for one of them."""

import itertools

import numpy as np
import pytest

from mvn_symbolic.verify import signatures
from mvn_symbolic.verify.points import random_arguments


def _flat(result):
    return [x for part in result for x in _flat(part)] if isinstance(result, tuple) else [result]


def _condition(parameterization, name, arrays):
    """That of the worst factor of a given covariance or precision; 1 where none is given."""
    roles = signatures.all_arguments(parameterization, name)
    bare = [role.removeprefix("p_").removeprefix("q_") for role in roles]  # a tangent is never solved by
    given = [a for a, role in zip(arrays, bare, strict=True) if role in signatures.SYMMETRIC]
    return max((np.sqrt(np.linalg.cond(one)).max() for one in given), default=1.0)


@pytest.mark.parametrize("k", [1, 3, 32])
@pytest.mark.parametrize("name", signatures.FUNCTIONS)
def test_backends_compute_the_same(registry, name, k, rng):
    """Both print one operation list, so they differ by the order of sums alone.

    That is a few roundings for each of k terms, relative to the largest entry, or to k for sums in which terms of order
    one cancel. Solves by the factor of a given matrix have that times its condition number: some 25 at 32 rows.
    """
    for first, second in itertools.combinations(registry, 2):
        if first.parameterization != second.parameterization:
            continue
        arrays = random_arguments(first.parameterization, name, k, [(2, 1), (3,)], rng)
        condition = _condition(first.parameterization, name, arrays)
        for one, other in zip(_flat(first.call(name, *arrays)), _flat(second.call(name, *arrays)), strict=True):
            assert one.shape == other.shape
            allowed = 16 * k * np.finfo(np.float64).eps * condition * max(k, np.abs(other).max(initial=0.0))
            assert np.abs(one - other).max(initial=0.0) <= allowed, (str(first), str(second))
