"""check finds out that a function is NumPy's though torch's tensors go in and come out: gradients tell, not accuse."""

import numpy as np
import pytest
import torch

from mvn_symbolic.verify import check

LAST = {"axis1": -2, "axis2": -1}


def kl_method(mu, logvar):
    return (-0.5 * (1 + logvar - mu**2 - np.exp(logvar))).sum(-1)


def kl_batch_mean(mu, logvar):
    return (-0.5 * (1 + logvar - mu**2 - np.exp(logvar))).sum(-1).mean()


def log_prob_solve(loc, scale_tril, value):
    white = np.linalg.solve(scale_tril, (value - loc)[..., None])[..., 0]
    logs = np.log(np.diagonal(scale_tril, **LAST))
    return -0.5 * (white**2).sum(-1) - logs.sum(-1) - 0.5 * loc.shape[-1] * np.log(2 * np.pi)


def log_prob_inverse(loc, covariance_matrix, value):
    away = (value - loc)[..., None]
    norm = ((np.linalg.inv(covariance_matrix) @ away) * away).sum((-1, -2))
    return -0.5 * (norm + np.linalg.slogdet(covariance_matrix)[1] + loc.shape[-1] * np.log(2 * np.pi))


def samples(mu, logvar):
    return mu + np.exp(0.5 * logvar) * np.random.randn(*mu.shape)  # noqa: NPY002 - as public code has it


def estimate(mu, logvar, eps):
    z = mu + np.exp(0.5 * logvar) * eps
    return 0.5 * (z**2 - logvar - ((z - mu) / np.exp(0.5 * logvar)) ** 2).sum(-1)


RIGHT = [
    (kl_method, "kl_standard_normal", {}),
    (kl_batch_mean, "kl_standard_normal", {"reduction": "batch_mean"}),
    (log_prob_solve, "log_prob", {"parameterization": "scale_tril"}),
    (log_prob_inverse, "log_prob", {"parameterization": "covariance"}),
    (samples, "rsample", {}),
    ((samples, kl_method), "pair", {}),
    (estimate, "estimate_kl_standard_normal", {"noise": "argument"}),
]


@pytest.mark.parametrize(("fn", "quantity", "options"), RIGHT, ids=lambda x: getattr(x, "__name__", None))
def test_numpy_function_is_not_accused_of_autograd(fn, quantity, options):
    verdict = check(fn, quantity, **options)
    assert verdict.status == "pass", verdict
    assert any("numpy" in note for note in verdict.notes)


def test_numpy_function_that_is_wrong_is_called_what_it_is():
    assert check(lambda mu, logvar: 0.5 * kl_method(mu, logvar), "kl_standard_normal").mistakes == (
        "overall_factor_half",
    )


def rows(mu, logvar, of):
    return torch.stack([of(m, raw) for m, raw in zip(mu, logvar, strict=True)])


BROKEN = {
    "detached": lambda mu, logvar: (-0.5 * (1 + logvar - mu**2 - np.exp(logvar.detach()))).sum(-1),
    "detached by its own word": lambda mu, logvar: (-0.5 * (1 + logvar - mu**2 - logvar.detach().exp())).sum(-1),
    "numpy in the middle": lambda mu, logvar: (-0.5 * (1 + logvar - mu**2 - np.exp(logvar.numpy()))).sum(-1),
    "numpy in a torch sum": lambda mu, logvar: torch.sum(-0.5 * (1 + logvar - mu**2 - np.exp(logvar)), -1),
    "taken to torch": lambda mu, logvar: kl_method(torch.as_tensor(mu), torch.as_tensor(logvar)),
    "asks which it is": lambda mu, logvar: kl_method(mu * 1 if torch.is_tensor(mu) else mu, logvar),
    "item": lambda mu, logvar: rows(
        mu, logvar, lambda m, raw: -0.5 * (1 + raw - m**2).sum() + 0.5 * raw.exp().sum().item()
    ),
}


@pytest.mark.parametrize("how", BROKEN)
def test_torch_function_that_breaks_its_gradient_is_refused(how):
    assert check(BROKEN[how], "kl_standard_normal").status == "fail"


def test_torch_function_without_torchs_name_keeps_its_library():
    verdict = check(lambda mu, logvar: (-0.5 * (1 + logvar - mu**2 - logvar.exp())).sum(-1), "kl_standard_normal")
    assert (verdict.status, verdict.notes) == ("pass", ())
