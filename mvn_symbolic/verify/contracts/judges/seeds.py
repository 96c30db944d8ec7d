"""Lives here: the judge of where a sampler's noise comes from: a seed fixed inside, a generator that is not used.
May not live here: the law of the noise."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mvn_symbolic.verify.contracts.calls.kept import kept_random_state
from mvn_symbolic.verify.contracts.calls.sampling import collected, seed_all
from mvn_symbolic.verify.contracts.session import Finding, Session, judge_of

_CALLS = 4
"""Equal draws in all of them: by chance less than 2^-60 for three numbers of single precision."""


@judge_of("sampler")
def judge_seed(session: Session) -> Iterator[Finding]:
    """Call it a few times in a row: do its draws differ, and does a generator of the same seed give the same again?"""
    if session.evidence.sampler_failed or not session.cases or "eps" in session.contract.roles:
        return
    case = max((c for c in session.cases if c.ordinary), key=lambda c: c.size)
    with kept_random_state():
        seed_all(session.fn.backend, int(session.rng.integers(2**31)))
        draws, _ = collected(session, case, _CALLS, session.rng)
        if draws is None:
            return
        finding = None
        if all(np.array_equal(draws[0], other) for other in draws[1:]) and np.all(np.isfinite(draws)):
            text = "a seed is fixed inside: every call gives the same draw"
            finding = Finding("sampler", "fail", text, case, draws[1], draws[0], ("fixed_seed_inside",))
        elif session.contract.noise == "generator":
            one, two = (collected(session, case, 1, np.random.default_rng(5))[0] for _ in range(2))
            if one is not None and two is not None and not np.array_equal(one, two):
                text = "the generator argument is ignored: the same seed gives another draw"
                finding = Finding("sampler", "fail", text, case, two[0], one[0], ("generator_ignored",))
    if finding:
        session.evidence.sampler_failed = True
        yield finding
