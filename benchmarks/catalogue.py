"""How long the main job takes: derive and judge the whole catalogue, and generate all code, on two processes.

Run it as `python benchmarks/catalogue.py [--runs 3]`. Each run is a fresh process, so
imports count. Nothing is written.
The target is 90 s on two free cores, and 2 s for one result: derived, judged, rendered, and its functions generated;
the last column is what a person waits for that.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
_START = time.process_time()

from mvn_symbolic.catalogue.functions import functions  # noqa: E402 - imports are timed
from mvn_symbolic.catalogue.registry import build, list_derivations  # noqa: E402
from mvn_symbolic.catalogue.topics import TOPICS, topic_functions  # noqa: E402
from mvn_symbolic.codegen.backends import BACKENDS  # noqa: E402
from mvn_symbolic.codegen.module import module_source  # noqa: E402
from mvn_symbolic.codegen.tree import modules_from  # noqa: E402
from mvn_symbolic.surfaces.outcome import rendered  # noqa: E402

IMPORTS = time.process_time() - _START


def job(runs: int, *names: str) -> list[float]:
    """Wall seconds of the command, a fresh process a run: all, or what is named, is made and compared with the disk."""
    command = [sys.executable, "-m", "mvn_symbolic", "build", *names, "--check", "--root", str(ROOT)]
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        subprocess.run(command, check=False, cwd=ROOT, capture_output=True)
        seconds.append(time.perf_counter() - start)
    return seconds


def one_result(name: str) -> tuple[str, int, list[float]]:
    """Name, steps, and CPU seconds to derive, to judge and render, and to generate the functions that it has."""
    start = time.process_time()
    derivation = build(name)
    derived = time.process_time()
    rendered(derivation)
    judged = time.process_time()
    modules = [topic_functions(one, derivation=name) if one in TOPICS else functions(one) for one in modules_from(name)]
    ready = time.process_time()
    for made in modules:
        for backend in BACKENDS.values():
            module_source(name, [one for one in made if one.derivation == name], backend)
    return name, len(derivation.steps), [derived - start, judged - derived, time.process_time() - ready]


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    runs = parser.parse_args().runs
    print(f"CPU seconds of one result, beside {IMPORTS:.2f} s of imports; each in a process that has derived nothing;")
    print(f"and the median wall seconds of {runs} runs of `mvn-symbolic build NAME --check`, on two processes")
    print(f"{'derivation':<28} {'steps':>5} {'derive':>7} {'judge':>7} {'code':>7} {'all':>7} {'wall':>7}")
    with multiprocessing.get_context("fork").Pool(1, maxtasksperchild=1) as pool:
        for name, steps, parts in pool.imap(one_result, list_derivations(), chunksize=1):
            wall = statistics.median(job(runs, name))
            columns = " ".join(f"{part:>7.2f}" for part in (*parts, IMPORTS + sum(parts), wall))
            print(f"{name:<28} {steps:>5} {columns}")
    seconds = job(runs)
    spread = f"from {min(seconds):.1f} to {max(seconds):.1f} s"
    load = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    print(f"whole job, {runs} runs: median {statistics.median(seconds):.1f} s, {spread}; {load}")


if __name__ == "__main__":
    main()
