"""How much do gradient estimators vary? Measured with the generated code, and predicted from the derived variances.

Run it as `python benchmarks/estimators.py [--draws 16000] [--write]`; about two minutes on one core. With `--write` the
numbers go to `benchmarks/estimators.json`, of which `tools/draw_estimators.py` makes the picture. A variance is summed
over the entries of the gradient. The seed is kept beside the numbers.

Lives here: losses, estimates by generated functions, and predictions by code generated from results of the catalogue.
May not live here: a variance that is typed in.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from sympy.matrices.expressions import Trace

from mvn_symbolic import generate
from mvn_symbolic.calculus import normalize
from mvn_symbolic.catalogue.registry import build
from mvn_symbolic.notation.entries import Cell
from mvn_symbolic.notation.nodes import Inner
from mvn_symbolic.notation.operators import Component
from mvn_symbolic.notation.symbols import Let, Vector
from mvn_symbolic.numpy import tril

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / "benchmarks" / "estimators.json"
SIZES = (1, 2, 4, 8, 16, 32)
K = 8
DISTANCES = tuple(10 ** (x / 4) for x in range(-12, 2))
DRAWS_OF_A_BOUND = 8
BATCHES = 40

Array = np.ndarray
Loss = tuple[Callable[[Array], Array], Callable[[Array], Array]]
"""Value and gradient at points (..., k)."""


@dataclass(frozen=True)
class World:
    """A quadratic loss z'Az/2 + b'z, and the law of mu + L eps."""

    A: Array
    b: Array
    mu: Array
    L: Array

    @property
    def k(self) -> int:
        """The dimension."""
        return len(self.mu)

    @property
    def letters(self) -> dict[str, Array]:
        """By the letters of the catalogue, with the parts of the loss by the noise."""
        known = {"A": self.A, "b": self.b, "mu": self.mu, "L": self.L}
        loss = build("score_function").results["centred_loss"].right
        parts = {let.name: let.definition for let in loss.atoms(Let)}
        columns = predicted(parts["M"] * Vector("v"))(**known, v=np.eye(self.k))
        return {**known, "c": predicted(parts["c"])(**known), "M": columns.T}

    @property
    def loss(self) -> Loss:
        """The loss as functions of NumPy."""
        return (
            lambda z: np.einsum("...i,ij,...j->...", z, self.A, z) / 2 + z @ self.b,
            lambda z: z @ self.A + self.b,
        )


# ---------------------------------------------------------------- what is predicted


@cache
def predicted(expr: Any) -> Callable[..., Array]:
    """An expression of the catalogue as a function of its letters; entry i is read along a unit vector v."""
    v = Vector("v")
    expr = expr.replace(Component, lambda x, _: Inner(v, x)).replace(Cell, lambda matrix, *_: Inner(v, matrix * v))
    symbols = sorted((s for s in expr.free_symbols if not s.is_integer), key=str)
    function = generate("value", expr, symbols).load().value
    return lambda **values: function(*(np.asarray(values[str(s)], dtype=float) for s in symbols))


def result(derivation: str, chain: str, *, trace: bool = False) -> Callable[..., Array]:
    """What a chain of the catalogue shows; of a covariance the trace."""
    right = build(derivation).results[chain].right
    return predicted(normalize(Trace(right)) if trace else right)


def predictions(world: World) -> dict[str, dict[str, float]]:
    """The summed variances by mean and by factor: estimator -> the two."""
    known, unit = world.letters, np.eye(world.k)
    inverse = np.linalg.inv(world.L)
    rows, columns = np.tril_indices(world.k)
    mean = float(result("quadratic_loss", "mean")(**known))
    by_mean, by_factor = result("score_function", "variance_loc"), result("score_function", "variance_scale_tril")
    table: dict[str, dict[str, float]] = {}
    for name, delta in (("score function", mean), ("score function, baseline", 0.0)):
        values = {**known, "delta": delta}
        table[name] = {
            "loc": float(by_mean(**values, v=inverse.T).sum()),
            "scale_tril": float(by_factor(**values, v=inverse.T[rows], w=unit[columns]).sum()),
        }
    one_by_one = result("measure_valued", "variance_by_mean")(**known, v=unit)
    table["measure-valued"] = {"loc": float((one_by_one * (inverse**2).sum(axis=1)).sum())}
    table["pathwise"] = {
        "loc": float(result("quadratic_loss", "estimator_covariance", trace=True)(**known)),
        "scale_tril": float(
            result("quadratic_loss", "factor_estimator_variance")(**known, u=unit[rows], w=unit[columns]).sum()
        ),
    }
    return table


# ---------------------------------------------------------------- what is measured


def spread(estimates: Array) -> list[float]:
    """The variance summed over entries, and its standard error from batches."""
    flat = estimates.reshape(len(estimates), -1)
    squares = ((flat - flat.mean(axis=0)) ** 2).sum(axis=1)
    batches = squares[: len(squares) // BATCHES * BATCHES].reshape(BATCHES, -1).mean(axis=1)
    return [float(squares.mean()), float(batches.std(ddof=1) / np.sqrt(BATCHES))]


def draws_of(world: World, draws: int, rng: np.random.Generator) -> tuple[Array, Array, Array, Array]:
    """Noise, samples, and the parameters once for each draw: a gradient each, not their sum."""
    eps = rng.standard_normal((draws, world.k))
    loc = np.broadcast_to(world.mu, eps.shape)
    factor = np.broadcast_to(world.L, (draws, world.k, world.k))
    return eps, tril.rsample(loc, factor, eps), loc, factor


def measured(world: World, loss: Loss, draws: int, rng: np.random.Generator, mean: float) -> dict[str, Any]:
    """The spread of each estimator of the gradient of the mean loss, by mean and by factor."""
    value, slope = loss
    eps, z, loc, factor = draws_of(world, draws, rng)
    table: dict[str, Any] = {}
    for name, baseline in (("score function", 0.0), ("score function, baseline", mean)):
        by_mean, by_factor, _ = tril.vjp_log_prob(loc, factor, z, value(z) - baseline)
        table[name] = {"loc": spread(by_mean), "scale_tril": spread(by_factor)}
    by_mean, by_factor, _ = tril.vjp_rsample(loc, factor, eps, slope(z))
    table["pathwise"] = {"loc": spread(by_mean), "scale_tril": spread(by_factor)}
    table["measure-valued"] = {"loc": spread(_measure_valued(world, value, draws, rng))}
    return table


def _measure_valued(world: World, value: Callable[[Array], Array], draws: int, rng: np.random.Generator) -> Array:
    """One pair of evaluations for each coordinate of the noise, each with a draw of its own."""
    whitened = np.empty((draws, world.k))
    for i in range(world.k):
        eps, number = rng.standard_normal((draws, world.k)), rng.weibull(2, draws) * np.sqrt(2)
        sides = []
        for sign in (1, -1):
            eps[:, i] = sign * number
            sides.append(value(tril.rsample(world.mu, world.L, eps)))
        whitened[:, i] = (sides[0] - sides[1]) / np.sqrt(2 * np.pi)
    return whitened @ np.linalg.inv(world.L)


# ---------------------------------------------------------------- the four panels


def world_of(k: int) -> World:
    """One family for all dimensions: curvatures from 1/3 to 3, neighbours that belong together, a narrow law."""
    apart = np.abs(np.subtract.outer(np.arange(k), np.arange(k)))
    factor = 0.5 * np.eye(k) + 0.2 * np.eye(k, k=-1)
    return World(0.5**apart, np.ones(k), np.full(k, 0.5), factor)


def by_dimension(draws: int, rng: np.random.Generator) -> list[dict[str, Any]]:
    """The quadratic loss at growing dimension; the squared length of the true gradient is the measure."""
    rows = []
    for k in SIZES:
        world = world_of(k)
        known = world.letters
        slope = result("quadratic_loss", "grad_loc")(**known)
        factor = np.tril(world.A @ world.L)
        mean = float(result("quadratic_loss", "mean")(**known))
        rows.append(
            {
                "k": k,
                "squared": {"loc": float((slope**2).sum()), "scale_tril": float((factor**2).sum())},
                "predicted": predictions(world),
                "measured": measured(world, world.loss, draws, rng, mean),
            }
        )
    return rows


def losses(world: World, rng: np.random.Generator) -> dict[str, Loss]:
    """Beside the quadratic loss, some of which no variance is known."""
    points = rng.standard_normal((24, world.k))

    def cosine(pace: float) -> Loss:
        return lambda z: np.cos(pace * z).sum(-1), lambda z: -pace * np.sin(pace * z)

    def sigmoid(x: Array) -> Array:
        return 1 / (1 + np.exp(-x))

    return {
        "quadratic": world.loss,
        "logistic": (lambda z: np.logaddexp(0, z @ points.T).sum(-1), lambda z: sigmoid(z @ points.T) @ points),
        "slow waves": cosine(1.0),
        "fast waves": cosine(12.0),
    }


def by_loss(draws: int, rng: np.random.Generator) -> list[dict[str, Any]]:
    """Several losses at one dimension; the variance of the loss itself is the measure."""
    world = world_of(K)
    rows = []
    for name, loss in losses(world, rng).items():
        _, z, _, _ = draws_of(world, 4 * draws, rng)
        values = loss[0](z)
        row = {
            "loss": name,
            "variance of the loss": float(values.var()),
            "measured": measured(world, loss, draws, rng, float(values.mean())),
        }
        if name == "quadratic":
            row["predicted"] = predictions(world)
        rows.append(row)
    return rows


def near_target(draws: int, rng: np.random.Generator) -> list[dict[str, Any]]:
    """The bound's gradient by the mean, as the law comes to the posterior."""
    best = world_of(K)
    precision = np.linalg.inv(best.L @ best.L.T)
    quadratic = np.eye(K) - precision
    away, other = rng.standard_normal(K), np.tril(rng.standard_normal((K, K)))
    away, other = away / np.linalg.norm(away), other / np.linalg.norm(other)
    rows = []
    for distance in DISTANCES:
        mean, factor = best.mu + distance * best.L @ away, best.L @ (np.eye(K) + distance * other / 2)
        world = World((quadratic + quadratic.T) / 2, precision @ best.mu, mean, factor)
        names = {"divergence exact": "exact", "divergence sampled": "sampled", "without the score": "stuck"}
        expected = {
            name: float(result("elbo_estimators", f"covariance_{chain}", trace=True)(**world.letters))
            for name, chain in names.items()
        }
        rows.append({"distance": distance, "predicted": expected, "measured": _bound(world, draws, rng)})
    return rows


