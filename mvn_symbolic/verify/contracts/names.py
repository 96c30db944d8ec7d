"""Lives here: what the argument names of public code mean: which argument plays which role, and what it holds.
May not live here: calls of the function, numbers."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any, Final

from mvn_symbolic.verify.contracts.contract import DIAGONAL, Contract

_WORDS: Final = {
    "mean": "mu mean loc m mus means average center centre",
    "value": "x z value values sample samples y target obs observation zs xs data",
    "eps": "eps epsilon noise e xi",
    "upstream": "grad_output grad_value upstream grad g grad_z gz grad_out dz cotangent grad_l gl",
    "mask": "mask weights",
    "packed": "params h stats moments packed encoding enc out head theta",
    "logvar": "logvar log_var lv log_variance logvariance logsigma2 log_sigma2 log_sigma_sq"
    " logsigma_sq log_sigma_squared"
    " log_v logv lnvar ln_var",
    "logstd": "logstd log_std logsigma log_sigma log_scale logscale ls log_sd ln_sigma",
    "std": "std sigma scale sd stddev s stdev scale_diag",
    "var": "var variance v sigma2 sigma_sq sigma_squared variances",
    "rho": "rho raw_scale pre_scale softplus_scale raw",
    "scale_tril": "l scale_tril chol tril cholesky factor chol_factor scale_l",
    "covariance": "cov covariance covariance_matrix sigma_matrix covar big_sigma",
    "precision": "prec precision precision_matrix inv_cov lam lambda_",
    "factor": "cov_factor w factor_matrix low_rank",
    "diag": "cov_diag d diag psi",
    "unit_tril": "unit_tril u unit_lower",
}  # fmt: skip
_MEANING: Final = {word: part for part, words in _WORDS.items() for word in words.split()}
_LAW: Final = r"p|q|prior|post|posterior|enc|dec|0|1|2|a|b|z|x|t|s"


def _read(name: str) -> tuple[str, str]:
    """Return (mark of the law, what it holds) of an argument name; the mark is empty where there is none."""
    low = name.lower().strip("_")
    if low in _MEANING:
        return "", _MEANING[low]
    for pattern in (rf"(?P<law>{_LAW})_(?P<rest>.+)", rf"(?P<rest>.+?)_?(?P<law>{_LAW})"):
        found = re.fullmatch(pattern, low)
        if found and found["rest"] in _MEANING:
            return found["law"], _MEANING[found["rest"]]
    return "", ""


def positional(fn: Callable[..., Any]) -> list[str]:
    """Return the names of the arguments without defaults (with them, if there are no others)."""
    try:
        parameters = inspect.signature(fn).parameters.values()
    except (TypeError, ValueError):
        return []
    plain = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    needed = [p.name for p in plain if p.default is p.empty]
    return needed or [p.name for p in plain]


def order_of(fn: Callable[..., Any], contract: Contract) -> tuple[str, ...]:
    """Return the role of each positional argument: as the contract says, as the names say, or the usual order."""
    if contract.arguments:
        return contract.arguments
    names = positional(fn)
    roles = contract.roles
    if len(names) < len(roles):
        return roles
    read = [_read(name) for name in names[: len(roles)]]
    two = "p_" in contract.laws
    marks: list[str] = []
    for mark, part in read:
        if two and part and mark not in marks and part not in ("value", "eps", "mask"):
            marks.append(mark)
    if two and len(marks) != 2:
        return roles
    found: list[str] = []
    for mark, part in read:
        bare = "scale" if part in (*DIAGONAL, "scale_tril", "covariance", "precision") and part != "packed" else part
        prefix = ("p_", "q_")[marks.index(mark)] if two and bare not in ("value", "eps", "mask") and part else ""
        role = prefix + bare
        found.append(role if role in roles and role not in found else "")
    # what the names leave open is filled in the usual order
    open_roles = [role for role in roles if role not in found]
    return tuple(role or open_roles.pop(0) for role in found)


def proposals(fn: Callable[..., Any]) -> tuple[Contract, ...]:
    """Propose contracts for every reduction from the names of a function and of its arguments."""
    names = positional(fn)
    parts = [_read(name)[1] for name in names]
    title = getattr(fn, "__name__", "").lower()
    scales = [p for p in parts if p in (*DIAGONAL, "scale_tril", "covariance", "precision")]
    if "factor" in parts and "diag" in parts:
        scales = ["low_rank"] * parts.count("factor")
    quantity = None
    if "log_det" in title or "logdet" in title:
        quantity = "log_det"
    elif "entropy" in title:
        quantity = "entropy"
    elif "reparam" in title or "sample" in title or "eps" in parts:
        quantity = "rsample"
    elif "value" in parts:
        quantity = "neg_log_prob" if re.search(r"nll|neg|nlp", title) else "log_prob"
    elif len(scales) == 2:
        quantity = "kl_divergence"
    elif len(scales) == 1:
        quantity = "kl_standard_normal"
    if quantity is None or not scales or (len(scales) > 1 and quantity != "kl_divergence"):
        return ()
    law: str | tuple[str, str] = scales[0]
    if quantity == "kl_divergence" and scales[0] != scales[1]:
        law = (scales[0], scales[1])
    if quantity == "rsample":
        return (Contract("rsample", law, noise="argument" if "eps" in parts else "global"),)
    dense = any(s not in DIAGONAL for s in scales)
    kinds = ["batch_mean", "per_sample", "sum"] + ([] if dense else ["mean", "none"])
    return tuple(Contract(quantity, law, reduction=kind) for kind in kinds)
