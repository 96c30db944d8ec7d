"""How fast generated torch code is against torch.distributions with autograd: value and gradients, one thread, the CPU.

    python benchmarks/generated_vs_torch.py [--batch 64 1024] [--event 8 32] [--rounds 21] [--dtype float32]

All ways of one case run interleaved, in a fresh random order each round; a ratio is the median of the ratios within
rounds, with its 10 % and 90 % points. Time is the processor's, so that other programs on the machine matter less.
Every way is compared with float64 before it is timed. Above 1 means that the generated code is faster.
"""

import argparse
import gc
import importlib
import random
import statistics
import time
from dataclasses import dataclass

import torch
from torch.distributions import Independent, MultivariateNormal, Normal, kl_divergence

from mvn_symbolic.catalogue.functions import functions
from mvn_symbolic.codegen.program import programs

SECONDS_PER_SAMPLE = 2e-3


def normal(kind, loc, scale):
    """The distribution a user would build; validation is off, as it costs a third of the time."""
    if kind == "tril":
        return MultivariateNormal(loc, scale_tril=scale, validate_args=False)
    deviation = torch.exp(0.5 * scale) if kind == "logvar" else scale
    return Independent(Normal(loc, deviation, validate_args=False), 1, validate_args=False)


def standard(kind, like):
    """N(0, I) of the same family."""
    zero = torch.zeros_like(like)
    if kind == "tril":
        return normal(kind, zero, torch.eye(like.shape[-1], dtype=like.dtype).expand(*like.shape, like.shape[-1]))
    return normal("diag", zero, torch.ones_like(like))


#: function -> what a user of torch.distributions would write
THEIRS = {
    "rsample": lambda kind, loc, scale, eps: (
        loc + (scale @ eps[..., None])[..., 0]
        if kind == "tril"
        else loc + (torch.exp(0.5 * scale) if kind == "logvar" else scale) * eps
    ),
    "log_prob": lambda kind, loc, scale, value: normal(kind, loc, scale).log_prob(value),
    "entropy": lambda kind, loc, scale: normal(kind, loc, scale).entropy(),
    "kl_divergence": lambda kind, *a: kl_divergence(normal(kind, *a[:2]), normal(kind, *a[2:])),
    "kl_standard_normal": lambda kind, loc, scale: kl_divergence(normal(kind, loc, scale), standard(kind, loc)),
}


@dataclass(frozen=True)
class Case:
    """One function of one parameterization at one size."""

    kind: str
    name: str
    batch: int
    event: int
    dtype: torch.dtype

    def arguments(self):
        """Random parameters, each a leaf that wants its gradient."""
        arguments = self._parameters()
        if self.name == "kl_divergence":
            arguments += self._parameters()
        elif self.name in {"rsample", "log_prob"}:
            arguments.append(self._vector())
        return [argument.requires_grad_() for argument in arguments]

    def ways(self, arguments):
        """What is compared: names, and calls that return the value and the gradients."""
        module = importlib.import_module(f"mvn_symbolic.torch.{self.kind}")
        ours, theirs = getattr(module, self.name), THEIRS[self.name]
        ways = {
            "torch.distributions": lambda: _with_gradients(theirs(self.kind, *arguments), arguments),
            "generated": lambda: _with_gradients(ours(*arguments), arguments),
        }
        both = getattr(module, f"value_and_grad_{self.name}", None)
        if both is not None:
            plain = [argument.detach() for argument in arguments]
            ways["value_and_grad"] = lambda: both(*plain)
        return ways

    def check(self, arguments):
        """Compare every way with the first one in float64; condition numbers here are far below 1e4."""
        exact = [argument.detach().double().requires_grad_() for argument in arguments]
        value, gradients = self.ways(exact)["torch.distributions"]()
        for name, way in self.ways(arguments).items():
            found, slopes = way()
            torch.testing.assert_close(
                found.double(), value, rtol=1e-3, atol=1e-3, msg=lambda m, name=name: f"{name}: {m}"
            )
            for slope, gradient in zip(slopes, gradients, strict=True):
                if gradient is not None and slope is not None:
                    lower = gradient.tril() if gradient.dim() == 3 else gradient
                    below = slope.tril() if slope.dim() == 3 else slope
                    torch.testing.assert_close(below.double(), lower, rtol=1e-2, atol=1e-2)

    def _vector(self):
        return torch.randn(self.batch, self.event, dtype=self.dtype)

    def _parameters(self):
        if self.kind == "tril":
            strict = 0.3 / self.event**0.5 * torch.randn(self.batch, self.event, self.event, dtype=self.dtype).tril(-1)
            return [
                self._vector(),
                strict + torch.diag_embed(0.5 + torch.rand(self.batch, self.event, dtype=self.dtype)),
            ]
        scale = self._vector()
        return [self._vector(), scale.exp() if self.kind == "diag" else scale]


