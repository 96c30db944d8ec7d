"""Floor 4: a derivation as a LaTeX document that compiles on its own. Only how blocks look in LaTeX lives here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from mvn_symbolic.derivation.model import Derivation
from mvn_symbolic.derivation.page import Block, Caption, Formula, Heading, Items, Paragraph, StepBlock, Where, page
from mvn_symbolic.derivation.prose import capitalised, set_prose
from mvn_symbolic.notation.latex_width import width

__all__ = ["results_latex", "to_latex"]

_PREAMBLE = r"""\documentclass[11pt, fleqn]{article}
\usepackage[PAPER, margin=2.5cm]{geometry}
\usepackage{amsmath, amssymb}
\usepackage{xcolor}
\allowdisplaybreaks
\setlength{\parindent}{0pt}
\setlength{\mathindent}{2em}
\setlength{\parskip}{0.6em}
\setcounter{secnumdepth}{0}
% A step: its number, what was done, and in grey what it rests on.
\newcommand{\step}[3]{\intertext{\textbf{#1.}\enspace #2%
  \endgraf\vspace{-0.4em}{\small\color{gray}#3}}}
"""

#: Letters that pdfLaTeX does not find in its text fonts.
_AS_MATHEMATICS = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "varepsilon", "θ": "theta", "λ": "lambda",
    "μ": "mu", "π": "pi", "ρ": "rho", "σ": "sigma", "φ": "phi", "Λ": "Lambda", "Σ": "Sigma", "Φ": "Phi",
    "∇": "nabla", "∂": "partial", "≥": "ge", "≤": "le", "≠": "ne", "→": "to", "∈": "in", "·": "cdot", "×": "times",
    "−": "-", "½": "tfrac12", "²": "^2", "⊤": "top", "⊙": "odot", "‖": "|", "∞": "infty", "√": "surd",
}  # fmt: skip
_SPECIAL = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}


#: Letters that a line holds on a page that stands upright, and on one that lies on its side.
_UPRIGHT, _SIDEWAYS = 75, 117


def to_latex(derivation: Derivation) -> str:
    """The whole document."""
    blocks, paper = page(derivation, limit=_UPRIGHT), "a4paper"
    if max(map(_width, _alignments(blocks)), default=0) > 1.1 * _UPRIGHT:
        blocks, paper = page(derivation, limit=_SIDEWAYS), "a4paper, landscape"
    body = "\n\n".join(_body(blocks))
    head = f"{{\\LARGE\\bfseries {_text(derivation.title)}\\par}}\n\n{_text(derivation.summary)}"
    preamble = _PREAMBLE.replace("PAPER", paper)
    return f"{preamble}\n\\begin{{document}}\n\n{head}\n\n{body}\n\n\\end{{document}}\n"


def _alignments(blocks: Iterable[Block]) -> Iterator[list[str]]:
    """The lines that share one alignment: a formula and the steps that go on from it."""
    lines: list[str] = []
    for block in blocks:
        if isinstance(block, Formula):
            yield lines
            lines = list(block.lines)
        elif isinstance(block, StepBlock):
            lines += block.formula.lines
    yield lines


def _width(lines: Sequence[str]) -> float:
    """Of an alignment: what is widest left of the marks, and right of them."""
    sides = [line.partition("&") for line in lines]
    return sum(max((width(side[part]) for side in sides), default=0.0) for part in (0, 2))


def results_latex(derivation: Derivation) -> str:
    """The results alone, as one display."""
    formulas = [block for block in page(derivation, parts=("result",)) if isinstance(block, Formula)]
    rows = Formula(tuple(line for formula in formulas for line in formula.lines)).rows
    return f"\\begin{{aligned}}\n{rows}\n\\end{{aligned}}"


def _body(blocks: Sequence[Block]) -> Iterator[str]:
    """The blocks; a chain's start and its steps share one alignment."""
    rest = list(blocks)
    while rest:
        block = rest.pop(0)
        if isinstance(block, Formula) and rest and _continues(rest):
            yield _chain(block, rest)
        else:
            yield _shown(block)


def _continues(rest: Sequence[Block]) -> bool:
    after_where = rest[1:] if isinstance(rest[0], Where) else rest
    return bool(after_where) and isinstance(after_where[0], StepBlock)


def _chain(start: Formula, rest: list[Block]) -> str:
    """The alignment that begins with `start`; takes the steps off the front of `rest`."""
    rows = [start.rows]
    if isinstance(rest[0], Where):
        rows.append(f"\\intertext{{{_shown(rest.pop(0))}}}")
    while rest and isinstance(rest[0], StepBlock):
        block = rest.pop(0)
        assert isinstance(block, StepBlock)
        notes = [block.badge, f"rule: {block.rule}"]
        notes += [f"needs: {block.condition}"] * bool(block.condition)
        notes += [f"source: {block.source}"] * bool(block.source)
        grey = "; ".join(_text(note) for note in notes)
        rows.append(f"\\step{{{block.number}}}{{{_text(capitalised(block.reason))}}}{{{grey}}}")
        rows.append(block.formula.rows)
        if block.where.definitions:
            rows.append(f"\\intertext{{{_shown(block.where)}}}")
    last_where = ""
    if rows[-1].startswith("\\intertext"):
        last_where = "\n\n" + rows.pop()[len("\\intertext{") : -1]
    return "\\begin{align*}\n" + _rows(rows) + "\n\\end{align*}" + last_where


def _rows(rows: Iterable[str]) -> str:
    """Formula rows end with a line break unless nothing but text follows."""
    rows = list(rows)
    text = ""
    for row, following in zip(rows, [*rows[1:], ""], strict=True):
        is_text = row.startswith(("\\step", "\\intertext"))
        text += row + ("" if is_text or not following else " \\\\") + ("\n" if following else "")
    return text


def _shown(block: Block) -> str:
    match block:
        case Heading(text, level):
            return f"\\{'sub' * (level - 1)}section*{{{_text(text)}}}"
        case Paragraph(text):
            return _text(capitalised(text))
        case Caption(text):
            return f"\\textbf{{{_text(capitalised(text))}.}}"
        case Items(texts):
            return "\\begin{itemize}\n" + "\n".join(f"\\item {_text(text)}" for text in texts) + "\n\\end{itemize}"
        case Formula():
            return f"\\begin{{align*}}\n{block.rows}\n\\end{{align*}}"
        case Where():
            return block.sentence(lambda formula: f"${formula}$")
        case StepBlock():  # a step stands in its chain's alignment
            raise AssertionError(block)


def _text(text: str) -> str:
    """Prose, safe in LaTeX."""
    return set_prose(text, _plain, lambda code: rf"\texttt{{{_plain(code)}}}", lambda formula: f"${formula}$")


def _plain(text: str) -> str:
    def one(letter: str) -> str:
        if letter in "&%$#_{}":
            return f"\\{letter}"
        name = _AS_MATHEMATICS.get(letter)
        if name is not None:
            return f"${name if name in {'-', '^2'} else chr(92) + name}$"
        return _SPECIAL.get(letter, letter)

    return "".join(map(one, text))
