"""A mean in balls by letters for the noise is the mean by cubature, which knows no moment of a normal number."""

import pytest

from mvn_symbolic.catalogue.registry import build
from mvn_symbolic.errors import UnsupportedExpressionError
from mvn_symbolic.meaning.ball_reader import BallReader
from mvn_symbolic.meaning.judge import scenes
from mvn_symbolic.meaning.numbers import Balls
from mvn_symbolic.meaning.scene import nodes_of, scene_for
from mvn_symbolic.notation.laws import Covariance, MatrixExpectation, ScalarExpectation, Variance

MEANS = Covariance | Variance | MatrixExpectation | ScalarExpectation


class _All:
    def __contains__(self, key):
        return True

    def add(self, key):
        raise AssertionError(key)


class ByCubature(BallReader):
    def __init__(self):
        super().__init__()
        self._not_formal = _All()


def _flat(value):
    return [entry for row in value for entry in row] if isinstance(value, list) else [value]


@pytest.mark.parametrize("name", ["reparameterization", "quadratic_loss", "score_function", "kl_divergence", "moments"])
def test_letters_and_cubature_agree(name):
    derivation = build(name)
    sides = {side for step in derivation.steps for side in (step.before, step.after)}
    means = {n for n in nodes_of(*sides) if isinstance(n, MEANS)}
    compared = 0
    for node in sorted(means, key=str)[:40]:
        scene = scene_for([node, *(chain.start for chain in derivation.chains)], Balls(), 2, 1)
        for at in scenes((node,), scene):
            try:
                nodes = ByCubature().read(node, at)
            except UnsupportedExpressionError:
                continue
            for one, other in zip(_flat(BallReader().read(node, at)), _flat(nodes), strict=True):
                assert abs(one - other) < 1e-60 * (1 + abs(one)), node
                compared += 1
    assert compared > 4
