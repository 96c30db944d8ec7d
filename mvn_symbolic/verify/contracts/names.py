"""Lives here: what the argument names of public code mean: what an argument holds, and of which law.
May not live here: contracts, calls of the function, numbers."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

_WORDS: Final = {
    "mean": "mu mean loc m mus means average center centre mu_hat yhat y_hat pred prediction locs means_",
    "value": "x z value values sample samples y target targets obs observation observations zs xs data action actions"
    " act u point points noise_sample w innovation",
    "eps": "eps epsilon noise e xi",
    "upstream": "grad_output grad_value upstream grad g grad_z gz grad_out dz cotangent grad_l gl l_bar dl dout ct g_l",
    "mask": "mask weights",
    "packed": "params h stats moments packed encoding enc out head theta parameters hidden code dist_params",
    "logvar": "logvar log_var lv log_variance logvariance logsigma2 log_sigma2 log_sigma_sq logvars log_vars lvs"
    " logsigma_sq log_sigma_squared log_sigma_square logcov log_cov"
    " log_v logv lnvar ln_var logvar_hat log_var_hat",
    "logstd": "logstd log_std logsigma log_sigma log_scale logscale ls log_sd ln_sigma log_stds logstds log_stddev lsd"
    " logs log_sig logsig",
    "std": "std sigma sig scale sd stddev s stdev scale_diag stds sigmas standard_deviation",
    "var": "var variance v sigma2 sigma_sq sigma_squared variances vars sigma_sqr",
    "rho": "rho raw_scale pre_scale softplus_scale raw rhos raw_std pre_std unconstrained_scale",
    "scale_tril": "l scale_tril chol tril cholesky factor chol_factor scale_l sqrt chol_cov cov_chol lower chol_l",
    "covariance": "cov covariance covariance_matrix sigma_matrix covar big_sigma cov_matrix covs covariances cov_mat k",
    "precision": "prec precision precision_matrix inv_cov lam lambda_ precisions cov_inv icov inverse_covariance",
    "factor": "cov_factor w factor_matrix low_rank cov_factors loadings",
    "diag": "cov_diag d diag psi cov_diags noise_var",
    "unit_tril": "unit_tril u unit_lower unit_l",
    "raw_tril": "raw_tril packed_tril tril_raw raw_cholesky raw_chol packed_chol",
}  # fmt: skip
_MEANING: Final = {word: part for part, words in reversed(_WORDS.items()) for word in words.split()}
_CAPITAL: Final = {
    "S": "covariance", "K": "covariance", "C": "covariance", "V": "covariance", "Sigma": "covariance",
    "R": "covariance", "Cov": "covariance", "P": "precision", "Q": "precision", "Lambda": "precision",
    "Lam": "precision", "L": "scale_tril", "W": "factor", "D": "diag", "Psi": "diag", "X": "value", "Y": "value",
    "Z": "value", "U": "unit_tril",
}  # fmt: skip
"""What a capital letter stands for: a matrix, where the small one is a number for each coordinate."""
_LAW: Final = (
    "p", "q", "prior", "post", "posterior", "enc", "dec", "old", "new", "0", "1", "2", "a", "b", "z", "x", "t", "s",
    "target", "student", "teacher", "ref", "pred", "w", "weight", "weights", "bias", "latent", "encoder", "decoder",
    "pz", "qz", "y", "state", "seq", "hat", "d", "pi", "g", "r", "n",
)  # fmt: skip


class Reading(NamedTuple):
    """One argument name: the mark of its law (empty where there is none) and what it holds (empty: unreadable)."""

    mark: str
    holds: str


def read(name: str) -> Reading:
    """Read one argument name of public code."""
    bare = name.strip("_")
    snake = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", bare) if not bare.isupper() else bare
    words = [w for w in re.split(r"_|(?<=[A-Za-z])(?=\d+$)", snake) if w]
    for left in range(len(words)):
        for right in range(len(words), left, -1):
            cut = words[:left] + words[right:]
            if any(word.lower() not in _LAW for word in cut) or len(cut) > 1:
                continue
            inside = words[left:right]
            if len(inside) == 1 and inside[0] in _CAPITAL:
                return Reading("".join(cut).lower(), _CAPITAL[inside[0]])
            held = _MEANING.get("_".join(inside).lower()) or _MEANING.get("".join(inside).lower())
            if held:
                return Reading("".join(cut).lower(), held)
    low = bare.lower()
    found = re.fullmatch(r"(?P<law>[pqz])(?P<rest>.+)|(?P<rest2>.+?)(?P<law2>[pqz])", low)
    if found:
        rest, law = found["rest"] or found["rest2"], found["law"] or found["law2"]
        if rest in _MEANING:
            return Reading(law, _MEANING[rest])
    return Reading("", "")


def readings(names: Sequence[str]) -> list[Reading]:
    """Read the argument names of one function: beside ``sigma1``, ``sigma2`` is that of the second law, no square."""
    found = []
    for name in names:
        stem = name.removesuffix("2")
        plain = read(stem) if stem != name and f"{stem}1" in names else None
        found.append(Reading("2", plain.holds) if plain and plain.holds and not plain.mark else read(name))
    return found


GENERATORS: Final = ("generator", "rng", "gen", "random_state", "prng", "np_random", "random_generator", "prng_key",
                     "key", "rng_key", "prngkey", "prng")  # fmt: skip
_SHORT: Final = ("g", "r", "rand", "random", "rs", "state")


def unwrapped(fn: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function whose signature and code say what is computed: inside partials, modules, instances."""
    while isinstance(fn, functools.partial):
        fn = fn.func
    if not inspect.isroutine(fn) and not inspect.isclass(fn):
        for method in ("forward", "__call__"):
            inner = getattr(fn, method, None)
            if inspect.ismethod(inner):
                return inner
    return inspect.unwrap(fn)


