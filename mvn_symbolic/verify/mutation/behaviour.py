"""Lives here: people's mistakes that are no mistakes of a formula: each wraps or rewrites a right function.
May not live here: flaws that only generated code has to be free of (`flaws`), judges."""

from __future__ import annotations

# ruff: noqa: ARG005 - a function has the arguments that its promise names
import itertools
import math
import time
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import torch

from mvn_symbolic.generated.torch import logvar as right
from mvn_symbolic.generated.torch import tril as right_tril
from mvn_symbolic.verify.contracts.contract import Contract
from mvn_symbolic.verify.contracts.layout import GENERATED
from mvn_symbolic.verify.mutation.flaws import FLAWED

__all__ = ["Behaviour", "behaviours", "right_functions"]


class Behaviour(NamedTuple):
    """A function that misbehaves, what it is about, and who can hear it.

    Attributes
    ----------
    name : of the mistake
    sentence : what it does
    fn : callable, or a pair of them
    contract : what it promises to somebody; None where no contract says it
    own : (array library, module, name, dtype) of the generated function that it stands for; None where there is none
    """

    name: str
    sentence: str
    fn: Any
    contract: Contract | None = None
    own: tuple[str, str, str, str] | None = None


_ROLES: Final = ("mean", "scale")
KL: Final = Contract("kl_standard_normal", "logvar", arguments=_ROLES)
MEAN_KL: Final = Contract("kl_standard_normal", "logvar", arguments=_ROLES, reduction="batch_mean")
DENSITY: Final = Contract("log_prob", "scale_tril", arguments=("mean", "scale", "value"))
GRADIENT: Final = Contract("grad_kl_standard_normal", "logvar", arguments=_ROLES)
SAMPLE: Final = Contract("rsample", "logvar", arguments=_ROLES, noise="global")
PAIR: Final = Contract("pair")
ESTIMATE: Final = Contract("estimate_kl_standard_normal", "logvar", noise="global")
OWN_KL: Final = ("torch", "logvar", "kl_standard_normal", "float64")
OWN_DENSITY: Final = ("torch", "tril", "log_prob", "float64")
OWN_GRADIENT: Final = ("torch", "logvar", "grad_kl_standard_normal", "float64")

kl: Final[Callable[..., Any]] = right.kl_standard_normal


def _grad(loc: Any, logvar: Any) -> tuple[Any, Any]:
    by_loc, by_logvar = right.grad_kl_standard_normal(loc, logvar)
    return by_loc, by_logvar


def _noise(loc: Any, logvar: Any) -> Any:
    return torch.randn_like(loc + logvar)


