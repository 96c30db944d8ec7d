"""The judge of equations: right ones are proved, every planted mistake is refuted with a point, the rest is unknown."""

import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from flint import arb
from sympy import (
    Determinant,
    Identity,
    IndexedBase,
    KroneckerDelta,
    KroneckerProduct,
    OneMatrix,
    Rational,
    Trace,
    exp,
    gamma,
    log,
    pi,
    sin,
)
from sympy.matrices.expressions import Inverse, MatMul, Transpose

import mvn_symbolic as mvn
from mvn_symbolic import k
from mvn_symbolic.calculus.indexed import index
from mvn_symbolic.meaning import Verdict, judge
from mvn_symbolic.meaning.numbers import Balls
from mvn_symbolic.notation.laws import KL, Covariance, Entropy, Law, LogDensity, expectation_of
from mvn_symbolic.notation.operators import Component, Gradient, Jacobian, Partial, ScalarDerivative, differential_of
from mvn_symbolic.notation.places import value_at
from mvn_symbolic.notation.symbols import Tangent, tangent_of
from mvn_symbolic.notation.vectorised import TriangleDuplication, Vec, Vech

ROOT = Path(__file__).resolve().parents[2]

A, B, X = mvn.GeneralMatrix("A"), mvn.GeneralMatrix("B"), mvn.GeneralMatrix("X")
L, M, S = mvn.LowerTriangular("L"), mvn.LowerTriangular("M"), mvn.PositiveDefinite("S")
mu, nu, sigma, tau = mvn.Vector("mu"), mvn.Vector("nu"), mvn.PositiveVector("sigma"), mvn.PositiveVector("tau")
x, z, lam, eps = mvn.Vector("x"), mvn.Vector("z"), mvn.Vector("lam"), mvn.Noise("eps")
J, ones, one = mvn.ScalarFunction("J"), OneMatrix(k, 1), Identity(k)
draw = mu + L * eps
p, q, standard = Law("p", draw), Law("q", nu + M * eps), Law("phi", eps)
diagonal = Law("d", mu + mvn.DiagMat(sigma) * eps)
half = Rational(1, 2)
norm, log_det = mvn.squared_norm, mvn.LogDet
each = mvn.elementwise
inverse_diagonal = mvn.DiagMat(each(lambda d: 1 / d, mvn.DiagPart(L)))
logs = mvn.Total(each(log, mvn.DiagPart(L)))
logs_q = mvn.Total(each(log, mvn.DiagPart(M)))
u = L.inv() * (z - mu)
spread, shift = M.inv() * L, M.inv() * (mu - nu)
divergence = logs_q - logs + half * (norm(spread) + norm(shift) - k)
i, a, b = index("i"), index("a"), index("b")

