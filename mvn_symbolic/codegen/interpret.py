"""Floor 6: run a program on numbers, without a file: through the very text that the NumPy backend writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from mvn_symbolic.codegen.backends import BACKENDS
from mvn_symbolic.codegen.layout import indented
from mvn_symbolic.codegen.program import Program
from mvn_symbolic.codegen.routine import statements, used_helpers

__all__ = ["interpret"]


def interpret(program: Program, values: Mapping[str, Any]) -> Any:
    """Run a program on one set of arguments.

    Parameters
    ----------
    program : Program
    values : mapping of str to array_like
        A value for each argument; converted to float64.

    Returns
    -------
    ndarray, or tuple of ndarray
        What the program returns.
    """
    backend = BACKENDS["numpy"]
    lines = [f"def run({', '.join(program.parameters)}):", *indented(statements(program, backend))]
    code = "\n".join(lines)
    text = "\n\n\n".join(["from __future__ import annotations", "import math", *used_helpers(code, backend), code])
    namespace: dict[str, Any] = {"np": np}
    exec(compile(text, f"<{program.name}>", "exec"), namespace)  # noqa: S102 - text we have just written
    return namespace["run"](**{name: np.asarray(value, np.float64) for name, value in values.items()})
