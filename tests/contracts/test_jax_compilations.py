"""How often a check has JAX compile: that is what it takes its time for, and it can be counted on every machine."""

import contextlib

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from mvn_symbolic.verify import Contract, check
from mvn_symbolic.verify.contracts.calls.libraries import library
from mvn_symbolic.verify.contracts.calls.noise import Drive
from mvn_symbolic.verify.contracts.calls.noisy import Noisy
from tests.contracts import zoo_jax

COMPILED = "/jax/core/compile/backend_compile_duration"
JAX = library("jax")


@contextlib.contextmanager
def counted(fresh=True):
    """Count compilations; what JAX, and so every check of this process, has compiled before is forgotten."""
    found = []

    def heard(event, seconds, **_):
        found.extend([seconds] * (event == COMPILED))

    if fresh:
        jax.clear_caches()
    jax.monitoring.register_event_duration_secs_listener(heard)
    try:
        yield found
    finally:
        jax.monitoring.unregister_event_duration_listener(heard)


def noisy(fn, pure=True):
    """Return a function (key, mean, logvar) that is given its key first."""
    return Noisy(lambda drive, make, arguments: fn(make(), *arguments), fn, "jax", pure)


def arguments(size=3, k=2):
    numbers = np.random.default_rng(7).standard_normal((2, size, k))
    with jax.enable_x64(True):
        return tuple(jax.device_put(one) for one in numbers)


def both(fn, numbers, given):
    """Return what a function gives for noise, as it is and compiled, and what each was asked for."""
    plain, staged = noisy(fn), JAX.staged(noisy(fn))
    drives = Drive(numbers), Drive(numbers)
    with jax.enable_x64(True):
        with plain.ready(drives[0]):
            one = plain(drives[0], given)
        return np.asarray(one), np.asarray(staged(drives[1], given)), drives


def shared(key, mu, logvar):
    """One key twice, and one more: the same key means the same noise."""
    one, two = jax.random.split(key)
    first = jax.random.normal(one, mu.shape)
    return mu + jnp.exp(0.5 * logvar) * (first + jax.random.normal(two, mu.shape) + jax.random.normal(one, mu.shape))


def looped(key, mu, logvar):
    """A loop is written out."""
    parts = jax.lax.map(lambda k: jax.random.normal(k, mu.shape), jax.random.split(key, 3))
    return mu + jnp.exp(0.5 * logvar) * parts.sum(0)


def mapped(key, mu, logvar):
    keys = jax.random.split(key, mu.shape[0])
    return jax.vmap(lambda k, m, v: m + jnp.exp(0.5 * v) * jax.random.normal(k, m.shape))(keys, mu, logvar)


def decided(key, mu, logvar):
    """Which branch is taken hangs on numbers: this cannot be traced."""
    noise = jax.random.normal(key, mu.shape)
    return mu + noise if float(noise.sum()) > 0 else mu - jnp.exp(logvar) * noise


@pytest.mark.parametrize("fn", [zoo_jax.reparameterize, shared, looped, mapped, decided], ids=lambda fn: fn.__name__)
def test_a_compiled_function_gives_what_it_gives_as_it_is(fn):
    numbers = np.cos(np.arange(40.0))
    one, two, (first, second) = both(fn, numbers, arguments())
    # some ten roundings
    assert np.allclose(one, two, rtol=1e-14, atol=1e-14)
    assert first.asked == second.asked
    assert first.place == second.place > 0


def test_a_function_that_draws_is_compiled_once_for_each_shape_and_once_for_its_gradient():
    form = JAX.staged(noisy(shared))
    with jax.enable_x64(True):
        form(Drive(), arguments(1, 1))
        for size, k in ((3, 2), (2, 4)):
            given = arguments(size, k)
            with counted(fresh=False) as found:
                for number in range(5):
                    form(Drive(np.full(40, number)), given)
            assert len(found) == 1
            with counted(fresh=False) as found:
                for number in range(5):
                    form.pulled(Drive(np.full(40, number)), given, np.ones((size, k)))
            assert len(found) == 1


def test_gradients_of_a_compiled_function_are_those_of_the_function():
    numbers, given, weights = np.cos(np.arange(40.0)), arguments(), np.sin(1 + np.arange(6.0)).reshape(3, 2)
    plain, staged = noisy(shared), JAX.staged(noisy(shared))
    with jax.enable_x64(True):
        slopes, _ = staged.pulled(Drive(numbers), given, weights)
        drive = Drive(numbers)
        with plain.ready(drive):
            _, pull = jax.vjp(lambda *a: plain(drive, a), *given)
        for one, two in zip(slopes, pull(weights), strict=True):
            assert np.allclose(one, two, rtol=1e-13, atol=1e-13)


def test_a_function_that_keeps_what_it_is_traced_with_is_left_as_it_was():
    kept = []

    class Model:
        last = None

        def __call__(self, key, mu, logvar):
            self.last = mu + jnp.exp(0.5 * logvar) * jax.random.normal(key, mu.shape)
            kept.append(self.last)
            return self.last

    model = Model()
    with jax.enable_x64(True):
        out = JAX.staged(noisy(model))(Drive(np.ones(40)), arguments())
    assert not isinstance(model.last, jax.core.Tracer)
    assert np.array_equal(out, model.last)


def test_a_function_that_keeps_its_own_key_is_called_as_it_is():
    plain = noisy(zoo_jax.reparameterize, pure=False)
    assert JAX.staged(plain) is plain


CHECKED = [
    # (function, fields, most): six shapes and the reach in two precisions, three gradients; and first calls, operation
    # by operation. Called as it is, an estimate may have 500 functions compiled.
    (zoo_jax.reparameterize, {"quantity": "rsample", "backend": "jax"}, 40),
    (zoo_jax.sample_mvn, {"quantity": "sample", "backend": "jax", "parameterization": "covariance"}, 40),
    (zoo_jax.estimate, {"quantity": "estimate_kl_standard_normal", "backend": "jax"}, 75),
    (zoo_jax.log_mvn, {"quantity": "log_prob", "backend": "jax", "parameterization": "covariance"}, 65),
]


@pytest.mark.slow
@pytest.mark.parametrize(("fn", "fields", "most"), CHECKED, ids=[fn.__name__ for fn, *_ in CHECKED])
def test_a_check_has_few_functions_compiled(fn, fields, most):
    with counted() as found:
        verdict = check(fn, Contract(**fields))
    assert verdict.status == "pass", verdict.report()
    assert len(found) <= most