def _bound(world: World, draws: int, rng: np.random.Generator) -> dict[str, list[float]]:
    """The three estimates of the bound's gradient by the mean, and two of the bound with several draws."""
    value, slope = world.loss
    eps, z, loc, factor = draws_of(world, draws * DRAWS_OF_A_BOUND, rng)
    exact = slope(z) - tril.grad_kl_standard_normal(world.mu, world.L)[0]
    target = slope(z) - z
    sampled, _, _ = tril.vjp_rsample(loc, factor, eps, target)
    by_law, _, by_point = tril.grad_log_prob(loc, factor, z)
    stuck, _, _ = tril.vjp_rsample(loc, factor, eps, target - by_point)
    weight = value(z) - (z**2).sum(-1) / 2 - tril.log_prob(loc, factor, z)
    many = (draws, DRAWS_OF_A_BOUND)
    weight = weight.reshape(many)
    share = np.exp(weight - weight.max(axis=1, keepdims=True))
    share = (share / share.sum(axis=1, keepdims=True))[..., None]
    first = slice(0, draws)
    return {
        "divergence exact": spread(exact[first]),
        "divergence sampled": spread(sampled[first]),
        "without the score": spread(stuck[first]),
        "8 draws, with the score": spread((share * (stuck - by_law).reshape(*many, -1)).sum(axis=1)),
        "8 draws, doubly reparameterized": spread((share**2 * stuck.reshape(*many, -1)).sum(axis=1)),
    }


