"""check on functions as people write them: no right one is accused, every wrong one is rejected and named."""

import numpy as np
import pytest

from mvn_symbolic.verify import Contract, check
from mvn_symbolic.verify.contracts.orders import order_of
from tests.contracts import (
    right_laws,
    right_more,
    right_others,
    right_second,
    right_standard,
    right_vae,
    wrong_densities,
    wrong_fourth,
    wrong_gradients,
    wrong_laws,
    wrong_losses,
    wrong_more,
    wrong_others,
    wrong_second,
    wrong_slopes,
    wrong_sums,
    wrong_terms,
    wrong_third,
    wrong_vae,
)
from tests.contracts.zoo import RIGHT, WRONG

PARTS = (
    right_standard,
    right_others,
    right_more,
    right_vae,
    right_laws,
    right_second,
    wrong_terms,
    wrong_others,
    wrong_more,
    wrong_vae,
    wrong_losses,
    wrong_laws,
    wrong_densities,
    wrong_slopes,
    wrong_second,
    wrong_third,
    wrong_fourth,
    wrong_gradients,
    wrong_sums,
)


@pytest.mark.parametrize(("fn", "contract"), [pytest.param(*entry[1:], id=entry[0]) for entry in RIGHT])
def test_right_code_passes(fn, contract):
    verdict = check(fn, Contract(**contract), seed=1)
    assert verdict.status == "pass", verdict.report()
    assert verdict.canaries[0] == verdict.canaries[1] > 0


# the code of the first three modules is enough: the same functions, cast
FIRST = {module.__name__ for module in (right_standard, right_others, right_more)}
CAST = [entry for entry in RIGHT if getattr(entry[1], "__module__", "") in FIRST]


@pytest.mark.parametrize(("fn", "contract"), [pytest.param(*entry[1:], id=entry[0]) for entry in CAST])
def test_right_code_passes_in_single_precision(fn, contract):
    contract = Contract(**contract)
    fixed = {**vars(contract), "arguments": order_of(fn, contract)}
    cast = (lambda a: a.astype(np.float32)) if contract.backend == "numpy" else (lambda a: a.float())
    verdict = check(lambda *arguments: fn(*map(cast, arguments)), Contract(**fixed), seed=2)
    assert verdict.status == "pass", verdict.report()


@pytest.mark.parametrize(("fn", "names", "contract"), [pytest.param(*entry[1:], id=entry[0]) for entry in WRONG])
def test_wrong_code_is_rejected_and_its_mistake_named(fn, names, contract):
    verdict = check(fn, Contract(**contract), seed=3)
    assert verdict.status == "fail", verdict.report()
    assert not names or set(names) & set(verdict.mistakes), verdict.report()
    assert verdict.counterexample is not None
    assert verdict.diagnosis in verdict.report()
    assert '"status": "fail"' in verdict.to_json()


def test_the_zoos_are_large():
    assert len(PARTS) == 19
    assert len(RIGHT) >= 230
    assert len(WRONG) >= 370
