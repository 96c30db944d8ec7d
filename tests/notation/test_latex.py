"""LaTeX of every node and of the cases where order, brackets or signs could go wrong. Strings are compared as they are
read by people; every catalogue expression is compiled elsewhere.
"""

from __future__ import annotations

import inspect
from importlib import import_module

import pytest
from sympy import (
    Determinant,
    Identity,
    IndexedBase,
    KroneckerDelta,
    KroneckerProduct,
    MatPow,
    OneMatrix,
    Rational,
    Sum,
    Symbol,
    Trace,
    Transpose,
    ZeroMatrix,
    exp,
    log,
    pi,
    symbols,
)
from sympy.matrices.expressions import HadamardPower, HadamardProduct, MatMul

from mvn_symbolic.notation import vectorised
from mvn_symbolic.notation.latex import latex, latex_equation
from mvn_symbolic.notation.latex_lines import broken
from mvn_symbolic.notation.latex_nodes import NodesPrinter
from mvn_symbolic.notation.latex_width import width
from mvn_symbolic.notation.laws import KL, Covariance, Entropy, Law, LogDensity, expectation_of
from mvn_symbolic.notation.nodes import (
    DiagMat,
    DiagPart,
    Inner,
    LogDet,
    Total,
    Tril,
    elementwise,
    expm1m,
    squared_norm,
)
from mvn_symbolic.notation.operators import (
    Component,
    Gradient,
    Jacobian,
    ParameterCount,
    Partial,
    ScalarDerivative,
    ScalarFunction,
    WrittenOut,
    differential_of,
)
from mvn_symbolic.notation.symbols import GeneralMatrix, Let, LowerTriangular, Tangent, Vector, k, scalar
from mvn_symbolic.notation.table import symbol

half = Rational(1, 2)
mu, L, eps, sigma = (symbol(name) for name in ("loc", "scale_tril", "eps", "scale_diag"))
z, Sigma, logvar, rho, W = (symbol(name) for name in ("value", "covariance_matrix", "logvar", "rho", "cov_factor"))
mu_p, mu_q, L_p, L_q = (symbol(name, prefix) for name in ("loc", "scale_tril") for prefix in "pq")
sigma_p, sigma_q = symbol("scale_diag", "p"), symbol("scale_diag", "q")
M = GeneralMatrix("M")
J = ScalarFunction("J")
sample = Let("z", mu + L * eps)
A, v = Let("A", L_q.inv() * L_p), Let("v", L_q.inv() * (mu_q - mu_p))
p, q = Law("p", mu_p + L_p * eps), Law("q", mu_q + L_q * eps)
i, j, a, b = symbols("i j a b", integer=True, positive=True)
x = scalar("x")
g = J.gradient(sample)

SUMS = [
    (mu + L * eps, r"\mu + L\varepsilon"),
    (-z, "-z"),
    (-mu - L * eps, r"-\mu - L\varepsilon"),
    (mu_p - mu_q, r"\mu_p - \mu_q"),
    (W * W.T + DiagMat(symbol("cov_diag")), r"WW^{\top} + \mathrm{diag}(d)"),
    (half * (M + M.T), r"\tfrac12\bigl(M + M^{\top}\bigr)"),
    ((mu_p - mu_q) * (mu_p - mu_q).T, r"(\mu_p - \mu_q)(\mu_p - \mu_q)^{\top}"),
    (
        half * (squared_norm(A) + squared_norm(v) - k) + LogDet(L_q) - LogDet(L_p),
        r"\tfrac12\bigl(\lVert A \rVert_F^2 + \lVert v \rVert^2 - k\bigr) + \log\det L_q - \log\det L_p",
    ),
    (
        -half * squared_norm(L.inv() * (z - mu)) - LogDet(L) - k * log(2 * pi) / 2,
        r"-\tfrac12\bigl\lVert L^{-1}(z - \mu) \bigr\rVert^2 - \tfrac{k}{2}\log(2\pi) - \log\det L",
    ),
    (LogDet(L) + k / 2 + k * log(2 * pi) / 2, r"\tfrac{k}{2}\bigl(1 + \log(2\pi)\bigr) + \log\det L"),
    (k * (k + 1) / 2, r"\tfrac{k}{2}(k + 1)"),
    (1 / (1 + exp(-x)), r"\frac{1}{1 + e^{-x}}"),
    (x - Rational(3, 4), r"x - \tfrac34"),
]

