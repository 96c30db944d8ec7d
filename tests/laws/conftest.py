"""Lives here: the arithmetic that laws share: exact cubature, maps and blocks of a law, and one derived allowance.
May not live here: laws, or formulas for what is under test."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch

from mvn_symbolic.verify import strategies
from mvn_symbolic.verify.oracles import autograd

UNIT = np.finfo(np.float64).eps / 2


class Law(NamedTuple):
    """The parameters of a law in the order of its module, and its lower factor."""

    parameters: tuple[np.ndarray, ...]
    factor: np.ndarray

    @property
    def k(self):
        return len(self.factor)


@dataclass(frozen=True)
class Factored:
    """The laws of a module by their factor: a triangle, a diagonal, or one with zeros that diagonal maps keep."""

    case: Any

    @property
    def keeps_diagonal_maps_alone(self):
        """Whether a map that is not diagonal leads out of the family."""
        factor = np.array([[2.0, 0, 0], [1, 3, 0], [1, 1, 1]])
        return not np.allclose(self.law(np.zeros(3), *self.case.raw(factor)).factor, factor)

    def draw(self, data, number=1, **bounds):
        """Draw laws of one event size; where covariances are given, the condition number is of these."""
        if self.case.squares:
            bounds["max_condition"] = np.sqrt(bounds.get("max_condition", 1e3))
        strategy = strategies.mvn_parameters if number == 1 else strategies.mvn_pairs
        drawn = data.draw(strategy("diag" if self.case.diagonal else "tril", **bounds))
        laws = [
            self.law(loc, *self.case.raw(np.diag(scale) if self.case.diagonal else scale))
            for loc, scale in ([drawn] if number == 1 else drawn)
        ]
        return laws[0] if number == 1 else laws

    def law(self, loc, *raw):
        """Return the law with these parameters; what they mean says an oracle."""
        factor = autograd.FACTORS[self.case.parameterization](*map(torch.from_numpy, raw)).numpy()
        return Law((loc, *raw), lower_of(factor))

    def sample(self, law, eps):
        """Return the samples mu + L eps."""
        return self.case.call("rsample", *law.parameters, eps)

    def mapped(self, law, linear, shift=0.0):
        """Return the law of linear z + shift."""
        return self._of(linear @ law.parameters[0] + shift, lower_of(linear @ law.factor))

    def marginal(self, law, cut):
        """Return the law of the first coordinates."""
        return self._of(law.parameters[0][:cut], law.factor[:cut, :cut])

    def conditional(self, law, cut, first):
        """Return the laws of the other coordinates given those, one mean for each row of ``first``."""
        return self._of(self._given(law, cut, first), law.factor[cut:, cut:])

    def _given(self, law, cut, first):
        loc, factor = law.parameters[0], law.factor
        slope = np.linalg.solve(factor[:cut, :cut].T, factor[cut:, :cut].T).T
        return loc[cut:] + (first - loc[:cut]) @ slope.T

    def _of(self, loc, factor):
        return Law((loc, *self.case.raw(factor)), factor)

    def loss(self, law, other=None):
        """Return how many roundings come out for one that goes in, of what is solved with this law.

        A solve is off by the condition of its factor, relative to the norm of its solution. Of an other law there is
        the logarithm of its volume, a sum over its diagonal.
        """
        return np.linalg.cond(law.factor)

    def slope(self, law):
        """Return what a gradient has more than its value: the terms are divided by the factor once more."""
        return max(1.0, np.linalg.norm(np.linalg.inv(law.factor), 2)) * np.linalg.cond(law.factor)


class LowRank(Factored):
    """Laws with covariance W W' + diag(d): closed under diagonal maps, marginals and conditionals."""

    keeps_diagonal_maps_alone = True

    def law(self, loc, *raw):
        return Law((loc, *raw), lower_of(self._wide(*raw)))

    def _wide(self, cov_factor, cov_diag):
        return np.concatenate([cov_factor, np.diag(np.sqrt(cov_diag))], axis=-1)

    def sample(self, law, eps):
        """Return mu + L eps from two noises, mu + S (xi, eps') with S S' = L L'.

        The shortest that makes L eps is S' L^-T eps: its columns are orthonormal, so it is as long as eps.
        """
        _, *raw = law.parameters
        noises = eps @ np.linalg.solve(law.factor, self._wide(*raw))
        return self.case.call("rsample", *law.parameters, *np.split(noises, [raw[0].shape[-1]], axis=-1))

    def mapped(self, law, linear, shift=0.0):
        loc, cov_factor, cov_diag = law.parameters
        return self.law(linear @ loc + shift, linear @ cov_factor, np.diag(linear) ** 2 * cov_diag)

    def marginal(self, law, cut):
        return self.law(*(part[:cut] for part in law.parameters))

    def conditional(self, law, cut, first):
        """Given z_1 the short noise has covariance (I + W_1' D_1^-1 W_1)^-1, and W_2 carries that to z_2."""
        _, cov_factor, cov_diag = law.parameters
        root = lower_of(self._root(cov_factor[:cut], cov_diag[:cut]))
        return self.law(self._given(law, cut, first), np.linalg.solve(root, cov_factor[cut:].T).T, cov_diag[cut:])

    def _root(self, cov_factor, cov_diag):
        """A root of C = I + W' D^-1 W."""
        return np.concatenate([np.eye(cov_factor.shape[-1]), (cov_factor / np.sqrt(cov_diag)[:, None]).T], axis=-1)

    def _inner(self, law):
        """The condition of C with its diagonal scaled to one.

        Cholesky moves C_ij by about r roundings of the root of C_ii C_jj, so this one counts (Demmel 1989): for
        log det C, and for what is solved with C.
        """
        root = self._root(*law.parameters[1:])
        return np.linalg.cond(root / np.linalg.norm(root, axis=1)[:, None]) ** 2

    def loss(self, law, other=None):
        """Return the roundings that come out for one that goes in, of what is left of a square after its best fit.

        A density is |v - B w|^2 + |w|^2 with B = D^-1/2 W and C = I + B' B, plus log det C. As I + B B' is at most |C|,
        v is at most the root of |C| times the root of that sum: so much has what is squared more than its difference.
        A divergence also has the trace of a diagonal less that of its fit: there the squares themselves are subtracted.
        """
        spread = np.linalg.norm(self._root(*law.parameters[1:]), 2)
        if other is None:
            return max(spread, self._inner(law), 1.0)
        return max(spread**2 * self._inner(law), self._inner(other), 1.0)

    def slope(self, law):
        """Terms of a gradient by d are divided by d, those by W by its root; and squares are subtracted in it."""
        spread = np.linalg.norm(self._root(*law.parameters[1:]), 2)
        return max(1.0, 1 / law.parameters[2].min()) * max(spread, 1.0) * self._inner(law)