#: mistake: (left, right, the right side with the mistake)
MISTAKES = {
    "half missing": (KL(p, standard), half * (norm(L) + norm(mu) - k) - logs, norm(L) + norm(mu) - k - logs),
    "k dropped": (KL(p, standard), half * (norm(L) + norm(mu) - k) - logs, half * (norm(L) + norm(mu)) - logs),
    "one for k": (KL(p, standard), half * (norm(L) + norm(mu) - k) - logs, half * (norm(L) + norm(mu) - 1) - logs),
    "sigma for sigma squared": (
        KL(diagonal, standard),
        half * mvn.Total(each(lambda m, s: m**2 + s**2 - 1 - 2 * log(s), mu, sigma)),
        half * mvn.Total(each(lambda m, s: m**2 + s - 1 - 2 * log(s), mu, sigma)),
    ),
    "log sigma for log sigma squared": (
        KL(diagonal, standard),
        half * mvn.Total(each(lambda m, s: m**2 + s**2 - 1 - 2 * log(s), mu, sigma)),
        half * mvn.Total(each(lambda m, s: m**2 + s**2 - 1 - log(s), mu, sigma)),
    ),
    "divergence swapped": (KL(p, q), divergence, divergence.xreplace({L: M, M: L, mu: nu, nu: mu})),
    "log determinants swapped": (KL(p, q), divergence, divergence + 2 * (logs - logs_q)),
    "trace for a norm": (KL(p, q), divergence, divergence + half * (Trace(spread) - norm(spread))),
    "distance not whitened": (KL(p, q), divergence, divergence + half * (norm(mu - nu) - norm(shift))),
    "means added": (KL(p, q), divergence, divergence.xreplace({nu: -nu})),
    "log 2 pi missing": (LogDensity(p, z), -half * (norm(u) + k * log(2 * pi)) - logs, -half * norm(u) - logs),
    "log 2 pi not halved": (
        LogDensity(p, z),
        -half * (norm(u) + k * log(2 * pi)) - logs,
        -half * norm(u) - k * log(2 * pi) - logs,
    ),
    "log determinant with the wrong sign": (
        LogDensity(p, z),
        -half * (norm(u) + k * log(2 * pi)) - logs,
        -half * (norm(u) + k * log(2 * pi)) + logs,
    ),
    "log determinant of Sigma for that of L": (
        Entropy(p),
        half * k * (1 + log(2 * pi)) + logs,
        half * k * (1 + log(2 * pi)) + 2 * logs,
    ),
    "entropy with the wrong sign": (
        Entropy(p),
        half * k * (1 + log(2 * pi)) + logs,
        -half * k * (1 + log(2 * pi)) - logs,
    ),
    "entropy without its k/2": (Entropy(p), half * k * (1 + log(2 * pi)) + logs, half * k * log(2 * pi) + logs),
    "L'L for LL'": (Covariance(draw, eps), L * L.T, L.T * L),
    "covariance not squared": (Covariance(draw, eps), L * L.T, L),
    "second moment for covariance": (Covariance(draw, eps), L * L.T, L * L.T + mu * mu.T),
    "trace term missing": (expectation_of(norm(draw), eps), norm(mu) + norm(L), norm(mu)),
    "mean of a product": (
        expectation_of(mvn.Inner(eps, A * eps) * mvn.Inner(eps, B * eps), eps),
        Trace(A) * Trace(B) + Trace(A * B) + Trace(A * B.T),
        Trace(A) * Trace(B),
    ),
    "one pairing missing": (
        expectation_of(mvn.Inner(eps, A * eps) * mvn.Inner(eps, B * eps), eps),
        Trace(A) * Trace(B) + Trace(A * B) + Trace(A * B.T),
        Trace(A) * Trace(B) + 2 * Trace(A * B),
    ),
    "tril missing": (Gradient(J(draw), L), mvn.Tril(J.gradient(draw) * eps.T), J.gradient(draw) * eps.T),
    "outer product turned": (
        Gradient(J(draw), L),
        mvn.Tril(J.gradient(draw) * eps.T),
        mvn.Tril(eps * J.gradient(draw).T),
    ),
    "gradient at the mean": (Gradient(J(draw), mu), J.gradient(draw), J.gradient(mu)),
    "strict triangle only": (
        Gradient(mvn.Inner(x, L * z), L),
        mvn.Tril(x * z.T),
        mvn.Tril(x * z.T) - mvn.DiagMat(mvn.DiagPart(x * z.T)),
    ),
    "half lost with the log-variance": (
        Gradient(J(each(lambda m, v, e: m + exp(v / 2) * e, mu, lam, eps)), lam),
        each(
            lambda g, e, v: g * e * exp(v / 2) / 2,
            J.gradient(each(lambda m, v, e: m + exp(v / 2) * e, mu, lam, eps)),
            eps,
            lam,
        ),
        each(
            lambda g, e, v: g * e * exp(v / 2),
            J.gradient(each(lambda m, v, e: m + exp(v / 2) * e, mu, lam, eps)),
            eps,
            lam,
        ),
    ),
    "L^-1 for its transpose": (Gradient(LogDensity(p, z), z), -Transpose(L).inv() * u, -L.inv() * u),
    "score with the wrong sign": (Gradient(LogDensity(p, z), mu), Transpose(L).inv() * u, -Transpose(L).inv() * u),
    "diagonal of 1/L missing": (
        Gradient(LogDensity(p, z), L),
        mvn.Tril(Transpose(L).inv() * u * u.T) - inverse_diagonal,
        mvn.Tril(Transpose(L).inv() * u * u.T),
    ),
    "second argument's gradient without its mean part": (
        Gradient(divergence, M),
        mvn.DiagMat(each(lambda d: 1 / d, mvn.DiagPart(M)))
        - mvn.Tril(Transpose(M).inv() * (spread * spread.T + shift * shift.T)),
        mvn.DiagMat(each(lambda d: 1 / d, mvn.DiagPart(M))) - mvn.Tril(Transpose(M).inv() * spread * spread.T),
    ),
    "gradient by a symmetric matrix without its transpose": (
        Gradient(Trace(A * S), S),
        half * (A + A.T),
        A.T,
    ),
    "lower convention for the symmetric one": (
        Gradient(log_det(S), S),
        S.inv(),
        2 * S.inv() - mvn.DiagMat(mvn.DiagPart(S.inv())),
    ),
    "Jacobian transposed": (Jacobian(draw, eps), L, L.T),
    "Jacobian of the wrong argument": (Jacobian(draw, mu), one, L),
    "indices swapped": (
        Partial(Component(draw, i), L, a, b),
        KroneckerDelta(i, a) * IndexedBase("eps")[b],
        KroneckerDelta(i, b) * IndexedBase("eps")[a],
    ),
    "product rule with one side": (
        differential_of(norm(L * x), L),
        2 * mvn.Inner(L * x, Tangent(L) * x),
        mvn.Inner(L * x, Tangent(L) * x),
    ),
    "differential of an inverse with the wrong sign": (
        differential_of(A.inv(), A),
        -A.inv() * Tangent(A) * A.inv(),
        A.inv() * Tangent(A) * A.inv(),
    ),
    "differential of an inverse as of a number": (
        differential_of(A.inv(), A),
        -A.inv() * Tangent(A) * A.inv(),
        -A.inv() * A.inv() * Tangent(A),
    ),
    "Kronecker factors swapped": (
        L * x,
        KroneckerProduct(x.T, one) * TriangleDuplication(k) * Vech(L),
        KroneckerProduct(one, x.T) * TriangleDuplication(k) * Vech(L),
    ),
    "vec by rows": (Vec(A * X * B), KroneckerProduct(B.T, A) * Vec(X), KroneckerProduct(A, B.T) * Vec(X)),
    "inverse in the wrong order": (Inverse(A * L), L.inv() * A.inv(), A.inv() * L.inv()),
    "determinant of a scaled matrix": (Determinant(2 * A), 2**k * Determinant(A), 2 * Determinant(A)),
    "tril of a product": (mvn.Tril(L * A), L * mvn.Tril(A) + mvn.Tril(L * (A - mvn.Tril(A))), L * mvn.Tril(A)),
    "row for a column": (A * x, A * x, Transpose(A * x)),
    "a small term": (norm(x - z), norm(x) - 2 * mvn.Inner(x, z) + norm(z), norm(x - z) + Rational(1, 10**60)),
    "a name for another definition": (mvn.Let("v", L * x), L * x, L.T * x),
}