PRODUCTS = [
    (L.T, r"L^{\top}"),
    (L.inv(), "L^{-1}"),
    (L.T.inv(), r"L^{-\top}"),
    (L.inv().T, r"L^{-\top}"),
    (L_p.T, r"L_p^{\top}"),
    (Transpose(L * M), r"(LM)^{\top}"),
    (Transpose(MatPow(M, 2)), r"\bigl(M^2\bigr)^{\top}"),
    ((M + L) * eps, r"(M + L)\varepsilon"),
    (M * (-mu), r"-M\mu"),
    (2 * Inner(mu, z) * mu, r"2\mu^{\top}z\mu"),
    (LogDet(L) * mu, r"(\log\det L)\mu"),
    (LogDet(L) * x, r"x\log\det L"),
    (g.T, r"\Bigl(\frac{\partial J}{\partial z}\Bigr)^{\top}"),
    (HadamardProduct(mu, sigma), r"\mu \odot \sigma"),
    (HadamardPower(mu, 2), r"\mu^{\odot 2}"),
    (M * HadamardProduct(mu, sigma), r"M(\sigma \odot \mu)"),
    (KroneckerProduct(eps.T, Identity(k)), r"\varepsilon^{\top} \otimes I"),
    (
        MatMul(KroneckerProduct(eps.T, Identity(k)), vectorised.TriangleDuplication(k)),
        r"\bigl(\varepsilon^{\top} \otimes I\bigr)T_k",
    ),
    (MatMul(M, elementwise(lambda m, s: m * s, mu, sigma)), r"M(\mu \odot \sigma)"),
    (elementwise(exp, M), r"\bigl(e^{M_{ij}}\bigr)_{i,j=1}^{k}"),
    (elementwise(lambda a, b: a * log(b), M, L * L.T), r"\bigl(M_{ij}\log\bigl(LL^{\top}\bigr)_{ij}\bigr)_{i,j=1}^{k}"),
    (elementwise(exp, mu * sigma.T), r"\bigl(e^{\mu_i\sigma_j}\bigr)_{i,j=1}^{k}"),
    (mu * OneMatrix(1, k) + OneMatrix(k, k), r"\mathbf{1}\mathbf{1}^{\top} + \mu\mathbf{1}^{\top}"),
]

