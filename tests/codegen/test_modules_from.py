"""Which modules hold functions of a derivation, said without deriving anything, is what the functions say."""

import importlib

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


def test_a_topic_of_several_derivations_has_a_file_for_each_and_one_door():
    whole = module_files("divergences", ["numpy"])
    one = module_files("divergences", ["numpy"], derivation="jeffreys")
    assert set(one) == {"generated/numpy/divergences_jeffreys.py", "numpy/divergences.py"}
    assert {path: whole[path] for path in one} == one
    assert len(whole) == 1 + len(TOPICS["divergences"].derivations)


def test_a_door_has_what_its_files_have():
    door = importlib.import_module("mvn_symbolic.numpy.divergences")
    package = "mvn_symbolic.generated.numpy"
    own = [importlib.import_module(f"{package}.divergences_{name}") for name in TOPICS["divergences"].derivations]
    assert all(set(part.__all__) < set(door.__all__) for part in own)
    assert len(set(door.__all__)) == len(door.__all__)
    assert all(hasattr(door, name) for name in door.__all__)