FAMILIES = {"low_rank": LowRank}


def lower_of(matrix):
    """Return the lower factor with positive diagonal of matrix matrix'."""
    upper = np.linalg.qr(matrix.T, mode="r")
    return np.tril((np.sign(np.diag(upper))[:, None] * upper).T)


@dataclass(frozen=True)
class Arithmetic:
    """Tools of a law, as methods, because test folders are not importable."""

    def family(self, case):
        """Return how the laws of a module are drawn, mapped and cut."""
        return FAMILIES.get(case.parameterization, Factored)(case)

    def cubature(self, k):
        """Return 2k points of equal weight that integrate cubic polynomials of standard normal noise exactly."""
        return np.sqrt(k) * np.concatenate([np.eye(k), -np.eye(k)])

    def allowance(self, k, *losses, size=0.0):
        """Return the error that rounding may cause in an identity between sums of terms up to ``size``.

        Each side solves with the laws and sums about k^2 terms. A solve is off by k roundings times the ``losses`` of
        its family; ``size`` has to bound the sums of squares of these. Both sides, two solves in sequence and the
        recomputed parameters leave a factor of 16.
        """
        return 16 * k * (k + 4) * UNIT * max(losses) * (size + k)


@pytest.fixture(scope="session")
def arithmetic():
    return Arithmetic()
