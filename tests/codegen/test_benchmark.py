"""The benchmark against torch.distributions still runs, and still finds that both say the same."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_benchmark_runs_on_tiny_sizes():
    pytest.importorskip("torch")
    script = ROOT / "benchmarks" / "generated_vs_torch.py"
    command = [sys.executable, str(script), "--batch", "2", "--event", "2", "--rounds", "1"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = [line for line in done.stdout.splitlines() if line.startswith(("diag.", "logvar.", "tril."))]
    assert len(rows) == 15