def _with_gradients(value, arguments):
    return value, torch.autograd.grad(value.sum(), arguments, allow_unused=True)


def measure(ways, rounds):
    """Seconds of each way in each round."""
    repeats = {}
    for name, way in ways.items():
        way()
        start = time.thread_time()
        way()
        repeats[name] = max(1, int(SECONDS_PER_SAMPLE / max(time.thread_time() - start, 1e-6)))
    seconds = {name: [] for name in ways}
    names = list(ways)
    gc.disable()
    try:
        for _ in range(rounds):
            random.shuffle(names)
            for name in names:
                start = time.thread_time()
                for _ in range(repeats[name]):
                    ways[name]()
                seconds[name].append((time.thread_time() - start) / repeats[name])
    finally:
        gc.enable()
    return seconds


def spread(ratios):
    """Median, and the 10 % and 90 % points."""
    ordered = sorted(ratios)
    low, high = ordered[len(ordered) // 10], ordered[-1 - len(ordered) // 10]
    return f"{statistics.median(ordered):5.2f} [{low:.2f}-{high:.2f}]"


def print_counts():
    """How many operations each program has, and how many of them solve or multiply matrices."""
    print("\noperations, of them solves + matrix products: value / value_and_grad / vjp / jvp")
    for kind in ("diag", "logvar", "tril"):
        for function in functions(kind):
            cells = []
            for program in programs(function):
                if program.variant in {"value", "value_and_grad", "vjp", "jvp"}:
                    counts = program.operations.counts()
                    heavy = sum(n for opcode, n in counts.items() if opcode.startswith(("solve", "mat")))
                    cells.append(f"{counts.total()} ({heavy})")
            print(f"  {kind + '.' + function.name:28}{'  '.join(f'{cell:>8}' for cell in cells)}")


def main():
    """Run all cases and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch", type=int, nargs="+", default=[64, 1024])
    parser.add_argument("--event", type=int, nargs="+", default=[8, 32])
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--dtype", choices=["float32", "float64"], default="float32")
    options = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(1)
    print(
        f"torch {torch.__version__}, {options.dtype}, one thread; td: torch.distributions without validation, autograd"
    )
    print(f"{'':28}{'B':>6}{'k':>5}{'td, us':>10}   {'generated':22}{'value_and_grad'}")
    for kind in ("diag", "logvar", "tril"):
        for name in THEIRS:
            for batch in options.batch:
                for event in options.event:
                    case = Case(kind, name, batch, event, getattr(torch, options.dtype))
                    arguments = case.arguments()
                    case.check(arguments)
                    seconds = measure(case.ways(arguments), options.rounds)
                    base = seconds.pop("torch.distributions")
                    cells = [spread([b / s for b, s in zip(base, way, strict=True)]) for way in seconds.values()]
                    label = f"{kind}.{name}"
                    print(
                        f"{label:28}{batch:>6}{event:>5}{1e6 * statistics.median(base):>10.0f}   "
                        + "".join(f"{cell:22}" for cell in cells),
                        flush=True,
                    )
    print_counts()


if __name__ == "__main__":
    main()
