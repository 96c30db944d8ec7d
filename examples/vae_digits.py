"""A variational autoencoder on handwritten digits, trained by generated closed-form code.

The draw z and the KL term come from `mvn_symbolic.torch.logvar`, forward and backward. `--reference` trains the
same network on torch.distributions and autograd instead; `--compare` trains both and checks every loss.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn

try:
    import matplotlib
    import numpy as np
    import torch
    from matplotlib.figure import Figure
    from rich import console, progress
    from sklearn.datasets import load_digits
    from torch import Tensor, nn
    from torch.distributions import Normal, kl_divergence

    from mvn_symbolic.torch import logvar as gaussian
except ImportError as error:
    print(f"vae_digits: needs the extra mvn_symbolic[demo]: {error}", file=sys.stderr)
    raise SystemExit(2) from None

LATENT, HIDDEN, TRAINING = 8, 128, 1545  # of the 1,797 images; the next ten are a 0, a 1, ... and a 9
LOOK = {"reference": ("#8fcdf0", 4.0), "generated": ("#b34700", 0.8)}  # colour and width; safe for colour-blind eyes


def generated(loc: Tensor, logvar: Tensor) -> tuple[Tensor, Tensor]:
    """Draw z ~ N(loc, exp(logvar)), and its KL to N(0, I); both bring their derived gradients."""
    eps = torch.randn_like(loc)
    return gaussian.rsample(loc, logvar, eps), gaussian.kl_standard_normal(loc, logvar)


def reference(loc: Tensor, logvar: Tensor) -> tuple[Tensor, Tensor]:
    """The same by torch.distributions and autograd; from the same seed it draws the same eps."""
    q, prior = Normal(loc, (logvar / 2).exp()), Normal(torch.zeros_like(loc), torch.ones_like(loc))
    return q.rsample(), kl_divergence(q, prior).sum(-1)


def train(posterior: Callable, x: Tensor, options: argparse.Namespace) -> tuple[nn.Module, nn.Module, np.ndarray]:
    """Train from the seed; return encoder, decoder and the loss of each step, in nats per image."""
    torch.manual_seed(options.seed)
    encoder = nn.Sequential(nn.Linear(64, HIDDEN), nn.SiLU(), nn.Linear(HIDDEN, 2 * LATENT)).double()
    decoder = nn.Sequential(nn.Linear(LATENT, HIDDEN), nn.SiLU(), nn.Linear(HIDDEN, 64)).double()
    optimizer, losses = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=2e-3), []
    for _ in progress.track(range(options.epochs), posterior.__name__, console=console.Console(stderr=True)):
        for batch in torch.randperm(len(x)).split(options.batch_size):
            loc, logvar = encoder(x[batch]).chunk(2, dim=-1)
            z, kl = posterior(loc, logvar)
            misfit = nn.functional.binary_cross_entropy_with_logits(decoder(z), x[batch], reduction="none").sum(-1)
            loss = (16 * misfit + kl).mean()  # 16, for a pixel counts how many of 16 dots have ink, each a Bernoulli
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    print(f"{posterior.__name__}: {losses[0]:.2f} -> {losses[-1]:.2f} nats per image in {len(losses)} steps")
    return encoder, decoder, np.array(losses)


def measure(curves: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return the relative gap of the losses at each step, and how much of it rounding explains.

    The runs differ in how z and KL round: about 8 operations an entry and a sum of LATENT entries, each off by half an
    epsilon, in either run. Weights carry old errors on, so step t holds t + 1 of these, if training does not amplify.
    """
    gap = abs(curves["generated"] - curves["reference"]) / curves["reference"]
    return gap, (8 + LATENT) * np.finfo(float).eps * np.arange(1, len(gap) + 1)


