"""Lives here: the arithmetic that laws share: exact cubature, blocks of a distribution, and one derived allowance.
May not live here: laws, or formulas for what is under test."""

from dataclasses import dataclass

import numpy as np
import pytest

UNIT = np.finfo(np.float64).eps / 2


@dataclass(frozen=True)
class Arithmetic:
    """Tools of a law, as methods, because test folders are not importable."""

    def factor(self, parameterization, scale):
        """Return the lower factor (k, k) of a parameterization."""
        match parameterization:
            case "diag":
                return np.diag(scale)
            case "logvar":
                return np.diag(np.exp(scale / 2))
        return scale

    def scale(self, parameterization, factor):
        """Return the parameter of a lower factor: the inverse of `factor`."""
        match parameterization:
            case "diag":
                return np.diag(factor).copy()
            case "logvar":
                return 2 * np.log(np.diag(factor))
        return factor

    def cubature(self, k):
        """Return 2k points of equal weight that integrate cubic polynomials of standard normal noise exactly."""
        return np.sqrt(k) * np.concatenate([np.eye(k), -np.eye(k)])

    def lower_of(self, matrix):
        """Return the lower factor with positive diagonal of matrix matrix'."""
        upper = np.linalg.qr(matrix.T, mode="r")
        return np.tril((np.sign(np.diag(upper))[:, None] * upper).T)

    def allowance(self, k, *factors, size=0.0):
        """Return the error that rounding may cause in an identity between sums of terms up to ``size``.

        Each side solves with the factors and sums about k^2 terms. A solve is off by k roundings times the condition
        of the factor, relative to the norm of its solution; ``size`` has to bound the sums of squares of these. Both
        sides, two solves in sequence and the recomputed parameters leave a factor of 16.
        """
        condition = max(np.linalg.cond(factor) for factor in factors)
        return 16 * k * (k + 4) * UNIT * condition * (size + k)


@pytest.fixture(scope="session")
def arithmetic():
    return Arithmetic()