NODES = [
    (Identity(k), "I"),
    (ZeroMatrix(k, k), "0"),
    (OneMatrix(k, 1), r"\mathbf{1}"),
    (Trace(L * L.T), r"\mathrm{tr}\bigl(LL^{\top}\bigr)"),
    (Determinant(L), r"\det L"),
    (log(Determinant(L)), r"\log\det L"),
    (LogDet(L * L.T), r"\log\det\bigl(LL^{\top}\bigr)"),
    (squared_norm(mu), r"\lVert \mu \rVert^2"),
    (squared_norm(L), r"\lVert L \rVert_F^2"),
    (squared_norm(mu) ** 2, r"\lVert \mu \rVert^4"),
    (squared_norm(L) ** -5, r"\frac{1}{\lVert L \rVert_F^{10}}"),
    (Inner(mu, z), r"\mu^{\top}z"),
    (Inner(-mu, 2 * z), r"-2\mu^{\top}z"),
    (Inner(L.inv() * (z - mu), eps), r"(z - \mu)^{\top}L^{-\top}\varepsilon"),
    (Inner(L, M), r"\mathrm{tr}\bigl(L^{\top}M\bigr)"),
    (Inner(Sigma, M), r"\mathrm{tr}(\Sigma M)"),
    (Inner(L.T.inv() * z, Tangent(mu)), r"\bigl(L^{-\top}z\bigr)^{\top}\,\mathrm{d}\mu"),
    (Inner(z, L.inv() * Tangent(mu)), r"z^{\top}L^{-1}\,\mathrm{d}\mu"),
    (Inner(L.T.inv(), Tangent(L)), r"\mathrm{tr}\bigl(L^{-1}\,\mathrm{d}L\bigr)"),
    (Tril(g * eps.T), r"\mathrm{tril}\Bigl(\frac{\partial J}{\partial z}\varepsilon^{\top}\Bigr)"),
    (DiagPart(L), r"\mathrm{diag}(L)"),
    (DiagMat(sigma), r"\mathrm{diag}(\sigma)"),
    (
        DiagMat(elementwise(lambda s: 1 / s, DiagPart(L_q))),
        r"\mathrm{diag}\Bigl(\frac{1}{L_{q,11}}, \dots, \frac{1}{L_{q,kk}}\Bigr)",
    ),
    (DiagMat(elementwise(lambda value: value ** (-half), sigma)), r"\mathrm{diag}(\sigma)^{-1/2}"),
    (
        DiagMat(elementwise(lambda value: 1 / value, sigma)).inv(),
        r"\bigl(\mathrm{diag}(\sigma)^{-1}\bigr)^{-1}",
    ),
    (Total(mu), r"\sum_{i=1}^k \mu_i"),
    (Total(elementwise(log, DiagPart(L))), r"\sum_{i=1}^k \log L_{ii}"),
    (
        half * Total(elementwise(lambda m, s: m**2 + s**2 - 1 - log(s**2), mu, sigma)),
        r"\tfrac12\sum_{i=1}^k \bigl(\mu_i^2 + \sigma_i^2 - 1 - \log\sigma_i^2\bigr)",
    ),
    (
        half * Total(elementwise(lambda m, t: m**2 + expm1m(t), mu, logvar)),
        r"\tfrac12\sum_{i=1}^k \bigl(\mu_i^2 + e^{\lambda_i} - 1 - \lambda_i\bigr)",
    ),
    (
        Total(
            elementwise(lambda m, s, t: log(t / s) + (s**2 + m**2) / (2 * t**2) - half, mu_p - mu_q, sigma_p, sigma_q)
        ),
        (
            r"\sum_{i=1}^k \Bigl(\frac{(\mu_{p,i} - \mu_{q,i})^2 + \sigma_{p,i}^2}{2\sigma_{q,i}^2}"
            r" + \log\frac{\sigma_{q,i}}{\sigma_{p,i}} - \tfrac12\Bigr)"
        ),
    ),
    (
        Total(elementwise(lambda t: t**2, L * eps)),
        r"\sum_{i=1}^k \biggl(\sum_{j=1}^{i} L_{ij}\varepsilon_j\biggr)^2",
    ),
    (
        Total(elementwise(lambda a, b: a * b, M * L_q * mu_q, mu_p)),
        r"\sum_{i=1}^k (ML_q\mu_q)_i\mu_{p,i}",
    ),
    (Component(L_p.inv() * mu_q, i), r"\bigl(L_p^{-1}\mu_q\bigr)_i"),
    (elementwise(lambda s: s**2 - 1, sigma), r"\sigma^{\odot 2} - \mathbf{1}"),
    (elementwise(lambda s: s - 1 / s, sigma), r"\sigma - \sigma^{\odot -1}"),
    (mu + elementwise(lambda t, e: exp(t / 2) * e, logvar, eps), r"\mu + e^{\lambda/2} \odot \varepsilon"),
    (elementwise(lambda t: log(1 + exp(t)), rho), r"\log\bigl(\mathbf{1} + e^{\rho}\bigr)"),
    (
        elementwise(lambda d, e, s: d * e * s / 2, g, eps, sigma),
        r"\tfrac12\frac{\partial J}{\partial z} \odot \sigma \odot \varepsilon",
    ),
    (vectorised.Vec(M), r"\mathrm{vec}(M)"),
    (vectorised.Unvec(vectorised.Vec(M), k, k), r"\mathrm{vec}^{-1}\bigl(\mathrm{vec}(M)\bigr)"),
    (vectorised.Vech(L), r"\mathrm{vech}(L)"),
    (A, "A"),
    (Tangent(L) * eps + Tangent(mu), r"\mathrm{d}\mu + \mathrm{d}L\,\varepsilon"),
    (Tangent(L).T, r"\mathrm{d}L^{\top}"),
]