def table(*columns):
    rows = [tuple(row[column] for column in columns) for row in MISTAKES.values()]
    return pytest.mark.parametrize(("left", "right"), rows, ids=list(MISTAKES))


@table(0, 1)
def test_right_equation_is_proved(left, right):
    verdict = judge(left, right, sizes=(1, 2, 3))
    assert verdict.status == "proved", verdict
    assert verdict.proved_at == (1, 2)
    assert verdict.tested_at == (1, 2, 3)


@table(0, 2)
def test_planted_mistake_is_refuted_with_its_point(left, right):
    verdict = judge(left, right)
    assert verdict.status == "refuted"
    assert verdict.proved_at == ()
    assert f"at k = {verdict.tested_at[-1]}: " in verdict.detail
    assert set(verdict.point) >= {
        s.name for s in left.free_symbols if hasattr(s, "shape") and not isinstance(s, Tangent)
    }


@table(2, 0)
def test_planted_mistake_on_the_other_side_is_refuted(left, right):
    assert judge(left, right).status == "refuted"


@table(0, 2)
def test_mistake_is_found_whatever_the_points(left, right):
    for seed in (1, 2):
        assert judge(left, right, seed=seed).status == "refuted"


@pytest.mark.parametrize(
    ("left", "right", "why"),
    [
        (expectation_of(1 / (1 + norm(eps)), eps), norm(x), "not a polynomial"),
        (expectation_of(exp(2 * norm(eps)), eps), norm(x), "not finite"),
        (log(norm(x)) + gamma(norm(x) + 1) - gamma(norm(x)) * norm(x), log(norm(x)), "SymPy did not reduce"),
        (sin(norm(x)) ** 2, 1 - sin(norm(x) + pi / 2) ** 2, "SymPy did not reduce"),
        (0.5 * norm(x), norm(x) / 2, "no meaning in numbers"),
        (log(Trace(A)) + log(Trace(A)), log(Trace(A) ** 2), "too wide"),
    ],
    ids=["quotient", "infinite", "gamma", "sine", "binary fraction", "logarithm of a negative number"],
)
def test_what_cannot_be_decided_is_unknown(left, right, why):
    verdict = judge(left, right, sizes=(1, 2))
    assert verdict.status == "unknown"
    assert why in verdict.detail
    assert "no proof" in str(verdict)


def test_means_above_the_degree_of_cubature_are_decided():
    eighth = expectation_of(norm(eps) ** 4, eps)
    assert judge(eighth, k * (k + 2) * (k + 4) * (k + 6)).status == "proved"
    assert judge(eighth, k * (k + 2) * (k + 4) * (k + 5)).status == "refuted"


def test_logarithm_that_needs_a_sign_is_not_proved():
    """log v^2 = 2 log v for positive v only."""
    square, double = each(lambda v: log(v**2), x), each(lambda v: 2 * log(v), x)
    assert judge(square, double).status == "unknown"
    assert judge(square.xreplace({x: sigma}), each(lambda v: 2 * log(v), sigma)).status == "proved"


