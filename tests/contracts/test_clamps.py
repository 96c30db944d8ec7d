"""Which clamps and floors are excused depends on their bounds, not on the seed; and what is said of them is true."""

import numpy as np
import pytest
import torch
from torch.distributions import Normal

from mvn_symbolic.verify import Contract, check
from mvn_symbolic.verify.contracts import textbook
from mvn_symbolic.verify.contracts.cases import all_cases
from mvn_symbolic.verify.contracts.diagnosis.tamers import EXCUSED, ROUGHLY, is_excused
from mvn_symbolic.verify.contracts.plan import ENDS, ORDINARY_LOGVARS

INF = float("inf")


def kl(low, high):
    def clamped(mu, logvar):
        logvar = logvar.clamp(low, high)
        return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(-1)

    return clamped


def log_prob(low, high):
    return lambda x, mu, log_std: Normal(mu, log_std.clamp(low, high).exp()).log_prob(x).sum(-1)


@pytest.mark.parametrize(
    ("bounds", "words"),
    [
        ((-10, 10), "clamped to [-10, 10]"),
        ((-6, 2), "clamped to [-6, 2]"),
        ((-5, 5), "clamped to [-5, 5]"),
        ((-4, 18), "at least -4"),
        ((-INF, 2), "at most 2"),
    ],
)
@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_a_clamp_beyond_where_people_train_is_excused_and_said(bounds, words, seed):
    verdict = check(kl(*bounds), "kl_standard_normal", seed=seed)
    assert verdict.status == "pass", verdict.report()
    assert verdict.notes == (f"its raw scale is {words}",)


@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_a_bound_that_cuts_off_some_of_the_largest_scales_is_excused_too(seed):
    verdict = check(kl(-4, 15), "kl_standard_normal", seed=seed)
    assert verdict.status == "pass", verdict.report()
    assert "its raw scale is" in verdict.notes[0]


def guarded(deviation, small):
    """The logarithm kept from zero, as careful people write it."""

    def kl_loss(mu, raw):
        std = deviation(raw)
        return 0.5 * (mu**2 + std**2 - torch.log(small + std**2) - 1).sum(-1)

    return kl_loss


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(
    ("parameterization", "deviation"), [("std", torch.clone), ("rho", torch.nn.functional.softplus)], ids=["std", "rho"]
)
def test_a_little_added_to_the_variance_is_excused_for_every_writing_of_scales(parameterization, deviation, seed):
    """1e-7 shows where deviations are 1e-3, and is not of the size that is called a rough constant there."""
    fn = guarded(deviation, 1e-7)
    verdict = check(fn, Contract("kl_standard_normal", parameterization=parameterization), seed=seed)
    assert verdict.status == "pass", verdict.report()
    assert "1e-07 is added to its variance" in verdict.notes


@pytest.mark.parametrize("bounds", [(-1, 1), (-2, 2), (-3, 3), (-3, INF)])
@pytest.mark.parametrize("seed", [0, 3])
def test_a_clamp_where_people_train_is_rejected(bounds, seed):
    verdict = check(kl(*bounds), "kl_standard_normal", seed=seed)
    assert (verdict.status, verdict.mistakes) == ("fail", ("clamped",)), verdict.report()


@pytest.mark.parametrize(("bounds", "status"), [((-5, 2), "pass"), ((-20, 2), "pass"), ((-1, 1), "fail")])
def test_bounds_of_log_deviations_count_twice(bounds, status):
    assert check(log_prob(*bounds), "log_prob", parameterization="logstd").status == status


@pytest.mark.parametrize("name", ["var", "std", "logstd", "logvar", "rho"])
@pytest.mark.parametrize("seed", [0, 1])
def test_ordinary_cases_keep_within_and_reach_the_ends(name, seed):
    contract = Contract("kl_standard_normal", parameterization=name)
    cases = {c.name: c for c in all_cases(contract, np.random.default_rng(seed), extra=20) if c.ordinary}
    logs = {n: np.log(textbook.VARIANCES[name](c.arrays["scale"])) for n, c in cases.items()}
    assert EXCUSED[0] < min(a.min() for a in logs.values())
    assert max(a.max() for a in logs.values()) < EXCUSED[1]
    assert np.allclose([logs[ENDS].min(), logs[ENDS].max()], ORDINARY_LOGVARS)


def test_one_rule_for_every_parameterization():
    assert is_excused("logvar", -4, 2)
    assert is_excused("logstd", -2, 1)
    assert is_excused("std", 0.1, INF)
    assert not is_excused("logvar", -3.5, 2)
    assert not is_excused("std", 0.2, INF)
    assert not is_excused("var", 0.02, INF)


def test_notes_say_what_was_done():
    near = check(lambda mu, logvar: 0.9999 * kl(-INF, INF)(mu, logvar), "kl_standard_normal")
    assert near.status == "pass"
    assert ROUGHLY in near.notes

    def shifted(mu, rho):
        std = torch.nn.functional.softplus(rho) + 1e-4
        return (0.5 * (mu**2 + std**2 - 1) - std.log()).sum(-1)

    verdict = check(shifted, "kl_standard_normal", parameterization="rho")
    assert verdict.status == "pass"
    assert "0.0001 is added to its standard deviation" in verdict.notes
    assert not any("clamped" in note for note in verdict.notes)