LAWS = [
    (KL(p, q), r"\mathrm{KL}(p \,\|\, q)"),
    (Entropy(p), r"\mathrm{H}[p]"),
    (LogDensity(p, z), r"\log p(z)"),
    (Covariance(sample, eps), r"\mathrm{Cov}[z]"),
    (expectation_of(mu + L * eps, eps), r"\mathbb{E}_{\varepsilon}[\mu + L\varepsilon]"),
    (expectation_of(squared_norm(sample), eps), r"\mathbb{E}_{\varepsilon}\bigl[\lVert z \rVert^2\bigr]"),
    (
        expectation_of(LogDensity(p, z) - LogDensity(q, z), z, p),
        r"\mathbb{E}_{z \sim p}\bigl[\log p(z) - \log q(z)\bigr]",
    ),
]

QUESTIONS = [
    (J(mu + L * eps), r"J(\mu + L\varepsilon)"),
    (J.gradient(sample), r"\frac{\partial J}{\partial z}"),
    (J.gradient(mu + L * eps), r"\nabla J(\mu + L\varepsilon)"),
    (Gradient(J(sample), L), r"\frac{\partial J}{\partial L}"),
    (Gradient(J(mu + L * eps), L), r"\nabla_L J(\mu + L\varepsilon)"),
    (Gradient(KL(p, q), L_p), r"\nabla_{L_p}\, \mathrm{KL}(p \,\|\, q)"),
    (Gradient(squared_norm(A) / 2, L_p), r"\nabla_{L_p} \bigl(\tfrac12\lVert A \rVert_F^2\bigr)"),
    (ScalarDerivative(exp(x), x), r"\frac{\partial e^{x}}{\partial x}"),
    (Jacobian(sample, mu), r"\frac{\partial z}{\partial \mu}"),
    (Jacobian(mu + L * eps, mu), r"\frac{\partial (\mu + L\varepsilon)}{\partial \mu}"),
    (differential_of(sample, mu, L), r"\mathrm{d}z"),
    (differential_of(mu + L * eps, mu, L), r"\mathrm{d}(\mu + L\varepsilon)"),
    (differential_of(LogDet(L), L), r"\mathrm{d}\log\det L"),
    (differential_of(mu + L * eps, L), r"\mathrm{d}_L (\mu + L\varepsilon)"),
    (differential_of(KL(p, q), L_p), r"\mathrm{d}_{L_p}\,\mathrm{KL}(p \,\|\, q)"),
    (differential_of(KL(p, q), mu_p, mu_q, L_p, L_q), r"\mathrm{d}\,\mathrm{KL}(p \,\|\, q)"),
    (
        differential_of(differential_of(KL(p, q), mu_q, L_q), mu_q, L_q),
        r"\mathrm{d}^2_{\mu_q,L_q}\,\mathrm{KL}(p \,\|\, q)",
    ),
    (differential_of(Gradient(squared_norm(mu - z), mu), mu), r"\mathrm{d}_{\mu}\nabla_{\mu} \lVert \mu - z \rVert^2"),
    (Component(sample, i), "z_i"),
    (Component(mu + L * eps, i), r"(\mu + L\varepsilon)_i"),
    (Partial(Component(sample, i), L, a, b), r"\frac{\partial z_i}{\partial L_{ab}}"),
    (Partial(Component(sample, i), mu, a, 1), r"\frac{\partial z_i}{\partial \mu_a}"),
    (ParameterCount(L), r"\dim L"),
]

INDEXED = [
    (mu[i, 0] + Sum(L[i, j] * eps[j, 0], (j, 1, i)), r"\mu_i + \sum_{j=1}^i L_{ij}\varepsilon_j"),
    (KroneckerDelta(i, a) * eps[b, 0], r"\delta_{ai}\varepsilon_b"),
    (IndexedBase("L")[i, j] * IndexedBase("eps")[j], r"L_{ij}\varepsilon_j"),
    (L_p[0, 0], "L_{p,11}"),
    (Vector("x", 20)[11, 0], "x_{12}"),
]


@pytest.mark.parametrize(("expr", "expected"), SUMS + PRODUCTS + NODES + LAWS + QUESTIONS + INDEXED, ids=str)
def test_latex_is_what_a_textbook_prints(expr, expected):
    assert latex(expr) == expected