def test_proof_is_claimed_for_the_sizes_asked_for_only():
    assert judge(x, x + x - x, proof_sizes=(1,)).proved_at == (1,)
    verdict = judge(x, x, proof_sizes=())
    assert verdict.status == "unknown"
    assert verdict.proved_at == ()
    assert judge(2 * x, x, sizes=()).status == "unknown"


def test_agreement_below_the_size_of_a_mistake_shows_why_several_sizes_are_tried():
    """(k-1)(k-2) |x|^2 = 0 holds at k = 1 and 2; the point at k = 3 refutes it."""
    wrong = (k - 1) * (k - 2) * norm(x)
    assert judge(wrong, 0 * norm(x), sizes=(1, 2)).status == "proved"
    verdict = judge(wrong, 0 * norm(x))
    assert verdict.status == "refuted"
    assert verdict.tested_at == (1, 2, 3)


def test_equation_at_a_fixed_size_is_judged_at_that_size():
    y = mvn.Vector("y", 3)
    three = mvn.LowerTriangular("L", 3)
    verdict = judge(norm(three * y), mvn.Inner(y, three.T * three * y))
    assert verdict.status == "proved"
    assert verdict.proved_at == verdict.tested_at == (3,)
    assert judge(norm(three * y), norm(three.T * y)).status == "refuted"


def test_symbol_of_another_structure_is_another_symbol():
    general, triangle = mvn.GeneralMatrix("L"), mvn.LowerTriangular("L")
    assert judge(general, triangle).status == "refuted"
    assert judge(mvn.Tril(triangle), triangle).status == "proved"
    assert judge(mvn.Tril(general), general).status == "refuted"


def test_verdict_reads_as_a_sentence():
    assert str(judge(x, x, sizes=(1, 2))).startswith("proved on explicit entries at k = 1, 2")
    assert str(judge(x, 2 * x)).startswith("refuted: at k = 1: entry 0 is")
    assert pickle.loads(pickle.dumps(judge(x, 2 * x))) == judge(x, 2 * x)
    assert Verdict("unknown", detail="why").status == "unknown"


def test_unevaluated_singular_inverse_is_not_proved():
    singular = MatMul(Inverse(x * x.T), x * x.T, evaluate=False)
    assert singular != one
    for sizes in ((1, 2), (1,)):
        verdict = judge(singular, one, sizes=sizes)
        assert verdict.status == "unknown"
        assert "singular" in verdict.detail


def test_judge_loads_no_rule_of_the_calculus():
    code = (
        "import sys, mvn_symbolic.meaning, mvn_symbolic.meaning.ball_reader, mvn_symbolic.meaning.entry_reader;"
        "print(*[m for m in sys.modules if m.startswith('mvn_symbolic.')])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    floors = {name.split(".")[1] for name in done.stdout.split()}
    assert floors == {"meaning", "notation", "errors", "checks"} & floors
    assert "meaning" in floors


def test_differential_that_vanishes_is_proved_to():
    assert judge(differential_of(Trace(B), A), 0 * Trace(B)).status == "proved"
    assert judge(differential_of(mvn.Inner(x, L * x), L), 0 * Trace(B)).status == "refuted"


def test_differential_and_derivative_by_a_scalar_are_judged():
    s = mvn.positive_scalar("s")
    ds = tangent_of(s)
    value = norm(x) / s**2 + log(s) * k
    assert judge(differential_of(value, s), (k / s - 2 * norm(x) / s**3) * ds).status == "proved"
    assert judge(differential_of(value, s), (k / s + 2 * norm(x) / s**3) * ds).status == "refuted"
    assert judge(ScalarDerivative(value, s), k / s - 2 * norm(x) / s**3).status == "proved"
    assert judge(ScalarDerivative(value, s), k / s - norm(x) / s**3).status == "refuted"


def test_derivative_at_a_point_that_parameters_made_leaves_the_point_where_it_is():
    """d x'y / dx is y; where y is x, that is x, and not the 2x of moving both. Entries must not mix the two up."""
    y = mvn.Vector("y")
    slope = value_at(Gradient(mvn.Inner(x, y), x), y, x)
    assert judge(slope, x).status == "proved"
    assert judge(slope, 2 * x).status == "refuted"


def test_powers_of_what_is_zero_but_for_rounding_are_numbers():
    """Arb takes them by logarithms, which a ball around 0 has not."""
    nothing = Balls().power(arb(0, 1e-100), 2)
    assert nothing.contains(0)
    assert abs(nothing) < 1e-190
    assert [Balls().power(arb(3), n) == 3**n for n in range(1, 8)] == [True] * 7
