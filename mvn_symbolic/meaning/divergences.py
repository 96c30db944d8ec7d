"""Floor 2: what divergences beside that of Kullback-Leibler mean in numbers.

Lives here: definitions by densities and means. May not live here: a closed form.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from mvn_symbolic.meaning import dense
from mvn_symbolic.meaning.numbers import Grid
from mvn_symbolic.meaning.questions import QuestionReader
from mvn_symbolic.meaning.reader import reading
from mvn_symbolic.meaning.roots import root_of
from mvn_symbolic.meaning.scene import Scene
from mvn_symbolic.notation import divergences
from mvn_symbolic.notation.laws import Law

__all__: list[str] = []


def _power_mean(reader: QuestionReader, expr: Any, p: Law, q: Law, power: Any, scene: Scene) -> Any:
    """E_p[(q/p)^power], which is the integral of p^(1 - power) q^power."""

    def ratio(z: Grid) -> Any:
        return power * (reader.log_density(q, z, scene) - reader.log_density(p, z, scene))

    exp = scene.kind.function("exp")
    return reader.mean_under(p, expr, lambda z: exp(ratio(z)), scene)


def _affinity(reader: QuestionReader, expr: Any, scene: Scene) -> Any:
    half = scene.kind.rational(1) / scene.kind.rational(2)
    p, q = expr.args
    return _power_mean(reader, expr, p, q, half, scene)


@reading(divergences.Renyi)
def _renyi(reader: QuestionReader, expr: Any, scene: Scene) -> Any:
    p, q, order = expr.args
    power = scene.kind.rational(1) - reader.read(order, scene)
    log = scene.kind.function("log")
    return scene.kind.rational(-1) * log(_power_mean(reader, expr, p, q, power, scene)) / power


@reading(divergences.Bhattacharyya)
def _bhattacharyya(reader: QuestionReader, expr: Any, scene: Scene) -> Any:
    return scene.kind.rational(-1) * scene.kind.function("log")(_affinity(reader, expr, scene))


@reading(divergences.SquaredHellinger)
def _hellinger(reader: QuestionReader, expr: Any, scene: Scene) -> Any:
    return scene.kind.rational(1) - _affinity(reader, expr, scene)


@reading(divergences.Jeffreys)
def _jeffreys(reader: QuestionReader, expr: Any, scene: Scene) -> Any:
    p, q = expr.args
    ratio = partial(reader.log_ratio, p, q, scene)
    under_q = reader.mean_under(q, (expr, q), ratio, scene)
    return reader.mean_under(p, (expr, p), ratio, scene) - under_q


@reading(divergences.CrossEntropy)
def _cross_entropy(reader: QuestionReader, expr: Any, scene: Scene) -> Any:
    p, q = expr.args
    return scene.kind.rational(-1) * reader.mean_under(p, expr, lambda z: reader.log_density(q, z, scene), scene)


@reading(divergences.SquaredWasserstein)
def _wasserstein(reader: QuestionReader, expr: Any, scene: Scene) -> Any:
    """Of samples m + M x and n + N y, coupled at best, x'M'Ny has the sum of the singular values of N'M as its mean."""
    kind = scene.kind
    (mean, matrix), (other_mean, other) = (_affine(reader, law, scene) for law in expr.args)
    gap = dense.add(mean, dense.scale(kind.rational(-1), other_mean))
    shared = dense.multiply(dense.transpose(other, len(other)), matrix, kind)
    root = root_of(dense.multiply(shared, dense.transpose(shared, len(shared)), kind), kind)
    squares = kind.sum(dense.inner(one, one, kind) for one in (gap, matrix, other))
    return squares - kind.rational(2) * dense.trace(root, kind)


def _affine(reader: QuestionReader, law: Law, scene: Scene) -> tuple[Grid, Grid]:
    """The mean of a sample, and the matrix in front of its noise: where noise of zero and of one coordinate goes."""
    size = scene.size(law.noise.shape[0])
    zero, one = scene.kind.rational(0), scene.kind.rational(1)

    def at(place: int) -> Grid:
        noise = [[one if i == place else zero] for i in range(size)]
        return reader.read(law.sample, scene.with_values({law.noise: noise}))

    mean = at(size)
    columns = (dense.add(at(place), dense.scale(-one, mean)) for place in range(size))
    return mean, [list(row) for row in zip(*([entry for (entry,) in column] for column in columns), strict=True)]
