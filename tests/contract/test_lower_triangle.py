"""Lives here: of a given covariance or precision NumPy and torch read the lower triangle, JAX the mean of both.
May not live here: triangular arguments, which a check of every function is about."""

import numpy as np
import pytest

from mvn_symbolic.verify import signatures
from mvn_symbolic.verify.points import random_arguments


def _flat(result):
    return [x for part in result for x in _flat(part)] if isinstance(result, tuple) else [result]


@pytest.mark.parametrize("name", signatures.FUNCTIONS)
def test_what_is_read_of_a_symmetric_matrix(registry, name, rng):
    for module in registry:
        if module.parameterization not in ("covariance", "precision"):
            continue
        arrays = random_arguments(module.parameterization, name, 3, [(2,)], rng)
        roles = signatures.all_arguments(module.parameterization, name)
        given = [signatures.bare(role) in signatures.SYMMETRIC and "tangent" not in role for role in roles]
        assert any(given)
        unread = np.triu(np.full((3, 3), 0.25), 1)
        if module.backend == "jax":  # whose decomposition takes the mean first
            unread = unread - unread.T
        other = [a + unread if one else a for a, one in zip(arrays, given, strict=True)]
        for one, two in zip(_flat(module.call(name, *arrays)), _flat(module.call(name, *other)), strict=True):
            assert np.allclose(one, two, rtol=1e-12, atol=1e-12), (str(module), name)
