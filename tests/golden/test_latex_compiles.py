"""Every emitted LaTeX document compiles, and no formula runs off the page."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

import mvn_symbolic as mvn

ROOT = Path(__file__).parents[2]
MISSING = [program for program in ("latexmk", "pdflatex") if shutil.which(program) is None]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(MISSING), reason=f"not on PATH: {', '.join(MISSING)}"),
]

# A centimetre reaches into the margin, which is two and a half; more than that is cut off or looks broken.
OVERFULL_POINTS = 28.5


def compiled(text, folder):
    """Compile; return the exit status and the log."""
    (folder / "derivation.tex").write_text(text, encoding="utf-8")
    command = ["latexmk", "-pdf", "-interaction=nonstopmode", "-halt-on-error", "derivation.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace", check=False)
    log = folder / "derivation.log"
    return done.returncode, log.read_text(encoding="utf-8", errors="replace") if log.exists() else done.stdout


@pytest.mark.parametrize("name", mvn.list_derivations())
def test_document_compiles(name, tmp_path):
    status, log = compiled((ROOT / "derivations" / name / "derivation.tex").read_text(encoding="utf-8"), tmp_path)
    assert status == 0, log[-3000:]
    assert (tmp_path / "derivation.pdf").stat().st_size > 0
    assert not re.search(r"undefined|multiply defined|Missing character", log), log[-3000:]
    wide = [float(points) for points in re.findall(r"Overfull \\hbox \(([\d.]+)pt too wide\)", log)]
    assert max(wide, default=0.0) <= OVERFULL_POINTS


def test_a_document_that_is_wrong_is_seen(tmp_path):
    text = (ROOT / "derivations" / "entropy" / "derivation.tex").read_text(encoding="utf-8")
    status, _ = compiled(text.replace(r"\end{document}", r"$\nosuchcommand$\end{document}"), tmp_path)
    assert status != 0
