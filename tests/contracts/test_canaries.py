"""Planted mistakes: one that changes nothing of what is promised is no mistake, and bars no pass."""

import math

import numpy as np
import pytest

from mvn_symbolic.verify import Contract, check
from mvn_symbolic.verify.contracts.session import Evidence

#: the answer does not move with an argument, so that halving or cutting it off is not wrong
STILL = {
    ("grad_entropy", "logvar"): lambda logvar: (np.full(logvar.shape, 0.5),),
    ("grad_entropy", "logstd"): lambda logstd: (np.ones_like(logstd),),
    ("grad_log_det", "logvar"): lambda logvar: (np.ones_like(logvar),),
    ("grad_std", "std"): lambda std: (np.ones_like(std),),
    ("vjp_rsample", "std"): lambda mu, std, eps, grad_z: (grad_z, grad_z * eps),
    ("entropy", "scale_unit_tril"): lambda scale, unit_tril: (
        scale.log().sum(-1) + 0.5 * scale.shape[-1] * (1 + math.log(2 * math.pi))
    ),
}


@pytest.mark.parametrize(("quantity", "parameterization"), STILL)
@pytest.mark.parametrize("seed", [0, 1])
def test_planted_mistake_that_changes_nothing_bars_no_pass(quantity, parameterization, seed):
    backend = "torch" if quantity == "entropy" else "numpy"
    contract = Contract(quantity, parameterization, backend=backend)
    verdict = check(STILL[quantity, parameterization], contract, seed=seed)
    assert verdict.status == "pass", verdict.report()
    assert verdict.canaries[0] == verdict.canaries[1] >= 2


def test_planted_mistakes_that_count_are_still_planted():
    """At k = 1 the gradient of the entropy by std is 1/std: halving the first std doubles it."""
    verdict = check(lambda std: (1 / std,), Contract("grad_entropy", "std", backend="numpy"))
    assert verdict.status == "pass", verdict.report()
    assert verdict.canaries == (4, 4)


def test_a_trial_knows_the_cases_and_no_result():
    evidence = Evidence(single=True, draws_at=None, original=len)
    evidence.values["unit"] = None, None
    evidence.undriven, evidence.sampler_failed, evidence.canaries = "it rejects", True, (1, 2)
    trial = evidence.for_trial(original=max)
    assert trial == Evidence(single=True, draws_at=None, original=max)
    assert trial.expected is evidence.expected
    assert trial.twins is evidence.twins
