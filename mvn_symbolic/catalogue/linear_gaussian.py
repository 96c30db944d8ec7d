"""Floor 5: a Gaussian seen through a linear map and noise: the law of the data, and of the sample given the data."""

from __future__ import annotations

from sympy import Expr, exp, log
from sympy.matrices.expressions import Identity, Inverse, MatAdd, MatrixExpr

from mvn_symbolic.calculus import fold, normalize
from mvn_symbolic.calculus.affine import affine_parts
from mvn_symbolic.calculus.differential import product_of
from mvn_symbolic.calculus.factoring import factor_before
from mvn_symbolic.calculus.solving import complete_square, inversion_lemma
from mvn_symbolic.catalogue.density import log_density_line, log_density_of
from mvn_symbolic.catalogue.setting import Setting
from mvn_symbolic.derivation import exponentials, rules, whitening
from mvn_symbolic.derivation.gradients import gradients_of
from mvn_symbolic.derivation.line import Line, Rule
from mvn_symbolic.derivation.model import Chain, Derivation, Equation, Premise
from mvn_symbolic.notation.laws import Law, expectation_of
from mvn_symbolic.notation.places import ScalarAt, value_at
from mvn_symbolic.notation.symbols import GeneralMatrix, Let, LowerTriangular, Noise, Vector, k
from mvn_symbolic.notation.table import rank, symbol

__all__ = ["gaussian_product", "linear_gaussian"]

A, B, N = GeneralMatrix("A", rank, k), Vector("b", rank), LowerTriangular("N", rank)
DATA = Vector("y", rank)


def _evidence(name: str, title: str, prior: Law, density: Expr, factor: MatrixExpr, *names: Let) -> Line:
    """log E[exp(log density)] under the prior, for a log density that is quadratic in z; `factor` whitens it."""
    eps = prior.noise
    return (
        Line(name, title, log(expectation_of(exp(density), prior.point, prior)))
        .then(rules.reparameterize(prior))
        .then_if(rules.simplify_norms("Multiply out what is whitened."))
        .then(rules.name_noise_part(eps, "X", "u", "Name the matrix in front of the noise, and what remains."))
        .then(
            exponentials.complete_the_square(
                eps,
                r"$\mathbb{E}\,e^{-\lVert X\varepsilon+u\rVert^2/2}=\det(I+M)^{-1/2}\,"
                r"e^{-\lVert u\rVert^2/2+b^\top(I+M)^{-1}b/2}$, here with $M=X^\top X$ and $b=-X^\top u$.",
            )
        )
        .then_if(whitening.gather_coefficients())
        .then(whitening.through_the_factor())
        .then(whitening.to_plain_coordinates(factor))
        .then(rules.give_names(*names, reason="Name the covariance of the data, and their distance from its mean."))
    )


def linear_gaussian(setting: Setting) -> Derivation:
    """y = Az + b + N eta: the log evidence and its gradients, the posterior by precisions and by the gain."""
    prior, z = setting.law(), symbol("value")
    matrix, mean = affine_parts(prior.sample, prior.noise)
    likelihood = Law("ell", A * z + B + N * Noise("eta", rank))
    density = log_density_line(likelihood, "likelihood", DATA)
    seen = log_density_of(likelihood, DATA)
    covariance = Let("C", normalize(A * matrix * matrix.T * A.T + N * N.T))
    distance = Let("delta", normalize(DATA - A * mean - B))
    evidence = _evidence("evidence", "The law of the data", prior, seen.right, N, covariance, distance)
    fall = _fall("posterior", "The posterior, from its maximum on", prior, seen.left, seen)
    chains = (
        density.chain,
        evidence.chain,
        *gradients_of(evidence.current, symbol("loc"), symbol("scale_tril"), A, B, N),
        fall,
        *_by_gain(fall, covariance, distance),
    )
    return Derivation(
        name="linear_gaussian",
        title="A Gaussian seen through a linear map and noise",
        summary=(
            "The linear-Gaussian model of the Kalman filter, of factor analysis and of probabilistic PCA: the law of "
            "the data, and the law of the latent vector once the data are known."
        ),
        premise=(
            *setting.premises,
            Premise(
                r"The data: a linear map of the sample, and noise of its own with a lower-triangular factor $N$; "
                r"$\ell$ is their law where the sample is known."
            ),
        ),
        chains=chains,
        conventions=("In nats.", "Gradients by $L$ and $N$ are lower-triangular."),
        references=("Tipping & Bishop 1999", "Petersen & Pedersen 2012, The Matrix Cookbook"),
    )


