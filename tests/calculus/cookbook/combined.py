"""Lives here: identities and structures of the references inside one another; each with its symbol, and so in torch.
May not live here: tests, or a derivative."""

import torch
from sympy import Rational, exp, log
from sympy.matrices.expressions import (
    Determinant,
    HadamardPower,
    HadamardProduct,
    KroneckerProduct,
    MatPow,
    Trace,
)

import mvn_symbolic as mvn
from mvn_symbolic import k
from tests.calculus.cookbook.words import (
    A,
    B,
    L,
    Q,
    R,
    S,
    T,
    V,
    Vec,
    Vech,
    X,
    Y,
    Z,
    a,
    b,
    cholesky,
    cut,
    det,
    diag,
    diag_of,
    entries,
    eye,
    form,
    inner,
    inv,
    kron,
    log_det,
    logdet,
    p,
    root,
    rooted,
    s,
    spread,
    square,
    t,
    tr,
    unit,
    vec,
    x,
    y,
)

half = Rational(1, 2)
chol = torch.linalg.cholesky


def lyapunov(matrix, right):
    """X with S X + X S = R, by its vec."""
    size = len(matrix)
    both = kron(torch.eye(size, dtype=matrix.dtype), matrix) + kron(matrix.mT, torch.eye(size, dtype=matrix.dtype))
    return torch.linalg.solve(both, vec(right)).reshape(size, size).mT


CASES = {
    # Kronecker products of sums and inverses
    "ld(S^-1 kron (XX' + I))": (
        log_det(KroneckerProduct(S.inv(), X * X.T + unit)),
        X,
        lambda S, X: logdet(kron(inv(S), X @ X.mT + eye(X))),
    ),
    "tr(((S^-1 + R) kron X)^-1 (A kron B))": (
        Trace(KroneckerProduct(S.inv() + R, X).inv() * KroneckerProduct(A, B)),
        S,
        lambda S, R, X, A, B: tr(inv(kron(inv(S) + R, X)) @ kron(A, B)),
    ),
    "matrix normal, sums": (
        inner(Vec(X), KroneckerProduct(S + R, V + x * x.T).inv() * Vec(X)),
        x,
        lambda X, S, R, V, x: form(vec(X), inv(kron(S + R, V + x @ x.mT)), vec(X)),
    ),
    # powers of what is definite without being a symbol
    "T^1/2 AT^-1/2": (
        Trace(A * MatPow(T, half) * B * MatPow(T, -half)),
        T,
        lambda A, B, T: tr(A @ spread(cut(T)[:, None] ** 0.5) @ B @ spread(cut(T)[:, None] ** -0.5)),
    ),
    "tr T^t": (Trace(MatPow(T, t)), T, lambda T, t: (cut(T) ** t).sum()),
    "(sS)^1/2 b": (inner(a, MatPow(s * S, half) * b), s, lambda a, b, s, S: form(a, rooted(s * S), b)),
    "(2S + R/3)^-1/2": (
        inner(a, MatPow(2 * S + R / 3, -half) * b),
        S,
        lambda a, b, S, R: form(a, rooted(2 * S + R / 3, -0.5), b),
    ),
    "(Y^2 + I)^1/2": (inner(a, MatPow(Y**2 + unit, half) * b), Y, lambda a, b, Y: form(a, rooted(Y @ Y + eye(Y)), b)),
    "ld S^t by t": (log_det(MatPow(S, t)), t, lambda S, t: t * logdet(S)),
    "det S^t by t": (Determinant(MatPow(S, t)) * Trace(S), t, lambda S, t: det(S) ** t * tr(S)),
    # factors in factors
    "chol(A S A')": (
        inner(a, cholesky(A * S * A.T) * b),
        A,
        lambda a, b, A, S: form(a, chol(A @ S @ A.mT), b),
    ),
    "chol(S^-1)^-1": (
        inner(a, cholesky(S.inv()).inv() * b),
        S,
        lambda a, b, S: form(a, inv(chol(inv(S))), b),
    ),
    "chol(S) chol(R)'": (
        Trace(A * cholesky(S) * cholesky(R).T),
        S,
        lambda A, S, R: tr(A @ chol(S) @ chol(R).mT),
    ),
    "chol(LL' + T)": (
        inner(a, cholesky(L * L.T + T).inv() * b),
        L,
        lambda a, b, L, T: form(a, inv(chol(L @ L.mT + T)), b),
    ),
    "root S Lyapunov": (
        Trace(A * mvn.Lyapunov(S, X * B * X.T)),
        S,
        lambda A, B, S, X: tr(A @ lyapunov(S, X @ B @ X.mT)),
    ),
    "Lyapunov twice": (
        inner(x, mvn.Lyapunov(root(S), mvn.Lyapunov(S, Y)) * y),
        S,
        lambda x, y, S, Y: form(x, lyapunov(rooted(S), lyapunov(S, Y)), y),
    ),
    # entry by entry, inside inverses and stacks
    "a'(S o S^-1)b": (inner(a, HadamardProduct(S, S.inv()) * b), S, lambda a, b, S: form(a, S * inv(S), b)),
    "logdet(S o R + diag p)": (log_det(HadamardProduct(S, R) + diag(p)), S, lambda S, R, p: logdet(S * R + spread(p))),
    "det(Y - I o I)": (Determinant(Y - HadamardPower(unit, 2)), Y, lambda Y: det(Y - eye(Y))),
    "vech(S^-1)'vech(RX)": (inner(Vech(S.inv()), Vech(R * X)), S, lambda S, R, X: (torch.tril(inv(S)) * (R @ X)).sum()),
    "diag S^-1 around S": (
        Trace(A * diag(diag_of(S.inv())) * S * diag(diag_of(S.inv()))),
        S,
        lambda A, S: tr(A @ torch.diag(cut(inv(S))) @ S @ torch.diag(cut(inv(S)))),
    ),
    "((X o X)a) in a map of S": (
        inner(entries(lambda e, f: e * exp(f), HadamardProduct(X, X) * a, diag_of(S)), b),
        X,
        lambda X, a, b, S: (((X * X) @ a) * cut(S)[:, None].exp() * b).sum(),
    ),
    # densities
    "Student": (
        -(s + k) / 2 * log(1 + inner(x - a, S.inv() * (x - a)) / s),
        s,
        lambda s, x, a, S: -(s + len(S)) / 2 * torch.log(1 + form(x - a, inv(S), x - a) / s),
    ),
    "Wishart": (
        Determinant(S) ** ((s - k - 1) / 2) * exp(-Trace(V.inv() * S) / 2),
        S,
        lambda s, S, V: det(S) ** ((s - len(S) - 1) / 2) * torch.exp(-tr(inv(V) @ S) / 2),
    ),
    "posterior precision": (
        square((S.inv() + A.T * R.inv() * A).inv() * (S.inv() * a + A.T * R.inv() * b)),
        A,
        lambda S, A, R, a, b: ((inv(inv(S) + A.mT @ inv(R) @ A) @ (inv(S) @ a + A.mT @ inv(R) @ b)) ** 2).sum(),
    ),
    "wide in tall": (
        Trace(Z.T * (Z * S * Z.T + Z * Q).T * Z * A),
        Z,
        lambda Z, S, Q, A: tr(Z.mT @ (Z @ S @ Z.mT + Z @ Q).mT @ Z @ A),
    ),
    "Rayleigh twice": (
        inner(x, S * x) * inner(x, S.inv() * x) / square(x) ** 2,
        S,
        lambda x, S: form(x, S, x) * form(x, inv(S), x) / (x * x).sum() ** 2,
    ),
}
