"""Every backend spells every operation; a wrong spelling, whichever it is, turns the contract's checks red."""

import dataclasses
import string
from types import ModuleType

import pytest

from mvn_symbolic.catalogue.functions import functions
from mvn_symbolic.codegen.backends import BACKENDS
from mvn_symbolic.codegen.module import module_source
from mvn_symbolic.codegen.operations import ELEMENTWISE, OPCODES, SIGNATURES
from mvn_symbolic.verify import signatures
from mvn_symbolic.verify.function_checks import check_function

# opcode -> a spelling that somebody could have typed; the module it must spoil
MISTAKES = [
    ("neg", "+{0}", "diag"),
    ("add", "{0} - {1}", "diag"),
    ("sub", "{1} - {0}", "diag"),
    ("mul", "{0} + {1}", "diag"),
    ("div", "{1} / {0}", "diag"),
    ("exp", "np.expm1({0})", "logvar"),
    ("log", "np.log1p({0})", "diag"),
    ("expm1", "np.exp({0})", "logvar"),
    # what is right but for rounding is within what conditioning allows here: test_expm1m counts its last places
    ("expm1m", "np.expm1({0})", "logvar"),
    ("expm1_difference", "np.expm1({1} - {0})", "logvar"),
    ("expm1m_difference", "np.expm1({0} - {1})", "logvar"),
    ("exp_in_range", "np.exp({0})", "logvar"),
    ("exp_beyond", "np.exp(-{1})", "logvar"),
    ("log_excess", "-np.log({0})", "diag"),
    ("log_ratio_excess", "_log_ratio_excess({1}, {0})", "diag"),
    ("log_softplus_ratio_excess", "_log_softplus_ratio_excess({1}, {0})", "softplus"),
    ("softplus_excess", "np.logaddexp({0}, 0.0)", "softplus"),
    ("softplus_ratio_excess", "_softplus_ratio_excess({1}, {0})", "softplus"),
    ("sum", "{0}.sum(0)", "diag"),
    ("dot", "({0} * {1}).sum()", "diag"),
    ("inner", "({0} * {1}).sum(-1)", "tril"),
    ("outer", "{1}[..., :, None] * {0}[..., None, :]", "tril"),
    ("diag", "{0}[..., 0, :]", "tril"),
    ("diag_embed", "({0}[..., None] * np.ones_like({0})[..., None, :])", "tril"),
    ("transpose", "{0}", "tril"),
    ("tril", "{0}.copy()", "tril"),
    ("strict_tril", "np.tril({0})", "tril"),
    ("matvec", "({0}.swapaxes(-1, -2) @ {1}[..., None])[..., 0]", "tril"),
    ("matvec_t", "({0} @ {1}[..., None])[..., 0]", "tril"),
    ("matmul", "{1} @ {0}", "tril"),
    ("solve_vector", "_solve_t({0}, {1}[..., None])[..., 0]", "tril"),
    ("solve_vector_t", "_solve({0}, {1}[..., None])[..., 0]", "tril"),
    ("solve_matrix", "_solve_t({0}, {1})", "tril"),
    ("solve_matrix_t", "_solve({0}, {1})", "tril"),
    ("scalar_to_vector", "{0}", "diag"),
    ("scalar_to_matrix", "{0}[..., None]", "tril"),
    ("fill_batch", "np.full({event}, {number}, {0}.dtype)", "diag"),
    ("zeros_like", "np.ones_like({0})", "diag"),
    ("zeros_of_vector", "{0}[..., :0].sum()", "diag"),
    ("broadcast", "{0}", "diag"),
    ("sum_to", "{0}", "diag"),
    ("copy", "{0}", "diag"),
]


@pytest.mark.parametrize("backend", BACKENDS.values(), ids=lambda backend: backend.name)
def test_backend_spells_every_operation_with_its_operands(backend):
    missing, unknown = OPCODES - set(backend.spellings), set(backend.spellings) - OPCODES
    assert not missing, f"{backend.name} lacks {sorted(missing)}: spell them in mvn_symbolic/backends/{backend.name}"
    assert not unknown, f"{backend.name} spells {sorted(unknown)}, which no program holds"
    for opcode, count in {**ELEMENTWISE, **{name: len(kinds) for name, (kinds, _) in SIGNATURES.items()}}.items():
        fields = {name for _, name, _, _ in string.Formatter().parse(backend.spellings[opcode].template) if name}
        assert {str(i) for i in range(count)} <= fields, opcode


@pytest.mark.parametrize("backend", BACKENDS.values(), ids=lambda backend: backend.name)
def test_backend_has_no_helper_that_nothing_calls(backend):
    callers = [*(spelling.template for spelling in backend.spellings.values()), *backend.helpers.values()]
    callers += backend.checked_sizes((("x", ("n",)),))
    callers += [*backend.checked((("x", 1),)), *backend.checked_like("x", "shape", "x"), backend.bind, backend.plain]
    for name, source in backend.helpers.items():
        used = [caller for caller in callers if name in caller.replace(f"def {name}(", "")]
        assert [caller for caller in used if caller != source], name


def failures_of(kind, backend):
    """The first objections of the contract to a module generated with a backend."""
    module = ModuleType(f"spoilt_{kind}")
    exec(compile(module_source("Spoilt.", functions(kind), backend), module.__name__, "exec"), module.__dict__)
    for name in signatures.FUNCTIONS:
        for dtype in ("float64", "float32"):
            found = check_function(getattr(module, name), "numpy", kind, name, dtype=dtype, stop_at_first=True, seed=0)
            if found:
                return found
    return []


def test_the_right_spelling_passes():
    assert not failures_of("diag", BACKENDS["numpy"])


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # a wrong formula may well overflow
@pytest.mark.parametrize(("opcode", "template", "kind"), MISTAKES, ids=[opcode for opcode, _, _ in MISTAKES])
def test_wrong_spelling_turns_the_contract_red(opcode, template, kind):
    right = BACKENDS["numpy"]
    wrong = dataclasses.replace(right.spellings[opcode], template=template)
    spoilt = dataclasses.replace(right, spellings={**right.spellings, opcode: wrong})
    try:
        failures = failures_of(kind, spoilt)
    except (ValueError, IndexError, TypeError):
        return  # so wrong that not even the example in a docstring can be computed
    assert failures
