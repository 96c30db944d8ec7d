"""check names a mix of samples or coordinates only where points that differ in others of them alone show it."""

import pytest
import torch

from mvn_symbolic.verify import check


def kl(mu, logvar):
    return (-0.5 * (1 + logvar - mu**2 - logvar.exp())).sum(-1)


def far(size):
    return lambda mu, logvar: kl(mu, logvar) + torch.relu(mu.abs() - size).sum(-1)


UNMIXED = {
    "far means from 3": far(3),
    "far means from 5": far(5),
    "far means from 8": far(8),
    "far log-variances": lambda mu, logvar: kl(mu, logvar) + torch.relu(logvar.abs() - 3).sum(-1),
}
MIXED = {
    "mean of the batch": (lambda mu, logvar: kl(mu, logvar) + 0.1 * torch.tanh(mu).mean(), "mixes_samples"),
    "largest of the batch": (lambda mu, logvar: kl(mu, logvar) + 0.1 * mu.abs().amax(), "mixes_samples"),
    "neighbours": (
        lambda mu, logvar: kl(mu, logvar) + 0.1 * (mu * torch.tanh(mu.roll(1, -1))).sum(-1) * (mu.shape[-1] > 1),
        "mixes_coordinates",
    ),
    "by the largest": (
        lambda mu, logvar: kl(mu, logvar) * torch.where(mu.abs().amax(-1) > 6, 1.1, 1.0),
        "mixes_coordinates",
    ),
}


@pytest.mark.parametrize("how", UNMIXED)
def test_what_mixes_nothing_is_not_said_to_mix(how):
    verdict = check(UNMIXED[how], "kl_standard_normal")
    assert verdict.status == "fail"
    assert not [name for name in verdict.mistakes if name.startswith("mixes")], verdict.diagnosis
    assert "batch" not in verdict.diagnosis
    assert "one coordinate" not in verdict.diagnosis


@pytest.mark.parametrize("how", MIXED)
def test_what_mixes_is_named(how):
    fn, name = MIXED[how]
    assert check(fn, "kl_standard_normal").mistakes == (name,)
