"""The same input gives the same bytes: in every process, for every hash seed, on every day."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from mvn_symbolic.codegen.backends import BACKENDS

ROOT = Path(__file__).parents[2]
OUTPUTS = [ROOT / "derivations", *(ROOT / "mvn_symbolic" / place for place in ("generated", *BACKENDS))]

# A derivation, and the largest module for each backend; judged steps are in it, as in what is committed.
MAKE = """
import hashlib, json
from mvn_symbolic import derive
from mvn_symbolic.codegen.tree import generate
from mvn_symbolic.derivation.render import files_of
files = {**files_of(derive("entropy")), **generate(["tril"])}
print(json.dumps({name: hashlib.sha256(text.encode()).hexdigest() for name, text in files.items()}))
"""
SEEDS = ("0", "1", "2")

# A date, a time of day, a day of the week with a month, or a folder of somebody's machine.
TRACES = re.compile(
    r"\b20\d\d-\d\d-\d\d\b|\b\d\d:\d\d:\d\d\b|\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun),? [A-Z]?[a-z]* ?\d"
    r"|/(tmp|home|root|Users)/|\b0x[0-9a-f]{8,}\b"
)


@pytest.fixture(scope="module")
def runs():
    """What each process wrote, as hashes by file name; the processes run side by side."""
    started = [
        subprocess.Popen(
            [sys.executable, "-c", MAKE],
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for seed in SEEDS
    ]
    results = []
    for process in started:
        out, error = process.communicate()
        assert process.returncode == 0, error
        results.append(json.loads(out))
    return results


@pytest.mark.slow
@pytest.mark.parametrize("run", range(1, len(SEEDS)))
def test_bytes_are_the_same_for_every_process_and_hash_seed(runs, run):
    assert runs[0].keys() == runs[run].keys()
    assert {f"generated/{backend}/tril.py" for backend in BACKENDS} <= runs[0].keys()
    differ = [name for name in runs[0] if runs[0][name] != runs[run][name]]
    assert not differ, f"PYTHONHASHSEED={SEEDS[run]} gives other bytes for: {', '.join(differ)}"


def test_outputs_carry_no_date_and_no_machine():
    found = []
    for folder in OUTPUTS:
        for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"):
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
                if match := TRACES.search(line):
                    found.append(f"{path.relative_to(ROOT)}:{number}: {match.group()}")
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "text", ["made 2026-11-22", "at 09:30:01", "Sun Nov 22", "see /tmp/x", "<object at 0x7f12345678>"]
)
def test_a_trace_is_recognised(text):
    assert TRACES.search(text)
