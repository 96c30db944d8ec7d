"""Lives here: what every function of a topic's module promises; a result joins by its line in the catalogue.
May not live here: formulas. Truth is what the derived expression means in balls, which no rule of the calculus says."""

from pathlib import Path

import numpy as np
import pytest

import mvn_symbolic
from mvn_symbolic.catalogue.topics import TOPICS, topic_functions
from mvn_symbolic.codegen.examples import example_values
from mvn_symbolic.codegen.standalone import Generated
from mvn_symbolic.verify.backends import BACKENDS
from mvn_symbolic.verify.own import verify_code

ENTRIES = [(topic, result.name) for topic, one in TOPICS.items() for result in one.results]
CASES = [pytest.param(backend, *entry, id=f"{backend}-{'-'.join(entry)}") for backend in BACKENDS for entry in ENTRIES]
PROGRAMS = ("", "grad_", "value_and_grad_", "vjp_", "jvp_", "hvp_")

pytestmark = pytest.mark.slow


def code_of(backend, topic, name):
    function = next(one for one in topic_functions(topic) if one.name == name)
    part = TOPICS[topic].file(function.derivation)
    file = Path(mvn_symbolic.__file__).parent / "generated" / backend / f"{part}.py"
    return Generated(function, backend, file.read_text(encoding="utf-8"))


def flat(library, result):
    if isinstance(result, tuple):
        return [one for part in result for one in flat(library, part)]
    return [library.to_numpy(result)]


@pytest.mark.parametrize(("backend", "topic", "name"), CASES)
def test_function_and_its_derivatives_are_what_was_derived(backend, topic, name):
    verdict = verify_code(code_of(backend, topic, name))
    assert verdict.status == "pass", str(verdict)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(("backend", "topic", "name"), CASES)
def test_batches_are_events_one_by_one_in_their_dtype(backend, topic, name, dtype, rng):
    """Three events at once, near the example of the docstring; of many arguments the last has no batch of its own."""
    code, library = code_of(backend, topic, name), BACKENDS[backend]
    module, function = code.load(), code.function
    arrays = [_near(item.symbol, value, rng) for item, value in _examples(function)]
    shared = len(arrays) > 1
    if shared:
        arrays[-1] = np.asarray(arrays[-1][0])
    for program in PROGRAMS:
        if not hasattr(module, program + name):
            continue
        call = getattr(module, program + name)
        more = arrays if program in {"jvp_", "hvp_"} else []
        if program == "vjp_":
            with library.settings(np.float64):
                value = getattr(module, name)(*map(library.to_native, arrays))
            more = [np.ones(library.to_numpy(value).shape)]
        got = _called(library, call, [*arrays, *more], dtype)
        assert {one.dtype for one in got} == {np.dtype(dtype)}
        for event in range(3):
            alone = [one if shared and one is arrays[-1] else one[event] for one in arrays]
            alone += [one if shared and one is arrays[-1] else one[event] for one in more]
            true = _called(library, call, alone, np.float64)
            for i, (one, expected) in enumerate(zip(got, true, strict=True)):
                if one.ndim == expected.ndim:  # pulled back to the argument that all events share: a sum over them
                    assert (program, i) == ("vjp_", len(arrays) - 1)
                    continue
                # a few hundred roundings of numbers of order one, in matrices of condition below a hundred
                assert np.max(abs(one[event] - expected) / (1 + abs(expected))) < 1e5 * np.finfo(dtype).eps


def _examples(function):
    values = example_values(function.inputs)
    return [(item, values[item.name]) for item in function.inputs]


def _near(symbol, value, rng):
    """Three events of the structure of the example: each is that times a number near one."""
    value = np.asarray(value)
    return value * rng.uniform(0.8, 1.2, size=(3, *[1] * value.ndim))


def _called(library, call, arrays, dtype):
    with library.settings(np.dtype(dtype)):
        return flat(library, call(*[library.to_native(np.asarray(array, dtype=dtype)) for array in arrays]))


SECOND = [(topic, result.name) for topic, one in TOPICS.items() for result in one.results if result.second]


@pytest.mark.parametrize(("topic", "name"), SECOND)
def test_a_mistake_in_the_hessian_alone_is_refused(topic, name):
    """The direction of the last argument is left out; then, one part in a million in every product."""
    code = code_of("numpy", topic, name)
    start = code.source.index(f"\ndef hvp_{name}(")
    before, own, after = code.source[:start], *_first_definition(code.source[start:])
    last = f"tangent_{code.function.inputs[-1].name}"
    check = own.rindex(f"    {last} = ")
    line = own.index("\n", own.index(")", check))
    head, back = own[: own.rindex("    return ")], own[own.rindex("    return ") :]
    for planted in (
        own[:line] + f"\n    {last} = 0.0 * {last}" + own[line:],
        head + back.replace("return ", "return 1.000001 * ", 1),
    ):
        assert verify_code(Generated(code.function, "numpy", before + planted + after)).status == "fail"


def _first_definition(text):
    """The function that a text begins with, and the rest."""
    end = text.find("\ndef ", 1)
    return (text, "") if end < 0 else (text[:end], text[end:])


@pytest.mark.parametrize(("topic", "name"), ENTRIES)
def test_a_planted_mistake_is_refused(topic, name):
    """One part in a million, in every value that the module returns."""
    code = code_of("numpy", topic, name)
    start = code.source.index(f"\ndef {name}(")
    body = code.source.index("    return ", start)
    planted = code.source[:body] + code.source[body:].replace("return ", "return 1.000001 * ", 1)
    assert verify_code(Generated(code.function, "numpy", planted)).status == "fail"
