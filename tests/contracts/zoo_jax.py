"""Functions of JAX, right and wrong, as public code writes them: the tests are in `test_jax.py`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.random import normal
from jax.scipy.linalg import solve_triangular

RIGHT: list[tuple[Callable[..., Any], dict[str, Any]]] = []
WRONG: list[tuple[Callable[..., Any], str, dict[str, Any]]] = []
KL = {"quantity": "kl_standard_normal"}
LOG_2PI = math.log(2 * math.pi)


def right(**fields: Any) -> Callable[[Any], Any]:
    def enter(fn: Any) -> Any:
        RIGHT.append((fn, fields))
        return fn

    return enter


def wrong(mistake: str, **fields: Any) -> Callable[[Any], Any]:
    def enter(fn: Any) -> Any:
        WRONG.append((fn, mistake, fields))
        return fn

    return enter


# ---------------------------------------------------------------- values, and autograd through them


@right(**KL, reduction="batch_mean")
def kl_loss(mu, logvar):
    return jnp.mean(-0.5 * jnp.sum(1 + logvar - mu**2 - jnp.exp(logvar), axis=-1))


@right(**KL, reduction="sum", backend="jax")
@jax.jit
def kl_jitted(mean, logvar):
    return -0.5 * jnp.sum(1 + logvar - jnp.square(mean) - jnp.exp(logvar))


@right(**KL, backend="jax")
@jax.vmap
def kl_vmapped(mean, logvar):
    """As the Flax example has it."""
    return -0.5 * jnp.sum(1 + logvar - jnp.square(mean) - jnp.exp(logvar))


@right(quantity="kl_divergence", parameterization="scale_tril", backend="jax")
def kl_two(mu_q, l_q, mu_p, l_p):
    def one(m, c, w, v):
        a = solve_triangular(v, c, lower=True)
        y = solve_triangular(v, w - m, lower=True)
        logs = jnp.log(jnp.diagonal(v)).sum() - jnp.log(jnp.diagonal(c)).sum()
        return 0.5 * (jnp.sum(a**2) + jnp.sum(y**2) - len(m)) + logs

    return jax.vmap(one)(mu_q, l_q, mu_p, l_p)


@right(quantity="log_prob", parameterization="std")
def log_normal(x, mu, std):
    return jax.scipy.stats.norm.logpdf(x, mu, std).sum(-1)


@right(quantity="log_prob", parameterization="covariance", backend="jax")
def log_mvn(x, mean, cov):
    return jax.vmap(jax.scipy.stats.multivariate_normal.logpdf)(x, mean, cov)


@right(quantity="entropy", parameterization="logstd", backend="jax")
def entropy(log_std):
    return jnp.sum(log_std + 0.5 * (1 + LOG_2PI), axis=-1)


@right(quantity="log_det", parameterization="covariance", backend="jax")
def log_det(cov):
    return jnp.linalg.slogdet(cov)[1]


@right(**KL, parameterization="rho", backend="jax", reduction="none")
@jax.custom_vjp
def kl_own_backward(mu, rho):
    s = jax.nn.softplus(rho)
    return 0.5 * (mu**2 + s**2 - 1) - jnp.log(s)


def _forward(mu, rho):
    return kl_own_backward(mu, rho), (mu, rho)


def _backward(saved, g):
    mu, rho = saved
    s = jax.nn.softplus(rho)
    return g * mu, g * (s - 1 / s) * jax.nn.sigmoid(rho)


kl_own_backward.defvjp(_forward, _backward)


@right(**KL, backend="jax")
def kl_single(mu, logvar):
    mu, logvar = mu.astype(jnp.float32), logvar.astype(jnp.float32)
    return 0.5 * jnp.sum(mu**2 + jnp.expm1(logvar) - logvar, -1)


# ---------------------------------------------------------------- gradients


@right(quantity="grad_kl_standard_normal", parameterization="logvar", reduction="sum", backend="jax")
def kl_slopes(mu, logvar):
    return mu, 0.5 * (jnp.exp(logvar) - 1)


@right(quantity="grad_kl_standard_normal", parameterization="logvar", reduction="batch_mean")
def kl_slopes_by_grad(mu, logvar):
    return jax.grad(kl_loss, argnums=(0, 1))(mu, logvar)


@right(quantity="grad_kl_standard_normal", parameterization="logvar", reduction="batch_mean", backend="numpy")
def kl_slopes_of_numpy_arrays(mu, logvar):
    """NumPy's arrays go in and out; within it a compiler takes its time at each shape."""
    return tuple(np.asarray(slope) for slope in kl_slopes_by_grad(mu, logvar))