def _parameters(fn: Callable[..., Any]) -> list[inspect.Parameter]:
    module = unwrapped(fn) if not inspect.isroutine(fn) and not isinstance(fn, functools.partial) else fn
    try:
        return list(inspect.signature(module).parameters.values())
    except (TypeError, ValueError):
        return []


def _only_by_name(fn: Callable[..., Any]) -> list[str]:
    needed = [p.name for p in _parameters(fn) if p.kind is p.KEYWORD_ONLY and p.default is p.empty]
    return [name for name in needed if name != generator_argument(fn)]


def generator_argument(fn: Callable[..., Any], promised: bool = False) -> str | None:
    """Return the name of the argument that is a generator; where one is promised, short names mean it too."""
    known = GENERATORS + _SHORT * promised
    return next((p.name for p in _parameters(fn) if p.name.lower() in known), None)


def with_generator(fn: Callable[..., Any], name: str | None, make: Callable[[], Any]) -> Callable[..., Any]:
    """Return the function of the other positional arguments: the generator comes where the function has it, or last."""
    places = [p.name for p in _parameters(fn) if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]

    def call(*arguments: Any) -> Any:
        made = make()
        if name is None:
            return fn(*arguments, made)
        place = places.index(name) if name in places else len(arguments)
        if place < len(arguments):
            return fn(*arguments[:place], made, *arguments[place:])
        return fn(*arguments, **{name: made})

    return call


def by_position(fn: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function, or one that takes by position what the function takes only by name and without default."""
    named = _only_by_name(fn)
    if not named:
        return fn

    @functools.wraps(fn)
    def placed(*arguments: Any, **options: Any) -> Any:
        left = [name for name in named if name not in options]
        own = len(arguments) - len(left)
        return fn(*arguments[:own], **dict(zip(left, arguments[own:], strict=True)), **options)

    return placed


def positional(fn: Callable[..., Any], defaults: bool = False) -> list[str]:
    """Return the names of the arguments without defaults (with them, if there are no others, or if asked for)."""
    schema = getattr(fn, "schema", None)
    if schema is not None and hasattr(schema, "arguments"):
        return [a.name for a in schema.arguments if not a.has_default_value() and a.name != "self"]
    plain = [p for p in _parameters(fn) if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    needed = [p.name for p in plain if p.default is p.empty or defaults] + _only_by_name(fn)
    return needed or [p.name for p in plain]