def draw(curves: dict[str, np.ndarray], pictures: dict[str, Tensor], folder: Path) -> None:
    """Draw the losses and the digits, as SVG and PNG."""
    matplotlib.rcParams.update({"svg.hashsalt": "vae_digits", "font.size": 9, "ytick.minor.size": 0})
    matplotlib.rcParams.update({"axes.titlelocation": "left", "axes.spines.top": False, "axes.spines.right": False})
    figure = Figure(figsize=(8, 4), dpi=200, layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=(1.1, 1), wspace=0.04)
    plots = left.subplots(len(curves), squeeze=False, sharex=True, height_ratios=(3, 2)[: len(curves)])[:, 0]
    plots[0].set(title="Loss, nats per image")
    plots[-1].set(xlabel="training step")
    for run, losses in curves.items():
        plots[0].plot(losses, color=LOOK[run][0], linewidth=LOOK[run][1], label=run)
    if len(curves) == 2:
        gap, limit = measure(curves)
        plots[1].set(title=f"Relative gap: zero at {(gap == 0).mean():.0%} of the steps")
        plots[1].semilogy(limit, color="#6b6b6b", label="allowed for rounding")
        plots[1].semilogy(np.where(gap, gap, np.nan), ".", color=LOOK["generated"][0], markersize=2, label="found")
    for plot in plots:
        plot.legend(frameon=False)
    panels = right.subplots(len(pictures), height_ratios=[len(images) for images in pictures.values()])
    for panel, (title, images) in zip(panels, pictures.items(), strict=True):
        cells = nn.functional.pad(images.detach().view(-1, 10, 8, 8), (0, 1, 0, 1))  # ten a row, white between them
        panel.imshow(cells.transpose(1, 2).reshape(-1, 90).numpy()[:-1, :-1], cmap="gray_r", vmin=0, vmax=1)
        panel.set(title=title, xticks=[], yticks=[], frame_on=False, anchor="N")
    figure.savefig(folder / "vae_digits.svg", metadata={"Date": None})
    figure.savefig(folder / "vae_digits.png", metadata={"Software": None})


def stop(message: str, status: int = 2) -> NoReturn:
    """End with one line and an exit status: 2 for wrong use, 1 for a failed check."""
    print(f"vae_digits: {message}", file=sys.stderr)
    raise SystemExit(status)


def main(argv: list[str] | None = None) -> None:
    """Train, draw and compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.error = stop
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--reference", action="store_true", help="train on torch.distributions and autograd instead")
    which.add_argument("--compare", action="store_true", help="train on both, and fail where their losses differ")
    parser.add_argument("--epochs", type=int, default=40, help="passes over the images (%(default)s)")
    parser.add_argument("--batch-size", type=int, default=50, help="images a step (%(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of weights, order and draws (%(default)s)")
    parser.add_argument("--out", type=Path, default=Path("build/vae_digits"), help="folder to write to (%(default)s)")
    options = parser.parse_args(argv)
    for name, low, high in ("epochs", 1, 100_000), ("batch_size", 1, TRAINING), ("seed", 0, 2**63 - 1):
        if not low <= getattr(options, name) <= high:
            stop(f"--{name.replace('_', '-')} must be from {low} to {high}, not {getattr(options, name)}")
    x, ten, _ = (torch.tensor(load_digits().data) / 16).split([TRAINING, 10, 242])
    runs = [reference, generated] if options.compare else [reference] if options.reference else [generated]
    curves = {}
    try:
        options.out.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=options.out) as beside:
            for run in runs:
                encoder, decoder, curves[run.__name__] = train(run, x, options)
            pictures = {"Digits the training never saw": ten}
            pictures[f"Rebuilt from {LATENT} numbers each"] = decoder(encoder(ten)[:, :LATENT]).sigmoid()
            pictures["New digits, drawn from the prior"] = decoder(torch.randn(60, LATENT).double()).sigmoid()
            draw(curves, pictures, Path(beside))
            for path in sorted(Path(beside).iterdir()):
                print(f"wrote {path.replace(options.out / path.name)}")
    except OSError as error:
        stop(f"cannot write to {options.out}: {error}")
    if options.compare:
        gap, limit = measure(curves)
        agree = gap <= limit  # and so a NaN disagrees
        if not agree.all():
            t = agree.argmin()
            where = f"the {'gradients' if t else 'values'} of rsample or kl_standard_normal are wrong"
            stop(f"the losses part at step {t}, so {where}: gap {gap[t]:.1e}, allowed {limit[t]:.1e}", status=1)
        print(f"the losses agree at all {len(gap)} steps: gap {gap.max():.1e}, allowed {limit[0]:.1e} a step")


if __name__ == "__main__":
    main()