@right(quantity="vjp_cholesky", backend="jax", batch_ndim=0)
def cholesky_backward(chol, l_bar):
    cov = chol @ chol.T
    _, pull = jax.vjp(lambda a: jnp.linalg.cholesky(a, symmetrize_input=True), cov)
    (g,) = pull(jnp.tril(l_bar))
    return (g + g.T) / 2


# ---------------------------------------------------------------- samplers


@right(quantity="rsample")
def reparameterize(key, mu, logvar):
    """As the Flax example has it."""
    std = jnp.exp(0.5 * logvar)
    return mu + std * jax.random.normal(key, logvar.shape)


@right(quantity="rsample", backend="jax", noise="generator")
@jax.jit
def reparameterize_jitted(mu, logvar, rng):
    rng, sub = jax.random.split(rng)
    return mu + jnp.exp(0.5 * logvar) * normal(sub, mu.shape, mu.dtype)


@right(quantity="rsample", backend="jax", parameterization="scale_tril")
def sample_vmapped(key, mean, scale_tril):
    keys = jax.random.split(key, mean.shape[0])
    return jax.vmap(lambda k, m, c: m + c @ jax.random.normal(k, m.shape))(keys, mean, scale_tril)


@right(quantity="sample", backend="jax", parameterization="covariance")
def sample_mvn(rng_key, mean, cov):
    return jax.random.multivariate_normal(rng_key, mean, cov)


@right(quantity="rsample", backend="jax", noise="argument")
def passed(mu, logvar, eps):
    return mu + jnp.exp(logvar / 2) * eps


@right(quantity="rsample", backend="jax", draws=3)
def several(key, mu, logvar):
    return mu + jnp.exp(0.5 * logvar) * jax.random.normal(key, (3, *mu.shape))


class Stateful:
    """Keeps a key of its own, as modules of Equinox and NNX may."""

    def __init__(self):
        self.key = jax.random.PRNGKey(0)

    def __call__(self, mu, logvar):
        self.key, sub = jax.random.split(self.key)
        return mu + jnp.exp(0.5 * logvar) * jax.random.normal(sub, mu.shape)


right(quantity="rsample", backend="jax")(Stateful())


def box_muller(key, mu, std):
    one, two = jax.random.split(key)
    radius = jnp.sqrt(-2 * jnp.log1p(-jax.random.uniform(one, mu.shape)))
    return mu + std * radius * jnp.cos(2 * jnp.pi * jax.random.uniform(two, mu.shape))


def seeded_by_numpy(mu, log_std):
    """A number that seeds another generator is no noise."""
    key = jax.random.PRNGKey(np.random.randint(2**31 - 1))  # noqa: NPY002 - as public code has it
    return np.asarray(mu + np.exp(log_std) * np.asarray(jax.random.normal(key, mu.shape)))


# ---------------------------------------------------------------- wrong


@wrong("square_of_mean_missing", **KL, backend="jax")
def kl_mean_not_squared(mu, logvar):
    return -0.5 * jnp.sum(1 + logvar - mu - jnp.exp(logvar), -1)


@wrong("reduction_mean_for_batch_mean", **KL, reduction="batch_mean")
@jax.jit
def kl_averaged(mu, logvar):
    return -0.5 * jnp.mean(1 + logvar - mu**2 - jnp.exp(logvar))


@wrong("scale_detached", **KL, backend="jax")
def kl_stopped(mu, logvar):
    variance = jax.lax.stop_gradient(jnp.exp(logvar))
    return 0.5 * jnp.sum(mu**2 + variance - 1 - jax.lax.stop_gradient(logvar), -1)


@jax.custom_vjp
def kl_wrong_backward(mu, logvar):
    return 0.5 * jnp.sum(mu**2 + jnp.exp(logvar) - 1 - logvar, -1)


