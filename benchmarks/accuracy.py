"""How accurate is generated code? Errors in units of the last place against balls, beside the textbook form.

Run it as `python benchmarks/accuracy.py [--write]`; some minutes on one core. With `--write` the figures go to
`benchmarks/accuracy.json` and, as tables, to `docs/explanation/accuracy.md`; a test compares the two.
"""

from __future__ import annotations

import argparse
import importlib
import json
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np

from mvn_symbolic.catalogue.functions import functions
from mvn_symbolic.catalogue.parameterizations import PARAMETERIZATIONS
from mvn_symbolic.catalogue.registry import build
from mvn_symbolic.catalogue.setting import STANDARD
from mvn_symbolic.codegen.backends import BACKENDS as SPELLINGS
from mvn_symbolic.codegen.module import module_source
from mvn_symbolic.verify import rounding, signatures
from mvn_symbolic.verify.backends import BACKENDS
from mvn_symbolic.verify.oracles import arb, conditioning
from mvn_symbolic.verify.points import FROM_FACTOR

ROOT = Path(__file__).resolve().parent.parent
FIGURES = ROOT / "benchmarks" / "accuracy.json"
PAGE = ROOT / "docs" / "explanation" / "accuracy.md"
DIAGONAL = [name for name, to in PARAMETERIZATIONS.items() if to.is_diagonal]
FULL = [name for name in PARAMETERIZATIONS if name not in DIAGONAL]
DTYPES = ("float32", "float64")
CONDITIONS = {"float32": (1e1, 1e5), "float64": (1e1, 1e6, 1e12)}
SIZES = (2, 16, 64)
STEPS = {"value": 3, "gradient": 31}
"""Of the events of the grids, every so many: each truth of a gradient takes some hundred evaluations."""


def textbook(parameterization: str) -> ModuleType:
    """A NumPy module of the results before any rule rewrote them for accuracy."""
    to = PARAMETERIZATIONS[parameterization]
    wanted = [
        replace(one, value=build(to.page(one.name), STANDARD).results[to.chain(one.name)].right, differentiated=None)
        for one in functions(parameterization)
        if one.is_scalar
    ]
    module = ModuleType(f"textbook_{parameterization}")
    text = module_source("Textbook.", wanted, SPELLINGS["numpy"])
    exec(compile(text, module.__name__, "exec"), module.__dict__)  # noqa: S102 - text we have just written
    return module


def called(module: ModuleType, backend: str, name: str, arrays: list[np.ndarray], dtype: str) -> list[np.ndarray]:
    """The results of one function at one batch, flat."""
    library = BACKENDS[backend]
    with library.settings(np.dtype(dtype)), np.errstate(all="ignore"):
        found = getattr(module, name)(*(library.to_native(np.asarray(a, dtype)) for a in arrays))
        return [library.to_numpy(part) for part in (found if isinstance(found, tuple) else (found,))]


def one_coordinate(parameterization: str) -> list[dict]:
    """The worst errors of each scalar function and its gradients over each family of events."""
    rows = []
    modules = {backend: importlib.import_module(f"mvn_symbolic.{backend}.{parameterization}") for backend in BACKENDS}
    modules["textbook"] = textbook(parameterization)
    for function in signatures.SCALAR_FUNCTIONS:
        for dtype in DTYPES:
            for kind, step in STEPS.items():
                for family, label in enumerate(rounding.FAMILIES):
                    place = rounding.places(parameterization, function, dtype)[family]
                    arrays = [array[::step] for array in place.arrays]
                    true = rounding.truths(parameterization, function, dtype, kind, family, step)
                    name = function if kind == "value" else f"grad_{function}"
                    row = {"module": parameterization, "function": name, "dtype": dtype, "events": label}
                    for way, module in modules.items():
                        backend = "numpy" if way == "textbook" else way
                        errors = rounding.errors(called(module, backend, name, arrays, dtype), true, dtype)
                        row[way] = [_worst(errors.ulp), _worst(errors.beyond)]
                    rows.append(row)
                    print(row, flush=True)
    return rows