def main() -> None:
    """Measure, predict, print the largest deviation, and keep the numbers if that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=16_000)
    parser.add_argument("--seed", type=int, default=20140)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    found = {
        "seed": options.seed,
        "draws": options.draws,
        "by dimension": by_dimension(options.draws, rng),
        "by loss": by_loss(options.draws, rng),
        "near the target": near_target(options.draws, rng),
    }
    print("largest deviation, in standard errors:", round(max(deviations(found)), 2))
    if options.write:
        CACHE.write_text(json.dumps(_rounded(found), indent=1) + "\n", encoding="utf-8")


def deviations(found: dict[str, Any]) -> list[float]:
    """|measured - predicted| in standard errors, for whatever has a prediction."""
    pairs = []
    for row in (*found["by dimension"], *found["by loss"]):
        for name, parts in row.get("predicted", {}).items():
            pairs += [(value, *row["measured"][name][part]) for part, value in parts.items()]
    for row in found["near the target"]:
        pairs += [(value, *row["measured"][name]) for name, value in row["predicted"].items()]
    return [abs(got - value) / error for value, got, error in pairs]


def _rounded(value: Any) -> Any:
    """Six digits are more than a measurement holds."""
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return [_rounded(item) for item in value] if isinstance(value, list) else value


if __name__ == "__main__":
    main()
