"""Floor 2: what the open questions mean: gradient, Jacobian, differential, expectation, covariance, density, KL.

Everything is reduced to three primitives - one partial derivative, a directional one, a mean over noise -
which the two kinds of numbers answer each in its own way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import accumulate
from typing import Any

from sympy import MatrixSymbol

from mvn_symbolic.errors import UnsupportedExpressionError
from mvn_symbolic.meaning import dense
from mvn_symbolic.meaning.numbers import Grid
from mvn_symbolic.meaning.reader import Reader, position_of, reading
from mvn_symbolic.meaning.scene import Scene
from mvn_symbolic.meaning.vectorised import column_by_column
from mvn_symbolic.notation import laws, operators
from mvn_symbolic.notation.random_numbers import RandomNumber
from mvn_symbolic.notation.structure import tags_of
from mvn_symbolic.notation.symbols import Noise, tangent_of

__all__ = ["QuestionReader"]


#: Laws whose densities are kept: those of one equation, as a rule.
_LAWS = 512


class QuestionReader(Reader):
    """A reader that can also differentiate and average."""

    def partial(self, value: Callable[[Scene], Any], symbol: Any, cell: tuple[int, int], scene: Scene) -> Any:
        """The derivative of value(scene) by one free cell of a symbol; a mirror image moves along, at half weight."""
        raise NotImplementedError

    def along(self, value: Callable[[Scene], Any], directions: dict[Any, Any], scene: Scene) -> Any:
        """The derivative of value(scene) when symbols move in the given directions."""
        raise NotImplementedError

    def mean(self, key: Any, value: Callable[[Grid], Any], size: int, scene: Scene) -> Any:
        """E[value(eps)] over a standard normal vector of the given size."""
        raise NotImplementedError

    def mean_of_number(self, value: Callable[[Any], Any], variable: RandomNumber, scene: Scene) -> Any:
        """E[value(x)] over one random number, for a polynomial value."""
        raise NotImplementedError

    def __init__(self) -> None:
        self._laws: dict[Any, Any] = {}

    def mean_under(self, law: laws.Law, key: Any, value: Callable[[Grid], Any], scene: Scene) -> Any:
        """E[value(z)] for z of that law."""
        return self.mean_over(law.noises, key, lambda at: value(self.read(law.sample, at)), scene)

    def mean_over(self, noises: Sequence[Any], key: Any, value: Callable[[Scene], Any], scene: Scene) -> Any:
        """E[value] over independent noise vectors, which are the parts of one long one."""
        sizes = [scene.size(noise.shape[0]) for noise in noises]
        ends = list(accumulate(sizes))

        def at(whole: Grid) -> Any:
            parts = (whole[end - size : end] for size, end in zip(sizes, ends, strict=True))
            return value(scene.with_values(dict(zip(noises, parts, strict=True))))

        return self.mean(key, at, ends[-1], scene)

    def moments(self, law: laws.Law, scene: Scene) -> tuple[Grid, Grid]:
        """The mean and covariance of a law, averaged from its sample."""
        mean = self.mean_under(law, law, lambda sample: sample, scene)

        def outer(sample: Grid) -> Grid:
            centred = dense.add(sample, dense.scale(scene.kind.rational(-1), mean))
            return dense.multiply(centred, dense.transpose(centred, 1), scene.kind)

        return mean, self.mean_under(law, (law, "covariance"), outer, scene)

    def _density_parts(self, law: laws.Law, scene: Scene) -> tuple[Grid, Grid, Any]:
        """Mean, inverse covariance and log determinant; kept, since one average asks for them at every node."""
        used = sorted(law.sample.free_symbols.difference(law.noises), key=str)
        values = [scene.values[s] for s in used if s in scene.values]
        key = (law, scene.kind.name, tuple(sorted(scene.sizes.items(), key=str)), tuple(map(id, values)))
        if key not in self._laws:
            mean, covariance = self.moments(law, scene)
            log_det = scene.kind.function("log")(scene.kind.determinant(covariance))
            if len(self._laws) > _LAWS:
                self._laws.clear()
            # the values are kept too: an id is unique only while its object lives
            self._laws[key] = (mean, scene.kind.inverse(covariance), log_det, values)
        return self._laws[key][:3]

    def log_density(self, law: laws.Law, point: Grid, scene: Scene) -> Any:
        """The textbook density of N(mean, covariance), with a dense determinant and inverse."""
        mean, precision, log_det = self._density_parts(law, scene)
        kind = scene.kind
        centred = dense.add(point, dense.scale(kind.rational(-1), mean))
        solved = dense.multiply(precision, centred, kind)
        constant = kind.rational(len(point)) * kind.function("log")(kind.rational(2) * kind.pi) + log_det
        return kind.rational(-1) / kind.rational(2) * (constant + dense.inner(centred, solved, kind))

    def log_ratio(self, p: laws.Law, q: laws.Law, scene: Scene, point: Grid) -> Any:
        """log p - log q at a point."""
        return self.log_density(p, point, scene) - self.log_density(q, point, scene)


@reading(operators.Gradient)
def _gradient(reader: QuestionReader, expr: Any, scene: Scene) -> Grid:
    function, symbol = expr.args
    rows, columns = reader.shape(symbol, scene)
    zero = scene.kind.rational(0)
    grid: Grid = [[zero] * columns for _ in range(rows)]
    symmetric = "symmetric" in tags_of(symbol)
    for i, j in reader.free_cells(symbol, scene):
        grid[i][j] = reader.partial(lambda s: reader.number(function, s), symbol, (i, j), scene)
        if symmetric:
            grid[j][i] = grid[i][j]
    return grid


@reading(operators.ScalarDerivative)
def _derivative(reader: QuestionReader, expr: Any, scene: Scene) -> Any:
    function, symbol = expr.args
    return reader.partial(lambda s: reader.number(function, s), symbol, (0, 0), scene)


@reading(operators.Jacobian)
def _jacobian(reader: QuestionReader, expr: Any, scene: Scene) -> Grid:
    vector, symbol = expr.args
    rows, _ = reader.shape(expr, scene)
    slopes = [
        _slope(reader, symbol, cell, lambda s: reader.read(vector, s), scene)
        for cell in column_by_column(reader.free_cells(symbol, scene))
    ]
    return [[slope[i][0] for slope in slopes] for i in range(rows)]


def _slope(
    reader: QuestionReader, symbol: Any, cell: tuple[int, int], value: Callable[[Scene], Any], scene: Scene
) -> Any:
    """The derivative by one free entry; the mirror image of a symmetric one moves along in full."""
    slope = reader.partial(value, symbol, cell, scene)
    if not (isinstance(symbol, MatrixSymbol) and "symmetric" in tags_of(symbol) and cell[0] != cell[1]):
        return slope
    two = scene.kind.rational(2)
    return dense.scale(two, slope) if isinstance(slope, list) else two * slope


@reading(operators.Hessian)
def _hessian(reader: QuestionReader, expr: Any, scene: Scene) -> Grid:
    function, one, other = expr.args

    def second(row: tuple[int, int], column: tuple[int, int]) -> Any:
        def first(at: Scene) -> Any:
            return _slope(reader, one, row, lambda s: reader.number(function, s), at)

        return _slope(reader, other, column, first, scene)

    def cells(symbol: Any) -> list[tuple[int, int]]:
        matrix = isinstance(symbol, MatrixSymbol)
        return column_by_column(reader.free_cells(symbol, scene)) if matrix else [(0, 0)]

    return [[second(row, column) for column in cells(other)] for row in cells(one)]


@reading(operators.Partial)
def _partial(reader: QuestionReader, expr: Any, scene: Scene) -> Any:
    component, symbol, row, column = expr.args
    cell = (position_of(row, scene), position_of(column, scene))
    if cell not in reader.free_cells(symbol, scene):
        return scene.kind.rational(0)
    return reader.partial(lambda s: reader.read(component, s), symbol, cell, scene)


@reading(operators.ScalarDifferential, operators.MatrixDifferential)
def _differential(reader: QuestionReader, expr: Any, scene: Scene) -> Any:
    function, *symbols = expr.args
    directions = {symbol: reader.read(tangent_of(symbol), scene) for symbol in symbols}
    return reader.along(lambda s: reader.read(function, s), directions, scene)


def _is_mean_over_noise(expr: Any) -> bool:
    """Of two arguments the second is noise, or a random number, of which the mean is taken on its own."""
    is_mean = isinstance(expr, (laws.ScalarExpectation, laws.MatrixExpectation)) and len(expr.args) == 2
    return is_mean and not isinstance(expr.args[1], RandomNumber)


@reading(laws.ScalarExpectation, laws.MatrixExpectation)
def _expectation(reader: QuestionReader, expr: Any, scene: Scene) -> Any:
    integrand, variable, *law = expr.args
    if isinstance(variable, RandomNumber):
        at = scene.with_values
        return reader.mean_of_number(lambda x: reader.read(integrand, at({variable: x})), variable, scene)
    if not law:
        noises = [variable]
        while _is_mean_over_noise(integrand):
            integrand, variable = integrand.args
            noises.append(variable)
        return reader.mean_over(noises, expr, lambda at: reader.read(integrand, at), scene)
    return reader.mean_under(law[0], expr, lambda z: reader.read(integrand, scene.with_values({variable: z})), scene)


@reading(laws.Covariance)
def _covariance(reader: QuestionReader, expr: Any, scene: Scene) -> Grid:
    vector, *noises = expr.args
    return reader.moments(laws.Law("sample", vector, *vector.atoms(Noise).difference(noises)), scene)[1]


@reading(laws.LogDensity)
def _log_density(reader: QuestionReader, expr: Any, scene: Scene) -> Any:
    law, point = expr.args
    return reader.log_density(law, reader.read(point, scene), scene)


@reading(laws.Entropy)
def _entropy(reader: QuestionReader, expr: Any, scene: Scene) -> Any:
    (law,) = expr.args
    minus = scene.kind.rational(-1)
    return reader.mean_under(law, expr, lambda z: minus * reader.log_density(law, z, scene), scene)


@reading(laws.KL)
def _kl(reader: QuestionReader, expr: Any, scene: Scene) -> Any:
    p, q = expr.args
    return reader.mean_under(p, expr, partial(reader.log_ratio, p, q, scene), scene)


@reading(laws.Law)
def _law(reader: QuestionReader, expr: Any, scene: Scene) -> Any:
    raise UnsupportedExpressionError(f"a law is not a number: {expr}")


@reading(laws.Variance)
def _variance(reader: QuestionReader, expr: Any, scene: Scene) -> Any:
    scalar, noise = expr.args

    def at(point: Grid) -> Any:
        return reader.number(scalar, scene.with_values({noise: point}))

    size = scene.size(noise.shape[0])
    mean = reader.mean(expr, at, size, scene)
    return reader.mean((expr, "centred"), lambda point: (at(point) - mean) * (at(point) - mean), size, scene)
