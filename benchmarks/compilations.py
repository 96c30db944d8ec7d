"""How often a check has JAX compile, and how long it takes: the functions that the tests of JAX judge, right and wrong.

Run it as `python benchmarks/compilations.py [--only NAME]`; about two minutes on one core. Nothing is written. For each
function what JAX has compiled before is forgotten. The target is 5 s of processor time for every function. Compilations
are counted because they are most of that time, and are as many on every machine; a test bounds their number.

Lives here: counting and timing. May not live here: functions to judge (`tests/contracts/zoo_jax.py`).
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
COMPILED = "/jax/core/compile/backend_compile_duration"


def main() -> None:
    """Print a line for each function."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="name of one function")
    only = parser.parse_args().only
    sys.path.insert(0, str(ROOT))

    import jax

    from mvn_symbolic.verify import Contract, check
    from tests.contracts import zoo_jax

    found: list[float] = []

    def heard(event: str, seconds: float, **_: Any) -> None:
        if event == COMPILED:
            found.append(seconds)

    jax.monitoring.register_event_duration_secs_listener(heard)
    print("compiled  seconds  verdict  function")
    for fn, *_, fields in [*zoo_jax.RIGHT, *zoo_jax.WRONG]:
        name = getattr(fn, "__name__", type(fn).__name__)
        if only not in ("", name):
            continue
        jax.clear_caches()
        found.clear()
        start = time.process_time()
        verdict = check(fn, Contract(**fields))
        print(f"{len(found):8}  {time.process_time() - start:7.2f}  {verdict.status:7}  {name}", flush=True)


if __name__ == "__main__":
    main()