def _worst(errors: np.ndarray) -> float | str:
    worst = float(np.max(np.where(np.isnan(errors), np.inf, errors)))
    return float(f"{worst:.2g}") if np.isfinite(worst) else "inf"


def factor(k: int, condition: float, rng: np.random.Generator) -> np.ndarray:
    """A lower factor whose covariance has this condition number, its eigenvalues spread evenly on a log scale."""
    turn = np.linalg.qr(rng.standard_normal((k, k)))[0]
    half = turn * np.geomspace(1, condition**-0.5, k)
    lower = np.linalg.qr(half.T)[1].T
    return lower * np.sign(np.diag(lower))


def laws(parameterization: str, k: int, condition: float, rng: np.random.Generator) -> list[tuple[np.ndarray, ...]]:
    """The raw parameters of two laws whose covariances, or what is given, have about this condition number."""
    if parameterization == "low_rank":
        return [(rng.standard_normal((k, 2)), rng.uniform(1, 2, k) * k / condition) for _ in "pq"]
    # an inverse of such a covariance would not be positive definite any more: the factor is the inverse's
    kind = "covariance" if parameterization == "precision" else parameterization
    return [FROM_FACTOR[kind](factor(k, condition, rng)) for _ in "pq"]


def many_coordinates(parameterization: str) -> list[dict]:
    """Bits lost beyond what half an ulp of every argument takes, and the rounding of the textbook's terms."""
    rng, rows = np.random.default_rng(4), []
    modules = {backend: importlib.import_module(f"mvn_symbolic.{backend}.{parameterization}") for backend in BACKENDS}
    modules["textbook"] = textbook(parameterization)
    for dtype in DTYPES:
        for k in SIZES:
            for condition in CONDITIONS[dtype]:
                p, q = ((rng.standard_normal(k), *raw) for raw in laws(parameterization, k, condition, rng))
                row = {"module": parameterization, "dtype": dtype, "k": k, "condition": condition}
                worst = dict.fromkeys(modules, 0.0)
                extra = {"log_prob": [_sample(parameterization, p, rng)], "kl_divergence": list(q)}
                for function in signatures.SCALAR_FUNCTIONS:
                    names = signatures.arguments(parameterization, function)
                    given = zip(names, (*p, *extra.get(function, [])), strict=True)
                    arrays = [_rounded(name, array, dtype) for name, array in given]
                    unit = _allowed(parameterization, function, arrays, dtype, rng)
                    ball = arb.value(function, parameterization, *arrays)[()]
                    for way, module in modules.items():
                        backend = "numpy" if way == "textbook" else way
                        (found,) = called(module, backend, function, arrays, dtype)
                        error = arb.distance(float(found), ball) / unit
                        worst[way] = max(worst[way], error if np.isfinite(error) else np.inf)
                row |= {way: _bits(error) for way, error in worst.items()}
                rows.append(row)
                print(row, flush=True)
    return rows


def _bits(error: float) -> float | str:
    return round(float(np.log2(max(error, 2**-9))), 1) if np.isfinite(error) else "inf"


def _sample(parameterization: str, law: tuple[np.ndarray, ...], rng: np.random.Generator) -> np.ndarray:
    module = importlib.import_module(f"mvn_symbolic.numpy.{parameterization}")
    wanted = signatures.NOISES.get(parameterization, ("eps",))
    sizes = {"eps": law[0].shape[-1], "eps_factor": law[1].shape[-1]}
    return module.rsample(*law, *(rng.standard_normal(sizes[name]) for name in wanted))


def _rounded(name: str, array: np.ndarray, dtype: str) -> np.ndarray:
    """Exact in the dtype, and symmetric to the last bit where it is to be."""
    array = np.asarray(array, dtype).astype(np.float64)
    return _mirrored(array) if signatures.bare(name) in signatures.SYMMETRIC else array


def _mirrored(array: np.ndarray) -> np.ndarray:
    return np.tril(array) + np.tril(array, -1).T


