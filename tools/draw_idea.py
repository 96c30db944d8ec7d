"""Draw the picture of the one idea: a premise, checked steps, and what is made from the result. No arguments.

Its formulas are fetched from the derivation they belong to. Writes docs/_static/idea-light.svg and idea-dark.svg.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch

import mvn_symbolic
from mvn_symbolic.derivation.grouping import groups_of
from mvn_symbolic.derivation.model import Equation
from mvn_symbolic.derivation.words import badge
from mvn_symbolic.discovery import backend_names
from mvn_symbolic.notation.latex import latex, latex_equation

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "_static"
WIDTH, HEIGHT = 12.2, 4.55


@dataclass(frozen=True)
class Colours:
    """What a background asks for."""

    ink: str
    muted: str
    line: str
    card: str
    accent: str
    good: str
    bad: str


THEMES = {
    "light": Colours("#1c2024", "#60646c", "#cdced6", "#f9f9fb", "#3451b2", "#18794e", "#c62a2f"),
    "dark": Colours("#edeef0", "#b0b4ba", "#43484e", "#1b1d20", "#8da4ef", "#4cc38a", "#ff8b8b"),
}


def math(formula: str) -> str:
    """The formula in the part of LaTeX that matplotlib sets."""
    formula = re.sub(r"\\(?:Bigg|bigg|Big|big)l", r"\\left", formula)
    formula = re.sub(r"\\(?:Bigg|bigg|Big|big)r", r"\\right", formula)
    for ours, theirs in ((r"\tfrac12", r"\frac{1}{2}"), (r"\frac", r"\dfrac"), (r"^{\top}", r"^{\!\!\top}")):
        formula = formula.replace(ours, theirs)
    return f"${formula}$"


class Picture:
    """A canvas in inches, the origin at the lower left."""

    def __init__(self, colours: Colours) -> None:
        self.colours = colours
        self.figure = Figure(figsize=(WIDTH, HEIGHT))
        self.axes = self.figure.add_axes((0, 0, 1, 1))
        self.axes.set_xlim(0, WIDTH)
        self.axes.set_ylim(0, HEIGHT)
        self.axes.axis("off")

    def card(self, left: float, bottom: float, width: float, height: float, title: str) -> None:
        """A box with a title above it."""
        style = "round,pad=0,rounding_size=0.12"
        box = FancyBboxPatch(
            (left, bottom), width, height, boxstyle=style, fc=self.colours.card, ec=self.colours.line, lw=1.2
        )
        self.axes.add_patch(box)
        self.text(left + 0.02, bottom + height + 0.16, title, size=10.5, colour=self.colours.muted)

    def text(self, x: float, y: float, text: str, *, size: float = 11, colour: str = "", **options: Any) -> None:
        """Words or a formula, centred in height."""
        options = {"ha": "left", "va": "center", **options}
        self.axes.text(x, y, text, fontsize=size, color=colour or self.colours.ink, **options)

    def arrow(self, start: tuple[float, float], end: tuple[float, float], *, bend: float = 0.0) -> None:
        """From one thing to what is made from it."""
        self.axes.add_patch(
            FancyArrowPatch(
                start,
                end,
                arrowstyle="-|>,head_length=5,head_width=3",
                connectionstyle=f"arc3,rad={bend}",
                color=self.colours.accent,
                lw=1.8,
                shrinkA=0,
                shrinkB=0,
            )
        )

    def save(self, path: Path) -> None:
        """Write the picture; the same bytes every time."""
        self.figure.savefig(path, transparent=True, metadata={"Date": None, "Creator": None})


def draw(theme: str) -> Path:
    """Draw one theme."""
    picture = Picture(THEMES[theme])
    derivation = mvn_symbolic.derive("pathwise_gradient")
    premise = next(item.equation for item in derivation.premise if item.equation is not None)
    _premise(picture, latex_equation(*premise))
    _steps(picture, derivation)
    _outcomes(picture, derivation.results["grad_scale_tril"])
    path = FOLDER / f"idea-{theme}.svg"
    picture.save(path)
    return path


def _premise(picture: Picture, formula: str) -> None:
    picture.card(0.25, 1.62, 2.15, 1.3, "premise")
    picture.text(1.325, 2.45, math(formula), size=17, ha="center")
    noise = mvn_symbolic.symbol("eps")
    picture.text(1.325, 1.95, math(rf"{latex(noise)} \sim \mathcal{{N}}(0, I)"), size=13, ha="center")
    picture.arrow((2.5, 2.27), (3.15, 2.27))


def _steps(picture: Picture, derivation: mvn_symbolic.Derivation) -> None:
    colours = picture.colours
    picture.card(3.25, 0.35, 4.3, 3.85, "derivation: each step computed, then judged")
    wanted = ("differential_scale_tril", "grad_scale_tril")
    chains = [chain for chain in derivation.chains if chain.name in wanted]
    group = next(group for group in groups_of(derivation.chains) if chains[0] in group.chains)
    rows: list[tuple[str, str]] = [(latex(group.start_of(chains[0])), "")]
    rows += [("= " + latex(step.after), badge(step.verdict)) for step in chains[0].steps]
    rows += [
        (latex(group.start_of(chains[1])) + " = " + latex(step.after), badge(step.verdict)) for step in chains[1].steps
    ]
    top, gap = 3.7, 0.95
    picture.axes.plot([3.65, 3.65], [top - gap * (len(rows) - 1), top], color=colours.line, lw=1.5, zorder=2)
    for number, (formula, verdict) in enumerate(rows):
        y = top - gap * number
        picture.axes.add_patch(Circle((3.65, y), 0.15, fc=colours.card, ec=colours.accent, lw=1.3, zorder=3))
        picture.text(
            3.65, y - 0.01, str(number) if number else "?", size=9, colour=colours.accent, ha="center", zorder=4
        )
        picture.text(3.98, y, math(formula), size=14.5)
        if verdict:
            picture.text(7.38, y - 0.01, f"✓ {verdict}", size=8.5, colour=colours.good, ha="right")


def _outcomes(picture: Picture, result: Equation) -> None:
    colours = picture.colours
    left, width = 8.45, 3.5
    for y, bend in ((3.6, -0.12), (2.27, 0.0), (0.95, 0.12)):
        picture.arrow((7.65, 2.27), (left - 0.1, y), bend=bend)
    picture.card(left, 3.1, width, 0.98, "page: LaTeX, Markdown, HTML")
    picture.text(left + width / 2, 3.59, math(latex_equation(*result)), size=14, ha="center")
    picture.card(left, 1.73, width, 0.98, f"code: {', '.join(backend_names())}; stands alone")
    for row, line in enumerate(_code()):
        picture.text(left + 0.15, 2.48 - 0.255 * row, line, size=7.6, family="monospace")
    picture.card(left, 0.36, width, 0.98, "verdict: on every step and every function")
    picture.text(left + 0.18, 1.02, f"✓ with the tril: {_told(result)}", size=10, colour=colours.good)
    without = Equation(result.left, result.right.args[0])
    picture.text(left + 0.18, 0.68, f"✗ without the tril: {_told(without)}", size=10, colour=colours.bad)


def _told(claim: Equation) -> str:
    """What the judge says of a claim."""
    verdict = mvn_symbolic.verify(*claim)
    if verdict.status == "refuted":
        return f"refuted at k = {verdict.tested_at[-1]}"
    return badge(verdict)


def _code() -> list[str]:
    """The lines of the generated function that hold the result in the picture."""
    path = Path(mvn_symbolic.__file__).parent / "generated" / "torch" / "tril.py"
    module = ast.parse(path.read_text(encoding="utf-8"))
    function = next(node for node in module.body if isinstance(node, ast.FunctionDef) and node.name == "vjp_rsample")
    arguments = ", ".join(argument.arg for argument in function.args.args)
    (value,) = (node.value for node in function.body if isinstance(node, ast.Assign) and "eps[" in ast.unparse(node))
    left, sign, right = ast.unparse(value).partition(" * ")
    return [f"def {function.name}({arguments}):", f"    {left}", f"       {sign}{right}"]


def main() -> None:
    """Draw both themes."""
    mpl.rcParams.update({"svg.hashsalt": "mvn_symbolic", "svg.fonttype": "path", "mathtext.fontset": "cm"})
    FOLDER.mkdir(parents=True, exist_ok=True)
    for theme in THEMES:
        print(draw(theme).relative_to(FOLDER.parent.parent))


if __name__ == "__main__":
    main()
