"""Floor 0: every error this package raises on purpose.

Each class is ours *and* the builtin a person would catch. No logic lives here, and nothing is imported.
"""

from __future__ import annotations

__all__ = [
    "MVNSymbolicError",
    "ArgumentError",
    "UnknownNameError",
    "UnsupportedExpressionError",
    "MissingRuleError",
    "DerivationError",
    "OutputError",
]


class MVNSymbolicError(Exception):
    """Base class: catch this to catch everything the package raises on purpose.

    Each error is also the builtin that fits: `ValueError` for a wrong argument, `LookupError` for an unknown name,
    `NotImplementedError` where there is no rule, `AssertionError` for a step that does not hold, `OSError` for a file
    that cannot be written.

    Examples
    --------
    >>> from mvn_symbolic import GeneralMatrix, LogDet, MVNSymbolicError
    >>> try:
    ...     LogDet(GeneralMatrix("A", 2, 3))
    ... except MVNSymbolicError as error:
    ...     print(type(error).__name__, "-", error)
    ArgumentError - `matrix` must be square; got A of shape (2, 3).
    """


class ArgumentError(MVNSymbolicError, ValueError):
    """An argument has the wrong value, shape or structure."""


class UnknownNameError(MVNSymbolicError, LookupError):
    """A derivation, symbol, backend or parameterization of that name does not exist."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class UnsupportedExpressionError(MVNSymbolicError, NotImplementedError):
    """The expression is outside what a stage can treat; it refuses instead of guessing."""


class MissingRuleError(UnsupportedExpressionError):
    """The calculus has no rule for a node. The message names the rule and shows the expression."""

    def __init__(self, rule: str, expression: object, hint: str = "") -> None:
        self.rule = rule
        self.expression = expression
        text = f"no {rule} rule for `{type(expression).__name__}`, met in: {expression}"
        super().__init__(text + (f"\n{hint}" if hint else ""))


class DerivationError(MVNSymbolicError, AssertionError):
    """A derivation step was refuted, or could not be applied."""


class OutputError(MVNSymbolicError, OSError):
    """A file or folder cannot be written."""