def _allowed(parameterization: str, function: str, arrays: list, dtype: str, rng: np.random.Generator) -> float:
    """Half an ulp of every argument, all pulling one way, and of the terms of the textbook's sum."""
    half = float(np.finfo(dtype).eps) / 2
    count = sum(a.size for a in arrays)
    names = signatures.arguments(parameterization, function)
    moves = []
    for _ in range(4):
        signs = [rng.choice([-1.0, 1.0], size=a.shape) * np.abs(a) for a in arrays]
        both = zip(names, signs, strict=True)
        signs = [_mirrored(s) if signatures.bare(name) in signatures.SYMMETRIC else s for name, s in both]
        moves.append(float(arb.directional(function, parameterization, arrays, signs)[()]))
    moved = float(np.sqrt(count * np.mean(np.square(moves))))
    return half * (moved + conditioning.magnitude(function, parameterization, *arrays))


WAYS = ("numpy", "torch", "jax")


def tables(figures: dict) -> str:
    """The figures as they stand on the page: the worst library, and the textbook form beside it."""
    families = list(rounding.FAMILIES)
    parts = []
    for dtype in DTYPES:
        lines = [f"### {dtype}", "", "| Module | Function | " + " | ".join(f"{f} | textbook" for f in families) + " |"]
        lines.append("|---|---|" + "---:|" * 2 * len(families))
        rows = [row for row in figures["one coordinate"] if row["dtype"] == dtype]
        for module, function in dict.fromkeys((row["module"], row["function"]) for row in rows):
            found = {row["events"]: row for row in rows if (row["module"], row["function"]) == (module, function)}
            cells = []
            for family in families:
                ulp, beyond = (_worst_of([found[family][way][i] for way in WAYS]) for i in (0, 1))
                cells += [f"{ulp} ({beyond})", _written(found[family]["textbook"][0])]
            lines.append(f"| {module} | `{function}` | " + " | ".join(cells) + " |")
        parts.append("\n".join(lines))
    more = ["| Module | Precision | k | Condition | NumPy | torch | JAX | Textbook form |", "|---|---|" + "---:|" * 6]
    for row in figures["many coordinates"]:
        cells = [_written(row[way]) for way in (*WAYS, "textbook")]
        more.append(
            f"| {row['module']} | {row['dtype']} | {row['k']} | {row['condition']:.0e} | " + " | ".join(cells) + " |"
        )
    return "\n\n".join([*parts, "## Many coordinates", WORDS, "\n".join(more)]) + "\n"


WORDS = """Worst over the values of the four functions, at random laws: how many bits the error is above half an ulp of
every argument, all pulling one way, together with half an ulp of each term of the textbook's sum; below 0, fewer. By
`low_rank` the condition is how far two columns are above the diagonal."""


def _worst_of(errors: list) -> str:
    return _written("inf" if "inf" in errors else max(errors))


def _written(error: float | str) -> str:
    return error if isinstance(error, str) else f"{error:.2g}"


MARK = "<!-- figures: python benchmarks/accuracy.py --write -->"


def page(figures: dict) -> str:
    """The page with these figures in the place of those it has."""
    head = PAGE.read_text().split(MARK)[0]
    return head + MARK + "\n\n" + tables(figures)


def main() -> None:
    """Measure, and write where that is wanted."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="write the figures, and the page with them")
    parser.add_argument("--only", choices=[*DIAGONAL, *FULL], action="append", help="measure one module; repeatable")
    options = parser.parse_args()
    old = json.loads(FIGURES.read_text()) if options.only else {}
    figures = {}
    for part, names, measured in (
        ("one coordinate", DIAGONAL, one_coordinate),
        ("many coordinates", FULL, many_coordinates),
    ):
        wanted = [name for name in names if name in (options.only or names)]
        kept = [row for row in old.get(part, []) if row["module"] in names and row["module"] not in wanted]
        new = [row for name in wanted for row in measured(name)]
        figures[part] = sorted([*kept, *new], key=lambda row: names.index(row["module"]))
    if options.write:
        FIGURES.write_text(json.dumps(figures, indent=None).replace("}, {", "},\n{") + "\n")
        PAGE.write_text(page(figures))


if __name__ == "__main__":
    main()
