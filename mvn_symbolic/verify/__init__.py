"""Floor 7: judges: oracles, checks of a contract, test inputs, verdicts. No derivation, nothing that a person looks at.

The package can be called: `mvn_symbolic.verify(left, right)` is :func:`mvn_symbolic.verify.own.verify`.
"""

import sys
from types import ModuleType
from typing import Any


class _Callable(ModuleType):
    """A module that is also the function of the same name; what it needs is loaded by the call."""

    def __call__(self, *subjects: Any, **options: Any) -> Any:
        from mvn_symbolic.verify.own import verify

        return verify(*subjects, **options)


sys.modules[__name__].__class__ = _Callable
