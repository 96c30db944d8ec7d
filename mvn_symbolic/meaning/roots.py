"""Floor 2: what a symmetric square root and the solution of a Lyapunov equation mean as numbers.

Lives here: the defining equations, solved without any rule of the calculus. May not live here: their derivatives.
"""

from __future__ import annotations

from functools import lru_cache

from flint import arb, arb_mat

from mvn_symbolic.errors import UnsupportedExpressionError
from mvn_symbolic.meaning import dense
from mvn_symbolic.meaning.numbers import BALL_BITS, Balls, Grid, Kind
from mvn_symbolic.meaning.reader import Reader, reading
from mvn_symbolic.meaning.scene import Scene
from mvn_symbolic.notation import roots

__all__ = ["root_of"]

#: A step that is smaller by so many bits is the last but one of a quadratic convergence.
_CLOSE = BALL_BITS // 2 + 8


class _Exactly:
    """A matrix of balls by its exact midpoints and radii: one average asks for one root at every node."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        try:
            self._key = tuple((e.mid().man_exp(), e.rad().man_exp()) for row in grid for e in row)
        except ValueError:
            raise UnsupportedExpressionError("a matrix under a root is not finite at this point") from None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Exactly) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)


@reading(roots.Lyapunov)
def _lyapunov(reader: Reader, expr: roots.Lyapunov, scene: Scene) -> Grid:
    """S X + X S = R as k^2 linear equations in the entries of X."""
    matrix, right = (reader.read(argument, scene) for argument in expr.args)
    if not matrix:
        return []
    if not isinstance(scene.kind, Balls):
        return _of_two_rows(matrix, right, scene.kind) if len(matrix) == 2 else _solved(matrix, right, scene.kind)
    return _remembered(_Exactly(matrix), _Exactly(right))


@lru_cache(maxsize=256)
def _remembered(matrix: _Exactly, right: _Exactly) -> Grid:
    return _solved(matrix.grid, right.grid, Balls())


def _solved(matrix: Grid, right: Grid, kind: Kind) -> Grid:
    unit, size = dense.identity(len(matrix), kind), len(matrix)
    turned = dense.transpose(matrix, size)
    system = dense.add(dense.kronecker(matrix, unit), dense.kronecker(unit, turned))  # X row by row
    flat = dense.multiply(kind.inverse(system), [[entry] for row in right for entry in row], kind)
    return [[flat[i * size + j][0] for j in range(size)] for i in range(size)]


def _of_two_rows(matrix: Grid, right: Grid, kind: Kind) -> Grid:
    """(det(S) R + adj(S) R adj(S)) / (2 tr(S) det(S)), since S and its adjugate add up to tr(S) and make det(S)."""
    (a, b), (c, d) = matrix
    adjugate = [[d, -b], [-c, a]]
    determinant = a * d - b * c
    around = dense.multiply(dense.multiply(adjugate, right, kind), adjugate, kind)
    both = dense.add(dense.scale(determinant, right), around)
    return dense.scale(1 / (2 * (a + d) * determinant), both)


@reading(roots.SquareRoot)
def _square_root(reader: Reader, expr: roots.SquareRoot, scene: Scene) -> Grid:
    return root_of(reader.read(expr.args[0], scene), scene.kind)


def root_of(matrix: Grid, kind: Kind) -> Grid:
    """The symmetric square root of a positive-definite matrix."""
    return _enclosed(_Exactly(matrix)) if isinstance(kind, Balls) else _explicit(matrix, kind)


@lru_cache(maxsize=256)
def _enclosed(given: _Exactly) -> Grid:
    """The root from Newton's iteration on midpoints, with a radius that is proved.

    For positive-definite X the root of S is at most ||S - X X|| ||X^-1|| away from X, in the norm of Frobenius.
    """
    if not given.grid:
        return []
    target = arb_mat(given.grid)
    size = target.nrows()
    one = arb_mat([[arb(int(i == j)) for j in range(size)] for i in range(size)])
    guess, other = target.mid(), one
    try:
        for _ in range(60):  # Denman and Beavers 1976: converges quadratically from any positive-definite matrix
            before = guess
            guess, other = ((guess + other.inv()) / 2).mid(), ((other + guess.inv()) / 2).mid()
            if _norm(guess - before) < _norm(guess) * arb(2) ** -_CLOSE:
                break
        guess = ((guess + guess.transpose()) / 2).mid()
        inverse = guess.inv()
    except ZeroDivisionError:
        raise UnsupportedExpressionError("a matrix under a root is not positive definite at this point") from None
    if not _is_positive(guess):
        raise UnsupportedExpressionError("a matrix under a root is not positive definite at this point")
    radius = (_norm(target - guess * guess) * _norm(inverse)).upper()
    around = arb(0, radius)
    return [[guess[i, j] + around for j in range(size)] for i in range(size)]


def _norm(matrix: arb_mat) -> arb:
    """No less than the Frobenius norm."""
    return sum((entry.abs_upper() ** 2 for entry in matrix.entries()), arb(0)).sqrt()


def _is_positive(matrix: arb_mat) -> bool:
    """Whether all leading minors are positive."""
    size = matrix.nrows()
    return all(arb_mat([[matrix[i, j] for j in range(n)] for i in range(n)]).det() > 0 for n in range(1, size + 1))


def _explicit(matrix: Grid, kind: Kind) -> Grid:
    """In entries: of one row the root, of two by Cayley and Hamilton, R^2 - (tr R) R + det R = 0; of more unknown."""
    if len(matrix) == 1:
        return [[kind.root(matrix[0][0])]]
    if len(matrix) != 2:
        raise UnsupportedExpressionError("a square root is written out for matrices of at most two rows")
    (a, b), (_, d) = matrix
    determinant = kind.root(a * d - b * b)
    trace = kind.root(a + d + 2 * determinant)
    return [[(a + determinant) / trace, b / trace], [b / trace, (d + determinant) / trace]]