kl_wrong_backward.defvjp(
    lambda mu, logvar: (kl_wrong_backward(mu, logvar), (mu, logvar)),
    lambda saved, g: (g[:, None] * saved[0], g[:, None] * (jnp.exp(saved[1]) - 1)),
)
wrong("gradient_by_scale_doubled", **KL, backend="jax")(kl_wrong_backward)


@jax.custom_vjp
def _without_upstream(mu, logvar):
    return 0.5 * (mu**2 + jnp.exp(logvar) - 1 - logvar).sum(-1)


_without_upstream.defvjp(
    lambda mu, logvar: (_without_upstream(mu, logvar), (mu, logvar)),
    lambda saved, _: (saved[0], 0.5 * (jnp.exp(saved[1]) - 1)),
)


@wrong("upstream_ignored", **KL, backend="jax")
def kl_without_upstream(mu, logvar):
    return _without_upstream(mu, logvar)


@wrong("const_missing", quantity="log_prob", parameterization="std", backend="jax")
def log_normal_no_constant(x, mu, std):
    return jnp.sum(-0.5 * ((x - mu) / std) ** 2 - jnp.log(std), -1)


@wrong(
    "gradient_by_scale_doubled",
    quantity="grad_kl_standard_normal",
    parameterization="logvar",
    reduction="sum",
    backend="jax",
)
def kl_slopes_wrong(mu, logvar):
    return mu, jnp.exp(logvar) - 1


@wrong("variance_for_std", quantity="rsample")
def reads_variance(key, mu, logvar):
    return mu + jnp.exp(logvar) * jax.random.normal(key, mu.shape)


@wrong("uniform_noise", quantity="rsample", backend="jax")
@jax.jit
def uniform(key, mu, logvar):
    return mu + jnp.exp(0.5 * logvar) * jax.random.uniform(key, mu.shape)


@wrong("noise_shared_across_batch", quantity="sample", backend="jax")
def one_key_for_all(key, mu, logvar):
    """The same key under vmap: every sample gets the same noise."""
    return jax.vmap(lambda m, v: m + jnp.exp(0.5 * v) * jax.random.normal(key, m.shape))(mu, logvar)


@wrong("noise_shared_across_draws", quantity="sample", backend="jax", draws=3)
def key_used_again(key, mu, logvar):
    std = jnp.exp(0.5 * logvar)
    return jnp.stack([mu + std * jax.random.normal(key, mu.shape) for _ in range(3)])


@wrong("fixed_seed_inside", quantity="sample", backend="jax")
def fixed_key(key, mu, logvar):
    return mu + jnp.exp(0.5 * logvar) * jax.random.normal(jax.random.PRNGKey(0), mu.shape)


@wrong("fixed_seed_inside", quantity="rsample", backend="jax")
def fixed_key_alone(mu, logvar):
    return mu + jnp.exp(0.5 * logvar) * jax.random.normal(jax.random.PRNGKey(42), mu.shape)


@wrong("no_noise", quantity="sample", backend="jax")
def forgets_noise(key, mu, logvar):
    return mu + 0 * logvar


@wrong("detached", quantity="rsample", backend="jax")
def stopped(key, mu, logvar):
    z = mu + jnp.exp(0.5 * logvar) * jax.random.normal(key, mu.shape)
    return jax.lax.stop_gradient(z)


@wrong("covariance_as_factor", quantity="sample", backend="jax", parameterization="covariance")
def covariance_as_factor(key, mean, cov):
    return mean + jnp.einsum("bij,bj->bi", cov, jax.random.normal(key, mean.shape))


def estimate(key, mu, logvar):
    z = mu + jnp.exp(0.5 * logvar) * jax.random.normal(key, mu.shape)
    log_q = jax.scipy.stats.norm.logpdf(z, mu, jnp.exp(0.5 * logvar))
    return jnp.sum(log_q - jax.scipy.stats.norm.logpdf(z), -1)


def estimate_of_the_other_sign(key, mu, logvar):
    z = mu + jnp.exp(0.5 * logvar) * jax.random.normal(key, mu.shape)
    log_q = jax.scipy.stats.norm.logpdf(z, mu, jnp.exp(0.5 * logvar))
    return jnp.sum(jax.scipy.stats.norm.logpdf(z) - log_q, -1)
