"""Lives here: r - log(1 + r) as each backend computes it, in units of the last place, over its whole range.
May not live here: where r comes from, and how many places that costs (test_softplus_differences, contract)."""

import importlib

import flint
import numpy as np
import pytest

from mvn_symbolic.codegen.special import log_excess_terms
from mvn_symbolic.verify.backends import BACKENDS

# By the continued fraction: s of one and a half places, two products, a quotient, a sum. By the root, which is rounded
# to half a place, as is the sum: twice that and twice a logarithm of one place are 3.8 places of the result at
# r = -3/4, and fewer beyond.
ULPS = 4.5


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("backend", BACKENDS)
def test_no_place_between_the_ends_loses_more_than_its_roundings(backend, dtype, rng):
    library = pytest.importorskip(backend) and BACKENDS[backend]
    function = importlib.import_module(f"mvn_symbolic.generated.{backend}.diag")._log_excess
    steps = np.geomspace(1e-6, 1, 300)
    ratio = np.concatenate([1 + steps, 1 - steps[:-1], rng.uniform(0.05, 1, 2000), rng.uniform(1, 30, 1000)])
    r = (ratio - 1).astype(dtype)
    with flint.ctx.workprec(300):
        balls = [flint.arb(float(one)) for one in r]
        root = np.array([float((1 + ball).sqrt()) for ball in balls], dtype)
        with library.settings(np.dtype(dtype)):
            found = library.to_numpy(function(*map(library.to_native, (r, root))))
        truths = [ball - ball.log1p() for ball in balls]
        errors = [abs(float(flint.arb(float(got)) - true)) for got, true in zip(found, truths, strict=True)]
    units = errors / np.spacing(np.abs(found))
    assert units.max() <= ULPS, (r[units.argmax()], units.max())


def test_number_of_levels_follows_from_the_precision():
    levels = [log_excess_terms(bits) for bits in (11, 24, 53, 113)]
    assert levels == sorted(set(levels))
