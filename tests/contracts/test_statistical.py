"""check on samplers whose noise cannot be driven: decided by the statistics of their samples, within a stated bound.

False alarms: each check of a right sampler below fails with probability 1e-9 at most, and their seeds are fixed.
"""

import sys

import numpy as np
import pytest
import torch

from mvn_symbolic.verify import Contract, check
from tests.contracts.zoo_undriven import RIGHT, SEEDED, WRONG, box_muller, polar_one_by_one


@pytest.mark.parametrize(("fn", "names", "contract"), RIGHT)
def test_right_samplers_pass(fn, names, contract):
    verdict = check(fn, contract, seed=1)
    assert verdict.status == "pass", verdict.report()
    assert verdict.false_alarm_bound == 1e-9
    assert verdict.canaries[0] == verdict.canaries[1] >= 6


@pytest.mark.parametrize(("fn", "names", "contract"), WRONG)
def test_wrong_samplers_are_rejected_and_named(fn, names, contract):
    verdict = check(fn, contract, seed=2)
    assert verdict.status == "fail", verdict.report()
    assert set(names) & set(verdict.mistakes), verdict.report()
    assert verdict.counterexample is not None


@pytest.mark.parametrize(("fn", "names", "contract"), SEEDED)
def test_a_fixed_seed_is_a_mistake_and_a_kept_generator_is_not(fn, names, contract):
    verdict = check(fn, contract, seed=3)
    assert verdict.status == ("fail" if names else "pass"), verdict.report()
    assert verdict.mistakes == names


def test_power_is_stated_and_printed():
    verdict = check(box_muller, "rsample", parameterization="std", seed=4)
    assert {"mean off by 0.1 sigma", "scale off by 10 %", "uniform noise"} <= set(verdict.power)
    assert "false alarms: at most 1.0e-09" in verdict.report()
    assert "mean off by 0.1 sigma" in verdict.report()


def test_too_few_numbers_do_not_pass():
    import time

    def slow(mu, sigma):
        time.sleep(0.02)
        return box_muller(mu, sigma)

    verdict = check(slow, "rsample", parameterization="std", batch_ndim=0, event_ndim=0)
    assert verdict.status == "unknown", verdict.report()
    assert "too few" in verdict.diagnosis


def test_global_generators_are_as_before():
    import random

    torch.manual_seed(5)
    np.random.seed(5)  # noqa: NPY002
    random.seed(5)
    states = torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate()  # noqa: NPY002
    check(box_muller, "rsample", parameterization="std")
    check(polar_one_by_one, "sample", parameterization="std", backend="numpy")
    assert torch.equal(states[0], torch.get_rng_state())
    assert np.array_equal(states[1], np.random.get_state()[1])  # noqa: NPY002
    assert states[2] == random.getstate()


def test_a_seed_gives_the_same_verdict_again():
    first, second = (check(box_muller, "rsample", parameterization="std", seed=6) for _ in range(2))
    assert first.status == second.status
    assert first.canaries == second.canaries


@pytest.mark.parametrize("quantity", ["rsample", "kl_estimate"])
def test_without_scipy_it_is_said_what_is_missing(quantity, monkeypatch):
    for needs in ("statistics.evalues", "grading.samples"):
        monkeypatch.setitem(sys.modules, f"mvn_symbolic.verify.contracts.{needs}", None)

    def sampled(mu, std):
        z = box_muller(mu, std)
        return z if quantity == "rsample" else (z - mu).square().sum(-1)

    verdict = check(sampled, Contract(quantity, "std"))
    assert verdict.status == "unknown", verdict.report()
    assert "install mvn_symbolic[verify]" in verdict.diagnosis