TRIANGLE = (
    r"\begin{bmatrix} L_{11} & 0 & \cdots & 0 \\ L_{21} & L_{22} & \ddots & \vdots \\"
    r" \vdots & \vdots & \ddots & 0 \\ L_{k1} & L_{k2} & \cdots & L_{kk} \end{bmatrix}"
)
WRITTEN_OUT = [
    (mu, r"\begin{bmatrix} \mu_1 \\ \mu_2 \\ \vdots \\ \mu_k \end{bmatrix}"),
    (mu.T, r"\begin{bmatrix} \mu_1 & \mu_2 & \cdots & \mu_k \end{bmatrix}"),
    (L, TRIANGLE),
    (Tril(L * Identity(k)), TRIANGLE),
    (
        L.T,
        (
            r"\begin{bmatrix} L_{11} & L_{21} & \cdots & L_{k1} \\ 0 & L_{22} & \cdots & L_{k2} \\"
            r" \vdots & \ddots & \ddots & \vdots \\ 0 & \cdots & 0 & L_{kk} \end{bmatrix}"
        ),
    ),
    (
        DiagMat(elementwise(lambda s: s**2, sigma)),
        (
            r"\begin{bmatrix} \sigma_1^2 & 0 & \cdots & 0 \\ 0 & \sigma_2^2 & \ddots & \vdots \\"
            r" \vdots & \ddots & \ddots & 0 \\ 0 & \cdots & 0 & \sigma_k^2 \end{bmatrix}"
        ),
    ),
    (
        mu + L * eps,
        (
            r"\begin{bmatrix} \mu_1 + L_{11}\varepsilon_1 \\ \mu_2 + L_{21}\varepsilon_1 + L_{22}\varepsilon_2 \\"
            r" \vdots \\ \mu_k + L_{k1}\varepsilon_1 + L_{k2}\varepsilon_2 + \cdots + L_{kk}\varepsilon_k \end{bmatrix}"
        ),
    ),
    (
        mu * eps.T,
        (
            r"\begin{bmatrix} \mu_1\varepsilon_1 & \mu_1\varepsilon_2 & \cdots & \mu_1\varepsilon_k \\"
            r" \mu_2\varepsilon_1 & \mu_2\varepsilon_2 & \cdots & \mu_2\varepsilon_k \\"
            r" \vdots & \vdots & \ddots & \vdots \\"
            r" \mu_k\varepsilon_1 & \mu_k\varepsilon_2 & \cdots & \mu_k\varepsilon_k \end{bmatrix}"
        ),
    ),
    (
        W,
        (
            r"\begin{bmatrix} W_{11} & W_{12} & \cdots & W_{1r} \\ W_{21} & W_{22} & \cdots & W_{2r} \\"
            r" \vdots & \vdots & \ddots & \vdots \\ W_{k1} & W_{k2} & \cdots & W_{kr} \end{bmatrix}"
        ),
    ),
    (GeneralMatrix("B", 2, 3), r"\begin{bmatrix} B_{11} & B_{12} & B_{13} \\ B_{21} & B_{22} & B_{23} \end{bmatrix}"),
]


@pytest.mark.parametrize(("matrix", "expected"), WRITTEN_OUT, ids=str)
def test_written_out_shows_the_zeros_of_the_structure(matrix, expected):
    assert latex(WrittenOut(matrix)) == expected


def test_product_of_factor_and_its_transpose_sums_up_to_the_shorter_row():
    text = latex(WrittenOut(L * L.T))
    assert "L_{11}^2 & L_{11}L_{21}" in text
    assert "L_{21}^2 + L_{22}^2" in text
    assert r"L_{k1}^2 + L_{k2}^2 + \cdots + L_{kk}^2" in text


def test_explicit_matrices_are_bracketed():
    explicit = LowerTriangular("L", 2).as_explicit()
    assert latex(explicit) == r"\begin{bmatrix} L_{11} & 0 \\ L_{21} & L_{22} \end{bmatrix}"


def test_full_laws_name_the_law_of_the_noise():
    text = latex(expectation_of(squared_norm(eps), eps), full_laws=True)
    assert text.startswith(r"\mathbb{E}_{\varepsilon \sim \mathcal{N}(0, I)}")


