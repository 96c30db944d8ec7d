"""Lives here: every check of the contract on every generated function; both lists grow by registration.
May not live here: checks (mvn_symbolic/verify) or a list of functions (conftest)."""

from mvn_symbolic.verify.function_checks import check_function


def test_function_passes_its_check(function_case, check):
    failures = check_function(
        function_case.fn,
        function_case.backend,
        function_case.parameterization,
        function_case.name,
        dtype=function_case.dtype,
        checks=[check],
    )
    assert not failures, "\n".join(map(str, failures))
