"""Lives here: what a case must give, whether the promise is a name or an expression, asked once a session.
May not live here: how it is found (`named`, `promised`)."""

from __future__ import annotations

from mvn_symbolic.verify.contracts.session import Case, Session
from mvn_symbolic.verify.contracts.truths import named
from mvn_symbolic.verify.contracts.truths.limits import Expected


def expected(session: Session, case: Case) -> Expected:
    """Return the truth of a case; it is computed once a session."""
    known = session.evidence.expected
    if case.name not in known:
        if session.contract.promise is not None:
            from mvn_symbolic.verify.contracts.truths import promised

            known[case.name] = promised.expected_of(session, case)
        else:
            known[case.name] = named.expected_of(session, case)
    return known[case.name]