def _with(noise: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda loc, logvar: loc + (logvar / 2).exp() * noise(loc, logvar)


def _box_muller(loc: Any, logvar: Any) -> Any:
    one, two = torch.rand_like(loc + logvar), torch.rand_like(loc + logvar)
    return (-2 * torch.log1p(-one)).sqrt() * (2 * math.pi * two).cos()


def _seeded(loc: Any, logvar: Any) -> Any:
    torch.manual_seed(0)
    return _noise(loc, logvar)


def _writes(loc: Any, logvar: Any) -> Any:
    value = kl(loc, logvar)
    loc.detach().zero_()
    return value


def _prints(loc: Any, logvar: Any) -> Any:
    print("kl", loc.shape)  # noqa: T201 - the mistake itself
    return kl(loc, logvar)


def _sleeps(loc: Any, logvar: Any) -> Any:
    time.sleep(3600)


def _refuses(loc: Any, logvar: Any) -> Any:
    raise RuntimeError("not today")


def _first_chunk(loc: Any, logvar: Any) -> Any:
    value = kl(loc, logvar)
    return value * (torch.arange(len(value)) < 32) if value.ndim == 1 and len(value) > 32 else value


def _clamped(low: float, high: float) -> Callable[..., Any]:
    return lambda loc, logvar: kl(loc, logvar.clamp(low, high))


def _at_four(change: Callable[[Any, Any, Any], Any]) -> Callable[..., Any]:
    """A branch for one size: what it does where there are four coordinates and not else."""
    return lambda loc, logvar: change(kl(loc, logvar), loc, logvar) if loc.shape[-1] == 4 else kl(loc, logvar)


def _powers(loc: Any, logvar: Any) -> Any:
    """Log-variances through a power of the variances: e^(40 * 20) is beyond double precision."""
    return kl(loc, (logvar.exp() ** 40).log() / 40).mean()


_CALLS: Final = itertools.count()

_VALUES: Final = (
    ("mean_detached", "no gradient flows to the mean", lambda m, v: kl(m.detach(), v)),
    ("scale_detached", "no gradient flows to the log-variance", lambda m, v: kl(m, v.detach())),
    ("all_detached", "no gradient flows at all", lambda m, v: kl(m, v).detach()),
    ("gradient_doubled", "the value is right, its gradient doubled", lambda m, v: 2 * kl(m, v) - kl(m, v).detach()),
    ("large_jitter", "0.1 is added to the variance", lambda m, v: kl(m, (v.exp() + 0.1).log())),
    ("tight_clamp", "the log-variance is clamped to -1 .. 1", _clamped(-1.0, 1.0)),
    ("mean_over_coordinates", "the mean over coordinates where the sum is meant", lambda m, v: kl(m, v) / m.shape[-1]),
    ("sum_over_batch", "every sample gets the sum over the batch", lambda m, v: kl(m, v).sum() + 0 * kl(m, v)),
    ("wrong_axis", "the sum runs over the batch", lambda m, v: kl(m.movedim(0, -1), v.movedim(0, -1))),
    ("axis_kept", "the summed axis is kept", lambda m, v: kl(m, v)[..., None]),
    ("whole_sum", "one number for the batch", lambda m, v: kl(m, v).sum()),
    ("last_coordinate_dropped", "the last coordinate is left out", lambda m, v: kl(m[..., :-1], v[..., :-1])),
    ("first_sample_for_all", "every sample gets the first one's value", lambda m, v: kl(m[:1], v[:1]) + 0 * kl(m, v)),
    ("not_a_number", "NaN", lambda m, v: kl(m, v) * float("nan")),
    ("not_a_number_at_zero", "NaN where a mean is 0", lambda m, v: kl(m, v) + 0 * (m / m).sum(-1)),
    ("raises", "raises", _refuses),
    ("returns_nothing", "returns None", lambda m, v: None),
    ("returns_single", "single precision inside", lambda m, v: kl(m.float(), v.float()).double()),
    ("writes_into_argument", "sets its argument to zero", _writes),
    ("never_returns", "sleeps for an hour", _sleeps),
    ("trembles", "every other call differs in the last digits", lambda m, v: kl(m, v) * (1 + next(_CALLS) % 2 * 4e-16)),
    ("random", "noise of 0.01 is added", lambda m, v: kl(m, v) + 0.01 * torch.rand(()).item()),
    ("first_chunk_only", "in a batch of more than 32 only the first 32 samples count", _first_chunk),
    ("value_at_four", "another value where there are four coordinates", _at_four(lambda out, m, v: out + 1.0)),
    (
        "gradient_at_four",
        "another gradient where there are four coordinates",
        _at_four(lambda out, m, v: 2 * out - out.detach()),
    ),
)  # fmt: skip
_SAMPLES: Final = (
    ("uniform_noise", "uniform noise", _with(lambda m, v: torch.rand_like(m + v))),
    ("noise_doubled", "the noise is doubled", _with(lambda m, v: 2 * _noise(m, v))),
    ("noise_shared_by_batch", "one draw for the whole batch", _with(lambda m, v: torch.randn_like((m + v)[:1]))),
    ("noise_shared_by_coordinates", "one draw for all coordinates", _with(lambda m, v: torch.randn_like(m[..., :1]))),
    ("variance_for_scale", "variance for standard deviation", lambda m, v: m + v.exp() * _noise(m, v)),
    ("mean_forgotten", "the mean is forgotten", lambda m, v: (v / 2).exp() * _noise(m, v)),
    ("no_noise", "the mean itself", lambda m, v: m + 0 * v),
    ("sample_detached", "no gradient flows through the sample", lambda m, v: _with(_noise)(m, v).detach()),
    ("sample_scale_detached", "no gradient flows to the scale", lambda m, v: _with(_noise)(m, v.detach())),
    ("seed_inside", "a seed is fixed inside", _with(_seeded)),
    ("box_muller_doubled", "noise that cannot be driven, doubled", _with(lambda m, v: 2 * _box_muller(m, v))),
    ("box_muller_detached", "noise that cannot be driven, detached", lambda m, v: _with(_box_muller)(m, v).detach()),
)  # fmt: skip
_GRADIENTS: Final = (
    ("gradients_exchanged", "the gradients in the other order", lambda m, v: _grad(m, v)[::-1]),
    ("gradient_missing", "one gradient is not returned", lambda m, v: _grad(m, v)[:1]),
    ("gradient_mean_of_batch", "divided by the batch", lambda m, v: tuple(g / len(m) for g in _grad(m, v))),
    (
        "written_gradient_at_four",
        "another gradient where there are four coordinates",
        lambda m, v: tuple(g * (2 if m.shape[-1] == 4 else 1) for g in _grad(m, v)),
    ),
)  # fmt: skip
_DENSITIES: Final = (
    (
        "upper_triangle_read",
        "the factor is used as it is given",
        lambda m, L, x: right_tril.log_prob(m, L, x) + 0 * L.sum((-2, -1)),
    ),
    ("factor_symmetrized", "the factor is symmetrized", lambda m, L, x: right_tril.log_prob(m, (L + L.mT) / 2, x)),
    ("factor_of_first_sample", "the first factor for all", lambda m, L, x: right_tril.log_prob(m, L[:1], x)),
)  # fmt: skip


def _log_std_sample(loc: Any, raw: Any) -> Any:
    return loc + raw.exp() * torch.randn_like(loc)


def _estimate(loc: Any, logvar: Any) -> Any:
    z = _with(_noise)(loc, logvar)
    return 0.5 * (logvar + (z - loc) ** 2 / logvar.exp() - z**2).sum(-1)


_HALVES: Final[Any] = (_log_std_sample, kl)


def behaviours() -> tuple[Behaviour, ...]:
    """Return all misbehaving functions: people's, then one flawed function for each check of generated code."""
    found = [
        Behaviour(name, text, _named(fn, "loc, logvar"), KL, None if name == "never_returns" else OWN_KL)
        for name, text, fn in _VALUES
    ]
    found += [
        Behaviour("sum_for_batch_mean", "the sum over the batch for its mean", lambda m, v: kl(m, v).sum(), MEAN_KL),
        Behaviour("mean_of_all", "the mean of all numbers", lambda m, v: kl(m, v).mean() / m.shape[-1], MEAN_KL),
        Behaviour(
            "detached_in_a_mean", "no gradient flows to the mean", lambda m, v: kl(m.detach(), v).mean(), MEAN_KL
        ),
        Behaviour("overflows", "the variance to the power of 40 is infinite at a log-variance of 20", _powers, MEAN_KL),
        Behaviour("constant_dropped", "a constant is missing", lambda m, v: kl(m, v).mean() + 0.5, MEAN_KL),
    ]
    found += [
        Behaviour("halves_disagree", "the sampler reads the head as log sigma, the KL as log variance", _HALVES, PAIR),
        Behaviour("estimate_of_the_negative", "log p - log q where log q - log p is meant", _estimate, ESTIMATE),
    ]
    found += [Behaviour(name, text, fn, SAMPLE) for name, text, fn in _SAMPLES]
    found += [Behaviour(name, text, _named(fn, "loc, logvar"), GRADIENT, OWN_GRADIENT) for name, text, fn in _GRADIENTS]
    found += [
        Behaviour(name, text, _named(fn, "loc, scale_tril, value"), DENSITY, OWN_DENSITY)
        for name, text, fn in _DENSITIES
    ]
    for check, flawed in FLAWED.items():
        own = flawed.backend, flawed.parameterization, flawed.name, flawed.dtype
        found.append(Behaviour(f"flaw_{check}", flawed.sentence, flawed.fn, _promise_of(*own), own))
    return tuple(found)


def _named(fn: Callable[..., Any], names: str) -> Callable[..., Any]:
    """The same function with the argument names of generated code."""
    space: dict[str, Any] = {"fn": fn}
    exec(f"def named({names}):\n    return fn({names})", space)  # noqa: S102 - text we have just written
    return space["named"]


def _promise_of(backend: str, module: str, name: str, dtype: str) -> Contract | None:
    """What a contract calls a flawed function of `flaws`; none says single precision."""
    if dtype != "float64":
        return None
    law = GENERATED[module]
    if name == "rsample":
        return Contract("rsample", law, arguments=(*_ROLES, "eps"), noise="argument", backend=backend)
    return Contract(name, law, arguments=_ROLES, backend=backend)


def right_functions() -> tuple[Behaviour, ...]:
    """Return the functions without a mistake: no judge may object to them."""
    return (
        Behaviour("right_kl", "right", kl, KL, OWN_KL),
        Behaviour("right_batch_mean", "right", lambda m, v: kl(m, v).mean(), MEAN_KL),
        Behaviour("right_density", "right", right_tril.log_prob, DENSITY, OWN_DENSITY),
        Behaviour("right_gradients", "right", right.grad_kl_standard_normal, GRADIENT, OWN_GRADIENT),
        Behaviour("right_sample", "right", _with(_noise), SAMPLE),
        Behaviour("right_pair", "right", (_with(_noise), kl), PAIR),
        Behaviour("right_estimate", "right", lambda loc, logvar: -_estimate(loc, logvar), ESTIMATE),
        Behaviour("right_box_muller", "right", _with(_box_muller), SAMPLE),
    )
