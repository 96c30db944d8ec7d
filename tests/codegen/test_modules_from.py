"""Which modules hold functions of a derivation, said without deriving anything, is what the functions say."""

import pytest

from mvn_symbolic.catalogue.functions import functions
from mvn_symbolic.catalogue.parameterizations import PARAMETERIZATIONS
from mvn_symbolic.catalogue.registry import list_derivations
from mvn_symbolic.catalogue.topics import TOPICS, topic_functions
from mvn_symbolic.codegen.tree import generate, module_files, modules_from


@pytest.mark.slow
def test_modules_from_a_derivation():
    wanted = {kind: functions(kind) for kind in PARAMETERIZATIONS} | {name: topic_functions(name) for name in TOPICS}
    made_from = {name: {function.derivation for function in found} for name, found in wanted.items()}
    for derivation in list_derivations():
        assert set(modules_from(derivation)) == {name for name, found in made_from.items() if derivation in found}
    assert "low_rank" in modules_from("low_rank")
    assert modules_from("kl_sign") == ()


def test_one_module_is_what_all_together_have():
    whole = generate(["diag"], ["numpy"])
    one = module_files("diag", ["numpy"])
    assert set(one) == {"generated/numpy/diag.py", "numpy/diag.py"}
    assert {path: whole[path] for path in one} == one
