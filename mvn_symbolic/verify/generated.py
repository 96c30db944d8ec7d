"""Floor 7: verify our own generated modules, by the same checks that judge anybody's function of the contract."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module, util

import numpy as np

from mvn_symbolic.checks import check_known
from mvn_symbolic.verify.backends import BACKENDS
from mvn_symbolic.verify.function_checks import Failure, check_function

__all__ = ["PARAMETERIZATIONS", "verify_generated"]

PARAMETERIZATIONS = ("diag", "logvar", "tril")

#: Enough to accept or reject; compilation, export and second derivatives are for the test suite.
_QUICK = ("argument_names", "truth", "batches", "upper_triangle", "dtype")


def verify_generated(backends: Iterable[str] = ()) -> Iterator[tuple[str, list[Failure]]]:
    """Yield the label of each generated function and what the checks object to.

    Parameters
    ----------
    backends : iterable of str, optional
        Only these; all whose library is installed when left out.
    """
    wanted = [check_known("backend", name, BACKENDS) for name in backends] or [
        name for name in BACKENDS if util.find_spec(name) is not None
    ]
    for backend in wanted:
        for parameterization in PARAMETERIZATIONS:
            module = import_module(f"mvn_symbolic.{backend}.{parameterization}")
            for name in module.__all__:
                for dtype in (np.float64, np.float32):
                    found = _judge(module, backend, parameterization, name, dtype)
                    yield f"{backend}.{parameterization}.{name} {np.dtype(dtype).name}", found


def _judge(module: object, backend: str, parameterization: str, name: str, dtype: type) -> list[Failure]:
    from mvn_symbolic.verify.function_checks import applicable

    checks = [check for check in applicable(backend, parameterization, name, dtype) if check in _QUICK]
    return check_function(getattr(module, name), backend, parameterization, name, dtype=dtype, checks=checks)