def test_equation_puts_the_sign_between():
    assert latex_equation(sample, sample.definition) == r"z = \mu + L\varepsilon"


@pytest.mark.parametrize(
    "home",
    ["nodes", "laws", "operators", "vectorised", "packed", "placed", "places", "roots", "entries", "divergences"],
)
def test_every_node_has_a_method_of_its_own(home):
    module = import_module(f"mvn_symbolic.notation.{home}")
    for name in module.__all__:
        kind = getattr(module, name)
        if inspect.isclass(kind) and hasattr(kind, "args") and name != "ScalarNode":
            inherited = any(hasattr(NodesPrinter, f"_print_{base.__name__}") for base in kind.__mro__[:2])
            assert inherited, f"{name} has no _print_{name}"


def test_no_macro_that_github_forbids():
    every = [latex(expr) for expr, _ in SUMS + PRODUCTS + NODES + LAWS + QUESTIONS + INDEXED]
    assert not [text for text in every if "operatorname" in text or "mbox" in text or "phantom" in text]


def test_long_formula_breaks_at_its_sums_and_loses_nothing():
    text = latex(DiagMat(elementwise(lambda s: 1 / s, DiagPart(L_q))) - Tril(L_q.T.inv() * (A * A.T + v * v.T)))
    lines = broken(text, 30)
    assert len(lines) == 2
    assert " ".join(lines) == text
    assert lines[1].startswith("- ")


def test_formula_without_sums_stays_whole():
    text = latex(Tril(L * M * L * M * L * M * L * M * L * M))
    assert broken(text, 5) == [text]
    assert width(text) > 5


def test_symbol_that_is_not_in_the_table_prints_as_sympy_would():
    assert latex(Symbol("alpha_0")) == r"\alpha_0"
    assert latex(GeneralMatrix("B_bar")) == r"B_{bar}"


#: Pixels as MathJax sets them at a size of 16, measured in a browser.
MEASURED = {
    r"""= \tfrac12\biggl(\lVert v \rVert^2 + \sum_{i=1}^k \lambda_{q,i} + \sum_{i=1}^k e^{\lambda_{p,i} - \lambda_{q,i}}
    - \sum_{i=1}^k \lambda_{p,i} - k\biggr)""": 411.1,
    r"""= m^{\top}\,\mathrm{diag}(d_q)^{-1/2}\,\mathrm{d}\mu_p - \tfrac12\,\mathrm{d}\mu_p^{\top}\,
    \mathrm{diag}(d_q)^{-1/2}B_qC_q^{-1}B_q^{\top}m""": 465.0,
    r"""\frac{\partial J}{\partial \Sigma} = \tfrac12\Bigl(\mathrm{lyap}_{R}\Bigl(\frac{\partial J}{\partial z}
    \varepsilon^{\top}\Bigr) + \mathrm{lyap}_{R}\Bigl(\varepsilon\Bigl(\frac{\partial J}{\partial z}\Bigr)^{\top}
    \Bigr)\Bigr)""": 387.7,
    r"""= \begin{bmatrix} \mu_1 + L_{11}\varepsilon_1 \\ \mu_2 + L_{21}\varepsilon_1 + L_{22}\varepsilon_2 \\
    \mu_3 + L_{31}\varepsilon_1 + L_{32}\varepsilon_2 + L_{33}\varepsilon_3 \end{bmatrix}""": 271.8,
}


@pytest.mark.parametrize("text", MEASURED)
def test_width_is_what_a_browser_measures(text):
    """A line of 68 letters fills 692 pixels: a letter has 10.2 at most, and a fifth less where letters are narrow."""
    assert 8 < MEASURED[text] / width(text) < 692 / 68


def test_product_too_wide_is_broken_before_a_factor():
    text = r"\mathrm{diag}(aaaaaaaaaa)\,\mathrm{diag}(bbbbbbbbbb)\,\mathrm{diag}(cccccccccc)"
    assert broken(text, 40) == [
        r"\mathrm{diag}(aaaaaaaaaa)\,\mathrm{diag}(bbbbbbbbbb)",
        r"\qquad \cdot \mathrm{diag}(cccccccccc)",
    ]
