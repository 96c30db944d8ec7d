"""Lives here: the registry of generated modules that contract, law and Monte Carlo tests run over, and shared fixtures.
May not live here: tests, tolerances, or an import of an array library before a test needs it."""

import importlib
import os
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import settings

from mvn_symbolic.catalogue.parameterizations import PARAMETERIZATIONS
from mvn_symbolic.catalogue.registry import build
from mvn_symbolic.catalogue.setting import STANDARD
from mvn_symbolic.notation.functions import CAREFUL
from mvn_symbolic.verify import signatures
from mvn_symbolic.verify.backends import BACKENDS
from mvn_symbolic.verify.points import FROM_FACTOR

# The registry: a parameterization joins by its entry in the catalogue, a backend by its folder, and inherits all tests.
GENERATED = [(backend, parameterization) for backend in BACKENDS for parameterization in PARAMETERIZATIONS]
DTYPES = ("float64", "float32")

# The same tests judge any other package with modules <package>.<backend>.<parameterization>.
PACKAGE = os.environ.get("MVN_SYMBOLIC_UNDER_TEST", "mvn_symbolic")

# deadline: the first call of a backend compiles or imports. derandomize in CI: a red build means a changed program.
settings.register_profile("repo", deadline=None)
settings.register_profile("repo-ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("repo-ci" if os.environ.get("CI") else "repo")


@dataclass(frozen=True)
class ModuleCase:
    """One generated module under test."""

    backend: str
    parameterization: str

    def __str__(self):
        return f"{self.backend}-{self.parameterization}"

    @property
    def module(self):
        return importlib.import_module(f"{PACKAGE}.{self.backend}.{self.parameterization}")

    @property
    def diagonal(self):
        """Whether its coordinates are independent."""
        return PARAMETERIZATIONS[self.parameterization].is_diagonal

    @property
    def squares(self):
        """Whether it is given by a covariance or its inverse, of which a factor has the root of the condition."""
        return not signatures.SYMMETRIC.isdisjoint(signatures.PARAMETERS[self.parameterization])

    def is_careful(self, function):
        """Whether code is made from a form that has functions for what cancels near equality."""
        to = PARAMETERIZATIONS[self.parameterization]
        stable = build(to.page(function), STANDARD).results.get(f"{to.chain(function)}_stable")
        return stable is not None and stable.right.has(*CAREFUL)

    def raw(self, factor):
        """Return the parameters after the mean of the law with a lower factor."""
        return FROM_FACTOR[self.parameterization](factor)

    def function(self, name):
        return getattr(self.module, name)

    def call(self, name, *arrays):
        """Call a function on fresh copies of NumPy arrays; return NumPy arrays, nested as the function does."""
        adapter, arrays = BACKENDS[self.backend], [np.asarray(a) for a in arrays]
        with adapter.settings(np.result_type(*arrays)):
            return _unwrapped(adapter, self.function(name)(*map(adapter.to_native, arrays)))


@dataclass(frozen=True)
class FunctionCase(ModuleCase):
    """One function of one generated module in one dtype."""

    name: str
    dtype: str

    def __str__(self):
        return f"{self.backend}-{self.parameterization}-{self.name}-{self.dtype}"

    @property
    def fn(self):
        return self.function(self.name)


def _unwrapped(adapter, result):
    if isinstance(result, tuple):
        return tuple(_unwrapped(adapter, part) for part in result)
    return adapter.to_numpy(result)


MODULES = [ModuleCase(*entry) for entry in GENERATED]
FUNCTIONS = [
    FunctionCase(*entry, name, dtype) for entry in GENERATED for name in signatures.FUNCTIONS for dtype in DTYPES
]


def _checked_functions():
    from mvn_symbolic.verify.function_checks import applicable

    return [
        pytest.param(case, check, id=f"{case}-{check}")
        for case in FUNCTIONS
        for check in applicable(case.backend, case.parameterization, case.name, case.dtype)
    ]


def pytest_generate_tests(metafunc):
    wanted = metafunc.fixturenames
    if "function_case" in wanted and "check" in wanted:
        metafunc.parametrize(("function_case", "check"), _checked_functions())
    elif "function_case" in wanted:
        metafunc.parametrize("function_case", FUNCTIONS, ids=str)
    if "module_case" in wanted:
        metafunc.parametrize("module_case", MODULES, ids=str)


def pytest_collection_modifyitems(items):
    items[:] = [item for item in items if not _is_between(getattr(item, "callspec", None))]


def _is_between(callspec):
    """Whether an event size lies between the ends, for a library that compiles anew for each: the ends are enough."""
    params = callspec.params if callspec else {}
    case = params.get("module_case")
    return case is not None and params.get("k", 1) not in (1, 32) and BACKENDS[case.backend].compiles


@pytest.fixture(scope="session")
def registry():
    """Every generated module, as ModuleCase."""
    return MODULES


@pytest.fixture
def rng(record_property):
    """A fresh generator: its seed is in the report, and MVN_SYMBOLIC_SEED repeats it."""
    seed = int(os.environ.get("MVN_SYMBOLIC_SEED") or np.random.SeedSequence().generate_state(1)[0])
    record_property("seed", seed)
    print(f"MVN_SYMBOLIC_SEED={seed}")
    return np.random.default_rng(seed)