def _fall(name: str, title: str, first: Law, density: Expr, given: Equation) -> Chain:
    """log p(z) + the other log density, less the same at its maximum: -(z - m)'P(z - m)/2."""
    z = first.point
    own = log_density_of(first)
    start = own.left + density

    def opened(expr: Expr) -> Expr:
        return expr.xreplace({own.left: own.right, given.left: given.right})

    centre = complete_square(opened(start), z, "P", "m").centre

    def completed(expr: Expr) -> Expr:
        """Of f(z) - f(m): what f falls by."""
        (top,) = expr.atoms(ScalarAt)
        square = complete_square(top.args[0], z, "P", "m")
        return square.fall if expr == top.args[0] - top and top.args[2] == square.centre else expr

    return (
        Line(name, title, start - value_at(start, z, centre))
        .then(Rule("insert known results", opened, "The two log densities."))
        .then(
            Rule(
                "complete the square",
                completed,
                "Quadratic in $z$: $P$ is minus its second derivative, and at $m$ the first one vanishes.",
                "P is positive definite: it is the sum of two precisions, or of one and what is at least zero",
            )
        )
        .chain
    )


def _by_gain(fall: Chain, covariance: Let, distance: Let) -> tuple[Chain, Chain]:
    """Covariance and mean of the posterior with the one inverse that is as large as the data."""
    matrix, sigma = _let(fall, "P"), Let("Sigma", symbol("scale_tril") * symbol("scale_tril").T)
    spread = (
        Line("posterior_covariance", "Its covariance, by the gain", Inverse(matrix))
        .then(_lemma(matrix, covariance))
        .then(rules.give_names(sigma, reason=r"$\Sigma=LL^\top$ is the covariance of the prior."))
    )
    mean = (
        _centre("posterior_mean", "Its mean, by the gain", fall, covariance)
        .then(Rule("factor", lambda expr: factor_before(expr, distance), "The gain once, before the distance."))
        .then(rules.give_names(sigma, reason=r"$\Sigma=LL^\top$."))
    )
    return spread.chain, mean.chain


def _let(chain: Chain, name: str) -> Let:
    return next(let for let in chain.lets if let.name == name)


def _centre(name: str, title: str, fall: Chain, covariance: Let) -> Line:
    """Where the maximum is, with the inverse of C alone."""
    return (
        Line(name, title, _let(fall, "m").definition)
        .then(_lemma(_let(fall, "P"), covariance))
        .then(_without(covariance))
    )


def _lemma(matrix: Let, covariance: Let) -> Rule:
    return Rule(
        "matrix inversion lemma",
        lambda expr: fold(expr.xreplace({Inverse(matrix): inversion_lemma(matrix.definition)}), covariance),
        r"$(B^{-1}+U^\top D^{-1}U)^{-1}=B-BU^\top(D+UBU^\top)^{-1}UB$.",
        "the inverses exist",
        "Woodbury 1950",
    )


def _without(covariance: Let) -> Rule:
    """Behind the inverse of C, the first product of its definition is C less the others."""
    first, *others = covariance.definition.args
    name = Let("G", product_of(Inverse(covariance), first))
    rest = MatAdd(Identity(covariance.shape[0]), *(product_of(-1, Inverse(covariance), other) for other in others))
    return Rule(
        "definition of C",
        lambda expr: normalize(fold(normalize(expr), name).xreplace({name: rest})),
        "Multiply out. The first part of $C$ is $C$ less the other one, so that inverses cancel.",
    )


def gaussian_product(setting: Setting) -> Derivation:
    """p(z) q(z): precisions add up, and the constant is a Gaussian density of one mean around the other."""
    p, q = setting.law("p"), setting.law("q")
    (left, mean), (right, other) = (affine_parts(law.sample, law.noise) for law in (p, q))
    known = log_density_of(q)
    covariance = Let("C", normalize(left * left.T + right * right.T))
    named = tuple(Let(f"Sigma_{name}", normalize(one * one.T)) for name, one in (("p", left), ("q", right)))
    distance = Let("delta", normalize(mean - other))
    constant = _evidence("constant", "The integral of the product", p, known.right, right, covariance, distance)
    fall = _fall("product", "The product, from its maximum on", p, known.left, known)
    spread = (
        Line("product_covariance", "The inverse of its precision", Inverse(_let(fall, "P")))
        .then(_lemma(_let(fall, "P"), covariance))
        .then(_without(covariance))
        .then(rules.give_names(*named, reason="The covariances of the two: nothing is subtracted any more."))
    )
    centre = _centre("product_mean", "Its mean, each weighted by the covariance of the other", fall, covariance).then(
        rules.give_names(*named, reason=r"$\Sigma_p$ is the covariance of $p$.")
    )
    return Derivation(
        name="gaussian_product",
        title="The product of two Gaussian densities",
        summary=(
            "The product of two Gaussian densities is a Gaussian density again, but for a constant: precisions add up, "
            "and the mean is the mean of the means, weighted by them."
        ),
        premise=setting.two_premises,
        chains=(fall, spread.chain, centre.chain, constant.chain),
        remarks=(
            r"The integral is the Gaussian density of one mean around the other, with the sum of the covariances.",
        ),
        conventions=("In nats.",),
        references=("Petersen & Pedersen 2012, The Matrix Cookbook, section 8.1",),
    )
