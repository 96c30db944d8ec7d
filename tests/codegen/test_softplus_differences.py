"""softplus(x) - 1 and softplus(x) / softplus(y) - 1 as each backend computes them, in units of the last place."""

import importlib

import flint
import numpy as np
import pytest

from mvn_symbolic.verify.backends import BACKENDS

# exp(x) - 1 and log(1 + x) of a library lose up to 1.5 and 2.5 places, a product or a quotient one half each.
EXCESS_ULPS = 5
# Beside these a sum with an exponential, and softplus itself, of up to 2.5.
RATIO_ULPS = 10
UNIT = 0.5413248546129181  # where softplus is 1, after rounding


@pytest.fixture(params=BACKENDS)
def module(request):
    pytest.importorskip(request.param)
    return request.param, importlib.import_module(f"mvn_symbolic.generated.{request.param}.softplus")


def units(module, name, truth, *arrays):
    """The errors of a helper, against balls of 300 bits."""
    library = BACKENDS[module[0]]
    with library.settings(arrays[0].dtype):
        found = library.to_numpy(getattr(module[1], name)(*map(library.to_native, arrays)))
    with flint.ctx.workprec(300):
        errors = []
        for got, *given in zip(found, *arrays, strict=True):
            ball = truth(*(flint.arb(float(x)).exp().log1p() for x in given))
            errors.append(abs(float((flint.arb(float(got)) - ball).mid())) / float(np.spacing(abs(got))))
    return np.array(errors)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_distance_from_one_keeps_its_digits_down_to_the_next_float(module, dtype):
    unit = dtype(UNIT)
    steps = np.geomspace(1e-16, 0.35, 200)
    near = [unit, np.nextafter(unit, dtype(0)), np.nextafter(unit, dtype(1)), *(UNIT + steps), *(UNIT - steps)]
    errors = units(module, "_softplus_excess", lambda s: s - 1, np.array(near, dtype))
    assert errors.max() <= EXCESS_ULPS, (near[errors.argmax()], errors.max())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_ratio_keeps_its_digits_where_its_arguments_are_close(module, dtype):
    below, steps = np.array([-30, -3, -0.87, 0.1, UNIT, 0.99, 4, 40]), np.geomspace(1e-3, 0.99, 150)
    y = np.repeat(below, 300).astype(dtype)
    x = (y + np.tile([*steps, *-steps], 8)).astype(dtype)
    errors = units(module, "_softplus_step", lambda above, under: above / under - 1, x, y)
    assert errors.max() <= RATIO_ULPS, (x[errors.argmax()], y[errors.argmax()], errors.max())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_ratio_too_small_for_a_float_keeps_its_logarithm(module, dtype):
    """r - 1 - log r is all logarithm there, known to its last place but for one addition and a difference."""
    x, y = np.array([-90, -104, -500, -600, -40.5], dtype), np.array([0, 1, 3, -30, 45], dtype)
    errors = units(module, "_log_softplus_ratio_excess", lambda a, b: a / b - 1 - (a / b).log(), x, y)
    assert errors.max() <= 3, (x[errors.argmax()], y[errors.argmax()], errors.max())
